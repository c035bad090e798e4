from tests.data.checks.made_up import asked, checked, clean, found, pair


def test_rows_without_a_token_to_learn_from_are_an_error():
    finding = found("FD017", clean(10), trained=[5] * 8 + [0, 0], tokens=[90] * 10, max_length=512)
    assert finding.severity == "error"
    assert (finding.count, finding.drop, finding.fix) == (2, (8, 9), "drop-masked")
    assert "2 rows have no token to learn from: 20.0%" in finding.sentence


def test_rows_that_are_left_out_as_too_long_are_no_business_of_it():
    looked = checked(clean(10), trained=[5] * 8 + [0, 0], tokens=[90] * 8 + [900, 900], max_length=512)
    assert [one.code for one in looked.findings()] == ["FD008", "FD016"]


def test_silent_where_tokens_are_left_or_were_not_counted():
    assert found("FD017", clean(10), trained=[1] * 10) is None
    assert found("FD017", clean(10)) is None


def test_what_was_left_out_for_it_is_only_a_note():
    finding = found("FD017", clean(10), left_out=[(30, "there is no answer to learn from")])
    assert (finding.severity, finding.count, finding.fix) == ("note", 1, None)


def test_silent_in_forms_that_learn_from_no_token():
    assert found("FD017", [{"prompt": asked("Q", "A")["prompt"]}], form="prompts", trained=[0]) is None
    assert found("FD017", [{"text": "A text", "label": 1}], form="classification", trained=[0]) is None


def test_pairs_are_looked_at():
    assert found("FD017", [pair("Q", "yes", "no")], form="preference", trained=[0]).count == 1
