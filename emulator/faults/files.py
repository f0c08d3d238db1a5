"""Faults of the file of dossiers as a whole: old, empty, cut off, or with other columns.

Belongs here: one small function a fault. The sentence it begins with is its documentation. Does not belong here: when
and where a fault is applied.
"""

from __future__ import annotations

from emulator.faults.fault import file_fault
from emulator.faults.landed import Landed, compressed

_OTHER_NAMES = {"MaHoSo": "SoHoSo", "TrangThaiHoSo": "TinhTrang", "NgayTiepNhan": "NgayNhan", "DonViXuLy": "CoQuan"}


@file_fault("Các cột mang tên khác", "The columns have other names", "door.missing_column")
def wrong_columns(landed: Landed) -> None:
    """Code, status, moment of acceptance and handling unit stand under names that nobody announced."""
    dossiers = landed.dossiers()
    for dossier in dossiers:
        renamed = {_OTHER_NAMES.get(name, name): value for name, value in dossier.items()}
        dossier.clear()
        dossier |= renamed
    landed.things += len(dossiers)


@file_fault(
    "Gửi lại tệp của tuần trước",
    "The file of the week before comes again",
    "dossiers.same_as_before",
    needs_week_before=True,
)
def wrong_week(landed: Landed) -> None:
    """The very bytes of the week before, with the sidecar of this week."""
    assert landed.before is not None
    landed.replace_dossier_file((landed.before / landed.dossier_file.name).read_bytes())
    landed.things += 1


@file_fault("Tệp rỗng", "The file is empty", "door.empty")
def empty_file(landed: Landed) -> None:
    """A whole .zst file with nothing in it."""
    landed.replace_dossier_file(compressed(b""))
    landed.things += 1


@file_fault("Tệp bị cắt cụt", "The file is cut off", "door.archive")
def truncated_file(landed: Landed) -> None:
    """The last two fifths of the bytes are missing."""
    content = landed.dossier_file.read_bytes()
    landed.replace_dossier_file(content[: len(content) * 3 // 5])
    landed.things += 1
