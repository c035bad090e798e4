import pytest

from tests.data.checks.made_up import asked, clean, found

SAME = "the same prompt is in the test part"


def test_found_whatever_the_capitals_spaces_and_punctuation():
    rows = [
        asked("Who are you?", "Me."),
        asked("What  for", "Fun."),
        *clean(20),
        asked("who are you", "I."),
        asked("What for?", ""),
    ]
    finding = found("FD005", rows, parts=["test", "validation", *["train"] * 22])
    assert finding.count == 2
    assert finding.drop == (22, 23)
    assert finding.severity == "warning"
    assert finding.fix == "drop-overlap"


def test_validation_gives_way_to_test():
    rows = [asked("Who?", "Me."), asked("who", "Me.")]
    assert found("FD005", rows, parts=["test", "validation"]).drop == (1,)


def test_only_a_note_about_what_is_taken_out_already():
    finding = found("FD005", clean(20), left_out=[(30, SAME), (31, SAME)])
    assert finding.count == 2
    assert (finding.severity, finding.fix, finding.drop) == ("note", None, ())
    assert [place.number for place in finding.rows] == [30, 31]


def test_nearly_the_same_texts_are_found_with_the_package_for_it():
    pytest.importorskip("datasketch")
    text = " ".join(f"word{i}" for i in range(60))
    rows = [asked(text, "Yes, that is so."), asked(f"{text} more", "Yes, that is so.")]
    assert found("FD005", rows, parts=["test", "train"], near=True).drop == (1,)


def test_silent_where_other_things_are_asked():
    rows = clean(60)
    assert found("FD005", rows, parts=[*["test"] * 20, *["train"] * 40]) is None
    sums = [asked("2+2", "4"), asked("2-2", "0"), asked("!?", "Pardon?"), asked("...", "Yes?")]
    assert found("FD005", sums, parts=["test", "train", "test", "train"]) is None


def test_silent_within_a_part():
    assert found("FD005", [asked("Who?", "Me."), asked("who", "You.")]) is None
    assert found("FD005", []) is None
