"""Work lists name what waits, and keep what people say of it."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from assets.worklists import NoDossiers, worklist
from console.app import create_app
from resources.members import open_members
from resources.office import Office
from resources.remedies import Remedies, Remedy, RemedyRefused
from resources.users import User
from resources.worklists import LISTS, waiting
from tests.console.conftest import SECRET, Browser
from tests.counting.builders import CON, at, dossier, petition, procedure
from tests.counting.reference import History
from tests.counting.test_members import WEEK, inputs_of
from tests.pipelines.command import ask

pytestmark = pytest.mark.xdist_group("explaining")
PASSWORD = "a long password"
DEPARTMENT = "H05.02"


def test_each_list_has_what_it_says_and_nothing_else(tmp_path: Path) -> None:
    whole: dict[str, Any] = {
        "has_result": True,
        "digitised_count": 1,
        "component_count": 1,
        "channel": "online",
        "due_at": at("04-30 17:00"),
    }
    history = History(
        dossiers=[
            dossier("fine", **whole),
            dossier("in an hour", **whole | {"due_at": at("03-09 01:00")}),
            dossier("in two days", **whole | {"due_at": at("03-10 17:00")}),
            dossier("late", **whole | {"due_at": at("03-06 17:00")}),
            dossier("late, done", **whole | {"due_at": at("03-03 17:00"), "finished_at": at("03-05 09:00"), "status": "done"}),
            dossier("asked", **whole | {"supplement_count": 1, "supplement_open_at": at("03-05 09:00")}),
            dossier("no result", **whole | {"has_result": False, "finished_at": at("03-05 09:00"), "status": "done"}),
            dossier("refused", **whole | {"has_result": False, "stopped_at": at("03-05 09:00"), "status": "stopped"}),
            dossier("on paper", **whole | {"digitised_count": 0}),
            dossier("by hand", **whole | {"channel": "direct", "procedure_code": "1.000001"}),
            dossier("by hand, must be", **whole | {"channel": "direct", "procedure_code": "1.000002"}),
            dossier("cash", **whole | {"fee_total_vnd": 5000, "payment": "offline"}),
            dossier("elsewhere", **whole | {"due_at": at("03-06 17:00"), "unit_code": "H05.102"}),
        ],
        procedures=[procedure(), procedure("1.000002", service_level="information")],
        petitions=[
            petition("near", due_at=at("03-10 17:00")),
            petition("far", due_at=at("04-10 17:00")),
            petition("answered", due_at=at("03-10 17:00"), answered_at=at("03-06 17:00")),
        ],
    )  # fmt: skip
    with open_members(CON, inputs_of(history, tmp_path), [WEEK], unit_code="H05.101") as members:
        found = waiting(members, WEEK, "H05.101", WEEK.end, days=3)
        later = waiting(members, WEEK, "H05.101", WEEK.end + timedelta(days=2), days=3)
    assert [(each.list, each.code) for each in found] == [
        ("due_24h", "in an hour"),
        ("due_soon", "in two days"),
        ("overdue", "late"),
        ("supplement", "asked"),
        ("no_result", "no result"),
        ("not_digitised", "on paper"),
        ("not_online", "by hand"),
        ("unpaid_online", "cash"),
        ("petitions", "near"),
    ]
    assert [(each.list, each.code) for each in later][:3] == [
        ("overdue", "late"),
        ("overdue", "in an hour"),
        ("overdue", "in two days"),
    ]


def test_a_units_lists_are_part_of_its_provinces(office: Office) -> None:
    province, unit = worklist(office, "H05"), worklist(office, DEPARTMENT)
    assert (province.week, unit.now) == ("2025-W46", province.now)
    assert unit.entries == tuple(each for each in province.entries if each.waiting.unit_code == DEPARTMENT)
    counts = province.counts()
    assert list(counts) == list(LISTS)
    assert counts["overdue"] > 0
    assert counts["no_result"] > 0
    with pytest.raises(NoDossiers, match="H24"):
        worklist(office, "H24")


def test_the_command_writes_csv(office: Office) -> None:
    home = office.home.root
    rows = ask("worklist", "H05", "--home", home).rows
    assert Counter(row["list"] for row in rows) == Counter(
        {k: v for k, v in worklist(office, "H05").counts().items() if v}
    )
    overdue = ask("worklist", "H05", "--list", "overdue", "--home", home).rows
    assert overdue
    assert all(row["left_en"].startswith("overdue by") for row in overdue)
    assert ask("worklist", "H05", "--list", "nonsense", "--home", home).code == 2
    assert ask("worklist", "H24", "--home", home).code == 1
    assert ask("worklist", "H05", "--now", "2025-11-17T08:00", "--home", home).code == 0


def _remedy(**more: str) -> Remedy:
    given: dict[str, Any] = {
        "week": "2025-W46",
        "unit_code": DEPARTMENT,
        "list": "overdue",
        "code": "x",
        "cause": "c",
        "remedy": "r",
    }
    return Remedy(**given | more)


def test_what_is_said_last_stands_and_nothing_personal_is_kept(own: Office) -> None:
    said, lan = Remedies(own.database.engine), User("lan", "steward", "vi", "")
    said.add(_remedy(cause="thiếu người"), lan)
    said.add(_remedy(cause="máy hỏng", remedy="sửa máy"), lan)
    assert said.last(DEPARTMENT)["overdue", "x"].cause == "máy hỏng"
    assert said.last("H05") == said.last(DEPARTMENT)
    assert said.last("H05.0") == {}
    for words in ("gọi 0900000017", "CCCD 001099000017", "a@b.vn"):
        with pytest.raises(RemedyRefused, match="no identity"):
            said.add(_remedy(cause=words), lan)
    with pytest.raises(RemedyRefused, match="may only read"):
        said.add(_remedy(), User("minh", "reader", "vi", ""))
    with pytest.raises(RemedyRefused, match="is needed"):
        said.add(_remedy(cause=" ", remedy=""), lan)


def test_the_desk_shows_the_lists_to_who_is_logged_in_and_takes_cause_and_remedy(own: Office) -> None:
    for name, role in (("lan", "steward"), ("minh", "reader")):
        own.users.add(name, PASSWORD, role, "vi")
    app = create_app(own, SECRET)
    stranger = Browser(TestClient(app))
    assert 'name="password"' in stranger.open(f"/worklists/{DEPARTMENT}")

    steward = Browser(TestClient(app)).sign_in("lan", PASSWORD)
    steward.open(f"/worklists/{DEPARTMENT}?list=not_online")
    code = worklist(own, DEPARTMENT).of("not_online")[0].waiting.code
    assert code in steward.page
    place = f"/worklists/{DEPARTMENT}/remedy"
    steward.send(place, cause="<b>máy hỏng", remedy="sửa")
    assert steward.status == 200
    assert "&lt;b&gt;máy hỏng → sửa" in steward.page
    steward.send(place, cause="gọi 0900000017")
    assert steward.status == 400
    assert "gọi 0900000017" in steward.page
    (kept,) = Remedies(own.database.engine).last(DEPARTMENT).values()
    assert (kept.who, kept.list, kept.code) == ("lan", "not_online", code)

    answer = steward.client.get(f"/worklists/{DEPARTMENT}/worklist.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert next(row for row in rows if row["code"] == code and row["list"] == "not_online")["cause"] == "<b>máy hỏng"

    reader = Browser(TestClient(app)).sign_in("minh", PASSWORD)
    reader.open(f"/worklists/{DEPARTMENT}?list=not_online")
    assert place not in reader.page
    reader.send(place, list="not_online", code=code, cause="c")
    assert reader.status == 403
    for path in ("/worklists/H24", "/worklists/x"):
        steward.open(path)
        assert steward.status == 404
    assert "H05.101" in steward.open("/worklists?unit=nonsense")
