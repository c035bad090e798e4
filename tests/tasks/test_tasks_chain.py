"""Runs that go on from runs: the next one starts from what the last one made, and its reference is that, too."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

import ftkit
from ftkit import catalog
from ftkit.catalog import chain_of
from ftkit.cells.writing import _model
from ftkit.comparison.identity import largest_difference
from ftkit.errors import FtkitError, IdentityError, ModelError, RecipeError, RunError
from ftkit.recipe import from_presets
from ftkit.runfolder import RunFolder
from ftkit.tasks import TASKS
from tests.tasks.trained import data_files, planned, train


def run_step(model: str, run: str, task: str, method: str, tiny: Path) -> RunFolder:
    """One link of a chain, as its own cells carry it out."""
    form = TASKS[task].form
    data = data_files(Path(f"{form}-data"), form)
    plan = planned(model, run, task, method, data=str(data))
    names: dict[str, Any] = {}
    exec(_model(plan, None), names)
    folder, _ = train(plan, names["model_path"], form)
    return folder


def rows_of(run: RunFolder, key: str) -> list[tuple[int, float]]:
    rows = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text().splitlines()]
    return [(row["step"], row[key]) for row in rows if key in row]


@pytest.fixture(scope="module")
def here(tmp_path_factory: Any) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("chain")
        patch.chdir(folder)
        yield folder


@pytest.fixture(scope="module")
def parents(here: Path, tiny_model_folder: Path) -> dict[str, RunFolder]:
    """Two runs to go on from, by technique; an adapter and a whole model."""
    base = str(tiny_model_folder)
    return {
        method: run_step(base, f"sft-{method}", "sft", method, tiny_model_folder)
        for method in ("lora", "full")
    }


def loaded(path: str) -> tuple[Any, Any]:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    return AutoModelForCausalLM.from_pretrained(path), AutoTokenizer.from_pretrained(path)


@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_run_s_model_is_what_the_run_made_and_not_its_base(parents, method, tiny_model_folder):
    run = parents[method]
    model, tokenizer = loaded(ftkit.merged_model(run.name))
    tuned = run.path / "tuned_logits.safetensors"
    assert largest_difference(model, tokenizer, tuned) < 1e-3
    base, _ = loaded(str(tiny_model_folder))
    assert largest_difference(base, tokenizer, tuned) > 1e-2


@pytest.mark.parametrize("method", ["lora", "full"])
@pytest.mark.parametrize("before", ["lora", "full"])
def test_the_reference_of_a_preference_run_is_the_model_of_the_run_before(
    parents, before, method, tiny_model_folder
):
    parent = parents[before]
    run = run_step(f"run:{parent.name}", f"dpo-{before}-{method}", "dpo", method, tiny_model_folder)
    assert rows_of(run, "eval_loss")[0] == (0, pytest.approx(math.log(2), abs=1e-5))
    assert rows_of(run, "eval_rewards/margins")[0][1] == pytest.approx(0, abs=1e-5)
    # What the run holds for its base gives the answers that the run before ended with.
    for part in (0, 1, 2):
        assert difference(run.base_logits, parent.path / "tuned_logits.safetensors", part) < 1e-3
    assert chain_of(run.name) == [parent.name, run.name]
    source = json.loads((run.path / "environment.json").read_text())["model_source"]
    assert source == f"run:{parent.name}"
    found = ftkit.compare(run.name, ["Say red twice."], rows=0, max_new_tokens=4)
    assert parent.name in " ".join(found.notes)


@pytest.mark.parametrize("method", ["lora", pytest.param("full", marks=pytest.mark.slow)])
@pytest.mark.parametrize("task", ["ppo", "grpo", "rloo"])
def test_a_run_that_learns_from_rewards_begins_at_no_distance_from_the_run_before(
    parents, task, method, tiny_model_folder
):
    run = run_step("run:sft-lora", f"{task}-{method}", task, method, tiny_model_folder)
    assert rows_of(run, "eval_kl")[0] == (0, pytest.approx(0, abs=1e-6))
    assert difference(run.base_logits, parents["lora"].path / "tuned_logits.safetensors", 0) < 1e-3
    assert chain_of(run.name) == ["sft-lora", run.name]


def difference(one: Path, other: Path, part: int) -> float:
    from safetensors.torch import load_file

    first, second = (load_file(str(path))[f"logits_{part}"] for path in (one, other))
    return float((first - second).abs().max())


def test_three_links(parents, tiny_model_folder):
    second = run_step("run:sft-lora", "domain-2", "domain", "lora", tiny_model_folder)
    third = run_step("run:domain-2", "sft-3", "sft", "full", tiny_model_folder)
    assert chain_of(third.name) == ["sft-lora", second.name, third.name]


def test_the_merged_model_is_made_again_after_the_run_was_trained_again(parents, here):
    run = parents["lora"]
    merged = Path(ftkit.merged_model(run.name))
    before = merged.stat().st_mtime_ns
    assert Path(ftkit.merged_model(run.name)).stat().st_mtime_ns == before
    record = merged / "merged_from.json"
    changed = json.loads(record.read_text())
    changed["adapter"] = {"adapter_model.safetensors": "another"}
    record.write_text(json.dumps(changed))
    assert Path(ftkit.merged_model(run.name)).stat().st_mtime_ns != before
    weights = merged / "model.safetensors"
    kept = weights.read_bytes()
    weights.write_bytes(kept[:-4] + b"abcd")
    ftkit.merged_model(run.name)
    assert weights.read_bytes() == kept


def test_an_adapter_that_is_not_the_run_s_is_refused(parents, here):
    import shutil

    from safetensors.torch import load_file, save_file

    run = RunFolder("other")
    shutil.copytree(parents["lora"].path, run.path)
    shutil.rmtree(run.path / "merged", ignore_errors=True)
    file = run.adapter / "adapter_model.safetensors"
    save_file({name: tensor * 3 for name, tensor in load_file(str(file)).items()}, str(file))
    with pytest.raises(IdentityError, match="tuned model does not answer as it did"):
        ftkit.merged_model("other")
    assert not run.merged.exists()


def test_a_run_nobody_can_go_on_from_is_refused_with_the_reason(parents, here, tiny_model_folder):
    with pytest.raises(ModelError, match="There is no run 'nobody'"):
        catalog.find("run:nobody")
    run = run_step(str(tiny_model_folder), "prompt-1", "sft", "prompt-tuning", tiny_model_folder)
    for ask in (lambda: catalog.find("run:prompt-1"), lambda: ftkit.merged_model(run.name)):
        with pytest.raises(FtkitError, match="cannot become part of a model's own weights"):
            ask()
    reward = run_step(str(tiny_model_folder), "reward-1", "reward", "lora", tiny_model_folder)
    for ask in (lambda: catalog.find("run:reward-1"), lambda: ftkit.merged_model(reward.name)):
        with pytest.raises(FtkitError, match="judges texts and writes none"):
            ask()
    with pytest.raises(RecipeError, match="another run than the one that is trained"):
        from_presets(run="a", model="run:a")
    with pytest.raises(RunError):
        ftkit.merged_model("nobody")
