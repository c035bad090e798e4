"""Documents as rows: text by line or paragraph, Markdown and Word by section, PDF by page; Excel by row; Parquet."""

import datetime
import io
import sys
from pathlib import Path

import pytest

from ftkit.data.reading import open_file
from ftkit.errors import DataError, MissingPackageError
from tests.data.pdf_files import pdf

PARAGRAPHS = """The old mill stood by the river for more than two hundred years, and in all that
time nobody had thought of giving it a name. The people of the village called it the
mill, as if there were no other.

When the railway came, the miller's daughter wrote in her diary that the trains were
louder than the wheel had ever been, and that she missed the sound of the water when
they passed. She was nine years old.
"""


def written(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def values(path):
    return [record.value for record in open_file(path).records()]


def test_separate_lines_are_rows(tmp_path):
    path = written(tmp_path, "a.txt", "One thing.\n\n  Another thing\r\nA third, without an end")
    assert values(path) == [
        {"text": "One thing."},
        {"text": "  Another thing"},
        {"text": "A third, without an end"},
    ]
    assert [record.number for record in open_file(path).records()] == [1, 3, 4]
    assert open_file(path).notes == ("a row is a line",)


def test_a_list_of_names_is_not_taken_for_broken_lines(tmp_path):
    path = written(
        tmp_path, "a.txt", "\n".join(f"article number {n} in the catalogue of spare parts" for n in range(9))
    )
    assert len(values(path)) == 9
    assert len(values(written(tmp_path, "b.txt", "apple\npear\nplum\ncherry\nquince\n"))) == 5


def test_lines_that_were_broken_to_fit_a_page_are_joined_to_paragraphs(tmp_path):
    path = written(tmp_path, "a.txt", PARAGRAPHS)
    assert [value["text"] for value in values(path)] == [
        part.strip("\n") for part in PARAGRAPHS.split("\n\n")
    ]
    assert "a row is a paragraph" in open_file(path).notes[0]


def test_a_paragraph_without_end_is_cut_at_a_line(tmp_path):
    text = PARAGRAPHS.replace("\n\n", "\n") * 200
    rows = [value["text"] for value in values(written(tmp_path, "a.txt", text))]
    assert len(rows) > 3
    assert max(map(len, rows)) < 21_000
    assert "\n".join(rows) + "\n" == text


def test_the_reference_text_has_thirty_rows():
    path = Path("/work/shared/data/llamafactory/wiki_demo.txt")
    if not path.is_file():
        pytest.skip("the reference files are not here")
    rows = values(path)
    assert len(rows) == 30
    assert set(rows[0]) == {"text"}


def test_markdown_is_a_row_a_section(tmp_path):
    long = "Some words about it. " * 20
    text = (
        f"---\ntitle: x\n---\n# Guide\n\nShort.\n\n## Install\n\n{long}\n\n```sh\n# no heading\n```\n\n### Below\n\n{long}\n"
        f"## Use #\n{long}\n"
    )
    path = written(tmp_path, "guide.md", text)
    rows = values(path)
    assert [row["section"] for row in rows] == ["Guide", "Guide › Use"]
    assert [row["source"] for row in rows] == ["guide.md"] * 2
    assert rows[0]["text"].startswith("# Guide\n\nShort.\n\n## Install")
    assert "# no heading\n```" in rows[0]["text"]
    assert "### Below" in rows[0]["text"]
    assert open_file(path).notes == ("a row is a section", "the settings between --- at the top are left out")
    joined = "\n".join(row["text"] for row in rows)
    assert [line for line in joined.split("\n") if line] == [line for line in text.split("\n")[3:] if line]


def test_markdown_without_headings_is_one_row(tmp_path):
    assert values(written(tmp_path, "a.md", "Just text.\n\nMore.\n")) == [
        {"text": "Just text.\n\nMore.", "source": "a.md", "section": ""}
    ]


def test_pdf_is_a_row_a_page_with_its_source(tmp_path):
    table = open_file(written(tmp_path, "a.pdf", pdf(["First page.", "", "Third page."])))
    records = list(table.records())
    assert records[0].value == {"text": "First page.", "source": "a.pdf", "page": 1}
    assert records[1].problem == "the page has no text: it is a picture or empty"
    assert records[2].value["page"] == 3
    assert len(list(table.records())) == 3


def test_a_scanned_pdf_says_so(tmp_path):
    table = open_file(written(tmp_path, "a.pdf", pdf(["", ""])))
    with pytest.raises(DataError, match=r"has 2 pages and no text: it is a scan") as caught:
        list(table.records())
    assert "OCR" in caught.value.remedy


def test_a_pdf_with_a_password_is_refused_and_one_without_is_read(tmp_path):
    from pypdf import PdfReader, PdfWriter

    for password, opens in (("secret", False), ("", True)):
        writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(["Inside."]))))
        writer.encrypt(password, owner_password="owner", algorithm="RC4-128")
        path = tmp_path / "a.pdf"
        writer.write(path)
        if opens:
            assert values(path)[0]["text"] == "Inside."
        else:
            with pytest.raises(DataError, match="locked with a password"):
                open_file(path)


