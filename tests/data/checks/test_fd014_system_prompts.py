from tests.data.checks.made_up import asked, clean, found


def test_some_with_and_some_without():
    rows = [*clean(20), asked("Who?", "Me.", system="Be brief.")]
    finding = found("FD014", rows)
    assert finding.severity == "note"
    assert "1 row has a system prompt, 20 have none" in finding.sentence
    assert [place.number for place in finding.rows] == [21]


def test_several_prompts_and_how_frequent_the_first_is():
    rows = [asked(f"Q{i}", f"A{i}", system="Be kind." if i else "Be brief.") for i in range(10)]
    finding = found("FD014", rows)
    assert "2 different system prompts; the most frequent stands in 9 of 10 rows" in finding.sentence


def test_spellings_of_one_prompt():
    rows = [asked(f"Q{i}", f"A{i}", system="Be kind." if i else "be  kind") for i in range(10)]
    assert "several spellings" in found("FD014", rows).sentence


def test_more_prompts_than_are_counted():
    rows = [asked(f"Q{i}", f"A{i}", system=f"You are number {i}.") for i in range(1_200)]
    assert "more than 1,000 different" in found("FD014", rows).sentence


def test_silent_where_all_have_the_same_or_none():
    assert found("FD014", clean()) is None
    assert found("FD014", [asked(f"Q{i}", f"A{i}", system="Be kind.") for i in range(9)]) is None
