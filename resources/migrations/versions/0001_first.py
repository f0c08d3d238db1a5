"""The first schema: exports, outcomes, verdicts, disagreements, and the append-only revisions and rankings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from resources.schema import ExactDecimal

revision = "0001"
down_revision = None

COMPONENTS = ("transparency", "progress", "online_services", "online_payment", "satisfaction", "digitisation")


def upgrade() -> None:
    _intake()
    _verdicts()
    _publication()
    for table in ("revisions", "rankings"):
        _refuse_changes(table)


def _required(name: str, type_: sa.types.TypeEngine | type[sa.types.TypeEngine] = sa.Text) -> sa.Column:
    return sa.Column(name, type_, nullable=False)


def _intake() -> None:
    op.create_table(
        "exports",
        _required("export_id"),
        _required("week"),
        _required("kind"),
        _required("scope"),
        sa.Column("period_kind", sa.Text),
        sa.Column("period", sa.Text),
        _required("file"),
        sa.Column("part", sa.Text),
        _required("sha256"),
        _required("size_bytes", sa.BigInteger),
        _required("rows", sa.BigInteger),
        _required("rejected_rows", sa.BigInteger),
        sa.Column("exported_at", sa.DateTime),
        _required("received_at", sa.DateTime),
        sa.Column("source", sa.Text),
        sa.Column("mapping", sa.Text),
        sa.Column("ruleset", sa.Text),
        _required("partial", sa.Boolean),
        sa.Column("corrects", sa.Text),
        _required("status"),
        sa.PrimaryKeyConstraint("export_id", name="pk_exports"),
    )
    op.create_index("ix_exports_week", "exports", ["week"])
    op.create_table(
        "outcomes",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        *(_required(name) for name in ("week", "stage", "rule", "grain", "severity", "status")),
        *(sa.Column(name, sa.Text) for name in ("kind", "scope", "period", "unit_code", "export_id", "file")),
        sa.Column("row", sa.BigInteger),
        *(sa.Column(name, sa.Text) for name in ("field", "value", "expected")),
        _required("checked", sa.BigInteger),
        _required("failed", sa.BigInteger),
        *(_required(name) for name in ("message_vi", "message_en", "action_vi", "action_en")),
        sa.PrimaryKeyConstraint("id", name="pk_outcomes"),
    )
    op.create_index("ix_outcomes_week_stage", "outcomes", ["week", "stage"])


def _verdicts() -> None:
    op.create_table(
        "verdicts",
        _required("week"),
        _required("decision"),
        _required("reasons", sa.JSON),
        _required("fingerprint"),
        sa.PrimaryKeyConstraint("week", name="pk_verdicts"),
    )
    op.create_table(
        "feed_verdicts",
        _required("week"),
        _required("position", sa.Integer),
        _required("kind"),
        _required("scope"),
        sa.Column("period", sa.Text),
        sa.Column("export_id", sa.Text),
        _required("admitted", sa.Boolean),
        sa.Column("rule", sa.Text),
        sa.Column("reason", sa.Text),
        sa.PrimaryKeyConstraint("week", "position", name="pk_feed_verdicts"),
        sa.ForeignKeyConstraint(["week"], ["verdicts.week"], name="fk_feed_verdicts_verdicts", ondelete="CASCADE"),
    )
    op.create_table(
        "unit_holds",
        _required("week"),
        _required("position", sa.Integer),
        _required("unit_code"),
        *(sa.Column(name, sa.Text) for name in ("kind", "period", "rule", "reason")),
        sa.PrimaryKeyConstraint("week", "position", name="pk_unit_holds"),
        sa.ForeignKeyConstraint(["week"], ["verdicts.week"], name="fk_unit_holds_verdicts", ondelete="CASCADE"),
    )
    op.create_table(
        "disagreements",
        *(_required(name) for name in ("week", "period_kind", "period", "unit_code", "group_code")),
        *(sa.Column(name, ExactDecimal(9, 4)) for name in ("computed", "recounted", "as_published")),
        sa.PrimaryKeyConstraint("week", "period_kind", "unit_code", "group_code", name="pk_disagreements"),
    )


def _publication() -> None:
    op.create_table(
        "revisions",
        _required("week"),
        _required("revision", sa.Integer),
        _required("fingerprint"),
        _required("figures"),
        _required("status"),
        sa.Column("reason", sa.Text),
        sa.Column("run_id", sa.Text),
        _required("published_at", sa.DateTime),
        _required("inputs", sa.JSON),
        _required("rulesets", sa.JSON),
        sa.PrimaryKeyConstraint("week", "revision", name="pk_revisions"),
        sa.CheckConstraint("revision >= 1", name="revision_counts_from_one"),
    )
    key = ("week", "revision", "level", "scope", "period_kind", "unit_code")
    op.create_table(
        "rankings",
        _required("week"),
        _required("revision", sa.Integer),
        *(_required(name) for name in ("level", "scope", "period_kind", "period", "unit_code", "unit_name")),
        sa.Column("rank", sa.Integer),
        _required("cohort_size", sa.Integer),
        _required("ranked", sa.Integer),
        *(sa.Column(name, ExactDecimal(6, 2)) for name in ("total", *COMPONENTS, "previous_total", "change")),
        sa.Column("previous_rank", sa.Integer),
        sa.Column("move", sa.Integer),
        *(sa.Column(name, ExactDecimal(6, 2)) for name in ("gap_to_first", "gap_to_next")),
        sa.Column("lowest_component", sa.Text),
        sa.Column("lowest_completion_pct", ExactDecimal(5, 1)),
        sa.Column("band", sa.Text),
        _required("basis"),
        _required("status"),
        sa.Column("note", sa.Text),
        sa.Column("ruleset", sa.Text),
        sa.PrimaryKeyConstraint(*key, name="pk_rankings"),
        sa.ForeignKeyConstraint(
            ["week", "revision"], ["revisions.week", "revisions.revision"], name="fk_rankings_revisions"
        ),
    )


def _refuse_changes(table: str) -> None:
    """Triggers by which the database itself keeps a table append-only, whoever asks."""
    message = f"{table} is append-only: publish a new revision"
    if op.get_bind().dialect.name == "sqlite":
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{message}'; END $$"
    )
    for event, grain in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        op.execute(
            f"CREATE TRIGGER {table}_no_{grain.lower()}_change BEFORE {event} ON {table} "
            f"FOR EACH {grain} EXECUTE FUNCTION {table}_refuse_change()"
        )
