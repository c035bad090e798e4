"""Every technique trained with its own cells: what trains, that it learns, and that base is base."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import ftkit
from ftkit.errors import RunError
from ftkit.methods import METHODS
from ftkit.runfolder import RunFolder
from tests.methods.shapes import shape_of
from tests.methods.trained import planned, train

pytest.importorskip("bitsandbytes")


QUICK = {"lora", "pissa", "qlora", "freeze", "adapters", "prefix-tuning"}
"""One of each kind; the others are in the slow lane."""

PARAMS = [pytest.param(name, id=name, marks=() if name in QUICK else pytest.mark.slow) for name in METHODS]


@pytest.fixture(scope="module", params=PARAMS)
def trained(request: Any, tiny_model_folder: Path, tmp_path_factory: Any) -> Any:
    """A run of one technique, followed; its method, its plan, its folder, and the kernel's names."""
    folder = tmp_path_factory.mktemp(request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        plan = planned(
            tiny_model_folder, f"{request.param}-1", request.param, **METHODS[request.param].example
        )
        run, names = train(plan, tiny_model_folder)
        yield METHODS[request.param], plan, RunFolder(folder / "ftkit-runs" / run.name), names


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[ProcessPoolExecutor]:
    """A process that trained nothing; one for all techniques, as it takes longest to begin."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        yield process


def losses(run: RunFolder, key: str) -> list[float]:
    rows = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text().splitlines()]
    return [row[key] for row in rows if key in row]


def test_exactly_the_stated_parameters_train(trained):
    method, plan, run, names = trained
    counted = run.actual()["model"]["trainable"]
    assert counted == method.trainable(plan.recipe.method, plan.shape)
    whole = plan.shape.parameters + method.adds(plan.recipe.method, plan.shape)
    assert whole == shape_of(names["model"]).parameters


def test_it_learns(trained):
    _, _, run, _ = trained
    assert run.state()["state"] == "finished"
    evaluated = losses(run, "eval_loss")
    assert min(evaluated[1:]) < evaluated[0]


def test_base_is_base_and_tuned_is_tuned(trained):
    """The result of a fresh process would be the same: nothing in memory is used that is not the saved one."""
    _, _, run, _ = trained
    result = ftkit.compare(run.path, ["Say red twice."], rows=0, max_new_tokens=4)
    assert result.base_difference < 1e-3
    assert result.tuned_difference < 1e-3


def test_it_becomes_part_of_the_model_or_says_why_not(trained):
    """What the form promises is what happens; a merged model is handed out only where it answers as the tuned one did."""
    method, _, run, _ = trained
    if method.merges:
        assert (Path(ftkit.merged_model(run.path)) / "model.safetensors").exists()
        return
    with pytest.raises(RunError, match="cannot become part of a model's own weights"):
        ftkit.merged_model(run.path)
    assert method.merging.startswith("It cannot: ")


def differences(run: Path) -> tuple[float, float]:
    """How far both models are from what the training left of them."""
    result = ftkit.compare(run, ["Say red twice."], rows=0, max_new_tokens=4)
    return result.base_difference, result.tuned_difference


def test_it_loads_in_another_process_with_the_same_answers(trained, elsewhere):
    _, _, run, _ = trained
    assert all(far < 1e-3 for far in elsewhere.submit(differences, run.path).result())


def test_its_adapter_loads_with_plain_peft(trained, tiny_model_folder):
    method, _, run, names = trained
    if not method.config:
        pytest.skip("it leaves no PEFT adapter")
    import torch
    from peft import PeftModel
    from safetensors.torch import load_file
    from transformers import AutoModelForCausalLM

    from ftkit.adapters.packing import keep_packing
    from ftkit.comparison.identity import FIXED_PROMPTS, last_logits, prompt_ids

    packing = {"quantization_config": names["quantization_config"]} if "quantization_config" in names else {}
    base = AutoModelForCausalLM.from_pretrained(tiny_model_folder, dtype="float32", **packing)
    model = PeftModel.from_pretrained(base, str(run.adapter)).eval()
    keep_packing(model)  # else some processors compute with fewer digits here
    stored = load_file(run.path / "tuned_logits.safetensors")["logits_0"]
    now = last_logits(model, prompt_ids(names["tokenizer"], FIXED_PROMPTS[0]))
    assert torch.allclose(now, stored, atol=1e-3)
