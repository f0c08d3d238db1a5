"""Findings of reconciliation as outcomes: rule `reconcile.<indicator>` or `reconcile.<group>`, grain unit.

Belongs here: the outcome with its sentences. Does not belong here: finding anything out.

kind is None: whichever kind is wrong, the unit is under review; the portal's file is named, so the finding speaks of
the unit and not of the week.
"""

from __future__ import annotations

from collections.abc import Mapping

from checks.reconcile.compare import Difference, Figure
from checks.reconcile.diagnosis import UNKNOWN, Diagnosis
from checks.reconcile.words import number, say_diagnosis, say_of_score
from checks.suites import STAGE
from resources.outcomes import RuleOutcome
from scoring.basis import TOTAL, Basis
from scoring.calendar import Period, Week
from scoring.ruleset import RuleSet

COMPARED = "reconcile.compared"
_BASES: dict[Basis, tuple[str, str]] = {
    "computed": ("hồ sơ của đơn vị", "our dossiers"),
    "recounted": ("số đếm của cổng", "the portal's counts"),
    "as_published": ("bảng điểm của cổng", "the portal's score table"),
}
_ACTION = (
    "Gửi chênh lệch và danh sách hồ sơ cho cổng; khi bản xuất đã sửa đến, phát hiện này tự hết. Nếu cổng đúng thì sửa hồ sơ",
    "Send the difference and the list of dossiers to the portal; when a mended export arrives this finding goes by"
    " itself. If the portal is right, mend the dossiers",
)


def rule_of(difference: Difference) -> str:
    return f"reconcile.{difference.subject}"


def outcome_of(
    difference: Difference,
    ruleset: RuleSet,
    diagnosis: Diagnosis | None,
    evidence: str | None,
    files: Mapping[str, str],
    trouble: str | None = None,
) -> RuleOutcome:
    """The outcome of one difference beyond tolerance.

    diagnosis: None where none can be sought (scores, indicators not counted over dossiers). files: export id to the
    file it came in. trouble: why a diagnosis could not be sought, though one might have been.
    """
    titles = _titles(difference, ruleset)
    figures = [(difference.our_basis, difference.ours), (difference.their_basis, difference.theirs)]
    message = []
    for language, title in enumerate(titles):
        told = "; ".join(f"{_BASES[basis][language]} {_figure(figure, language)}" for basis, figure in figures)
        message.append(f"{title}: {told}")
    if diagnosis:
        named, said = diagnosis.fault, say_diagnosis(diagnosis)
    elif trouble:
        named, said = UNKNOWN, (f"chưa chẩn đoán được: {trouble}", f"no diagnosis could be made: {trouble}")
    else:
        scores = (None, None) if difference.of_counts else (difference.ours.score, difference.theirs.score)
        named, said = say_of_score(*scores)
    return RuleOutcome(
        rule=rule_of(difference),
        week=str(difference.week),
        stage=STAGE,
        grain="unit",
        severity="error",
        scope=difference.unit_code[:3],
        period=difference.period.label,
        unit_code=difference.unit_code,
        export_id=difference.export_id,
        file=files.get(difference.export_id or "", difference.export_id),
        row=difference.source_row,
        field=difference.subject,
        value=_value(difference.theirs),
        expected=_value(difference.ours),
        failed=1,
        message_vi=message[0],
        message_en=message[1],
        action_vi=_ACTION[0],
        action_en=_ACTION[1],
        diagnosis=named,
        diagnosis_vi=said[0],
        diagnosis_en=said[1],
        evidence=evidence,
    )


def passed(week: Week, period: Period, pairs: int) -> RuleOutcome:
    """That counts of a period were compared and none lay beyond tolerance: no difference is a result too."""
    return RuleOutcome(
        rule=COMPARED,
        week=str(week),
        stage=STAGE,
        grain="table",
        severity="info",
        status="passed",
        kind="counts",
        period=period.label,
        checked=pairs,
        message_vi=f"Số đếm của cổng khớp hồ sơ trong kỳ {period.label}",
        message_en=f"The portal's counts agree with the dossiers in {period.label}",
    )


def crashed(week: Week, period: Period, error: Exception) -> RuleOutcome:
    """That a period could not be compared at all: nobody knows whether it is right, so its counts are held."""
    return RuleOutcome(
        rule=COMPARED,
        week=str(week),
        stage=STAGE,
        grain="table",
        severity="error",
        status="crashed",
        kind="counts",
        period=period.label,
        message_vi=f"không đối chiếu được kỳ {period.label}: {error}",
        message_en=f"{period.label} could not be reconciled: {error}",
        action_vi="Báo lỗi này cho người phụ trách phần mềm",
        action_en="Report this to those who keep the software",
    )


def _titles(difference: Difference, ruleset: RuleSet) -> tuple[str, str]:
    if difference.of_counts:
        indicator = ruleset.indicator(difference.subject)
        return indicator.title_vi, indicator.title_en
    if difference.subject == TOTAL:
        return "Tổng điểm", "Total"
    group = ruleset.group(difference.subject)
    return group.title_vi, group.title_en


def _figure(figure: Figure, language: int) -> str:
    score = f"{number(figure.score, language)} {('điểm', 'points')[language]}"
    return score if figure.numerator is None else f"{figure.numerator}/{figure.denominator} ({score})"


def _value(figure: Figure) -> str:
    return str(figure.score) if figure.numerator is None else f"{figure.numerator}/{figure.denominator}"
