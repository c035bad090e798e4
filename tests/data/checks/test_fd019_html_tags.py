import pytest

from tests.data.checks.made_up import asked, clean, found


@pytest.mark.parametrize(
    "text",
    [
        "The office opens at <b>8</b>.", "First line<br>second line", "One<br/>two", "<P class='x'>Yes.</P>", "Tom&nbsp;Sawyer", "Fish &amp; chips",
        '<a href="https://example.org">here</a>', "<ul><li>milk</li></ul>", "It&#39;s late",
    ],
)  # fmt: skip
def test_found(text):
    finding = found("FD019", [*clean(99), asked("When does it open?", text)])
    assert finding.count == 1
    assert finding.severity == "note"
    assert finding.fix is None
    assert finding.sentence.startswith("1 row holds marks of a web page in what is learned, such as ")


def test_a_warning_where_many_rows_have_them():
    rows = [asked(f"{n}?", f"<b>{n}</b><br>") for n in range(10)]
    finding = found("FD019", [*clean(90), *rows])
    assert finding.severity == "warning"
    assert "such as <b>." in finding.sentence


def test_a_question_with_tags_teaches_none():
    assert found("FD019", [asked("What is <b>this</b>?", "A word.")]) is None


def test_silent_on_clean_rows():
    assert found("FD019", clean()) is None


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How?", "```\n<b>bold</b>\n```"), ("How?", "Write `<br>` there."), ("How do I make bold text in HTML?", "Write <b>bold</b>."),
        ("Which tag is it?", "<br>"), ("How?", "a < b and c > d"), ("How?", "AT&T; R&D"), ("How?", "if a <b and c> d"),
        ("Fix my React component.", "<div>Hello</div>"), ("How?", "<think>Hm.</think> Yes."), ("How?", "x = <user> y"),
        ("How?", "const page = 1;\nreturn <p>{page}</p>"), ("How?", "<|im_start|>user"),
    ],
)  # fmt: skip
def test_silent_on_code_and_lessons(question, text):
    assert found("FD019", [asked(question, text)]) is None
