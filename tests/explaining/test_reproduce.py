"""A published revision is derived again to the last byte, whatever came after it: exports, decisions, corrections."""

from __future__ import annotations

import json

import pytest

from assets import derivation
from assets.derivation import recorded
from assets.explaining import explain
from assets.gate import open_gate
from assets.reproduction import reproduce
from assets.review import correct
from resources.cases import Correction, Renewal, case_of
from resources.office import Office
from resources.outcomes import RuleOutcome
from scoring.calendar import Week
from tests.explaining.changing import rewrite
from tests.explaining.conftest import WEEKS, publish, take_in
from tests.pipelines.command import ask

pytestmark = pytest.mark.xdist_group("explaining")
W45, W46 = WEEKS[1:]
UNIT = "H05.103"


def _correct(office: Office, code: str) -> None:
    """A steward drops a dossier of W45 from the rows of UNIT's province."""
    finding = RuleOutcome(
        rule="test", week=str(W45), stage="quality", grain="row", kind="dossiers", scope="H05", field="dossier_code",
        value=code, checked=1, failed=1, message_vi="–", message_en="–",
    )  # fmt: skip
    office.review.renew(lambda _: Renewal(opened=(case_of(finding),)), str(W45))
    (case,) = office.review.cases()
    steward = office.users.add("lan", "a long password", "steward", "vi")
    correction = Correction(
        case_id=case.id, table="dossiers", rows={"dossier_code": code}, action="drop", expect={"dossier_code": code},
        first_week=str(W45), last_week=str(W45), reason="hồ sơ thử", who="",
    )  # fmt: skip
    correct(office, correction, version=case.version, who=steward)


def test_every_revision_is_derived_again_though_exports_decisions_and_corrections_came_later(own: Office) -> None:
    take_in(own, [W45], held=[UNIT])  # a unit comes under review
    assert publish(own, "held") == [W45, W46]
    codes = [
        member.code
        for each in explain(own, UNIT, W45, revision=1, indicator="on_time", members=True).indicators
        for member in each.members or ()
        if "2025-W45" in member.source.file and member.in_numerator
    ]
    # The sender exports the week again, and the review ends.
    assert rewrite(
        own.landing, W45, codes, lambda record: record.update(NgayHenTra="20251031090000"), "dossiers.H05.2.ndjson.zst"
    )
    take_in(own, [W45])
    assert publish(own, "restated") == [W45, W46]
    new = next(code for code in codes if "-2511" in code)  # that no earlier week knows
    _correct(own, new)  # a steward corrects a row of what came then
    take_in(own, [W45])
    assert publish(own, "corrected") == [W45, W46]

    revisions = own.database.revisions()
    assert [(each.week, each.revision) for each in revisions if each.week > "2025-W44"] == [
        (str(week), number) for week in (W45, W46) for number in (1, 2, 3, 4)
    ]
    for revision in revisions:
        found = reproduce(own, Week.parse(revision.week), revision.revision)
        assert next(found.lines()).endswith("files"), list(found.lines())
        assert found.is_equal
        assert found.since == ()

    # Each is explained out of what it was made of.
    numbers: dict[int, tuple[int, int]] = {}
    for number in (1, 2, 3, 4):
        (on_time,) = explain(own, UNIT, W45, revision=number, indicator="on_time").indicators
        assert on_time.agrees
        numbers[number] = (on_time.numerator or 0, on_time.denominator or 0)
    assert numbers[1] == numbers[2]
    assert numbers[3][0] < numbers[1][0]
    assert numbers[4][1] == numbers[3][1] - 1
    told = explain(own, UNIT, W45, revision=4)
    assert [(each.who, each.action, each.reason) for each in told.touched] == [("lan", "drop", "hồ sơ thử")]
    assert [each.corrections for each in told.exports if each.corrections] == [(1,)]
    assert [each.quarantined for each in told.exports if each.quarantined] == [{"corrections.dropped": 1}]
    assert not explain(own, UNIT, W45, revision=3).touched


def test_a_file_that_was_changed_is_named(own: Office, capsys: pytest.CaptureFixture[str]) -> None:
    folder = own.home.revision_path(W46, 1)
    path = folder / "ranking.commune.H05.ytd.csv"
    path.write_bytes(path.read_bytes().replace(b"final", b"finaI", 1))
    (folder / "more.txt").write_text("–")
    told = ask("reproduce", "2025-W46", "--revision", "1", "--home", own.home.root)
    assert told.code == 1
    assert [line.strip() for line in told.out.splitlines()[1:]] == ["more.txt", path.name]
    assert ask("reproduce", "2025-W46", "--revision", "9", "--home", own.home.root).code == 2
    assert ask("reproduce", "2025-W44", "--home", own.home.root).code == 0


def test_what_changed_in_the_software_since_is_said(own: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derivation, "FIGURES", derivation.FIGURES + 1)
    found = reproduce(own, W46)
    assert found.is_equal
    assert any("FIGURES" in line for line in found.lines())


def test_a_revision_made_before_derivations_were_recorded_is_derived_while_nothing_has_changed(
    own: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(own.database), "derivation", lambda *_: None)
    assert reproduce(own, W46).is_equal
    take_in(own, [W45], held=[UNIT])
    with pytest.raises(derivation.CannotDerive, match="before derivations were recorded"):
        reproduce(own, W46)


def test_what_is_recorded_is_plain_json_that_gives_the_same_gate(office: Office) -> None:
    gate = open_gate(office)
    content = json.loads(json.dumps(recorded(gate, W46)))
    again = derivation.gate_of(content)
    assert again.exports == gate.exports
    assert again.verdicts == {week: gate.verdicts[week] for week in (W45, W46)}
    assert again.inputs(W46) == gate.inputs(W46)
