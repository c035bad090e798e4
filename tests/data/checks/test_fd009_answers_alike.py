from tests.data.checks.made_up import asked, clean, found


def test_grave_where_all_are_the_same():
    assert found("FD009", [asked(f"Is {i} even?", "Maybe.") for i in range(30)]).severity == "error"


def test_found_where_most_are():
    rows = [*clean(5), *(asked(f"Is {i} even?", "Maybe.") for i in range(95))]
    assert "95%" in found("FD009", rows).sentence


def test_found_where_most_begin_alike():
    rows = [
        asked(f"{i}?", f"As a large language model, I cannot say what number {i} is about.")
        for i in range(30)
    ]
    assert found("FD009", rows).severity == "note"


def test_silent_on_clean_rows_and_on_yes_and_no():
    assert found("FD009", clean()) is None
    assert found("FD009", [asked(f"Is {i} even?", "no" if i % 2 else "yes") for i in range(40)]) is None


def test_silent_on_a_handful():
    assert found("FD009", [asked(f"Is {i} even?", "Maybe.") for i in range(5)]) is None
