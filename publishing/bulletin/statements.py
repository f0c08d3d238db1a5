"""Statements about the province: each a pure function of the facts, which says its sentence only when the figures are there.

Belongs here: what is said of a province among the 34, and what of it is not known. Does not belong here: its units
(unit_statements.py), reading facts, layout. Nothing is said that a figure does not carry.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from publishing.bulletin import places
from publishing.bulletin.facts import LOOKED_BACK, Facts
from publishing.bulletin.targets import TOTAL, Target
from publishing.bulletin.text import (
    Figure,
    Phrase,
    Value,
    amount,
    change,
    count,
    day,
    just,
    name,
    nth,
    percent,
    plain,
    points,
    say,
    series,
    title,
    word,
)
from publishing.views import Row
from publishing.words import COMPONENTS
from resources.units import provinces
from scoring.calendar import Week
from scoring.points import completion_pct

Tone = Literal["plain", "warn", "soft"]
ENOUGH_TO_COMPARE = 3  # changes, before one is called the largest
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Statement:
    """Something that is said. code: what it is about, stable; tone: `warn` where a reader should look twice."""

    code: str
    phrase: Phrase
    tone: Tone = "plain"

    @property
    def values(self) -> dict[str, Value]:
        return dict(self.phrase.values)


def about_province(facts: Facts) -> list[Statement]:
    """Everything that can be said of the province this week, most important first."""
    said = (standing, streak, week_change, longer_change, lead, components, lowest, full)
    return [statement for each in said if (statement := each(facts)) is not None]


def said_of(statements: Iterable[Statement], *codes: str) -> list[Statement]:
    """The statements with these codes, in the order of the codes."""
    return [statement for code in codes for statement in statements if statement.code == code]


def opening(said: Sequence[Statement]) -> Phrase | None:
    """Where it stands and how it changed, in one breath; None when neither is known."""
    parts = said_of(said, "standing", "streak")
    sentences = [just(series((each.phrase for each in parts), ", "))] if parts else []
    sentences += [each.phrase for each in said_of(said, "week_change")]
    return say("{all}.", "{all}.", all=series(sentences, ". ")) if sentences else None


# ---- where it stands


def standing(facts: Facts) -> Statement | None:
    """`Bắc Ninh đạt 92,37 điểm, hạng 1 trong 34 tỉnh, thành phố`."""
    row = facts.row
    if row["rank"] is None or row["total"] is None:
        return None
    here = places.release(facts.week)
    if facts.is_alone:
        return Statement(
            "standing",
            say(
                "{unit} đạt {total} điểm",
                "{unit} has {total} points",
                unit=name(facts.name, places.unit(facts.scope)),
                total=points(row["total"], here),
            ),
        )
    shared = facts.nation.rank_text(row).startswith("=")
    return Statement(
        "standing",
        say(
            "{unit} đạt {total} điểm, " + ("đồng " if shared else "") + "hạng {rank} trong {ranked} tỉnh, thành phố",
            "{unit} has {total} points and ranks {rank}" + (" (shared)" if shared else "") + " of {ranked} provinces",
            unit=name(facts.name, places.unit(facts.scope)),
            total=points(row["total"], here),
            rank=nth(row["rank"], here),
            ranked=count(facts.nation.ranked, here),
        ),
    )


def streak(facts: Facts) -> Statement | None:
    """Since how many weeks in a row it has held its rank; two at least, and as far as published weeks reach."""
    rank = facts.row["rank"]
    same = 0
    for row in reversed(facts.history):
        if rank is None or row["rank"] != rank or facts.is_alone:
            break
        same += 1
    if same < 2:
        return None
    whole = same == len(facts.history)
    held = ("dẫn đầu", "in the lead") if rank == 1 else ("giữ hạng này", "at this rank")
    since = facts.history[-same]["week"]
    return Statement(
        "streak",
        say(
            f"{held[0]} tuần thứ {{weeks}} liên tiếp" + (" kể từ tuần đầu tiên có số liệu ({since})" if whole else ""),
            f"{held[1]} for the {{weeks}} week in a row"
            + (", since the first week on record ({since})" if whole else ""),
            weeks=nth(same, places.unit(facts.scope)),
            since=name(since, places.release(since)),
        ),
    )


# ---- how it changed


def week_change(facts: Facts) -> Statement | None:
    """`Tăng 0,09 so với tuần trước; tuần trước tăng 0,20: đà tăng chậm lại`."""
    now, before = facts.row["change"], facts.before["change"] if facts.before else None
    if now is None:
        return None
    way_vi, way_en = ("Tăng", "Up") if now > 0 else ("Giảm", "Down") if now < 0 else ("Thay đổi", "Changed by")
    vi = way_vi + " {change} điểm so với tuần trước ({previous})"
    en = way_en + " {change} on the week before ({previous})"
    values: dict[str, Value] = {
        "change": amount(now, places.release(facts.week)),
        "previous": points(facts.row["previous_total"], places.release(_week_before(facts))),
    }
    if before is not None:
        pace_vi, pace_en = _pace(now, before)
        vi, en = vi + "; tuần trước {before}: " + pace_vi, en + ", after {before}: " + pace_en
        values["before"] = change(before, places.release(_week_before(facts)))
    return Statement("week_change", say(vi, en, **values))


def _pace(now: Decimal, before: Decimal) -> tuple[str, str]:
    if now == before:
        return "giữ nguyên nhịp", "the same pace"
    if now > 0 and before > 0:
        return ("tăng chậm lại", "growth slows") if now < before else ("tăng nhanh hơn", "growth quickens")
    if now < 0 and before < 0:
        return ("giảm nhanh hơn", "it falls faster") if now < before else ("giảm chậm lại", "it falls more slowly")
    if now > 0:
        return "tăng trở lại" if before < 0 else "bắt đầu tăng", "it rises again" if before < 0 else "it begins to rise"
    if now < 0:
        return "chuyển sang giảm", "it turns down"
    return "dừng lại", "it stands still"


def longer_change(facts: Facts) -> Statement | None:
    """The change over four weeks, or since the first week if that is nearer; and whether the week's is the largest on record."""
    earlier = list(facts.history)[-LOOKED_BACK - 1 : -1]
    now, total = facts.row["change"], facts.row["total"]
    if len(earlier) < 2 or total is None or earlier[0]["total"] is None:
        return None
    start = earlier[0]
    over = say(
        "{change} điểm trong {weeks} tuần, kể từ {since}",
        "{change} over {weeks} weeks, since {since}",
        change=change(total - start["total"], places.unit(facts.scope)),
        weeks=count(len(earlier)),
        since=name(start["week"], places.release(start["week"])),
    )
    known = [row["change"] for row in facts.history if row["change"] is not None]
    if now is None or len(known) < ENOUGH_TO_COMPARE or now <= 0 or known.count(max(known)) > 1 or now < max(known):
        return Statement("longer_change", over)
    return Statement(
        "longer_change",
        say(
            "Mức tăng lớn nhất trong {known} tuần so sánh được; {over}",
            "The largest rise of the {known} weeks that can be compared; {over}",
            known=count(len(known)),
            over=over,
        ),
    )


