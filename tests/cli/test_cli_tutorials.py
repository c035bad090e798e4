"""The person's copy of the tutorials: made once, never overwritten."""

import pytest

from ftkit.cli import tutorials
from ftkit.errors import FtkitError
from ftkit.runfolder.whereabouts import tutorials_home


@pytest.fixture
def published(tmp_path, monkeypatch):
    source = tmp_path / "published"
    (source / "data/pirate").mkdir(parents=True)
    (source / tutorials.FIRST).write_text("the notebook")
    (source / "data/pirate/train.jsonl").write_text("the rows")
    (source / "ftkit-runs/old").mkdir(parents=True)
    (source / "ftkit-runs/old/state.json").write_text("{}")
    monkeypatch.setattr(tutorials, "packaged", lambda: source)
    return source


def test_the_checkout_has_its_tutorials():
    assert (tutorials.packaged() / tutorials.FIRST).is_file()


def test_everything_but_runs_is_copied(published, tmp_path):
    assert tutorials.copy_to(tmp_path / "my tutorials") == (2, 0)
    copied = sorted(
        p.relative_to(tmp_path / "my tutorials").as_posix() for p in (tmp_path / "my tutorials").rglob("*")
    )
    assert copied == [tutorials.FIRST, "data", "data/pirate", "data/pirate/train.jsonl"]


def test_what_the_person_changed_stays_and_what_is_missing_comes_back(published, tmp_path):
    mine = tmp_path / "mine"
    tutorials.copy_to(mine)
    (mine / tutorials.FIRST).write_text("my notes")
    (mine / "data/pirate/train.jsonl").unlink()
    assert tutorials.copy_to(mine) == (1, 1)
    assert (mine / tutorials.FIRST).read_text() == "my notes"
    assert (mine / "data/pirate/train.jsonl").read_text() == "the rows"


def test_a_link_that_leads_nowhere_is_the_persons_too(published, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / tutorials.FIRST).symlink_to(tmp_path / "elsewhere")
    tutorials.copy_to(mine)
    assert (mine / tutorials.FIRST).is_symlink()
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_cannot_be_written_is_told(published, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FtkitError, match="FTKIT_HOME"):
        tutorials.copy_to(tmp_path / "file" / "tutorials")


def test_the_home_can_be_named(monkeypatch, tmp_path):
    monkeypatch.setenv("FTKIT_HOME", str(tmp_path / "course"))
    assert tutorials_home() == tmp_path / "course"
    monkeypatch.delenv("FTKIT_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert tutorials_home() == tmp_path / "ftkit-tutorials"
