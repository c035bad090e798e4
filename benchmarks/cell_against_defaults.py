"""The generated cells beside TRL's default settings, to the same evaluation loss: same model, data, batches and seed.

Three sides, each a fresh process, taken in turns:

``ftkit``     the cells as ftkit writes them, without the line that records and draws;
``defaults``  the same without the arguments that are a matter of speed: TRL's own defaults for these;
              (the learning rate stays: with TRL's, made for full tuning, LoRA would not get there at all);
``trainer``   plain ``transformers.Trainer`` on rows tokenised beforehand, ftkit's settings.

Evaluations and checkpoints are the same on all sides and do not count. Within a pair the loss to reach is the highest
of the sides' lowest ones, so that all get there; between two evaluations the time is interpolated. Goal: clearly less
time than the defaults; 2.4× was had by settings alone.
"""

from __future__ import annotations

import re
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.pairs import in_turns, python, ratio, write

# Two threads wait for each other whenever another program takes one of the cores. With one, the seconds that the
# processor worked are those that it would take on a machine with nothing else to do.
ONE_THREAD = "import torch\n\ntorch.set_num_threads(1)\n"
OURS = "# Records the run"
HELD_OUT = 8
"""Validation rows: evaluating does not count, and takes TRL's defaults minutes."""

SPEED = ("per_device_train_batch_size", "gradient_accumulation_steps", "bf16", "activation_checkpointing")
TRAINER = """
from transformers import AutoModelForCausalLM, DataCollatorForSeq2Seq, Trainer, TrainingArguments, set_seed
from peft import get_peft_model

def tokens(row):
    asked = tokenizer.apply_chat_template(row["prompt"], add_generation_prompt=True, return_dict=True)["input_ids"]
    whole = tokenizer.apply_chat_template(row["prompt"] + row["completion"], return_dict=True)["input_ids"]
    return {{"input_ids": whole, "attention_mask": [1] * len(whole),
        "labels": [-100] * len(asked) + whole[len(asked):]}}
rows = data.map(tokens, remove_columns=["prompt", "completion"])
args = TrainingArguments(output_dir="out", max_steps={steps}, learning_rate={learning_rate}, warmup_steps={warmup},
    lr_scheduler_type={schedule!r}, weight_decay={decay}, per_device_train_batch_size={micro},
    gradient_accumulation_steps={pieces}, use_cpu=True, eval_strategy="steps", eval_steps={every}, eval_on_start=True,
    save_strategy="no")
set_seed(args.seed)
model = get_peft_model(AutoModelForCausalLM.from_pretrained(model_path, dtype="float32"), peft_config)
trainer = Trainer(model, args, train_dataset=rows["train"], eval_dataset={held_out},
    data_collator=DataCollatorForSeq2Seq(tokenizer, padding=True))
"""
TRAIN = """
import json, resource, time
from transformers import TrainerCallback

class Clock(TrainerCallback):
    seconds, curve = 0.0, []
    def on_step_begin(self, *_, **__):
        self.begun = time.process_time()
    def on_step_end(self, *_, **__):
        self.seconds += time.process_time() - self.begun
    def on_evaluate(self, *_, metrics, **__):
        self.curve.append([self.seconds, metrics["eval_loss"]])

clock = Clock()
trainer.add_callback(clock)
trainer.train()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
print()
print(json.dumps({"seconds": clock.seconds, "curve": clock.curve, "peak_gib": peak}))
"""


