"""Following a training: one line in the train cell, everything about the run in its folder."""

from ftkit.training.start import follow

__all__ = ["follow"]
