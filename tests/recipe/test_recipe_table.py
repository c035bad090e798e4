"""The page about the settings says what the forms say."""

from pathlib import Path

from ftkit.recipe.table import settings_table

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_page_is_up_to_date():
    made = settings_table()
    assert PAGE.read_text(encoding="utf-8") == made, "run: python -m ftkit.recipe.table > docs/settings.md"
    assert "`SFTConfig.learning_rate`" in made
