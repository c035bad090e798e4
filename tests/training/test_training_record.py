"""A run that goes well: what is in its folder, and that following changes nothing about the training."""

from __future__ import annotations

import json
import math
import signal
from pathlib import Path

import pytest
from safetensors.torch import load_file

import ftkit
from ftkit.errors import FtkitError
from ftkit.recipe import from_presets, recipe_to_yaml
from ftkit.runfolder import History, RunFolder
from ftkit.training.per_example import row_name
from tests.tiny import tiny_rows, write_jsonl
from tests.training import made_trainer
from tests.training.made_trainer import HELD_OUT, losses, make_trainer, rows, state


@pytest.fixture(scope="module")
def two_runs(tiny_model_folder, tmp_path_factory):
    """The same training twice with follow and once without, in one folder."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("two-runs")
        patch.chdir(folder)
        write_jsonl("data.jsonl", tiny_rows(20))
        recipe = from_presets(data="data.jsonl", run="one", num_train_epochs=1, r=8, max_steps=8)
        RunFolder("one").write_recipe(recipe_to_yaml(recipe))
        found = {}
        for name in ("one", "two", "alone"):
            trainer = make_trainer(tiny_model_folder, name)
            if name != "alone":
                ftkit.follow(trainer, run=name)
            trainer.train()
            found[name] = losses(trainer)
            if name == "one":
                found["best"] = trainer.state.best_model_checkpoint
        yield folder, found


@pytest.fixture
def at(two_runs, monkeypatch):
    monkeypatch.chdir(two_runs[0])
    return two_runs[1]


def test_following_changes_nothing_about_the_training(at):
    assert at["one"] == at["alone"]


def test_two_equal_runs_leave_equal_metrics(at):
    one, two = (Path("ftkit-runs", name, "metrics.jsonl").read_text() for name in ("one", "two"))
    assert one == two
    assert not any(word in one for word in ("runtime", "per_second"))


def test_metrics_are_the_trainers_own(at):
    history = History.from_run("one")
    assert sorted(history.train + history.eval) == sorted(at["one"])
    assert history.eval[0][0] == 0
    assert [step for step, _ in history.eval] == [0, 2, 4, 6, 8]
    assert (history.total_steps, history.warmup_steps, history.epochs) == (8, 1, 1.0)


def test_losses_of_single_rows_add_up_to_the_evaluation_loss(at):
    history = History.from_run("one")
    names = {row_name(row) for row in HELD_OUT}
    for step, loss in history.eval:
        evaluated = history.evaluations[step]
        assert set(evaluated) == names
        # The trainer averages over batches of 4, 4 and 3 rows; each batch over its tokens.
        values = list(evaluated.values())
        batches = [values[:4], values[4:8], values[8:]]
        means = [sum(total for total, _ in batch) / sum(count for _, count in batch) for batch in batches]
        together = sum(len(batch) * mean for batch, mean in zip(batches, means, strict=True)) / len(values)
        assert math.isclose(together, loss, rel_tol=1e-4)


def test_the_result_is_the_best_checkpoint(at):
    saved = load_file("ftkit-runs/one/adapter/adapter_model.safetensors")
    best = load_file(f"{at['best']}/adapter_model.safetensors")
    assert saved.keys() == best.keys()
    assert all((saved[name] == best[name]).all() for name in saved)
    assert Path("ftkit-runs/one/adapter/tokenizer.json").exists()


def test_the_state_tells_how_it_ended_and_what_we_cost(at):
    found = state()
    assert (found["state"], found["step"], found["attempt"]) == ("finished", 8, 1)
    assert "ftkit-runs/one/adapter" in found["why"]
    assert found["note"] == ""
    assert 0 < found["ours_cpu_seconds"] < found["run_cpu_seconds"]


def test_what_the_trainer_really_got_is_written_down(at):
    actual = RunFolder("one").actual()
    assert actual["model"]["class"] == "LlamaForCausalLM"
    assert actual["model"]["trainable"] < actual["model"]["parameters"]
    assert actual["base_check"]["tensors"] == 20
    assert actual["data"]["eval"]["rows"] == 11
    assert actual["data"] == RunFolder("two").actual()["data"]
    assert [len(value) for value in actual["data_files"].values()] == [64]
    assert actual["arguments"]["learning_rate"] == 5e-3
    assert "learning_rate" in actual["changed_arguments"]
    assert "adam_beta1" not in actual["changed_arguments"]


def test_differences_from_the_recipe_are_named(at):
    differences = {item["field"]: item for item in RunFolder("one").actual()["differences"]}
    assert differences["method.r"] == {"field": "method.r", "recipe": 8, "actual": 4}
    assert differences["training.batch_size"]["actual"] == 4
    assert "training.learning_rate" not in differences, "auto takes anything"
    assert "method.target_modules" not in differences, "all-linear is what it got"
    assert "training.max_steps" not in differences


def test_a_run_without_recipe_says_so(at):
    actual = RunFolder("two").actual()
    assert actual["differences"] == []
    assert "recipe.yaml" in actual["notes"][0]


def test_the_environment_holds_versions_and_no_secrets(at, monkeypatch):
    text = Path("ftkit-runs/one/environment.json").read_text()
    found = json.loads(text)
    assert found["packages"]["trl"]
    assert found["threads"] >= 1
    assert "TOKEN" not in text.upper().replace("TOKENIZERS", "")


def test_speed_is_kept_apart(at):
    found = rows("one", "speed.jsonl")
    assert [row["step"] for row in found] == list(range(1, 9))
    assert found[-1]["steps_per_second"] > 0
    assert found[-1]["tokens_per_second"] > 0
    assert found[-1]["memory"] > 0
    assert found[-1]["seconds_left"] == 0


def test_the_code_of_a_script_is_its_source(at):
    assert Path("ftkit-runs/one/code.py").read_text() == Path(__file__).read_text()


def test_a_verdict_is_there(at):
    assert RunFolder("one").verdict()["verdict"]


def test_base_and_result_said_what_they_are(at):
    base = load_file("ftkit-runs/one/base_logits.safetensors")
    tuned = load_file("ftkit-runs/one/tuned_logits.safetensors")
    assert base.keys() == tuned.keys()
    assert any((base[name] != tuned[name]).any() for name in base)
    assert json.loads(Path("ftkit-runs/one/prompt_check.json").read_text())


def test_the_interrupt_handler_is_as_before(at):
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_full_fine_tuning_saves_the_model(tiny_model_folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trainer = make_trainer(tiny_model_folder, method="full", max_steps=2)
    ftkit.follow(trainer, run="one")
    trainer.train()
    assert not Path("ftkit-runs/one/adapter").exists()
    saved = load_file("ftkit-runs/one/model/model.safetensors")
    before = load_file(tiny_model_folder / "model.safetensors")
    assert any((saved[name] != before[name]).any() for name in saved)
    assert History.from_run("one").evaluations[2]


def test_a_plain_trainer_on_tokens_is_followed_too(tiny_model_folder, tmp_path, monkeypatch):
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer, TrainingArguments

    monkeypatch.chdir(tmp_path)
    tokens = [
        {"input_ids": [5, 6, 7, 8 + n], "attention_mask": [1] * 4, "labels": [-100, 6, 7, 8 + n]}
        for n in range(9)
    ]
    trainer = Trainer(
        model=AutoModelForCausalLM.from_pretrained(tiny_model_folder, dtype="float32"),
        args=TrainingArguments(
            output_dir="ftkit-runs/one/checkpoints", max_steps=3, eval_strategy="steps", eval_steps=1,
            eval_on_start=True, logging_steps=1, save_strategy="no", use_cpu=True, report_to="none",
            per_device_eval_batch_size=2,
        ),
        train_dataset=Dataset.from_list(tokens),
        eval_dataset=Dataset.from_list(tokens[:5]),
        processing_class=AutoTokenizer.from_pretrained(tiny_model_folder),
    )  # fmt: skip
    ftkit.follow(trainer, run="one")
    trainer.train()
    assert state()["state"] == "finished"
    assert state()["note"] == ""
    assert {step: len(found) for step, found in History.from_run("one").evaluations.items()} == {
        0: 5,
        1: 5,
        2: 5,
        3: 5,
    }


def test_rows_that_are_equal_are_told_apart_and_other_orders_do_not_matter(
    tiny_model_folder, tmp_path, monkeypatch
):
    from datasets import Dataset

    monkeypatch.chdir(tmp_path)
    trainer = make_trainer(tiny_model_folder, max_steps=1, train_sampling_strategy="group_by_length")
    twice = trainer.eval_dataset.to_list()[:5]
    trainer.eval_dataset = Dataset.from_list([*twice, twice[0]])
    ftkit.follow(trainer, run="one")
    trainer.train()
    evaluated = History.from_run("one").evaluations[1]
    assert len(evaluated) == 6
    name = row_name(HELD_OUT[0])
    assert math.isclose(evaluated[name][0], evaluated[f"{name}#2"][0], rel_tol=1e-4)


def test_packed_rows_are_not_given_wrong_names(tiny_model_folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trainer = make_trainer(
        tiny_model_folder, max_steps=1, packing=True, eval_packing=True, packing_strategy="wrapped"
    )
    ftkit.follow(trainer, run="one")
    trainer.train()
    assert state()["state"] == "finished"
    found = History.from_run("one").evaluations
    assert state()["note"] or found, state()


def test_what_our_own_code_costs_is_on_record(tiny_model_folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trainer = make_trainer(tiny_model_folder, max_steps=6, eval_steps=3, save_steps=3, logging_steps=1)
    ftkit.follow(trainer, run="one")
    trainer.train()
    by_step = [row["ours_cpu_seconds"] for row in rows("one", "speed.jsonl")]
    assert 0 < by_step[0] <= by_step[-1] <= state()["ours_cpu_seconds"] < state()["run_cpu_seconds"]


def test_what_was_really_trained_on_is_on_record(tiny_model_folder, tmp_path, monkeypatch):
    from ftkit.comparison.trained import question_id

    monkeypatch.chdir(tmp_path)
    system = {"role": "system", "content": "Talk like a pirate."}
    ours = [{**row, "prompt": [system, *row["prompt"]]} for row in made_trainer.TRAIN]
    monkeypatch.setattr(made_trainer, "TRAIN", ours)
    trainer = make_trainer(tiny_model_folder, max_steps=2)
    ftkit.follow(trainer, run="one")
    trainer.train()
    known = RunFolder("one").trained_rows()
    assert known["systems"] == ["Talk like a pirate."]
    assert known["rows"] == sorted({question_id(row) for row in ours})


def test_a_trainer_without_a_tokenizer_is_followed_and_not_compared(tiny_model_folder, tmp_path, monkeypatch):
    from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

    monkeypatch.chdir(tmp_path)
    rows = [{"input_ids": [number, 5, 6], "labels": [number, 5, 6]} for number in range(8)]
    trainer = Trainer(
        AutoModelForCausalLM.from_pretrained(tiny_model_folder, dtype="float32"),
        TrainingArguments("out", max_steps=2, logging_steps=1, use_cpu=True, report_to="none"),
        train_dataset=rows,
    )
    ftkit.follow(trainer, run="one")
    trainer.train()
    assert state()["state"] == "finished"
    with pytest.raises(FtkitError):
        ftkit.compare("one", ["Hi"], rows=0)
