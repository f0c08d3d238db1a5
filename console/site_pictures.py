"""The pictures of the public pages: `python -m console.site_pictures docs/pictures`.

Belongs here: letting the demo publish two deliveries, the second of which revises two weeks, and photographing its site in a
real browser. Does not belong here: the pages (publishing/site), the desk's pictures (console/pictures.py).
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from console.pictures import served, with_palette
from resources.files import write_bytes_atomically
from resources.office import Office, open_office
from resources.settings import load_settings
from scoring.calendar import parse_weeks

DELIVERIES = ("2025-W38..2025-W45", "2025-W38..2025-W46")
# name, address, width, height, whether as it is printed
PICTURES = (
    ("site-release", "/vi/ky/2025-W46/", 1280, 1500, False),
    ("site-release-phone", "/en/releases/2025-W46/", 390, 1400, False),
    ("site-release-print", "/en/releases/2025-W46/", 1040, 735, True),
    ("site-province", "/en/provinces/H05/", 1280, 1400, False),
    ("site-unit", "/vi/don-vi/H05.104/", 1280, 1500, False),
    ("site-unit-print", "/vi/don-vi/H05.104/", 720, 1020, True),
    ("site-revision", "/en/revisions/2025-W44/", 1280, 900, False),
    ("site-methodology", "/vi/phuong-phap/766-2025-r2/", 1280, 1100, False),
)


def main(folder: Path, home: Path | None = None) -> None:
    """Writes the pictures. home: a home whose site is built; by default the demo's, made in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="service-index-pictures-") as temporary:
        office = open_office(load_settings(home=home)) if home else _two_deliveries(Path(temporary))
        folder.mkdir(parents=True, exist_ok=True)
        with served(office) as address:
            _photograph(address, folder)


def _two_deliveries(folder: Path) -> Office:
    from emulator import emulate
    from pipelines.launch import run_weeks

    office = open_office(load_settings(home=folder / "home", landing=folder / "landing"))
    for weeks in DELIVERIES:
        emulate(office.landing, parse_weeks(weeks))
        run_weeks(office, None)
    return office


def _photograph(address: str, folder: Path) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, path, width, height, printed in PICTURES:
            page = browser.new_page(base_url=address, viewport={"width": width, "height": height})
            page.emulate_media(media="print" if printed else "screen")
            page.goto(path)
            write_bytes_atomically(folder / f"{name}.png", with_palette(page.screenshot()))
            page.close()
        browser.close()


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:] or ["docs/pictures"]))
