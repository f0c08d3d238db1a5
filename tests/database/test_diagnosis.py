"""Findings with their diagnosis and evidence: stored and read back, and a database of before is brought up."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

import resources.migrations as migrations
from resources.connections import open_engine
from resources.database import Database
from resources.outcomes import RuleOutcome

FOUND = RuleOutcome(
    rule="reconcile.electronic_result",
    week="2025-W44",
    stage="quality",
    grain="unit",
    unit_code="H05.141",
    diagnosis="missed_after",
    diagnosis_vi="bộ đếm của cổng bỏ sót hồ sơ (106/106)",
    diagnosis_en="the portal's counter missed dossiers (106/106)",
    evidence='{"only_ours": ["H05.141-251029-0001"], "only_theirs": [], "file": null, "numbers": {}}',
)


def test_a_finding_comes_back_with_its_diagnosis_and_evidence(url: str) -> None:
    database = Database(url)
    database.migrate()
    plain = RuleOutcome(rule="x", week="2025-W44", stage="quality")
    database.replace_outcomes("2025-W44", "quality", [FOUND, plain])
    assert database.outcomes("2025-W44") == [FOUND, plain]


def test_findings_of_the_first_schema_are_kept_and_have_no_diagnosis(url: str) -> None:
    engine = open_engine(url)
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(
            sa.text(
                "INSERT INTO outcomes (week, stage, rule, grain, severity, status, checked, failed, message_vi,"
                " message_en, action_vi, action_en) VALUES ('2025-W44', 'quality', 'x', 'feed', 'error', 'failed',"
                " 1, 1, 'a', 'b', 'c', 'd')"
            )
        )
    database = Database(url)
    database.migrate()
    (kept,) = database.outcomes("2025-W44")
    assert (kept.rule, kept.message_vi, kept.diagnosis, kept.evidence) == ("x", "a", None, None)
