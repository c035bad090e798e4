"""Base and tuned answers to the same questions, shown only after both sides proved who they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftkit.adapters.new_rows import new_ids
from ftkit.catalog import chain_of
from ftkit.comparison.generate import Asking, answers
from ftkit.comparison.identity import Opening, check_prompts, check_same
from ftkit.comparison.judged import MOST_ROWS, Judgement
from ftkit.comparison.judging import judge
from ftkit.comparison.perplexity import Perplexity, encoded, perplexity
from ftkit.comparison.result import Comparison, Pair
from ftkit.comparison.trained import question_id, system_of
from ftkit.comparison.weights import Sides
from ftkit.errors import FtkitError, IdentityError, RunError
from ftkit.notebook.progress import ProgressLine
from ftkit.notebook.quiet import libraries_stay_quiet
from ftkit.runfolder import RunFolder

if TYPE_CHECKING:
    from ftkit.recipe import Recipe

Messages = list[dict[str, str]]
OPENING = 12
"""Words of a text that a model is given to go on with."""


def _recipe(run: RunFolder) -> Recipe | None:
    from ftkit.recipe import recipe_from_yaml

    text = run.recipe_text()
    if not text:
        return None
    recipe = recipe_from_yaml(text)
    # Paths in a recipe count from the folder that holds ftkit-runs, wherever the question is asked.
    source = run.path.parent.parent / Path(recipe.data.source).expanduser()
    return recipe.changed({"data.source": str(source)}) if recipe.data.source and source.exists() else recipe


def _test_rows(
    recipe: Recipe | None, count: int, record: dict[str, Any]
) -> tuple[list[dict[str, Any]], list[str]]:
    """The first test rows that are new to the model, and what to say about them."""
    from ftkit.data import load_parts

    if count <= 0:
        return [], []
    if recipe is None:
        return [], ["The run has no recipe, so its test part is not known: only your own prompts are asked."]
    try:
        parts = load_parts(recipe.data, recipe.task.name)
    except FtkitError as error:
        return [], [f"The test part could not be read: {error}"]
    if parts["test"] and "input_ids" in parts["test"][0]:
        return [], ["The test part is token ids, which say no question: only your own prompts are asked."]
    recipes = {question_id(row) for row in parts["train"]}
    really = set(record.get("rows", ()))
    trained = recipes | really
    fresh = [row for row in parts["test"] if question_id(row) not in trained]
    notes = []
    if not really:
        notes.append("Which rows the model was trained on is not on record; the recipe says, these are not.")
    elif really - recipes:
        notes.append(
            f"The model was trained on {len(really - recipes)} rows that are not the recipe's training rows: "
            "the data cell was edited, or the data files have changed."
        )
    if len(fresh) < len(parts["test"]):
        left_out = len(parts["test"]) - len(fresh)
        which = "1 test row is" if left_out == 1 else f"{left_out} test rows are"
        notes.append(
            f"{which} left out because the model was trained on {'it' if left_out == 1 else 'them'}."
        )
    if count > len(fresh):
        notes.append(f"The test part has {len(fresh)} rows.")
    return fresh[:count], notes


def _question(row: Mapping[str, Any]) -> Messages | Opening:
    """What the model is asked of a test row: its prompt, or the beginning of its text."""
    if "prompt" in row:
        return list(row["prompt"])
    words = row["text"].split(" ")
    return Opening(" ".join(words[: max(1, min(OPENING, len(words) // 2))]))


def _answer(row: Mapping[str, Any]) -> str | None:
    """What stands in the test part instead: of a pair the better answer."""
    answer = row.get("completion") or row.get("chosen")
    return answer[-1]["content"] if answer else row.get("text")


def _changed_data(run: RunFolder, recipe: Recipe | None) -> list[str]:
    """A note where the data files are no longer those of the training."""
    from ftkit.data import source_hash

    before = run.actual().get("data_files")
    if recipe is None or not before:
        return []
    try:
        now = source_hash(recipe.data.source)
    except FtkitError:
        return []  # _test_rows has said so already
    if sorted(now.values()) != sorted(before.values()):
        return ["The data files have changed since the training, so these may not be the test rows of then."]
    return []


def _own(prompts: Sequence[str | Messages], system: str | None) -> list[Messages]:
    found = []
    for prompt in [prompts] if isinstance(prompts, str) else prompts:
        messages = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt
        if not _is_question(messages):
            raise RunError(
                f"{repr(prompt)[:80]} is no question.",
                'Give texts, or lists of chat messages that end with {"role": "user", "content": "…"}.',
            )
        if system and messages[0]["role"] != "system":
            messages = [{"role": "system", "content": system}, *messages]
        found.append(messages)
    return found


def _is_question(messages: Any) -> bool:
    """Whether these are chat messages, the last one the user's, in characters that a tokenizer can take."""
    return (
        isinstance(messages, list | tuple)
        and len(messages) > 0
        and all(
            isinstance(message, Mapping)
            and all(isinstance(message.get(key), str) for key in ("role", "content"))
            and not any("\ud800" <= character <= "\udfff" for character in message["content"])
            for message in messages
        )
        and messages[-1]["role"] == "user"
    )


