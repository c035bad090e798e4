"""What the labelled runs say about the verdict, as a page of the docs: ``python -m benchmarks.histories.page``.

It writes ``docs/track-record.md`` from the results of ``score test``, ``closed_loop`` and ``beside``; no number is
written into the page by hand.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.histories.score import wilson
from benchmarks.pairs import RESULTS

PAGE = Path(__file__).parents[2] / "docs" / "track-record.md"
VERDICTS = ("healthy", "overfitting", "underfitting", "unstable", "not-enough-evidence")
NAMES = {"starter": "the starter model", "tiny": "a tiny model", "together": "both together"}
GOALS = {
    "macro_f1": 0.95,
    "false_alarms": 0.05,
    "false_alarms_bound": 0.10,
    "healthy": 60,
    "regret": 0.01,
    "improved": 0.85,
}

OPENING = """# How often the verdict is right

What a diagnosis says is worth little until it was held against runs of which somebody knows what was wrong. `benchmarks/histories`
makes such runs: real trainings of a tiny model and of the starter model, over several data sets, techniques, learning rates, schedules
and sizes of the held-out part, broken runs among them (the starter's later ones on a graphics card; one that was made there and on a
processor had the same losses to 0.0002). What is true of a run is known from its loss on a large test part that the
detector never sees, and from **the same run made for twice as many epochs**; the rule is in `benchmarks/histories/label.py`. A run
of which people would disagree lies between two labels and is not counted.

