"""The Data page: mapping form, tokens, lengths, checks with their buttons. All that comes from a file is text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pytest

from ftkit.data import TokenStatistics, TokenView, token_view
from ftkit.data.checks import Found
from ftkit.data.checks.seen import Place
from ftkit.wizards.chat_rows import converted, records_table
from ftkit.wizards.findings import Findings
from ftkit.wizards.length_chart import length_figure, lengths_in_words
from ftkit.wizards.mapping_form import Written
from ftkit.wizards.markup import visible
from ftkit.wizards.panel import Panel
from ftkit.wizards.session import Session
from ftkit.wizards.token_colours import counted, counts, token_html
from tests.tiny import as_chat, tiny_rows, write_jsonl
from tests.wizards.conftest import MACHINE
from tests.wizards.looking import control, every, press, text_of
from tests.wizards.open_notebook import OpenNotebook

EVIL = "<img src=x onerror=alert(1)><script>alert(1)</script>\x1b[31mred\u202edesrever"


def page(**presets: Any) -> Panel:
    return Panel(Session(presets, machine=MACHINE), OpenNotebook(), ("data",))  # type: ignore[arg-type]


def raw(panel: Panel) -> str:
    return " ".join(one.value for one in every(panel.widget) if isinstance(one, widgets.HTML))


def found(**changes: Any) -> Found:
    usual: dict[str, Any] = {
        "code": "FD002",
        "title": "Duplicates",
        "severity": "warning",
        "sentence": "3 rows say exactly what an earlier row says.",
        "count": 3,
        "rows": (Place("a.csv", 4), Place("a.csv", 9), Place("a.csv", 11)),
        "means": "It counts twice.",
        "try_": "Keep one.",
        "fix": "drop-duplicates",
        "drop": (3, 8, 10),
    }
    return Found(**{**usual, **changes})


# -- mapping --------------------------------------------------------------------------------


def test_nested_fields_constants_and_templates_are_chosen_in_the_form(work: Path) -> None:
    rows = [{"meta": {"q": f"Who is {n}?", "from": "Ada"}, "reply": f"Number {n}."} for n in range(30)]
    write_jsonl(work / "deep.jsonl", rows)
    panel = page(data="deep.jsonl")
    assert "does not recognise" in text_of(panel)
    control(panel, "What is asked").value = "meta.q"
    assert "Still to choose below: The answer." in text_of(panel)
    assert "row 1: </span>Who is 0?" in text_of(panel)
    control(panel, "The answer").value = "reply"
    assert "30 of 30 rows can be used" in text_of(panel)
    control(panel, "System prompt").value = Written.CONSTANT
    assert "Type the text" in text_of(panel)
    control(panel, "System prompt: its text").value = "Be brief."
    control(panel, "The answer").value = Written.TEMPLATE
    control(panel, "The answer: its text").value = "{reply} Says {meta.from}, {{truly}}."
    assert "row 1: </span>Number 0. Says Ada, {truly}." in text_of(panel)
    assert panel.session.recipe.data.columns == {
        "prompt": "meta.q",
        "answer": {"template": "{reply} Says {meta.from}, {{truly}}."},
        "system": {"constant": "Be brief."},
    }
    assert "30 of 30 rows can be used" in text_of(panel)
    assert "prepare_data" in raw(panel)


def test_what_is_typed_gets_the_whole_width(work: Path) -> None:
    panel = page(data="pairs.jsonl", columns={"prompt": "prompt", "answer": {"template": "So: {answer}"}})
    rows = {one.children[0].children[0].description: one for one in every(panel.widget) if _is_row(one)}
    assert "ftkit-wide" in rows["The answer"]._dom_classes
    control(panel, "The answer").value = "answer"
    assert "ftkit-wide" not in rows["The answer"]._dom_classes


def _is_row(widget: Any) -> bool:
    children = getattr(widget, "children", ())
    return "ftkit-row" in getattr(widget, "_dom_classes", ()) and isinstance(children[0], widgets.VBox)


def test_no_cell_is_shown_for_examples_that_cannot_be_used(work: Path) -> None:
    write_jsonl(work / "odd.jsonl", [{"ask": f"{n}?", "reply": f"{n}."} for n in range(30)])
    panel = page(data="odd.jsonl")
    assert "appears here once there are examples" in text_of(panel)
    assert "prepare_data" not in raw(panel)
    control(panel, "What is asked").value = "ask"
    control(panel, "The answer").value = "reply"
    assert "prepare_data" in raw(panel)


def test_it_says_why_there_are_more_examples_than_rows(work: Path) -> None:
    turns = [{"role": role, "content": f"{role} says so."} for role in ("user", "assistant")]
    write_jsonl(work / "talks.jsonl", [{"messages": [*turns, *turns], "id": n} for n in range(30)])
    assert "One row gives several examples" not in text_of(page(data="pairs.jsonl"))
    for n, line in enumerate(lines := (work / "talks.jsonl").read_text(encoding="utf-8").splitlines()):
        lines[n] = line.replace("user says", f"user {n} says")
    (work / "talks.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert "One row gives several examples" in text_of(page(data="talks.jsonl"))


def test_a_template_that_cannot_be_is_explained_beside_it(work: Path) -> None:
    panel = page(data="pairs.jsonl", columns={"prompt": "prompt", "answer": "answer"})
    control(panel, "The answer").value = Written.TEMPLATE
    control(panel, "The answer: its text").value = "{answer"
    assert "a lone '{'" in text_of(panel)
    control(panel, "The answer: its text").value = "{nothing}"
    assert "no column 'nothing'" in text_of(panel)
    control(panel, "The answer").value = "answer"
    assert "58 of 60 rows can be used" in text_of(panel)


def test_a_guess_is_corrected(work: Path) -> None:
    rows = [{"question": "Subject", "message": f"What is {n}?", "answer": f"It is {n}."} for n in range(30)]
    write_jsonl(work / "tickets.jsonl", rows)
    panel = page(data="tickets.jsonl")
    assert "What is 0?" not in raw(panel).partition("as they stand in your file")[0]
    control(panel, "This is not right: let me say which column is what").value = True
    control(panel, "What is asked").value = "message"
    assert "What is 0?" in raw(panel).partition("as they stand in your file")[0]
    assert panel.session.recipe.data.columns["prompt"] == "message"


# -- tokens ---------------------------------------------------------------------------------


def test_every_token_is_shown_once_and_counted(tiny_model_folder: Path) -> None:
    view = token_view(as_chat(tiny_rows(1))[0], tiny_model_folder)
    html = token_html(view)
    assert html.count('class="ftkit-tok"') == len(view.ids)
    found = counts(view)
    assert found["trained on"] + found["only read"] == len(view.ids)
    assert f"trained on · {view.trained}" in html
    assert counted(view).startswith(f"{view.trained:,} tokens trained on")


def test_a_row_that_is_too_long_says_so(tiny_model_folder: Path) -> None:
    whole = token_view(as_chat(tiny_rows(1))[0], tiny_model_folder)
    view = token_view(as_chat(tiny_rows(1))[0], tiny_model_folder, len(whole.ids) - 4)
    html = token_html(view)
    assert "cut off · 4" in html
    assert "left out whole" in html
    assert html.count('class="ftkit-tok"') == len(whole.ids)


def test_many_tokens_are_counted_and_not_all_shown() -> None:
    many = 20_000
    view = TokenView(tuple(range(many)), (-100,) * many, ("x",) * many)
    html = token_html(view)
    assert html.count('class="ftkit-tok"') == 1500
    assert "18,500 more tokens" in html
    assert "only read · 20,000" in html


def test_the_page_counts_tokens_with_the_chosen_model(work: Path) -> None:
    panel = page(data="pairs.jsonl")
    view = token_view(panel.session.inspection.preview[0], panel.session.model_folder)  # type: ignore[arg-type]
    assert counted(view) in text_of(panel)
    assert "You are a helpful AI assistant named SmolLM" in text_of(panel)  # what the template adds is said


# -- lengths --------------------------------------------------------------------------------


def lengths(**changes: Any) -> TokenStatistics:
    usual: dict[str, Any] = {
        "min": 10,
        "p50": 14,
        "p95": 28,
        "max": 29,
        "mean": 15.0,
        "share_over_limit": 0.1,
        "trained_on_share": 0.25,
        "max_length": 19,
        "histogram": ((10, 15, 6), (15, 20, 3), (20, 25, 0), (25, 30, 1)),
    }
    return TokenStatistics(**{**usual, **changes})


def test_the_histogram_marks_the_limit_and_what_is_lost() -> None:
    figure = length_figure(lengths())
    used, lost = figure["data"]
    assert sum(used["y"]) == 9
    assert sum(lost["y"]) == 1
    (line,) = figure["layout"]["shapes"]
    assert line["x0"] == line["x1"] == 19.5  # behind the longest one allowed
    assert "1 (10 %) lost" in figure["layout"]["annotations"][0]["text"]
    assert (
        "1 of 10 examples (10 %) is longer than the 19 tokens allowed, and is left out."
        in lengths_in_words(lengths())
    )
    json.dumps(figure)


def test_a_limit_far_away_does_not_squeeze_the_bars() -> None:
    figure = length_figure(lengths(max_length=1024, share_over_limit=0.0))
    assert "shapes" not in figure["layout"]
    assert figure["layout"]["xaxis"]["range"][1] < 40
    assert "All fit into the 1,024 tokens" in lengths_in_words(lengths(max_length=1024, share_over_limit=0.0))


def test_one_very_long_example_stands_apart_and_leaves_the_others_room() -> None:
    bins = ((10, 15, 6), (15, 20, 3), (20, 25, 0), (25, 5000, 1))
    figure = length_figure(lengths(max=4999, max_length=1024, histogram=bins))
    used, lost = figure["data"]
    (line,) = figure["layout"]["shapes"]
    assert max(used["x"]) < line["x0"] < lost["x"][0] < figure["layout"]["xaxis"]["range"][1] < 60
    assert [round(width, 6) for width in lost["width"]] == [4.6]
    assert figure["layout"]["xaxis"]["ticktext"][-1] == "up to 4,999"


def test_the_last_words_of_the_axis_have_room() -> None:
    bins = (*((start, start + 50, 3) for start in range(0, 2100, 50)), (2100, 9000, 2))
    axis = length_figure(lengths(min=0, max=8999, max_length=1024, histogram=bins))["layout"]["xaxis"]
    assert axis["ticktext"] == ["0", "500", "1,000", "1,500", "up to 8,999"]
    assert axis["tickvals"][-1] - axis["tickvals"][-2] > axis["range"][1] / 5


# -- checks ---------------------------------------------------------------------------------


@pytest.fixture
def findings(session: Session) -> Findings:
    made = Findings(session, lambda work: work)
    session.on_change(lambda: made.show(_left(session)))
    return made


def _left(session: Session) -> list[Found]:
    return [] if "drop-duplicates" in session.recipe.data.fixes else [found()]


def words(made: Findings) -> str:
    return " ".join(one.value for one in every(made.widget) if isinstance(one, widgets.HTML))


def button(made: Findings, label: str) -> widgets.Button:
    return next(o for o in every(made.widget) if isinstance(o, widgets.Button) and o.description == label)


def test_one_click_fixes_and_one_takes_it_back(findings: Findings, session: Session) -> None:
    findings.show([found()])
    assert "(rows 4, 9, 11)" in words(findings)
    button(findings, "Keep one of each").click()
    assert session.recipe.data.fixes == ["drop-duplicates"]
    assert "Duplicates: keep one of each" in words(findings)
    button(findings, "Undo").click()
    assert session.recipe.data.fixes == []
    assert "3 rows say" in words(findings)


def test_grave_findings_come_first_and_notes_are_folded_away(findings: Findings) -> None:
    note = found(code="FD099", title="A remark", severity="note", fix=None)
    error = found(code="FD001", title="Grave", severity="error", fix=None)
    findings.show([note, found(), error])
    shown = words(findings)
    assert "2 things to look at" in shown
    assert shown.index("Grave") < shown.index("Duplicates") < shown.index("Good to know (1)")
    findings.show([])
    assert words(findings) == ""


def test_what_a_check_quotes_is_text(findings: Findings) -> None:
    findings.show([found(sentence=EVIL, rows=(Place(EVIL, 1), Place("b", 2)), count=2)])
    assert "<img" not in words(findings)
    assert "<script" not in words(findings)
    assert "\x1b" not in words(findings)


# -- text, never markup ---------------------------------------------------------------------


def test_what_stands_in_a_file_is_text_in_every_view(work: Path) -> None:
    rows = [
        {"instruction": f"{EVIL} {n}", "output": EVIL, EVIL: EVIL, "deep": {"<b>x</b>": [EVIL]}}
        for n in range(30)
    ]
    write_jsonl(work / "evil.jsonl", rows)
    panel = page(data="evil.jsonl")
    control(panel, "This is not right: let me say which column is what").value = True
    control(panel, "The answer").value = EVIL
    shown = raw(panel)
    for markup in ("<img", "<script", "<b>x</b>", "\x1b", "\u202e"):
        assert markup not in shown
    assert "&lt;img" in shown
    assert "␛[31m" in shown


def test_what_is_learned_is_marked_and_what_is_to_be_avoided_otherwise() -> None:
    pair = {
        "prompt": [{"role": "user", "content": EVIL}],
        "chosen": [{"role": "assistant", "content": "a"}],
        "rejected": [{"role": "assistant", "content": "b"}],
    }
    html = converted(pair)
    assert "The better answer" in html
    assert "<img" not in html
    assert html.count("ftkit-learned") == html.count("ftkit-avoided") == 1
    assert 'The worse answer<i class="ftkit-mark"> · learned to avoid' in html
    labelled = converted({"text": "a film", "label": "good"})
    assert 'Label<i class="ftkit-mark"> · learned' in labelled
    assert labelled.count("ftkit-learned") == 1
    answer = {"prompt": "?", "completion": [{"role": "assistant", "content": "no"}], "label": False}
    assert "ftkit-avoided" in converted(answer)
    assert "ftkit-avoided" not in converted({**answer, "label": True})
    assert "<img" not in records_table([{EVIL: EVIL, "n": 1, "nothing": None}], [EVIL, "n", "nothing"])


def test_unseen_characters_are_shown_and_others_left() -> None:
    assert visible("a\x1bb\x00c\u202ed\nä🙂\u200dx\ud800") == "a␛b␀c⟨U+202E⟩d\nä🙂\u200dx⟨U+D800⟩"


def test_deep_nesting_does_not_break_the_page(work: Path) -> None:
    deep: Any = "x"
    for _ in range(60):
        deep = [deep]
    write_jsonl(
        work / "deep.jsonl", [{"prompt": f"a{n}", "answer": f"b{n}", "more": deep} for n in range(20)]
    )
    assert "20 of 20 rows can be used" in text_of(page(data="deep.jsonl"))


def test_an_empty_page_says_what_to_do(work: Path) -> None:
    panel = page()
    assert "Choose a file on your computer" in text_of(panel)
    press(panel, "Insert and run this step")
    assert panel.board.notices
