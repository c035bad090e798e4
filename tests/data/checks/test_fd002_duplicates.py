from tests.data.checks.made_up import asked, clean, found


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
