"""The one thing that keeps a row out of a numerator, in words: `trễ 2 giờ`, `no result file`.

Belongs here: words for the parts of conditions, by the columns they ask for. Does not belong here: finding which part does
not hold (scoring/members.py). A condition nobody wrote words for is shown as it stands in the rule set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from publishing.explanation import Words
from scoring.members import columns_of

_LACKING: tuple[tuple[str, Words], ...] = (
    ("has_result", ("không có tệp kết quả điện tử", "no result file")),
    ("digitised_count", ("không thành phần nào được số hóa", "no component digitised")),
    ("reused_count", ("không tái sử dụng dữ liệu nào", "no data reused")),
    ("population_link", ("không khai thác dữ liệu dân cư", "no population data used")),
    ("vneid_verified", ("không khai thác dữ liệu dân cư", "no population data used")),
    ("sent_to_store", ("không vào kho dữ liệu cá nhân", "nothing from or to the applicant's store")),
    ("complained", ("có phản ánh hoặc không hài lòng", "has a petition or dislike")),
    ("disliked", ("người gửi không hài lòng", "the answer was disliked")),
    ("repeated", ("phản ánh lặp lại", "repeats an earlier petition")),
    ("dossier_count", ("chưa phát sinh hồ sơ", "no dossier yet")),
    ("paid_online_count", ("chưa có lượt thanh toán trực tuyến", "no online payment yet")),
    ("payment_offered", ("chưa cho thanh toán trực tuyến", "online payment not offered")),
    ("service_level", ("chưa cung cấp trực tuyến", "not offered online")),
    ("content_complete", ("thiếu nội dung bắt buộc", "a required part is missing")),
    ("published_lead_days", ("công bố muộn", "announced late")),
    ("disclosed_lag_days", ("công khai muộn", "disclosed late")),
    ("population_connected", ("chưa kết nối dữ liệu dân cư", "not connected to population data")),
    ("certified_copy", ("chưa chứng thực bản sao điện tử", "no electronic certified copies")),
)
_CHANNELS = {"direct": ("nộp trực tiếp", "filed in person"), "post": ("nộp qua bưu chính", "filed by post")}
_PAYMENTS = {"offline": ("thanh toán không qua cổng", "paid offline"), "none": ("chưa thanh toán", "not paid")}


def thing_of(parts: Sequence[str], lacking: Sequence[int], facts: Mapping[str, Any], cut: datetime) -> Words | None:
    """What keeps a row out: one thing, or several joined by "; ". None when nothing does.

    parts: of the numerator; lacking: the numbers of those that do not hold; cut: the moment of measuring (naive UTC).
    """
    said = [_thing(parts[number], facts, cut) for number in lacking]
    return ("; ".join(vi for vi, _ in said), "; ".join(en for _, en in said)) if said else None


def _thing(part: str, facts: Mapping[str, Any], cut: datetime) -> Words:
    asked = columns_of(part)
    if "timely" in asked:
        return _late_dossier(facts, cut)
    if "on_time" in asked:
        return _late(facts.get("answered_at"), facts.get("due"), cut, ("trả lời", "answered"))
    if asked == {"channel"} and facts.get("channel") in _CHANNELS:
        return _CHANNELS[facts["channel"]]
    if asked == {"payment"} and facts.get("payment") in _PAYMENTS:
        return _PAYMENTS[facts["payment"]]
    if asked == {"has_result"} and facts.get("ended_at") is None:
        return "chưa xong, chưa có kết quả", "not finished, no result yet"
    return next((words for name, words in _LACKING if name in asked), (part, part))


def _late_dossier(facts: Mapping[str, Any], cut: datetime) -> Words:
    """Methodology, section 3, for a dossier that is not on time."""
    if facts["supplement_count"] > 1:
        times = facts["supplement_count"]
        return f"yêu cầu bổ sung {times} lần", f"supplements asked for {times} times"
    if facts["due_at"] is None:
        if facts["ended_at"] is None and facts["supplement_open_at"] is None:
            return "không có hẹn trả", "no due date"
        return "không có hẹn trả, quá thời hạn dài nhất của thủ tục", "no due date, beyond the procedure's longest term"
    if facts["ended_at"] is not None:
        ended = facts["ended_at"] - timedelta(seconds=facts["waiting_seconds"])
        return _late(ended, facts["due_at"], cut, ("xong", "finished"))
    if facts["supplement_open_at"] is not None:
        return _late(facts["supplement_open_at"], facts["due_at"], cut, ("yêu cầu bổ sung", "supplement asked for"))
    return _late(None, facts["due_at"], cut, ("", ""))


def _late(ended: datetime | None, due: datetime | None, cut: datetime, done: Words) -> Words:
    if due is None:
        return "quá hạn", "overdue"
    vi, en = span_words((ended or cut) - due)
    if ended is None:
        return f"chưa xong, quá hạn {vi}", f"not finished, overdue by {en}"
    return f"{done[0]} trễ {vi}", f"{done[1]} {en} late"


def span_words(span: timedelta) -> Words:
    """`2 giờ`, `2 hours`; in days from two days on, in minutes below an hour."""
    seconds = max(0, int(span.total_seconds()))
    if seconds >= 2 * 86400:
        return f"{seconds // 86400} ngày", f"{seconds // 86400} days"
    if seconds >= 3600:
        number = seconds // 3600
        return f"{number} giờ", f"{number} hour{'s' if number > 1 else ''}"
    number = max(1, seconds // 60)
    return f"{number} phút", f"{number} minute{'s' if number > 1 else ''}"
