"""The office: the home, the landing folder and the database of one installation, opened together.

Belongs here: opening the doors a piece of work needs. Does not belong here: the work.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from resources import lake
from resources.database import Database
from resources.engine import connect
from resources.home import Home
from resources.locks import Locks
from resources.review import Review
from resources.settings import DAGSTER_URL, DESK_URL, DUCKDB, Settings
from resources.users import Users

if TYPE_CHECKING:
    import duckdb
    from pydantic import SecretStr

    from resources.spark_engine import SparkEngine


@dataclass(frozen=True)
class Office:
    """What every stage is handed: where things stand and what may be used of the machine."""

    home: Home
    landing: Path
    database: Database
    memory_limit: str | None = None
    threads: int | None = None
    desk_url: str = DESK_URL
    dagster_url: str = DAGSTER_URL
    openlineage: str | None = None
    public_url: str | None = None
    landing_url: SecretStr | None = None
    counting_engine: str = DUCKDB

    @contextmanager
    def engine(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A DuckDB connection that spills under the home; closed at the end."""
        con = connect(memory_limit=self.memory_limit, threads=self.threads, temp_directory=self.home.temporary)
        try:
            yield con
        finally:
            con.close()

    @property
    def spark(self) -> SparkEngine | None:
        """Where a year is counted, when it is not DuckDB that counts it."""
        from resources.spark_engine import SparkEngine

        return None if self.counting_engine == DUCKDB else SparkEngine(self.counting_engine, self.home.temporary)

    @property
    def review(self) -> Review:
        """Cases and decisions."""
        return Review(self.database.engine)

    @property
    def locks(self) -> Locks:
        """Who is at work on intake or scoring. Whoever takes a lease finds the lake as the last holder left it."""
        return Locks(self.database.engine, around=partial(lake.at_work, self.home.lake))

    def bring_lake(self) -> None:
        """Brings a lake that stands elsewhere into the home, if it was changed since this process last looked.

        To be called before the lake is read without a lease. Raises LakeError, LakeUnreachable.
        """
        lake.bring(self.home.lake)

    @property
    def users(self) -> Users:
        return Users(self.database.engine)

    @property
    def mapping_folders(self) -> list[Path]:
        """Where an office's own mappings are looked for, before the packaged ones."""
        return [self.landing / "mappings", self.home.mappings]


def open_office(settings: Settings) -> Office:
    """Prepares the home, brings the database to the newest schema and opens both.

    Raises OSError when the home cannot be written.
    """
    home = settings.open_home()
    home.prepare()
    database = Database(home.database_url)
    database.migrate()
    _settle_lake(home, settings.lake_url, database)
    return Office(
        home,
        settings.landing,
        database,
        settings.memory_limit,
        settings.threads,
        settings.desk_url,
        settings.dagster_url,
        settings.openlineage,
        public_url=settings.public_url,
        landing_url=settings.landing_url,
        counting_engine=settings.engine,
    )


def _settle_lake(home: Home, address: SecretStr | None, database: Database) -> None:
    """Says who keeps the home's lake. One keeper a process: leases that one office holds bind what another writes."""
    known = lake.registered(home.lake)
    if address is None:
        lake.register(home.lake, None)
        return

    from resources.remote_lake import RemoteLake

    if isinstance(known, RemoteLake) and known.is_at(address, database.engine.url):
        known.look_again()
    else:
        lake.register(home.lake, RemoteLake(home.lake, address, database.engine))
