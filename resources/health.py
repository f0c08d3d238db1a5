"""Examining an installation: one finding a thing looked at, with what to do where it is not well.

Belongs here: everything that can be looked at without Dagster. Does not belong here: Dagster's daemon (pipelines/overview.py),
printing (publishing/operating.py). Nothing is changed, and nothing that is looked at can end the examination.
"""

from __future__ import annotations

import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from resources.connections import open_engine, schema_versions
from resources.home import Home
from resources.trouble import one_line

if TYPE_CHECKING:
    from resources.settings import Settings

Level = Literal["ok", "warn", "fail"]
WARN_BELOW_BYTES, FAIL_BELOW_BYTES = 5 * 2**30, 2**29
AHEAD = timedelta(minutes=5)  # what an export, a revision or a file server may be ahead of this machine's clock
PORTAL_SECONDS = 5
_PACKAGE = "service-index"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, and what to do; texts are Vietnamese / English."""

    subject: str
    level: Level
    text: str
    action: str | None = None


def examine_house(settings: Settings) -> list[Finding]:
    """Home, disk, permissions, database, lake, clock, portal, rule sets and packages of an installation."""
    from resources.lake_health import look_at_lake

    home = settings.open_home()
    found = [*_looked("home", lambda: _home(home)), *_looked("disk", lambda: _disk(home))]
    found += _looked("permissions", lambda: _permissions(home))
    database = _looked("database", lambda: _database(home))
    there = all(each.level != "fail" for each in database)
    found += database
    if there:
        found += _looked("lake", lambda: look_at_lake(home, settings.lake_url))
        found += _looked("rules", lambda: _rules(home))
    found += _looked("clock", lambda: _clock(home, ask_database=there))
    found += _looked("portal", lambda: _portal(getattr(settings, "portal_url", None)))
    return [*found, *_looked("versions", _versions)]


def _looked(subject: str, look: Callable[[], Iterator[Finding]]) -> list[Finding]:
    try:
        return list(look())
    except Exception as error:  # noqa: BLE001 - whatever it is, the rest is still looked at
        return [Finding(subject, "fail", one_line(error), "Xem các dòng khác / see the other lines")]


def _home(home: Home) -> Iterator[Finding]:
    if not home.root.is_dir():
        yield Finding(
            "home", "fail", f"{home.root}: không có / is not there", "--home, hoặc chạy / or run service-index run"
        )
        return
    try:
        with tempfile.NamedTemporaryFile(dir=home.root, prefix=".doctor-"):
            pass
    except OSError as error:
        yield Finding(
            "home", "fail", f"{home.root}: {error.strerror}", "Cho tài khoản này quyền ghi / let this account write"
        )
        return
    yield Finding("home", "ok", f"{home.root}: ghi được / can be written")


def _disk(home: Home) -> Iterator[Finding]:
    usage = shutil.disk_usage(_existing(home.root))
    text = f"còn / free {usage.free / 2**30:.1f} GiB trên / of {usage.total / 2**30:.1f} GiB"
    action = "service-index prune, hoặc thêm đĩa / or a larger disk"
    level: Level = "fail" if usage.free < FAIL_BELOW_BYTES else "warn" if usage.free < WARN_BELOW_BYTES else "ok"
    yield Finding("disk", level, text, action if level != "ok" else None)


def _permissions(home: Home) -> Iterator[Finding]:
    private = [home.root / "desk.secret", home.root / "service-index.toml", home.root / "service-index.db"]
    open_to_all = [
        path.name for path in private if path.is_file() and path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH)
    ]
    if open_to_all and home.root.stat().st_mode & stat.S_IXOTH:
        names = ", ".join(open_to_all)
        yield Finding(
            "permissions",
            "warn",
            f"người dùng khác của máy đọc được / others on this machine can read: {names}",
            f"chmod o-rwx {home.root}",
        )
        return
    yield Finding("permissions", "ok", "chỉ tài khoản và nhóm này đọc được / only this account and group can read")


def _database(home: Home) -> Iterator[Finding]:
    kind = sa.make_url(home.database_url).get_backend_name()
    file = sa.make_url(home.database_url).database
    if kind == "sqlite" and file and not Path(file).is_file():
        yield Finding(
            "database",
            "fail",
            f"không có tệp {Path(file).name} / the file is not there",
            "service-index restore, run",
        )
        return
    engine = open_engine(home.database_url)
    try:
        current, newest, *_ = schema_versions(engine)
        with engine.connect().execution_options(writes=True) as connection:
            transaction = connection.begin()
            connection.execute(sa.text("UPDATE leases SET beat = beat WHERE name = 'intake'"))
            transaction.rollback()
    except sa.exc.SQLAlchemyError as error:
        yield Finding(
            "database",
            "fail",
            f"{kind}: {one_line(error)}",
            "Máy chủ, mạng, mật khẩu, đĩa? / the server, the network, the password, the disk?",
        )
        return
    finally:
        engine.dispose()
    if current != newest:
        yield Finding(
            "database",
            "warn",
            f"{kind}: lược đồ / schema {current}, cần / needed {newest}",
            "Lệnh tiếp theo sẽ nâng cấp; sao lưu trước / the next command migrates it; back up first",
        )
        return
    yield Finding("database", "ok", f"{kind}: đọc ghi được / can be read and written, schema {current}")


def _clock(home: Home, *, ask_database: bool) -> Iterator[Finding]:
    offset = datetime(2025, 1, 6, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")).utcoffset()
    if offset != timedelta(hours=7):
        yield Finding("clock", "fail", f"Asia/Ho_Chi_Minh = UTC+{offset}", "pip install tzdata")
        return
    now = datetime.now(UTC).replace(tzinfo=None)
    for what, moment in _moments(home, ask_database=ask_database):
        if moment - now > AHEAD:
            yield Finding(
                "clock",
                "fail",
                f"{what} ({moment:%Y-%m-%d %H:%M} UTC) sau giờ máy / is after this clock ({now:%Y-%m-%d %H:%M} UTC)",
                "Chỉnh giờ (NTP) trước khi chạy tiếp / set the clock (NTP) before anything else runs",
            )
            return
    yield Finding("clock", "ok", f"{now:%Y-%m-%d %H:%M} UTC, Asia/Ho_Chi_Minh = UTC+7")


def _moments(home: Home, *, ask_database: bool) -> Iterator[tuple[str, datetime]]:
    """Moments that cannot lie in the future, with what they are of."""
    from resources.database import Database

    with tempfile.NamedTemporaryFile(dir=_existing(home.root), prefix=".doctor-") as file:
        yield "giờ của đĩa / the disk's clock", _utc(Path(file.name).stat().st_mtime)
    if not ask_database:
        return
    database = Database(home.database_url)
    try:
        exports, revisions = database.exports(), database.revisions()
        if database.engine.dialect.name != "sqlite":
            with database.engine.connect() as connection:
                told = connection.execute(sa.text("SELECT extract(epoch FROM now())")).scalar_one()
            yield "giờ của cơ sở dữ liệu / the database's clock", _utc(float(told))
    finally:
        database.close()
    for what, moments in (
        ("bản xuất mới nhất / the newest export", [each.exported_at for each in exports if each.exported_at]),
        ("lần nhận mới nhất / the newest intake", [each.received_at for each in exports]),
        ("bản công bố mới nhất / the newest revision", [each.published_at for each in revisions]),
    ):
        if moments:
            yield what, max(moments)


def _rules(home: Home) -> Iterator[Finding]:
    """Whether the rule sets are those that the newest revisions stand on: otherwise all of these are published anew."""
    from resources.database import Database
    from scoring.ruleset import load_rulesets

    known = {name: ruleset.fingerprint for name, ruleset in load_rulesets().items()}
    database = Database(home.database_url)
    try:
        newest = {revision.week: revision for revision in database.revisions()}
    finally:
        database.close()
    other = {
        name: [week for week, revision in newest.items() if revision.rulesets.get(name, mark) != mark]
        for name, mark in known.items()
    }
    changed = {name: weeks for name, weeks in other.items() if weeks}
    if changed:
        told = "; ".join(f"{name}: {weeks[0]}..{weeks[-1]} ({len(weeks)})" for name, weeks in changed.items())
        yield Finding(
            "rules",
            "warn",
            f"bộ quy tắc khác với khi công bố / rule sets are not those published by: {told}",
            "Đúng ý thì để tính lại, sai thì triển khai lại bản đúng / meant: let it be scored anew; else deploy the right one",
        )
        return
    yield Finding("rules", "ok", f"{len(known)} bộ quy tắc, như khi công bố / rule sets, as published by")


def _portal(address: object) -> Iterator[Finding]:
    if not address:
        yield Finding("portal", "ok", "không đặt địa chỉ / no address is set")
        return
    import requests

    try:
        answer = requests.head(str(address), timeout=PORTAL_SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        yield Finding(
            "portal",
            "warn",
            f"{address}: không trả lời / does not answer ({type(error).__name__})",
            "Mạng, proxy, địa chỉ? Tệp thả tay vẫn được nhận / network, proxy, address? Dropped files are still taken in",
        )
        return
    level: Level = "warn" if answer.status_code >= 500 else "ok"
    yield Finding("portal", level, f"{address}: HTTP {answer.status_code}")


def _versions() -> Iterator[Finding]:
    from packaging.requirements import Requirement

    wrong = []
    for line in metadata.requires(_PACKAGE) or ():
        requirement = Requirement(line)
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            found = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{requirement.name}: thiếu / missing")
            continue
        if not requirement.specifier.contains(found, prereleases=True):
            wrong.append(f"{requirement.name} {found}, cần / needed {requirement.specifier}")
    if wrong:
        yield Finding("versions", "fail", "; ".join(wrong), "make install")
        return
    yield Finding("versions", "ok", f"{_PACKAGE} {metadata.version(_PACKAGE)}, dagster {metadata.version('dagster')}")


def _existing(path: Path) -> Path:
    return next(each for each in (path, *path.parents) if each.is_dir())


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(min(seconds, time.time() + 10 * 365 * 86400), UTC).replace(tzinfo=None)
