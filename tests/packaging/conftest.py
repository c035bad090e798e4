"""The two distributions, built once, and a way to install one beside another JupyterLab."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.installing import ROOT, without_node


@pytest.fixture(scope="session")
def dist(tmp_path_factory):
    """A folder with the wheel and the sdist of this checkout, its front end built."""
    for built in ("ftkit/labextension/static/style.js", "ftkit/live/static/chart.js"):
        assert (ROOT / built).exists(), f"{built} is missing: make setup builds it"
    target = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", target]
    # The sdist from the checkout, the wheel from the sdist: both without Node.
    subprocess.run([*build, ROOT], check=True, capture_output=True, env=without_node(Path(sys.executable)))
    return target


@pytest.fixture(scope="session")
def wheel(dist):
    (path,) = dist.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def sdist(dist):
    (path,) = dist.glob("*.tar.gz")
    return path
