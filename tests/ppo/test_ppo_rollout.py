"""What is noted of the answers is what the model says of them one by one, whatever they are padded with."""

from __future__ import annotations

import pytest
import torch

from ftkit.ppo.rollout import Rollout
from tests.ppo.made import ppo_trainer


@pytest.fixture
def trainer(tmp_path, tiny_model_folder):
    return ppo_trainer(tmp_path, tiny_model_folder, method="full", temperature=0.7, max_completion_length=5)


def rolled_out(trainer, rows):
    torch.manual_seed(3)
    return trainer.roll_out(trainer.model, rows)


def test_prompts_of_all_lengths(trainer):
    rows = [{"prompt": text} for text in ("Say red.", "Say blue and then gold and teal and plum.", "Pink?")]
    trainer.reward_funcs = [lambda completions, **more: [float(len(text)) for text in completions]]
    rollout = rolled_out(trainer, rows)
    tokenizer = trainer.processing_class
    for n, row in enumerate(rows):
        prompt = tokenizer(row["prompt"])["input_ids"]
        answer = rollout.ids[n][rollout.mask[n].bool()].tolist()
        assert rollout.prompt_ids[n][rollout.prompt_mask[n].bool()].tolist() == prompt
        with torch.no_grad():
            output = trainer.model(torch.tensor([prompt + answer]), output_hidden_states=True)
        said = torch.log_softmax(output.logits[0, len(prompt) - 1 : -1] / 0.7, dim=-1)
        expected = said.gather(1, torch.tensor(answer)[:, None])[:, 0]
        torch.testing.assert_close(rollout.logps[n][: len(answer)], expected, rtol=1e-4, atol=1e-4)
        undecided = torch.distributions.Categorical(logits=said).entropy()
        torch.testing.assert_close(rollout.entropies[n][: len(answer)], undecided, rtol=1e-4, atol=1e-4)
        text = tokenizer.decode(answer, skip_special_tokens=True)
        assert rollout.scores[n] == len(text)


def test_an_answer_is_over_with_its_first_end_token(trainer):
    end = trainer.processing_class.eos_token_id

    class Writes:
        """Stands in for the model: answers are given."""

        def generate(self, input_ids, **more):
            answers = torch.tensor([[5, end, end, end], [5, 6, 7, 8], [end, end, end, end]])
            return torch.cat([input_ids, answers], dim=1)

    from ftkit.ppo.rollout import draw

    prompts = torch.ones(3, 2, dtype=torch.long)
    _, mask, ended = draw(Writes(), prompts, prompts, longest=4, temperature=1.0, ends=[end], pad=end)
    assert mask.tolist() == [[1, 1, 0, 0], [1, 1, 1, 1], [1, 0, 0, 0]]
    assert ended.tolist() == [True, False, True]


def test_several_batches_become_one(trainer):
    rows = [{"prompt": "Say red."}, {"prompt": "Say blue and then gold."}, {"prompt": "Pink?"}]
    trainer.reward_funcs = [lambda completions, **more: [1.0] * len(completions)]
    pieces = [rolled_out(trainer, rows[:1]), rolled_out(trainer, rows[1:])]
    joined = Rollout.joined(pieces)
    assert len(joined) == 3
    for n, (piece, row) in enumerate([(pieces[0], 0), (pieces[1], 0), (pieces[1], 1)]):
        for ids, mask in (("prompt_ids", "prompt_mask"), ("ids", "mask")):
            now = getattr(joined, ids)[n][getattr(joined, mask)[n].bool()]
            then = getattr(piece, ids)[row][getattr(piece, mask)[row].bool()]
            assert now.tolist() == then.tolist()
        width = piece.values.shape[1]
        torch.testing.assert_close(joined.logps[n][:width], piece.logps[row])
        assert not joined.mask[n][width:].any()


def test_pieces_in_memory_give_the_gradients_of_the_whole(trainer, tiny_model_folder, tmp_path):
    rows = [{"prompt": text} for text in ("Say red.", "Say blue and then gold.", "Pink?")]
    trainer.reward_funcs = [lambda completions, **more: [0.0, 1.0, 3.0]]
    rollout = rolled_out(trainer, rows)
    found = []
    for size in (8, 1):
        other = ppo_trainer(
            tmp_path,
            tiny_model_folder,
            method="full",
            temperature=0.7,
            per_device_train_batch_size=size,
            num_ppo_epochs=1,
        )
        other.optimizer = other.accelerator.prepare(other.create_optimizer())
        loss = other.improve(other.model, rollout)
        weights = [*other.model.parameters(), *other.value_head.parameters()]
        found.append((float(loss), [weight.grad for weight in weights]))
    (loss, whole), (in_pieces, pieces) = found
    assert loss == pytest.approx(in_pieces, rel=1e-5)
    assert any(gradient.abs().max() > 1e-3 for gradient in whole)
    for one, other in zip(whole, pieces, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)
