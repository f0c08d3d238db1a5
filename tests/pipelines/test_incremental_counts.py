"""A new week's counts come from what was kept of the week before, and are byte for byte those of a whole count."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import assets.kept
import pipelines.launch
import resources.counting
from assets.counts import count, forget_counts
from assets.gate import Gate, open_gate
from resources.office import Office, open_office
from resources.settings import load_settings
from scoring.calendar import Week, parse_weeks
from tests.pipelines.command import ask

WEEKS = parse_weeks("2025-W43..2025-W45")  # October ends in the middle of W44
BEFORE, NEWEST = WEEKS[-2:]


@contextmanager
def noting_ways() -> Iterator[list[str]]:
    """How what is counted meanwhile was counted: `whole`, or `kept` for a week from what was kept."""
    told: list[str] = []

    def noted(name: str, work: Callable[..., bool | None]) -> Callable[..., bool | None]:
        def noting(*arguments: object, **more: object) -> bool | None:
            done = work(*arguments, **more)
            told.extend([name] if done is not False else [])
            return done

        return noting

    with pytest.MonkeyPatch.context() as patch:
        for name, way in (("count_weeks", "whole"), ("count_next_week", "kept")):
            patch.setattr(resources.counting, name, noted(way, getattr(resources.counting, name)))
        yield told


@dataclass(frozen=True)
class Run:
    """An office in which `service-index run` counted the weeks as they came: the files of its counts, and how."""

    office: Office
    counts: dict[Week, bytes]
    ways_of_newest: list[str]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The newest week came after the others were published."""
    folder = tmp_path_factory.mktemp("weeks")
    made, landing, home = folder / "made", folder / "landing", folder / "home"
    span = f"{WEEKS[0]}..{NEWEST}"
    assert ask("emulate", "--out", made, "--weeks", span, "--dossiers-per-week", "400", "--no-story").code == 0
    shutil.copytree(made, landing, ignore=shutil.ignore_patterns(str(NEWEST)))
    with pytest.MonkeyPatch.context() as patch:
        # Pages and papers cost seconds a run, and are made from what was published.
        patch.setattr(pipelines.launch, "site_mark", lambda office: None)
        assert ask("run", "--landing", landing, "--home", home).code in (0, 3)
        shutil.copytree(made / str(NEWEST), landing / str(NEWEST))
        with noting_ways() as ways:
            assert ask("run", "--landing", landing, "--home", home).code in (0, 3)
    office = open_office(load_settings(home=home, landing=landing))
    return Run(office, bytes_of(office), ways)


@pytest.fixture(scope="module")
def office(run: Run) -> Office:
    return run.office


@pytest.fixture(scope="module")
def gate(office: Office) -> Gate:
    return open_gate(office)


@pytest.fixture(scope="module")
def whole(office: Office, gate: Gate) -> dict[Week, bytes]:
    """The files of the weeks, counted in one pass."""
    forget_counts(office, WEEKS)
    with noting_ways() as ways:
        count(office, gate, WEEKS)
    assert ways == ["whole"]
    return bytes_of(office)


@pytest.fixture
def ways() -> Iterator[list[str]]:
    with noting_ways() as told:
        yield told


@dataclass(frozen=True)
class Kept:
    """The office as it was before the newest week came: the weeks before are counted, and what was kept of them stands."""

    office: Office
    copy: Path

    def restore(self) -> None:
        shutil.rmtree(self.office.home.counted)
        shutil.copytree(self.copy, self.office.home.counted)
        newest = self.office.home.stage_path("counts", NEWEST)
        for path in (newest, newest.with_suffix(".mark")):
            path.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def counted_before(office: Office, gate: Gate, whole: dict[Week, bytes]) -> Kept:
    up_to(office, gate, WEEKS[:-1])
    return Kept(office, shutil.copytree(office.home.counted, office.home.root / "kept-before"))


@pytest.fixture
def kept(counted_before: Kept, gate: Gate) -> Iterator[Office]:
    office = counted_before.office
    counted_before.restore()
    files = [office.home.table_path("dossiers", e.week, e.export_id) for e in gate.exports if e.kind == "dossiers"]
    times = {path: path.stat().st_mtime_ns for path in files}
    yield office
    for path, time in times.items():
        os.utime(path, ns=(time, time))


def up_to(office: Office, gate: Gate, weeks: Sequence[Week]) -> None:
    """Counts the weeks from nothing, as long as nothing came after them."""
    forget_counts(office, WEEKS)
    count(office, before(gate, weeks[-1]), weeks)


def before(gate: Gate, week: Week) -> Gate:
    """The gate as it stood at the end of a week."""
    return replace(gate, exports=tuple(export for export in gate.exports if export.week <= str(week)))


def bytes_of(office: Office) -> dict[Week, bytes]:
    return {week: office.home.stage_path("counts", week).read_bytes() for week in WEEKS}


