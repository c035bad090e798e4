from tests.data.checks.made_up import asked, clean, found, judged, pair


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
