"""A diagnosis in words, Vietnamese and English.

Belongs here: sentences. Does not belong here: finding anything out.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from checks.reconcile.diagnosis import UNKNOWN, Diagnosis
from checks.reconcile.faults import UNTIL
from scoring.calendar import VIETNAM_OFFSET

Both = tuple[str, str]
"""Vietnamese, English."""

_SAYS: dict[str, Both] = {
    "swapped": ("cổng đổi chỗ tử số và mẫu số", "the portal has numerator and denominator swapped"),
    "doubled both": ("cổng đếm gấp đôi mọi hồ sơ", "the portal counts every dossier twice"),
    "doubled numerator": ("cổng đếm gấp đôi tử số", "the portal counts the numerator twice"),
    "constant all": (
        "cờ của cổng luôn bật: mọi hồ sơ đều được tính đạt",
        "the portal's flag is always on: all dossiers qualify",
    ),
    "constant none": (
        "cờ của cổng luôn tắt: không hồ sơ nào được tính",
        "the portal's flag is always off: no dossier qualifies",
    ),
    "other_period": ("cổng lấy số của kỳ khác: {what}", "the portal's figures are those of another period: {what}"),
    "components_counted qualifying": (
        "cổng đếm thành phần hồ sơ thay vì hồ sơ đạt",
        "the portal counts components of the dossiers that qualify, not the dossiers",
    ),
    "components_counted all": (
        "cổng đếm thành phần của mọi hồ sơ thay vì hồ sơ đạt",
        "the portal counts components of all dossiers, not the dossiers that qualify",
    ),
    "statuses_as_done": (
        "cổng coi trạng thái {what} (chờ bổ sung, nghĩa vụ tài chính, dừng) là 9 (đã xong)",
        "the portal takes status {what} (supplement, financial duty, stopped) for 9 (done)",
    ),
    "counted_twice old_code": (
        "hồ sơ của ta có hai lần, dưới mã cơ quan cũ và mới; cổng đếm một lần",
        "our records hold dossiers twice, under the old and the new agency code; the portal counts them once",
    ),
    "counted_twice until": (
        "cổng đếm hai lần hồ sơ tiếp nhận đến hết {what}, dưới mã đơn vị cũ và mã mới",
        "the portal counts dossiers accepted up to {what} twice, under the unit's old code and its new one",
    ),
    "old_dropped": (
        "cổng thiếu mọi hồ sơ tiếp nhận đến hết {what}",
        "the portal lacks all dossiers accepted up to {what}",
    ),
    "counted_twice": (
        "cổng đếm cả hồ sơ của {what} cho đơn vị này, tức là đếm hai lần",
        "the portal counts dossiers of {what} for this unit too: twice",
    ),
    "accepted_day_dropped": (
        "cổng thiếu mọi hồ sơ tiếp nhận ngày {what}",
        "the portal lacks all dossiers accepted on {what}",
    ),
    "closed_day_dropped": (
        "cổng thiếu mọi hồ sơ kết thúc ngày {what}",
        "the portal lacks all dossiers closed on {what}",
    ),
    "missed_after": (
        "bộ đếm của cổng bỏ sót hồ sơ kết thúc từ {what} (giờ Việt Nam)",
        "the portal's counter missed dossiers closed from {what} on (Vietnamese time)",
    ),
}
DEDUCTION = "deduction"
_ROUND = Decimal("0.5")  # points that people take off, or give back, by hand


def say_of_score(ours: Decimal | None, theirs: Decimal | None) -> tuple[str, Both]:
    """What explains that a score differs from what the counts are worth, where no dossier can tell: name and words."""
    gap = None if ours is None or theirs is None else theirs - ours
    if gap is None or abs(gap) < _ROUND or gap % _ROUND:
        return UNKNOWN, (
            "không có hồ sơ từng chiếc để tìm nguyên nhân",
            "there are no single dossiers in which to look for the cause",
        )
    told = f"{abs(gap):f}".rstrip("0").rstrip(".")
    done = ("trừ", "taken off") if gap < 0 else ("cộng", "added")
    return DEDUCTION, (
        f"đúng {told.replace('.', ',')} điểm tròn bị {done[0]} mà không có số đếm nào giải thích: có thể là trừ điểm kỹ thuật "
        "rồi hoàn lại; cần biết lý do",
        f"a round {told} points were {done[1]} and no count tells why: perhaps a technical deduction, taken and given back; "
        "ask for the reason",
    )


_PERIODS: dict[str, Both] = {
    "ytd": ("lũy kế năm", "the year to date"),
    "quarter": ("quý", "the quarter"),
    "month": ("tháng", "the month"),
    "previous": ("tuần trước", "the week before"),
}


def say_diagnosis(diagnosis: Diagnosis) -> Both:
    """What explains the difference, and how much of it: `... (106/106)`."""
    if diagnosis.candidate is None:
        return (
            "không lỗi đã biết nào giải thích được chênh lệch; cần so từng hồ sơ với cổng",
            "no known fault explains the difference; compare dossier by dossier with the portal",
        )
    share = f"{diagnosis.explained}/{diagnosis.wanted}"
    fault, parameter = diagnosis.fault, diagnosis.candidate.parameter
    word = UNTIL.strip() if parameter.startswith(UNTIL) else parameter
    says = _SAYS.get(f"{fault} {word}") or _SAYS[fault]
    vi, en = (text.format(what=_what(diagnosis, language)) for language, text in enumerate(says))
    if diagnosis.shared_by > 1:
        vi += f"; cùng lỗi này ở {diagnosis.shared_by} chênh lệch của kỳ"
        en += f"; the same fault explains {diagnosis.shared_by} differences of the period"
    whole = diagnosis.explained == diagnosis.wanted
    return (
        f"{vi}. Giải thích {'toàn bộ' if whole else 'phần lớn'} chênh lệch ({share})",
        f"{en}. It explains {'all' if whole else 'most'} of the difference ({share})",
    )


def _what(diagnosis: Diagnosis, language: int) -> str:
    assert diagnosis.candidate is not None
    parameter = diagnosis.candidate.parameter
    if diagnosis.moment is not None:
        return f"{diagnosis.moment + VIETNAM_OFFSET:{('%H:%M %d/%m/%Y', '%Y-%m-%d %H:%M')[language]}}"
    if diagnosis.fault.endswith("_day_dropped") or parameter.startswith(UNTIL):
        day = date.fromisoformat(parameter.removeprefix(UNTIL))
        return f"{day:{('%d/%m/%Y', '%Y-%m-%d')[language]}}"
    if diagnosis.fault == "other_period":
        return ", ".join(_PERIODS[word][language] for word in parameter.split())
    return parameter


def number(value: Decimal | int | None, language: int) -> str:
    """A number as people of the language write it; a dash for none."""
    if value is None:
        return "–"
    text = str(value)
    return text.replace(".", ",") if language == 0 else text
