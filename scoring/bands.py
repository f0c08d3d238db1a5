"""Bands: the word that stands beside a total. The limits are data, `bands.yaml`, and a province may have its own.

Belongs here: loading them and finding a total's band. Does not belong here: colours, how a band is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from scoring.yamlnodes import Node, read_yaml

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Band:
    """A band: totals of `limit` and more, or above `limit` when `strict`; null limit: all the rest."""

    code: str
    title_vi: str
    title_en: str
    limit: Decimal | None
    strict: bool

    def holds(self, total: Decimal) -> bool:
        if self.limit is None:
            return True
        return total > self.limit if self.strict else total >= self.limit


Bands = Mapping[str, tuple[Band, ...]]


@cache
def _packaged() -> Bands:
    return load_bands(Path(__file__).with_name("bands.yaml"))


def load_bands(path: Path | None = None) -> Bands:
    """Bands by scope (`default` or a province), best first. Raises RuleSetError when limits do not fall."""
    if path is None:
        return _packaged()
    root = read_yaml(path)
    root.need(DEFAULT)
    return {scope: _ladder(node) for scope, node in root.mapping().items()}


def band_of(total: Decimal | None, scope: str | None = None, bands: Bands | None = None) -> str | None:
    """The code of a total's band, by the province's own limits if it has some. Null for no total."""
    if total is None:
        return None
    known = _packaged() if bands is None else bands
    ladder = known.get(scope or DEFAULT, known[DEFAULT])
    return next(band.code for band in ladder if band.holds(total))


def _ladder(node: Node) -> tuple[Band, ...]:
    ladder = tuple(_band(code, child) for code, child in node.mapping().items())
    for child, above, below in zip(list(node.mapping().values())[1:], ladder, ladder[1:], strict=False):
        if above.limit is None or (below.limit is not None and below.limit >= above.limit):
            child.fail("các ngưỡng phải giảm dần", "limits must fall, and only the last band has none")
    if not ladder or ladder[-1].limit is not None:
        node.fail("mức cuối cùng không mang ngưỡng", "the last band takes all the rest: it has no limit")
    return ladder


def _band(code: str, node: Node) -> Band:
    keys = node.allow(("from", "above", "title"))
    if "from" in keys and "above" in keys:
        node.fail("chỉ dùng một trong hai khóa from, above", "use one of the keys from and above")
    title = node.need("title")
    title.allow(("vi", "en"))
    limit = keys.get("above", keys.get("from"))
    return Band(
        code=code,
        title_vi=title.need("vi").text(),
        title_en=title.need("en").text(),
        limit=limit.number() if limit is not None else None,
        strict="above" in keys,
    )
