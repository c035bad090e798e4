"""A file that a browser sends lands beside the notebook under a plain name, and nothing is overwritten."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftkit.wizards.panel import Panel
from ftkit.wizards.session import Session
from ftkit.wizards.upload import safe_name, save_upload, size_in_words
from tests.wizards.conftest import MACHINE
from tests.wizards.looking import control, text_of
from tests.wizards.open_notebook import OpenNotebook


@given(st.text(max_size=300))
def test_any_name_becomes_a_plain_one(given: str) -> None:
    name = safe_name(given)
    assert name
    assert not set(name) & set('/\\:*?"<>|\n\0')
    assert not name.startswith(".")
    assert Path(name).name == name
    assert len(name) < 150


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../etc/passwd", "passwd"),
        (r"C:\Users\me\my file.csv", "my file.csv"),
        (".bashrc", "bashrc"),
        ("größe.csv", "gr__e.csv"),
        ("..", "upload"),
        (".csv", "csv"),
    ],
)
def test_names(given: str, name: str) -> None:
    assert safe_name(given) == name


def test_another_file_of_that_name_stays_and_the_same_one_is_not_doubled(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("mine", encoding="utf-8")
    assert save_upload("a.csv", b"yours", tmp_path) == (tmp_path / "a-2.csv", True)
    assert save_upload("a.csv", b"yours", tmp_path) == (tmp_path / "a-2.csv", False)
    assert (tmp_path / "a.csv").read_text(encoding="utf-8") == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a-2.csv", "a.csv"]


def test_a_folder_and_a_broken_link_are_no_place_for_it(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    (tmp_path / "a-2.csv").symlink_to(tmp_path / "nowhere" / "else")
    assert save_upload("a.csv", b"x", tmp_path)[0] == tmp_path / "a-3.csv"


@pytest.mark.parametrize(
    ("count", "words"),
    [(1, "1 byte"), (999, "999 bytes"), (28_960, "29 kB"), (999_700, "1.0 MB"), (8_400_000, "8.4 MB")],
)
def test_sizes(count: int, words: str) -> None:
    assert size_in_words(count) == words


def test_an_upload_becomes_the_data(work: Path) -> None:
    panel = Panel(Session({}, machine=MACHINE), OpenNotebook(), ("data",))  # type: ignore[arg-type]
    button = control(panel, "Choose a file on your computer")
    content = b"".join(b'{"prompt": "%d?", "answer": "b"}\n' % n for n in range(30))
    button.set_trait(
        "value",
        (
            {
                "name": "<b>x.jsonl",
                "type": "",
                "size": len(content),
                "content": content,
                "last_modified": datetime.now(UTC),
            },
        ),
    )
    assert panel.session.recipe.data.source == "_b_x.jsonl"
    assert (work / "_b_x.jsonl").read_bytes() == content
    shown = text_of(panel)
    assert (
        f"({size_in_words(len(content))}) was saved beside this notebook, under the name _b_x.jsonl" in shown
    )
    assert "30 of 30 rows can be used" in shown
    assert button.value == ()
