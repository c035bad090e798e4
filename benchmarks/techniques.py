"""Every technique, every task and both chains on the starter model: what the docs' table says comes from here.

Each row is a real run, carried out as ``ftkit run`` does, and looked at again by processes that know nothing but its
folder. The result is kept after every row, so that a run that was cut short goes on where it stopped; rows named on the
command line are measured anew: ``python -m benchmarks.techniques [lora …]``. The page in the docs is
``python -m benchmarks.techniques --page > docs/techniques.md``.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.pairs import RESULTS, machine

MODEL = "smollm2-135m"
STEPS, BATCH, LONGEST = 8, 4, 128
RESULT = RESULTS / "techniques.json"
CHAINS = {
    "domain → sft → dpo": ("domain", "sft", "dpo"),
    "sft → reward → ppo": ("sft", "reward", "ppo"),
}
DULL = "I do not know anything about that, I am afraid."
_LOOK = """
import json, sys, ftkit
from ftkit.errors import FtkitError
found = ftkit.compare(sys.argv[1], ["Who are you?"], rows=int(sys.argv[2]), max_new_tokens=8)
said = {"base": found.base_difference, "tuned": found.tuned_difference}
try:
    said["merged"] = bool(ftkit.merged_model(sys.argv[1]))
except FtkitError as error:
    said["merged"], said["why"] = False, str(error)
print(json.dumps(said))
"""


def data_for(form: str, place: Path) -> Path:
    """The first tutorial's examples in a form that another task reads."""
    from ftkit.data import PARTS

    source = Path(__file__).parents[1] / "notebooks/data/pirate"
    folder = place / f"data-{form}"
    folder.mkdir(exist_ok=True)
    for part in PARTS:
        rows = [json.loads(line) for line in (source / f"{part}.jsonl").read_text("utf-8").splitlines()]
        lines = (json.dumps(made) for row in rows for made in _in_form(form, row))
        (folder / f"{part}.jsonl").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return folder


def _in_form(form: str, row: dict[str, str]) -> list[dict[str, Any]]:
    asked, answer = row["question"], row["answer"]
    pair = {"prompt": asked, "chosen": answer, "rejected": DULL}
    several: dict[str, list[dict[str, Any]]] = {
        "sft": [{"question": asked, "answer": answer}],
        "repeat": [{"question": f"Repeat: {asked}", "answer": asked}],
        "domain": [{"text": f"{asked} {answer}"}],
        "classification": [{"text": answer, "label": "pirate"}, {"text": asked, "label": "landsman"}],
        "preference": [pair],
        "unpaired": [
            {"prompt": asked, "completion": answer, "label": True},
            {"prompt": asked, "completion": DULL, "label": False},
        ],
        "prompts": [{"prompt": asked}],
    }
    return several[form]


def trained(
    place: Path, run: str, *, task: str = "sft", method: str = "lora", **presets: Any
) -> dict[str, Any]:
    """Train one run as ``ftkit run`` does; what its folder says."""
    from ftkit.methods import METHODS
    from ftkit.recipe import from_presets, recipe_to_yaml
    from ftkit.runfolder import History, RunFolder
    from ftkit.tasks import TASKS

    example = METHODS[method].example if task == "sft" else {}
    sizes = {"max_steps": STEPS, "batch_size": max(BATCH, 8 if TASKS[task].form == "prompts" else 0)}
    choices = {"model": MODEL, "max_length": LONGEST, **sizes, **example, **presets}
    data = data_for(TASKS[task].form, place)
    if task == "multi-task":
        choices["also"] = [{"source": data_for("repeat", place).name, "name": "repeat"}]
    recipe = from_presets(task=task, method=method, run=run, data=data.name, **choices)
    file = place / f"{run}.yaml"
    file.write_text(recipe_to_yaml(recipe), "utf-8")
    ended, said = _python(["-m", "ftkit.cli", "run", str(file), "--json"], place)
    folder = RunFolder(place / "ftkit-runs" / run)
    row: dict[str, Any] = {"trains": ended, "why": "" if ended else said[-400:]}
    if not ended:
        return row
    history = History.from_run(folder)
    speed = [json.loads(line) for line in (folder.path / "speed.jsonl").read_text("utf-8").splitlines()]
    losses = [loss for _, loss in history.eval]
    busy = (folder.state().get("run_cpu_seconds") or 0) / max(history.last_step, 1)
    row |= {
        "trainable": folder.actual()["model"]["trainable"],
        "loss_before": history.base_loss,
        "loss_start": losses[0] if losses else None,
        "loss_best": min(losses, default=None),
        "reward": [value for _, value in history.eval_reward],
        "saves": folder.adapter.is_dir() or folder.model.is_dir(),
        "peak_bytes": max((one.get("memory_peak") or 0 for one in speed), default=0),
        "cpu_seconds_a_step": busy or None,
    }
    looked, said = _python(
        ["-c", _LOOK, str(folder.path), "4" if TASKS[task].head != "words" else "0"], place
    )
    row |= {"loads": looked, "again": json.loads(said.splitlines()[-1]) if looked else said[-400:]}
    return row


