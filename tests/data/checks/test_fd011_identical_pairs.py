from tests.data.checks.made_up import found, pair


def pairs(count):
    return [pair(f"Question {i}", f"Good answer {i}", f"Bad answer {i}") for i in range(count)]


def test_equal_answers_are_found_and_left_out():
    finding = found("FD011", [*pairs(3), pair("Who?", "Me.", " Me.\n")], form="preference")
    assert (finding.count, finding.drop, finding.fix) == (1, (3,), "drop-identical-pairs")
    assert finding.severity == "warning"


def test_all_equal_is_an_error():
    finding = found("FD011", [pair("Who?", "Me.", "Me."), pair("Why?", "So.", "So.")], form="preference")
    assert finding.severity == "error"


def test_silent_where_they_differ():
    assert found("FD011", pairs(5), form="preference") is None


def test_spaces_inside_a_program_are_a_difference():
    row = pair("Write it", "if a:\n    b()\nc()", "if a:\n    b()\n    c()")
    assert found("FD011", [row], form="preference") is None


def test_calls_of_tools_are_a_difference():
    row = pair("Weather?", "", "")
    row["chosen"][0]["tool_calls"] = [{"type": "function", "function": {"name": "weather", "arguments": {}}}]
    assert found("FD011", [row], form="preference") is None
