"""The data dictionary says what the code does, because it is made from it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from publishing.dictionary import DEFAULT_PATH, dictionary_text, main
from publishing.tables import RANKING_COLUMNS, SCORE_COLUMNS
from resources.catalogue import catalogue

ROOT = Path(__file__).resolve().parents[2]


def test_the_committed_page_is_the_one_the_catalogue_makes() -> None:
    committed = (ROOT / DEFAULT_PATH).read_text(encoding="utf-8")
    assert committed == dictionary_text(), "run: python -m publishing.dictionary"


def test_the_page_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    main([str(tmp_path / "page.md")])
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == dictionary_text()


def test_every_column_of_every_table_and_of_the_commands_csv_is_in_it() -> None:
    text = dictionary_text()
    for name, table in catalogue().items():
        section = text.split(f"\n## {name}\n")[1].split("\n## ")[0]
        assert all(f"| `{column}`" in section for column in table.column_names)
    for command, columns in (("ranking", RANKING_COLUMNS), ("score", SCORE_COLUMNS)):
        section = text.split(f"### service-index {command} --format csv")[1].split("\n### ")[0]
        assert [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")] == list(columns)


def test_every_source_named_in_the_catalogue_exists() -> None:
    tables = catalogue()
    for table in tables.values():
        for column in table.columns:
            for source in column.sources:
                name, _, sourced = source.partition(".")
                assert sourced in tables[name].column_names, f"{table.name}.{column.name} is made of unknown {source}"


@pytest.mark.parametrize("name", list(catalogue()))
def test_a_column_of_the_catalogue_has_only_the_keys_there_are(name: str) -> None:
    """An unquoted comma in a flow mapping cuts a text short and makes a key of the rest."""
    raw = YAML(typ="safe", pure=True).load(files("resources").joinpath("catalogue.yaml").read_text(encoding="utf-8"))
    for column in raw[name]["columns"]:
        assert set(column) <= {"name", "type", "vi", "en", "key", "nullable", "from"}
