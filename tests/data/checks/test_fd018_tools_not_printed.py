import pytest

from ftkit.data import inspect_data
from ftkit.data.printed import CALLS, TOOLS
from tests.data.checks.made_up import asked, clean, found
from tests.tiny import write_jsonl

CALL = {"type": "function", "function": {"name": "look", "arguments": {"day": 1}}}
OFFER = [{"type": "function", "function": {"name": "look", "description": "Look", "parameters": {}}}]
PLAIN = frozenset(("user", "assistant", "system"))


def calling():
    row = asked("What is the weather?", "")
    row["completion"][0]["tool_calls"] = [CALL]
    return {**row, "tools": OFFER}


def test_a_call_that_is_not_printed_is_an_error_and_can_be_left_out():
    finding = found("FD018", [*clean(5), calling()], roles=PLAIN)
    assert (finding.severity, finding.count, list(finding.drop)) == ("error", 1, [5])


def test_a_call_earlier_in_the_conversation_counts_too():
    row = asked("And now?", "It is sunny.")
    row["prompt"][:0] = [{"role": "assistant", "content": "", "tool_calls": [CALL]}]
    assert found("FD018", [row], roles=PLAIN).severity == "error"


def test_tools_that_are_only_offered_are_a_warning():
    row = {**asked("Hello?", "Hello."), "tools": OFFER}
    assert found("FD018", [row], roles=PLAIN).severity == "warning"


@pytest.mark.parametrize("roles", [None, PLAIN | {CALLS, TOOLS}])
def test_silent_where_they_are_printed_or_no_model_is_known(roles):
    assert found("FD018", [calling()], roles=roles) is None


def test_silent_on_a_clean_set():
    assert found("FD018", clean(50), roles=PLAIN) is None


def test_a_model_without_tools_is_told_of_in_an_inspection(tmp_path, tiny_model_folder):
    turns = [
        {"role": "user", "content": "What is the weather?"},
        {"role": "assistant", "tool_calls": [CALL]},
        {"role": "tool", "name": "look", "content": "sunny"},
        {"role": "assistant", "content": "It is sunny."},
    ]
    path = tmp_path / "calls.jsonl"
    write_jsonl(path, [{"messages": turns, "tools": OFFER} for _ in range(20)])
    codes = {check.code: check.severity for check in inspect_data(path, model=tiny_model_folder).checks}
    assert codes["FD018"] == "error"