A run is counted where its data set or its technique is one that no threshold was set on; the hashes of these runs were committed
before the first of them was judged (those of later runs as they were made). Counted are runs of 1 to 5 epochs with 5 to 20 evaluations, and every run that lacks evidence.
This page is made by `python -m benchmarks.histories.page` from what was measured; the figure beside each verdict in the notebook
comes from the same file.
"""


def _read(name: str) -> dict[str, Any] | None:
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else None


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _interval(pair: list[float]) -> str:
    return f"{100 * pair[0]:.0f}–{100 * pair[1]:.0f} %"


def _model(name: str, found: dict[str, Any]) -> list[str]:
    """The confusion matrix of one model and what follows from it."""
    lines = [
        f"## On {NAMES[name]}",
        "",
        f"Right in **{found['right']} of {found['in_scope']}** test runs ({_interval(found['right_interval'])}); macro-F1 "
        f"**{found['macro_f1']:.3f}** ({found['macro_f1_interval'][0]:.2f}–{found['macro_f1_interval'][1]:.2f}; 95 %, runs of one data "
        f"set and technique drawn together). {found['left_out_as_unclear']} more runs lie between two labels.",
        "",
        "| what was true | runs | " + " | ".join(f"said: {said}" for said in VERDICTS) + " | found (95 %) |",
        "|---" * (len(VERDICTS) + 3) + "|",
    ]
    for true in VERDICTS:
        said = found["confusion"][true]
        whole = sum(said.values())
        cells = [f"**{said.get(one, 0)}**" if one == true else str(said.get(one, 0)) for one in VERDICTS]
        share = (
            ""
            if not whole
            else f"{100 * said.get(true, 0) / whole:.0f} % ({_interval(found['found_interval'][true])})"
        )
        lines.append(f"| {true} | {whole} | {' | '.join(cells)} | {share} |")
    columns = {said: [row.get(said, 0) for row in found["confusion"].values()] for said in VERDICTS}
    right = [f"{found['confusion'][said].get(said, 0)} of {sum(column)}" for said, column in columns.items()]
    lines += [
        f"| *right where it was said* | | {' | '.join(right)} | |",
        "",
        f"* False alarms on healthy runs: {found['false_alarms']} of {found['healthy']} ({_interval(found['false_alarms_interval'])}); in "
        f"their first fifth: {found['false_alarms_in_the_first_fifth']}.",
        f"* Runs that lack evidence and were said to: {found['lacking_evidence_said_so']} of {found['lacking_evidence']}.",
        f"* The checkpoint that is kept against the best one on the test part: {_percent(found['median_regret'])} more loss in the median.",
    ]
    doubted = ", ".join(f"{count} {true}" for true, count in found["healthy_in_doubt"].items())
    if doubted:
        plain = columns["healthy"][0] - found["healthy_in_doubt"].get("healthy", 0)
        said = sum(columns["healthy"]) - sum(found["healthy_in_doubt"].values())
        lines.append(
            f"* Called healthy with the remark that the loss ended higher, which may be chance (FT120): {doubted}. The figure beside a "
            f"verdict in the notebook counts these apart: healthy without the remark was right in {plain} of {said}."
        )
    return lines


def _unseen(found: dict[str, Any]) -> list[str]:
    """The runs that were first judged when everything else stood."""
    kinds = ", ".join(f"{sum(row.values())} {true}" for true, row in found["confusion"].items() if row)
    return [
        "## Judged once",
        "",
        f"{found['in_scope']} of these runs, of the tiny model ({kinds}), were made last and first judged when the thresholds stood as they are: "
        f"right in **{found['right']}** ({_interval(found['right_interval'])}), macro-F1 {found['macro_f1']:.3f}, false alarms on healthy ones "
        f"{found['false_alarms']} of {found['healthy']} ({_interval(found['false_alarms_interval'])}). The others were scored several times "
        "while thresholds were set on the tuning part.",
        "",
    ]


def _twice_as_long(found: dict[str, Any]) -> list[str]:
    """Whether twice as long brought what the remedy says."""
    held = []
    for name in ("starter", "tiny"):
        came, runs = found[name]["twice_as_long"].values()
        held.append(
            f"on {NAMES[name]} **{came} of {runs}** test runs did ({_interval(list(wilson(came, runs)))})"
        )
    return [
        "## What twice as long brings",
        "",
        "Where the loss was still falling at the end, the remedy *more epochs* says how far it should come in a run that is twice as long. "
        f"It is meant for nine of ten: {', '.join(held)}.",
        "",
    ]


def _goals(found: dict[str, Any]) -> list[str]:
    """What was aimed at, and whether it was reached."""
    together = found["together"]
    rows = [
        (
            f"macro-F1 on {NAMES[name]} at least 0.95",
            found[name]["macro_f1"] >= GOALS["macro_f1"],
            f"{found[name]['macro_f1']:.3f}",
        )
        for name in ("starter", "tiny")
        if name in found
    ]
    alarms = together["false_alarms"] / max(1, together["healthy"])
    bound = together["false_alarms_interval"][1]
    rows += [
        ("false alarms on healthy runs at most 5 %", alarms <= GOALS["false_alarms"], _percent(alarms)),
        ("their upper bound at most 10 %", bound <= GOALS["false_alarms_bound"], _percent(bound)),
        ("at least 60 healthy test runs", together["healthy"] >= GOALS["healthy"], str(together["healthy"])),
        (
            "none in the first fifth of a run",
            not together["false_alarms_in_the_first_fifth"],
            str(together["false_alarms_in_the_first_fifth"]),
        ),
        (
            "every run that lacks evidence is said to",
            together["lacking_evidence_said_so"] == together["lacking_evidence"],
            f"{together['lacking_evidence_said_so']} of {together['lacking_evidence']}",
        ),
        (
            "the kept checkpoint costs at most 1 % of test loss in the median",
            together["median_regret"] <= GOALS["regret"],
            _percent(together["median_regret"]),
        ),
    ]
    lines = ["## What was aimed at", "", "| goal | reached | measured |", "|---|---|---|"]
    return [
        *lines,
        *(f"| {goal} | {'yes' if reached else '**no**'} | {value} |" for goal, reached, value in rows),
        "",
    ]


def _closed_loop(found: dict[str, Any]) -> list[str]:
    """Whether the first remedy helped."""
    lines = [
        "## Does the advice help?",
        "",
        f"{found['runs']} unhealthy runs of the tiny model's test part, drawn in two goes as it grew, whatever was said of them: the first remedy was applied, and old and "
        f"new run were made with {found['seeds']} seeds each. *Improved* and *worse* are beyond the noise between the seeds, by 1 % of "
        "the test loss at least.",
        "",
        "| compared | improved | unchanged | worse | no remedy that can be applied here |",
        "|---|---|---|---|---|",
    ]
    names = {"end": "the model at the end of the run", "best": "the checkpoint that is kept"}
    for which, words in names.items():
        counts = found[which]
        cells = " | ".join(str(counts.get(name, 0)) for name in ("improved", "unchanged", "worse", "none"))
        lines.append(f"| {words} | {cells} |")
    kinds = ", ".join(
        f"{kind} {found[kind].get('improved', 0)} of {sum(found[kind].values())}"
        for kind in ("overfitting", "underfitting", "unstable")
    )
    share, worse = found["end"].get("improved", 0) / found["runs"], found["end"].get("worse", 0)
    reached = "reached" if share >= GOALS["improved"] and not worse else "**not reached**"
    return [
        *lines,
        "",
        f"Improved by kind: {kinds}; of those whose fault was named, {found['named'].get('improved', 0)} of {sum(found['named'].values())}. Aimed at were 85 % improved and none worse: {reached} ({100 * share:.0f} %, {worse} worse).",
        "",
    ]


def _beside(found: dict[str, Any]) -> list[str]:
    """Other packages on the same runs."""
    lines = [
        "## Beside other packages",
        "",
        "The same test runs (`python -m benchmarks.histories.beside`). Neither package says that it cannot tell, and trainlens has no word "
        "for underfitting, so the second column is the one that all three claim.",
        "",
        "| | macro-F1, five verdicts | macro-F1, overfitting or not | false alarms on healthy runs |",
        "|---|---|---|---|",
    ]
    for name, row in found.items():
        if isinstance(row, dict) and "macro_f1_overfitting_or_not" in row:
            lines.append(
                f"| {name} | {row['macro_f1']:.3f} | {row['macro_f1_overfitting_or_not']:.3f} | {row['false_alarms']} of {row['healthy']} |"
            )
    return [*lines, ""]


CLOSING = """## What these figures do not say

* The tiny model learns made-up tasks from close to nothing. The starter's runs are closer to what people do, and fewer.
* One seed a run. Labels follow the curve and the doubled run of that seed.
* Runs that learn from rewards, image models and long trainings are not among them (for curves of 200 to 1,000 epochs see
  [docs/diagnosis.md](diagnosis.md)).
"""


def page() -> str:
    """The whole page."""
    found = _read("histories")
    if found is None:
        raise SystemExit("There is no result yet: python -m benchmarks.histories.score test")
    lines = [OPENING]
    for name in ("starter", "tiny"):
        lines += [*_model(name, found[name]), ""]
    lines += [*_unseen(found["unseen"]), *_goals(found), *_twice_as_long(found)]
    for name, part in (("closed_loop", _closed_loop), ("beside", _beside)):
        more = _read(name)
        lines += part(more) if more else []
    return "\n".join([*lines, CLOSING])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
