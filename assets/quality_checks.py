"""What was found, shown as Dagster's checks: one multi-asset check a table, one check a rule, a failure by week.

Belongs here: turning stored outcomes into check results. Does not belong here: finding anything (quality, publication):
the table of outcomes is the record, and checks gate nothing, since the gate is in the data (decision 1).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.house import House, markdown_table
from assets.isolation import INTAKE_FAILED, weeks_failed
from assets.partitions import WEEKS, key_of, week_of
from assets.standing import show_standing, standing_spec
from checks.own_rules import CORRECTION_RULES, LIKE_STEP
from checks.rules import FIGURE_RULES, rules_as_written
from resources.cases import RECONCILE, Key
from resources.cases import key_of as case_key
from resources.exports import TABLE_OF_KIND
from resources.links import case_page, queue_page
from resources.outcomes import RuleOutcome
from scoring.calendar import Week

if TYPE_CHECKING:
    from resources.office import Office

WEEKS_SHOWN = (
    100  # evaluations of single weeks that one table's checks record in a run; the table of outcomes holds all
)
PAGES_LINKED = 8  # pages of the desk that one result links to
WEEK_ADMITTED, RECONCILED, CORRECTED = "week_admitted", "reconciled", "corrected_as_expected"


@dataclass(frozen=True)
class Shown:
    """A check: its name, what it says, whether a failure is an error or a warning."""

    name: str
    description: str
    is_error: bool


def check_name(rule: str) -> str:
    """A rule's id as Dagster names checks: letters, digits and underscores."""
    return rule.replace(".", "__")


def shown_of(table: str) -> list[Shown]:
    """The checks of a table: one a rule, and what reconciliation says of it."""
    rules = [rule for rule in (*rules_as_written(), *rules_as_written(FIGURE_RULES)) if rule.table == table]
    shown = [
        Shown(
            check_name(rule.id),
            f"{rule.title_vi} / {rule.title_en}. → {rule.action_vi} / {rule.action_en}",
            rule.severity == "error",
        )
        for rule in rules
    ]
    if table == "portal_counts":
        agree = "Số đếm của cổng khớp với hồ sơ. / The portal's counts and scores agree with our dossiers."
        shown.append(Shown(RECONCILED, agree, True))
    if table in TABLE_OF_KIND.values():
        titles = "; ".join(f"{rule.title_vi} / {rule.title_en}" for rule in CORRECTION_RULES)
        shown.append(
            Shown(CORRECTED, f"Điều chỉnh và điều chúng chờ đợi / corrections and what they expect: {titles}", True)
        )
    if LIKE_STEP.startswith(f"{table}."):
        alike = "Cả bảng thay đổi như nhau so với tuần trước. / The whole table moved alike since the week before."
        shown.append(Shown(check_name(LIKE_STEP), alike, False))
    return shown


def _name_of(outcome: RuleOutcome, table: str) -> str | None:
    """The check of the table that shows an outcome; every rule of reconciliation shows in one, those of corrections too."""
    if outcome.rule in {rule.id for rule in CORRECTION_RULES}:
        is_failure = outcome.severity != "info" and TABLE_OF_KIND.get(outcome.kind or "") == table
        return CORRECTED if is_failure else None
    is_apart = outcome.stage == RECONCILE and outcome.rule != LIKE_STEP
    return RECONCILED if is_apart else check_name(outcome.rule)


def _checks_of(table: str) -> dg.AssetChecksDefinition:
    @dg.multi_asset_check(
        name=f"{table}_checks",
        # What is shown is known only once the week has been judged.
        specs=specs_of(table, additional_deps=["quality"]),
    )
    def show(context: dg.AssetCheckExecutionContext, house: House) -> Iterator[dg.AssetCheckResult]:
        yield from show_checks(context, house.open(), table, weeks_of_run(context.run))

    return show


def specs_of(table: str, **more: Any) -> list[dg.AssetCheckSpec]:
    """The checks of a table as Dagster wants them."""
    return [dg.AssetCheckSpec(each.name, asset=table, description=each.description, **more) for each in shown_of(table)]


def show_checks(
    context: dg.AssetCheckExecutionContext | dg.AssetExecutionContext,
    office: "Office",
    table: str,
    weeks: Sequence[Week],
) -> Iterator[dg.AssetCheckResult]:
    """One result a check of the table over all the weeks; beside it, one failed evaluation a week that fails."""
    found: dict[str, list[RuleOutcome]] = {}
    for week in weeks:
        for outcome in office.database.outcomes(week=week, failed_only=True):
            if (name := _name_of(outcome, table)) is not None:
                found.setdefault(name, []).append(outcome)
    cases = _case_numbers(office) if found else {}
    told = 0
    for each in shown_of(table):
        failed = found.get(each.name, [])
        failing = sorted({outcome.week for outcome in failed})[: WEEKS_SHOWN - told]
        told += len(failing)
        for week_label in failing:
            of_week = [outcome for outcome in failed if outcome.week == week_label]
            _record_week(context, table, each, week_label, len(of_week), _desk_pages(office, of_week, cases))
        yield _result(table, each, failed, _desk_pages(office, failed, cases))


