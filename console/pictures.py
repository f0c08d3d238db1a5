"""The pictures of the guide: `python -m console.pictures docs/pictures`.

Belongs here: letting the demo's story come to its first delivery in a folder of its own, and photographing the desk in a real
browser. Does not belong here: the pages. Playwright is a tool of developers, and the browser is the machine's own chromium.
"""

from __future__ import annotations

import shutil
import struct
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from console.app import create_app
from resources.files import write_bytes_atomically
from resources.office import Office, open_office
from resources.settings import load_settings
from scoring.calendar import parse_weeks

if TYPE_CHECKING:
    import numpy as np

WEEKS = "2025-W38..2025-W45"
NAME, PASSWORD = "lan", "chỉ dùng để chụp ảnh"
SIZE = {"width": 1360, "height": 900}


def main(folder: Path) -> None:
    """Writes queue.png, case.png and ranking.png."""
    with tempfile.TemporaryDirectory(prefix="service-index-pictures-") as temporary:
        office = _first_delivery(Path(temporary))
        office.users.add(NAME, PASSWORD, "steward")
        folder.mkdir(parents=True, exist_ok=True)
        with served(office) as address:
            _photograph(office, address, folder)


def _first_delivery(folder: Path) -> Office:
    from emulator import emulate
    from pipelines.launch import run_weeks

    office = open_office(load_settings(home=folder / "home", landing=folder / "landing"))
    emulate(office.landing, parse_weeks(WEEKS))
    run_weeks(office, None)
    return office


@contextmanager
def served(office: Office) -> Iterator[str]:
    """Address of the office's desk, for as long as it is needed."""
    server = uvicorn.Server(uvicorn.Config(create_app(office, "k" * 40), port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def _photograph(office: Office, address: str, folder: Path) -> None:
    from playwright.sync_api import sync_playwright

    case = next(each for each in office.review.cases() if each.rule == "reconcile.electronic_result")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(base_url=address, viewport=SIZE, locale="vi-VN")  # type: ignore[arg-type]
        page.goto("/")
        page.get_by_label("Tên").fill(NAME)
        page.get_by_label("Mật khẩu").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.locator(".queue li").first.wait_for()
        for name, path in (
            ("queue", "/"),
            ("case", f"/cases/{case.id}?rule={case.rule}"),
            ("ranking", f"/rankings/{case.last_week}#{case.unit_code}"),
        ):
            page.goto(path)
            taken = page.screenshot(full_page=name == "case")
            write_bytes_atomically(folder / f"{name}.png", with_palette(taken))
        browser.close()


def with_palette(png: bytes) -> bytes:
    """The same picture in its 256 most frequent colours, a quarter of the size; the others become the nearest of them."""
    import numpy as np

    pixels = _pixels(png).astype(np.int32)
    height, width, _ = pixels.shape
    colours, indices, counts = np.unique(
        pixels.reshape(-1, 3) @ (1 << 16, 1 << 8, 1), return_inverse=True, return_counts=True
    )
    channels = np.stack([(colours >> shift) & 255 for shift in (16, 8, 0)], axis=1)
    palette = channels[np.argsort(-counts)[:256]]
    nearest = ((channels[:, None] - palette[None]) ** 2).sum(axis=2).argmin(axis=1).astype(np.uint8)
    picture = nearest[indices].reshape(height, width)
    rows = np.concatenate([np.zeros((height, 1), np.uint8), picture], axis=1).tobytes()
    return b"".join(
        [
            png[:8],
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", palette.astype(np.uint8).tobytes()),
            _chunk(b"IDAT", zlib.compress(rows, 9)),
            _chunk(b"IEND", b""),
        ]
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _pixels(png: bytes) -> np.ndarray:
    """Rows of red, green, blue of a PNG as chromium writes it: eight bits a channel, not interlaced."""
    import numpy as np

    at, packed, size = 8, b"", (0, 0)
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        name, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        if name == b"IHDR":
            width, _, depth, colour = struct.unpack(">IIBB", data[:10])
            if (depth, colour) not in ((8, 2), (8, 6)):
                raise ValueError(f"a PNG of depth {depth} and colour type {colour}")
            size = (width, 3 if colour == 2 else 4)
        packed += data if name == b"IDAT" else b""
        at += 12 + length
    width, step = size
    lines = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(-1, width * step + 1)
    before = bytes(width * step)
    rows = []
    for line in lines:
        before = _unfiltered(int(line[0]), line[1:].tobytes(), before, step)
        rows.append(before)
    return np.frombuffer(b"".join(rows), np.uint8).reshape(-1, width, step)[..., :3]


def _unfiltered(kind: int, line: bytes, above: bytes, step: int) -> bytes:
    """A row as it was before PNG's filter of this kind (PNG 1.2, section 6)."""
    row = bytearray(line)
    for at in range(len(row)) if kind else ():
        left = row[at - step] if at >= step else 0
        corner = above[at - step] if at >= step else 0
        up = above[at]
        guess = left + up - corner
        paeth = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]
        row[at] = (row[at] + (0, left, up, (left + up) // 2, paeth)[kind]) & 255
    return bytes(row)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures"))
