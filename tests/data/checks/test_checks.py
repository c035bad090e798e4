"""What every check promises, and the runner that asks them all."""

import re
from array import array
from collections.abc import Sequence
from pathlib import Path

import pytest

from ftkit.data import forms
from ftkit.data.accounting import Skipped
from ftkit.data.checks import CHECKS, FIXES, CheckFacts, Checks, check_fixes, hash64, mending, seen_row
from ftkit.data.checks.seen import Tally
from ftkit.data.records import Record
from ftkit.errors import DataError
from tests.data.checks.made_up import asked, checked, clean

FOLDER = Path(__file__).parents[3] / "ftkit/data/checks"
SEVERITIES = ["error", "warning", "note"]


@pytest.mark.parametrize("module", CHECKS.values(), ids=CHECKS)
def test_a_check_states_what_the_package_promises(module):
    assert re.fullmatch(r"FD\d{3}", module.CODE)
    assert module.SEVERITY in SEVERITIES
    assert set(module.FORMS) <= set(forms.FORMS)
    assert module.TITLE[0].isupper()
    assert not module.TITLE.endswith(".")
    for sentences in (module.MEANING, module.TRY):
        assert sentences[0].isupper()
        assert sentences.endswith(".")
    assert module.FIX is None or re.fullmatch(r"(drop|mend|trim)(-[a-z]+)+", module.FIX)
    assert hasattr(module, "mend") == bool(module.FIX and not module.FIX.startswith("drop-"))
    assert callable(module.Check.see)
    assert callable(module.Check.finding)


def test_codes_and_fixes_are_unique():
    files = list(FOLDER.glob("fd*.py"))
    assert len(CHECKS) == len(files)
    assert [path.stem[:5].upper() for path in sorted(files)] == sorted(CHECKS)
    fixes = [module.FIX for module in CHECKS.values() if module.FIX]
    assert len(fixes) == len(set(fixes)) == len(FIXES)


def test_the_worst_comes_first_then_the_code():
    rows = [asked(f"Is {i} even?", "I am {{name}}.") for i in range(40)] + [asked("Is 1 even?", "N/A")] * 3
    found = checked(rows, tokens=[90] * 43, max_length=64).findings()
    order = [(SEVERITIES.index(one.severity), one.code) for one in found]
    assert order == sorted(order)
    assert len({rank for rank, _ in order}) == 3


def test_the_reason_carries_the_code():
    looked = checked([*clean(10), clean(1)[0]])
    assert looked.dropped(["drop-duplicates"]) == {10: "FD002: duplicates"}
    assert looked.dropped(["drop-duplicates", "drop-secrets-not-there"]) == {10: "FD002: duplicates"}


def test_a_fix_that_nobody_knows_is_refused():
    with pytest.raises(DataError, match="drop-all-rows"):
        check_fixes(["drop-duplicates", "drop-all-rows"])
    check_fixes(FIXES)


def test_only_fixes_that_mend_change_texts():
    assert mending([]) is None
    assert mending([fix for fix in FIXES if fix.startswith("drop-")]) is None
    assert mending(["mend-mojibake", "drop-empty"])("cafÃ©") == "café"


def test_rows_can_be_watched_as_they_are_converted():
    looked = Checks(CheckFacts("sft", 64, near_duplicates=False))
    for i, row in enumerate([*clean(10), clean(1)[0]]):
        looked.watch(i, Record(i + 1, {}), "a.jsonl", "train", row, 100 if i == 3 else 10, 5)
    looked.end([Skipped("the answer is empty", 4, (12, 13, 14), "a.jsonl")])
    found = {one.code: one for one in looked.findings()}
    assert found["FD001"].count == 4
    assert found["FD001"].rows[0] == ("a.jsonl", 12)
    assert found["FD002"].drop == (10,)
    assert found["FD008"].drop == (3,)


def test_rows_of_one_record_count_once():
    found = checked(
        [asked("Who?", "N/A"), asked("Why?", "N/A"), asked("How?", "Like this.")], numbers=[7, 7, 8]
    )
    one = next(one for one in found.findings() if one.code == "FD001")
    assert (one.count, one.drop) == (1, (0, 1))


def test_memory_stays_a_few_numbers_a_row():
    looked = checked(clean(2000))
    kept = 0
    for _, check in looked._running:
        for value in vars(check).values():
            if isinstance(value, array):
                kept += len(value) * value.itemsize
            elif isinstance(value, Tally):
                kept += len(value.ordinals) * value.ordinals.itemsize
                assert len(value.rows) <= 10
            elif isinstance(value, (Sequence, set, dict)):
                assert len(value) < 2000 or all(isinstance(one, int) for one in value)
    assert kept <= 150 * 2000


def test_what_a_conversation_repeats_is_shown_once():
    first = asked("Who?", "Me.", "Be kind.")
    again = [*first["prompt"], *first["completion"], {"role": "user", "content": "Why?"}]
    one = seen_row(0, 1, "a", "", "sft", first)
    two = seen_row(1, 1, "a", "", "sft", {**first, "prompt": again}, before=one)
    assert one.said == "Be kind.\nWho?\nMe."
    assert two.said == "Why?\nMe."
    assert not two.first


def test_examples_that_only_share_a_record_are_shown_whole():
    one = seen_row(0, 1, "a", "", "sft", asked("Who?", "Me."))
    for question in ("Why?", "Who?"):
        assert seen_row(1, 1, "a", "", "sft", asked(question, "So."), before=one).said == f"{question}\nSo."


def test_hashes_are_the_same_everywhere_and_never_fail():
    assert hash64("a") == hash64("a") != hash64("b")
    assert 0 <= hash64("\ud800 \0") < 2**63
