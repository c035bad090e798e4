"""The random numbers of a training, untouched by what happens beside it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class RandomNumbers:
    """The state of every generator that a training draws from, at the moment this is made."""

    def __init__(self) -> None:
        import numpy as np
        import torch

        self._python: Any = random.getstate()
        self._numpy: Any = np.random.get_state()
        self._cpu = torch.get_rng_state()
        self._gpus = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []

    def put_back(self) -> None:
        """Go on from that moment as if nobody had drawn since."""
        import numpy as np
        import torch

        random.setstate(self._python)
        np.random.set_state(self._numpy)
        torch.set_rng_state(self._cpu)
        if self._gpus:
            torch.cuda.set_rng_state_all(self._gpus)


@contextmanager
def same_random_numbers() -> Iterator[None]:
    """Whatever draws random numbers inside, afterwards they go on as if nobody had."""
    before = RandomNumbers()
    try:
        yield
    finally:
        before.put_back()
