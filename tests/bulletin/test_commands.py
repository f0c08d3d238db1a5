"""The commands of the papers: what they print and write, and how they refuse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from resources.office import Office
from tests.pipelines.command import Told, ask

Run = Callable[..., Told]


@pytest.fixture
def run(office: Office) -> Run:
    def run(*arguments: str | Path) -> Told:
        return ask(*arguments, "--home", office.home.root)

    return run


def test_the_message_is_printed_and_nothing_is_written(run: Run, office: Office) -> None:
    told = run("bulletin", "2025-W46", "--as", "message", "--lang", "vi")
    assert told.code == 0
    assert told.out.startswith("CHỈ SỐ 766 · Bắc Ninh · tuần 2025-W46")
    assert not (office.home.published / "bulletins").exists()


def test_files_go_where_they_are_asked_for_in_the_forms_and_languages_asked_for(run: Run, tmp_path: Path) -> None:
    told = run(
        "bulletin", "2025-W46", "--out", tmp_path / "o", "--as", "html", "--lang", "en", "--site", "https://a.vn"
    )
    assert told.code == 0
    assert [path.name for path in (tmp_path / "o").iterdir()] == ["bulletin.H05.2025-W46.en.html"]
    page = (tmp_path / "o" / "bulletin.H05.2025-W46.en.html").read_text(encoding="utf-8")
    assert 'href="https://a.vn/en/releases/2025-W46/"' in page


def test_another_province_can_be_asked_for(run: Run) -> None:
    told = run("bulletin", "2025-W46", "--scope", "H24", "--as", "message", "--lang", "en")
    assert "Hải Phòng has 91.98 points and ranks 2nd of 34 provinces" in told.out
    assert "Behind Bắc Ninh, the first, by 0.39 (0.63 the week before: nearer)" in told.out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("bulletin", "2025-W50"), 1, "2025-W50"),
        (("bulletin", "2025-W46", "--scope", "H99"), 1, "H99"),
        (("bulletin", "46"), 2, "2025-W46"),
        (("bulletin", "2025-W46", "--as", "odt"), 2, "odt"),
        (("bulletin", "2025-W46", "--target", "many"), 2, "2025-W47:92.50..92.60"),
        (("compile", "2025-13"), 2, "2025-13"),
        (("compile", "2025-01"), 1, "2025-01"),
        (("sheet", "H05.999", "--week", "2025-W46"), 1, "H05.999"),
        (("procedures", "--week", "2025-W46"), 1, "2025-W46"),
    ],
)
def test_what_cannot_be_told_is_refused_in_one_line(
    run: Run, arguments: tuple[str, ...], code: int, words: str
) -> None:
    told = run(*arguments)
    assert told.code == code
    assert words in told.err
    assert "Traceback" not in told.err
