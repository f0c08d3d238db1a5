"""Which mapping reads a table: the one its sidecar names, else the packaged one whose required columns are all there.

Belongs here: choosing, and telling what is missing or of another kind when none fits. Does not belong here: what a
mapping says (resources/mapping.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from resources.exports import KINDS
from resources.mapping import Mapping, MappingError, available, load_mapping, packaged_mappings
from resources.refusals import Refusal

if TYPE_CHECKING:
    import duckdb

    from resources.readers import Source

MAX_LISTED = 20


def candidates_for(kind: str, name: str | None, folders: Sequence[Path]) -> list[Mapping]:
    """The mapping the sidecar names, else the packaged ones of the file's kind. Raises Refusal."""
    if name is None:
        return _packaged(kind)
    try:
        mapping = load_mapping(name, folders)
    except MappingError as error:
        vi, _, en = str(error).partition(" / ")
        raise Refusal(
            "mapping",
            vi,
            en or vi,
            field="mapping",
            value=name,
            expected=", ".join(sorted(available(folders))),
            do_vi="Sửa tên trong tệp mô tả, hoặc đặt tệp ánh xạ vào thư mục mappings",
            do_en="Mend the name in the sidecar, or put the mapping file into the folder mappings",
        ) from None
    if mapping.kind != kind:
        raise Refusal(
            "mapping",
            f"ánh xạ {mapping.id} đọc {mapping.kind}, không đọc {kind}",
            f"the mapping {mapping.id} reads {mapping.kind}, not {kind}",
            field="mapping",
            value=mapping.id,
            expected=kind,
            do_vi="Chọn ánh xạ đúng loại trong tệp mô tả",
            do_en="Name a mapping of that kind in the sidecar",
        )
    return [mapping]


@cache
def _packaged(kind: str) -> list[Mapping]:
    return packaged_mappings(kind)


def scorer(candidates: list[Mapping]) -> Callable[[Sequence[str]], int]:
    return lambda headings: max((mapping.known(headings) for mapping in candidates), default=0)


def choose(con: duckdb.DuckDBPyConnection, source: Source, candidates: list[Mapping], kind: str) -> Mapping:
    """The mapping whose required columns are all there, of several the one that knows most. Raises Refusal."""
    ordered = sorted(candidates, key=lambda mapping: (-mapping.known(source.headings), mapping.id))
    for mapping in ordered:
        if not source.missing(con, mapping):
            return mapping
    nearest = min(ordered, key=lambda mapping: (len(mapping.missing(source.headings)), -mapping.known(source.headings)))
    missing = source.missing(con, nearest)
    other = next(
        (other for other in KINDS if other != kind
         and any(not mapping.missing(source.headings) for mapping in _packaged(other))), None,
    )  # fmt: skip
    if other is not None:
        raise Refusal(
            "other_kind",
            f"tệp mang tên {kind} nhưng có các cột của {other}",
            f"the file is named {kind} but has the columns of {other}",
            field=", ".join(missing),
            value=other,
            expected=kind,
            do_vi=f"Đổi tên tệp thành {other}.… hoặc thay bằng đúng tệp {kind}",
            do_en=f"Rename it to {other}.…, or replace it by the {kind} file",
        )
    # Unknown headings are shown only where known ones stand beside them: a file without a heading begins with a person.
    seen = ", ".join(source.headings[:MAX_LISTED]) if nearest.known(source.headings) > 1 else f"{len(source.headings)}"
    raise Refusal(
        "missing_column",
        f"thiếu cột {', '.join(missing)} (ánh xạ {nearest.id})",
        f"the column {', '.join(missing)} is missing (mapping {nearest.id})",
        field=", ".join(missing),
        value=seen,
        expected=", ".join(missing),
        do_vi="Xuất lại đủ cột, hoặc đặt `mapping:` trong tệp mô tả khi nguồn dùng tên cột khác",
        do_en="Export it with all columns, or name a `mapping:` in the sidecar when the source has other names",
    )
