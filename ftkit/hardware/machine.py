"""What this machine has, as far as this process may use it. No torch: a wizard asks."""

from __future__ import annotations

import importlib.util
import math
import os
import platform
import shutil
from pathlib import Path

from ftkit.fields import Gpu, Machine

CGROUP = Path("/sys/fs/cgroup")
SELF_CGROUP = Path("/proc/self/cgroup")
OPTIONAL = ("bitsandbytes", "flash_attn", "liger_kernel", "unsloth")
"""Packages that some methods and speed-ups need and ftkit itself does not, by their names in Python."""

AMPERE = 8
"""The first compute capability whose cards compute in bfloat16."""


def this_machine(folder: str | Path = ".") -> Machine:
    """Cores, memory, disk and graphics card that a run started here may use.

    Parameters
    ----------
    folder
        Where run folders go; its disk counts.
    """
    import psutil

    memory = psutil.virtual_memory()
    limits = [(limit, used) for limit, used in memory_limits() if limit < memory.total]
    total = min([memory.total, *(limit for limit, _ in limits)])
    free = min([memory.available, *(max(0, limit - used) for limit, used in limits)])
    existing = Path(folder).expanduser().resolve()
    while not existing.exists():
        existing = existing.parent
    return Machine(
        cores=usable_cores(),
        memory=total,
        memory_free=free,
        disk_free=shutil.disk_usage(existing).free,
        gpu=first_gpu(),
        system=platform.system(),
        packages=frozenset(name for name in OPTIONAL if importlib.util.find_spec(name)),
    )


def usable_cores() -> int:
    """Cores really available: the smallest of hardware, affinity and cgroup quota; at least one."""
    cores = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        cores = min(cores, len(os.sched_getaffinity(0)))
    quotas = [math.ceil(quota) for quota in cpu_quotas()]
    return max(1, min([cores, *quotas]))


def cpu_quotas() -> list[float]:
    """The processor shares, in cores, that the control groups around this process allow."""
    quotas = []
    for folder in _groups("cpu"):
        unified = _read(folder / "cpu.max").split()
        quota, period = (
            unified
            if len(unified) == 2
            else (
                _read(folder / "cpu.cfs_quota_us"),
                _read(folder / "cpu.cfs_period_us"),
            )
        )
        # "max" and -1 mean no limit.
        if quota.isdigit() and period.isdigit() and int(period) > 0:
            quotas.append(int(quota) / int(period))
    return quotas


def memory_limits() -> list[tuple[int, int]]:
    """Each control group's memory limit and what is used of it, in bytes; caches that can go count as free."""
    limits = []
    for folder in _groups("memory"):
        for limit_name, used_name, cache in (
            ("memory.max", "memory.current", "inactive_file"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
        ):
            limit, used = _read(folder / limit_name), _read(folder / used_name)
            if limit.isdigit() and used.isdigit():
                statistics = dict(line.split() for line in _read(folder / "memory.stat").splitlines())
                limits.append((int(limit), max(0, int(used) - int(statistics.get(cache, 0)))))
    return limits


def _groups(controller: str) -> list[Path]:
    """The folders of this process's control groups, innermost first (version 2, then version 1)."""
    folders = []
    for line in _read(SELF_CGROUP).splitlines():
        _, names, path = line.split(":", 2)
        if names == "":
            root = CGROUP
        elif controller in names.split(","):
            root = CGROUP / controller
        else:
            continue
        inside = root / path.lstrip("/")
        # In a container the path is often the host's and does not exist here: then only the root counts.
        folders += [folder for folder in (inside, *inside.parents) if folder.is_relative_to(root)]
    return folders


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""  # no such limit here


def first_gpu() -> Gpu | None:
    """The first NVIDIA card that this process may use; None without one, or without ``nvidia-ml-py``."""
    if os.environ.get("CUDA_VISIBLE_DEVICES", "0").strip() in {"", "-1"}:
        return None
    try:
        import pynvml
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return None  # no driver, no card
    try:
        handle = _visible(pynvml)
        name = pynvml.nvmlDeviceGetName(handle)
        major, minor = pynvml.nvmlDeviceGetCudaComputeCapability(handle)
        memory = pynvml.nvmlDeviceGetMemoryInfo(handle).total
        text = name.decode() if isinstance(name, bytes) else name
        return Gpu(name=text, memory=int(memory), bf16=major >= AMPERE, capability=(major, minor))
    except pynvml.NVMLError:
        return None
    finally:
        pynvml.nvmlShutdown()


def _visible(pynvml: object) -> object:
    """The card that CUDA calls number 0: the first that ``CUDA_VISIBLE_DEVICES`` names."""
    first = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0].strip()
    if first.isdigit():
        return pynvml.nvmlDeviceGetHandleByIndex(int(first))  # type: ignore[attr-defined]
    return pynvml.nvmlDeviceGetHandleByUUID(first)  # type: ignore[attr-defined]
