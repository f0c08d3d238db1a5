"""Backups: a consistent copy of the database, the lake and what was published, each file with its sha256, and back again.

Belongs here: making, checking and restoring one. Does not belong here: settings and secrets (an office keeps those apart), and
Dagster's storage, which tells of runs and not of figures.

    <backup>/database.sqlite     every table, whichever database the office uses
    <backup>/home/...            lake, published, mappings and the office's own files, as they stand in the home
    <backup>/manifest.json       every file with size and sha256, written last

A backup is made under another name and renamed when it is whole. Intake and scoring wait meanwhile; decisions taken beside it
are in it or not, whole: the database is copied at one moment, before the files, and files are never taken away.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from resources.clock import utc_now
from resources.connections import open_engine, schema_versions, upgrade_schema, writing
from resources.files import clean_partials_of, sync, working_folder, write_bytes_atomically
from resources.home import Home
from resources.office import Office
from resources.progress import steps
from resources.schema import OF_THE_PLACE, metadata

MANIFEST, DATABASE, FILES = "manifest.json", "database.sqlite", "home"
FORM = 1
KEPT = ("lake", "published", "mappings", "heads.yaml", "timetable.yaml", "notices.yaml")
SETTINGS = "service-index.toml"
_ROWS_AT_ONCE = 2000
_LOCAL = "service-index.db"
_PASSING = (".partial", ".lock")


class BackupError(RuntimeError):
    """A backup cannot be made or restored. The message is Vietnamese / English and says what to do."""


@dataclass(frozen=True, slots=True)
class Made:
    """What was made. rows: of the database. size_bytes: of all files."""

    folder: Path
    files: int
    size_bytes: int
    rows: int


def back_up(office: Office, dest: Path) -> Made:
    """Makes a backup in a new folder. Raises BackupError when the folder holds something, OSError."""
    dest = dest.absolute()
    if dest.exists() and (not dest.is_dir() or any(dest.iterdir())):
        raise BackupError(f"{dest}: đã có; nêu một thư mục mới / exists already; name a new folder")
    if dest == office.home.root or office.home.root in dest.parents:
        raise BackupError(
            f"{dest}: nằm trong thư mục dữ liệu; nêu nơi khác / lies in the home itself; name another place"
        )
    clean_partials_of(dest)
    with office.locks.held("intake"), office.locks.held("scoring"), working_folder(dest) as folder:
        folder.chmod(0o700)  # the copy of the database holds what users' passwords hash to
        rows = _copy_database(office.database.engine, folder / DATABASE)
        files = {DATABASE: _fingerprint(folder / DATABASE)}
        for path in steps("backup", list(_files(office.home.root))):
            name = f"{FILES}/{path.relative_to(office.home.root).as_posix()}"
            files[name] = _copy(path, folder / name)
        content = {
            "form": FORM,
            "made_at": f"{utc_now().isoformat()}Z",
            "schema": schema_versions(office.database.engine)[0],
            "rows": rows,
            "files": dict(sorted(files.items())),
        }
        write_bytes_atomically(folder / MANIFEST, json.dumps(content, indent=1).encode())
        if dest.exists():
            dest.rmdir()
        os.rename(folder, dest)
    sync(dest.parent)
    return Made(dest, len(files), sum(each["size_bytes"] for each in files.values()), sum(rows.values()))


def restore(src: Path, home: Home) -> Made:
    """Brings a backup into a home that holds nothing but, perhaps, its settings, after checking every file.

    Raises BackupError: no whole backup, a damaged file (named), a home or database that is not empty. Raises OSError.
    """
    manifest = _checked(src)
    root = home.root
    if root.exists() and any(path.name != SETTINGS for path in root.iterdir()):
        raise BackupError(
            f"{root}: thư mục dữ liệu không trống; khôi phục vào thư mục mới / the home is not empty; restore into a new one"
        )
    with working_folder(root) as folder:
        for name in steps("restore", manifest["files"]):
            if name != DATABASE:
                _copy(src / name, folder / Path(name).relative_to(FILES))
        _copy(src / DATABASE, folder / _LOCAL)
        if home.database is not None:
            _fill(folder / _LOCAL, home.database_url)
            (folder / _LOCAL).unlink()
        root.mkdir(parents=True, exist_ok=True)
        # The database comes last: a home without one is not taken for restored.
        for path in sorted(folder.iterdir(), key=lambda path: path.name == _LOCAL):
            os.rename(path, root / path.name)
    sync(root)
    files = manifest["files"]
    size = sum(each["size_bytes"] for each in files.values())
    return Made(root, len(files), size, sum(manifest["rows"].values()))


def _checked(src: Path) -> dict[str, Any]:
    """The manifest of a backup whose files are all there, byte for byte."""
    try:
        manifest: dict[str, Any] = json.loads((src / MANIFEST).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise BackupError(
            f"{src}: không phải bản sao lưu trọn vẹn (thiếu {MANIFEST}) / is no whole backup ({MANIFEST} is missing)"
        ) from None
    except ValueError:
        raise BackupError(f"{src / MANIFEST}: hỏng / is damaged; dùng bản khác / use another backup") from None
    if manifest.get("form") != FORM:
        raise BackupError(f"{src}: dạng {manifest.get('form')}, cần {FORM} / made in another form than {FORM}")
    if manifest["schema"] not in schema_versions()[1:]:
        raise BackupError(
            f"{src}: do phần mềm mới hơn tạo (lược đồ {manifest['schema']}); cập nhật phần mềm trước "
            f"/ made by newer software (schema {manifest['schema']}); bring this software up to date first"
        )
    for name, known in steps("verify", manifest["files"].items()):
        path = src / name
        if not path.is_file():
            raise BackupError(f"{path}: thiếu tệp; dùng bản sao lưu khác / the file is missing; use another backup")
        if _fingerprint(path) != known:
            raise BackupError(
                f"{path}: tệp hỏng (sha256 khác); dùng bản khác / damaged (other sha256); use another backup"
            )
    return manifest


def _files(root: Path) -> Iterator[Path]:
    """What of a home is kept; half-written files and locks are not (revisions whose folder is still to be put in place are).

    What is not named is left: working folders (`tmp`, `pull` with what the portal sent), Dagster's, Data Docs, secrets.
    """
    for name in KEPT:
        place = root / name
        if place.is_file():
            yield place
        for folder, folders, files in os.walk(place):
            folders[:] = sorted(each for each in folders if not each.endswith(_PASSING))
            yield from (Path(folder, each) for each in sorted(files) if not each.endswith(_PASSING))


def _copy(source: Path, target: Path) -> dict[str, Any]:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    sync(target)
    return _fingerprint(target)


def _fingerprint(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"size_bytes": path.stat().st_size, "sha256": digest}


def _copy_database(engine: sa.Engine, target: Path) -> dict[str, int]:
    """Every row at one moment. On SQLite by its own backup, else table by table in one transaction. Returns rows by table."""
    if engine.dialect.name == "sqlite":
        raw = engine.raw_connection()
        try:
            with closing(sqlite3.connect(target)) as copy:
                raw.driver_connection.backup(copy)  # type: ignore[union-attr]
                copy.execute("UPDATE leases SET holder = NULL, since = NULL")
                # The lake is in the backup, file by file: where it stood is nothing a restored copy may hold on to.
                copy.execute("DELETE FROM lake_files")
                copy.execute("UPDATE lake_state SET name = '', changes = 0")
                copy.commit()
                copy.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
        finally:
            raw.close()
    else:
        copy_engine = open_engine(f"sqlite:///{target}")
        upgrade_schema(copy_engine)
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as source, source.begin():
            _copy_rows(source, copy_engine)
        copy_engine.dispose()  # nobody keeps the file's log open: it becomes one file
        with closing(sqlite3.connect(target)) as copy:
            copy.execute("PRAGMA journal_mode = DELETE")
    sync(target)
    with closing(sqlite3.connect(target)) as copy:
        count = "SELECT count(*) FROM {}"
        return {table.name: copy.execute(count.format(table.name)).fetchone()[0] for table in _tables()}


def _fill(source: Path, url: str) -> None:
    """Brings the rows of a copy into an empty database, all or none."""
    engine, copy = open_engine(url), open_engine(f"sqlite:///{source}")
    upgrade_schema(engine)
    upgrade_schema(copy)
    with engine.connect() as connection:
        for table in _tables():
            if connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one():
                raise BackupError(
                    f"{table.name}: cơ sở dữ liệu không trống; khôi phục vào cơ sở dữ liệu mới "
                    "/ the database is not empty; restore into a new one"
                )
    with copy.connect() as connection:
        _copy_rows(connection, engine)
    copy.dispose()
    engine.dispose()


def _copy_rows(source: sa.Connection, target: sa.Engine) -> None:
    with writing(target) as connection:
        for table in _tables():
            rows = source.execute(sa.select(table).order_by(*table.primary_key)).mappings()
            for batch in rows.partitions(_ROWS_AT_ONCE):
                connection.execute(table.insert(), [dict(row) for row in batch])
            if connection.dialect.name == "postgresql":
                for column in table.primary_key:
                    if column.autoincrement is True:
                        _go_on_counting(connection, table, column)


def _go_on_counting(connection: sa.Connection, table: sa.Table, column: sa.Column[Any]) -> None:
    """The next number PostgreSQL gives comes after those that were brought in."""
    sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
    highest = sa.select(sa.func.max(column)).scalar_subquery()
    connection.execute(sa.select(sa.func.setval(sequence, sa.func.coalesce(highest, 1), highest.is_not(None))))


def _tables() -> list[sa.Table]:
    """Every table but those of the place: whoever was at work is not at work in a copy, nor does its lake stand there."""
    return [table for table in metadata.sorted_tables if table not in OF_THE_PLACE]
