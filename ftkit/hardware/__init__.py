"""What this machine has, and what a run would take of it."""

from ftkit.hardware.checks import doctor
from ftkit.hardware.machine import this_machine, usable_cores
from ftkit.hardware.memory import Beside, largest_micro_batch, memory_estimate
from ftkit.hardware.pace import time_estimate
from ftkit.hardware.threads import set_thread_count

__all__ = [
    "Beside",
    "doctor",
    "largest_micro_batch",
    "memory_estimate",
    "set_thread_count",
    "this_machine",
    "time_estimate",
    "usable_cores",
]
