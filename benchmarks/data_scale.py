"""Preparing data: a million short rows in bounded memory, and the speed beside ``datasets`` with TRL's utilities.

Both times ours does all it ever does: recognise, convert, check, cut into tokens, split, write the files and the card.
The other side does the conversion and the tokens as people write it: read the JSONL, map the columns to messages, apply
the chat template with TRL, cut into tokens in batches on two processes, split in three. It checks nothing and writes no
files in the end.
"""

from __future__ import annotations

import json
import random
import tempfile
from pathlib import Path

from benchmarks.pairs import in_turns, python, ratio, write

ROWS = 1_000_000
PAIR_ROWS = 50_000
PAIRS = 5
WORDS = [
    "red",
    "blue",
    "gold",
    "river",
    "stone",
    "cloud",
    "maple",
    "happy",
    "little",
    "quick",
    "brown",
    "engine",
    "number",
    "planet",
    "music",
]

OURS = """
import json, sys, time
import numpy, tokenizers
from ftkit.data import write_data
start = time.perf_counter()
write_data({source!r}, model={model!r}, out={out!r})
print(json.dumps({{"seconds": time.perf_counter() - start}}))
"""
THEIRS = """
import json, time
from datasets import disable_progress_bars, load_dataset
from transformers import AutoTokenizer
from trl import apply_chat_template
disable_progress_bars()
tokenizer = AutoTokenizer.from_pretrained({model!r})

def to_chat(row):
    text = "\\n\\n".join(part for part in (row["instruction"], row["input"]) if part)
    return {{"prompt": [{{"role": "user", "content": text}}],
            "completion": [{{"role": "assistant", "content": row["output"]}}]}}

def cut(batch):
    whole = [a + b for a, b in zip(batch["prompt"], batch["completion"])]
    before = tokenizer(batch["prompt"], add_special_tokens=False)["input_ids"]
    ids = tokenizer(whole, add_special_tokens=False)["input_ids"]
    mask = [[0] * len(a) + [1] * (len(b) - len(a)) for a, b in zip(before, ids)]
    return {{"input_ids": ids, "completion_mask": mask}}

start = time.perf_counter()
data = load_dataset("json", data_files={source!r}, split="train", cache_dir={out!r})
data = data.map(to_chat, remove_columns=data.column_names, num_proc=2)
texts = data.map(apply_chat_template, fn_kwargs={{"processing_class": tokenizer}}, num_proc=2)
tokens = texts.map(cut, batched=True, num_proc=2)
halves = tokens.train_test_split(0.2, seed=42)
parts = halves["train"], *halves["test"].train_test_split(0.5, seed=42).values()
print(json.dumps({{"seconds": time.perf_counter() - start}}))
"""
MEMORY = """
import json, resource, time
import datasets, numpy, pyarrow, tokenizers
import ftkit.data.arrow
from ftkit.data import inspect_data, prepare_data
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
base, start = peak(), time.perf_counter()
found = inspect_data({source!r}, model={model!r})
inspected = time.perf_counter()
data = prepare_data({source!r}, model={model!r}, out={out!r})
end = time.perf_counter()
assert sum(map(len, data.values())) == found.usable == {rows}
assert found.tokens.max > found.tokens.min > 0
print(json.dumps({{
    "inspect_seconds": inspected - start, "prepare_seconds": end - inspected,
    "libraries_mib": base / 2**20, "peak_over_libraries_mib": (peak() - base) / 2**20,
}}))
"""


def alpaca(path: Path, rows: int) -> Path:
    """Short made-up instructions, all different, half of them with an input."""
    draw = random.Random(0)
    with path.open("w", encoding="utf-8") as file:
        for number in range(rows):
            row = {
                "instruction": f"Write about {draw.choice(WORDS)} and {draw.choice(WORDS)}, case {number}.",
                "input": " ".join(draw.choices(WORDS, k=4)) if number % 2 else "",
                "output": " ".join(draw.choices(WORDS, k=draw.randint(5, 25))).capitalize() + ".",
            }
            file.write(json.dumps(row) + "\n")
    return path


def main() -> None:
    """Measure and write ``benchmarks/results/data_scale.json``."""
    from ftkit.catalog import starter_model

    model = str(starter_model())
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        large = alpaca(work / "large.jsonl", ROWS)
        environment = {"HF_DATASETS_CACHE": str(work / "cache")}
        code = MEMORY.format(source=str(large), model=model, out=str(work / "prepared"), rows=ROWS)
        million = python(code, environment=environment)
        large.unlink()
        small = str(alpaca(work / "small.jsonl", PAIR_ROWS))

        def side(code: str, name: str) -> float:
            with tempfile.TemporaryDirectory(dir=work) as out:
                text = code.format(source=small, model=model, out=str(Path(out) / name))
                return python(
                    text, environment={"TOKENIZERS_PARALLELISM": "true" if code is OURS else "false"}
                )["seconds"]

        seconds = in_turns({"ftkit": lambda: side(OURS, "a"), "datasets": lambda: side(THEIRS, "b")}, PAIRS)
    write(
        "data_scale",
        {
            "million_rows": {"rows": ROWS, **million},
            "pair_rows": PAIR_ROWS,
            "seconds": seconds,
            "ftkit_over_datasets": ratio(seconds),
        },
    )


if __name__ == "__main__":
    main()
