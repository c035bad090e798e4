"""The page of the docs about formats is the one that the families make."""

from pathlib import Path

from ftkit.data.families import FAMILIES
from ftkit.data.families_table import formats_page

PAGE = Path(__file__).parents[2] / "docs" / "data-formats.md"


def test_the_page_is_up_to_date():
    made = formats_page()
    assert PAGE.read_text(encoding="utf-8") == made, (
        "run: python -m ftkit.data.families_table > docs/data-formats.md"
    )
    assert all(f"### `{kind}`" in made for kind in FAMILIES)
