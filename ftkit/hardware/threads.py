"""How many threads the mathematics libraries start."""

from __future__ import annotations

import os

from ftkit.hardware.machine import usable_cores

VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
SHORT_WAIT = ("GOMP_SPINCOUNT", "1000")
"""torch's threads wait for each other by turning round and round. On cores that a browser uses as well they then wait
whole turns of the scheduler: measured 3 to 15 times slower. Sleeping soon costs nothing measurable on idle cores."""


def set_thread_count() -> int:
    """Let the libraries start as many threads as there are usable cores, and share these with other programs.

    Call it before torch is imported.

    They count the machine's cores and not a container's share of them: more threads than cores make
    training several times slower. What the person has set stays.

    Returns
    -------
    int
        The threads that ``OMP_NUM_THREADS`` now allows.
    """
    own = os.environ.get(VARIABLES[0], "").split(",")[0].strip()
    count = int(own) if own.isdigit() and int(own) > 0 else usable_cores()
    # The same everywhere: torch takes MKL's number even where OMP_NUM_THREADS says less.
    for name in VARIABLES:
        os.environ.setdefault(name, str(count))
    os.environ.setdefault(*SHORT_WAIT)
    return count