def _left_from_before(run: RunFolder) -> list[str]:
    """A note where the result is not the latest attempt's."""
    state = run.state()["state"]
    if state in ("finished", "stopped"):
        return []
    latest = "is being trained right now" if state == "running" else f"has {state} at its latest attempt"
    return [f"The run {latest}: the tuned side is what an earlier attempt saved."]


def _goes_on_from(run: RunFolder) -> list[str]:
    """A note where the base of a run is the result of another run."""
    before = chain_of(run.name, run.path.parent)[:-1]
    return [f"The base is what the run {before[-1]!r} made: this run went on from there."] if before else []


def _about_new_tokens(sides: Sides) -> list[str]:
    """A note where the base was given tokens that its files lack."""
    ids = new_ids(sides.run.path)
    names = sides.tokenizer().convert_ids_to_tokens(list(ids)) if ids else []
    said = f"The base reads {' and '.join(names)} as they were before the first step, when nothing was known of them."
    return [said] if names else []


def _announce(line: ProgressLine, side: str, count: int, does: str = "answers") -> Callable[[int], None]:
    return lambda done: line.say(f"The {side} model {does}: {done} of {count}", lasting=done == count)


def compare(
    run: str | Path,
    prompts: Sequence[str | Messages] | None = None,
    *,
    rows: int = 3,
    check: Callable[[str], bool] | None = None,
    max_new_tokens: int = 80,
    temperature: float = 0.0,
    seed: int = 42,
) -> Comparison | Judgement:
    """Put the same questions to the base and to the tuned model of a run.

    Both sides get the template of the training, the same seed and, unless `temperature` says
    otherwise, take the likeliest token each time (greedy). A classifier or a reward model is not asked but tested:
    on the rows of the test part, and on your own texts.

    Parameters
    ----------
    run
        Name of a run in ``ftkit-runs``, or a run folder's path.
    prompts
        Your own questions: texts, or lists of chat messages.
    rows
        How many rows of the test part to ask besides.
    check
        Says whether an answer has the property you trained for; without one, the property that
        comes with the data is used where there is one.
    max_new_tokens
        Longest answer, in tokens.
    temperature
        0 for greedy answers, above 0 for random ones.
    seed
        Of the random answers; the same on both sides.

    Returns
    -------
    Comparison or Judgement
        Shows itself as a table in a notebook and stays readable in the saved file. Also written to
        ``comparison.json`` in the run folder.

    Raises
    ------
    RunError
        Where there is no such run, it has no result, or there is nothing to ask.
    IdentityError
        Where one side cannot be shown to be what it should be.
    """
    import torch

    from ftkit.data import check_from_card

    libraries_stay_quiet()
    folder = RunFolder(run)
    if not folder.exists():
        raise RunError(
            f"There is no run {str(run)!r} here.",
            "Train it first, or look at the list that `ftkit runs` prints.",
        )
    recipe = _recipe(folder)
    record = folder.trained_rows()
    sides = Sides(folder)
    domain = recipe is not None and recipe.task.name == "domain"
    all_of_it = rows > 0 and (bool(sides.labels) or domain)
    test_rows, notes = _test_rows(recipe, MOST_ROWS if all_of_it else rows, record)
    notes += [*_changed_data(folder, recipe), *_left_from_before(folder), *_goes_on_from(folder)]
    notes += _about_new_tokens(sides)
    said = recipe.data.system if recipe else None
    system = system_of(record, said)
    if prompts and (system or None) != (said or None):
        notes.append("Your questions are put with the system prompt of the training rows, not the recipe's.")
    unseen = [row["text"] for row in test_rows if "text" in row] if domain else []
    if domain:
        test_rows = test_rows[: max(rows, 0)]
    texts = [prompts] if isinstance(prompts, str) else list(prompts or [])
    questions: list[Any] = [Opening(text) for text in texts] if domain else list(_own(texts, system))
    own = len(questions)
    questions += [_question(row) for row in test_rows]
    if sides.labels:
        judged = judge(folder, sides, texts, test_rows, rows, notes)
        folder.write_json("comparison.json", judged.to_json())
        return judged
    if not questions:
        raise RunError("There is nothing to ask.", 'Give prompts=["…"], or rows=3 for rows of the test part.')

    if not folder.base_logits.exists():
        raise IdentityError(
            f"The run {folder.name!r} kept no record of what its base model said.",
            "Without it nobody can tell whether the base is the base. Train the run again with ftkit.follow.",
        )
    tokenizer = sides.tokenizer()
    if not check_prompts(tokenizer, folder.path / "prompt_check.json"):
        notes.append(
            "How the prompts looked in training is not on record: whether they are put in the same form now "
            "could not be checked."
        )
    asking = Asking(max_new_tokens, temperature, seed)
    line = ProgressLine()
    known = encoded(tokenizer, unseen)
    hesitates: list[float] = []
    # The person's own random numbers go on as if nobody had asked: loading an adapter draws some, too.
    with torch.random.fork_rng():
        with sides.base() as model:
            base_difference = check_same(model, tokenizer, folder.base_logits, "base")
            base = answers(model, tokenizer, questions, asking, _announce(line, "base", len(questions)))
            if known:
                hesitates.append(perplexity(model, known, _announce(line, "base", len(known), "reads")))
        tuned_logits = folder.path / "tuned_logits.safetensors"
        with sides.tuned() as model:
            tuned_difference = check_same(model, tokenizer, tuned_logits, "tuned")
            tuned = answers(model, tokenizer, questions, asking, _announce(line, "tuned", len(questions)))
            if known:
                hesitates.append(perplexity(model, known, _announce(line, "tuned", len(known), "reads")))
    line.end()

    pairs = tuple(
        Pair(
            question=question if isinstance(question, str) else question[-1]["content"],
            base=before,
            tuned=after,
            origin="" if index < own else "test part",
            expected=None if index < own else _answer(test_rows[index - own]),
        )
        for index, (question, before, after) in enumerate(zip(questions, base, tuned, strict=True))
    )
    says = "passes your check"
    if check is None and recipe is not None and recipe.data.source:
        card = check_from_card(recipe.data.source)
        if card is not None:
            check, says = card, card.says
    result = Comparison(
        run=folder.name,
        pairs=pairs,
        base_difference=base_difference,
        tuned_difference=tuned_difference,
        base_share=_share(check, base),
        tuned_share=_share(check, tuned),
        property_says=says,
        max_new_tokens=max_new_tokens,
        temperature=temperature,
        seed=seed,
        notes=tuple(notes),
        perplexity=_perplexity(hesitates, known),
    )
    folder.write_json("comparison.json", result.to_json())
    return result


def _perplexity(sides: Sequence[float], known: list[list[int]]) -> Perplexity | None:
    if not known:
        return None
    before, after = sides
    return Perplexity(before, after, len(known), sum(map(len, known)))


def _share(check: Callable[[str], bool] | None, given: list[Any]) -> float | None:
    return None if check is None else sum(bool(check(answer.text)) for answer in given) / len(given)
