"""What a pull leaves behind: whole files or none, nothing new where nothing changed, nothing private where it need not be."""

from __future__ import annotations

import json
import os
import stat
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import zstandard

from emulator.http_app import AS_OF, Portal
from emulator.http_serve import serving
from emulator.portal_faults import WEEK, files_in, practice_landing
from resources.portal.errors import CannotBeAsked, PullRunning
from resources.portal.evaluation import provisional
from resources.portal.feeds import feeds_of, last_ended
from resources.portal.landing import read_ledger
from resources.portal.settings import PortalSettings
from resources.portal.staging import STALE_HOURS, only_pull
from resources.sidecars import SUFFIX, read_sidecar
from scoring.calendar import Period, Week
from tests.portal.conftest import TODAY, Office


def test_a_pull_lands_every_feed_whole_with_its_sidecar(office: Office) -> None:
    report = office.pull()
    assert (report.exit_code, {one.status for one in report.pulled}) == (0, {"landed"})
    names = [name for name in office.landed() if not name.endswith(SUFFIX)]
    assert names == [
        "2025-W46/counts.H05.ytd.json",
        "2025-W46/dossiers.H05.ndjson",
        "2025-W46/procedures.H05.ndjson",
        "2025-W46/scores.H05.ytd.json",
        "2025-W46/scores.VN.ytd.json",
    ]
    assert all(f"{name}{SUFFIX}" in office.landed() for name in names)
    served = office.portal.landing / str(WEEK) / "dossiers.H05.ndjson"
    assert office.landed()["2025-W46/dossiers.H05.ndjson"] == served.read_bytes()  # two files, joined again


def test_a_portal_that_has_not_changed_lands_nothing_new(office: Office) -> None:
    office.pull()
    before = {path: path.stat().st_mtime_ns for path in office.landing.rglob("*")}
    report = office.pull()
    assert {one.status for one in report.pulled} == {"unchanged"}
    assert {path: path.stat().st_mtime_ns for path in office.landing.rglob("*")} == before


def test_last_seen_and_last_changed_are_two_moments(office: Office) -> None:
    """Known failures, line 18: "last verified" apart from "last changed"."""
    from resources.portal.pulling import pull
    from tests.door.conftest import RECEIVED

    (feed, *_) = office.feeds("counts")
    for hours in (0, 5):
        moment = RECEIVED + timedelta(days=60, hours=hours)
        pull(office.settings, office.home, office.landing, [feed], now=lambda: moment)  # noqa: B023 - called at once
    entry = read_ledger(office.home.root / "pull")[str(feed)]
    assert entry["changed_at"] < entry["verified_at"]


def test_what_changed_is_the_next_snapshot_and_nothing_is_written_over(tmp_path: Path) -> None:
    """Known failures, line 26: history is the product; nothing that was landed goes away."""
    portal = Portal(practice_landing(tmp_path / "portal"))
    with serving(portal) as url:
        own = Office(portal, url, tmp_path)
        own.pull("scores")
        before = own.landed()
        table = portal.landing / str(WEEK) / "scores.VN.ytd.csv"
        text = table.read_text()
        table.write_text(text.replace("H05,H05,H05,1,19.03", "H05,H05,H05,1,19.04"))
        assert [one.status for one in own.pull("scores").pulled] == ["landed", "unchanged"]
        assert "2025-W46/scores.VN.ytd.2.json" in own.landed()
        assert {name: own.landed()[name] for name in before} == before
        table.write_text(text)  # and back again: a third, since the second is what stands
        own.pull("scores")
        assert own.landed()["2025-W46/scores.VN.ytd.3.json"] == before["2025-W46/scores.VN.ytd.json"]


