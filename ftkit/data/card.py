"""What a data set's card says about it, as far as ftkit makes use of it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from ftkit.data.sources import Source, find_files
from ftkit.errors import DataError

CARD = "card.json"


@dataclass(frozen=True)
class PropertyCheck:
    """Whether an answer has the property that a data set teaches: call it with the answer.

    Attributes
    ----------
    says
        The property as the end of a sentence: "the answer … *sounds like a pirate*".
    any_of
        Words, in lower case.
    at_least
        How many different ones of them an answer must use.
    """

    says: str
    any_of: frozenset[str]
    at_least: int

    def __call__(self, answer: str) -> bool:
        """Whether enough of the words are in the answer, whole words only, whatever their case."""
        return len(self.any_of & set(re.findall(r"[a-z]+", answer.lower()))) >= self.at_least


def check_from_card(source: Source) -> PropertyCheck | None:
    """The property check in the ``card.json`` beside the data; None where there is no card or no check in it.

    Raises
    ------
    DataError
        If there is a card that cannot be read, or a check in it that makes no sense.
    """
    files = find_files(source)["train"]
    path = files[0].parent / CARD if files else None
    if path is None or not path.is_file():
        return None
    try:
        card: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(
            f"The card {str(path)!r} cannot be read: {error}.", "Mend it or remove it."
        ) from error
    check = card.get("check") if isinstance(card, dict) else None
    if check is None:
        return None
    try:
        words, at_least, says = check["any_of"], check.get("at_least", 1), check["says"]
        sound = isinstance(says, str) and isinstance(at_least, int) and 1 <= at_least <= len(set(words))
        sound = sound and all(isinstance(word, str) and re.fullmatch("[a-z]+", word) for word in words)
    except (TypeError, KeyError, AttributeError):
        sound = False
    if not sound:
        raise DataError(
            f"The check in the card {str(path)!r} makes no sense: {str(check)[:80]!r}.",
            'It looks like {"says": "sounds like a pirate", "any_of": ["arr", "matey"], "at_least": 2}.',
        )
    return PropertyCheck(says, frozenset(words), at_least)
