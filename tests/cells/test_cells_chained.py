"""Cells of a run that trains another run's adapter on: plain code, read back as it was written."""

from __future__ import annotations

import ast
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ftkit.catalog import STARTER_ID, continued
from ftkit.cells import drift, read, read_values, set_values, write, write_range_test
from ftkit.errors import CellError, ModelError
from ftkit.recipe.chain import adapter_before, chain_obstacle, method_of
from ftkit.runfolder import RunFolder
from tests.cells.resolved_recipes import SHAPE, inspected, resolved
from tests.fields.test_fields_source import ruff_changes

EVERY = list(SHAPE.linear_layers())


def made(name: str, base: str, settings: dict[str, Any] | None = None, bits: int | None = None) -> RunFolder:
    """A finished run with an adapter, as far as a next one looks at it."""
    run = RunFolder(name)
    run.adapter.mkdir(parents=True)
    (run.adapter / "adapter_model.safetensors").write_bytes(b"weights")
    about = {"peft_type": "LORA", "r": 16, "lora_alpha": 16, "lora_dropout": 0.1, "target_modules": EVERY}
    (run.adapter / "adapter_config.json").write_text(json.dumps({**about, **(settings or {})}))
    packed = {"quant_method": "bitsandbytes", f"load_in_{bits}bit": True} if bits else None
    run.write_json("actual.json", {"model": {"path": base, "quantization": packed}})
    run.set_state("finished")
    return run


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def going_on(run: str = "sft-1", **presets: Any) -> Any:
    choices = {"task": "dpo", "run": "dpo-1", "model": f"run:{run}", "chain": "continue", "data": "d"}
    plan = resolved("models/tiny", **{**choices, **presets})
    return replace(plan, model_path=adapter_before(plan.recipe).base)


def test_the_adapter_is_loaded_by_plain_code_and_no_new_one_is_made(here, tmp_path):
    made("sft-1", "models/tiny")
    cells = write(going_on(), inspected())
    assert 'adapter_path = "ftkit-runs/sft-1/adapter"\n' in cells["model"].source
    assert "from_pretrained(adapter_path)" in cells["model"].source
    assert 'model_path = "models/tiny"' in cells["model"].source
    assert "rank 16, alpha 16, on all linear layers" in " ".join(cells["method"].source.split("\n# "))
    train = cells["train"].source
    assert (
        "model = PeftModel.from_pretrained(\n    model, adapter_path, config=peft_config, is_trainable=True\n)"
        in train
    )
    assert "peft_config=peft_config" not in train
    assert 'continues="sft-1"' in train
    assert "frozen copy" in train
    assert "frozen copy" not in write(going_on(task="sft"), inspected())["train"].source
    assert "continues=" not in write_range_test(going_on(), inspected()).source
    mixed = write(going_on(task="multi-task", also=[{"source": "o.jsonl"}]), inspected())["train"].source
    sources = [*(cell.source for cell in cells.values()), mixed]
    assert [ast.parse(source) for source in sources]
    assert ruff_changes(tmp_path / "written", sources) == ""


def test_what_is_written_reads_back(here):
    made("sft-1", "models/tiny")
    cells = write(going_on(), inspected())
    wanted = {"model.id": "run:sft-1", "model.chain": "continue"}
    assert read_values(cells["model"].source, "model") == wanted
    assert wanted.items() <= read_values(cells["train"].source, "train").items()
    assert read(cells["method"].source, "method") == {}
    for step in ("model", "train"):
        source = cells[step].source
        assert set_values(source, step, wanted) == source
        with pytest.raises(CellError, match="has no place for"):
            set_values(source, step, {"model.chain": "merge"})
        with pytest.raises(CellError, match="has no place for"):
            set_values(source, step, {"model.id": "run:other"})
    merged = write(resolved("run:sft-1", model="run:sft-1", data="d"), inspected())["model"].source
    assert read_values(merged, "model") == {"model.id": "run:sft-1", "model.chain": "merge"}


@pytest.mark.parametrize(
    ("step", "before", "after"),
    [
        ("model", "ftkit-runs/sft-1/adapter", "ftkit-runs/sft-2/adapter"),
        ("model", '"ftkit-runs/sft-1/adapter"', "somewhere"),
        ("model", '"models/tiny"', '"models/other"'),
        ("train", 'continues="sft-1"', 'continues="sft-2"'),
        ("train", ', continues="sft-1"', ""),
    ],
)
def test_an_edit_of_what_goes_on_is_seen(here, step, before, after):
    made("sft-1", "models/tiny")
    made("sft-2", "models/tiny")
    source = write(going_on(), inspected())[step].source
    edited = source.replace(before, after)
    assert edited != source
    assert "model.id" in {one.path for one in drift(edited, source, step)}


