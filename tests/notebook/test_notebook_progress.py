"""Progress below a cell is ordinary output that goes away; a notebook would show standard error on red."""

import io
import os
import sys

import nbformat
import pytest
from nbclient import NotebookClient

from ftkit.notebook.progress import ProgressLine
from ftkit.notebook.quiet import quick_bars_stay_away

CELL = """
from ftkit.notebook.progress import ProgressLine

line = ProgressLine()
line.say("1 of 2")
line.say("2 of 2", lasting=True)
"""


@pytest.fixture(autouse=True)
def no_delay_yet(monkeypatch):
    """What another test has set in this process would be set in the kernels, too."""
    monkeypatch.delenv("TQDM_DELAY", raising=False)


def outputs(source):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    return notebook.cells[0].outputs


def test_a_notebook_shows_one_line_and_never_standard_error():
    (shown,) = outputs(CELL)
    assert shown.output_type == "display_data"
    assert shown.data["text/plain"] == "2 of 2"


def test_nothing_is_left_when_all_is_done():
    (shown,) = outputs(f"{CELL}\nline.end()")
    assert shown.data["text/plain"] == ""


BARS = """
from ftkit.notebook.quiet import quick_bars_stay_away
{first}
from tqdm.auto import tqdm
import time

for _ in tqdm(range(3), desc="quick"):
    pass
for _ in tqdm(range(30), desc="slow"):
    time.sleep(0.1)
"""


def bars(source):
    shown = [
        output for output in outputs(source) if "application/vnd.jupyter.widget-view+json" in output.data
    ]
    return len(shown)


def test_bars_of_the_libraries_appear_only_where_one_waits():
    assert bars(BARS.format(first="")) == 2
    assert bars(BARS.format(first="quick_bars_stay_away()")) == 1


def test_after_a_restart_a_comparison_keeps_them_away_by_itself():
    """It is the first to import torch then, and with it what makes the bars."""
    assert (
        bars(
            BARS.format(
                first="import ftkit, ftkit.errors\ntry:\n    ftkit.compare('x')\nexcept ftkit.errors.FtkitError:\n    pass"
            )
        )
        == 1
    )


def test_a_delay_that_the_person_chose_stays(monkeypatch):
    monkeypatch.setenv("TQDM_DELAY", "7")
    quick_bars_stay_away()
    assert os.environ["TQDM_DELAY"] == "7"


def test_a_log_file_gets_the_lasting_lines_only(monkeypatch):
    log = io.StringIO()
    monkeypatch.setattr(sys, "stderr", log)
    line = ProgressLine()
    line.say("1 of 2")
    line.say("2 of 2", lasting=True)
    line.end()
    assert log.getvalue() == "2 of 2\n"


def test_a_screen_rewrites_its_line(monkeypatch):
    class Screen(io.StringIO):
        def isatty(self):
            return True

    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    line = ProgressLine()
    line.say("1 of 2")
    line.say("2 of 2")
    line.end()
    assert screen.getvalue() == "\r\x1b[K1 of 2\r\x1b[K2 of 2\n"
