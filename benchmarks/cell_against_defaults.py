"""The generated train cell beside TRL's default settings: same model, data, steps and seed, on this machine.

Three sides, each a fresh process, taken in turns:

``ftkit``     the arguments of the generated cell (without the chart);
``defaults``  TRL's own defaults for everything that is a matter of speed;
``trainer``   plain ``transformers.Trainer`` on rows tokenised beforehand, ftkit's settings.

Goal: the same evaluation loss in clearly less time than the defaults; 2.4× was had by settings alone.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.pairs import in_turns, python, ratio, write

PREPARE = """
import json, time
from datasets import load_dataset
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer, TrainingArguments, DataCollatorForSeq2Seq, set_seed
from trl import SFTConfig, SFTTrainer

path = {model!r}
tokenizer = AutoTokenizer.from_pretrained(path)
data = load_dataset("json", data_files={{part: {data!r} + f"/{{part}}.jsonl" for part in ("train", "validation")}})
data = data.map(lambda row: {{"prompt": [{{"role": "user", "content": row["question"]}}],
    "completion": [{{"role": "assistant", "content": row["answer"]}}]}}, remove_columns=["question", "answer"])
lora = LoraConfig(task_type="CAUSAL_LM", r=16, lora_alpha=16, lora_dropout=0.1, target_modules="all-linear")
common = dict(output_dir="out", max_steps={steps}, learning_rate=5e-4, warmup_steps=0.05,
    lr_scheduler_type="cosine", weight_decay=0.01, seed=42, save_strategy="no", disable_tqdm=True, use_cpu=True)
"""
FTKIT = """
args = SFTConfig(**common, per_device_train_batch_size=4, gradient_accumulation_steps=2, bf16=False,
    gradient_checkpointing=False, per_device_eval_batch_size=8)
"""
DEFAULTS = """
args = SFTConfig(**common, per_device_train_batch_size=8)
"""
SFT = """
model = AutoModelForCausalLM.from_pretrained(path, dtype="float32")
trainer = SFTTrainer(model, args, train_dataset=data["train"], eval_dataset=data["validation"],
    processing_class=tokenizer, peft_config=lora)
"""
TRAINER = """
def tokens(row):
    asked = tokenizer.apply_chat_template(row["prompt"], add_generation_prompt=True, return_dict=True)["input_ids"]
    whole = tokenizer.apply_chat_template(row["prompt"] + row["completion"], return_dict=True)["input_ids"]
    return {{"input_ids": whole, "attention_mask": [1] * len(whole),
        "labels": [-100] * len(asked) + whole[len(asked):]}}
rows = data.map(tokens, remove_columns=["prompt", "completion"])
args = TrainingArguments(**common, per_device_train_batch_size=4, gradient_accumulation_steps=2,
    per_device_eval_batch_size=8)
set_seed(42)
model = get_peft_model(AutoModelForCausalLM.from_pretrained(path, dtype="float32"), lora)
trainer = Trainer(model, args, train_dataset=rows["train"], eval_dataset=rows["validation"],
    data_collator=DataCollatorForSeq2Seq(tokenizer, padding=True))
"""
TRAIN = """
begun, cpu = time.perf_counter(), time.process_time()
trainer.train()
took = time.perf_counter() - begun, time.process_time() - cpu
result = dict(wall=took[0], cpu=took[1], eval_loss=trainer.evaluate()["eval_loss"])
import resource
result["peak_gib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
print()
print(json.dumps(result))
"""


def main(pairs: int = 3, steps: int = 12) -> None:
    from ftkit.catalog import starter_model

    where = {
        "model": str(starter_model()),
        "data": str(Path("notebooks/data/pirate").resolve()),
        "steps": steps,
    }
    codes = {
        "ftkit": PREPARE + FTKIT + SFT + TRAIN,
        "defaults": PREPARE + DEFAULTS + SFT + TRAIN,
        "trainer": PREPARE + TRAINER + TRAIN,
    }
    extra: dict[str, list[dict[str, float]]] = {name: [] for name in codes}

    def side(name: str) -> float:
        with tempfile.TemporaryDirectory() as place:
            found = python(codes[name].format(**where), cwd=place)
        extra[name].append(found)
        print(f"    eval loss {found['eval_loss']:.4f}, peak {found['peak_gib']:.2f} GiB", file=sys.stderr)
        return found["wall"] / steps

    found = in_turns({name: (lambda name=name: side(name)) for name in codes}, pairs)
    write(
        "cell_against_defaults",
        {
            "what": f"seconds a step over {steps} steps of LoRA on the starter model, batch 8",
            "seconds_a_step": {name: statistics.median(values) for name, values in found.items()},
            "defaults_over_ftkit": ratio({"defaults": found["defaults"], "ftkit": found["ftkit"]}),
            "trainer_over_ftkit": ratio({"trainer": found["trainer"], "ftkit": found["ftkit"]}),
            "eval_loss": {n: statistics.median(f["eval_loss"] for f in v) for n, v in extra.items()},
            "peak_gib": {n: statistics.median(f["peak_gib"] for f in v) for n, v in extra.items()},
            "pairs": pairs,
        },
    )


if __name__ == "__main__":
    main()
