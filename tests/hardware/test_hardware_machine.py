"""What this machine may use: affinity, quotas and limits count, not the hardware alone."""

from __future__ import annotations

import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

from ftkit.fields import Gpu
from ftkit.hardware import machine, set_thread_count, this_machine, usable_cores

GIB = 2**30


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty tree of control groups instead of this machine's own."""
    root = tmp_path / "cgroup"
    root.mkdir()
    monkeypatch.setattr(machine, "CGROUP", root)
    monkeypatch.setattr(machine, "SELF_CGROUP", tmp_path / "self")
    monkeypatch.setattr(os, "cpu_count", lambda: 16)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)), raising=False)
    return root


def _write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text + "\n")


def test_a_container_with_version_2_limits(groups: Path, tmp_path: Path) -> None:
    (tmp_path / "self").write_text("0::/\n")
    _write(groups, cpu__max="150000 100000", memory__max=str(2 * GIB), memory__current=str(GIB))
    _write(groups, memory__stat=f"anon 5\ninactive_file {GIB // 2}")
    here = this_machine(tmp_path)
    assert here.cores == 2
    assert here.memory == 2 * GIB
    assert here.memory_free == 3 * GIB // 2
    assert here.disk_free > 0


def test_the_tightest_group_above_counts(groups: Path, tmp_path: Path) -> None:
    (tmp_path / "self").write_text("0::/user/lab\n")
    _write(groups / "user" / "lab", cpu__max="max 100000", memory__max="max", memory__current="5")
    _write(groups / "user", cpu__max="300000 100000", memory__max=str(3 * GIB), memory__current="0")
    assert usable_cores() == 3
    assert this_machine().memory == 3 * GIB


def test_version_1_limits(groups: Path, tmp_path: Path) -> None:
    (tmp_path / "self").write_text("4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n1:name=systemd:/x\n")
    _write(groups / "cpu", cpu__cfs_quota_us="100000", cpu__cfs_period_us="100000")
    (groups / "cpu" / "cpu.cfs_quota_us").write_text("100000\n")
    _write(groups / "memory", memory__limit_in_bytes=str(GIB), memory__usage_in_bytes=str(GIB // 4))
    assert usable_cores() == 1
    assert this_machine().memory == GIB


def test_no_limit_is_no_limit(groups: Path, tmp_path: Path) -> None:
    (tmp_path / "self").write_text("4:memory:/\n3:cpu,cpuacct:/\n")
    _write(groups / "cpu", cpu__cfs_quota_us="-1", cpu__cfs_period_us="100000")
    _write(groups / "memory", memory__limit_in_bytes="9223372036854771712", memory__usage_in_bytes="1")
    import psutil

    assert usable_cores() == 16
    assert this_machine().memory == psutil.virtual_memory().total


def test_affinity_counts(groups: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5}, raising=False)
    assert usable_cores() == 2


def test_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    assert this_machine(tmp_path / "runs" / "later").disk_free > 0


class NVMLError(Exception):
    pass


def _cards(*cards: tuple[str, int, int], fails: bool = False) -> types.ModuleType:
    """A stand-in for ``pynvml`` with these cards: name, memory, major compute capability."""
    module = types.ModuleType("pynvml")
    module.NVMLError = NVMLError

    def start() -> None:
        if fails:
            raise NVMLError("driver not loaded")

    module.nvmlInit = start
    module.nvmlShutdown = lambda: None
    module.nvmlDeviceGetHandleByIndex = lambda index: cards[index]
    module.nvmlDeviceGetHandleByUUID = lambda name: next(card for card in cards if name in card[0])
    module.nvmlDeviceGetName = lambda card: card[0].encode()
    module.nvmlDeviceGetMemoryInfo = lambda card: types.SimpleNamespace(total=card[1])
    module.nvmlDeviceGetCudaComputeCapability = lambda card: (card[2], 0)
    return module


def test_a_graphics_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setitem(sys.modules, "pynvml", _cards(("Tesla T4", 16 * GIB, 7), ("A10", 24 * GIB, 8)))
    assert this_machine().gpu == Gpu("Tesla T4", 16 * GIB, bf16=False, capability=(7, 0))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,0")
    assert this_machine().gpu == Gpu("A10", 24 * GIB, bf16=True, capability=(8, 0))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert this_machine().gpu is None


def test_no_driver_or_no_package_is_no_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setitem(sys.modules, "pynvml", _cards(fails=True))
    assert this_machine().gpu is None
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert this_machine().gpu is None


def test_threads_follow_the_cores_unless_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "GOMP_SPINCOUNT"):
        monkeypatch.setenv(name, "7")
        monkeypatch.delenv(name)
    monkeypatch.setattr("ftkit.hardware.threads.usable_cores", lambda: 3)
    assert set_thread_count() == 3
    assert os.environ["OMP_NUM_THREADS"] == "3"
    assert os.environ["GOMP_SPINCOUNT"] == "1000"
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.delenv("MKL_NUM_THREADS")
    assert set_thread_count() == 1
    assert os.environ["OMP_NUM_THREADS"] == os.environ["MKL_NUM_THREADS"] == "1"
    monkeypatch.setenv("MKL_NUM_THREADS", "2")
    assert set_thread_count() == 1
    assert os.environ["MKL_NUM_THREADS"] == "2"


def test_looking_imports_nothing_heavy() -> None:
    code = (
        "import sys; from ftkit.hardware import doctor, this_machine; this_machine(); doctor(); "
        "print([name for name in ('torch', 'transformers', 'datasets', 'ipywidgets') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
