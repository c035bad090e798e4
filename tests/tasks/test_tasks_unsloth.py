"""Unsloth's cells carried out: with a small stand-in for it here, with Unsloth itself where a card is."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from ftkit.cells import Cell, run_source
from ftkit.cells.train_cell import train_source
from ftkit.cells.writing import _checked, _method, _model
from ftkit.fields import Gpu, Machine
from ftkit.hardware import this_machine
from ftkit.recipe import Resolved, from_presets, recipe_to_yaml, resolve
from ftkit.recipe.backend import why_not_unsloth
from ftkit.runfolder import RunFolder
from ftkit.tasks import TASKS
from tests.recipe.made_up import SERVER
from tests.tasks.trained import FACTS, rows_for

HERE = this_machine()
CARD = replace(SERVER, packages=frozenset({"unsloth", "bitsandbytes"}))


class StandIn(ModuleType):
    """What the cells use of Unsloth, made of transformers and peft; it writes down how it is called."""

    def __init__(self, folder: Path) -> None:
        super().__init__("unsloth")
        self.calls: list[tuple[str, Any, dict[str, Any]]] = []
        self.after: list[str] = []
        self._folder = folder
        self.FastLanguageModel = SimpleNamespace(
            from_pretrained=self._from_pretrained, get_peft_model=self._get_peft_model
        )

    def PatchDPOTrainer(self) -> None:
        self.calls.append(("PatchDPOTrainer", None, {}))

    def _from_pretrained(self, name: str, **arguments: Any) -> tuple[Any, Any]:
        from transformers import AutoModelForCausalLM, AutoTokenizer

        self.calls.append(("from_pretrained", name, arguments))
        # Packing into bits needs a card: here the same weights are loaded whole.
        return AutoModelForCausalLM.from_pretrained(self._folder), AutoTokenizer.from_pretrained(self._folder)

    def _get_peft_model(self, model: Any, **arguments: Any) -> Any:
        from peft import LoraConfig, get_peft_model

        self.calls.append(("get_peft_model", None, dict(arguments)))
        del arguments["use_gradient_checkpointing"], arguments["random_state"]
        return get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", **arguments))

    def called(self, name: str) -> tuple[Any, dict[str, Any]]:
        return next((first, arguments) for call, first, arguments in self.calls if call == name)


def planned(
    model: Path | str, run: str, task: str, method: str, machine: Machine = CARD, **presets: Any
) -> Resolved:
    from ftkit.catalog import find, in_cell

    choices: dict[str, Any] = {"num_train_epochs": 2, "batch_size": 4, "max_length": 128}
    if TASKS[task].form == "prompts":
        choices |= {"num_train_epochs": 1, "batch_size": 16, "max_completion_length": 8}
    recipe = from_presets(
        run=run,
        model=str(model),
        task=task,
        method=method,
        backend="unsloth",
        learning_rate=5e-3,
        **{**choices, **presets},
    )
    found = find(str(model))
    return resolve(recipe, machine, FACTS, found.shape, in_cell(found))


def carried_out(plan: Resolved) -> tuple[RunFolder, dict[str, Any]]:
    """Model, method and train cell in one kernel."""
    from datasets import Dataset, DatasetDict

    run = RunFolder(plan.recipe.run)
    run.write_recipe(recipe_to_yaml(plan.recipe))
    rows = Dataset.from_list(rows_for(TASKS[plan.recipe.task.name].form))
    names: dict[str, Any] = {
        "data": DatasetDict({"train": rows.select(range(32)), "validation": rows.select(range(32, 40))})
    }
    written = {
        "model": _model(plan, None),
        "method": _method(plan),
        "train": train_source(plan, SimpleNamespace(tools=False, form="sft")),
    }
    if HERE.gpu is None:  # what this machine computes in, as the plan is for another one
        on_cpu = 'eval_strategy="steps",\n    use_cpu=True,\n    bf16=False,'
        written["train"] = written["train"].replace('eval_strategy="steps",', on_cpu)
    for step, source in written.items():
        exec(compile(_checked(step, source, run.name).source, f"<{step}>", "exec"), names)
    return run, names


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tiny_model_folder: Path) -> StandIn:
    module = StandIn(tiny_model_folder)
    monkeypatch.setitem(sys.modules, "unsloth", module)
    monkeypatch.chdir(tmp_path)
    return module


@pytest.mark.parametrize(
    ("task", "method"), [("sft", "lora"), ("sft", "rslora"), ("dpo", "lora"), ("sft", "qlora")]
)
def test_the_cells_train_with_the_recipe_s_own_settings(stand_in, tiny_model_folder, task, method):
    plan = planned(
        tiny_model_folder, f"{task}-{method}", task, method, r=4, target_modules=["q_proj", "v_proj"]
    )
    run, _ = carried_out(plan)
    name, loaded = stand_in.called("from_pretrained")
    assert name == str(tiny_model_folder)
    assert loaded["max_seq_length"] == 128
    assert loaded["load_in_4bit"] is (method == "qlora")
    assert loaded["use_safetensors"] is loaded["use_exact_model_name"] is True
    _, adapter = stand_in.called("get_peft_model")
    settings = plan.recipe.method
    assert (adapter["r"], adapter["lora_alpha"]) == (4, settings.lora_alpha)
    assert adapter["lora_dropout"] == settings.lora_dropout
    assert adapter["use_rslora"] is (method == "rslora")
    assert adapter["target_modules"] == ["q_proj", "v_proj"]
    assert adapter["random_state"] == plan.recipe.training.seed
    assert any(call == "PatchDPOTrainer" for call, _, _ in stand_in.calls) is (task == "dpo")

    facts = json.loads((run.path / "actual.json").read_text())
    assert facts["differences"] == []
    assert facts["peft_config"]["r"] == 4
    assert (run.adapter / "adapter_model.safetensors").exists()
    rows = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text().splitlines()]
    losses = [row["eval_loss"] for row in rows if "eval_loss" in row]
    assert losses[-1] < losses[0]
    if task == "dpo":  # the reference is the base itself
        assert losses[0] == pytest.approx(0.6931, abs=1e-3)


def test_all_layers_are_given_by_name(stand_in, tiny_model_folder):
    plan = planned(tiny_model_folder, "all", "sft", "lora", max_steps=1)
    carried_out(plan)
    _, adapter = stand_in.called("get_peft_model")
    assert set(adapter["target_modules"]) == set(plan.shape.linear_layers())


def test_a_change_in_the_method_cell_reaches_unsloth(stand_in, tiny_model_folder):
    plan = planned(tiny_model_folder, "changed", "sft", "lora", max_steps=1)
    names: dict[str, Any] = {}
    exec(_method(plan).replace("r=16", "r=3"), names)
    source = train_source(plan, SimpleNamespace(tools=False, form="sft")).partition("\nargs = ")[0]
    exec(source, {**names, "model_path": str(tiny_model_folder)})
    _, adapter = stand_in.called("get_peft_model")
    assert adapter["r"] == 3


def test_the_script_of_all_cells_imports_unsloth_first(tiny_model_folder):
    plan = planned(tiny_model_folder, "order", "sft", "lora")
    cells = {
        step: Cell(step, source, "order")
        for step, source in (("model", _model(plan, None)), ("method", _method(plan)))
    }
    script = run_source(cells)
    assert script.index("import unsloth") < script.index("from transformers")


@pytest.mark.gpu
@pytest.mark.parametrize("task", ["sft", "dpo"])
def test_unsloth_itself_trains_the_starter(monkeypatch, tmp_path, task):
    from ftkit.catalog import STARTER_ID, find

    machine = HERE
    recipe = from_presets(model=STARTER_ID, task=task, backend="unsloth")
    if obstacle := why_not_unsloth(recipe, machine, find(STARTER_ID).shape):
        pytest.skip(str(obstacle))
    monkeypatch.chdir(tmp_path)
    run, _ = carried_out(planned(STARTER_ID, f"real-{task}", task, "lora", machine, max_steps=8))
    rows = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text().splitlines()]
    losses = [row["eval_loss"] for row in rows if "eval_loss" in row]
    assert losses[-1] < losses[0]
    assert (run.adapter / "adapter_model.safetensors").exists()
    assert isinstance(machine.gpu, Gpu)
