"""The first tutorial with 2 GiB of memory, as on Binder: the settings must follow the limit.

The limit is a real one: a memory control group of the kernel, version 1 or 2, for the command and
all its children. Making one takes root.
"""

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

GIB = 2**30
LIMIT = 2 * GIB
KERNEL_AT_MOST = 1.6 * GIB


@pytest.fixture
def small_group():
    """The file whose readers' process group has 2 GiB: writing a pid to it puts the process there."""
    name = f"ftkit-test-{uuid.uuid4().hex[:8]}"
    ways = [
        (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes"),
        (Path("/sys/fs/cgroup"), "memory.max"),
    ]
    for root, limit in ways:
        group = root / name
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            (group / limit).write_text(str(LIMIT))
        except OSError:
            group.rmdir()
            continue
        yield group / "cgroup.procs"
        group.rmdir()
        return
    pytest.skip("this machine lets us make no memory control group")


@pytest.mark.slow
@pytest.mark.starter
def test_the_first_tutorial_fits_into_two_gibibytes(small_group, tmp_path):
    def enter():
        small_group.write_text(str(os.getpid()))

    done = subprocess.run(
        [sys.executable, "-m", "ftkit.cli", "demo", "--json", "--folder", str(tmp_path / "demo")],
        preexec_fn=enter,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=7200,  # against a run that hangs; how long it takes depends on what else runs here
    )
    assert done.returncode == 0, done.stderr[-4000:]
    document = json.loads(done.stdout)
    assert document["verdict"] == "healthy"
    assert document["kernel_peak_rss"] <= KERNEL_AT_MOST, f"{document['kernel_peak_rss'] / GIB:.2f} GiB"
