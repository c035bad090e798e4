"""Base and tuned answers to the same questions, shown only after both sides proved who they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ftkit.adapters.new_rows import new_ids
from ftkit.catalog import chain_of
from ftkit.comparison.announcing import Announcer
from ftkit.comparison.generate import Answer, Asking, answers
from ftkit.comparison.held_out import Held, answer, changed_data, held_out, question, recipe_from_here
from ftkit.comparison.helped import cannot_tell, find_before
from ftkit.comparison.identity import Opening, check_prompts, check_same
from ftkit.comparison.judged import MOST_ROWS, Judgement
from ftkit.comparison.judging import judge
from ftkit.comparison.perplexity import MOST_TOKENS, Perplexity, Texts, answered, encoded, perplexity
from ftkit.comparison.result import Comparison, Pair, TaskFigures
from ftkit.comparison.trained import system_of
from ftkit.comparison.weights import Sides
from ftkit.errors import FtkitError, IdentityError, RunError
from ftkit.notebook.quiet import libraries_stay_quiet
from ftkit.runfolder import RunFolder
from ftkit.runfolder.whereabouts import whereabouts

Messages = list[dict[str, str]]


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


def compare(
    run: str | Path,
    prompts: Sequence[str | Messages] | None = None,
    *,
    rows: int = 3,
    before: str | None = None,
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
        How many rows of the test part to ask besides; where several tasks were trained, of each.
    before
        Name of an earlier run beside it: then it is also said whether this one is better, judged by the loss of both
        on test rows that neither was trained on.
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
    libraries_stay_quiet()  # before torch, which brings the progress bars

    import torch

    folder = RunFolder(run)
    if not folder.exists():
        raise RunError(
            f"There is no run {str(run)!r} here.",
            f"Train it first. {whereabouts()}",
        )
    recipe = recipe_from_here(folder)
    record = folder.trained_rows()
    sides = Sides(folder)
    domain = recipe is not None and recipe.task.name == "domain"
    held, notes = held_out(recipe, rows, record, most=MOST_ROWS)
    notes += [*changed_data(folder, recipe), *_left_from_before(folder), *_goes_on_from(folder)]
    notes += _about_new_tokens(sides)
    said = recipe.data.system if recipe else None
    system = system_of(record, said)
    if prompts and (system or None) != (said or None):
        notes.append("Your questions are put with the system prompt of the training rows, not the recipe's.")
    texts = [prompts] if isinstance(prompts, str) else list(prompts or [])
    own: list[Any] = [Opening(text) for text in texts] if domain else list(_own(texts, system))
    if sides.labels:
        judged = judge(folder, sides, texts, [row for part in held for row in part.rows], rows, notes)
        folder.write_json("comparison.json", judged.to_json())
        return judged
    asked = [(part.name, row) for part in held for row in part.rows[: max(rows, 0)]]
    questions = [*own, *(question(row) for _, row in asked)]
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
    earlier, told = (
        find_before(before, folder, tokenizer, held, domain) if before and recipe is not None else (None, [])
    )
    notes += told
    asking = Asking(max_new_tokens, temperature, seed)
    announcer = Announcer(len(questions))
    read = [one for part in held if (one := _read(tokenizer, part, domain, len(held))).ids]
    hesitates: dict[str, list[float]] = {"base": [], "tuned": []}

    def ask(model: Any, side: str) -> list[Answer]:
        given = answers(model, tokenizer, questions, asking, announcer.answers(side))
        for one in read:
            seen = announcer.reads(side, len(one.ids), f"reads {one.name}".rstrip())
            hesitates[side].append(perplexity(model, one.ids, seen, one.begins))
        return given

    # The person's own random numbers go on as if nobody had asked: loading an adapter draws some, too.
    with torch.random.fork_rng():
        with sides.base() as model:
            base_difference = check_same(model, tokenizer, folder.base_logits, "base")
            base = ask(model, "base")
        tuned_logits = folder.path / "tuned_logits.safetensors"
        with sides.tuned() as model:
            tuned_difference = check_same(model, tokenizer, tuned_logits, "tuned")
            tuned = ask(model, "tuned")
            later = earlier.measured(model, "tuned", announcer, more=1) if earlier else []
        sides.forget()
        helped = None
        try:
            helped = earlier.judged(later, announcer) if earlier else None
        except FtkitError as error:
            notes.append(cannot_tell(error))
    announcer.end()

    pairs = tuple(
        Pair(
            question=put if isinstance(put, str) else put[-1]["content"],
            base=before,
            tuned=after,
            origin=_origin(name) if row else "",
            expected=answer(row) if row else None,
            task=name,
        )
        for put, before, after, (name, row) in zip(
            questions, base, tuned, [*[("", None)] * len(own), *asked], strict=True
        )
    )
    hesitation = [
        Perplexity(before, after, len(one.ids), one.tokens)
        for one, before, after in zip(read, hesitates["base"], hesitates["tuned"], strict=True)
    ]
    several = any(part.name for part in held)
    property_ = _property(check, "" if several or recipe is None else recipe.data.source)
    result = Comparison(
        run=folder.name,
        pairs=pairs,
        base_difference=base_difference,
        tuned_difference=tuned_difference,
        base_share=_share(property_, [pair.base for pair in pairs]),
        tuned_share=_share(property_, [pair.tuned for pair in pairs]),
        property_says=property_[1],
        max_new_tokens=max_new_tokens,
        temperature=temperature,
        seed=seed,
        notes=tuple(notes),
        perplexity=hesitation[0] if domain and hesitation else None,
        helped=helped,
        tasks=_of_tasks(held, pairs, dict(zip([one.name for one in read], hesitation, strict=True)), check)
        if several
        else (),
    )
    folder.write_json("comparison.json", result.to_json())
    return result


def _read(tokenizer: Any, part: Held, domain: bool, parts: int) -> Texts:
    """What of a data set both sides read to the end, to see how well they know it; often nothing."""
    if domain:
        return Texts(part.name, encoded(tokenizer, [row["text"] for row in part.rows]))
    return answered(tokenizer, part.name, part.rows, MOST_TOKENS // parts) if part.name else Texts("", [])


def _origin(task: str) -> str:
    return f"test part of {task}" if task else "test part"


def _of_tasks(
    held: Sequence[Held],
    pairs: Sequence[Pair],
    hesitation: Mapping[str, Perplexity],
    check: Callable[[str], bool] | None,
) -> tuple[TaskFigures, ...]:
    """Whether it helped, for each task by itself."""
    found = []
    for part in held:
        asked = [pair for pair in pairs if pair.task == part.name]
        wanted = _property(check, part.choice.source)
        found.append(
            TaskFigures(
                name=part.name,
                asked=len(asked),
                base_share=_share(wanted, [pair.base for pair in asked]),
                tuned_share=_share(wanted, [pair.tuned for pair in asked]),
                property_says=wanted[1],
                perplexity=hesitation.get(part.name),
            )
        )
    return tuple(found)


def _property(check: Callable[[str], bool] | None, source: str) -> tuple[Callable[[str], bool] | None, str]:
    """What answers are looked through for: the person's check, else the one that comes with the data."""
    from ftkit.data import check_from_card

    card = check_from_card(source) if check is None and source else None
    return (check, "passes your check") if card is None else (card, card.says)


def _share(wanted: tuple[Callable[[str], bool] | None, str], given: Sequence[Answer]) -> float | None:
    check, _ = wanted
    if check is None or not given:
        return None
    return sum(bool(check(one.text)) for one in given) / len(given)
