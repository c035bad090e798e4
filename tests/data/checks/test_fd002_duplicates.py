from tests.data.checks.made_up import asked, called, clean, found, judged, pair


def test_found_with_the_later_rows_to_drop():
    rows = [asked("Who?", "Me."), *clean(20), asked("Who?", "Me. "), asked("Who?", "Me.")]
    finding = found("FD002", rows)
    assert finding.count == 2
    assert finding.drop == (21, 22)
    assert finding.severity == "warning"


def test_only_a_note_where_they_are_few():
    rows = clean(300)
    assert found("FD002", [*rows, rows[0]]).severity == "note"


def test_silent_on_clean_rows():
    assert found("FD002", clean()) is None


def test_silent_where_the_answer_differs():
    assert found("FD002", [asked("Who?", "Me."), asked("Who?", "You.")]) is None


def test_silent_where_the_other_one_is_in_another_part():
    assert found("FD002", [asked("Who?", "Me.")] * 2, parts=["train", "test"]) is None


def test_every_part_of_a_row_counts():
    assert found("FD002", [asked("Who?", "Me.", "Be kind."), asked("Who?", "Me.")]) is None
    assert (
        found("FD002", [pair("Who?", "Me.", "You."), pair("Who?", "You.", "Me.")], form="preference") is None
    )
    assert (
        found("FD002", [judged("Who?", "Me.", True), judged("Who?", "Me.", False)], form="unpaired") is None
    )
    assert found("FD002", [{"text": "one"}, {"text": "one\n"}], form="domain").drop == (1,)
    assert found("FD002", [{"text": "", "label": 1}, {"text": "", "label": 2}], form="classification") is None


def test_texts_that_only_run_together_differ():
    assert found("FD002", [asked("a b", "c"), asked("a", "b c")]) is None


def test_rows_of_one_record_count_once():
    finding = found("FD002", [asked("Who?", "Me.")] * 4, numbers=[1, 2, 2, 3])
    assert (finding.count, finding.drop) == (2, (1, 2, 3))
    assert finding.sentence == "2 rows say exactly what an earlier row says (spaces aside)."


def test_conversations_that_only_begin_alike_are_told_apart():
    rows = [asked("Who?", "Me."), asked("Who?", "Me."), asked("Why?", "So."), asked("Who?", "Me.")]
    finding = found("FD002", rows, numbers=[1, 2, 2, 3])
    assert finding.sentence == (
        "1 row says exactly what an earlier row says (spaces aside), and 1 repeats a part of an earlier one."
    )
    assert found("FD002", rows[:3], numbers=[1, 2, 2]).sentence == "1 row repeats a part of an earlier one."


def test_silent_where_a_tool_is_called_with_something_else():
    rows = [called("Turn it on.", "switch", lamp=1), called("Turn it on.", "switch", lamp=2)]
    assert found("FD002", rows) is None
    assert found("FD002", [*rows, rows[0]]).drop == (2,)


def test_silent_where_other_tools_are_on_offer():
    row = called("Turn it on.", "switch", lamp=1)
    assert found("FD002", [{**row, "tools": [{"name": "switch"}]}, row]) is None
