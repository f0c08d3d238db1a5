"""An installation on PostgreSQL whose every secret is known, and that met failures: what it told is kept to be searched."""

from __future__ import annotations

import json
import shutil
import traceback
from collections.abc import Iterator
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from assets.partitions import range_tags
from pipelines.build import build_defs
from pipelines.instance import open_instance
from pipelines.telling import fetch
from resources.clock import utc_now
from resources.logs import start_logs
from resources.office import Office, open_office
from resources.settings import load_settings
from scoring.calendar import Week
from tests.databases import new_database
from tests.deploying.declared import DEPLOY
from tests.events.conftest import drop
from tests.pipelines.command import Told, ask, service_index
from tests.pipelines.test_dev import free_port

WEEK = "2025-W40"
PLANTED = {
    "database": "Planted-database-7c1",
    "dagster": "Planted-dagster-5e0",
    "desk": "Planted-desk-secret-that-signs-all-sessions-9a2",
    "token": "Planted-portal-token-3b8",
    "proxy": "Planted-proxy-2f4",
    "landing": "Planted-landing-6d9",
    "notices": "Planted-notices-8e3",
}
ROUTES = """\
digest_minutes: 0
quiet_hours:
routes:
  - {name: operators, role: operator, address_variable: NOTICES_OPERATORS, events: [check_failed, landing_unreachable]}
"""


@dataclass
class Installation:
    """An office, and all it told: by where, the text."""

    office: Office
    environment: dict[str, str]
    backup: Path
    told: dict[str, str] = field(default_factory=dict)

    def command(self, *words: str) -> Told:
        """A command in a process of its own, with the logs as talkative as they can be."""
        return self._keep(" ".join(words), service_index(*words, env=self.environment))

    def ask(self, *words: str, **env: str) -> Told:
        """A command in this process; its logs go where its errors go."""
        with pytest.MonkeyPatch.context() as patched:
            for name, value in env.items():
                patched.setenv(name, value)
            return self._keep(" ".join([*words, *env]), ask(*words))

    def _keep(self, name: str, answer: Told) -> Told:
        self.told[f"command {name}"] = answer.out + answer.err
        return answer


def _with_password(address: str, password: str, driver: str) -> str:
    """The server asks for none, so that any is right; that makes it no less a secret."""
    url = sa.make_url(address).set(drivername=driver, password=password)
    return url.render_as_string(hide_password=False)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory, postgresql: str) -> Iterator[Installation]:
    home = tmp_path_factory.mktemp("planted")
    (home / "dagster").mkdir()
    shutil.copy(DEPLOY / "dagster" / "postgresql.yaml", home / "dagster" / "dagster.yaml")
    (home / "notices.yaml").write_text(ROUTES)
    nobody = free_port()
    environment = {
        "SERVICE_INDEX_HOME": str(home),
        "SERVICE_INDEX_DATABASE_URL": _with_password(
            new_database(postgresql), PLANTED["database"], "postgresql+psycopg"
        ),
        "DAGSTER_POSTGRES_URL": _with_password(new_database(postgresql), PLANTED["dagster"], "postgresql+psycopg2"),
        "SERVICE_INDEX_DESK_SECRET": PLANTED["desk"],
        "SERVICE_INDEX_PORTAL_URL": f"http://127.0.0.1:{nobody}",
        "SERVICE_INDEX_PORTAL_TOKEN": PLANTED["token"],
        "SERVICE_INDEX_PORTAL_TRIES": "1",
        "SERVICE_INDEX_PORTAL_AS_OF": "asOf",
        "SERVICE_INDEX_LANDING_URL": f"ftp://clerk:{PLANTED['landing']}@127.0.0.1:{nobody}/exports",
        "NOTICES_OPERATORS": f"json://operator:{PLANTED['notices']}@127.0.0.1:{nobody}/",
        "SERVICE_INDEX_LOG_FORMAT": "json",
        "SERVICE_INDEX_LOG_LEVEL": "debug",
    }
    drop(home / "landing", WEEK)
    drop(home / "landing", "2025-W41", total="95.00")  # contradicts itself: held
    (home / "landing" / "2025-W41" / "scores.VN.ytd.xlsx").write_bytes(b"not a workbook")
    drop(home / "landing", "2025-W42")  # cannot be published: its folder is a file
    (home / "published").mkdir()
    (home / "published" / "2025-W42").write_bytes(b"")
    with pytest.MonkeyPatch.context() as patched:
        for name, value in environment.items():
            patched.setenv(name, value)
        made = Installation(open_office(load_settings()), environment, tmp_path_factory.mktemp("backup") / "saved")
        yield made
        made.office.database.close()
    start_logs(load_settings(home=home), quietly=True)


@pytest.fixture(scope="module")
def failed(installation: Installation) -> Installation:
    """The same after it ran, and after all that could go wrong went wrong."""
    assert installation.command("run", "--landing", str(installation.office.landing)).code == 1
    assert installation.ask("pull", "--week", WEEK).code in (1, 3)
    with redirect_stderr(StringIO()) as logged, open_instance(installation.office) as instance:
        pulled = (
            build_defs(home=str(installation.office.home.root))
            .resolve_job_def("pull")
            .execute_in_process(
                instance=instance,
                tags=range_tags(Week.parse(WEEK), Week.parse(WEEK)),
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                raise_on_error=False,
            )
        )
    assert not pulled.success
    installation.told["command pull by Dagster"] = logged.getvalue()
    installation.told["sensor"] = fetch(installation.office, utc_now())
    assert installation.ask("notices", "--dry-run").code == 0
    assert installation.command("notices").code == 3
    for variable, wrong in {
        "SERVICE_INDEX_DATABASE_URL": f"mysql://u:{PLANTED['database']}@localhost/x",
        "SERVICE_INDEX_DESK_SECRET": PLANTED["desk"][:28],
        "SERVICE_INDEX_PORTAL_TOKEN": f"{PLANTED['token']} with spaces",
        "SERVICE_INDEX_PORTAL_PROXY": f"socks://u:{PLANTED['proxy']}@localhost",
        "SERVICE_INDEX_LANDING_URL": f"clerk:{PLANTED['landing']}@localhost",
    }.items():
        answer = installation.ask("status", **{variable: wrong})
        assert answer.code == 2
        assert variable in answer.err
    gone = f"postgresql+psycopg://u:{PLANTED['database']}@127.0.0.1:{free_port()}/gone"
    unreachable = installation.ask("status", SERVICE_INDEX_DATABASE_URL=gone)
    assert unreachable.code == 1
    assert "the database does not answer" in unreachable.err
    with pytest.raises(sa.exc.OperationalError) as library:  # what the libraries themselves would tell
        sa.create_engine(gone).connect()
    installation.told["unreachable"] = "".join(traceback.format_exception(library.value))
    installation.ask("doctor", SERVICE_INDEX_PORTAL_PROXY=f"http://u:{PLANTED['proxy']}@127.0.0.1:1")
    assert installation.ask("backup", str(installation.backup)).code == 0
    installation.told |= _pages(installation.office)
    return installation


def _pages(office: Office) -> dict[str, str]:
    from console.app import create_app

    client = TestClient(create_app(office, PLANTED["desk"]), raise_server_exceptions=False)
    pages = {path: client.get(path) for path in ("/", "/login", "/metrics", "/healthz", "/nowhere", "/rankings")}
    pages |= {"POST /login": client.post("/login", data={"name": "x", "password": PLANTED["desk"]})}
    return {f"page {name}": f"{page.text}{json.dumps(dict(page.headers))}" for name, page in pages.items()}