# ---- who is near


def lead(facts: Facts) -> Statement | None:
    """Of the first: who follows, how far behind, and whether the lead narrows; of others: who is above, and how far."""
    row = facts.row
    if row["rank"] is None:
        return None
    return _lead_of_first(facts) if row["rank"] == 1 else _distance_of_others(facts)


def _lead_of_first(facts: Facts) -> Statement | None:
    others = [each for each in facts.nation.rows if each["rank"] is not None and each["unit_code"] != facts.scope][:2]
    if not others:
        return None
    gap = facts.row["total"] - others[0]["total"]
    trend = _trend_of_lead(facts, gap)
    return Statement(
        "lead",
        say(
            "Tiếp theo: {others}" + (trend.vi if trend else ""),
            "Next: {others}" + (trend.en if trend else ""),
            others=series(_follower(facts, each) for each in others),
            **(trend.values if trend else {}),
        ),
    )


def _follower(facts: Facts, row: Row) -> Phrase:
    here = places.release(facts.week)
    return say(
        "{unit} {total} (kém {gap})",
        "{unit} {total} (behind by {gap})",
        unit=name(row["unit_name"], places.unit(row["unit_code"])),
        total=points(row["total"], here),
        gap=points(facts.row["total"] - row["total"], here),
        rank=nth(row["rank"], here),
    )


