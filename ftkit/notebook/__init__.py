"""Moves text and metadata into notebooks, and knows no recipe.

Three ways, one vocabulary (:mod:`ftkit.notebook.operations`):

* :mod:`ftkit.notebook.bridge`: a notebook that the person has open in JupyterLab or Notebook 7, over the
  kernel's one :mod:`~ftkit.notebook.line` to its :mod:`~ftkit.notebook.open_pages`;
* :mod:`ftkit.notebook.file`: a notebook file, for runs without a browser;
* :mod:`ftkit.notebook.plain`: the code to copy, where no extension answers.

:mod:`ftkit.notebook.control` is the other direction: what a person tells a run while its cell is busy.
"""

from ftkit.notebook.bridge import Bridge
from ftkit.notebook.kernel import current_cell, current_page, get_bridge
from ftkit.notebook.operations import CellView, Insert, Replace, Reply, Snapshot

__all__ = [
    "Bridge",
    "CellView",
    "Insert",
    "Replace",
    "Reply",
    "Snapshot",
    "current_cell",
    "current_page",
    "get_bridge",
]
