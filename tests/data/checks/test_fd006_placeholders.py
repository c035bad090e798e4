import pytest

from tests.data.checks.made_up import asked, clean, found


@pytest.mark.parametrize(
    "text",
    [
        "I am {{name}}.", "I am {{ bot_name }}, made by {{company}}!", "Dear [Your Name],", "Yours, [NAME]", "Regards, [Company Name]",
        "<insert date>", "Write to <your email>.", "Hi ${user}!", "TODO: write this answer", "I will say so. [TODO check]", "Yes.\nTBD\n",
    ],
)  # fmt: skip
def test_found(text):
    finding = found("FD006", [*clean(9), asked("Who are you?", text)])
    assert finding.count == 1
    assert finding.drop == (9,)
    assert finding.severity == "warning"


def test_the_first_three_are_shown():
    rows = [asked("Who?", f"I am {{{{name_{name}}}}}.") for name in "abcde"]
    sentence = found("FD006", [*clean(9), *rows]).sentence
    assert sentence.startswith("5 rows hold placeholders")
    assert "{{name_a}}, {{name_b}}, {{name_c}}." in sentence


def test_only_a_note_where_they_are_few():
    assert found("FD006", [*clean(200), asked("Who?", "I am {{name}}.")]).severity == "note"


def test_nothing_is_thrown_away_where_most_rows_have_one():
    assert found("FD006", [asked("Who?", "I am {{ name }}.")] * 5).fix is None


def test_silent_on_clean_rows():
    assert found("FD006", clean()) is None


@pytest.mark.parametrize(
    "text",
    [
        "```\n{{ x }}\n```", "{% if a %}{{ a }}{% endif %}", "a[0] < your b", "{1, {2}}", "Write `{{ user }}` there.",
        r"$\frac{{a}}{{b}}$", r"x^{{n}} and \mathbf{{v}}", "It costs ${n}$ dollars, or ${ab}$.", "`TODO: add tests`", "My to-do list",
        "A TODO list is a list of chores.", "See [name](https://example.org) or [1].", "<name>Ann</name>", "The capital is [MASK].",
        "[INST] Hi [/INST]", "In Jinja, {{ user }} prints the user.", "echo in bash: ${HOME}", "Use {{name}} as a placeholder.",
        "<b>your name</b>", "if a <your_b and c> d", "```bash\n# TODO: more\necho ${HOME}\n", "{{}}", "{{1, 2}, {3, 4}}", "[[1, 2], [3]]",
        "x <insert> y", "list[date]", "dict[name]: str", "let url = host + '?d=${range}'", "rows.map(r => '${name}');", "import os\nprint('${name}')", "val x = s\"${row.name} ${row._1}\"",
    ],
)  # fmt: skip
def test_silent_on_code_mathematics_and_lessons(text):
    assert found("FD006", [asked("How?", text)]) is None