CaseNumbers = Mapping[tuple[Key, str], int]
Pages = Mapping[str, dg.UrlMetadataValue]


def _case_numbers(office: "Office") -> CaseNumbers:
    """The case of each finding: what it is about and the week it fails in, to the case's number."""
    return {(case_key(case), week): case.id for case in office.review.cases() for week in case.failing}


def _desk_pages(office: "Office", failed: Sequence[RuleOutcome], cases: CaseNumbers) -> Pages:
    """Where the desk shows the cases of some findings: one by one, or where they are many the queue by rule and week."""
    of_cases = [(one, number) for one in failed if (number := cases.get((case_key(one), one.week))) is not None]
    numbers = sorted({number for _, number in of_cases})
    if len(numbers) <= PAGES_LINKED:
        return {f"case {number}": dg.MetadataValue.url(case_page(office, number)) for number in numbers}
    queues = list(dict.fromkeys((one.rule, one.week) for one, _ in of_cases))[-PAGES_LINKED:]
    return {
        f"cases {rule} {week}": dg.MetadataValue.url(queue_page(office, rule=rule, week=week)) for rule, week in queues
    }


def _result(table: str, check: Shown, failed: Sequence[RuleOutcome], pages: Pages) -> dg.AssetCheckResult:
    rows = [{"week": one.week, "unit": one.unit_code, "finding": one.describe("vi")} for one in failed]
    told: dict[str, Any] = {
        "findings": len(failed),
        "sample": markdown_table(rows, ["week", "unit", "finding"]),
        **pages,
    }
    return dg.AssetCheckResult(
        asset_key=table,
        check_name=check.name,
        passed=not failed,
        severity=_severity(check),
        metadata=told if failed else {},
    )


def _severity(check: Shown) -> dg.AssetCheckSeverity:
    return dg.AssetCheckSeverity.ERROR if check.is_error else dg.AssetCheckSeverity.WARN


@dg.multi_asset_check(
    name="verdict_checks",
    specs=[
        dg.AssetCheckSpec(
            WEEK_ADMITTED,
            asset="verdict",
            description="Kết luận không giữ lại tuần nào. / No week is held by its verdict.",
        ),
        standing_spec("verdict"),
    ],
)
def verdict_checks(context: dg.AssetCheckExecutionContext, house: House) -> Iterator[dg.AssetCheckResult]:
    """Shows what is held; then fails, and the run with it, if intake could not go through some weeks, naming them.

    The step that gives the verdicts does not fail: in a run that goes on to publication the other weeks are to be published.
    """
    weeks = {str(week) for week in weeks_of_run(context.run)}
    office = house.open()
    held = [each for each in office.database.verdicts() if each.decision == "held" and each.week in weeks]
    check = Shown(WEEK_ADMITTED, "", True)
    for each in held:
        page = dg.MetadataValue.url(queue_page(office, week=each.week, severity="error"))
        _record_week(context, "verdict", check, each.week, len(each.reasons), {"cases": page})
    yield dg.AssetCheckResult(
        asset_key="verdict",
        check_name=WEEK_ADMITTED,
        passed=not held,
        severity=_severity(check),
        metadata={each.week: "; ".join(each.reasons[:3])[:500] for each in held[:12]},
    )
    yield show_standing(office, "verdict")
    failed = [one for week, one in weeks_failed(office, [INTAKE_FAILED]).items() if str(week) in weeks]
    if failed:
        told = [f"{one.describe('vi')} / {one.describe('en')}" for one in failed]
        raise dg.Failure(description="\n".join(told), allow_retries=False)


def weeks_of_run(run: dg.DagsterRun) -> list[Week]:
    """The weeks a run was launched for, one or a range."""
    tags = run.tags
    if (only := tags.get("dagster/partition")) is not None:
        return [week_of(only)]
    first, last = (tags.get(f"dagster/asset_partition_range_{end}") for end in ("start", "end"))
    if first is None or last is None:
        return []
    return [week_of(key) for key in WEEKS.get_partition_keys_in_range(dg.PartitionKeyRange(first, last))]


def _record_week(
    context: dg.AssetCheckExecutionContext | dg.AssetExecutionContext,
    table: str,
    check: Shown,
    week: str,
    findings: int,
    pages: Pages,
) -> None:
    """One FAILED evaluation of one week's partition, which a result over a range of weeks cannot carry."""
    # Logged as an event of this run: a runless evaluation can be recorded only once a check and partition.
    context.op_execution_context.log_event(
        dg.AssetCheckEvaluation(  # type: ignore[arg-type]  # taken at run time, missing in the annotation
            asset_key=dg.AssetKey(table),
            check_name=check.name,
            passed=False,
            partition=key_of(Week.parse(week)),
            severity=_severity(check),
            metadata={"findings": findings, **pages},
        )
    )


table_checks = [_checks_of(table) for table in TABLE_OF_KIND.values()]
