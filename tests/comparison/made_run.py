"""A run folder as a training leaves it, made without training."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer

from ftkit.comparison.identity import store_base_logits, store_tuned_logits
from ftkit.recipe import from_presets, recipe_to_yaml
from ftkit.runfolder import RunFolder


def base(folder: Path) -> Any:
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)


def made_run(
    name: str, root: Path, model: Path, data: Path, method: str = "lora", push: float = 0.2, **presets: Any
) -> RunFolder:
    """A finished run whose "training" was a push to some weights."""
    run = RunFolder(root / "ftkit-runs" / name)
    recipe = from_presets(run=name, data=str(data), model=str(model), method=method, **presets)
    run.write_recipe(recipe_to_yaml(recipe))
    run.begin()
    tokenizer, tuned = AutoTokenizer.from_pretrained(model), base(model)
    if method == "lora":
        tuned = get_peft_model(tuned, LoraConfig(r=4, target_modules="all-linear", task_type="CAUSAL_LM"))
    store_base_logits(tuned, tokenizer, run.base_logits)
    torch.manual_seed(0)
    with torch.no_grad():
        for key, weight in tuned.named_parameters():
            if "lora_B" in key or (method == "full" and "up_proj" in key):
                weight.add_(torch.randn_like(weight) * push)
    folder = run.adapter if method == "lora" else run.model
    tuned.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    store_tuned_logits(tuned, tokenizer, run.path / "tuned_logits.safetensors")
    folders = [data, *(root / one["source"] for one in presets.get("also", ()))]
    files = [file for folder in folders for file in folder.glob("*.jsonl")]
    hashes = {str(f): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}
    run.write_json("actual.json", {"model": {"path": str(model), "dtype": "float32"}, "data_files": hashes})
    run.set_state("finished")
    return run
