"""``ftkit lab``: the tutorials in JupyterLab, everything ready. Nothing here needs make, a shell or Linux."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from ftkit.cli import tutorials
from ftkit.cli.answer import Answer, say
from ftkit.cli.numbers import port
from ftkit.errors import FtkitError, ModelError
from ftkit.runfolder.whereabouts import tutorials_home

EXTENSION = "ftkit-labextension"
# Without JupyterLab's question about its news, which lies over the first lesson.
CALM = Path(__file__).with_name("calm_jupyter")
PATIENCE = 120.0  # seconds for the server to answer; three or four are usual


def add_commands(commands: Any) -> None:
    """Add ``lab``."""
    command = commands.add_parser("lab", help="open the tutorials in JupyterLab")
    command.add_argument("--no-browser", action="store_true", help="only print the address")
    command.add_argument("--port", type=port, help="the port (default: the first free one from 8888)")
    command.add_argument(
        "--check", action="store_true", help="start it, look whether all is well, and stop it"
    )
    command.set_defaults(answer=answer)


def answer(options: argparse.Namespace) -> Answer:
    """Copy the tutorials, see to the starter model, start JupyterLab; with ``--check`` stop it again."""
    from ftkit.catalog import starter_model
    from ftkit.hardware import set_thread_count

    folder = tutorials_home()
    copied, kept = tutorials.copy_to(folder)
    say(f"Tutorials: {folder} ({copied} files copied, {kept} were there and stay as they are).")
    try:
        starter = str(starter_model())
    except ModelError as error:
        if options.check:
            raise
        # Offline and for the first time: the person can still look around and use a model of their own.
        say(f"The starter model is not ready: {error}")
        starter = ""
    set_thread_count()
    server = Server(
        folder, browser=not (options.no_browser or options.check or options.json), port=options.port
    )
    try:
        address = server.wait_until_ready()
        document = {
            "address": address,
            "folder": folder,
            "notebook": folder / tutorials.FIRST,
            "starter_model": starter,
            "pid": server.pid,
        }
        if options.check:
            document["extension"] = server.check()
            server.stop()
            return Answer(
                {**document, "ok": True}, f"JupyterLab started with {EXTENSION}, and stopped. All is well."
            )
    except BaseException:
        server.stop()
        raise
    return Answer(document, f"JupyterLab is at {address}\nCtrl+C here stops it.", afterwards=server.serve)


def _inheriting_shell() -> list[str]:
    """Options that make the terminals there start as programs of the server, with its PATH.

    Where its output goes to no terminal, Jupyter starts login shells; the profiles that those read replace PATH.
    """
    if os.name == "nt" or os.isatty(1):
        return []
    settings = {"shell_command": [os.environ.get("SHELL") or shutil.which("sh") or "/bin/sh"]}
    return [f"--ServerApp.terminado_settings={settings}"]


class Server:
    """A JupyterLab server of this Python environment.

    Parameters
    ----------
    folder
        What it shows, and where kernels work.
    browser
        Whether it opens the person's browser.
    port
        None for the first free one.
    """

    def __init__(self, folder: Path, *, browser: bool, port: int | None) -> None:
        command = [
            *(sys.executable, "-m", "jupyterlab"),
            f"--ServerApp.root_dir={folder}",
            f"--LabApp.default_url=/lab/tree/{tutorials.FIRST}",
            "--log-level=WARN",
            *_inheriting_shell(),
        ]
        if not browser:
            command.append("--no-browser")
        if port is not None:
            command.append(f"--port={port}")
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.append("--allow-root")  # in containers root is all there is
        configuration = [str(CALM), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
        environment = {
            **os.environ,
            # The environment's own kernel and extension, even where the person has others of the same name.
            "JUPYTER_PREFER_ENV_PATH": "1",
            "JUPYTER_CONFIG_PATH": os.pathsep.join(configuration),
            # A cell's `!ftkit …` and the terminal there find the programs of this environment.
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        }
        self._process = subprocess.Popen(command, cwd=folder, env=environment, stdin=None)
        self._info: dict[str, Any] = {}

    @property
    def pid(self) -> int:
        """The server's process id."""
        return int(self._info.get("pid", self._process.pid))

    def wait_until_ready(self) -> str:
        """The address, token included, as soon as the server answers.

        Raises
        ------
        FtkitError
            Where it ends or stays silent instead.
        """
        started = time.monotonic()
        while time.monotonic() - started < PATIENCE:
            if self._process.poll() is not None:
                raise FtkitError(
                    f"JupyterLab did not start (exit code {self._process.returncode}).",
                    "Its own message stands above.",
                )
            self._info = self._info or self._found()
            if self._info and self._get("api/status"):
                return f"{self._info['url']}lab/tree/{tutorials.FIRST}?token={self._info['token']}"
            time.sleep(0.2)
        raise FtkitError(
            f"JupyterLab did not answer within {PATIENCE:.0f} s.", "Try again, or see its log above."
        )

    def _found(self) -> dict[str, Any]:
        """What the server wrote about itself; on Windows it runs in a child of the process we started."""
        import psutil
        from jupyter_server.serverapp import list_running_servers

        for info in list_running_servers():
            try:
                family = {info["pid"], *(parent.pid for parent in psutil.Process(info["pid"]).parents())}
            except psutil.NoSuchProcess:
                continue
            if self._process.pid in family:
                return dict(info)
        return {}

    def _get(self, path: str, *, post: bool = False) -> bytes:
        """What an address of the server answers; empty where it does not."""
        request = urllib.request.Request(  # noqa: S310 - our own server
            self._info["url"] + path,
            data=b"" if post else None,
            headers={"Authorization": f"token {self._info['token']}"},
        )
        # No proxy: it is this very machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=30) as reply:
                return bytes(reply.read())
        except (urllib.error.URLError, OSError):
            return b""

    def check(self) -> str:
        """The file that the page loads our extension from.

        Raises
        ------
        FtkitError
            Where the page, the tutorial or the extension is missing.
        """
        page = self._get(f"lab/tree/{tutorials.FIRST}").decode()
        settings = re.search(r'<script[^>]*type="application/json">(.*?)</script>', page, re.DOTALL)
        extensions = json.loads(settings.group(1)).get("federated_extensions", []) if settings else []
        entry = next((item["load"] for item in extensions if item["name"] == EXTENSION), "")
        found = {
            "the page": settings,
            "the tutorial": self._get(f"api/contents/{tutorials.FIRST}?content=0"),
            "our extension": entry and self._get(f"lab/extensions/{EXTENSION}/{entry}"),
        }
        missing = [name for name, body in found.items() if not body]
        if missing:
            raise FtkitError(
                f"JupyterLab runs, but does not serve {' and '.join(missing)}.",
                "Install ftkit again; `jupyter labextension list` shows what JupyterLab found.",
            )
        return str(entry)

    def stop(self) -> None:
        """End the server, politely first."""
        if self._process.poll() is None and self._info:
            self._get("api/shutdown", post=True)
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                say("JupyterLab takes its time to stop; ending it.")
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait(15)

    def serve(self) -> int:
        """Stay until the person ends the server; its exit code.

        Ctrl+C reaches the server, too, which asks back before it ends.
        """

        def end(*_: Any) -> None:
            self._process.terminate()

        signal.signal(signal.SIGTERM, end)
        while True:
            try:
                return self._process.wait()
            except KeyboardInterrupt:
                continue
