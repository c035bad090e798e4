"""The file writer and the extension do the same to a notebook.

The extension's own `plan.ts` runs in node, over the cells and operations that hypothesis makes up.
What a real JupyterLab then makes of its edits is compared in `tests/ui/test_ui_bridge.py`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftkit.errors import CellError
from ftkit.notebook import Insert, Replace, file
from ftkit.notebook.operations import wire

LABEXTENSION = Path(__file__).parents[2] / "labextension"
ESBUILD = LABEXTENSION / "node_modules/.bin/esbuild"

# Reads one case a line, answers with the cells as they are after the edits, or with the refusal.
PROGRAM = """
import { createInterface } from 'node:readline';
import { plan } from './plan';
import { operations } from './wire';
for await (const line of createInterface({ input: process.stdin })) {
  const { cells, wire } = JSON.parse(line);
  let answer;
  try {
    for (const edit of plan(cells, operations(wire))) {
      const { id, source, metadata } = edit;
      if (edit.kind === 'insert') cells.splice(edit.index, 0, { id, type: 'code', source, metadata });
      else Object.assign(cells.find(cell => cell.id === id), { source, metadata });
    }
    answer = { cells };
  } catch (error) {
    answer = { refused: error.message };
  }
  process.stdout.write(JSON.stringify(answer) + '\\n');
}
"""

IDS = st.sampled_from(["a", "b", "c", "d", "e"])
TEXT = st.sampled_from(["", "x = 1", "x = 2\n", "'''\\n{}\"é\u2028'"]) | st.text(
    st.characters(exclude_categories=("Cs",)), max_size=8
)
METADATA = st.dictionaries(
    st.sampled_from(["ftkit", "other", "mine"]), st.none() | st.lists(st.integers(0, 9), max_size=2)
)
CELLS = st.lists(st.tuples(IDS, st.sampled_from(["code", "code", "markdown"]), TEXT, METADATA), max_size=5)
OPERATIONS = st.lists(
    st.builds(Insert, IDS, IDS, TEXT, METADATA) | st.builds(Replace, IDS, TEXT, TEXT, METADATA), max_size=5
)


@pytest.fixture(scope="module")
def extension(tmp_path_factory):
    """Gives what the extension answers to one case."""
    if not ESBUILD.exists() or shutil.which("node") is None:
        pytest.skip("the extension's packages are not installed: jlpm install in labextension/ (needs Node)")
    bundle = tmp_path_factory.mktemp("plan") / "plan.mjs"
    subprocess.run(
        [ESBUILD, "--bundle", "--format=esm", "--platform=node", "--loader=ts", f"--outfile={bundle}"],
        input=PROGRAM,
        text=True,
        cwd=LABEXTENSION / "src",
        check=True,
        capture_output=True,
    )
    node = subprocess.Popen(
        ["node", bundle], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )

    def ask(case):
        node.stdin.write(json.dumps(case) + "\n")
        node.stdin.flush()
        return json.loads(node.stdout.readline())

    yield ask
    node.stdin.close()
    node.wait(10)


def by_file(cells, operations):
    notebook = nbformat.v4.new_notebook()
    for name, kind, source, metadata in cells:
        new = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
        notebook.cells.append(new(source, id=name, metadata=metadata))
    try:
        file.apply(notebook, operations)
    except CellError as error:
        return {"refused": error.what}
    views = file.views(notebook)
    return {
        "cells": [
            {"id": v.id, "type": v.type, "source": v.source, "metadata": dict(v.metadata)} for v in views
        ]
    }


@settings(max_examples=400)
@given(cells=CELLS, operations=OPERATIONS, expect=st.booleans())
def test_file_and_extension_do_the_same(extension, cells, operations, expect):
    if expect:  # most made-up expectations are wrong: give the right one to some replacements
        now = {name: source for name, _, source, _ in cells}
        operations = [
            Replace(o.id, now.get(o.id, o.expected), o.source, o.metadata) if isinstance(o, Replace) else o
            for o in operations
        ]
    case = {
        "cells": [{"id": i, "type": k, "source": s, "metadata": m} for i, k, s, m in cells],
        "wire": [wire(operation) for operation in operations],
    }
    assert extension(case) == by_file(cells, operations)