def test_the_base_under_it_is_called_for_by_name(here, monkeypatch, tiny_model_folder):
    monkeypatch.setenv("FTKIT_STARTER", str(tiny_model_folder))
    made("first", str(tiny_model_folder))
    assert continued("first").base == STARTER_ID
    assert "model_path = ftkit.starter_model()\n" in write(going_on("first"), inspected())["model"].source
    (here / "ftkit-runs/first/merged").mkdir()
    made("second", "ftkit-runs/first/merged")
    assert continued("second").base == "run:first"
    source = write(going_on("second"), inspected())["model"].source
    assert 'ftkit.merged_model("first")' in source
    assert read_values(source, "model")["model.id"] == "run:second"


def test_a_packed_base_is_packed_again(here):
    made("sft-1", "models/tiny", bits=4)
    cells = write(going_on(method="qlora"), inspected())
    assert "load_in_4bit=True" in cells["method"].source
    assert "quantization_config=quantization_config" in cells["train"].source


def test_the_settings_are_the_adapter_s(here):
    made("sft-1", "m", {"r": 8, "lora_alpha": 32, "target_modules": ["v_proj", "q_proj"], "use_rslora": True})
    brought = method_of(continued("sft-1"), SHAPE)
    assert brought == {
        "name": "rslora",
        "r": 8,
        "lora_alpha": 32,
        "lora_dropout": 0.1,
        "target_modules": ["q_proj", "v_proj"],
    }
    kept = {key: value for key, value in brought.items() if key != "name"}
    assert chain_obstacle(going_on(method="rslora", **kept).recipe, continued("sft-1"), SHAPE) is None
    other = chain_obstacle(going_on(method="rslora").recipe, continued("sft-1"), SHAPE)
    assert "r: 8, lora_alpha: 32" in other.remedy
    assert "rsLoRA" in chain_obstacle(going_on().recipe, continued("sft-1"), SHAPE).remedy


@pytest.mark.parametrize(
    ("presets", "said"),
    [
        ({"task": "reward"}, "judges"),
        ({"task": "classification"}, "judges"),
        ({"backend": "unsloth"}, "Unsloth"),
        ({"method": "full"}, "made with LoRA"),
        ({"method": "loraplus"}, "made with LoRA"),
    ],
)
def test_what_cannot_go_on_is_refused_with_the_way_out(here, presets, said):
    made("sft-1", "models/tiny")
    recipe = going_on(**presets).recipe
    obstacle = chain_obstacle(recipe, continued("sft-1"), SHAPE)
    assert said in obstacle.why
    assert "merge" in obstacle.remedy
    for task in ("sft", "domain", "multi-task", "orpo", "dpo", "kto", "grpo", "rloo", "ppo"):
        assert chain_obstacle(going_on(task=task).recipe, continued("sft-1"), SHAPE) is None


def test_what_was_trained_over_eight_bits_is_not_merged_but_goes_on(here):
    made("packed-1", "models/tiny", bits=8)
    merging = resolved("models/tiny", run="next-1", model="run:packed-1", data="d").recipe
    assert "cannot be merged" in chain_obstacle(merging, None, SHAPE).why
    assert "continue" in chain_obstacle(merging, None, SHAPE).remedy
    before = continued("packed-1")
    brought = method_of(before, SHAPE)
    kept = {key: value for key, value in brought.items() if key != "name"}
    recipe = going_on("packed-1", method=brought["name"], **kept).recipe
    assert chain_obstacle(recipe, before, SHAPE) is None
    for model in ("smollm2-135m", "run:four-1"):
        made("four-1", "models/tiny", bits=4) if model == "run:four-1" else None
        other = resolved("models/tiny", run="next-1", model=model, data="d").recipe
        assert chain_obstacle(other, None, SHAPE) is None


def test_a_run_without_such_an_adapter_is_refused_with_the_way_out(here):
    made("ia3", "m", {"peft_type": "IA3"})
    made("tokens", "m", {"trainable_token_indices": [1]})
    whole = RunFolder("whole")
    whole.model.mkdir(parents=True)
    (whole.model / "config.json").write_text("{}")
    whole.write_json("actual.json", {"model": {"path": "m"}})
    whole.set_state("finished")
    for name, said in (
        ("ia3", "no LoRA"),
        ("tokens", "new tokens"),
        ("whole", "no adapter"),
        ("a/b", "lies"),
    ):
        with pytest.raises(ModelError, match=said) as refused:
            continued(name)
        assert "merge" in refused.value.remedy
