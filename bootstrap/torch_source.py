"""Where PyTorch comes from: kept where it is there, else the small build where no NVIDIA card is."""

from __future__ import annotations

import shutil
import subprocess
import threading
import urllib.request
from urllib.error import URLError

CPU_INDEX = "https://download.pytorch.org/whl/cpu"
PATIENCE = 6.0  # seconds: a closed network must not hold up the set-up


def has_nvidia_gpu() -> bool:
    """Whether the NVIDIA driver reports at least one card."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return False
    try:
        answer = subprocess.run(
            [tool, "-L"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False  # a driver that does not answer runs no training either
    return answer.returncode == 0 and "GPU" in answer.stdout


def reachable(address: str, patience: float = PATIENCE) -> bool:
    """Whether a web address answers within `patience` seconds, name look-up included."""
    answered = []

    def look() -> None:
        try:
            with urllib.request.urlopen(address, timeout=patience) as reply:  # noqa: S310 - our own https address
                answered.append(reply.status < 400)
        except (URLError, OSError, ValueError):
            answered.append(False)

    # In a thread of its own because the time limit of urlopen does not cover the name look-up.
    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    thread.join(patience)
    return bool(answered and answered[0])


def new_enough(version: str, lowest: tuple[int, int]) -> bool:
    """Whether a version such as ``2.7.1+cu128`` is at least `lowest`."""
    try:
        major, minor = (int(part) for part in version.split("+")[0].split(".")[:2])
    except ValueError:
        return False
    return (major, minor) >= lowest
