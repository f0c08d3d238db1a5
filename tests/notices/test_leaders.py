"""Known failures, line 28: a page anyone could use to send messages to leaders. Here only the pipeline sends, what was previewed,
after a second person has confirmed it.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipelines.delivering import WITHDRAWN, deliver, record
from pipelines.noticing import messages as found
from resources.clock import utc_now
from resources.notices.leaders import LeaderMessages, MessageRefused
from resources.notices.ledger import Ledger
from resources.office import Office, open_office
from resources.settings import load_settings
from resources.users import User
from tests.bulletin.reports import OWN, reported
from tests.notices.post import NOON, Post, write_routes
from tests.pipelines.command import ask
from tests.publishing.releases import release

LAN, MINH, GUEST = User("lan", "steward"), User("minh", "admin"), User("khach", "reader")
ROUTES = """\
quiet_hours:
routes:
  - {name: leaders, role: leader, address_variable: NOTICES_TEST, language: vi, events: [leaders_message]}
  - {name: stewards, role: steward, address_variable: NOTICES_STEWARDS, events: [message_prepared]}
"""


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Two people who may send, and one who may not."""
    office = open_office(load_settings(home=tmp_path / "home"))
    write_routes(office.home.root, ROUTES)
    for user in (LAN, MINH, GUEST):
        office.users.add(user.name, "một mật khẩu dài", user.role)
    return office


@pytest.fixture
def messages(office: Office) -> LeaderMessages:
    return LeaderMessages(office.database.engine)


def prepare(messages: LeaderMessages, who: User = LAN) -> int:
    """A message about the first revision of W46."""
    texts = {"vi": "CHỈ SỐ 766 · Bắc Ninh", "en": "766 INDEX · Bắc Ninh"}
    return messages.prepare(week="2025-W46", scope=OWN, revision=1, texts=texts, who=who, now=NOON).id


def test_what_was_previewed_goes_out_when_somebody_else_has_confirmed_it(
    office: Office, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported(office)
    monkeypatch.setenv("NOTICES_STEWARDS", post.address("stewards"))
    home = ("--home", office.home.root)
    shown = ask("notices", "prepare", "--week", "2025-W46", "--scope", OWN, "--as", "lan", *home)
    assert shown.code == 0, shown.err
    assert "CHỈ SỐ 766" in shown.out
    later = Ledger(office.database.engine).notices()[-1].recorded_at
    assert later is not None
    later += timedelta(minutes=20)
    assert deliver(office, later).sent == 1
    assert [letter["box"] for letter in post.letters] == ["stewards"]  # told that one waits; leaders nothing yet
    assert "confirm 1" in post.bodies("stewards")[0]

    alone = ask("notices", "confirm", "1", "--as", "lan", "--yes", *home)
    assert (alone.code, "somebody else" in alone.err) == (1, True)
    assert deliver(office, later).sent == 0
    let_go = ask("notices", "confirm", "1", "--as", "minh", "--yes", *home)
    assert let_go.code == 0, let_go.err
    assert let_go.out == shown.out  # the second person saw the same
    assert [deliver(office, later + timedelta(minutes=1)).sent for _ in range(2)] == [1, 0]
    (body,) = post.bodies()
    assert body.strip() == shown.out.partition("766 INDEX")[0].strip()
    again = ask("notices", "confirm", "1", "--as", "minh", "--yes", *home)
    assert (again.code, "already" in again.err) == (1, True)


def test_who_may_not_decide_neither_prepares_nor_confirms(messages: LeaderMessages) -> None:
    with pytest.raises(MessageRefused, match="sends no messages"):
        prepare(messages, GUEST)
    number = prepare(messages)
    with pytest.raises(MessageRefused, match="sends no messages"):
        messages.confirm(number, who=GUEST, now=NOON)
    with pytest.raises(MessageRefused, match="there is no message 99"):
        messages.confirm(99, who=MINH, now=NOON)


def test_the_database_itself_refuses_one_person_as_both(office: Office, messages: LeaderMessages) -> None:
    number = prepare(messages)
    update = sa.text("UPDATE leader_messages SET confirmed_by = prepared_by WHERE id = :number")
    with pytest.raises(sa.exc.IntegrityError, match="two_people"), office.database.engine.begin() as connection:
        connection.execute(update, {"number": number})


def test_a_message_about_figures_that_changed_meanwhile_is_not_sent(
    office: Office, messages: LeaderMessages, post: Post
) -> None:
    office.database.publish(release("2025-W46"))
    first, second = prepare(messages), prepare(messages)
    assert ask("notices", "confirm", str(first), "--as", "minh", "--yes", "--home", office.home.root).code == 0
    office.database.publish(release("2025-W46", inputs="other"))
    report = deliver(office, utc_now() + timedelta(minutes=1))
    assert (report.sent, post.letters) == (0, [])
    (delivery,) = Ledger(office.database.engine).deliveries(states=["expired"])
    assert delivery.error == WITHDRAWN
    with pytest.raises(MessageRefused, match="prepare it again"):
        messages.confirm(second, who=MINH, now=NOON)


def test_a_message_that_was_confirmed_goes_out_though_the_command_was_killed_right_after(
    office: Office, messages: LeaderMessages, post: Post
) -> None:
    office.database.publish(release("2025-W46"))
    messages.confirm(prepare(messages), who=MINH, now=NOON)
    for _ in range(2):  # what the sensor does at each tick
        record(office, found(office, NOON - timedelta(days=1)), NOON)
    assert [deliver(office, NOON + timedelta(minutes=at)).sent for at in (1, 2)] == [1, 0]
    assert len(post.letters) == 1


def test_no_page_of_the_desk_sends_anything() -> None:
    """The rooms say so: the console imports neither sending nor the record of messages to leaders."""
    import ast

    console = Path(__file__).parents[2] / "console"
    imported = set()
    for path in console.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                imported.add(node.module or "")
            elif isinstance(node, ast.Import):
                imported |= {name.name for name in node.names}
    assert "starlette.applications" in imported
    sends = ("resources.notices", "apprise", *(f"pipelines.{name}" for name in ("notices", "notic", "deliver", "tell")))
    assert not [name for name in imported if name.startswith(sends)]
