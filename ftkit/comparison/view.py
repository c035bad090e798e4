"""How a comparison looks: HTML and plain text from the same rows. Everything from outside is escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ftkit.comparison.generate import Answer
    from ftkit.comparison.helped import Helped
    from ftkit.comparison.perplexity import Perplexity
    from ftkit.comparison.result import Comparison, Pair, TaskFigures

GREY, BLUE = "#7a7a7a", "#0072b2"
CUT = "… (cut here)"
"""Behind an answer that was longer than the limit: it is not the model that stopped there. The live view says the same."""
_MARKS = {"better": "#009e73", "worse": "#d55e00", "unclear": GREY}
FEWEST_TO_COUNT = 3
"""Answers below which their average length says nothing."""

STYLE = """<style>
.ftkit-compare {font-family: var(--jp-ui-font-family, system-ui, sans-serif); font-size: 14px; line-height: 1.45;
  color: var(--jp-ui-font-color1, inherit); max-width: 1100px;}
.ftkit-compare h4 {margin: 0 0 4px; font-size: 15px;}
.ftkit-compare p {margin: 4px 0 8px;}
.ftkit-compare .ftkit-note {color: var(--jp-ui-font-color2, #666); font-size: 12.5px;}
.ftkit-compare table {border-collapse: collapse; width: 100%; table-layout: fixed; margin: 8px 0;}
.ftkit-compare th, .ftkit-compare td {text-align: left !important; vertical-align: top; padding: 8px 10px;
  border-bottom: 1px solid var(--jp-border-color2, #ccc); overflow-wrap: anywhere; white-space: pre-wrap;}
.ftkit-compare th {font-weight: 600; white-space: normal;}
.ftkit-compare table.ftkit-confusion {width: auto; table-layout: auto;}
.ftkit-compare .ftkit-confusion th {overflow-wrap: break-word;}
.ftkit-compare .ftkit-confusion td, .ftkit-compare .ftkit-confusion thead th {text-align: center !important;}
.ftkit-compare td.ftkit-tuned {background: rgba(0, 114, 178, 0.09); border-left: 3px solid #0072b2;}
.ftkit-compare table.ftkit-bars {max-width: 560px;}
.ftkit-compare .ftkit-bars caption {text-align: left; caption-side: top; font-weight: 600;}
.ftkit-compare .ftkit-bars th {width: 150px;}
.ftkit-compare .ftkit-bars tr {background: none !important;}
.ftkit-compare .ftkit-bars th, .ftkit-compare .ftkit-bars td {border: none; padding: 2px 10px 2px 0;}
.ftkit-compare .ftkit-cut {color: var(--jp-ui-font-color2, #666);}
</style>"""
LEFT = 'style="text-align:left;vertical-align:top"'
"""On the cells themselves: a notebook that was opened by somebody else loses its style sheets."""


class Length(NamedTuple):
    """How long the answers of one side are.

    Attributes
    ----------
    words
        On average.
    cut
        Whether an answer was cut at the limit: then they are that long at least.
    """

    words: float
    cut: bool

    def __str__(self) -> str:
        return f"{self.words:.0f} or more" if self.cut else f"{self.words:.0f}"


def _title(result: Comparison) -> str:
    return f"Base model and tuned model: {result.run}"


def _cell(pair: Pair, side: str) -> str:
    answer = pair.base if side == "base" else pair.tuned
    text = escape(answer.text) or '<span class="ftkit-cut">(an empty answer)</span>'
    if not answer.ended:
        text += f' <span class="ftkit-cut" title="Longer than the limit">{CUT}</span>'
    return text


def _against_the_base(helped: Helped) -> str:
    return f"Everything below holds this run against the base model, not against the run {helped.before!r}."


def sentences(result: Comparison) -> list[str]:
    """What the comparison with the base shows, in plain words."""
    found = []
    if result.base_share is not None and result.tuned_share is not None:
        total = len(result.pairs)
        found.append(
            f"“{result.property_says.capitalize()}”: {round(result.tuned_share * total)} of {total} tuned answers, "
            f"{round(result.base_share * total)} of {total} base answers."
        )
    if result.perplexity is not None:
        found.append(
            f"Perplexity on {result.perplexity.texts} texts of the test part: base model {result.perplexity.base:.1f}, "
            f"tuned model {result.perplexity.tuned:.1f}. It says among how many words the model hesitates at each next one, "
            "on average: lower is better."
        )
    for task in result.tasks:
        found += _of_task(task)
    if any(task.perplexity for task in result.tasks):
        found.append(
            "Perplexity says among how many words the model hesitates at each next one of the right answer, on "
            "average: lower is better."
        )
    if lengths := _lengths(result):
        base, tuned = lengths
        what = " (an answer that was cut at the limit counts only as far as it goes)"
        why = what if base.cut or tuned.cut else ""
        found.append(f"Words in an answer, on average: base model {base}, tuned model {tuned}{why}.")
    same = sum(pair.base.text == pair.tuned.text for pair in result.pairs)
    if result.pairs and same == len(result.pairs):
        found.append(
            "Both sides give the same answers word for word: the training changed nothing you can see here. "
            "Try more epochs or a higher learning rate."
        )
    cut = sum(not pair.tuned.ended for pair in result.pairs)
    if cut:
        found.append(
            f"{cut} of the tuned answers did not come to an end within {result.max_new_tokens} tokens."
        )
    return found


def _of_task(task: TaskFigures) -> list[str]:
    """Whether the training helped with one of several tasks."""
    found = []
    if task.perplexity is not None:
        rows = "1 test row" if task.perplexity.texts == 1 else f"{task.perplexity.texts} test rows"
        found.append(
            f"{task.name}: on the right answers of {rows} the perplexity of the base model is {task.perplexity.base:.1f}, "
            f"of the tuned model {task.perplexity.tuned:.1f}."
        )
    if task.base_share is not None and task.tuned_share is not None:
        found.append(
            f"{task.name}: “{task.property_says}” holds for {round(task.tuned_share * task.asked)} of {task.asked} "
            f"tuned answers and {round(task.base_share * task.asked)} of {task.asked} base answers."
        )
    return found


def _lengths(result: Comparison) -> tuple[Length, Length] | None:
    """Words in an answer of each side, where that is a difference that one sees; never of a text that goes on."""
    if len(result.pairs) < FEWEST_TO_COUNT or result.perplexity is not None:
        return None
    base, tuned = (
        Length(
            sum(len(answer.text.split()) for answer in side) / len(side),
            not all(answer.ended for answer in side),
        )
        for side in ([pair.base for pair in result.pairs], [pair.tuned for pair in result.pairs])
    )
    fewer, more = sorted((base.words, tuned.words))
    return (base, tuned) if more >= max(1.5 * fewer, 1) else None


def _bars(says: str, *bars: tuple[str, float, str, str]) -> str:
    """Bars, one below the other: the name of each, its length, what to write beside it, its colour."""
    longest = max(value for _, value, _, _ in bars)
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td><span aria-hidden="true" style="display:inline-block;height:12px;'
        f'margin-right:8px;width:{60 * value / longest if longest else 0:.0f}%;background-color:{colour}"></span>'
        f"{escape(shown)}</td></tr>"
        for name, value, shown, colour in bars
    )
    return f'<table class="ftkit-bars"><caption>{escape(says)}</caption><tbody>{rows}</tbody></table>'


def _both(says: str, base: tuple[float, str], tuned: tuple[float, str]) -> str:
    return _bars(says, ("Base model", *base, GREY), ("Tuned model", *tuned, BLUE))


def _helped_html(helped: Helped) -> str:
    """Whether the change helped, before anything about the base: the answer, two bars, and how sure that is."""
    bars = _bars(
        f"Loss on {helped.rows} test rows (lower is better)",
        (helped.before, helped.loss_before, f"{helped.loss_before:.3f}", GREY),
        (helped.run, helped.loss, f"{helped.loss:.3f}", BLUE),
    )
    return (
        f'<div style="border-left:4px solid {_MARKS[helped.verdict]};padding:2px 12px;margin:6px 0 14px">'
        f"<p><b>{escape(helped.answer)}.</b>{escape(helped.what_changed)}</p>{bars}"
        f'<p class="ftkit-note">{escape(helped.doubt)}</p></div><p>{escape(_against_the_base(helped))}</p>'
    )


def _picture(result: Comparison) -> str:
    """What changed, where it can be seen as one number for each side."""
    if result.perplexity is not None:
        return _perplexity_bars("Perplexity (lower is better)", result.perplexity)
    if result.tasks:
        says = "perplexity on the right answers (lower is better)"
        each = [(task.name, task.perplexity) for task in result.tasks if task.perplexity]
        return "".join(_perplexity_bars(f"{name}: {says}", one) for name, one in each)
    if (lengths := _lengths(result)) is None:
        return ""
    base, tuned = lengths
    return _both("Words in an answer, on average", (base.words, str(base)), (tuned.words, str(tuned)))


def _perplexity_bars(says: str, found: Perplexity) -> str:
    return _both(says, (found.base, f"{found.base:.1f}"), (found.tuned, f"{found.tuned:.1f}"))


def proof(result: Comparison) -> str:
    """What was checked before anything was shown."""
    return (
        f"Checked first: the base side reproduces what the untouched model said before training "
        f"(largest difference {result.base_difference:.2g}), and both sides were asked with the same "
        f"template, {'taking the likeliest word each time' if not result.temperature else f'seed {result.seed}'}."
    )


def _where_from(pair: Pair) -> str:
    """Where the question is from and, folded away, the answer that stands there: the model was never shown it."""
    origin = f'<br><span class="ftkit-note">from the {escape(pair.origin)}</span>' if pair.origin else ""
    if not pair.expected:
        return origin
    summary = '<summary class="ftkit-note">The answer in your data</summary>'
    return f"{origin}<details>{summary}{escape(pair.expected)}</details>"


def as_html(result: Comparison) -> str:
    """A table: question, base, tuned."""
    rows = "".join(
        f"<tr><td {LEFT}>{escape(pair.question)}{_where_from(pair)}"
        + f'</td><td {LEFT}>{_cell(pair, "base")}</td><td {LEFT} class="ftkit-tuned">{_cell(pair, "tuned")}</td></tr>'
        for pair in result.pairs
    )
    said = "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences(result))
    helped = _helped_html(result.helped) if result.helped is not None else ""
    notes = "".join(f'<p class="ftkit-note">{escape(note)}</p>' for note in (*result.notes, proof(result)))
    return (
        f'{STYLE}<div class="ftkit-compare"><h4>{escape(_title(result))}</h4>{helped}{said}{_picture(result)}'
        f"<table><thead><tr><th {LEFT}>Question</th><th {LEFT}>Base model</th><th {LEFT}>Tuned model</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>{notes}</div>"
    )


def _in_text(answer: Answer) -> str:
    return answer.text if answer.ended else f"{answer.text} {CUT}"


def as_text(result: Comparison) -> str:
    """The same in plain text, for terminals and for notebooks without HTML."""
    helped = [result.helped.sentence, _against_the_base(result.helped)] if result.helped else []
    lines = [_title(result), *helped, *sentences(result)]
    for pair in result.pairs:
        lines += [
            "",
            f"Question: {pair.question}",
            *([f"  data : {pair.expected}"] if pair.expected else []),
            f"  base : {_in_text(pair.base)}",
            f"  tuned: {_in_text(pair.tuned)}",
        ]
    return "\n".join([*lines, "", *result.notes, proof(result)])
