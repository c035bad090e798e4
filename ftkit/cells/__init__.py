"""Recipe → steps → source; whose cell it is; where it goes; how it is edited in place."""

from ftkit.cells.editing import set_follow, set_values
from ftkit.cells.ownership import KEY, SCHEMA, digest, metadata, rewrite, state_of
from ftkit.cells.placement import Placement, place
from ftkit.cells.reading import Difference, drift, read, read_values
from ftkit.cells.steps import ORDER, STEPS, Cell
from ftkit.cells.syntax import Expression
from ftkit.cells.writing import held_against, run_source, write, write_range_test

__all__ = [
    "KEY",
    "ORDER",
    "SCHEMA",
    "STEPS",
    "Cell",
    "Difference",
    "Expression",
    "Placement",
    "digest",
    "drift",
    "held_against",
    "metadata",
    "place",
    "read",
    "read_values",
    "rewrite",
    "run_source",
    "set_follow",
    "set_values",
    "state_of",
    "write",
    "write_range_test",
]
