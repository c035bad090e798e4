"""The extension's own unit tests, which node runs."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

LABEXTENSION = Path(__file__).parents[2] / "labextension"


def test_the_extensions_unit_tests_pass():
    if not (LABEXTENSION / "node_modules").exists() or shutil.which("node") is None:
        pytest.skip("the extension's packages are not installed: jlpm install in labextension/ (needs Node)")
    done = subprocess.run(
        ["node", "scripts/test.mjs"],
        cwd=LABEXTENSION,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
