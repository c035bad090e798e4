"""The panel in which a person chooses, sees the code, and runs it: views over a session."""

from ftkit.wizards.opening import wizard
from ftkit.wizards.session import Session

__all__ = ["Session", "wizard"]