def test_the_command_counts_a_new_week_from_what_was_kept_as_one_pass_does(run: Run, whole: dict[Week, bytes]) -> None:
    assert run.ways_of_newest == ["kept"]
    assert run.counts == whole


def test_week_by_week_gives_the_bytes_of_one_pass(
    office: Office, gate: Gate, whole: dict[Week, bytes], ways: list[str]
) -> None:
    forget_counts(office, WEEKS)
    for week in WEEKS:
        count(office, before(gate, week), [week])
    assert bytes_of(office) == whole
    assert ways == ["whole", "kept", "kept"]
    assert len(list(office.home.counted.glob("*-W*"))) == assets.kept.KEPT_WEEKS
    assert len(list(office.home.counted.glob("codes/*"))) == len([e for e in gate.exports if e.kind == "dossiers"])


def test_a_few_weeks_that_come_together_are_counted_one_by_one(
    office: Office, gate: Gate, whole: dict[Week, bytes], ways: list[str]
) -> None:
    up_to(office, gate, WEEKS[:1])
    count(office, gate, WEEKS)
    assert bytes_of(office) == whole
    assert ways == ["whole", "kept", "kept"]


def test_a_newest_week_that_comes_again_is_counted_from_the_week_before(
    kept: Office, gate: Gate, whole: dict[Week, bytes], ways: list[str]
) -> None:
    without = [export for export in gate.exports if (export.kind, export.week) != ("petitions", str(NEWEST))]
    count(kept, replace(gate, exports=tuple(without)), [NEWEST])
    assert bytes_of(kept)[NEWEST] != whole[NEWEST]
    count(kept, gate, [NEWEST])
    assert bytes_of(kept) == whole
    assert ways == ["kept", "kept"]


def _nothing_kept(office: Office, gate: Gate, patch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(office.home.counted)
    office.home.counted.mkdir()


def _one_byte_is_other(office: Office, gate: Gate, patch: pytest.MonkeyPatch) -> None:
    file = office.home.counted / str(BEFORE) / "kept_live.parquet"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))


def _a_table_is_missing(office: Office, gate: Gate, patch: pytest.MonkeyPatch) -> None:
    (office.home.counted / str(BEFORE) / "kept_cells.parquet").unlink()


def _the_seal_is_torn(office: Office, gate: Gate, patch: pytest.MonkeyPatch) -> None:
    (office.home.counted / str(BEFORE) / "seal.json").write_text('{"made_of":')


def _other_figures(office: Office, gate: Gate, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(assets.kept, "FIGURES", 0)


def _an_old_file_is_typed_again(office: Office, gate: Gate, patch: pytest.MonkeyPatch) -> None:
    export = next(each for each in gate.exports if each.kind == "dossiers" and each.week == str(WEEKS[0]))
    os.utime(office.home.table_path("dossiers", export.week, export.export_id))


@pytest.mark.parametrize(
    "happened",
    [
        _nothing_kept,
        _one_byte_is_other,
        _a_table_is_missing,
        _the_seal_is_torn,
        _other_figures,
        _an_old_file_is_typed_again,
    ],
)
def test_the_year_is_counted_whole_where_what_was_kept_will_not_do(
    kept: Office,
    gate: Gate,
    whole: dict[Week, bytes],
    ways: list[str],
    monkeypatch: pytest.MonkeyPatch,
    happened: Callable[[Office, Gate, pytest.MonkeyPatch], None],
) -> None:
    happened(kept, gate, monkeypatch)
    count(kept, gate, [NEWEST])
    assert ways == ["whole"]
    assert bytes_of(kept) == whole


def test_an_export_of_an_old_week_that_is_corrected_is_never_counted_from_what_was_kept(
    kept: Office, gate: Gate, ways: list[str]
) -> None:
    old = next(export for export in gate.exports if export.kind == "dossiers" and export.week == str(WEEKS[1]))
    corrected = replace(gate, corrections={old.export_id: (1,)})
    count(kept, corrected, [NEWEST])
    assert ways == ["whole"]


def test_stopped_at_any_effect_the_next_run_gives_the_same_bytes(
    kept: Office, counted_before: Kept, gate: Gate, whole: dict[Week, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every file is put in its place by os.replace; it is stopped before tables, counts, mark and seal, one after the other."""

    class Stopped(BaseException):
        pass

    put, left = os.replace, 0

    def put_or_stop(*arguments: str) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Stopped
        put(*arguments)

    monkeypatch.setattr(os, "replace", put_or_stop)
    effects = 0
    while True:
        left = effects
        try:
            count(kept, gate, [NEWEST])
            break
        except Stopped:
            left = 1_000
            count(kept, gate, [NEWEST])  # whatever stands by then, it is used or it is not
            assert bytes_of(kept) == whole, effects
        counted_before.restore()
        effects += 1 if effects else 4  # one table or another makes no difference
    assert effects >= 8, "five tables, the counts, their mark and the seal"
    assert bytes_of(kept) == whole