def test_figures_captured_before_the_end_are_captured_once_more_after_it_though_they_are_the_same(
    tmp_path: Path,
) -> None:
    """Known failures, line 18: a capture before the period's end is not final until there is one after it."""
    portal = Portal(practice_landing(tmp_path / "portal"))
    sidecar = portal.landing / str(WEEK) / f"scores.VN.ytd.csv{SUFFIX}"
    with serving(portal) as url:
        own = Office(portal, url, tmp_path, {"portal_scopes": "VN"})
        for moment, files in (
            ("2025-11-16T20:00", 1),
            ("2025-11-16T22:00", 1),
            ("2025-11-17T02:30", 2),
            ("2025-11-18T02:30", 2),
        ):
            sidecar.write_text(f"exported_at: {moment}:00+07:00\n")
            own.pull("scores")
            assert len([name for name in own.landed() if name.endswith(".json")]) == files, moment
        assert "2025-11-17T02:30:00+07:00" in own.landed()[f"2025-W46/scores.VN.ytd.2.json{SUFFIX}"].decode()


def test_a_failed_feed_stops_no_other_and_lands_nothing_of_its_own(office: Office) -> None:
    office.portal.let_loose("null_number")
    report = office.pull()
    assert report.exit_code == 3
    assert [one.feed.kind for one in report.of("failed")] == ["scores", "scores", "counts"]
    assert [one.feed.kind for one in report.of("landed")] == ["procedures", "dossiers"]


def test_a_refused_token_stops_the_whole_pull_at_the_first_answer(office: Office) -> None:
    """Known failures, line 25: 401 and 403 were tried again six times."""
    office.portal.let_loose("expired_token")
    report = office.pull()
    assert (report.exit_code, len(office.portal.asked)) == (1, 1)
    assert [one.status for one in report.pulled] == ["failed", *["not_asked"] * 4]


def test_only_408_429_and_5xx_are_asked_again(office: Office) -> None:
    for name, requests_made in (
        ("not_found", 1),
        ("forbidden", 1),
        ("html", 1),
        ("login_page", 1),
        ("failing", 3),
        ("request_timeout", 3),
    ):
        office.portal.asked.clear()
        office.portal.let_loose(name)
        office.more["portal_scopes"] = "VN"
        office.pull("scores")
        assert len(office.portal.asked) == requests_made, name


def test_nothing_older_takes_the_place_of_what_did_not_come(office: Office) -> None:
    """Known failures, lines 1 and 5: an empty answer is told as empty."""
    office.pull("scores")
    before = office.landed()
    office.portal.let_loose("no_rows")
    assert "there are no rows" in office.error("scores")
    assert office.landed() == before


def test_a_download_goes_on_at_the_byte_where_it_broke_off(office: Office) -> None:
    office.more["portal_tries"] = 1
    office.portal.let_loose("broken_off")
    office.error("dossiers")
    (part,) = [path for path in office.staged() if path.suffix == ".part"]
    have = part.stat().st_size
    assert have > 0
    office.portal.loose = None
    office.portal.headers.clear()
    assert office.pull("dossiers").exit_code == 0
    assert [headers["range"] for headers in office.portal.headers if "range" in headers] == [f"bytes={have}-"]
    assert (
        office.landed()["2025-W46/dossiers.H05.ndjson"]
        == (office.portal.landing / str(WEEK) / "dossiers.H05.ndjson").read_bytes()
    )


def test_a_file_that_became_another_one_meanwhile_is_fetched_from_its_start(office: Office, tmp_path: Path) -> None:
    portal = Portal(practice_landing(tmp_path / "portal"))
    served = portal.landing / str(WEEK) / "dossiers.H05.ndjson"
    with serving(portal) as url:
        own = Office(portal, url, tmp_path, {"portal_tries": 1})
        portal.let_loose("broken_off")
        own.error("dossiers")
        portal.loose = None
        served.write_bytes(served.read_bytes().replace(b'"2"', b'"9"'))
        assert own.pull("dossiers").exit_code == 0
        assert own.landed()["2025-W46/dossiers.H05.ndjson"] == served.read_bytes()


def test_packed_files_are_joined_to_one_packed_file(office: Office, tmp_path: Path) -> None:
    """A province hands in a file a day; together they are one export, whose lines the door reads."""
    from resources.originals import look_at

    pieces = [zstandard.compress(b'{"MaHoSo":"1"}\n'), zstandard.compress(b'{"MaHoSo":"2"}\n')]
    whole = tmp_path / "whole.ndjson.zst"
    whole.write_bytes(b"".join(pieces))
    assert look_at(whole, "zst").lines == 2


