from tests.data.checks.made_up import asked, called, clean, found, judged


def test_found_with_all_rows_of_the_prompt():
    finding = found("FD004", [*clean(5), asked("Who?", "Me."), asked("Who?", "You.")])
    assert [place.number for place in finding.rows] == [6, 7]
    assert finding.severity == "note"
    assert finding.fix is None


def test_a_text_with_two_labels_is_worse():
    rows = [{"text": "fine", "label": "good"}, {"text": "fine", "label": "bad"}]
    assert found("FD004", rows, form="classification").severity == "warning"


def test_an_answer_that_is_good_and_bad():
    rows = [judged("Who?", "Me.", True), judged("Who?", "Me.", False), judged("Who?", "You.", False)]
    assert found("FD004", rows, form="unpaired").count == 2


def test_silent_on_clean_rows_and_on_copies():
    assert found("FD004", [*clean(), asked("Who?", "Me."), asked("Who?", "Me. ")]) is None


def test_silent_where_the_system_prompt_differs():
    assert found("FD004", [asked("Who?", "Me.", "Be kind."), asked("Who?", "You.", "Be rude.")]) is None


def test_calls_of_tools_are_answers():
    rows = [called("Turn it on.", "switch", lamp=1), called("Turn it on.", "switch", lamp=2)]
    assert found("FD004", rows).count == 2
    assert found("FD004", [rows[0], rows[0]]) is None


def test_silent_where_other_tools_are_on_offer():
    rows = [called("Turn it on.", "switch", lamp=1), asked("Turn it on.", "I cannot do that.")]
    assert found("FD004", [{**rows[0], "tools": [{"name": "switch"}]}, rows[1]]) is None
