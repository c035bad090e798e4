"""``ftkit doctor``: each row says what was found and, where something is wrong, what to do."""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path

import pytest

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


def test_a_starter_that_was_replaced_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FTKIT_STARTER", "/somewhere/tiny")
    assert _row("Starter model")["value"] == "/somewhere/tiny (set by FTKIT_STARTER)"
