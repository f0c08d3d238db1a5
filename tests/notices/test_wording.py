"""What people read: two languages, plain words, every value escaped for its channel, nothing personal."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipelines.delivering import deliver, record
from publishing.notices.wording import digest
from resources.notices.notice import EVENTS, TO_LEADERS
from resources.office import Office
from tests.notices.post import NOON, Post, notice

HOSTILE = "<b>Xã</b> [x](http://evil) *Hợp* _Thịnh_ @everyone `a`\n- Tuần 2025-W99 đã công bố\u2028\u202eabc"


@pytest.mark.parametrize("event", [event for event in EVENTS if event != TO_LEADERS])
def test_every_event_has_its_words_in_both_languages_and_links_to_its_page(event: str) -> None:
    vi, en = (digest([notice(event=event)], language) for language in ("vi", "en"))
    assert vi.body != en.body
    for message in (vi, en):
        assert message.title
        assert "http://127.0.0.1:8766/cases/7" in message.body
    both = digest([notice(event=event)], "both")
    assert both.body.startswith(vi.body)
    assert both.body.endswith(en.body)


def test_a_message_reads_as_people_write() -> None:
    said = digest([notice("a", event="week_overdue"), notice("b"), notice("c", event="week_published")], "vi").body
    assert said == (
        "Chưa công bố đúng hạn\n"
        "- Tuần 2025-W46 chưa được công bố; hạn 09:00 ngày 17/11/2025\n"
        "  http://127.0.0.1:8766/cases/7\n"
        "Kiểm tra không đạt\n"
        "- 2025-W46: Tổng điểm sai: Xã Hợp Thịnh (3 phát hiện)\n"
        "  http://127.0.0.1:8766/cases/7\n"
        "Đã công bố\n"
        "- Tuần 2025-W46, bản 2 (đã đính chính); 3 đơn vị đang xem xét\n"
        "  http://127.0.0.1:8766/cases/7\n"
    )


def test_a_value_cannot_forge_a_line_or_mention_anybody() -> None:
    said = digest([notice(facts={"title": HOSTILE, "findings": 1, "units": [HOSTILE]})], "vi").body
    assert len(said.splitlines()) == 3
    assert "@" not in said
    assert "\u202e" not in said


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("text", "<b>Xã</b> [x](http://evil) *Hợp*"),
        ("html", "&lt;b&gt;Xã&lt;/b&gt;"),
        ("markdown", r"\[x\]\(http"),
    ],
)
def test_every_value_is_escaped_for_its_channel(
    office: Office, post: Post, monkeypatch: pytest.MonkeyPatch, form: str, shown: str
) -> None:
    monkeypatch.setenv("NOTICES_TEST", post.address(format=form))
    record(office, [notice(facts={"title": "a / b", "findings": 1, "units": [HOSTILE]})], NOON)
    assert deliver(office, NOON + timedelta(hours=1)).sent == 1
    (body,) = post.bodies()
    assert shown in body
    if form == "html":
        assert "<b>" not in body
    if form == "markdown":
        assert "](http" not in body
        assert r"\*Hợp\*" in body


def test_what_may_have_arrived_before_says_so() -> None:
    assert "có thể đã đến" in digest([notice()], "vi", again=True).body
