"""Files as they come: good ones in every dialect, broken ones with a message that says what, where and what to try."""

import json

import pytest

from ftkit.data.reading import open_file
from ftkit.data.reading.encoding import LONGEST_LINE
from ftkit.errors import DataError

ROWS = [{"prompt": f"Question {n}?", "response": f"Answer {n}."} for n in range(5)]


def written(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def values(path):
    return [record.value for record in open_file(path).records()]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("list.json", json.dumps(ROWS)),
        ("pretty.json", json.dumps(ROWS, indent=2)),
        ("lines.jsonl", "\n".join(map(json.dumps, ROWS))),
        ("lines-in-disguise.json", "\n".join(map(json.dumps, ROWS))),
        ("list-in-disguise.jsonl", json.dumps(ROWS)),
        ("blank-lines.jsonl", "\n\n" + "\n \n".join(map(json.dumps, ROWS)) + "\n\n"),
        ("windows.jsonl", "\r\n".join(map(json.dumps, ROWS))),
        ("bom.json", b"\xef\xbb\xbf" + json.dumps(ROWS).encode()),
        ("wrapped.json", json.dumps({"version": 1, "data": ROWS})),
        ("comma.csv", "prompt,response\n" + "".join(f"{r['prompt']},{r['response']}\n" for r in ROWS)),
        ("semicolon.csv", "prompt;response\n" + "".join(f"{r['prompt']};{r['response']}\n" for r in ROWS)),
        ("tabs.tsv", "prompt\tresponse\n" + "".join(f"{r['prompt']}\t{r['response']}\n" for r in ROWS)),
        (
            "bom.csv",
            "\ufeffprompt,response\r\n" + "".join(f"{r['prompt']},{r['response']}\r\n" for r in ROWS),
        ),
    ],
)
def test_every_dialect_gives_the_same_rows(tmp_path, name, content):
    assert values(written(tmp_path, name, content)) == ROWS


def test_quoted_csv_fields_keep_commas_newlines_and_quotes(tmp_path):
    path = written(tmp_path, "a.csv", 'prompt,response\n"a, b\nc","say ""hi"""\n')
    assert values(path) == [{"prompt": "a, b\nc", "response": 'say "hi"'}]


def test_a_line_separator_inside_a_text_ends_no_line(tmp_path):
    row = {"prompt": "a\u2028b\x85c", "response": "d"}
    assert values(written(tmp_path, "a.jsonl", json.dumps(row, ensure_ascii=False) + "\n")) == [row]


def test_one_broken_line_is_a_record_with_a_problem_and_its_line_number(tmp_path):
    lines = [json.dumps(ROWS[0]), "", '{"prompt": "half', json.dumps(ROWS[1])]
    records = open_file(written(tmp_path, "a.jsonl", "\n".join(lines))).records()
    assert [(r.number, r.problem) for r in records] == [(1, ""), (3, "the line is not valid JSON"), (4, "")]


def test_a_ragged_csv_row_is_a_record_with_a_problem(tmp_path):
    records = open_file(written(tmp_path, "a.csv", "prompt,response\na,b\nc\nd,e,f\n")).records()
    assert [r.problem for r in records] == [
        "",
        "the row has fewer fields than there are column names",
        "the row has more fields than there are column names",
    ]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.json", "", "is empty"),
        ("blank.jsonl", " \n\n", "is empty"),
        ("just-a-bom.csv", b"\xef\xbb\xbf", "is empty"),
        ("one-byte.json", "{", "not valid JSON"),
        ("empty-list.json", "[]", "empty list"),
        ("a-number.json", "42", "not a list of examples"),
        ("trailing-comma.json", '[\n {"prompt": "a"},\n]', "comma with nothing after it in line"),
        ("trailing-commas.jsonl", '{"prompt": "a"},\n{"prompt": "b"},', "comma after the object in line 1"),
        ("cut-off.json", '[{"prompt": "a", "respo', "line 1, column"),
        ("nul.jsonl", b'{"prompt": "a"}\n{"prompt": "\0"}', "NUL byte in line 2"),
        ("deep.json", "[" * 100_000 + "]" * 100_000, "nested too deeply"),
        ("deep.jsonl", '{"a":' * 100_000 + "1" + "}" * 100_000, "nested too deeply"),
        ("digits.json", "[" + "9" * 5000 + "]", "thousands of digits"),
        ("open-quote.csv", 'prompt,response\n"a,b\nc,d\n', "not valid CSV"),
        ("twice.csv", "prompt,prompt\na,b\n", "two columns called 'prompt'"),
        ("header-only.csv", "prompt,response\n", "no rows"),
    ],
)
def test_a_broken_file_says_what_and_where_and_what_to_try(tmp_path, name, content, says):
    path = written(tmp_path, name, content)
    with pytest.raises(DataError) as caught:
        list(open_file(path).records())
    assert says in caught.value.what
    assert name in caught.value.what
    assert caught.value.remedy


def test_a_huge_line_is_refused(tmp_path):
    path = written(tmp_path, "a.jsonl", '{"prompt": "' + "a" * LONGEST_LINE + '"}')
    with pytest.raises(DataError, match="a line of more than 16 MB"):
        list(open_file(path).records())


def test_ten_thousand_columns_are_read(tmp_path):
    header = ",".join(f"c{n}" for n in range(10_000))
    assert len(values(written(tmp_path, "a.csv", f"{header}\n{header}\n"))[0]) == 10_000