def _trend_of_lead(facts: Facts, gap: Decimal) -> Phrase | None:
    """Against the lead of the week before; only if it led then too."""
    then = {row["unit_code"]: row for row in facts.nation_before}
    own = then.get(facts.scope)
    if own is None or own["rank"] != 1:
        return None
    followers = [row["total"] for code, row in then.items() if row["rank"] is not None and code != facts.scope]
    if not followers:
        return None
    was = own["total"] - max(followers)
    if was == gap:
        vi, en = ". Khoảng cách dẫn trước giữ nguyên {lead}", ". The lead stays at {lead}"
    else:
        how_vi, how_en = ("thu hẹp từ {was} xuống", "narrows") if gap < was else ("nới rộng từ {was} lên", "widens")
        vi, en = f". Khoảng cách dẫn trước {how_vi} {{lead}}", f". The lead {how_en} from {{was}} to {{lead}}"
    return say(
        vi, en, lead=points(gap, places.release(facts.week)), was=points(was, places.release(_week_before(facts)))
    )


def _distance_of_others(facts: Facts) -> Statement | None:
    row, here = facts.row, places.release(facts.week)
    first = facts.nation.rows[0]
    above = [each for each in facts.nation.rows if each["rank"] is not None and each["rank"] < row["rank"]][-1]
    vi, en = "Kém {first} (hạng nhất) {gap} điểm", "Behind {first}, the first, by {gap}"
    values: dict[str, Value] = {
        "first": name(first["unit_name"], places.unit(first["unit_code"])),
        "gap": points(row["gap_to_first"], here),
    }
    was = facts.before["gap_to_first"] if facts.before else None
    if was is not None and was != row["gap_to_first"]:
        values["was"] = points(was, places.release(_week_before(facts)))
        nearer = row["gap_to_first"] < was
        vi += " (tuần trước {was}: " + ("gần lại)" if nearer else "xa thêm)")
        en += " ({was} the week before: " + ("nearer)" if nearer else "further)")
    if above["unit_code"] != first["unit_code"]:
        values["above"] = name(above["unit_name"], places.unit(above["unit_code"]))
        values["next"] = points(above["total"] - row["total"], here)
        vi, en = vi + "; kém {above} (ngay trên) {next}", en + "; behind {above}, next above, by {next}"
    return Statement("distance", say(vi, en, **values))


# ---- the six components


def components(facts: Facts) -> Statement | None:
    """Every component's change; they add up to the total's, and what rounding leaves is said."""
    changes, total = facts.component_changes, facts.row["change"]
    if not changes or total is None:
        return None
    here = places.unit(facts.scope)
    moved = [each for each in COMPONENTS if changes[each]]
    items = [_component(facts, each, changes[each]) for each in sorted(moved, key=lambda one: -changes[one])]
    still = [_component(facts, each, None) for each in COMPONENTS if not changes[each]]
    rest = total - sum(changes.values(), Decimal(0))
    vi, en = "Sáu nhóm cộng lại {total}: {items}", "The six groups add up to {total}: {items}"
    values: dict[str, Value] = {"items": series(items), "total": change(total, here)}
    if not items:
        vi, en = "Sáu nhóm cộng lại {total}", "The six groups add up to {total}"
    if rest:
        values["rest"] = change(rest, here)
        vi, en = vi + "; làm tròn {rest}", en + "; rounding {rest}"
    if still:
        values["still"] = series(still)
        vi, en = vi + ". Không đổi: {still}", en + ". Unchanged: {still}"
    return Statement("components", say(vi, en, **values))


