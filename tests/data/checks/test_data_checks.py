import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftkit.data.checks import CHECKS, FIXES, check_fixes, mending
from ftkit.errors import DataError
from tests.data.checks.made_up import asked, checked, clean, judged, pair

ROOT = Path(__file__).parents[3]
TEXT = st.text(max_size=60) | st.from_regex(r"[\d +@.{}\[\]<>$ÃÂâ€ñsk_-]{0,80}")


def rows_of(form, one, two, label):
    return {
        "sft": lambda: asked(one, two, label),
        "preference": lambda: pair(one, two, label),
        "unpaired": lambda: judged(one, two, len(label) > 3),
        "prompts": lambda: {"prompt": [{"role": "user", "content": one}]},
        "classification": lambda: {"text": one, "label": label},
        "stepwise": lambda: {"prompt": one, "completions": [two, label], "labels": [True, False]},
        "domain": lambda: {"text": one},
    }[form]()


@pytest.mark.parametrize(
    "form", ["sft", "preference", "unpaired", "prompts", "classification", "stepwise", "domain"]
)
def test_arbitrary_text_never_raises(form):
    @settings(max_examples=60)
    @given(st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=6))
    def run(texts):
        looked = checked([rows_of(form, *three) for three in texts], form, max_length=5, near=True)
        for found in looked.findings():
            assert found.count >= 0
            assert all(0 <= ordinal < len(texts) for ordinal in found.drop)

    run()


def test_nothing_at_all_is_fine():
    for form in ("sft", "preference", "classification", "unpaired", "prompts", "stepwise", "domain"):
        assert checked([], form).findings() == []


def test_clean_rows_pass_every_check():
    assert [one.code for one in checked(clean(1_000)).findings()] == []


def test_no_false_alarm_on_the_tutorials_data():
    import json

    rows, parts = [], []
    for part in ("test", "validation", "train"):
        for line in (ROOT / f"notebooks/data/pirate/{part}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            rows.append(asked(row["question"], row["answer"]))
            parts.append(part)
    found = checked(rows, parts=parts, near=True).findings()
    # That so few held-out rows prove little is true of them, and no alarm.
    assert [(one.code, one.severity) for one in found if one.code != "FD003"] in ([], [("FD016", "note")])
    assert all(one.count == 0 for one in found if one.code == "FD003")


def test_fixes_drop_what_the_finding_names_and_say_why():
    looked = checked([*clean(60), asked("Who?", "N/A"), clean(1)[0]])
    assert looked.dropped(["drop-empty"]).keys() == {60}
    assert "FD002" in looked.dropped(["drop-duplicates", "drop-empty"])[61]
    assert looked.dropped([]) == {}


def test_unknown_fixes_are_refused():
    with pytest.raises(DataError, match="drop-everything"):
        check_fixes(["drop-everything"])
    assert mending(["drop-empty"]) is None


def test_a_conversation_is_looked_at_once():
    first = asked("Who?", "I am {{name}}.")
    second = {"prompt": [*first["prompt"], *first["completion"], {"role": "user", "content": "And?"}]}
    rows = [first, second | {"completion": [{"role": "assistant", "content": "That is all."}]}]
    found = {one.code: one for one in checked(rows, numbers=[1, 1]).findings()}
    assert found["FD006"].count == 1
    assert found["FD006"].drop == (0,)


def test_every_check_has_its_file_test_and_section():
    docs = (ROOT / "docs/data-checks.md").read_text(encoding="utf-8")
    for code, module in CHECKS.items():
        name = module.__name__.rsplit(".", 1)[1]
        assert name.startswith(code.lower() + "_")
        assert (Path(__file__).parent / f"test_{name}.py").is_file()
        section = docs.split(f"### {code} {module.TITLE}\n")[1].split("\n### ")[0]
        for said in (module.MEANING, module.TRY):
            assert said in section
        assert not module.FIX or f"`{module.FIX}`" in section
    assert set(re.findall(r"^### (FD\d+)", docs, re.MULTILINE)) == set(CHECKS)
    assert len(FIXES) == sum(bool(module.FIX) for module in CHECKS.values())
