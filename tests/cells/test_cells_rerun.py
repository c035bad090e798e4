"""Running the train cell again starts from the untouched base and frees what came before.

Attacked: PEFT changes the model object in place, so a train cell that reuses a loaded model would
train a trained one. Run with ``pytest tests/cells/test_cells_rerun.py``.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import weakref
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ftkit.cells import set_follow, set_values
from ftkit.cells.train_cell import train_source
from ftkit.cells.writing import _checked, _method
from ftkit.errors import RunExistsError
from tests.cells.resolved_recipes import resolved
from tests.tiny import as_chat, tiny_rows

NO_TOOLS: Any = SimpleNamespace(tools=False, form="sft")
"""All that a train cell wants to know of the data."""


def without_ftkit(source: str) -> str:
    return "\n".join(line for line in source.splitlines() if not line.startswith(("import ftkit", "ftkit.")))


def cells_of(folder: Path, **presets: Any) -> tuple[str, str]:
    recipe = resolved(
        str(folder), run="again", num_train_epochs=0.5, batch_size=4, learning_rate=1e-2, **presets
    )
    return _checked("method", _method(recipe), "again").source, _checked(
        "train", train_source(recipe, NO_TOOLS), "again"
    ).source


def names_before_training(folder: Path) -> dict[str, Any]:
    from datasets import Dataset, DatasetDict
    from transformers import AutoTokenizer

    rows = Dataset.from_list(as_chat(tiny_rows(48)))
    parts = {"train": rows.select(range(30)), "validation": rows.select(range(30, 40))}
    tokenizer = AutoTokenizer.from_pretrained(folder)
    return {"model_path": str(folder), "tokenizer": tokenizer, "data": DatasetDict(parts)}


def losses(trainer: Any) -> list[tuple[int, str, float]]:
    kept = ("loss", "eval_loss")
    return [
        (row["step"], name, row[name]) for row in trainer.state.log_history for name in kept if name in row
    ]


@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_second_run_has_identical_losses_and_frees_the_first(
    tiny_model_folder, tmp_path, monkeypatch, method
):
    monkeypatch.chdir(tmp_path)
    names = names_before_training(tiny_model_folder)
    method_cell, train_cell = cells_of(tiny_model_folder, method=method)
    train_cell = without_ftkit(train_cell)
    exec(method_cell, names)

    exec(train_cell, names)
    first = losses(names["trainer"])
    assert first[0][:2] == (0, "eval_loss")
    trainer, model = weakref.ref(names["trainer"]), weakref.ref(names["model"])
    exec(train_cell, names)
    second = losses(names["trainer"])

    assert first[0][2] != first[-1][2], "nothing was trained, so the test would prove nothing"
    assert second == first
    gc.collect()
    assert trainer() is None
    assert model() is None


def test_ipython_holds_on_to_nothing_of_the_first_run(tiny_model_folder, tmp_path, monkeypatch):
    from IPython.core.interactiveshell import InteractiveShell

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    shell = InteractiveShell()
    shell.user_ns.update(names_before_training(tiny_model_folder))
    for source in cells_of(tiny_model_folder):
        shell.run_cell(without_ftkit(source), store_history=True).raise_error()
    first = losses(shell.user_ns["trainer"])
    trainer, model = weakref.ref(shell.user_ns["trainer"]), weakref.ref(shell.user_ns["model"])
    shell.run_cell(without_ftkit(cells_of(tiny_model_folder)[1]), store_history=True).raise_error()
    assert losses(shell.user_ns["trainer"]) == first
    gc.collect()
    assert trainer() is None
    assert model() is None


def test_followed_runs_are_equal_too_and_a_refused_one_keeps_no_model(
    tiny_model_folder, tmp_path, monkeypatch
):
    from IPython.core.interactiveshell import InteractiveShell

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    shell = InteractiveShell.instance()
    try:
        method_cell, train_cell = cells_of(tiny_model_folder)
        shell.user_ns.update(names_before_training(tiny_model_folder))
        shell.run_cell(method_cell, store_history=True).raise_error()
        shell.run_cell(train_cell, store_history=True).raise_error()
        first = losses(shell.user_ns["trainer"])
        earlier = [weakref.ref(shell.user_ns[name]) for name in ("trainer", "model")]

        refused = shell.run_cell(train_cell, store_history=True).error_in_exec
        assert isinstance(refused, RunExistsError)
        del refused
        earlier += [weakref.ref(shell.user_ns[name]) for name in ("trainer", "model")]

        shell.run_cell(set_follow(train_cell, existing="overwrite"), store_history=True).raise_error()
        assert losses(shell.user_ns["trainer"]) == first
        gc.collect()
        assert [kept() for kept in earlier] == [None] * 4
    finally:
        InteractiveShell.clear_instance()


def test_a_run_keeps_the_best_checkpoint_and_the_last(tiny_model_folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = names_before_training(tiny_model_folder)
    method_cell, train_cell = cells_of(tiny_model_folder)
    # So high a rate that the best evaluation is not the last one.
    train_cell = set_values(
        without_ftkit(train_cell), "train", {"training.learning_rate": 30.0, "training.num_train_epochs": 2}
    )
    exec(method_cell, names)
    exec(train_cell, names)
    state = names["trainer"].state
    kept = {path.name for path in (tmp_path / "ftkit-runs/again/checkpoints").glob("checkpoint-*")}
    assert kept == {f"checkpoint-{state.global_step}", Path(state.best_model_checkpoint).name}
    assert len(kept) == 2


def test_the_end_of_turn_token_is_in_the_labels_although_it_also_pads(
    tiny_model_folder, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    names = names_before_training(tiny_model_folder)
    method_cell, train_cell = cells_of(tiny_model_folder)
    exec(method_cell, names)
    exec(without_ftkit(train_cell).replace("outcome = trainer.train()", ""), names)
    end = names["tokenizer"].eos_token_id
    assert end == names["tokenizer"].pad_token_id
    batch = next(iter(names["trainer"].get_train_dataloader()))
    for ids, labels in zip(batch["input_ids"].tolist(), batch["labels"].tolist(), strict=True):
        trained = [label for label in labels if label != -100]
        assert trained.count(end) == 1
        assert ids[len(ids) - ids[::-1].index(end) - 1] == end
        assert trained[0] != end


def test_the_trainer_counts_steps_and_evaluations_as_the_recipe_does(
    tiny_model_folder, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    names = names_before_training(tiny_model_folder)
    recipe = resolved(str(tiny_model_folder), run="again", batch_size=4, num_train_epochs=3)
    exec(_method(recipe), names)
    exec(without_ftkit(train_source(recipe, NO_TOOLS)), names)
    trainer = names["trainer"]
    assert trainer.state.max_steps == recipe.total_steps
    evaluations = [step for step, name, _ in losses(trainer) if name == "eval_loss"]
    assert evaluations[-1] == recipe.total_steps
    assert recipe.reasons["derived.eval_steps"].startswith(f"{len(evaluations)} evaluations")


def test_rows_that_do_not_fit_are_left_out(tiny_model_folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = names_before_training(tiny_model_folder)
    _, train_cell = cells_of(tiny_model_folder, max_length=60)
    lengths = [
        len(names["tokenizer"].apply_chat_template(row["prompt"] + row["completion"])["input_ids"])
        for row in names["data"]["train"]
    ]
    exec("peft_config = None", names)
    exec(without_ftkit(train_cell).replace("outcome = trainer.train()", ""), names)
    trained = names["trainer"].train_dataset
    assert 0 < len(trained) == sum(length <= 60 for length in lengths) < len(lengths)
    assert all(names["tokenizer"].eos_token_id in row["input_ids"][-2:] for row in trained)


@pytest.mark.slow
def test_the_same_recipe_and_seed_give_the_same_bytes(tiny_model_folder, tmp_path, monkeypatch):
    """In two fresh processes: nothing that happened before in one of them may matter."""
    script = (
        "from pathlib import Path; import sys; from tests.methods.trained import planned, train;"
        "model = Path(sys.argv[1]); train(planned(model, 'same', 'lora', seed=7), model)"
    )
    files = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(Path.cwd()), *sys.path))}
        done = subprocess.run(
            [sys.executable, "-c", script, str(tiny_model_folder)],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        run = folder / "ftkit-runs" / "same"
        files.append([(run / file).read_bytes() for file in ("metrics.jsonl", "evaluations.jsonl")])
    assert files[0] == files[1]
    assert all(files[0])
