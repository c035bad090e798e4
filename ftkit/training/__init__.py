"""Following a training: one line in the train cell, everything about the run in its folder."""

from ftkit.training.range_test import find_learning_rate
from ftkit.training.start import follow

__all__ = ["find_learning_rate", "follow"]
