"""An encoder in the form: offered and taken for classes, refused in a sentence for everything else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ftkit.wizards.obstacles import method_obstacle, obstacles
from ftkit.wizards.panel import Panel
from ftkit.wizards.session import STEPS, Session
from tests.encoders import tiny_encoder
from tests.tasks.trained import rows_for
from tests.tiny import write_jsonl
from tests.wizards.conftest import MACHINE
from tests.wizards.looking import control, press, text_of
from tests.wizards.open_notebook import OpenNotebook

REFUSAL = "it reads texts and cannot write any"


@pytest.fixture(scope="module")
def bert(tmp_path_factory: Any) -> Path:
    return tiny_encoder(tmp_path_factory.mktemp("encoders") / "bert", "bert")


def opened(bert: Path, **presets: Any) -> tuple[Panel, OpenNotebook]:
    book = OpenNotebook()
    session = Session({"model": str(bert), "run": "reads-1", **presets}, machine=MACHINE)
    panel = Panel(session, book, STEPS)  # type: ignore[arg-type]
    panel.start()
    return panel, book


def test_only_for_classes_it_is_in_the_list(bert: Path, work: Path) -> None:
    panel, _ = opened(bert, data="pairs.jsonl")

    def offered() -> set[str]:
        return {value for _, value in control(panel, "Base model").options}

    assert not {name for name in offered() if "bert" in name}
    panel.session.choose_task("classification")
    assert {"distilbert-base-uncased", "bert-base-uncased"} <= offered()


@pytest.mark.parametrize("task", ["sft", "domain", "dpo", "reward"])
def test_for_another_task_the_form_says_why_not_once_and_writes_nothing(
    bert: Path, work: Path, task: str
) -> None:
    panel, book = opened(bert, data="pairs.jsonl", task=task)
    assert REFUSAL in text_of(panel)
    found = obstacles(panel.session, STEPS)
    assert [step for step, _ in found] == ["model"]
    assert REFUSAL in found[0][1]
    assert "Choose the task text classification" in found[0][1]
    for step in STEPS:
        panel.go(step)
    assert [notice.key for notice in panel.board.notices] == []
    press(panel, "Insert all")
    assert book.steps() == []


def test_for_classes_all_pages_can_be_looked_at_and_all_cells_written(bert: Path, work: Path) -> None:
    write_jsonl(work / "rows.jsonl", rows_for("classification", 60))
    panel, book = opened(bert, data="rows.jsonl", task="classification")
    shown = ""
    for step in STEPS:
        panel.go(step)
        shown += text_of(panel)
    assert REFUSAL not in shown
    assert "chat template" not in shown.lower()
    assert "1,122 weights where there are two classes" in shown
    press(panel, "Insert all")
    assert book.steps() == list(STEPS)
    assert "AutoModelForSequenceClassification" in book.source("train")


def test_layers_that_it_has_not_are_refused(bert: Path, work: Path) -> None:
    write_jsonl(work / "rows.jsonl", rows_for("classification", 60))
    panel, _ = opened(bert, data="rows.jsonl", task="classification", target_modules=["gate_proj"])
    assert "no layer gate_proj" in method_obstacle(panel.session)
    panel.session.set({"method.target_modules": ["query", "value"]})
    assert panel.session.recipe.method.target_modules == ["q_proj", "v_proj"]
    assert '["query", "value"]' in panel.session.cells["method"].source
