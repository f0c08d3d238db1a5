"""The bulletin held against itself: what its sentences say, as claims (docs/claims.md) for checks/claims.py.

Belongs here: from the figures that stand in the sentences to statements of a claims file. Does not belong here: the
figures themselves; what a sentence does not say is not claimed either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from publishing.bulletin.facts import Facts
from publishing.bulletin.statements import Statement
from publishing.bulletin.text import Figure, Phrase, Series, Value
from publishing.figures import json_text
from publishing.site.languages import languages
from publishing.words import COMPONENTS


def claims_of(facts: Facts, statements: Sequence[Statement]) -> str:
    """A claims file (YAML, written as JSON, which it includes) of everything the statements say that can be checked."""
    said = [claim for statement in statements for claim in _claims(statement)]
    report = {
        "title": f"{facts.name}, {facts.week}",
        "published": f"{facts.revision.published_at:%Y-%m-%d}",
        "week": facts.week,
        "unit": facts.scope,
        **({"ruleset": facts.row["ruleset"]} if facts.row["ruleset"] else {}),
    }
    return json_text({"report": report, "statements": [*_scores(statements), *said]}) + "\n"


def _scores(statements: Sequence[Statement]) -> list[dict[str, Any]]:
    """One statement of scores out of the sentences that tell parts of it: total, its change, the components' changes."""
    total: dict[str, Any] = {}
    parts: dict[str, dict[str, Any]] = {code: {} for code in COMPONENTS}
    for statement in statements:
        values = statement.values
        match statement.code:
            case "standing":
                total["score"] = _number(values["total"])
            case "week_change":
                total |= {"change": _number(values["change"]), "previous": _number(values["previous"])}
            case "components":
                for item in _items(values["items"]):
                    parts[_component(item)]["change"] = _number(item.values["change"])
                for item in _items(values.get("still")):
                    parts[_component(item)]["change"] = Decimal(0)
                if "rest" in values:  # what rounding left is said: the parts add to the rest of it
                    total["change"] = _number(values["total"]) - _number(values["rest"])
            case "lowest":
                part = parts[_text(values["group"])]
                part |= {"score": _number(values["score"]), "percent": _number(values["pct"])}
            case "full":
                for item in _items(values["items"]):
                    parts[_component(item)]["score"] = _number(item.values["score"])
    known = {code: part for code, part in parts.items() if part}
    scores: dict[str, Any] = {"total": total} if total else {}
    if known:
        scores["components"] = known
    return [{"scores": scores}] if scores else []


def _claims(statement: Statement) -> Iterator[dict[str, Any]]:
    values = statement.values
    kind = statement.code.rpartition(".")[2]
    if kind == "standing" and "rank" in values:
        yield {"rank": {"rank": _number(values["rank"]), "ranked": _number(values["ranked"])}}
    elif kind == "lead":
        for item in _items(values["others"]):
            leader = _number(item.values["total"]) + _number(item.values["gap"])
            yield {
                "gap": {
                    "leader_total": leader,
                    "total": _number(item.values["total"]),
                    "gap": _number(item.values["gap"]),
                }
            }
        yield {"order": [_entry(item) for item in _items(values["others"])]}
    elif kind in ("leaders", "to_improve"):
        if not _text(values["order"]):  # else the sentence itself says that ranks stand on totals before rounding
            yield {"order": [_entry(item) for item in _items(values["units"])]}
    elif kind == "moves":
        for item in (*_items(values.get("up")), *_items(values.get("down"))):
            said = item.values
            yield {
                "rank": {
                    "unit": _text(said["unit"]),
                    "previous": _number(said["previous"]),
                    "rank": _number(said["rank"]),
                    "places": _number(said["places"]),
                    "ranked": _number(said["ranked"]),
                }
            }
    elif kind == "target" and statement.tone != "warn":
        now = _number(values["now"])
        reach = _number(values["high"] if "high" in values else values["low"])
        most = now + _number(values["room"]) if "room" in values else max(now, reach)
        yield {"target": {"of": _text(values["what"]), "now": now, "reach": reach, "max": most}}


def _entry(item: Phrase) -> dict[str, Any]:
    said = item.values
    return {"unit": _text(said["unit"]), "total": _number(said["total"]), "rank": _number(said["rank"])}


def _component(item: Phrase) -> str:
    return _text(item.values["group"])


def _items(value: Value | None) -> tuple[Phrase, ...]:
    return value.items if isinstance(value, Series) else ()


def _number(value: Value) -> Decimal:
    assert isinstance(value, Figure)
    assert isinstance(value.value, Decimal | int)
    return Decimal(value.value)


def _text(value: Value) -> str:
    if isinstance(value, Phrase):
        return value.text(languages()[0])
    assert isinstance(value, Figure)
    return str(value.value)