@pytest.mark.parametrize(
    "content", [b"%PDF-1.7\n", b"%PDF-1.7\ngarbage\n%%EOF", b"%PDF-", pdf(["Text."])[:200]]
)
def test_a_damaged_pdf_is_refused(tmp_path, content):
    with pytest.raises(DataError):
        values(written(tmp_path, "a.pdf", content))


def test_parquet_keeps_nested_values(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [
        {
            "messages": [{"role": "user", "content": f"Hi {n}"}],
            "day": datetime.date(2026, 1, 1),
            "n": n,
            "x": None,
        }
        for n in range(3000)
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet", row_group_size=700)
    read = values(tmp_path / "a.parquet")
    assert read == [{**row, "day": "2026-01-01"} for row in rows]
    (tmp_path / "b.csv").write_bytes((tmp_path / "a.parquet").read_bytes())
    assert open_file(tmp_path / "b.csv").format == "parquet"


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + b"x" * 100 + b"PAR1", b"text"])
def test_a_damaged_parquet_file_is_refused(tmp_path, content):
    with pytest.raises(DataError):
        values(written(tmp_path, "a.parquet", content))


def test_excel_reads_the_first_sheet_with_rows(tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "Empty"
    sheet = book.create_sheet("Rows")
    for row in (["prompt", "response", "n"], ["a", "b", 1], [], ["c", None, 2.5], ["d", "e", 3, "too much"]):
        sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    table = open_file(tmp_path / "a.xlsx")
    records = list(table.records())
    assert [record.value for record in records[:2]] == [
        {"prompt": "a", "response": "b", "n": 1},
        {"prompt": "c", "response": None, "n": 2.5},
    ]
    assert records[2].problem == "the row has more fields than there are column names"
    assert table.notes == ("the rows are those of the sheet 'Rows'", "not read: 'Empty'")


def test_word_is_a_row_a_section(tmp_path):
    import docx

    document = docx.Document()
    document.add_heading("Handbook", 0)
    document.add_heading("Start", 1)
    document.add_paragraph("Words about starting. " * 20)
    document.add_heading("Stop", 1)
    document.add_paragraph("Words about stopping. " * 20)
    table = document.add_table(1, 2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "key", "value"
    document.save(tmp_path / "a.docx")
    rows = values(tmp_path / "a.docx")
    assert [row["section"] for row in rows] == ["Handbook", "Stop"]
    assert "key\tvalue" in rows[1]["text"]
    assert rows[0]["source"] == "a.docx"


@pytest.mark.parametrize(("name", "package"), [("a.xlsx", "openpyxl"), ("a.docx", "docx")])
def test_a_missing_package_is_named_with_the_extra_to_install(tmp_path, monkeypatch, name, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingPackageError, match=r"ftkit\[office\]"):
        open_file(written(tmp_path, name, b"PK\x03\x04"))


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 600, "before 2007"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0" + b"\0" * 600, "locked with a password"),
        ("a.xlsx", b"PK\x03\x04 no zip", "damaged or of another kind"),
        ("a.docx", b"no zip at all", "damaged or of another kind"),
        ("a.docx", b"", "damaged or of another kind"),
    ],
)
def test_a_damaged_office_file_is_refused(tmp_path, name, content, says):
    with pytest.raises(DataError, match=says):
        open_file(written(tmp_path, name, content))
