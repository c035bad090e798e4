"""Roles played by columns, fields inside them, constants and templates; nothing in a template is ever executed."""

import pytest

from ftkit.data.mapping import at_path, check_sources, columns_of, field, nested_names, placeholders
from ftkit.data.records import DoesNotFit
from ftkit.errors import DataError

RECORD = {
    "q": "Why?",
    "a.b": "dotted",
    "a": {"b": "nested", "c": [{"d": "x"}, {"d": "y"}]},
    "n": 3,
    "empty": "",
    "none": None,
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("q", "Why?"),
        ("a.b", "dotted"),
        ("a.c.1.d", "y"),
        ("a.c.0", {"d": "x"}),
        ("a.c.2.d", None),
        ("a.c.-1", None),
        ("a.c.²", None),
        ("a.", None),
        (".a", None),
        ("q.0", None),
        ("q.upper", None),
        ("a.__class__", None),
        ("", None),
    ],
)
def test_a_path_leads_through_groups_and_lists_and_nowhere_else(path, found):
    assert at_path(RECORD, path) == found


def filled(template):
    return field(RECORD, {"prompt": {"template": template}}, "prompt")


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{q}", "Why?"),
        ("Q: {q} A: { a.c.0.d }", "Q: Why? A: x"),
        ("{{q}} {n}{empty}", "{q} 3"),
        ("{a.b}", "dotted"),
        ("no column", "no column"),
        ("{{{q}}}", "{Why?}"),
    ],
)
def test_a_template_is_filled(template, text):
    assert filled(template) == text


@pytest.mark.parametrize(
    "template", ["{q.__class__}", "{q!r}", "{q:>9}", "{n.real}", "{__class__}", "{a.c.0.__len__}", "{0}"]
)
def test_a_template_reaches_no_attribute_and_runs_nothing(template):
    with pytest.raises(DoesNotFit, match="of the template is missing"):
        filled(template)


def test_what_is_inserted_is_not_looked_at_again():
    assert field({"q": "{n} {{", "n": 3}, {"prompt": {"template": "{q}"}}, "prompt") == "{n} {{"


@pytest.mark.parametrize(
    ("template", "reason"), [("{none}", "missing"), ("{a}", "not text"), ("{empty}", "gives no text")]
)
def test_a_row_that_fills_no_template_is_left_out(template, reason):
    with pytest.raises(DoesNotFit, match=reason):
        filled(template)


@pytest.mark.parametrize("template", ["{q", "q}", "{}", "{ }", "a } b", "{{}"])
def test_a_template_with_a_lone_brace_is_refused(template):
    with pytest.raises(DataError, match="template"):
        placeholders(template)


def test_a_constant_is_itself():
    assert field(RECORD, {"answer": {"constant": "{q}"}}, "answer") == "{q}"
    assert columns_of({"constant": "{q}"}) == []


@pytest.mark.parametrize(
    "source", [3, None, [], {}, {"constant": 3}, {"constant": "a", "template": "b"}, {"code": "a"}]
)
def test_what_is_no_source_is_refused(source):
    with pytest.raises(DataError):
        columns_of(source)


def test_a_column_that_is_nowhere_is_named():
    check_sources({"prompt": "q", "answer": "a.c.1.d", "system": {"template": "{n}"}}, list(RECORD), [RECORD])
    with pytest.raises(DataError, match=r"no column 'a\.c\.9'") as raised:
        check_sources({"prompt": "a.c.9"}, ["q", "a"], [RECORD])
    assert "'q', 'a'" in raised.value.remedy


def test_fields_inside_columns_can_be_offered():
    assert nested_names([RECORD, {"meta": {"lang": "en", "more": {"x": 1}}}]) == [
        "a.b",
        "a.c",
        "meta.lang",
        "meta.more.x",
    ]
