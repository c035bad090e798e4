"""Comparing a run: the right models, the right questions, nothing shown where something is off."""

import json
import shutil

import pytest
import torch
from datasets import Dataset

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

    def leaky(*asked):
        parts = load_parts(*asked)
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


@pytest.mark.parametrize(
    "prompt", [5, None, [], {"role": "user", "content": "x"}, [{"role": "user"}], "half \ud83d"]
)
def test_what_is_no_question_is_said_and_not_asked(run, prompt):
    with pytest.raises(RunError, match="is no question"):
        ftkit.compare(run.path, [prompt], rows=0)


def test_an_answer_is_not_asked_for_after_an_answer(run):
    talk = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ahoy"}]
    with pytest.raises(RunError, match="end with"):
        ftkit.compare(run.path, [talk], rows=0)


def test_one_text_is_one_question(run):
    assert len(ftkit.compare(run.path, "Who are you?", rows=0, max_new_tokens=2).pairs) == 1


def test_a_result_without_its_record_is_refused(run):
    (run.path / "tuned_logits.safetensors").unlink()
    with pytest.raises(IdentityError, match="no record of what its tuned model said"):
        ftkit.compare(run.path, ["Hello"], rows=0, max_new_tokens=2)


@pytest.mark.parametrize("damage", ["dtype", "shape"])
def test_a_damaged_record_of_the_base_is_refused(run, damage):
    from safetensors.torch import load_file, save_file

    stored = load_file(run.base_logits)
    if damage == "shape":
        stored = {key: value[:1] if "logits" in key else value for key, value in stored.items()}
    save_file(stored, run.base_logits, metadata={"dtype": "save" if damage == "dtype" else "float32"})
    with pytest.raises(IdentityError):
        ftkit.compare(run.path, ["Hello"], rows=0, max_new_tokens=2)


def test_pickled_weights_are_not_read(tmp_path, tiny_model_folder, tiny_data):
    from safetensors.torch import load_file

    run = made_run("made-4", tmp_path, tiny_model_folder, tiny_data)
    weights_file = run.adapter / "adapter_model.safetensors"
    torch.save(load_file(weights_file), run.adapter / "adapter_model.bin")
    weights_file.unlink()
    with pytest.raises(RunError, match="no trained model"):
        ftkit.compare(run.path, ["Hello"], rows=0)


def test_what_an_earlier_attempt_left_is_said(run):
    run.set_state("failed", "The loss became not-a-number.")
    notes = ftkit.compare(run.path, ["Hello"], rows=0, max_new_tokens=2).notes
    assert any("an earlier attempt saved" in note for note in notes)


def test_rows_that_an_edited_cell_trained_on_are_left_out(run, tiny_data):
    """The recipe says one thing, the cell did another: test rows became training rows, with a system prompt."""
    from ftkit.comparison.trained import trained_on
    from ftkit.data import load_parts
    from ftkit.recipe import recipe_from_yaml

    parts = load_parts(recipe_from_yaml(run.recipe_text()).data)
    system = {"role": "system", "content": "Talk like a pirate."}
    rows = [{**row, "prompt": [system, *row["prompt"]]} for row in parts["test"][:5]]
    run.write_json("trained_rows.json", trained_on(Dataset.from_list(rows)))
    result = ftkit.compare(run.path, ["Who are you?"], rows=20, max_new_tokens=2)
    assert len(result.pairs) == 1 + 3
    assert any("5 test rows are left out" in note for note in result.notes)
    assert any("trained on 5 rows that are not the recipe's" in note for note in result.notes)
    assert any("system prompt of the training rows" in note for note in result.notes)
