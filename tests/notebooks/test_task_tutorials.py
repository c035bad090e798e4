"""Tutorials 03 to 07: with the tiny model in a minute, with the starter model as their reader meets them."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ftkit.cli import tutorials
from ftkit.data import inspect_data
from tests.notebooks.executed import carried_out, committed, comparison_of, measured, run_of, shown

PLOTLY = "application/vnd.plotly.v1+json"
FIVE = ("prompt-tuning", "ia3", "lora", "freeze", "full")
BY_WIZARD = {
    "04_classification.ipynb": "office-1",
    "05_preferences_dpo.ipynb": "short-1",
    "06_rlhf.ipynb": "reward-1",
    "07_domain_adaptation.ipynb": "keeper-1",
}
SIDE_BY_SIDE = "03_methods_side_by_side.ipynb"
DATA = {"school-office": "classification", "short-answers": "dpo", "lighthouse": "domain"}
# What a reader is told about the data: that the better answer is the shorter one, and that there is not much of it.
TOLD = {"FD012", "FD016"}


class Done(NamedTuple):
    """A tutorial after its last cell."""

    name: str
    folder: Path
    notebook: Any
    starter: bool

    @property
    def run(self) -> Any:
        return run_of(self.folder, BY_WIZARD[self.name])


@pytest.fixture(
    scope="module",
    params=["tiny", pytest.param("starter", marks=[pytest.mark.slow, pytest.mark.starter])],
)
def model(request: pytest.FixtureRequest, tiny_model_folder: Path) -> Iterator[str]:
    """Which model stands in for the starter's name."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "tiny":
            patch.setenv("FTKIT_STARTER", str(tiny_model_folder))
        yield request.param


