"""Comparing a run: the right models, the right questions, nothing shown where something is off."""

import json
import shutil

import pytest
import torch

import ftkit
from ftkit.comparison import weights
from ftkit.comparison.identity import prompt_ids
from ftkit.errors import IdentityError, RunError
from tests.comparison.made_run import base, made_run


@pytest.fixture(params=["lora", "full"])
def run(request, tmp_path, tiny_model_folder, tiny_data):
    return made_run("made-1", tmp_path, tiny_model_folder, tiny_data, request.param)


def greedy(model, tokenizer, question):
    ids = prompt_ids(tokenizer, question)
    with torch.no_grad():
        output = model.generate(
            torch.tensor([ids]),
            attention_mask=torch.ones(1, len(ids)),
            max_new_tokens=8,
            do_sample=False,
            pad_token_id=2,
        )
    return tokenizer.decode(output[0, len(ids) :], skip_special_tokens=True).strip()


def test_the_base_side_is_the_base_and_the_tuned_side_is_not(run, tiny_model_folder):
    result = ftkit.compare(run.path, ["Say red twice."], rows=2, max_new_tokens=8)
    tokenizer = weights.Sides(run).tokenizer()
    assert len(result.pairs) == 3
    assert result.pairs[0].base.text == greedy(base(tiny_model_folder), tokenizer, "Say red twice.")
    assert result.pairs[0].tuned.text != result.pairs[0].base.text
    assert result.base_difference < 1e-4
    assert result.tuned_difference < 1e-4


def test_a_replaced_base_is_refused(run, tmp_path, tiny_model_folder):
    other = tmp_path / "other"
    shutil.copytree(tiny_model_folder, other)
    model = base(other)
    with torch.no_grad():
        model.model.layers[1].self_attn.q_proj.weight.mul_(1.2)
    model.save_pretrained(other)
    run.write_json("actual.json", {"model": {"path": str(other), "dtype": "float32"}})
    with pytest.raises(IdentityError, match="nothing is shown"):
        ftkit.compare(run.path, ["Hello"], rows=0, max_new_tokens=4)
    assert not (run.path / "comparison.json").exists()


def test_a_run_without_a_record_of_its_base_is_refused(run):
    run.base_logits.unlink()
    with pytest.raises(IdentityError, match="no record"):
        ftkit.compare(run.path, ["Hello"], rows=0)


def test_a_replaced_result_is_refused(tmp_path, tiny_model_folder, tiny_data):
    from safetensors.torch import load_file, save_file

    run = made_run("made-2", tmp_path, tiny_model_folder, tiny_data)
    file = run.adapter / "adapter_model.safetensors"
    save_file({k: v * 1.5 for k, v in load_file(file).items()}, file, metadata={"format": "pt"})
    with pytest.raises(IdentityError, match="tuned model does not answer"):
        ftkit.compare(run.path, ["Hello"], rows=0, max_new_tokens=4)


def test_the_model_in_memory_is_used_only_if_it_is_the_saved_one(tmp_path, tiny_model_folder, tiny_data):
    from peft import PeftModel

    run = made_run("made-3", tmp_path, tiny_model_folder, tiny_data)
    alive = PeftModel.from_pretrained(base(tiny_model_folder), str(run.adapter)).train()
    weights.remember(run.path, alive)
    sides = weights.Sides(run)
    with sides.tuned() as model:
        assert model is alive
    assert alive.training
    with torch.no_grad():
        next(w for n, w in alive.named_parameters() if "lora_B" in n).add_(1)
    with weights.Sides(run).tuned() as model:
        assert model is not alive


def test_random_answers_repeat_with_their_seed(run):
    state = torch.random.get_rng_state()
    first, again = (
        ftkit.compare(run.path, ["Hi"], rows=0, max_new_tokens=8, temperature=1.0, seed=7) for _ in "ab"
    )
    assert first.pairs == again.pairs
    assert torch.equal(state, torch.random.get_rng_state())


def test_test_rows_the_model_was_trained_on_are_left_out(run, monkeypatch):
    from ftkit.data import load_parts

    def leaky(choice):
        parts = load_parts(choice)
        return {**parts, "test": [parts["train"][0], *parts["test"]]}

    monkeypatch.setattr("ftkit.data.load_parts", leaky)
    result = ftkit.compare(run.path, rows=20, max_new_tokens=4)
    assert len(result.pairs) == 8
    assert "1 test row is left out because the model was trained on it." in result.notes


def test_changed_data_is_said(run, tiny_data):
    with (tiny_data / "test.jsonl").open("a") as file:
        file.write(json.dumps({"prompt": "new", "answer": "row"}) + "\n")
    assert any("changed" in note for note in ftkit.compare(run.path, rows=1, max_new_tokens=4).notes)


def test_shares_are_counted_with_the_persons_check(run):
    result = ftkit.compare(run.path, rows=4, max_new_tokens=4, check=lambda answer: True)
    assert (result.base_share, result.tuned_share) == (1.0, 1.0)


def test_everything_from_outside_is_escaped(run):
    html = ftkit.compare(
        run.path, ["<script>alert(1)</script>"], rows=0, max_new_tokens=2
    )._repr_mimebundle_()["text/html"]
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_a_missing_run_and_an_empty_question_list_say_what_to_do(tmp_path, run):
    with pytest.raises(RunError, match="no run"):
        ftkit.compare(tmp_path / "nowhere")
    with pytest.raises(RunError, match="nothing to ask"):
        ftkit.compare(run.path, rows=0)
    shutil.rmtree(run.adapter, ignore_errors=True)
    shutil.rmtree(run.model, ignore_errors=True)
    with pytest.raises(RunError, match="no trained model yet"):
        ftkit.compare(run.path, ["Hello"])
