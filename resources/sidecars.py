"""The sidecar of a landed file: `<file>.meta.yaml`, in which the sender says what the file itself does not.

Belongs here: its keys, their forms, and reading it. Does not belong here: what the facts lead to (resources/door.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from resources.refusals import Refusal
from scoring.calendar import Period
from scoring.yamlnodes import Node, RuleSetError, read_yaml

SUFFIX = ".meta.yaml"
KEYS = (
    "exported_at",
    "source",
    "period",
    "mapping",
    "partial",
    "provisional",
    "corrects",
    "ruleset",
    "simulated",
    "note",
    "sheets",
)


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What is said beside a file. exported_at: naive UTC. sheets: of a workbook, sheet name to its period.

    provisional: the source itself calls some of its figures unsettled, such as denominators that are still to come.
    """

    exported_at: datetime | None = None
    source: str | None = None
    period: Period | None = None
    mapping: str | None = None
    partial: bool = False
    provisional: bool = False
    corrects: str | None = None
    ruleset: str | None = None
    simulated: bool = False
    note: str | None = None
    sheets: Mapping[str, Period] = field(default_factory=dict)

    @property
    def facts(self) -> dict[str, object]:
        """Everything said, for the export's id; what is not said does not stand in it."""
        said = {key: getattr(self, key) for key in KEYS if key != "sheets"}
        said["sheets"] = sorted((name, str(period)) for name, period in self.sheets.items())
        return {key: str(value) for key, value in said.items() if value not in (None, False, [])}


def read_sidecar(path: Path) -> Sidecar:
    """The sidecar beside a landed file; empty when there is none. Raises Refusal, naming line and key."""
    beside = path.with_name(path.name + SUFFIX)
    if not beside.exists():
        return Sidecar()
    try:
        root = read_yaml(beside)
        said = root.allow(KEYS)
        text = {key: _text(said.get(key)) for key in ("source", "mapping", "corrects", "ruleset", "note")}
        return Sidecar(
            exported_at=_instant(said["exported_at"]) if "exported_at" in said else None,
            period=_period(said["period"]) if "period" in said else None,
            partial=said["partial"].flag() if "partial" in said else False,
            provisional=said["provisional"].flag() if "provisional" in said else False,
            simulated=said["simulated"].flag() if "simulated" in said else False,
            sheets={name: _period(node) for name, node in said["sheets"].mapping().items()} if "sheets" in said else {},
            **text,
        )
    except RuleSetError as error:
        vi, _, en = error.message.partition(" / ")
        raise Refusal(
            "sidecar",
            f"tệp mô tả {beside.name}, dòng {error.line}: {vi}",
            f"sidecar {beside.name}, line {error.line}: {en or vi}",
            field=beside.name,
            row=error.line,
            do_vi=f"Sửa {beside.name}; các khóa được dùng: {', '.join(KEYS)}",
            do_en=f"Mend {beside.name}; the keys are {', '.join(KEYS)}",
        ) from None


def _text(node: Node | None) -> str | None:
    return node.text() if node is not None and node.value is not None else None


def _instant(node: Node) -> datetime:
    """A moment with its offset, as naive UTC. Without one a clock could be read in two ways: refused."""
    try:
        instant = datetime.fromisoformat(node.text())
    except ValueError:
        _no_instant(node)
    if instant.tzinfo is None:
        _no_instant(node)
    return instant.astimezone(UTC).replace(tzinfo=None)


def _no_instant(node: Node) -> NoReturn:
    node.fail(
        f"exported_at cần thời điểm có múi giờ, dạng 2025-10-11T17:00:00+07:00, không phải {node.shown}",
        f"exported_at must be a moment with its offset, such as 2025-10-11T17:00:00+07:00, not {node.shown}",
    )


def _period(node: Node) -> Period:
    try:
        return Period.parse(node.text())
    except ValueError:
        node.fail(
            f"kỳ cần dạng 2025, 2025-H2, 2025-Q4 hoặc 2025-10, không phải {node.shown}",
            f"a period is 2025, 2025-H2, 2025-Q4 or 2025-10, not {node.shown}",
        )
