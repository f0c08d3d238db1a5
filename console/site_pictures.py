"""The pictures of the public pages: `python -m console.site_pictures docs/pictures`, of the demo's home or of another.

Belongs here: letting the demo publish two deliveries, the second of which revises two weeks, and photographing its site in a
real browser. Does not belong here: the pages (publishing/site), the desk's pictures (console/pictures.py).
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Mapping
from itertools import product
from pathlib import Path

from console.pictures import served, with_palette
from publishing.site.addresses import Address, address
from resources.files import write_bytes_atomically
from resources.office import Office, open_office
from resources.settings import load_settings
from scoring.calendar import parse_weeks

DELIVERIES = ("2025-W38..2025-W45", "2025-W38..2025-W46")
DEMO = Path("demo/home")
LANGUAGES = ("vi", "en")
# name, width, height, media; pages as broad as the sheet of paper is long lie across
SIZES = (("390", 390, 1100, "screen"), ("1280", 1280, 1100, "screen"))
UPRIGHT, ACROSS = ("a4", 720, 1018, "print"), ("a4", 1040, 720, "print")


def main(folder: Path, home: Path = DEMO) -> None:
    """Writes a picture of each page, size and language. home: whose site is shown; where it has no revision, or is not there, the
    demo is let publish two deliveries in a folder of its own, the second of which revises two weeks.
    """
    with tempfile.TemporaryDirectory(prefix="service-index-pictures-") as temporary:
        office = open_office(load_settings(home=home)) if home.is_dir() else None
        if office is None or _revised(office) is None:
            office = _two_deliveries(Path(temporary))
        folder.mkdir(parents=True, exist_ok=True)
        with served(office) as root:
            _photograph(root, folder, pages(office))


def pages(office: Office) -> dict[str, tuple[Address, bool]]:
    """Name of a picture to the page it shows, and whether that page prints across."""
    newest, revised = office.database.weeks_published()[-1], _revised(office)
    rows = office.database.ranking(newest, "commune", "H05", "ytd")
    commune = next(row["unit_code"] for row in rows if row["rank"] is not None)
    return {
        "release": (address("releases", newest), True),
        "province": (address("provinces", "H05"), True),
        "unit": (address("units", commune), False),
        "revision": (address("revisions", str(revised)), False),
        "methodology": (address("methodology", "766-2025-r2"), False),
    }


def _revised(office: Office) -> str | None:
    """The first week that was published more than once: later ones only follow it."""
    return min((each.week for each in office.database.revisions() if each.revision > 1), default=None)


def _two_deliveries(folder: Path) -> Office:
    from emulator import emulate
    from pipelines.launch import run_weeks

    office = open_office(load_settings(home=folder / "home", landing=folder / "landing"))
    for weeks in DELIVERIES:
        emulate(office.landing, parse_weeks(weeks))
        run_weeks(office, None)
    return office


def _photograph(root: str, folder: Path, shown: Mapping[str, tuple[Address, bool]]) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for (name, (where, is_broad)), language in product(shown.items(), LANGUAGES):
            for size, width, height, media in (*SIZES, ACROSS if is_broad else UPRIGHT):
                page = browser.new_page(base_url=root, viewport={"width": width, "height": height})
                page.emulate_media(media=media)  # type: ignore[arg-type]
                page.goto("/" + where.path(language))
                taken = with_palette(page.screenshot())
                write_bytes_atomically(folder / f"site-{name}-{language}-{size}.png", taken)
                page.close()
        browser.close()


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:] or ["docs/pictures"]))
