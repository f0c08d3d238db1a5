"""The page of rules is that of the catalogue."""

from __future__ import annotations

from pathlib import Path

from checks.catalogue_doc import DEFAULT_PATH, main, rules_text
from checks.rules import load_claim_rules, load_rules

ROOT = Path(__file__).parents[2]


def test_every_rule_stands_on_the_page_with_both_titles() -> None:
    text = rules_text()
    for rule in (*load_rules(), *load_claim_rules()):
        line = next(line for line in text.splitlines() if line.startswith(f"| `{rule.id}`"))
        assert rule.title_vi in line
        assert rule.title_en in line


def test_the_page_in_docs_is_the_one_the_command_writes(tmp_path: Path) -> None:
    main([str(tmp_path / "rules.md")])
    assert (ROOT / DEFAULT_PATH).read_bytes() == (tmp_path / "rules.md").read_bytes(), "python -m checks.catalogue_doc"
