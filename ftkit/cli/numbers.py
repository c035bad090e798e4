"""Numbers on the command line, each refused with a sentence where it cannot be meant."""

from __future__ import annotations

import argparse


def from_zero(text: str) -> int:
    """A whole number from 0."""
    return _between(text, 0)


def from_one(text: str) -> int:
    """A whole number from 1."""
    return _between(text, 1)


def port(text: str) -> int:
    """A number that a server's port may have."""
    return _between(text, 1, 65535)


def _between(text: str, least: int, most: int | None = None) -> int:
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number < least or (most is not None and number > most):
        limits = f"from {least}" if most is None else f"from {least} to {most}"
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number {limits}")
    return number
