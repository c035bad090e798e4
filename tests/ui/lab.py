"""A real JupyterLab on a folder of its own, and a page of it that a test can drive.

    lab = Lab(tmp_path); lab.write("a.ipynb", ["1 + 1"]); book = Book(page, lab, "a.ipynb")
    book.run_all(); book.picture("sum")

Nothing of the person's own Jupyter settings is read or written.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "pictures"

CHROMIUM_FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]

# The notebook in front; the page keeps its application in window.jupyterapp.
PANEL = "window.jupyterapp.shell.currentWidget"


class Lab:
    """A Jupyter server that serves JupyterLab and Notebook 7.

    Parameters
    ----------
    home
        An empty folder for everything: notebooks in ``home/notebooks``, settings and log beside it.
    env
        Further environment variables of server and kernels; None takes one away.
    python
        The interpreter of the environment whose JupyterLab it is; the tests' own where None.
    """

    def __init__(
        self, home: Path, env: dict[str, str | None] | None = None, python: Path | None = None
    ) -> None:
        interpreter = str(python or sys.executable)
        self.home = home
        self.root = home / "notebooks"
        self.root.mkdir(parents=True, exist_ok=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        settings = home / "settings/@jupyterlab/apputils-extension"
        settings.mkdir(parents=True)
        (settings / "notification.jupyterlab-settings").write_text(
            '{"fetchNews": "false", "checkForUpdates": false}'
        )
        own = {
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
            "IPYTHONDIR": str(home / "ipython"),
            "OMP_NUM_THREADS": "1",
            "PATH": f"{Path(interpreter).parent}{os.pathsep}{os.environ['PATH']}",
            **(env or {}),
        }
        everything = {**os.environ, **own}
        self._log = (home / "server.log").open("w")
        self._server = subprocess.Popen(
            [
                *(interpreter, "-m", "jupyterlab", "--no-browser", "--allow-root"),
                *(f"--port={self.port}", "--ip=127.0.0.1", "--IdentityProvider.token="),
                *(f"--ServerApp.root_dir={self.root}", "--LabApp.expose_app_in_browser=True"),
                "--JupyterNotebookApp.expose_app_in_browser=True",
            ],
            env={name: value for name, value in everything.items() if value is not None},
            cwd=self.root,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        self._await_start()

    def _await_start(self) -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end and self._server.poll() is None:
            try:
                urllib.request.urlopen(f"{self.url}/api/status", timeout=2).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        self.stop()
        raise RuntimeError(f"JupyterLab did not start:\n{(self.home / 'server.log').read_text()}")

    def stop(self) -> None:
        """Stop the server and with it all kernels."""
        self._server.terminate()
        try:
            self._server.wait(15)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        self._log.close()

    def copy(self, folder: Path, name: str = "") -> Path:
        """Put a copy of a folder where the server serves it; returns it."""
        target = self.root / (name or folder.name)
        ignored = shutil.ignore_patterns("ftkit-runs", ".ipynb_checkpoints")
        return shutil.copytree(folder, target, ignore=ignored, dirs_exist_ok=True)

    def write(self, path: str, sources: Sequence[str | tuple[str, str]]) -> Path:
        """Write a notebook of code cells; ``(id, source)`` names a cell."""
        notebook = nbformat.v4.new_notebook(
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        )
        for number, cell in enumerate(sources):
            name, source = cell if isinstance(cell, tuple) else (f"cell-{number}", cell)
            notebook.cells.append(nbformat.v4.new_code_cell(source, id=name))
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, target)
        return target

    def read(self, path: str) -> Any:
        """A notebook as it is saved now."""
        return nbformat.read(self.root / path, as_version=4)


class Book:
    """An open notebook.

    Parameters
    ----------
    page
        A playwright page.
    lab
        The server.
    path
        The notebook, relative to the server's folder.
    app
        ``lab`` or ``notebook`` (Notebook 7).
    """

    def __init__(self, page: Any, lab: Lab, path: str, app: str = "lab") -> None:
        self.page = page
        self.lab = lab
        self.path = path
        where = f"lab/tree/{path}?reset" if app == "lab" else f"notebooks/{path}"
        page.goto(f"{lab.url}/{where}")
        self.await_kernel()

    # -- waiting ----------------------------------------------------------------------------

    def await_kernel(self, seconds: float = 60) -> None:
        """Wait until the notebook is in front and its kernel has answered."""
        self.until(
            f"window.jupyterapp && {PANEL}?.context?.isReady"
            f" && {PANEL}.sessionContext.session?.kernel?.status === 'idle'",
            seconds,
        )

    def until(self, expression: str, seconds: float = 30) -> None:
        """Wait until a JavaScript expression is true."""
        self.page.wait_for_function(f"() => Boolean({expression})", timeout=seconds * 1000)

    def wait_idle(self, seconds: float = 60) -> None:
        """Wait until no cell runs or waits to run."""
        self.until(
            f"[...{PANEL}.content.model.cells].every(c => !['running', 'scheduled'].includes(c.executionState))"
            f" && {PANEL}.sessionContext.session?.kernel?.status === 'idle'",
            seconds,
        )

    # -- doing ------------------------------------------------------------------------------

    def command(self, name: str) -> None:
        """Start a command of JupyterLab; does not wait for what it does."""
        self.page.evaluate(f"() => {{ void window.jupyterapp.commands.execute({name!r}); }}")

    def run_all(self, seconds: float = 120) -> None:
        """Run all cells and wait for the last."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
        self.wait_idle(seconds)

    def start(self, index: int) -> None:
        """Start one cell and do not wait."""
        self.page.evaluate(f"() => {{ {PANEL}.content.activeCellIndex = {index}; }}")
        self.command("notebook:run-cell")

    def run(self, index: int, seconds: float = 60) -> None:
        """Run one cell to its end."""
        self.page.evaluate(
            f"() => {{ {PANEL}.content.activeCellIndex = {index};"
            " return window.jupyterapp.commands.execute('notebook:run-cell'); }"
        )
        self.wait_idle(seconds)

    def type_into(self, index: int, text: str) -> None:
        """Append text to a cell as a person would, at the keyboard."""
        self.page.evaluate(
            f"() => {{ const n = {PANEL}.content; n.activeCellIndex = {index}; n.mode = 'edit'; n.activeCell.editor.focus(); }}"
        )
        self.page.keyboard.press("Control+End")
        self.page.keyboard.type(text)

    def command_mode(self) -> None:
        """Put the focus on the active cell, outside its editor."""
        self.page.evaluate(f"() => {{ const n = {PANEL}.content; n.mode = 'command'; n.activate(); }}")

    def save(self) -> None:
        """Save, and wait until it is on the disk."""
        self.page.evaluate(f"() => {PANEL}.context.save()")

    def reload(self, *, save: bool = True) -> None:
        """Save and load the page anew; the kernel lives on."""
        if save:
            self.save()
        self.page.goto(f"{self.lab.url}/lab/tree/{self.path}?reset")
        self.await_kernel()

    def restart_kernel(self) -> None:
        """Restart without asking."""
        self.page.evaluate(f"() => {PANEL}.sessionContext.restartKernel()")
        self.await_kernel()

    # -- looking ----------------------------------------------------------------------------

    def cells(self) -> list[dict[str, Any]]:
        """Every cell as it would be saved now: id, cell_type, source, metadata, outputs."""
        return self.page.evaluate(f"() => [...{PANEL}.content.model.cells].map(c => c.toJSON())")

    def output(self, index: int) -> str:
        """The text that a cell printed, its errors included."""
        texts = []
        for output in self.cells()[index].get("outputs", []):
            text = output.get("text") or output.get("evalue") or output.get("data", {}).get("text/plain", "")
            texts.append(text if isinstance(text, str) else "".join(text))
        return "".join(texts)

    def kernel(self, code: str) -> str:
        """Run code in the kernel without a cell, and give what it printed.

        A request that waits behind a failing cell is aborted with it, so it is made again.
        """
        return self.page.evaluate(
            f"""async code => {{
                for (let tries = 0; ; tries++) {{
                    const kernel = {PANEL}.sessionContext.session.kernel;
                    const future = kernel.requestExecute({{ code, store_history: false }});
                    let text = '';
                    future.onIOPub = m => {{
                        if (m.header.msg_type === 'stream') text += m.content.text;
                        if (m.header.msg_type === 'error') text += m.content.ename + ': ' + m.content.evalue;
                    }};
                    const reply = await future.done;
                    if (reply.content.status !== 'aborted' || tries === 5) return text;
                    await new Promise(resume => setTimeout(resume, 200));
                }}
            }}""",
            code,
        )

    def picture(self, name: str) -> Path:
        """Take a picture of the page into the folder `pictures`."""
        PICTURES.mkdir(exist_ok=True)
        target = PICTURES / f"{name}.png"
        self.page.screenshot(path=target)
        return target