def _python(arguments: list[str], place: Path) -> tuple[bool, str]:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=place,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 0, done.stdout if done.returncode == 0 else done.stderr + done.stdout


def chain(tasks: tuple[str, ...], place: Path) -> dict[str, Any]:
    """The links of a chain, each going on from the one before; a judge stands beside what it judges."""
    from ftkit.tasks import TASKS

    links: dict[str, Any] = {}
    model, judge = MODEL, ""
    for task in tasks:
        run = f"chain-{len(links) + 1}-{task}"
        more = {"reward": judge} if TASKS[task].form == "prompts" and judge else {}
        links[task] = trained(place, run, task=task, model=model, **more)
        if TASKS[task].head == "words":
            model = f"run:{run}"
        else:
            judge = run
    return {"links": links}


def measure(names: list[str]) -> dict[str, Any]:
    """Every row that is not there yet, or that was asked for."""
    from ftkit.methods import METHODS
    from ftkit.tasks import TASKS

    found = json.loads(RESULT.read_text("utf-8")) if RESULT.is_file() else {}
    rows: dict[str, Any] = found.get("rows", {})
    wanted = {f"technique {name}": ("method", name) for name in METHODS}
    wanted |= {f"task {name}": ("task", name) for name in TASKS if name != "sft"}
    wanted |= {f"chain {name}": ("chain", name) for name in CHAINS if set(CHAINS[name]) <= set(TASKS)}
    for key, (kind, name) in wanted.items():
        if key in rows and not (names and {key, name} & set(names)):
            continue
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            if kind == "chain":
                rows[key] = chain(CHAINS[name], place)
            else:
                rows[key] = trained(place, "row", **{kind: name})
        print(f"  {key}: {json.dumps(rows[key])[:300]}", file=sys.stderr, flush=True)
        what = f"{MODEL}, {STEPS} steps of batch {BATCH}, the first tutorial's examples"
        RESULTS.mkdir(exist_ok=True)
        whole = {
            "what": what,
            "rows": {one: rows[one] for one in wanted if one in rows},
            "machine": machine(),
        }
        RESULT.write_text(json.dumps(whole, indent=1) + "\n", "utf-8")
    return rows


_HEAD = """# Every technique and every task, tried

Made by `python -m benchmarks.techniques` from real runs: {what}.
*Same answers* is the largest difference between what the trained model said at its end and what a fresh process makes of the saved files, in logits (the numbers
behind the likelihood of each next word). *Seconds a step* are CPU seconds of one thread, other programs beside it, the
evaluations and all of ftkit's own work shared out over the few steps; there was no graphics card. Compare the rows,
not the figures. Each technique has the learning rate that is usual for it, so that after eight steps the losses say that
it learns, and not which is best.

| | weights that train | loss (or reward) before → best | saved | same answers | part of the model's own weights | peak memory | seconds a step |
|---|---|---|---|---|---|---|---|
"""


def page() -> str:
    """The table in the docs, from what was measured."""
    found = json.loads(RESULT.read_text("utf-8"))
    lines = [_HEAD.format(what=found["what"], cores=found["machine"]["cores"]).rstrip("\n")]
    for key, row in found["rows"].items():
        if "links" in row:
            lines += [_line(f"{key}: {task}", link) for task, link in row["links"].items()]
        else:
            lines.append(_line(key, row))
    return "\n".join(lines) + "\n"


def _line(name: str, row: dict[str, Any]) -> str:
    if not row["trains"]:
        return f"| {name} | does not train: {row['why'].strip().splitlines()[-1][:120]} | | | | | | |"
    before = row["loss_start"] if row["loss_before"] is None else row["loss_before"]
    loss = "" if before is None or row["loss_best"] is None else f"{before:.3f} → {row['loss_best']:.3f}"
    if reward := row.get("reward"):
        loss = f"reward {reward[0]:.3f} → {max(reward):.3f}"
    again = row["again"] if row["loads"] else {}
    same = f"{again['tuned']:.1g}" if row["loads"] else "does not load"
    merged = "yes" if again.get("merged") else f"no: {_reason(again.get('why', ''))}"
    cells = (
        name,
        f"{row['trainable']:,}",
        loss,
        "yes" if row["saves"] else "no",
        same,
        merged,
        f"{row['peak_bytes'] / 2**30:.1f} GiB",
        "" if row["cpu_seconds_a_step"] is None else f"{row['cpu_seconds_a_step']:.1f}",
    )
    return "| " + " | ".join(cells) + " |"


def _reason(said: str) -> str:
    """Why a result was not merged, from the error: what it says of the run."""
    sentence = said.partition(". ")[0].rstrip(".")
    return re.sub(
        r"^The (result of the run '[^']*' cannot become part of a model's own weights: |run '[^']*' )",
        "",
        sentence,
    )


def main(names: list[str] | None = None) -> None:
    """Measure what is missing."""
    measure(names or [])


if __name__ == "__main__":
    if "--page" in sys.argv:
        sys.stdout.write(page())
    else:
        main(sys.argv[1:])
