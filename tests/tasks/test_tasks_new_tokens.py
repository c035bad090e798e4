"""A base model that learns a chat template's new tokens: what starts, what is saved, and what is called base."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import ftkit
from ftkit import catalog
from ftkit.adapters.new_rows import FILE, rows_in_checkpoints
from ftkit.cli.planning import plan, training_source
from ftkit.comparison.identity import FIXED_PROMPTS, last_logits, prompt_ids
from ftkit.comparison.weights import Sides
from ftkit.errors import IdentityError
from ftkit.recipe import from_presets, recipe_to_yaml
from ftkit.runfolder import RunFolder
from ftkit.tasks import TASKS
from tests.base_model import base_model
from tests.tasks.test_tasks_chain import rows_of
from tests.tasks.trained import data_files

KNOWN = 300


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("new-tokens"))
        yield base_model("tiny-base")


def trained(base: Path, run: str, tmp_path: Path, edited: Any = lambda source: source, **presets: Any) -> Any:
    """A run of three steps with its own cells; what is in the kernel afterwards, too."""
    task = presets.setdefault("task", "sft")
    data = data_files(tmp_path / "rows", TASKS[task].form)
    choices = {
        "model": str(base),
        "data": data,
        "chat_template": "chatml",
        "batch_size": 4,
        "learning_rate": 5e-3,
    }
    recipe = from_presets(run=run, **{**choices, "max_steps": 3, **presets})
    made = plan(recipe)
    RunFolder(run).write_recipe(recipe_to_yaml(recipe))
    names: dict[str, Any] = {}
    exec(edited(training_source(made)), names)
    return RunFolder(run), names


def check_base(run: RunFolder, base: Path) -> None:
    """What is called base answers, in the words that it has always known, as the untouched files do."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    plain = AutoModelForCausalLM.from_pretrained(base)
    ids = AutoTokenizer.from_pretrained(base)(FIXED_PROMPTS[0])["input_ids"]
    wanted = last_logits(plain, ids)
    with Sides(run).base() as model:
        now = last_logits(model, ids)
        rows = model.get_input_embeddings().weight.detach()
    assert len(wanted) == KNOWN
    assert torch.equal(now[:KNOWN], wanted)
    assert torch.equal(rows[:KNOWN], plain.get_input_embeddings().weight)
    assert torch.equal(rows[KNOWN], rows[:KNOWN].mean(dim=0))
    assert len(rows) == KNOWN + 2


def run_needs(trainer: Any) -> int:
    """Bytes that the weights in its checkpoints were reckoned with."""
    trains = sum(one.numel() for one in trainer.model.parameters() if one.requires_grad)
    return 3 * 4 * (trains + rows_in_checkpoints(trainer.model))


FRESH = """
import sys
import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

base, run = sys.argv[1:]
tokenizer = AutoTokenizer.from_pretrained(f"{run}/adapter")
model = AutoModelForCausalLM.from_pretrained(base)
model.resize_token_embeddings(len(tokenizer))
model = PeftModel.from_pretrained(model, f"{run}/adapter").eval()
stored = load_file(f"{run}/tuned_logits.safetensors")
with torch.no_grad():
    now = model(stored["ids_0"][None]).logits[0, -1]
print(float((now - stored["logits_0"]).abs().max()))
"""


