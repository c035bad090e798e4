"""What ``ftkit.follow`` costs: the same training with and without it, in CPU seconds and wall seconds.

Goal: our own code takes at most 2 % of the run's CPU seconds. A model of about 8 million parameters
made on the spot; each side is a fresh process; the pairs are interleaved.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from benchmarks.pairs import in_turns, python, ratio, write

TRAIN = """
import json, os, sys, time
sys.path.insert(0, {root!r})
from tests.tiny import as_chat, tiny_rows
import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import SFTConfig, SFTTrainer

rows = as_chat(tiny_rows(200))
folder = {model!r}
args = SFTConfig(output_dir="ftkit-runs/cost/checkpoints", use_cpu=True, bf16=False, gradient_checkpointing=False,
    per_device_train_batch_size=2, gradient_accumulation_steps=4, per_device_eval_batch_size=2, max_steps=40,
    logging_steps=1, eval_strategy="steps", eval_steps=5, eval_on_start=True, save_strategy="steps", save_steps=5,
    save_total_limit=1, load_best_model_at_end=True, learning_rate=5e-4, disable_tqdm=True, max_length=128)
trainer = SFTTrainer(AutoModelForCausalLM.from_pretrained(folder), args, train_dataset=Dataset.from_list(rows[:160]),
    eval_dataset=Dataset.from_list(rows[160:176]), processing_class=AutoTokenizer.from_pretrained(folder),
    peft_config=LoraConfig(r=16, target_modules="all-linear", task_type="CAUSAL_LM"))
if {follow!r}:
    import ftkit
    ftkit.follow(trainer, run="cost")
cpu, wall = time.process_time(), time.perf_counter()
trainer.train()
result = {{"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}}
if {follow!r}:
    state = json.load(open("ftkit-runs/cost/state.json"))
    result["ours"], result["run"] = state["ours_cpu_seconds"], state["run_cpu_seconds"]
print()
print(json.dumps(result))
"""


def make_model(folder: Path) -> Path:
    """A Llama of about 8 million parameters with the tests' tiny tokenizer."""
    from transformers import LlamaConfig, LlamaForCausalLM

    from tests.tiny import VOCABULARY, tiny_tokenizer

    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=256,
        intermediate_size=768,
        num_hidden_layers=10,
        num_attention_heads=4,
        num_key_value_heads=2,
        tie_word_embeddings=True,
        eos_token_id=2,
        pad_token_id=2,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return folder


def main(pairs: int = 10) -> None:
    with tempfile.TemporaryDirectory() as work:
        model = make_model(Path(work) / "model")
        wall: dict[str, list[float]] = {"with": [], "without": []}
        shares: list[float] = []

        def side(follow: bool) -> float:
            code = TRAIN.format(root=str(Path.cwd()), model=str(model), follow=follow)
            with tempfile.TemporaryDirectory() as place:
                found = python(code, cwd=place)
            wall["with" if follow else "without"].append(found["wall"])
            if follow:
                shares.append(found["ours"] / found["run"])
            return found["cpu"]

        cpu = in_turns({"with": lambda: side(True), "without": lambda: side(False)}, pairs)
    write(
        "follow_cost",
        {
            "what": "a training with ftkit.follow ÷ the same without it",
            "cpu_seconds": ratio(cpu),
            "wall_seconds": ratio(wall),
            "cpu_median_s": {name: statistics.median(values) for name, values in cpu.items()},
            "our_share_of_cpu": {"median": statistics.median(shares), "largest": max(shares)},
            "pairs": pairs,
        },
    )


if __name__ == "__main__":
    main()