def _component(facts: Facts, code: str, moved: Decimal | None) -> Phrase:
    here = places.unit(facts.scope)
    if moved is None:
        return say("{group}", "{group}", group=word(code))
    return say("{group} {change}", "{group} {change}", group=word(code), change=change(moved, here))


def lowest(facts: Facts) -> Statement | None:
    """`Dịch vụ công trực tuyến đạt 70,7% điểm tối đa (8,48/12), giảm 0,07: thấp nhất trong sáu nhóm`."""
    code = facts.row["lowest_component"]
    if code is None or facts.row[code] is None or facts.row["lowest_completion_pct"] is None:
        return None
    here = places.unit(facts.scope)
    moved = facts.component_changes.get(code)
    values: dict[str, Value] = {
        "group": title(code),
        "pct": percent(facts.row["lowest_completion_pct"], here),
        "score": points(facts.row[code], here),
        "max": maximum_of(facts, code),
    }
    with_change = ("", "")
    if moved:
        values["moved"] = change(moved, here)
        with_change = (", {moved} so với tuần trước", ", {moved} on the week")
    return Statement(
        "lowest",
        say(
            "{group} chỉ đạt {pct} điểm tối đa ({score}/{max})" + with_change[0] + ": thấp nhất trong sáu nhóm",
            "{group}: only {pct} of the maximum ({score}/{max})" + with_change[1] + ": the lowest of the six",
            **values,
        ),
        "warn",
    )


def full(facts: Facts) -> Statement | None:
    """Components that have all their points."""
    reached = [each for each in COMPONENTS if facts.row[each] is not None and facts.row[each] == facts.maxima.get(each)]
    if not reached:
        return None
    here = places.unit(facts.scope)
    items = [
        say(
            "{group} {score}/{max}",
            "{group} {score}/{max}",
            group=word(each),
            score=points(facts.row[each], here),
            max=maximum_of(facts, each),
        )
        for each in reached
    ]
    return Statement("full", say("Đạt điểm tối đa: {items}", "Full points: {items}", items=series(items)))


def completion(facts: Facts, code: str) -> Decimal | None:
    """A component's score in percent of its maximum, to one decimal."""
    return completion_pct(facts.row[code], facts.maxima[code])


def maximum_of(facts: Facts, code: str) -> Figure:
    return plain(facts.maxima[code])


# ---- what is aimed at


def targets(facts: Facts) -> list[Statement]:
    """One a target, met or still to come; a target the room left does not allow is said to be beyond reach."""
    return [said for each in facts.targets if (said := _target(facts, each)) is not None]


