"""The same recipe as Unsloth's cells: formatted, read back, edited, and never another model unnoticed."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from ftkit.catalog import STARTER_ID
from ftkit.cells import STEPS, Expression, read, read_values, set_values, write, write_range_test
from ftkit.errors import CellError
from ftkit.fields import Gpu, Machine
from tests.cells.resolved_recipes import FACTS, GIB, inspected, resolved
from tests.fields.test_fields_source import ruff_changes

CARD = Machine(
    8,
    64 * GIB,
    60 * GIB,
    900 * GIB,
    Gpu("NVIDIA A100", 80 * GIB, bf16=True, capability=(8, 0)),
    packages=frozenset({"unsloth", "bitsandbytes", "flash_attn", "liger_kernel"}),
)
QWEN = "Qwen/Qwen3-0.6B"


def cells(model: str = QWEN, machine: Machine = CARD, **presets: object) -> dict[str, str]:
    made = resolved(model, machine=machine, backend="unsloth", **presets)
    return {step: cell.source for step, cell in write(made, inspected()).items()}


@pytest.mark.parametrize("task", ["sft", "domain", "dpo", "orpo", "kto", "grpo"])
@pytest.mark.parametrize("method", ["lora", "rslora", "qlora", "lora-8bit"])
def test_the_cells_are_formatted_and_read_back_as_the_recipe(task, method, tmp_path: Path):
    recipe = resolved(QWEN, machine=CARD, backend="unsloth", task=task, method=method)
    written = write(recipe, inspected())
    assert ruff_changes(tmp_path / "cells", [cell.source for cell in written.values()]) == ""
    values = {path: v for step in STEPS for path, v in read_values(written[step].source, step).items()}
    assert values.pop("model.id") == QWEN
    assert values["training.backend"] == "unsloth"
    for path, value in values.items():
        assert recipe.recipe.get(path) == value, path


def test_unsloth_is_imported_before_what_it_makes_faster():
    for step in ("model", "train"):
        imports = [
            (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name)
            for node in ast.walk(ast.parse(cells()[step]))
            if isinstance(node, ast.Import | ast.ImportFrom)
        ]
        assert imports[0] == "unsloth"


def test_qlora_trains_the_packed_model_of_the_catalogue_and_lora_the_very_one():
    packed, plain = cells(method="qlora"), cells()
    assert 'packed_path = "unsloth/Qwen3-0.6B-bnb-4bit"' in packed["model"]
    assert "    packed_path,\n" in packed["train"]
    assert "load_in_4bit=quantization_config.load_in_4bit" in packed["train"]
    assert "packed_path" not in plain["model"] + plain["train"]
    assert "load_in_4bit=False" in plain["train"]
    for source in (packed["train"], plain["train"]):
        assert "use_exact_model_name=True" in source
        assert "use_safetensors=True" in source


@pytest.mark.parametrize("model", ["models/tiny", STARTER_ID])
def test_what_lies_in_a_folder_is_packed_as_it_is_loaded(model):
    written = cells(model, method="qlora")
    assert "packed_path" not in written["model"] + written["train"]
    assert "    model_path,\n" in written["train"]


def test_another_model_in_the_cell_brings_its_packed_one_along():
    source = cells(method="qlora")["model"]
    changed = set_values(source, "model", {"model.id": "Qwen/Qwen3-1.7B"})
    assert 'packed_path = "unsloth/Qwen3-1.7B-bnb-4bit"' in changed
    folder = set_values(source, "model", {"model.id": "models/mine"})
    assert "packed_path = model_path" in folder
    assert read(folder, "model") == {"model.id": "models/mine"}


def test_a_model_changed_by_hand_beside_the_packed_one_is_seen():
    source = cells(method="qlora")["model"].replace(f'model_path = "{QWEN}"', 'model_path = "other/model"')
    assert read(source, "model") == {"model.id": Expression('"unsloth/Qwen3-0.6B-bnb-4bit"')}


def test_settings_are_changed_in_place_and_the_back_end_is_not():
    source = cells()["train"]
    changed = set_values(source, "train", {"training.learning_rate": 1e-4, "training.backend": "unsloth"})
    assert read_values(changed, "train")["training.learning_rate"] == 1e-4
    assert changed.count("\n") == source.count("\n")
    with pytest.raises(CellError, match="no place"):
        set_values(source, "train", {"training.backend": "trl"})


def test_the_adapter_follows_the_method_cell():
    source = cells(method="rslora")["train"]
    for name in ("r", "lora_alpha", "lora_dropout", "use_rslora"):
        assert f"    {name}=peft_config.{name},\n" in source
    assert "peft_config=peft_config" not in source


def test_a_card_without_bf16_computes_in_fp16():
    old = replace(CARD, gpu=Gpu("Tesla T4", 16 * GIB, bf16=False, capability=(7, 5)))
    assert "fp16=True" in cells(machine=old)["train"]
    assert "fp16" not in cells()["train"]


def test_learning_rates_can_be_tried():
    made = resolved(QWEN, machine=CARD, backend="unsloth")
    source = write_range_test(made, inspected()).source
    assert "FastLanguageModel.from_pretrained(" in source
    assert "ftkit.find_learning_rate(" in source


def test_faster_kernels_stand_in_trl_s_cell_with_their_reasons(tmp_path: Path):
    from ftkit.recipe import from_presets, resolve
    from tests.cells.resolved_recipes import SHAPE

    facts = replace(FACTS, train_rows=300, longest=400, mean=90.0)
    made = resolve(from_presets(run="a"), CARD, facts, replace(SHAPE, kind="llama"), "m")
    source = write(made, inspected())["train"].source
    assert ruff_changes(tmp_path / "cells", [source]) == ""
    for line in (
        'attn_implementation="flash_attention_2"',
        "packing=True",
        "eval_packing=False",
        "use_liger_kernel=True",
    ):
        before, _, _ = source.partition(f"    {line},\n")
        assert before != source
        assert before.splitlines()[-1].lstrip().startswith("# ")
    # A batch counted in rows is no batch of examples: neither read as one nor set to one.
    assert "training.batch_size" not in read(source, "train")
    with pytest.raises(CellError, match="share a row"):
        set_values(source, "train", {"training.batch_size": 16})
