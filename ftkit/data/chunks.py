"""Documents cut to the length that a model reads at once."""

from __future__ import annotations

from ftkit.data.tokenizer import ModelTokens
from ftkit.errors import DataError


def chunks_of(text: str, tokens: ModelTokens, max_length: int, overlap: int) -> list[str]:
    """A document in pieces of at most `max_length` tokens, each beginning with the last `overlap` of the one before.

    Every letter of the document is in some piece, and a piece counts with the tokens that a trainer adds to it.

    Raises
    ------
    DataError
        If the overlap leaves no room for anything new.
    """
    if not 0 <= overlap < max_length // 2:
        raise DataError(
            f"Pieces of {max_length} tokens cannot share {overlap} with the piece before.",
            "Choose an overlap below half of the length.",
        )
    if _tokens_of(text, tokens) <= max_length:
        return [text]
    offsets = tokens.tokenizer.encode(text, add_special_tokens=False).offsets
    # Where each token begins; several tokens of one character begin at the same place.
    begins = [begin for begin, _ in offsets]
    pieces, start = [], 0
    while start < len(begins):
        stop = min(len(begins), start + max_length)
        low = 0 if start == 0 else begins[start]
        while True:
            high = len(text) if stop == len(begins) else begins[stop]
            excess = _tokens_of(text[low:high], tokens) - max_length
            if excess <= 0 or stop <= start + 1:
                break
            stop = max(start + 1, stop - excess)
        if text[low:high].strip():
            pieces.append(text[low:high])
        if stop == len(begins):
            break
        start = max(start + 1, stop - overlap)
    return pieces


def _tokens_of(text: str, tokens: ModelTokens) -> int:
    return len(tokens.tokenizer.encode(tokens.ended(text)).ids)
