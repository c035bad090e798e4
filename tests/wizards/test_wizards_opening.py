"""What ``ftkit.wizard(data=…)`` does with a table in memory: it becomes a file that the cells read."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from datasets import Dataset

from ftkit.wizards import opening

LINES = [{"prompt": f"Say {n}.", "response": f"Parrot says {n}."} for n in range(30)]


@pytest.mark.parametrize("make", [pd.DataFrame, Dataset.from_list])
def test_a_table_becomes_a_file_under_its_name(
    work: Path, make: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    table = make(LINES)
    names = {"_1": table, "größe": table, "parrots": table, "other": table}
    monkeypatch.setattr("IPython.get_ipython", lambda: SimpleNamespace(user_ns=names))
    presets = {"data": table, "run": "parrot-1"}
    opening.keep_tables(presets)
    assert presets == {"data": "parrots.jsonl", "run": "parrot-1"}
    assert "parrots.jsonl (30 rows)" in capsys.readouterr().out
    assert len((work / "parrots.jsonl").read_text(encoding="utf-8").splitlines()) == 30
    again = {"data": table}
    opening.keep_tables(again)
    assert again == {"data": "parrots.jsonl"}
    assert not capsys.readouterr().out


def test_a_table_without_a_name_and_what_is_no_table(work: Path) -> None:
    presets: dict[str, Any] = {"data": pd.DataFrame(LINES)}
    opening.keep_tables(presets)
    assert presets == {"data": "table.jsonl"}
    for data in ("pairs.jsonl", Path("pairs.jsonl"), {"train": "pairs.jsonl"}, 3):
        presets = {"data": data}
        opening.keep_tables(presets)
        assert presets == {"data": data}
    assert sorted(path.name for path in work.iterdir()) == ["pairs.jsonl", "table.jsonl"]


def test_a_cell_that_runs_again_keeps_its_choices_though_its_page_is_not_known_yet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Loaded anew while a cell ran: the page says hello only after this one, and another notebook has a panel, too."""
    apart = {"page of b"}

    def panel(elsewhere: set[str]) -> SimpleNamespace:
        bridge = SimpleNamespace(is_elsewhere=lambda page: page in elsewhere)
        return SimpleNamespace(session=object(), bridge=bridge)

    one, two = panel(apart), panel(set())
    monkeypatch.setattr(opening, "_panels", {"cell of a": one, "cell of b": two})
    assert opening._session_of("loaded anew", "cell of a") is one.session
    assert opening._session_of("page of b", "cell of a") is two.session, "a copy has the same ids"
    assert opening._session_of("loaded anew", "a new cell") is two.session
