"""How a setting is described, and the plain facts that automatic values are chosen from."""

from ftkit.fields.encoders import EncoderShape, role_of
from ftkit.fields.facts import DataFacts, Gpu, Machine, ModelShape
from ftkit.fields.setting import (
    AUTO,
    Auto,
    Choice,
    Description,
    describe,
    no_truth_value,
    problems_of,
    setting,
)
from ftkit.fields.source import Source, assign, call, comment, literal

__all__ = [
    "AUTO",
    "Auto",
    "Choice",
    "DataFacts",
    "Description",
    "EncoderShape",
    "Gpu",
    "Machine",
    "ModelShape",
    "Source",
    "assign",
    "call",
    "comment",
    "describe",
    "literal",
    "no_truth_value",
    "problems_of",
    "role_of",
    "setting",
]
