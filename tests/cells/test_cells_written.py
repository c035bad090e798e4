"""Generated cells: plain, formatted, and closed to whatever a path, prompt or name may hold.

Attacked: quotes, newlines, braces, backslashes, control and bidirectional characters in every
value that a person or a file can choose. The tree of the code must not depend on them.
"""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftkit.catalog import STARTER_ID
from ftkit.cells import STEPS, read_values, run_source, set_values, write
from ftkit.cells.rendering import render
from ftkit.cells.writing import _checked, _model
from ftkit.data import Offered
from ftkit.data.chat_template import PLAIN
from ftkit.errors import CellError
from ftkit.fields import DataFacts, Gpu, Machine
from ftkit.tasks import TASKS
from tests.cells.resolved_recipes import FACTS, GIB, LAPTOP, inspected, resolved
from tests.fields.test_fields_source import HOSTILE, ruff_changes

GPU = Machine(8, 64 * GIB, 60 * GIB, 900 * GIB, Gpu("NVIDIA A100", 80 * GIB, bf16=True))
LONG_ROWS = DataFacts(300, 40, 40, longest=5000, p95=900, mean=300.0)
texts = st.text(st.one_of(st.sampled_from(HOSTILE), st.characters()), max_size=90)
names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}", fullmatch=True)
hostile = st.fixed_dictionaries(
    {
        "run": names,
        # Half a character is refused there: no folder and no model can be called so.
        "model": texts.map(lambda text: re.sub("[\ud800-\udfff]", "", text)).filter(bool),
        "data": texts,
        "system": st.one_of(st.none(), texts),
        "columns": st.dictionaries(
            st.sampled_from(["prompt", "answer"]),
            texts | st.fixed_dictionaries({"constant": texts}) | st.fixed_dictionaries({"template": texts}),
            max_size=2,
        ),
        "family": texts.filter(bool),
    }
)
chosen = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["lora", "full"]),
        "learning_rate": st.one_of(st.just("auto"), st.floats(1e-7, 1.0)),
        "num_train_epochs": st.floats(0.1, 20),
        "batch_size": st.integers(1, 64),
        "warmup_steps": st.one_of(st.just("auto"), st.floats(0, 500)),
        "weight_decay": st.floats(0, 0.9),
        "max_length": st.one_of(st.just("auto"), st.integers(1, 8000)),
        "max_steps": st.one_of(st.none(), st.integers(1, 10_000)),
        "early_stopping": st.booleans(),
        "seed": st.integers(0, 2**32 - 1),
    }
)
machines = st.sampled_from([LAPTOP, GPU])
facts = st.sampled_from([FACTS, LONG_ROWS])
inspections = st.builds(
    inspected,
    plain=st.booleans(),
    ready=st.booleans(),
    context=st.booleans(),
    column=texts,
    folder=texts,
    why=st.sampled_from(["", "some rows are left out"]),
)


