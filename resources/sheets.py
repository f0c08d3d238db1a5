"""What a table of a file stands for: its scope, period and part, from the sheet's name, the file's name and the
sidecar.

Belongs here: the sheet names people use (portal_contract.md, section D) and which sheets of a workbook are read. Does
not belong here: reading sheets (resources/workbooks.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from resources.exports import KINDS_WITH_PERIOD
from resources.landing import LandedFile
from resources.mapping import Mapping, heading_key
from resources.readers import Source, TableSource
from resources.refusals import Refusal
from resources.sidecars import Sidecar
from resources.units import level_of, normalise_code, province_of
from scoring.calendar import Period, PeriodKind

#: Sheet name to the kind of period it states, and the part of the scope's units it lists.
SHEETS: dict[str, tuple[PeriodKind | None, str | None]] = {
    heading_key("Điểm năm"): ("ytd", None),
    heading_key("Điểm tháng"): ("month", None),
    heading_key("Điểm quý"): ("quarter", None),
    heading_key("Sở Ban"): (None, "departments"),
    heading_key("Sở Ban Ngành"): (None, "departments"),
    heading_key("Xã Phường"): (None, "communes"),
    heading_key("Phường Xã"): (None, "communes"),
}


@dataclass(frozen=True, slots=True)
class SheetMeaning:
    """scope: `VN` or a unit code. part: `departments` or `communes` where a sheet lists only those."""

    scope: str
    period: Period | None
    part: str | None


def ignored_sheets(
    sources: Sequence[Source], kind: str, score: Callable[[Sequence[str]], int]
) -> tuple[list[Source], list[TableSource]]:
    """Which tables of a file are read, and which are ignored with a word.

    Of a workbook of scores or counts the sheets with a known name; where none has one, the first with known headings.
    """
    sheets = [source for source in sources if isinstance(source, TableSource)]
    if len(sheets) < len(sources) or len(sheets) < 2:
        return list(sources), []
    named = [sheet for sheet in sheets if kind in KINDS_WITH_PERIOD and heading_key(sheet.part or "") in SHEETS]
    kept = named or [max(sheets, key=lambda sheet: score(sheet.headings))]
    return list(kept), [sheet for sheet in sheets if not any(sheet is each for each in kept)]


def meaning_of(source: Source, mapping: Mapping, file: LandedFile, sidecar: Sidecar) -> SheetMeaning:
    """What a table stands for. Raises Refusal when its period is not said, or said in two ways."""
    name = heading_key(source.part or "")
    sheet_kind, part = SHEETS.get(name, (None, None)) if file.kind in KINDS_WITH_PERIOD else (None, None)
    scope = _scope(source, mapping, file, part) if isinstance(source, TableSource) and name in SHEETS else file.scope
    if file.kind not in KINDS_WITH_PERIOD:
        return SheetMeaning(scope, None, None)
    said = {heading_key(sheet): period for sheet, period in sidecar.sheets.items()}.get(name)
    period = said or _period(file, sidecar, sheet_kind, source.part)
    if period.start > file.week.end:
        raise Refusal(
            "period_ahead",
            f"kỳ {period} bắt đầu sau tuần {file.week}",
            f"the period {period} begins after the week {file.week}",
            field="period",
            value=str(period),
            expected=f"<= {file.week}",
            do_vi="Sửa `period` trong tệp mô tả hoặc chuyển tệp sang đúng tuần",
            do_en="Mend `period` in the sidecar, or move the file to its week",
        )
    return SheetMeaning(scope, period, part)


def _period(file: LandedFile, sidecar: Sidecar, sheet_kind: PeriodKind | None, sheet: str | None) -> Period:
    said = sidecar.period
    kind = sheet_kind or file.period_kind or (said.kind if said else None)
    if kind is None:
        name = f"{file.kind}.{file.scope}.ytd.{file.extension}"
        raise Refusal(
            "no_period",
            "không biết kỳ của bảng" + (f" ở trang {sheet!r}" if sheet else ""),
            "the period of the table is not said" + (f" (sheet {sheet!r})" if sheet else ""),
            field="period",
            expected="ytd, month, quarter, half",
            do_vi=f"Đặt kỳ vào tên tệp ({name}) hoặc `period: 2025-10` vào tệp mô tả",
            do_en=f"Put it into the file's name ({name}), or `period: 2025-10` into the sidecar",
        )
    if said is not None and said.kind == kind:
        return said
    if said is not None and sheet_kind is None:
        raise Refusal(
            "period_twice",
            f"tên tệp nói kỳ {file.period_kind}, tệp mô tả nói {said} ({said.kind})",
            f"the file's name says {file.period_kind}, the sidecar says {said} ({said.kind})",
            field="period",
            value=str(said),
            expected=file.period_kind,
            do_vi="Sửa một trong hai cho khớp",
            do_en="Mend one of the two",
        )
    return Period.of_week(kind, file.week)  # type: ignore[arg-type]


def _scope(source: TableSource, mapping: Mapping, file: LandedFile, part: str | None) -> str:
    """The scope of a named sheet: the nation where it lists provinces, the province whose units it lists."""
    codes = {normalise_code(text) for text in source.texts(mapping.sources_of("unit_code"))}
    levels = {level_of(code) for code in codes}
    if part is None:
        return "VN" if len(codes) > 1 and levels == {"province"} else file.scope
    provinces = {province for code in codes if (province := province_of(code))}
    if file.scope == "VN" and len(provinces) == 1:
        return provinces.pop()
    return file.scope
