"""How a setting is described, and the plain facts that automatic values are chosen from."""

from ftkit.fields.facts import DataFacts, Gpu, Machine, ModelShape
from ftkit.fields.setting import AUTO, Auto, Choice, Description, describe, problems_of, setting

__all__ = [
    "AUTO",
    "Auto",
    "Choice",
    "DataFacts",
    "Description",
    "Gpu",
    "Machine",
    "ModelShape",
    "describe",
    "problems_of",
    "setting",
]
