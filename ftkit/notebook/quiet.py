"""What libraries say into a notebook although it is as it should be: kept away, and nothing else is."""

from __future__ import annotations

import logging
import os
import re
import warnings

SPEAKERS = (
    "transformers.modeling_utils",
    "transformers.utils.loading_report",
    "transformers.trainer",
    "bitsandbytes.backends.cpu.ops",
)
# What a classifier gets on top, new each time; and what a model that writes had there in its place.
_NEW = re.compile(r"(^|\.)(score|classifier|pre_classifier|pooler)(\.|$)")
_NOT_NEEDED = re.compile(r"^(cls|lm_head|vocab_\w+)\.")
_ROW = re.compile(r"^(\S.*?)\s*\|\s*(MISSING|UNEXPECTED|MISMATCH|CONVERSION)", re.MULTILINE)
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def is_expected(text: str) -> bool:
    """Whether a message only tells of what is meant to be missing.

    Weights (a new head, or one tied to the embeddings), or a faster way on some processors that none of our packages brings.
    """
    text = _COLOURS.sub("", text)
    if text.startswith("Failed to load CPU gemm_4bit_forward"):
        return True
    if text.startswith("There were missing keys in the checkpoint model loaded"):
        return text.endswith("['lm_head.weight'].")  # tied: it is stored once, as the embeddings
    if "LOAD REPORT" not in text:
        return False
    rows = _ROW.findall(text)
    fine = {"MISSING": _NEW, "UNEXPECTED": _NOT_NEEDED}
    return bool(rows) and all(status in fine and fine[status].search(key) for key, status in rows)


def _worth_saying(record: logging.LogRecord) -> bool:
    return not is_expected(record.getMessage())


def quick_bars_stay_away(seconds: int = 2) -> None:
    """Have the libraries show a progress bar only where a person waits that long for it.

    Trainers and datasets show one for each small thing they do, and a notebook keeps them all: reopened
    without a kernel, each says "Loading widget…" for ever. By tqdm's own setting, which it reads when it is imported.
    """
    os.environ.setdefault("TQDM_DELAY", str(seconds))


def libraries_stay_quiet() -> None:
    """Keep from a notebook what the libraries say and nobody there can do anything about; red boxes only frighten."""
    # PEFT still asks a model for this by its old name.
    warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
    for name in SPEAKERS:
        speaker = logging.getLogger(name)
        if _worth_saying not in speaker.filters:
            speaker.addFilter(_worth_saying)
    quick_bars_stay_away()
