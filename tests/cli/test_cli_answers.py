"""What reaches standard output: exactly one JSON document with --json, whatever libraries print."""

import json
import os
import subprocess
import sys

import pytest

from ftkit.cli import answer_to
from ftkit.cli.answer import plain, say, shown

# A command that behaves as badly as the libraries behind it: Python, file descriptor, C, child process.
NOISY = """
import ctypes, os, subprocess, sys
import ftkit.hardware
from ftkit.cli import main

def noisy():
    print("printed by Python")
    os.write(1, b"written to the descriptor\\n")
    ctypes.CDLL(None).printf(b"buffered by C until the end\\n")
    subprocess.run([sys.executable, "-c", "print('printed by a child')"])
    return [{"check": "a", "ok": True, "value": "é", "advice": ""}]

ftkit.hardware.doctor = noisy
sys.exit(main(sys.argv[1:]))
"""


def program(*arguments, cwd=None):
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "ftkit.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment, timeout=120)


def test_only_the_document_is_on_standard_output():
    done = subprocess.run(
        [sys.executable, "-c", NOISY, "doctor", "--json"], capture_output=True, text=True, timeout=120
    )
    assert json.loads(done.stdout)["checks"][0]["value"] == "é"
    for words in ("printed by Python", "written to the descriptor", "buffered by C", "printed by a child"):
        assert words in done.stderr
        assert words not in done.stdout


def test_without_json_only_the_result_is_on_standard_output():
    done = subprocess.run(
        [sys.executable, "-c", NOISY, "doctor"], capture_output=True, text=True, timeout=120
    )
    assert done.stdout == "ok    a: é\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "missing.yaml", "--json"],
        ["cells", "missing.yaml", "--json"],
        ["compare", "nobody", "--prompt", "Hello?", "--json"],
        ["diagnose", "nobody", "--json"],
        ["diagnose", "../no such/name", "--json"],
        ["compare", "--json"],
        ["run", "a.yaml", "--resume", "--overwrite", "--json"],
        ["dance", "--json"],
        ["run", "a" * 300, "--json"],
        ["cells", "a" * 300, "--json"],
        ["diagnose", "a" * 300, "--json"],
        ["compare", "nobody", "--rows", "-1", "--json"],
        ["lab", "--port", "70000", "--json"],
        ["--json"],
    ],
)
def test_every_error_is_a_document_with_a_remedy(tmp_path, arguments):
    done = program(*arguments, cwd=tmp_path)
    document = json.loads(done.stdout)
    assert document["error"]
    assert document["remedy"]
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_an_error_for_people_is_on_standard_error(tmp_path):
    done = program("run", "missing.yaml", cwd=tmp_path)
    assert done.stdout == ""
    assert "missing.yaml" in done.stderr
    assert done.returncode == 2


def test_what_nobody_foresaw_is_an_error_document_too(monkeypatch, capsys):
    import ftkit.hardware

    def broken():
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(ftkit.hardware, "doctor", broken)
    answer = answer_to(["doctor", "--json"])
    assert answer.code == 2
    assert answer.document["error"] == "ZeroDivisionError: division by zero"
    assert "Traceback" in capsys.readouterr().err


def test_an_interruption_has_its_own_exit_code(monkeypatch):
    import ftkit.hardware

    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(ftkit.hardware, "doctor", interrupted)
    assert answer_to(["doctor"]).code == 130


def test_all_problems_of_a_recipe_are_told_at_once(tmp_path):
    (tmp_path / "recipe.yaml").write_text("training: {learning_rate: fast, num_train_epochs: -1}\n")
    document = answer_to(["cells", str(tmp_path / "recipe.yaml")]).document
    fields = {problem["field"] for problem in document["problems"]}
    assert {"training.learning_rate", "training.num_train_epochs"} <= fields


def test_help_and_version_are_answers():
    done = program("--help")
    assert done.returncode == 0
    for command in ("lab", "demo", "doctor", "cells", "run", "runs", "compare", "diagnose"):
        assert command in done.stdout
    assert program("--version").stdout.startswith("ftkit ")


def test_python_runs_the_package_as_the_program():
    command = [sys.executable, "-m", "ftkit", "tasks", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.returncode, json.loads(done.stdout)) == (0, json.loads(program("tasks", "--json").stdout))


def test_numbers_that_json_does_not_have_become_null():
    assert plain({"loss": float("nan"), "worst": [float("inf"), 1.5]}) == {"loss": None, "worst": [None, 1.5]}


def test_the_program_starts_without_the_heavy_libraries():
    code = (
        "import sys; from ftkit.cli.command_line import parser; parser();"
        "print([m for m in ('torch', 'transformers', 'datasets', 'jupyterlab', 'nbclient') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr


def test_half_an_option_is_no_option():
    assert "--js" in answer_to(["runs", "--js"]).document["error"]


def test_what_models_say_cannot_command_the_terminal():
    said = "red \x1b[31m, back\r, bell \x07, csi \x9b2J, family \U0001f468\u200d\U0001f469, tab\t.\nnext"
    told = shown(said)
    assert not set("\x1b\r\x07\x9b") & set(told)
    assert told.endswith("family \U0001f468\u200d\U0001f469, tab\t.\nnext\n")


def test_names_of_files_cannot_command_the_terminal_either(capsys):
    say("reading a\x1b[31mb\u202egpj.jsonl: 7 rows")
    told = capsys.readouterr().err
    assert told == "reading a\ufffd[31mb\ufffdgpj.jsonl: 7 rows\n"
