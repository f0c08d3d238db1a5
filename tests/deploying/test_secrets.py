"""No secret is found in anything an installation told or kept, whatever went wrong: logs, pages, errors, files, databases.

What is packed is opened: archives, workbooks, papers, Parquet, SQLite, and Dagster's snapshots in PostgreSQL.
"""

from __future__ import annotations

import base64
import gzip
import json
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import docx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
import xlsxwriter  # type: ignore[import-untyped]
import zstandard

from tests.deploying.conftest import PLANTED, WEEK, Installation
from tests.deploying.insides import texts_of

pytestmark = pytest.mark.xdist_group("deploying-secrets")


def rows_of(address: str) -> Iterator[tuple[str, str]]:
    """Every table of a database, with all its rows as text; packed values unpacked."""
    engine = sa.create_engine(address)
    with engine.connect() as connection:
        for name in sa.inspect(connection).get_table_names():
            rows = connection.execute(sa.text(f'SELECT * FROM "{name}"')).fetchall()
            yield name, "\n".join(repr(tuple(row)) for row in rows)
            for packed in (bytes(value) for row in rows for value in row if isinstance(value, bytes | memoryview)):
                yield f"{name}, packed", zlib.decompress(packed).decode("latin-1")
    engine.dispose()


def everything(installation: Installation, kind: str) -> list[tuple[str, str]]:
    """All that was told or kept, by where."""
    if kind == "told":
        return list(installation.told.items())
    if kind in ("files", "backup"):
        root = installation.office.home.root if kind == "files" else installation.backup
        return [text for path in sorted(root.rglob("*")) if path.is_file() for text in texts_of(path)]
    name = {"database": "SERVICE_INDEX_DATABASE_URL", "dagster": "DAGSTER_POSTGRES_URL"}[kind]
    return list(rows_of(installation.environment[name]))


def forms_of(secret: str) -> set[str]:
    """As it is, in an address, and as headers carry it."""
    packed = {base64.b64encode(f"{before}{secret}".encode()).decode().rstrip("=") for before in ("", "u:", "clerk:")}
    return {secret, quote(secret, safe=""), *packed}


@pytest.mark.parametrize("kind", ["told", "files", "backup", "database", "dagster"])
def test_no_secret_is_found(failed: Installation, kind: str) -> None:
    texts = everything(failed, kind)
    assert any(WEEK in text for _, text in texts), "what is searched is not what was kept"
    found = [
        (where, name)
        for where, text in texts
        for name, secret in PLANTED.items()
        if any(form in text for form in forms_of(secret))
    ]
    assert found == []


def test_what_went_wrong_is_told_nonetheless(failed: Installation) -> None:
    """Else nothing could be found because nothing was said."""
    logs = "".join(text for where, text in failed.told.items() if where.startswith("command"))
    for event in ("step_started", "verdict_given", "published", "week_failed", "message_not_sent", "command_done"):
        assert f'"event": "{event}"' in logs
    lines = [json.loads(line) for line in logs.splitlines() if '"event": "published"' in line]
    assert {(line["week"], line["revision"], line["step"]) for line in lines} == {(WEEK, 1, "scoring_step")}
    assert all(line["run_id"] for line in lines)
    assert "STEP_FAILURE" in dict(everything(failed, "dagster"))["event_logs"]
    assert "NOTICES_OPERATORS" in failed.told["command notices --dry-run"]


def test_what_was_published_is_really_opened(failed: Installation) -> None:
    """The search would be in vain if the files it looks into were not there, or not opened."""
    opened = {where.partition("!")[0].rpartition(".")[2] for where, _ in everything(failed, "files") if "!" in where}
    assert opened >= {"xlsx", "docx", "gz", "parquet"}
    assert "sqlite" in {
        where.partition("!")[0].rpartition(".")[2] for where, _ in everything(failed, "backup") if "!" in where
    }


def _packed_in(kind: str, secret: str, folder: Path) -> Path:
    path = folder / f"file.{kind}"
    text = " ".join(f"row {number}" for number in range(500)) + secret  # enough for a packer to change its letters
    if kind == "gz":
        path.write_bytes(gzip.compress(text.encode()))
    elif kind == "zst":
        path.write_bytes(zstandard.compress(text.encode()))
    elif kind == "xlsx":
        with xlsxwriter.Workbook(path) as book:
            book.add_worksheet().write_string(0, 0, f"x{secret}")
    elif kind == "docx":
        paper = docx.Document()
        paper.add_paragraph(f"x{secret}")
        paper.save(str(path))
    elif kind == "parquet":
        pq.write_table(pa.table({"a": [*text.split(), secret]}), path, compression="zstd")
    elif kind == "db":
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE snapshot (body BLOB)")
            connection.execute("INSERT INTO snapshot VALUES (?)", [zlib.compress(text.encode())])
            connection.commit()
    elif kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("inner.csv.gz", gzip.compress(text.encode()))
    return path


@pytest.mark.parametrize("kind", ["gz", "zst", "xlsx", "docx", "parquet", "db", "zip"])
def test_the_search_finds_a_secret_in_whatever_it_is_packed(tmp_path: Path, kind: str) -> None:
    path = _packed_in(kind, PLANTED["token"], tmp_path)
    assert PLANTED["token"].encode() not in path.read_bytes()
    assert any(PLANTED["token"] in text for _, text in texts_of(path))


def test_the_search_finds_a_secret_where_there_is_one(failed: Installation) -> None:
    secret = PLANTED["token"]
    assert any(
        form in f"Authorization: Basic {base64.b64encode(f'u:{secret}'.encode()).decode()}" for form in forms_of(secret)
    )
