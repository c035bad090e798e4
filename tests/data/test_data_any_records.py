"""Whatever a record holds: a family says what it means or that it does not fit, and nothing else happens."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftkit.data.detect import choose, rank
from ftkit.data.families import FAMILIES, examples_of
from ftkit.data.forms import FORMS, features
from ftkit.data.mapping import at_path, field, nested_names
from ftkit.data.records import DoesNotFit, Record, find_roles
from ftkit.errors import DataError
from tests.data.family_rows import CASES

texts = st.text(max_size=8) | st.sampled_from(
    ["user", "assistant", "tool", "hello", "", " ", "\0", "\ud800", "1", "true", "[]", '{"name": "f"}', '[{"name": 3}]',
     "<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\nb", "[INST] a [/INST] b",
     "\n\nHuman: a\n\nAssistant: b", "### Human: a\n### Assistant: b", "### Input: a", "A"]
)  # fmt: skip
keys = st.sampled_from(
    ["role", "content", "from", "value", "weight", "train", "tool_calls", "function", "name", "arguments", "type", "text",
     "human", "assistant", "input", "output", "parts", "functionCall", "functionResponse", "messages", "tools", "rank",
     "score", "answer", "label", "thinking", "tool_call_id", "id"]
)  # fmt: skip
leaves = st.none() | st.booleans() | st.integers() | st.floats() | texts | st.just(10**400)
anything = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(keys | st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=10,
)
columns = sorted(
    {name.lower() for module in FAMILIES.values() for known in module.ROLES.values() for name in known}
)
records = st.dictionaries(st.sampled_from(columns) | st.text(max_size=4), anything, max_size=6)
quick = settings(max_examples=200)


def deep(depth):
    value = "x"
    for _ in range(depth):
        value = [value]
    return value


def said(reason):
    assert str(reason)


def all_rows(module, record, mapping):
    """Every row of every form, or nothing where the record does not fit."""
    try:
        examples = examples_of(module, record, mapping)
    except DoesNotFit as reason:
        said(reason)
        return []
    assert examples
    made = []
    for form in FORMS:
        for example in examples:
            try:
                rows = FORMS[form].rows(example, "Be brief.")
            except DoesNotFit as reason:
                said(reason)
                continue
            assert rows
            json.dumps(features(form, rows))
            made += [(form, row) for row in rows]
    return made


def is_sound(form, row):
    json.dumps(row, ensure_ascii=False, allow_nan=False).encode()
    assert set(FORMS[form].COLUMNS) | {"tools"} >= set(row) >= set(FORMS[form].COLUMNS)
    for prompt, answer in FORMS[form].sequences(row):
        assert prompt or answer
        for message in (prompt or []) + (answer if isinstance(answer, list) else []):
            assert message["role"] in ("system", "user", "assistant", "tool")
            assert message["content"].strip() or message.get("tool_calls") or message["role"] == "tool"


@quick
@given(records)
def test_a_record_fits_or_does_not(record):
    for module in FAMILIES.values():
        mapping = {**getattr(module, "DEFAULTS", {}), **find_roles(list(record), module.ROLES)}
        if set(module.REQUIRED) <= set(mapping):
            for form, row in all_rows(module, record, mapping):
                is_sound(form, row)


@quick
@given(st.sampled_from(sorted(FAMILIES)), st.lists(anything, min_size=10, max_size=10))
def test_any_value_in_any_role(kind, values):
    module = FAMILIES[kind]
    record = dict(zip(module.ROLES, values, strict=False))
    for form, row in all_rows(module, record, {role: role for role in record}):
        is_sound(form, row)


@quick
@given(st.lists(records | anything, min_size=1, max_size=6))
def test_ranking_never_fails(values):
    ranked = rank([Record(number, value) for number, value in enumerate(values, 1)])
    assert all(0 <= one.score <= 1 and one.reason for one in ranked)


@pytest.mark.parametrize(("family", "kind", "value", "expected"), CASES)
@given(data=st.data())
@settings(max_examples=25)
def test_a_good_row_with_one_thing_changed(family, kind, value, expected, data):
    value = json.loads(json.dumps(value))
    place = value
    while isinstance(place, (dict, list)) and place:
        key = data.draw(st.sampled_from(list(place) if isinstance(place, dict) else range(len(place))))
        if not isinstance(place[key], (dict, list)) or not place[key] or data.draw(st.booleans()):
            place[key] = data.draw(anything)
            break
        place = place[key]
    for one in rank([Record(1, value)]):
        for form, row in all_rows(one.module, value, one.mapping):
            is_sound(form, row)


def test_a_number_that_python_does_not_write():
    for module in FAMILIES.values():
        all_rows(module, dict.fromkeys(module.ROLES, 10**5000), {role: role for role in module.ROLES})


@pytest.mark.parametrize("depth", [100, 900])
def test_lists_in_lists(depth):
    for module in FAMILIES.values():
        record = {role: deep(depth) for role in module.ROLES}
        all_rows(module, record, {role: role for role in record})
    record = {name: deep(depth) for name in columns}
    rank([Record(1, record)])
    nested_names([record])


@pytest.mark.parametrize(
    "text",
    ["[INST]" * 50_000, "[INST]" * 50_000 + "[/INST]", "\n" * 300_000, "<|im_start|>a\n" * 30_000, "###" * 100_000,
     "<|user|>" * 50_000, "\n\nHuman:" * 50_000, "{" * 300_000, "<s>" * 100_000, "[{" * 100_000],
)  # fmt: skip
def test_a_long_text_full_of_marks_is_read_to_its_end(text):
    """A reader that went back for every mark would not come to an end here."""
    rank([Record(1, dict.fromkeys(("text", "chosen", "rejected", "prompt", "messages"), text))])
    for module in FAMILIES.values():
        all_rows(module, dict.fromkeys(module.ROLES, text), {role: role for role in module.ROLES})


paths = st.lists(st.text(max_size=3) | keys | st.sampled_from(["0", "1", "-1", "²"]), max_size=5).map(
    ".".join
)
templates = st.lists(
    st.sampled_from(["{", "}", "{{", "}}", "{a}", "{a.b}", "{a.__class__}", "{0}", "{a!r}", "{a:>9}", "{}"])
    | st.text(max_size=4),
    max_size=6,
).map("".join)


@quick
@given(anything, paths)
def test_a_path_finds_something_or_nothing(value, path):
    at_path(value, path)


@quick
@given(records, templates)
def test_a_template_is_filled_or_refused(record, template):
    try:
        filled = field({**record, "a": "x"}, {"prompt": {"template": template}}, "prompt")
    except (DoesNotFit, DataError) as reason:
        said(reason)
    else:
        assert isinstance(filled, str)
        assert filled.strip()


@quick
@given(records, st.dictionaries(st.sampled_from(["prompt", "answer", "text"]), paths | anything, max_size=2))
def test_any_mapping_is_used_or_refused(record, mapping):
    try:
        chosen, _ = choose([Record(1, record)], "auto", mapping)
    except DataError as error:
        said(error)
        said(error.remedy)
    else:
        if chosen.module:
            all_rows(chosen.module, record, chosen.mapping)


def test_ten_thousand_columns_are_ranked():
    known = dict.fromkeys(("instruction", "output", "text", "question", "answer", "messages"), "a")
    rows = [{**known, **{f"c{n}": "b" for n in range(10_000)}} for _ in range(300)]
    rank([Record(number, row) for number, row in enumerate(rows, 1)])
