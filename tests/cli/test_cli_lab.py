"""``ftkit lab`` starts a real server and stops it."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest


@pytest.fixture
def place(tmp_path, tiny_model_folder):
    """An environment for the server: its folders, and a tiny model in the starter's place."""
    mine = {"FTKIT_HOME": tmp_path / "my tutorials", "FTKIT_STARTER": tiny_model_folder}
    jupyter = {"JUPYTER_CONFIG_DIR": tmp_path / "config", "JUPYTER_RUNTIME_DIR": tmp_path / "runtime"}
    return {**os.environ, **{name: str(value) for name, value in {**mine, **jupyter}.items()}}


def start(environment, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "ftkit.cli", "lab", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_check_starts_looks_and_stops(place, tmp_path):
    out, err = start(place, "--check", "--json").communicate(timeout=180)
    document = json.loads(out)
    assert document.get("ok"), err
    assert document["notebook"] == str(tmp_path / "my tutorials/01_first_fine_tune.ipynb")
    assert document["extension"].endswith(".js")
    with pytest.raises(OSError):  # noqa: PT011 - whatever a closed port says
        urllib.request.urlopen(document["address"], timeout=5)


def test_it_runs_until_it_is_ended_and_answers_meanwhile(place):
    lab = start({**place, "PATH": os.defpath}, "--no-browser", "--json")
    try:
        text = ""
        while not text.endswith("}\n"):
            line = lab.stdout.readline()
            assert line, lab.stderr.read()
            text += line
        document = json.loads(text)
        with urllib.request.urlopen(document["address"], timeout=30) as reply:
            assert b"jupyter-config-data" in reply.read()
        if (seen := Path(f"/proc/{document['pid']}/environ")).exists():
            path = next(one for one in seen.read_bytes().split(b"\0") if one.startswith(b"PATH="))
            # What a cell's `!ftkit methods …` finds, though no environment was activated.
            assert path.removeprefix(b"PATH=").decode().split(os.pathsep)[0] == str(
                Path(sys.executable).parent
            )
        lab.send_signal(signal.SIGTERM)
        lab.wait(30)
        assert lab.stdout.read() == ""
        for _ in range(50):
            if not os.path.exists(f"/proc/{document['pid']}"):  # noqa: PTH110 - a process, no file
                break
            time.sleep(0.1)
        else:
            pytest.fail("the server outlived the command")
    finally:
        lab.kill()


@pytest.mark.skipif(os.name == "nt", reason="no shell there reads a profile that replaces the path")
@pytest.mark.parametrize("shell", ["/bin/sh", "/bin/bash"])
def test_the_terminal_there_finds_the_programs_of_this_environment(place, tmp_path, shell):
    # What Debian's /etc/profile does to everybody's login shells.
    (tmp_path / ".profile").write_text("PATH=/usr/bin:/bin\n")
    person = {"HOME": str(tmp_path), "SHELL": shell, "PATH": os.defpath}
    lab = start({**place, **person}, "--no-browser", "--json")
    try:
        text = ""
        while not text.endswith("}\n"):
            text += lab.stdout.readline()
        path = asyncio.run(path_in_a_terminal(json.loads(text)["address"]))
        assert path.split(os.pathsep)[0] == str(Path(sys.executable).parent)
    finally:
        lab.terminate()
        lab.wait(30)


async def path_in_a_terminal(address):
    """Open a terminal as the page does, and ask its shell."""
    from tornado.websocket import websocket_connect

    server, (_, _, token) = address.partition("lab/tree/")[0], address.partition("?")
    with urllib.request.urlopen(f"{server}api/terminals?{token}", data=b"", timeout=30) as reply:
        name = json.loads(reply.read())["name"]
    terminal = await websocket_connect(f"ws{server.removeprefix('http')}terminals/websocket/{name}?{token}")
    await terminal.write_message(json.dumps(["stdin", 'echo "<$PATH>"\r']))
    said = ""
    while not (found := re.search("<(/[^>]*)>", said)):
        kind, *more = json.loads(await asyncio.wait_for(terminal.read_message(), 30))
        said += more[0] if kind == "stdout" else ""
    terminal.close()
    return found[1]


def test_a_person_s_copy_survives_a_second_start(place, tmp_path):
    mine = tmp_path / "my tutorials"
    mine.mkdir()
    (mine / "01_first_fine_tune.ipynb").write_text(
        json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    )
    before = (mine / "01_first_fine_tune.ipynb").read_bytes()
    start(place, "--check").communicate(timeout=180)
    assert (mine / "01_first_fine_tune.ipynb").read_bytes() == before


def test_a_server_that_cannot_start_is_an_error(place, tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config/jupyter_server_config.py").write_text('c.ServerApp.ip = "nowhere.invalid"\n')
    done = start(place, "--check", "--json")
    out, _ = done.communicate(timeout=180)
    document = json.loads(out)
    assert done.returncode == 2
    assert "did not start" in document["error"]


def test_no_question_lies_over_the_first_lesson(place):
    lab = start(place, "--no-browser", "--json")
    try:
        text = ""
        while not text.endswith("}\n"):
            text += lab.stdout.readline()
        with urllib.request.urlopen(json.loads(text)["address"], timeout=30) as reply:
            page = reply.read().decode()
        disabled = json.loads(page.split('type="application/json">')[1].split("</script>")[0])[
            "disabledExtensions"
        ]
        assert "@jupyterlab/apputils-extension:announcements" in disabled
    finally:
        lab.terminate()
        lab.wait(30)
