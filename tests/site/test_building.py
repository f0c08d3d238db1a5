"""Building again: only what changed is written, the same bytes come out, and nobody sees half a site."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assets.site import build_site, site_mark
from publishing.bulletin.writing import write_bulletins
from publishing.site import building
from publishing.site.addresses import Address
from publishing.site.languages import Language
from publishing.site.page import Facts
from resources.home import Home
from resources.office import Office, open_office
from resources.settings import load_settings
from tests.site.office import REVISED, SCRIPT, WEEKS, publish_again, published_office


def contents(site: Path) -> dict[str, bytes]:
    return {
        path.relative_to(site).as_posix(): path.read_bytes()
        for path in site.rglob("*")
        if path.is_file() and path.name != building.RECORD
    }


def files(site: Path) -> dict[str, int]:
    return {path.relative_to(site).as_posix(): path.stat().st_ino for path in site.rglob("*") if path.is_file()}


def test_nothing_is_done_when_nothing_changed(office: Office) -> None:
    build_site(office)
    before = files(office.home.site)
    assert not building.is_due(office)
    built = build_site(office)
    assert (built.written, built.removed) == (0, 0)
    assert files(office.home.site) == before


def test_bulletins_that_are_missing_make_the_publics_papers_due_though_the_site_stands(office: Office) -> None:
    build_site(office)
    mark = site_mark(office)
    assert mark is not None
    assert mark.endswith(f"+{WEEKS[-1]}")
    folder = write_bulletins(office, WEEKS[-1])
    assert folder is not None
    assert site_mark(office) is None
    next(folder.glob("*.pdf")).unlink()
    assert site_mark(office) == mark


def test_feeds_name_the_public_address_where_one_is_set(office: Office) -> None:
    build_site(office)
    public = replace(office, public_url="https://index.example.vn/766")
    assert building.is_due(public)
    assert build_site(public).written == 4  # two feeds in two languages
    feed = json.loads((office.home.site / "en/revisions/feed.json").read_text())
    assert feed["feed_url"] == "https://index.example.vn/766/en/revisions/feed.json"
    assert feed["items"][0]["url"].startswith("https://index.example.vn/766/en/re")
    atom = (office.home.site / "vi/sua-doi/atom.xml").read_text()
    assert 'href="https://index.example.vn/766/vi/ky/' in atom
    assert 'href="../' not in atom


def test_after_a_revision_only_the_pages_it_changes_are_written(office: Office) -> None:
    build_site(office)
    before, inodes = contents(office.home.site), files(office.home.site)
    publish_again(office, REVISED, better="H05.106")
    assert building.is_due(office)
    built = build_site(office)
    after, now = contents(office.home.site), files(office.home.site)
    changed = {name for name in after if before.get(name) != after[name]}
    assert {name for name in now if inodes.get(name) != now[name]} - {building.RECORD} == changed
    assert built.written == len(changed)
    assert f"vi/ky/{REVISED}/index.html" in changed
    assert f"vi/ky/{REVISED}/r3/index.html" in changed
    assert "vi/don-vi/H05.106/index.html" in changed
    for untouched in (f"vi/ky/{REVISED}/r3", "vi/don-vi/H05.01", "vi/phuong-phap", "en/glossary", "vi/ky/2025-W39"):
        name = f"{untouched}/index.html"
        assert (name in changed) == untouched.endswith("r3"), name


def test_only_the_pages_that_change_are_made_at_all(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    build_site(office)
    publish_again(office, REVISED, better="H05.106")
    made: list[str] = []
    whole = building.render

    def seen(template: str, where: Address, facts: Facts, language: Language) -> str:
        made.append(where.file(language.code))
        return whole(template, where, facts, language)

    monkeypatch.setattr(building, "render", seen)
    build_site(office)
    assert "vi/don-vi/H05.106/index.html" in made
    assert not {"vi/don-vi/H05.01/index.html", "vi/ky/2025-W39/index.html", "en/methodology/index.html"} & set(made)


def test_whatever_the_way_there_the_bytes_are_the_same(office: Office, tmp_path: Path) -> None:
    publish_again(office, REVISED, better="H05.106")
    build_site(office)
    by_steps = contents(office.home.site)
    os.rename(office.home.site, tmp_path / "aside")
    build_site(office)
    assert contents(office.home.site) == by_steps


def test_several_processes_make_the_same_bytes(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_site(office)
    alone = contents(office.home.site)
    os.rename(office.home.site, tmp_path / "aside")
    monkeypatch.setattr(building, "_WORTH_PROCESSES", 1)
    monkeypatch.setattr(building, "_CHUNK", 10)
    build_site(office)
    assert contents(office.home.site) == alone


def test_a_page_that_was_lost_is_made_again(office: Office) -> None:
    build_site(office)
    before = contents(office.home.site)
    (office.home.site / "vi/tinh/H05/index.html").unlink()
    (office.home.site / "en/index.html").write_text("")
    build_site(office)
    assert contents(office.home.site) == before


def test_an_office_that_published_nothing_has_a_front_page(tmp_path: Path) -> None:
    office = open_office(load_settings(home=tmp_path))
    build_site(office)
    assert "Chưa có tuần nào được công bố" in (office.home.site / "vi/index.html").read_text()


_BUILD = """
import sys
from pathlib import Path
from assets.site import build_site
from resources.office import open_office
from resources.settings import load_settings
office = open_office(load_settings(home=Path(sys.argv[1])))
print("building", flush=True)
build_site(office)
"""


@pytest.mark.parametrize("seconds", [0.2, 0.7, 1.2])
def test_killed_while_building_the_old_site_stands(office: Office, seconds: float) -> None:
    build_site(office)
    before = contents(office.home.site)
    publish_again(office, REVISED, better="H05.106")
    command = [sys.executable, "-c", _BUILD, str(office.home.root)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    found = contents(office.home.site)
    build_site(office)
    after = contents(office.home.site)
    assert found in (before, after)
    Home(office.home.root).prepare()
    assert not list(office.home.published.glob(".site.*.partial"))


def test_stopped_before_the_last_page_the_old_site_stands(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    build_site(office)
    before = contents(office.home.site)
    publish_again(office, REVISED, better="H05.106")

    def stop(jobs: object, sites: building.Sites, workers: int) -> Iterator[tuple[str, int, str]]:
        yield "vi/index.html", *sites.put("vi/index.html", b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(building, "_made", stop)
    with pytest.raises(KeyboardInterrupt):
        build_site(office)
    assert contents(office.home.site) == before


@pytest.mark.parametrize("moved", [0, 1, 7, 20])
def test_stopped_while_pages_are_moved_the_next_call_moves_the_rest(
    office: Office, monkeypatch: pytest.MonkeyPatch, moved: int
) -> None:
    build_site(office)
    before = contents(office.home.site)
    publish_again(office, REVISED, better="H05.106")
    left = [moved]

    def replace(source: Path, target: Path) -> None:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        os.rename(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(building.os, "replace", replace)
        with pytest.raises(KeyboardInterrupt):
            build_site(office)
    between = contents(office.home.site)
    built = build_site(office)
    after = contents(office.home.site)
    assert built.written == 0
    assert after != before
    assert all(between[name] in (before.get(name), after[name]) for name in between)
    assert not building.is_due(office)
    assert sorted(path.name for path in office.home.published.glob(".site*")) == [".site.lock"]


def test_a_page_that_is_gone_is_removed_with_its_folder(office: Office) -> None:
    build_site(office)
    lost = office.home.site / "vi/don-vi/H05.999/index.html"
    record = json.loads((office.home.site / building.RECORD).read_text())
    lost.parent.mkdir()
    lost.write_text("x")
    record["files"]["vi/don-vi/H05.999/index.html"], record["state"] = ["mark", 1, "hash"], "another"
    (office.home.site / building.RECORD).write_text(json.dumps(record))
    assert build_site(office).removed == 1
    assert not lost.parent.exists()
    assert (office.home.site / "vi/don-vi").is_dir()


def test_the_same_figures_in_another_home_make_the_same_pages(site: Path, tmp_path: Path) -> None:
    office = published_office(tmp_path / "home")
    build_site(office)
    here, there = contents(site), contents(office.home.site)
    timeless = (
        "vi/don-vi/H05.103/index.html",
        "vi/tinh/index.html",
        "en/methodology/index.html",
        "en/glossary/index.html",
    )
    assert all(here[name] == there[name] for name in timeless)
    assert SCRIPT.encode() not in here[timeless[0]]