def _target(facts: Facts, target: Target) -> Statement | None:
    now = facts.row[target.of]
    maximum = HUNDRED if target.of == TOTAL else facts.maxima[target.of]
    if now is None or target.week < facts.week:
        return None
    needed = target.needed(now)
    aim = max(needed, target.high or needed)
    values: dict[str, Value] = {
        "what": say("tổng điểm", "total") if target.of == TOTAL else word(target.of),
        "week": name(target.week),
        "low": points(needed),
        "now": points(now, places.unit(facts.scope)),
        "need": change(needed - now),
        "room": points(maximum - now),
    }
    vi, en = "Đến {week}: {what} {low}", "By {week}: {what} {low}"
    if target.rise is not None:
        values["rise"] = change(target.rise)
        vi, en = "Đến {week}: {what} ít nhất {rise}, lên {low}", "By {week}: {what} at least {rise}, to {low}"
    elif target.high is not None:
        values["high"] = points(target.high)
        vi, en = vi + " đến {high}", en + " to {high}"
    if target.lead is not None:
        values["lead"] = points(target.lead)
        vi, en = vi + ", hơn đơn vị thứ hai ít nhất {lead}", en + ", at least {lead} ahead of the second"
    if not target.is_within(now, maximum):
        values["need"] = change(aim - now)
        vi, en = vi + "; cần {need}, chỉ còn {room}: không thể đạt", en + "; {need} needed, {room} left: out of reach"
        return Statement("target", say(vi, en, **values), "warn")
    if needed <= now and target.lead is None:
        return Statement("target", say(vi + "; đã đạt ({now})", en + "; reached ({now})", **values))
    if target.rise is not None:
        vi, en = vi + " (dư địa {room})", en + " (room {room})"
    elif target.week == facts.week:
        vi, en = vi + "; chưa đạt, còn {need}", en + "; not reached, {need} short"
    else:
        vi, en = vi + "; còn {need} (dư địa {room})", en + "; {need} to go (room {room})"
    return Statement("target", say(vi, en, **values))


# ---- what is not known


def unknown(facts: Facts) -> list[Statement]:
    """What a reader might expect here and the figures do not give, with the reason."""
    found: list[Phrase] = []
    week = Week.parse(facts.week)
    until = min(week.sunday, facts.period.end_day)
    if until < facts.period.end_day:
        found.append(
            say(
                "Kỳ chưa kết thúc: số liệu lũy kế đến hết {day}",
                "The period is not over: figures up to {day}",
                day=day(until),
            )
        )
    if facts.row["rank"] is None:
        found.append(
            say(
                "{unit} chưa có hạng: {status}",
                "{unit} has no rank: {status}",
                unit=name(facts.name, places.unit(facts.scope)),
                status=word(facts.row["status"]),
            )
        )
    if facts.row["change"] is None:
        found.append(
            say(
                "Chưa đủ dữ liệu lịch sử: không có tuần {before} cùng kỳ để so, nên không nói về thay đổi, bậc và xu hướng",
                "Not enough history: no week {before} of this period to compare with, nothing is said of change, moves, pace",
                before=name(_week_before(facts)),
            )
        )
    elif len(facts.history) <= LOOKED_BACK:
        found.append(
            say(
                "Chưa đủ dữ liệu lịch sử cho bốn tuần: mới có {weeks} tuần liền nhau",
                "Not enough history for four weeks: {weeks} weeks in a row are on record",
                weeks=count(len(facts.history)),
            )
        )
    silent = [each for each in COMPONENTS if facts.row[each] is None]
    if silent:
        found.append(
            say(
                "Chưa xác định: {groups}",
                "Not determined: {groups}",
                groups=series(just(word(each)) for each in silent),
            )
        )
    for view in (facts.departments, facts.communes):
        if not view.rows:
            found.append(
                say(
                    "Tuần này chưa có số liệu của {level}",
                    "There are no figures of {level} this week",
                    level=word(view.level),
                )
            )
    if facts.nation.cohort_size < len(provinces()):
        found.append(
            say(
                "Chỉ có số liệu của {n}/{all} tỉnh, thành phố: hạng trong cả nước chưa biết",
                "Only {n} of {all} provinces are on hand: the rank in the nation is not known",
                n=count(facts.nation.cohort_size, places.release(facts.week)),
                all=count(len(provinces())),
            )
        )
    if facts.nation.ranked < facts.nation.cohort_size:
        found.append(
            say(
                "Xếp hạng {ranked}/{size} tỉnh, thành phố",
                "{ranked} of {size} provinces are ranked",
                ranked=count(facts.nation.ranked, places.release(facts.week)),
                size=count(facts.nation.cohort_size),
            )
        )
    return [Statement("unknown", phrase, "soft") for phrase in found]


def _week_before(facts: Facts) -> str:
    return str(Week.parse(facts.week).previous)
