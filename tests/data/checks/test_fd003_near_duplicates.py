import pytest

from ftkit.data.checks import twins
from tests.data.checks.made_up import asked, checked, clean, found

TEXT = (
    "The ferry leaves the harbour every morning at seven, calls at the two small islands in the bay, "
    "and comes back before it is dark; in winter it does so only from Monday to Friday"
)


@pytest.fixture
def installed():
    pytest.importorskip("datasketch")


@pytest.fixture
def missing(monkeypatch):
    monkeypatch.setattr("ftkit.data.checks.datasketch_is_here", lambda: False)


@pytest.mark.usefixtures("installed")
def test_found_with_the_later_rows_to_drop():
    rows = [
        asked("When?", TEXT),
        *clean(30),
        asked("When?", TEXT + "."),
        asked("When?", TEXT + " or Saturday"),
    ]
    finding = found("FD003", rows, near=True)
    assert finding.drop == (31, 32)
    assert finding.count == 2
    assert finding.fix == "drop-near-duplicates"


@pytest.mark.usefixtures("installed")
def test_the_split_is_told_what_belongs_together():
    rows = [asked("When?", TEXT), *clean(30), asked("When?", TEXT + " or Saturday")]
    assert list(checked(rows, near=True).clusters()) == [(0, 31)]


@pytest.mark.usefixtures("installed")
def test_exact_copies_are_another_checks():
    assert found("FD003", [asked("When?", TEXT)] * 3, near=True) is None


@pytest.mark.usefixtures("installed")
def test_silent_on_clean_rows_and_short_ones():
    short = [asked(f"What is {i}?", "A number") for i in range(40)]
    assert found("FD003", [*clean(), *short], near=True) is None


@pytest.mark.usefixtures("installed")
def test_only_so_many_rows_are_compared_and_it_says_so(monkeypatch):
    monkeypatch.setattr(twins, "MOST", 20)
    rows = [asked("When?", TEXT), asked("When?", TEXT + " or Saturday"), *clean(30)]
    looked = checked(rows, near=True)
    assert "rows were compared" in looked.not_looked()["FD003"]
    assert [one.code for one in looked.findings() if one.code == "FD003"] == ["FD003"]
    assert checked(rows[:20], near=True).not_looked() == {}


@pytest.mark.usefixtures("missing")
def test_the_missing_package_is_named_where_it_would_be_worth_it():
    looked = checked(clean(50), near=True)
    assert "ftkit[near-duplicates]" in looked.not_looked()["FD003"]
    assert "FD003" not in {found.code for found in looked.findings()}
    assert checked(clean(49), near=True).not_looked() == {}
    assert checked(clean(50), near=False).not_looked() == {}


@pytest.mark.usefixtures("missing")
def test_the_split_works_without_the_package():
    assert list(checked(clean(50), near=True).clusters()) == []
