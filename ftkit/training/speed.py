"""How fast a training goes, how long it will take, how much memory it holds."""

from __future__ import annotations

import time
from collections import deque
from typing import Any

RECENT = 20


class Speed:
    """Times steps and evaluations.

    Parameters
    ----------
    first_step, total_steps
        Where this attempt begins and where it will end.
    eval_steps
        Steps between two evaluations; 0 for none.
    tokens
        Tokens trained on before this attempt.

    Attributes
    ----------
    tokens_per_second
        Over the last log window; None before the first.
    last_memory
        Bytes at the last log row: of the graphics card where there is one, else of this process.
    """

    def __init__(self, first_step: int, total_steps: int, eval_steps: int, tokens: float = 0.0) -> None:
        import psutil

        self.step = first_step
        self.total_steps = total_steps
        self._every = eval_steps
        self._process = psutil.Process()
        self._began = time.perf_counter()
        self._step_began = self._began
        self._recent: deque[float] = deque(maxlen=RECENT)
        self._evaluations: deque[float] = deque(maxlen=3)
        self._training = 0.0
        self._evaluating = 0.0
        self._tokens = tokens
        self._tokens_at = 0.0
        self._peak = 0
        self.tokens_per_second: float | None = None
        self.last_memory: int | None = None

    def step_begins(self) -> None:
        """Start the watch for one step."""
        self._step_began = time.perf_counter()

    def step_ended(self, step: int) -> None:
        """Stop it."""
        took = time.perf_counter() - self._step_began
        self._recent.append(took)
        self._training += took
        self.step = step

    def evaluated(self, seconds: float | None) -> None:
        """Note how long an evaluation took."""
        if seconds is not None:
            self._evaluations.append(seconds)
            self._evaluating += seconds

    def saw_tokens(self, tokens: float) -> None:
        """Note how many tokens were trained on so far."""
        passed = self._training - self._tokens_at
        if tokens > self._tokens and passed > 0:
            self.tokens_per_second = (tokens - self._tokens) / passed
        self._tokens, self._tokens_at = tokens, self._training

    @property
    def steps_per_second(self) -> float | None:
        """Over the last steps; None before the first."""
        took = sum(self._recent)
        return len(self._recent) / took if took > 0 else None

    @property
    def seconds_left(self) -> float | None:
        """The remaining steps and evaluations at the present pace; None before the first step."""
        pace = self.steps_per_second
        if pace is None:
            return None
        left = max(0, self.total_steps - self.step)
        evaluations = left / self._every if self._every else 0
        one = sum(self._evaluations) / len(self._evaluations) if self._evaluations else 0.0
        return left / pace + evaluations * one

    def row(self, attempt: int, step: int) -> dict[str, Any]:
        """A row of ``speed.jsonl``; speeds per second of training, without evaluations."""
        memory = int(self._process.memory_info().rss)
        self._peak = max(self._peak, memory)
        on_card = gpu_memory_peak()
        self.last_memory = memory if on_card is None else on_card
        return {
            "attempt": attempt,
            "step": step,
            "time": round(time.time(), 3),
            "elapsed": round(time.perf_counter() - self._began, 3),
            "training": round(self._training, 3),
            "evaluating": round(self._evaluating, 3),
            "steps_per_second": self.steps_per_second,
            "tokens_per_second": self.tokens_per_second,
            "seconds_left": self.seconds_left,
            "memory": memory,
            "memory_peak": self._peak,
            "gpu_memory_peak": on_card,
        }


def gpu_memory_peak() -> int | None:
    """The most bytes that this process had on the graphics card; None without one."""
    import torch

    return int(torch.cuda.max_memory_allocated()) if torch.cuda.is_available() else None
