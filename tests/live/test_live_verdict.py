from dataclasses import replace
from html.parser import HTMLParser

import pytest

from ftkit.diagnosis import Diagnosis, Finding, Looked, Remedy, diagnose
from ftkit.errors import RecipeError
from ftkit.live import DiagnosisView, diagnosis_html
from ftkit.live.verdict import headline_html
from tests.diagnosis.made_up import by_heart, history, overfit
from tests.diagnosis.test_diagnosis_verdict import RECIPE

HOSTILE = "<script>alert(1)</script>"


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.seen = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)


def hostile():
    finding = Finding("FT101", HOSTILE, "issue", HOSTILE, {}, HOSTILE, HOSTILE, 1.0, "overfitting")
    remedy = Remedy("training.seed", HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    looked = (Looked("FT001", HOSTILE, HOSTILE),)
    return Diagnosis(
        "overfitting", 0.9, 4, HOSTILE, (finding,), looked, looked, (remedy,), remarks=(HOSTILE,)
    )


def test_every_text_is_escaped():
    assert "script" not in Tags(diagnosis_html(hostile())).seen
    view = DiagnosisView(hostile(), lambda remedy: HOSTILE)
    view.buttons[0].click()
    assert "<script" not in view.message.value


def test_the_static_form_holds_verdict_evidence_and_remedies():
    found = diagnose(history(overfit, by_heart), RECIPE)
    text = diagnosis_html(found)
    assert found.sentence in text
    assert "Epochs: 2 → 1" in text
    for word in ("Findings (", "Passed (", "Not applicable ("):
        assert word in text


def test_a_button_for_each_remedy_calls_back_with_it():
    found = diagnose(history(overfit, by_heart), RECIPE)
    asked = []
    view = DiagnosisView(found, lambda remedy: asked.append(remedy) or "The next run is pirate-2.")
    assert [button.description for button in view.buttons] == [r.title for r in found.remedies]
    for button in view.buttons:
        button.click()
    assert tuple(asked) == found.remedies
    assert "The next run is pirate-2." in view.message.value


def test_a_remedy_that_cannot_be_applied_says_why():
    def refuse(remedy):
        raise RecipeError([])

    view = DiagnosisView(diagnose(history(overfit, by_heart), RECIPE), refuse)
    view.buttons[0].click()
    assert "recipe cannot be used" in view.message.value


def test_an_error_that_nobody_expected_is_not_swallowed():
    def broken(remedy):
        raise ZeroDivisionError

    view = DiagnosisView(diagnose(history(overfit, by_heart), RECIPE), broken)
    with pytest.raises(ZeroDivisionError):
        view.apply(view.diagnosis.remedies[0])


def test_without_a_callback_there_are_no_buttons():
    assert DiagnosisView(diagnose(history(overfit, by_heart), RECIPE)).buttons == []


def test_above_the_buttons_stands_what_they_do():
    found = diagnose(history(overfit, by_heart), RECIPE)
    texts = [child.value for child in DiagnosisView(found, lambda _: "").children if hasattr(child, "value")]
    assert any("keeps this one" in text for text in texts)
    texts = [child.value for child in DiagnosisView(found).children if hasattr(child, "value")]
    assert not any("keeps this one" in text for text in texts)


def test_how_clear_it_is_reads_like_no_probability():
    found = diagnose(history(overfit, by_heart), RECIPE)
    shown = headline_html(found)
    assert found.clearness in ("very clear", "clear")
    assert f">{found.clearness}</span>" in shown
    assert f"{found.confidence * 100:.0f} %" not in shown
    assert replace(found, confidence=0.2).clearness == "faint"


def test_the_saved_verdict_says_where_the_buttons_are():
    found = diagnose(history(overfit, by_heart), RECIPE)
    assert "Review has a button" in diagnosis_html(found)
    assert "Review has a button" not in diagnosis_html(replace(found, remedies=()))


def test_what_could_not_be_read_stands_below():
    state = {"log_history": [{"step": step, "eval_en_loss": 1.0} for step in range(1, 8)]}
    found = diagnose(state)
    assert "eval_en_loss was read in its place" in diagnosis_html(found)
    assert "was read in its place" in DiagnosisView(found).children[-1].value
    assert "About what was read" not in diagnosis_html(replace(found, remarks=()))