def shape(source: str) -> str:
    """The tree of a source without its texts."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
        if isinstance(node, ast.Dict):
            node.keys = [None for _ in node.keys]
    return ast.dump(tree)


def test_cells_of_any_recipe_are_formatted_and_parse(tmp_path: Path):
    written: list[str] = []

    @settings(max_examples=150)
    @given(hostile, chosen, machines, facts, inspections)
    def collect(names: Any, numbers: Any, machine: Any, data: Any, inspection: Any) -> None:
        recipe = resolved(names["model"], machine=machine, facts=data, **names, **numbers)
        cells = write(recipe, inspection)
        assert tuple(cells) == STEPS
        script = run_source(cells, compare=True)
        ast.parse(script)
        written.extend([*(cell.source for cell in cells.values()), script.rstrip("\n")])

    collect()
    assert ruff_changes(tmp_path / "cells", written) == ""


@settings(max_examples=100)
@given(hostile, st.booleans(), texts)
def test_no_text_can_break_out(names: Any, plain: bool, folder: str):
    def cells(values: dict[str, Any], inspection: Any) -> dict[str, Any]:
        return {
            step: cell.source for step, cell in write(resolved(values["model"], **values), inspection).items()
        }

    harmless = {
        **names,
        "run": "a",
        "model": "b",
        "data": "c",
        "family": "d" if names["family"] != "auto" else "auto",
    }
    harmless["system"] = "e" if names["system"] else names["system"]
    harmless["columns"] = {
        role: "f" if isinstance(source, str) else dict.fromkeys(source, "f")
        for role, source in names["columns"].items()
    }
    attacked = cells(names, inspected(plain=plain, folder=folder.translate(NO_GLOB)))
    expected = cells(harmless, inspected(plain=plain, folder="g"))
    for step in STEPS:
        assert shape(attacked[step]) == shape(expected[step])
    assert read_values(attacked["model"], "model")["model.id"] == names["model"]
    assert read_values(attacked["train"], "train")["run"] == names["run"]
    if not plain:
        data = read_values(attacked["data"], "data")
        assert data["data.source"] == names["data"]
        assert data["data.columns"] == names["columns"]
    assert read_values(attacked["data"], "data")["data.system"] == (names["system"] or None)


NO_GLOB = {ord(character): "-" for character in "*?[]{}!:/"}


@pytest.mark.parametrize("method", ["lora", "full"])
def test_what_is_written_reads_back_as_the_recipe(method):
    recipe = resolved(
        run="a", data="d", method=method, num_train_epochs=3, batch_size=12, max_steps=7, early_stopping=True
    )
    cells = write(recipe, inspected())
    values = {path: v for step in STEPS for path, v in read_values(cells[step].source, step).items()}
    assert values.pop("model.id") == recipe.model_path
    for path, value in values.items():
        assert recipe.recipe.get(path) == value, path
    assert values["training.early_stopping"] is True
    assert set(values) >= {"training.batch_size", "training.max_steps", "training.seed", "run", "data.source"}


def test_the_train_cell_is_plain_but_for_two_lines():
    source = write(resolved(run="pirate-1"), inspected())["train"].source
    ours = [line for line in source.splitlines() if "ftkit" in line and "ftkit-runs" not in line]
    assert ours == ["import ftkit", 'ftkit.follow(trainer, run="pirate-1")']
    assert source.endswith("\n\noutcome = trainer.train()")
    assert source.index("SFTTrainer(") < source.index("import ftkit")


@pytest.mark.parametrize("task", TASKS)
def test_early_stopping_is_an_argument_of_our_own_line_and_off_unless_asked_for(task):
    off = write(resolved(task=task, run="one"), inspected())["train"].source
    on = write(resolved(task=task, run="one", early_stopping=True), inspected())["train"].source
    assert "early_stopping" not in off
    assert 'ftkit.follow(trainer, run="one", early_stopping=True)' in on
    assert read_values(off, "train")["training.early_stopping"] is False
    assert read_values(on, "train")["training.early_stopping"] is True
    assert "load_best_model_at_end=True" in on
    switched = set_values(off, "train", {"training.early_stopping": True})
    assert switched == off.replace('run="one")', 'run="one", early_stopping=True)')
    assert read_values(set_values(on, "train", {"training.early_stopping": False}), "train") == read_values(
        off, "train"
    )


def test_model_and_method_cells_are_plain():
    cells = write(resolved(), inspected())
    for step in ("model", "method"):
        assert "ftkit" not in cells[step].source


def test_the_starter_is_called_for_so_that_the_notebook_runs_elsewhere_too():
    source = write(resolved(STARTER_ID), inspected())["model"].source
    assert "model_path = ftkit.starter_model()\n" in source
    assert source.startswith("import ftkit\nfrom transformers import AutoTokenizer\n")
    assert "/" not in source
    assert read_values(source, "model") == {"model.id": STARTER_ID}


def test_weights_that_could_run_code_are_never_read():
    source = write(resolved(), inspected())["train"].source
    assert "use_safetensors=True" in source
    assert "trust_remote_code" not in source


def test_on_a_cpu_the_cell_computes_in_float32_without_checkpointing():
    source = write(resolved(), inspected())["train"].source
    assert 'dtype="float32"' in source
    assert "bf16=False," in source
    assert "activation_checkpointing=False," in source
    assert "use_cpu=True," in source


def test_on_a_graphics_card_an_adapter_trains_in_bf16_and_full_tuning_keeps_full_weights():
    lora = write(resolved(machine=GPU), inspected())["train"].source
    full = write(resolved(machine=GPU, method="full"), inspected())["train"].source
    assert 'dtype="bfloat16"' in lora
    assert 'dtype="float32"' in full
    assert not any("use_cpu" in source or "bf16=" in source for source in (lora, full))


def test_arguments_that_equal_the_library_s_default_are_left_out():
    recipe = resolved(seed=42, weight_decay=0, lr_scheduler_type="linear", r=8, lora_alpha=8, lora_dropout=0)
    cells = write(recipe, inspected())
    for name in ("seed", "weight_decay", "lr_scheduler_type", "report_to", "max_steps"):
        assert f"{name}=" not in cells["train"].source
    for name in ("r", "lora_alpha", "lora_dropout"):
        assert f" {name}=" not in cells["method"].source


def test_examples_that_do_not_fit_are_left_out_not_cut():
    fits = write(resolved(), inspected())["train"].source
    long = write(resolved(facts=LONG_ROWS), inspected())["train"].source
    assert "fitting" not in fits
    assert 'train_dataset=fitting["train"]' in long
    assert 'eval_dataset=fitting["validation"]' in long


def test_held_out_examples_that_take_too_long_are_sampled_and_the_cell_says_so():
    facts = replace(FACTS, train_rows=800, validation_rows=100)
    recipe = resolved(facts=facts, split_seed=7)
    assert recipe.eval_rows < 100
    source = write(recipe, inspected())["train"].source
    assert f'eval_dataset=data["validation"].shuffle(seed=7).take({recipe.eval_rows}),' in source
    assert "of 100 held back: as many as fit into 15 % of the time" in source
    few = replace(facts, validation_rows=8)
    assert 'eval_dataset=data["validation"],' in write(resolved(facts=few), inspected())["train"].source


def test_the_script_compares_only_when_asked():
    cells = write(resolved(), inspected())
    assert "compare(" not in run_source(cells)
    assert "compare(" in run_source(cells, compare=True)


def test_a_value_without_a_name_is_an_error():
    with pytest.raises(Exception, match="undefined"):
        render("model", model_path="x", starter=False)


def test_nothing_that_is_not_python_is_handed_over():
    with pytest.raises(CellError, match="data cell could not be written"):
        _checked("data", "data = load_dataset(", "r")


def test_rows_with_tools_are_measured_with_their_tools():
    from dataclasses import replace

    facts = replace(FACTS, longest=5000)
    source = write(resolved(facts=facts, max_length=512), replace(inspected(), tools=True))["train"].source
    assert 'tokenizer.apply_chat_template(messages, tools=row["tools"])' in source
    assert "tools" not in write(resolved(facts=facts, max_length=512), inspected())["train"].source


@pytest.mark.parametrize("template", [PLAIN, PLAIN.partition("}}")[2]])
def test_a_model_without_a_chat_template_gets_the_one_that_was_shown(template, tmp_path):
    source = write(resolved(), inspected(), Offered(template, "because"))["model"].source
    assert ruff_changes(tmp_path / "cells", [source]) == ""
    code = source.partition("# The model has no chat template")[2].partition("\n")[2].partition("\n")[2]
    tokenizer = SimpleNamespace(chat_template=None)
    exec(code, {"tokenizer": tokenizer})
    assert tokenizer.chat_template == template
    own = SimpleNamespace(chat_template="its own")
    exec(code, {"tokenizer": own})
    assert own.chat_template == "its own"
    assert read_values(source, "model") == {"model.id": "models/tiny", "data.chat_template": "plain"}
    assert "chat_template" not in write(resolved(), inspected())["model"].source


def test_a_run_after_another_is_held_against_it_where_test_rows_say_what_is_right():
    later = resolved(run="pirate-2", parent="pirate-1")
    source = write(later, inspected())["compare"].source
    assert 'before="pirate-1",' in source
    first = write(resolved(run="pirate-1"), inspected())["compare"].source
    assert "before" not in first


@pytest.mark.parametrize(
    ("count", "said"), [(69_952, "69,952"), (134_515_008, "135 million"), (1_235_814_400, "1.2 billion")]
)
def test_a_model_of_any_size_is_named_with_its_size(count, said):
    plan = resolved()
    source = _model(replace(plan, shape=replace(plan.shape, parameters=count)), None)
    assert f"{said} parameters" in " ".join(source.split())
