"""Wheel and sdist install where there is no Node, and JupyterLab takes the extension."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.packaging.installing import install, labextensions, new_environment, without_node

OK = re.compile(r"ftkit-labextension v\S+ .*enabled.*OK.*\(python, ftkit\)")


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_installed_without_node_jupyterlab_lists_it(kind, request, tmp_path):
    python = new_environment(tmp_path / "env", borrow=True)
    install(python, "--no-deps", "--no-build-isolation", request.getfixturevalue(kind))
    assert OK.search(labextensions(python))
    where = subprocess.run(
        [python, "-c", "import ftkit, ftkit.notebook; print(ftkit.__file__)"],
        env=without_node(python),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert where.startswith(str(tmp_path))
