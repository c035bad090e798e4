"""Node, which builds the JupyterLab extension from a checkout. A wheel of ftkit needs none."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

LOWEST = 20


def version(path: str | None = None) -> int:
    """The major version of the Node on PATH, 0 without one.

    Parameters
    ----------
    path
        A PATH to look on instead of the environment's.
    """
    node = shutil.which("node", path=path)
    if node is None:
        return 0
    try:
        answer = subprocess.run(
            [node, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0  # a node that does not start is no node
    found = re.match(r"v(\d+)\.", answer.stdout)
    return int(found.group(1)) if found and answer.returncode == 0 else 0


def path_with(folder: str) -> str:
    """PATH with the environment's own programs first."""
    return folder + os.pathsep + os.environ.get("PATH", "")
