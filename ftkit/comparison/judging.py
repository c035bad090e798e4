"""Let a classifier or a reward model judge the test part, after base and tuned model proved who they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ftkit.comparison.identity import check_same
from ftkit.comparison.judged import SHOWN, Judged, Judgement, classified, figures, outputs
from ftkit.comparison.weights import Sides
from ftkit.errors import IdentityError, RunError
from ftkit.notebook.progress import ProgressLine
from ftkit.runfolder import RunFolder


def judge(
    run: RunFolder,
    sides: Sides,
    texts: Sequence[Any],
    test_rows: Sequence[Mapping[str, Any]],
    shown: int,
    notes: Sequence[str],
) -> Judgement:
    """Judge the person's texts and the test rows.

    Parameters
    ----------
    texts
        The person's own.
    test_rows
        Rows of the test part: ``text`` and ``label``, or ``prompt``, ``chosen`` and ``rejected``.
    shown
        How many of the test rows to show; mistakes are shown first, and a few of them in any case.
    notes
        What the reader should know.

    Raises
    ------
    RunError
        Where there is nothing to judge.
    IdentityError
        Where one side cannot be shown to be what it should be.
    """
    import torch

    if not all(isinstance(text, str) for text in texts):
        raise RunError("A classifier judges texts.", 'Give prompts=["…"].')
    if not texts and not test_rows:
        raise RunError("There is nothing to judge.", 'Give prompts=["…"], or name test data in the recipe.')
    if not run.base_logits.exists():
        raise IdentityError(
            f"The run {run.name!r} kept no record of its base model.",
            "Train the run again with ftkit.follow.",
        )
    tokenizer, line = sides.tokenizer(), ProgressLine()
    longest = _longest(run, sides)
    pairs = bool(test_rows) and "chosen" in test_rows[0]
    asked = [_cut(tokenizer, text, longest) for text in texts]
    for row in test_rows:
        if pairs:
            asked += [_turns(tokenizer, row, side, longest) for side in ("chosen", "rejected")]
        else:
            asked.append(_cut(tokenizer, row["text"], longest))
    with torch.random.fork_rng():
        with sides.base() as model:
            base_difference = check_same(model, tokenizer, run.base_logits, "base")
        with sides.tuned() as model:
            tuned = run.path / "tuned_logits.safetensors"
            tuned_difference = check_same(model, tokenizer, tuned, "tuned")
            said = outputs(
                model,
                tokenizer,
                asked,
                lambda done: line.say(f"Judged: {done} of {len(asked)}", lasting=done == len(asked)),
            )
    line.end()
    rows = _rows(texts, test_rows, said, sides.labels, pairs)
    own = len(texts)
    # What is wrong comes first: there is most to learn from it.
    rows[own:] = sorted(rows[own:], key=lambda row: row.right is not False)
    wrong = sum(row.right is False for row in rows)
    return Judgement(
        run=run.name,
        rows=tuple(rows),
        shown=own + max(0, shown, min(wrong, SHOWN)),
        chance=None if pairs else _chance(run, test_rows),
        base_difference=base_difference,
        tuned_difference=tuned_difference,
        notes=(*notes, _proof(base_difference)),
        **figures(rows, sides.labels),
    )


def _rows(
    texts: Sequence[str],
    test_rows: Sequence[Mapping[str, Any]],
    said: Sequence[Sequence[float]],
    labels: Sequence[str],
    pairs: bool,
) -> list[Judged]:
    found = []
    for text, numbers in zip(texts, said, strict=False):
        found.append(classified(text, None, numbers, labels) if len(labels) > 1 else _scored(text, numbers))
    rest = said[len(texts) :]
    for index, row in enumerate(test_rows):
        if pairs:
            better, worse = rest[2 * index], rest[2 * index + 1]
            other = (row["rejected"][-1]["content"], worse[0])
            found.append(Judged(row["chosen"][-1]["content"], None, "", better[0], other))
        else:
            found.append(classified(row["text"], str(row["label"]), rest[index], labels))
    return found


def _scored(text: str, numbers: Sequence[float]) -> Judged:
    return Judged(text, None, "", numbers[0])


def _longest(run: RunFolder, sides: Sides) -> int | None:
    """Tokens at which texts were cut in training, where that is on record; never more than the model reads."""
    from ftkit.recipe import recipe_from_yaml

    text = run.recipe_text()
    length = recipe_from_yaml(text).training.max_length if text else None
    room = sides.room_for_text()
    found = [number for number in (length, room) if isinstance(number, int)]
    return min(found) if found else None


def _cut(tokenizer: Any, text: str, longest: int | None) -> list[int]:
    more = {"truncation": True, "max_length": longest} if longest else {}
    return list(tokenizer(text, **more)["input_ids"]) or [tokenizer.eos_token_id]


def _turns(tokenizer: Any, row: Mapping[str, Any], side: str, longest: int | None) -> list[int]:
    encoded = tokenizer.apply_chat_template([*row["prompt"], *row[side]], tokenize=True, return_dict=True)
    return list(encoded["input_ids"])[:longest]


def _chance(run: RunFolder, test_rows: Sequence[Mapping[str, Any]]) -> float | None:
    """What always saying one label gets on the test part: the label that is most frequent in the training part."""
    from collections import Counter

    from ftkit.data import load_parts
    from ftkit.recipe import recipe_from_yaml

    text = run.recipe_text()
    if not text or not test_rows:
        return None
    recipe = recipe_from_yaml(text)
    labels = Counter(str(row["label"]) for row in load_parts(recipe.data, recipe.task.name)["train"])
    common = labels.most_common(1)[0][0]
    return sum(str(row["label"]) == common for row in test_rows) / len(test_rows)


def _proof(difference: float) -> str:
    return (
        "Checked first: what the model started from is the untouched base (largest difference "
        f"{difference:.2g}). The base was not asked: the part that gives the verdict is new, and knew nothing."
    )
