"""The desk's server carries the same pages, for anyone."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from console.app import create_app
from resources.office import Office
from tests.site.office import WEEKS


@pytest.fixture
def stranger(built: Office) -> TestClient:
    return TestClient(create_app(built, "k" * 40))


@pytest.mark.parametrize(
    "path",
    [
        "/vi/",
        "/en/",
        f"/vi/ky/{WEEKS[-1]}/",
        "/en/units/H05.104/",
        "/vi/sua-doi/atom.xml",
        "/en/revisions/feed.json",
        f"/data/{WEEKS[0]}/r1/release.json",
        "/site.css",
        "/icon.svg",
    ],
)
def test_anyone_reads_the_file_as_it_was_built(built: Office, stranger: TestClient, path: str) -> None:
    answer = stranger.get(path, follow_redirects=False)
    assert answer.status_code == 200
    file = built.home.site / (path.removeprefix("/") + ("index.html" if path.endswith("/") else ""))
    assert answer.content == file.read_bytes()


def test_an_address_without_its_slash_leads_to_the_page(stranger: TestClient) -> None:
    assert stranger.get("/vi/tinh/H05").status_code == 200


@pytest.mark.parametrize(
    "path", ["/vi/ky/2025-W01/", "/vi/../service-index.db", "/data/%2e%2e/.pages.json", "/.pages.json"]
)
def test_there_is_nothing_else(stranger: TestClient, path: str) -> None:
    assert stranger.get(path).status_code == 404


def test_the_desk_itself_still_asks_who_comes(stranger: TestClient) -> None:
    assert stranger.get("/", follow_redirects=False).headers["location"].startswith("/login")