# ---- what is private


def test_files_with_personal_data_are_the_owners_only_and_nothing_stays_in_staging(office: Office) -> None:
    office.more["portal_tries"] = 1
    office.portal.let_loose("broken_off")
    office.error("dossiers")
    for path in office.staged():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 or path.suffix == ".json", path
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    office.portal.loose = None
    office.pull()
    assert office.staged() == []
    mode = stat.S_IMODE((office.landing / "2025-W46/dossiers.H05.ndjson").stat().st_mode)
    assert mode == 0o600


def test_what_a_pull_left_and_none_took_up_is_removed(office: Office) -> None:
    office.more["portal_tries"] = 1
    office.portal.let_loose("broken_off")
    office.error("dossiers")
    for path in [*office.staged(), *{path.parent for path in office.staged()}]:
        old = path.stat().st_mtime - STALE_HOURS * 3600 - 60
        os.utime(path, (old, old))
    with only_pull(office.home):
        assert office.staged() == []


def test_two_pulls_of_one_home_do_not_run_at_once(office: Office) -> None:
    with only_pull(office.home), pytest.raises(PullRunning, match="Another pull"):
        office.pull("scores")
    assert office.pull("scores").exit_code == 0


# ---- what may be asked


def test_without_a_field_for_days_the_portal_is_asked_for_the_week_that_ended_only() -> None:
    settings = PortalSettings(portal_scopes="VN,H05")
    week = last_ended(TODAY)
    assert week == WEEK
    assert feeds_of(settings, [week], TODAY)
    with pytest.raises(CannotBeAsked, match="tells only the figures of today"):
        feeds_of(settings, [week.previous], TODAY)
    assert feeds_of(settings, [week.previous], TODAY, kinds=["dossiers"])
    assert feeds_of(settings.model_copy(update={"portal_as_of": AS_OF}), [week.previous], TODAY)
    with pytest.raises(CannotBeAsked, match="has not come yet"):
        feeds_of(settings, [week.shift(3)], TODAY)


def test_the_week_that_ended_is_that_of_the_vietnamese_day() -> None:
    """Known failures, line 16: at 22:25 UTC on Sunday it is Monday morning in Việt Nam."""
    from scoring.calendar import day_of_utc

    assert last_ended(day_of_utc(datetime(2025, 11, 16, 22, 25))) == Week.parse("2025-W46")
    assert last_ended(day_of_utc(datetime(2025, 11, 16, 16, 59))) == Week.parse("2025-W45")


def test_a_period_the_portal_does_not_have_and_a_kind_there_is_none_of_are_refused() -> None:
    settings = PortalSettings()
    with pytest.raises(CannotBeAsked, match="2025-H2"):
        feeds_of(settings, [WEEK], TODAY, period=Period.parse("2025-H2"))
    with pytest.raises(CannotBeAsked, match="there is no such kind"):
        feeds_of(settings, [WEEK], TODAY, kinds=["dossier"])


# ---- provisional denominators


def test_figures_the_portal_calls_provisional_are_told_and_their_clearing_is_news(office: Office) -> None:
    """Known failures, line 8: TEMP_NATIONAL_REPORT_DENOMINATOR is published by others without a word."""
    office.portal.let_loose("provisional")
    report = office.pull("counts")
    assert (report.exit_code, [one.unsettled for one in report.pulled]) == (3, [3])
    assert (
        "provisional by the portal's own word: 3 (H05.101 PUBLISH_ON_TIME, "
        in office.landed()[f"2025-W46/counts.H05.ytd.json{SUFFIX}"].decode()
    )
    assert read_sidecar(office.landing / "2025-W46/counts.H05.ytd.json").provisional  # and so they are published
    office.portal.loose = None
    cleared = office.pull("counts")
    assert (cleared.exit_code, [one.status for one in cleared.pulled]) == (0, ["landed"])
    rows = json.loads(office.landed()["2025-W46/counts.H05.ytd.2.json"])["transparency"]
    assert provisional(rows) == []
    assert not read_sidecar(office.landing / "2025-W46/counts.H05.ytd.2.json").provisional
    assert files_in(office.landing)