@pytest.fixture(scope="module")
def done(model: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Carries a tutorial out when a test first asks for it."""
    found: dict[str, Done] = {}

    def ask(name: str) -> Done:
        if name not in found:
            folder = tmp_path_factory.mktemp("course")
            notebook = carried_out(folder, name, wizard=name in BY_WIZARD)
            found[name] = Done(name, folder, notebook, model == "starter")
        return found[name]

    return ask


@pytest.mark.parametrize("name", [SIDE_BY_SIDE, *BY_WIZARD])
def test_the_committed_notebook_holds_text_and_the_call(name: str) -> None:
    code = [cell for cell in committed(name).cells if cell.cell_type == "code"]
    assert [cell.id for cell in code] == (["runs", "together-cell"] if name == SIDE_BY_SIDE else ["wizard"])
    assert not any(cell.outputs or cell.execution_count for cell in code)


@pytest.mark.parametrize("name", DATA)
def test_the_data_are_clean_and_say_whose_they_are(name: str) -> None:
    folder = tutorials.packaged() / "data" / name
    found = inspect_data(folder, task=DATA[name])
    assert found.usable == found.rows
    assert {check.code for check in found.checks} <= TOLD
    assert "CC0-1.0" in (folder / "README.md").read_text(encoding="utf-8")


def test_the_texts_give_the_numbers_of_the_data() -> None:
    def rows(name: str, part: str) -> list[dict[str, Any]]:
        lines = (tutorials.packaged() / "data" / name / f"{part}.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in lines.splitlines()]

    def text(name: str) -> str:
        return "\n".join(cell.source for cell in committed(name).cells)

    def flat(name: str) -> str:
        return " ".join(text(name).split())

    office = text("04_classification.ipynb")
    assert f"from {len(rows('school-office', 'train'))} examples" in flat("04_classification.ipynb")
    test = rows("school-office", "test")
    assert f"on {len(test)} messages" in flat("04_classification.ipynb")
    assert set(Counter(row["label"] for row in test).values()) == {12}
    assert "holds the 12 test messages of its label" in flat("04_classification.ipynb")
    for line in re.findall(r"^\| (.*) \| (absence|fees|timetable|lost-and-found) \|$", office, re.MULTILINE):
        assert {"text": line[0], "label": line[1]} in rows("school-office", "train")
    pairs = rows("short-answers", "train")
    assert f"shown {len(pairs)} questions" in flat("05_preferences_dpo.ipynb")
    assert all(len(pair["chosen"]) < len(pair["rejected"]) for pair in pairs)


def test_a_classifiers_mistakes_are_shown_as_a_matrix(done: Any) -> None:
    tutorial = done("04_classification.ipynb")
    html = shown(tutorial.notebook, "text/html")
    assert "ftkit-confusion" in html
    found = comparison_of(tutorial.run)
    assert sum(count for *_, count in found["confusion"]) == 48
    assert found["chance"] == 0.25
    if tutorial.starter:
        assert found["accuracy"] >= 0.6


def test_preferences_start_at_the_reference_and_shorten_the_answers(done: Any) -> None:
    tutorial = done("05_preferences_dpo.ipynb")
    assert measured(tutorial.run, "eval_loss")[0] == pytest.approx(math.log(2), abs=1e-5)
    assert measured(tutorial.run, "eval_rewards/margins")[-1] > 0
    if tutorial.starter:
        pairs = comparison_of(tutorial.run)["pairs"]
        before, after = (sum(len(pair[side]["text"].split()) for pair in pairs) for side in ("base", "tuned"))
        assert after < before / 1.5
        assert "ftkit-bars" in shown(tutorial.notebook, "text/html")


def test_the_reward_is_the_curve_that_is_shown(done: Any) -> None:
    tutorial = done("06_rlhf.ipynb")
    assert "evaluation reward" in shown(tutorial.notebook, PLOTLY)
    assert "evaluation loss" not in shown(tutorial.notebook, PLOTLY)
    text = "\n".join(cell.source for cell in tutorial.notebook.cells)
    (told,) = re.findall("```python\n(.*?)```", text, re.DOTALL)
    placed = "\n".join(cell.source for cell in tutorial.notebook.cells if cell.metadata.get("ftkit"))
    assert told in placed, "the function that the text shows is the one that is run"
    rewards = measured(tutorial.run, "eval_reward")
    assert measured(tutorial.run, "eval_kl")[0] == pytest.approx(0, abs=1e-5)
    if tutorial.starter:
        assert max(rewards) > rewards[0] + 0.1


def test_the_language_of_a_book_is_expected_after_it_was_read(done: Any) -> None:
    tutorial = done("07_domain_adaptation.ipynb")
    found = comparison_of(tutorial.run)["perplexity"]
    assert found["texts"] == 3
    assert found["tuned"] < found["base"]
    assert "Perplexity (lower is better)" in shown(tutorial.notebook, "text/html")
    if tutorial.starter:
        assert found["tuned"] < 0.9 * found["base"]


def test_five_techniques_end_up_in_one_chart_and_one_table(done: Any) -> None:
    tutorial = done(SIDE_BY_SIDE)
    (last,) = [cell for cell in tutorial.notebook.cells if cell.id == "together-cell"]
    chart, table = (output["data"] for output in last.outputs if "data" in output)
    assert len(chart[PLOTLY]["data"]) == 5
    assert len(chart[PLOTLY]["layout"]["shapes"]) == 1, "all five start from the same untouched model"
    assert table["text/html"].count('<th scope="row"') == 5
    assert "Note:" not in table["text/html"]
    runs = [run_of(tutorial.folder, f"five-{method}") for method in FIVE]
    assert [run.state()["state"] for run in runs] == ["finished"] * 5
    assert len({run.actual()["model"]["trainable"] for run in runs}) == 5
    assert len({json.dumps(run.actual()["data"]) for run in runs}) == 1
    for run in runs:
        assert f'run="{run.name}"' in (run.path / "code.py").read_text(encoding="utf-8")
    if tutorial.starter:
        lora = measured(runs[2], "eval_loss")
        assert min(lora) < lora[0] - 0.5
