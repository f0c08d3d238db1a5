"""Refusal: why the door does not take a file in, in words that say what to do.

Belongs here: the exception and how it becomes one RuleOutcome. Does not belong here: deciding to refuse.

A refusal never quotes the content of a file beyond column names it knows: a line that cannot be read may hold a
person's name, and outcomes are kept under the home.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from resources.outcomes import RuleOutcome, Severity

if TYPE_CHECKING:
    from resources.landing import LandedFile

STAGE = "exports"
MAX_SHOWN = 200


class Refusal(Exception):
    """A file, or one table of it, that cannot be taken in. `rule` names the case; the rest are RuleOutcome's fields."""

    def __init__(
        self,
        rule: str,
        vi: str,
        en: str,
        *,
        do_vi: str,
        do_en: str,
        row: int | None = None,
        field: str | None = None,
        value: str | None = None,
        expected: str | None = None,
    ) -> None:
        super().__init__(f"{vi} / {en}")
        self.rule, self.vi, self.en, self.do_vi, self.do_en = rule, vi, en, do_vi, do_en
        self.row, self.field, self.value, self.expected = row, field, value, expected

    def outcome(self, file: LandedFile, *, part: str | None = None, export_id: str | None = None) -> RuleOutcome:
        """The one finding of a refused file."""
        return said_of(
            file,
            self.rule,
            self.vi,
            self.en,
            do_vi=self.do_vi,
            do_en=self.do_en,
            row=self.row,
            field=self.field,
            value=self.value,
            expected=self.expected,
            part=part,
            export_id=export_id,
        )


def said_of(
    file: LandedFile,
    rule: str,
    vi: str,
    en: str,
    *,
    do_vi: str = "",
    do_en: str = "",
    severity: Severity = "error",
    row: int | None = None,
    field: str | None = None,
    value: str | None = None,
    expected: str | None = None,
    part: str | None = None,
    export_id: str | None = None,
    checked: int = 1,
    failed: int = 1,
) -> RuleOutcome:
    """A finding of the door about a file (and, of a workbook, one sheet)."""
    return RuleOutcome(
        rule=f"door.{rule}",
        week=str(file.week),
        stage=STAGE,
        grain="row" if row is not None else "feed",
        severity=severity,
        status="failed",
        kind=file.kind,
        scope=file.scope,
        period=file.period_kind,
        export_id=export_id,
        file=f"{file.name} [{part}]" if part else file.name,
        row=row,
        field=field,
        value=shown(value) if value is not None else None,
        expected=expected,
        checked=checked,
        failed=failed,
        message_vi=vi,
        message_en=en,
        action_vi=do_vi,
        action_en=do_en,
    )


def shown(text: str) -> str:
    """A text short enough to be kept in a finding."""
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"
