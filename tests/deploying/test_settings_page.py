"""The page of settings is made from the settings, and says of each what it is, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from publishing.settings_doc import DEFAULT_PATH, MEANINGS, is_secret, main, settings_text
from resources import settings
from resources.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[2]


def test_the_committed_page_is_the_one_the_settings_make(tmp_path: Path) -> None:
    committed = (ROOT / DEFAULT_PATH).read_text(encoding="utf-8")
    assert committed == settings_text(), "run: python -m publishing.settings_doc"
    main([str(tmp_path / "page.md")])
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == committed


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_a_setting_has_its_line_with_meaning_type_and_whether_it_is_secret(name: str) -> None:
    field = Settings.model_fields[name]
    (line,) = [line for line in settings_text().splitlines() if line.startswith(f"| `{name}` |")]
    cells = [cell.strip() for cell in line.strip("|").split(" | ")]
    assert cells[1] == f"`{PREFIX}{name.upper()}`"
    assert field.description
    assert MEANINGS[name]
    assert cells[2]
    assert (cells[-1] == "yes") == is_secret(field)


def test_what_is_secret_is_never_shown_when_it_is_wrong() -> None:
    assert set(settings._SECRETS) == {name for name, field in Settings.model_fields.items() if is_secret(field)}


def test_nothing_is_told_of_a_setting_that_is_none() -> None:
    assert set(MEANINGS) == set(Settings.model_fields)
