"""The page about the settings says what the forms say."""

from pathlib import Path

from ftkit.recipe.table import settings_table

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_page_is_up_to_date():
    made = settings_table()
    assert PAGE.read_text(encoding="utf-8") == made, "run: python -m ftkit.recipe.table > docs/settings.md"
    assert "`SFTConfig.learning_rate`" in made


def test_settings_of_one_name_that_are_not_alike_stand_apart_with_their_techniques():
    rows = [line for line in settings_table().splitlines() if "`method.target_modules`" in line]
    assert len(rows) == len(set(rows)) > 1
    assert ["`LoraConfig" in row for row in rows].count(True) == 1
    assert any("<br>IA3 |" in row and "IA3Config.target_modules" in row for row in rows)