def test_lora_learns_the_new_tokens_and_nothing_else_of_the_vocabulary(base, tmp_path):
    from safetensors import safe_open

    run, names = trained(base, "lora-1", tmp_path)
    facts = run.actual()
    shape = catalog.find(str(base)).shape
    assert (
        facts["model"]["trainable"]
        == shape.layers * 16 * sum(map(sum, shape.linear_layers().values())) + 2 * 64
    )
    assert facts["differences"] == []
    assert facts["base_check"] == {"tensors": 20, "note": ""}
    assert names["tokenizer"].eos_token == "<|im_end|>"
    with safe_open(str(run.adapter / "adapter_model.safetensors"), framework="pt") as stored:
        tokens = [name for name in stored.keys() if "lora" not in name]  # noqa: SIM118
        assert [list(stored.get_tensor(name).shape) for name in tokens] == [[2, 64]]
        moved = stored.get_tensor(tokens[0])
    start = names["model"].get_input_embeddings().token_adapter.base_layer.weight[KNOWN:].cpu()
    assert float((moved - start).abs().max()) > 1e-3
    checkpoints = sum(file.stat().st_size for file in (run.path / "checkpoints").rglob("*.safetensors"))
    assert checkpoints > 2 * 2 * KNOWN * 64 * 4  # two of them, each with all rows twice: counted beforehand
    assert checkpoints < run_needs(names["trainer"])
    ids = prompt_ids(names["tokenizer"], FIXED_PROMPTS[0])
    assert [ids.count(number) for number in (KNOWN, KNOWN + 1)] == [2, 1]
    check_base(run, base)
    script = subprocess.run(
        [sys.executable, "-c", FRESH, str(base), str(run.path)], capture_output=True, text=True
    )
    assert float(script.stdout) < 1e-4, script.stderr

    found = ftkit.compare("lora-1", ["Say red twice."], rows=2, max_new_tokens=4)
    assert found.base_difference < 1e-3
    assert found.tuned_difference < 1e-3
    assert "<|im_start|> and <|im_end|>" in " ".join(found.notes)
    merged = catalog.find(ftkit.merged_model("lora-1"))
    assert merged.shape.vocabulary == KNOWN + 2
    assert catalog.find("run:lora-1").shape == merged.shape
    assert merged.chat_template


@pytest.mark.slow
def test_full_tuning_learns_them_with_everything_else(base, tmp_path):
    run, _ = trained(base, "full-1", tmp_path, method="full", learning_rate=1e-3)
    shape = catalog.find(str(base)).shape
    assert run.actual()["model"]["trainable"] == shape.parameters + 2 * 64
    assert run.actual()["differences"] == []
    check_base(run, base)
    found = ftkit.compare("full-1", ["Say red twice."], rows=2, max_new_tokens=4)
    assert (found.base_difference, found.tuned_difference) == (pytest.approx(0, abs=1e-3),) * 2


@pytest.mark.slow
def test_preferences_are_held_against_the_base_with_the_new_rows(tmp_path, base):
    import torch

    untied = base_model(tmp_path / "untied", tied=False)
    run, names = trained(untied, "dpo-1", tmp_path, task="dpo")
    assert rows_of(run, "eval_loss")[0] == (0, pytest.approx(math.log(2), abs=1e-5))
    assert rows_of(run, "eval_rewards/margins")[0][1] == pytest.approx(0, abs=1e-5)
    assert (run.path / FILE).exists()
    check_base(run, untied)
    # What the trainer reads directly is the reference's output layer, too, not the trained one.
    trainer = names["trainer"]
    batch = next(iter(trainer.get_eval_dataloader()))
    inputs = {key: batch[key] for key in ("input_ids", "attention_mask")}
    model = trainer.model.eval()
    with torch.no_grad(), model.disable_adapter():
        logits = model(**inputs).logits[:, :-1].log_softmax(-1)
        wanted = logits.gather(2, inputs["input_ids"][:, 1:, None])[..., 0]
        fused = model(**inputs, labels=inputs["input_ids"], fused_lm_head=True).log_probs
    assert torch.allclose(wanted, fused[:, : wanted.shape[1]], atol=1e-4)


def test_a_row_of_the_base_that_was_moved_is_still_found_out(base, tmp_path):
    moves = "model.get_input_embeddings().weight.data[1] += 0.01\n\nargs = "
    with pytest.raises(IdentityError, match="trained already"):
        trained(base, "moved", tmp_path, lambda source: source.replace("args = ", moves, 1))
    assert not (RunFolder("moved").path / "base_logits.safetensors").exists()


@pytest.mark.slow
@pytest.mark.parametrize("task", ["orpo", "classification"])
def test_a_base_model_without_a_padding_token_trains_all_the_same(base, tmp_path, task):
    run, names = trained(base, f"pad-{task}", tmp_path, task=task, chat_template="plain", max_steps=1)
    assert run.state()["state"] == "finished"
    assert names["tokenizer"].pad_token == names["tokenizer"].eos_token