def sides(steps: int, every: int, data: str, model: str) -> dict[str, str]:
    """The script of each side, made from the cells that the wizard would write."""
    from ftkit.cells import run_source
    from ftkit.cli.planning import plan
    from ftkit.recipe import from_presets

    made = plan(from_presets(data=data, model=model, run="side", max_steps=steps))
    written = {step: cell for step, cell in made.cells.items() if step != "compare"}
    whole, recorded, _ = run_source(written).partition(OURS)
    whole, often = re.subn(r"(?m)^    (eval|save)_steps=\d+", rf"    \1_steps={every}", whole)
    assert (bool(recorded), often) == (True, 2), "the train cell no longer looks as this benchmark takes it"
    slow, dropped = re.subn(rf"(?m)^    ({'|'.join(SPEED)})=.*\n", "", whole)
    assert dropped == len(SPEED), "an argument that is a matter of speed is missing from the train cell"
    (held_out,) = re.findall(r"(?m)^    eval_dataset=data(.*),$", whole)
    training = made.resolved.recipe.training
    plain = TRAINER.format(
        steps=steps,
        every=every,
        held_out=f"rows{held_out}",
        learning_rate=training.learning_rate,
        warmup=training.warmup_steps,
        schedule=training.lr_scheduler_type,
        decay=training.weight_decay,
        micro=training.per_device_train_batch_size,
        pieces=made.resolved.gradient_accumulation_steps,
    )
    shared = run_source({step: written[step] for step in ("model", "data", "method")})
    several = {"ftkit": whole, "defaults": slow, "trainer": shared + plain}
    return {name: ONE_THREAD + script + TRAIN for name, script in several.items()}


def seconds_to(loss: float, curve: list[list[float]]) -> float:
    """Seconds of training after which a curve of (seconds, evaluation loss) first is as low as that."""
    before = curve[0]
    for point in curve:
        if point[1] <= loss:
            fall = before[1] - point[1]
            return point[0] if fall <= 0 else before[0] + (point[0] - before[0]) * (before[1] - loss) / fall
        before = point
    raise ValueError(f"the curve does not come down to {loss}")


def measure(pairs: int, steps: int, every: int, data: str, model: str) -> dict[str, object]:
    """Train every side `pairs` times and compare how long each took to the same loss."""
    scripts = sides(steps, every, data, model)
    found: dict[str, list[dict]] = {name: [] for name in scripts}

    def side(name: str) -> float:
        with tempfile.TemporaryDirectory() as place:
            run = python(scripts[name], cwd=place)
        found[name].append(run)
        print(f"    eval loss {run['curve'][-1][1]:.4f}, peak {run['peak_gib']:.2f} GiB", file=sys.stderr)
        return run["seconds"] / steps

    a_step = in_turns({name: (lambda name=name: side(name)) for name in scripts}, pairs)
    targets = [
        max(min(loss for _, loss in found[name][pair]["curve"]) for name in scripts) for pair in range(pairs)
    ]
    to_loss = {
        name: [seconds_to(target, run["curve"]) for target, run in zip(targets, runs, strict=True)]
        for name, runs in found.items()
    }

    def middle(values: dict[str, list[float]]) -> dict[str, float]:
        return {name: statistics.median(several) for name, several in values.items()}

    return {
        "what": f"seconds of one core for LoRA training to the same evaluation loss, batch 8, {steps} steps and one thread on each side",
        "eval_loss_reached": statistics.median(targets),
        "seconds_to_that_loss": middle(to_loss),
        "defaults_over_ftkit": ratio({name: to_loss[name] for name in ("defaults", "ftkit")}),
        "trainer_over_ftkit": ratio({name: to_loss[name] for name in ("trainer", "ftkit")}),
        "seconds_a_step": middle(a_step),
        "last_eval_loss": middle({n: [run["curve"][-1][1] for run in runs] for n, runs in found.items()}),
        "peak_gib": middle({n: [run["peak_gib"] for run in runs] for n, runs in found.items()}),
        "pairs": pairs,
    }


def main(pairs: int = 3, steps: int = 3, every: int = 1) -> None:
    from ftkit.data import PARTS

    pirate = Path("notebooks/data/pirate")
    with tempfile.TemporaryDirectory() as folder:
        for part in PARTS:
            rows = (pirate / f"{part}.jsonl").read_text("utf-8").splitlines(keepends=True)
            kept = rows[:HELD_OUT] if part == "validation" else rows
            (Path(folder) / f"{part}.jsonl").write_text("".join(kept), "utf-8")
        write("cell_against_defaults", measure(pairs, steps, every, folder, "smollm2-135m"))


if __name__ == "__main__":
    main()
