"""``ftkit doctor``: each row says what was found and, where something is wrong, what to do."""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path

import pytest

from ftkit.cli import answer_to
from ftkit.fields import Gpu, Machine
from ftkit.hardware import checks, doctor

GIB = 2**30
FINE = Machine(cores=4, memory=16 * GIB, memory_free=12 * GIB, disk_free=100 * GIB)


def _row(name: str) -> dict:
    return next(row for row in doctor() if row["check"] == name)


def _with(monkeypatch: pytest.MonkeyPatch, **changes: object) -> None:
    monkeypatch.setattr(checks, "this_machine", lambda _: Machine(**{**FINE.__dict__, **changes}))


def test_every_row_has_the_same_keys_and_is_plain_data() -> None:
    rows = doctor()
    assert all(set(row) == {"check", "ok", "value", "advice"} for row in rows)
    assert all(row["ok"] or row["advice"] for row in rows)
    assert {"Python", "torch", "trl", "Memory", "Disk", "Graphics card", "Starter model"} <= {
        row["check"] for row in rows
    }
    assert json.loads(json.dumps(rows)) == rows


def test_a_missing_package_and_an_old_one(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.metadata.version

    def version(name: str) -> str:
        if name == "peft":
            raise importlib.metadata.PackageNotFoundError(name)
        return "0.9.0" if name == "trl" else real(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    monkeypatch.setattr(checks, "_wanted", lambda: {"trl": ">=1.0", "peft": ">=0.18", "numpy": ">=2.0"})
    assert _row("peft") == {
        "check": "peft",
        "ok": False,
        "value": "missing",
        "advice": "Install it: pip install 'peft>=0.18'",
    }
    assert (_row("trl")["ok"], _row("trl")["value"]) == (False, "0.9.0, not >=1.0")
    assert "numpy" not in {row["check"] for row in doctor()}


def test_little_memory_disk_and_too_many_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    _with(monkeypatch, memory=GIB, disk_free=GIB)
    monkeypatch.setenv("OMP_NUM_THREADS", "64")
    assert not _row("Memory")["ok"]
    assert not _row("Disk")["ok"]
    assert _row("Processor cores")["advice"].endswith("set OMP_NUM_THREADS to 4.")


def test_the_extension_is_looked_for_where_jupyter_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    (tmp_path / "labextensions" / checks.EXTENSION).mkdir(parents=True)
    assert _row("JupyterLab extension")["ok"]


def test_a_card_that_torch_cannot_use(monkeypatch: pytest.MonkeyPatch) -> None:
    _with(monkeypatch, gpu=Gpu("A10", 24 * GIB, bf16=True))
    real = importlib.metadata.version
    monkeypatch.setattr(
        importlib.metadata, "version", lambda name: "2.13.0+cpu" if name == "torch" else real(name)
    )
    assert not _row("Graphics card")["ok"]
    monkeypatch.setattr(
        importlib.metadata, "version", lambda name: "2.13.0" if name == "torch" else real(name)
    )
    assert _row("Graphics card") == {
        "check": "Graphics card",
        "ok": True,
        "value": "A10, 26 GB",
        "advice": "",
    }


def test_a_starter_that_was_replaced_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FTKIT_STARTER", str(tmp_path))
    found = _row("Starter model")
    assert (found["ok"], found["value"]) == (False, f"{tmp_path} (set by FTKIT_STARTER)")
    assert "no config.json" in found["advice"]
    (tmp_path / "config.json").write_text("{}")
    assert _row("Starter model") == {**found, "ok": True, "advice": ""}


@pytest.fixture
def caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person without the starter model: folders beside this one are other caches."""
    monkeypatch.delenv("FTKIT_STARTER", raising=False)
    monkeypatch.delenv("FTKIT_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "own"))
    return tmp_path


def _prepared(cache: Path) -> Path:
    """A cache with a starter model that counts as whole."""
    folder = cache / "starter" / "smollm2-135m"
    folder.mkdir(parents=True)
    (folder / "source.json").write_text('{"source": "hub", "files": {}}')
    return folder


def test_a_model_that_was_not_fetched_yet_is_a_note(caches: Path) -> None:
    found = _row("Starter model")
    assert (found["ok"], found["value"]) == (True, "missing")
    assert "`ftkit lab` fetches it" in found["advice"]
    assert "note  Starter model: missing\n      Needed once" in answer_to(["doctor"]).text


def test_a_shared_cache_that_holds_the_model(caches: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = _prepared(caches / "shared")
    monkeypatch.setenv("FTKIT_CACHE", str(caches / "shared"))
    found = _row("Starter model")
    assert (found["ok"], found["value"], found["advice"]) == (True, f"{folder} (from FTKIT_CACHE)", "")


@pytest.mark.parametrize("with_own", [False, True])
def test_a_shared_cache_without_the_model_is_no_good(
    caches: Path, monkeypatch: pytest.MonkeyPatch, with_own: bool
) -> None:
    own = _prepared(caches / "own" / "ftkit") if with_own else None
    value = f"{own} (your own copy: FTKIT_CACHE holds none)" if own else "missing"
    shared = caches / "shared"
    monkeypatch.setenv("FTKIT_CACHE", str(shared))
    found = _row("Starter model")
    assert (found["ok"], found["value"]) == (False, value)
    assert f"FTKIT_CACHE={shared} is no folder on this machine." in found["advice"]
    _prepared(shared).joinpath("source.json").unlink()
    found = _row("Starter model")
    assert (found["ok"], found["value"]) == (False, value)
    assert f"FTKIT_CACHE={shared} has no whole starter/smollm2-135m in it." in found["advice"]
    answer = answer_to(["doctor"])
    assert f"LOOK  Starter model: {value}\n" in answer.text
    assert answer.code == 1


@pytest.mark.parametrize("inside", ["starter", "starter/smollm2-135m"])
def test_who_names_a_folder_inside_the_cache_is_told_which_is_meant(
    caches: Path, monkeypatch: pytest.MonkeyPatch, inside: str
) -> None:
    shared = caches / "shared"
    _prepared(shared)
    monkeypatch.setenv("FTKIT_CACHE", str(shared / inside))
    found = _row("Starter model")
    assert not found["ok"]
    assert (
        f"too far inside: set FTKIT_CACHE={shared}, which has starter/smollm2-135m in it." in found["advice"]
    )
