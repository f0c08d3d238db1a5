"""No secret is found in anything an installation told or kept, whatever went wrong: logs, pages, errors, files, databases."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from tests.deploying.conftest import PLANTED, WEEK, Installation

pytestmark = pytest.mark.xdist_group("deploying-secrets")


def rows_of(address: str) -> Iterator[tuple[str, str]]:
    """Every table of a database, with all its rows as text."""
    engine = sa.create_engine(address)
    with engine.connect() as connection:
        for name in sa.inspect(connection).get_table_names():
            rows = connection.execute(sa.text(f'SELECT * FROM "{name}"')).fetchall()
            yield name, "\n".join(repr(tuple(row)) for row in rows)
    engine.dispose()


def everything(installation: Installation, kind: str) -> dict[str, str]:
    if kind == "told":
        return installation.told
    if kind == "files":
        files = [path for path in installation.office.home.root.rglob("*") if path.is_file()]
        return {str(path): path.read_bytes().decode("latin-1") for path in files}
    name = {"database": "SERVICE_INDEX_DATABASE_URL", "dagster": "DAGSTER_POSTGRES_URL"}[kind]
    return dict(rows_of(installation.environment[name]))


def forms_of(secret: str) -> set[str]:
    """As it is, in an address, and as headers carry it."""
    packed = {base64.b64encode(f"{before}{secret}".encode()).decode().rstrip("=") for before in ("", "u:", "clerk:")}
    return {secret, quote(secret, safe=""), *packed}


@pytest.mark.parametrize("kind", ["told", "files", "database", "dagster"])
def test_no_secret_is_found(failed: Installation, kind: str) -> None:
    texts = everything(failed, kind)
    assert any(WEEK in text for text in texts.values()), "what is searched is not what was kept"
    found = [
        (where, name)
        for where, text in texts.items()
        for name, secret in PLANTED.items()
        if any(form in text for form in forms_of(secret))
    ]
    assert found == []


def test_what_went_wrong_is_told_nonetheless(failed: Installation) -> None:
    """Else nothing could be found because nothing was said."""
    logs = "".join(text for where, text in failed.told.items() if where.startswith("command"))
    for event in ("step_started", "week_failed", "message_not_sent", "command_done"):
        assert f'"event": "{event}"' in logs
    assert '"week": "2025-W40' in logs
    assert "STEP_FAILURE" in everything(failed, "dagster")["event_logs"]
    assert "NOTICES_OPERATORS" in failed.told["command notices --dry-run"]


def test_the_search_finds_a_secret_where_there_is_one(failed: Installation) -> None:
    secret = PLANTED["token"]
    assert any(
        form in f"Authorization: Basic {base64.b64encode(f'u:{secret}'.encode()).decode()}" for form in forms_of(secret)
    )
