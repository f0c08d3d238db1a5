"""Rule sets are data: what the packaged ones say, and how a faulty one is refused with its file and line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from resources.rules_columns import condition_columns
from scoring.ruleset import RuleSet, RuleSetError, get_ruleset, load_rulesets, ruleset_for
from scoring.ruleset_reader import read_rulesets

PACKAGED = Path(__file__).parents[2] / "scoring" / "rulesets"

# index_methodology.md, section 1
GROUPS = {
    "transparency": ("CKMB", 18),
    "progress": ("TDGQ", 20),
    "online_services": ("CLGQ", 12),
    "online_payment": ("TTTT", 10),
    "satisfaction": ("MDHL", 18),
    "digitisation": ("MDSH", 22),
}
# index_methodology.md, section 2: indicator, portal code, points, ratio of full points
INDICATORS_2026 = [
    ("published_on_time", "PUBLISH_ON_TIME", 6, "1"),
    ("disclosed_on_time", "PUBLIC_UPDATE_ON_TIME", 4, "1"),
    ("content_complete", "PUBLIC_CONTENT_FULL", 2, "1"),
    ("dossiers_synchronised", "DOSSIER_SYNC", 6, "1"),
    ("on_time", None, 20, "1"),
    ("procedures_offered_online", None, 2, "0.8"),
    ("services_with_dossiers", None, 4, "1"),
    ("filed_online", None, 6, "0.5"),
    ("procedures_offering_payment", None, 2, "0.8"),
    ("procedures_with_payment", None, 2, "0.8"),
    ("paid_online", None, 6, "1"),
    ("petitions_on_time", "PETITION_PROCESSING_ON_TIME", 6, "1"),
    ("petition_satisfaction", "PETITION_HANDLING_SATISFACTION", 6, "1"),
    ("procedure_satisfaction", "DOSSIER_RECEIVING_SATISFACTION", 6, "0.9"),
    ("electronic_result", "ORIGINAL_RESULT_AVAILABLE", 6, "1"),
    ("components_digitised", "SO_HOA_GIAY_TO_GIAI_QUYET", 4, "1"),
    ("certified_copy", "ELECTRONIC_CERTIFIED_COPY", 2, "1"),
    ("data_reused", "REUSED_DIGITIZED_DATA", 2, "0.8"),
    ("shared_to_store", "SYNCED_WITH_DVCQG_PERSONAL_STORAGE", 4, "1"),
    ("population_data_dossiers", "CITIZEN_DATA_CONNECTED_DOSSIER", 2, "1"),
    ("population_data_procedures", "CITIZEN_DATA_CONNECTED_FORMALITY", 2, "1"),
]


def test_all_packaged_rule_sets_load_with_the_columns_of_the_catalogue() -> None:
    loaded = load_rulesets(columns=condition_columns())
    assert list(loaded) == ["766-2025", "766-2025-r2", "766-2026", "766-2026-single"]
    assert loaded == load_rulesets()


@pytest.mark.parametrize("ruleset", load_rulesets().values(), ids=lambda ruleset: ruleset.id)
def test_maxima_add_to_their_group_and_groups_to_100(ruleset: RuleSet) -> None:
    assert {group.code: (group.portal_column, int(group.max_points)) for group in ruleset.groups} == GROUPS
    assert sum(ruleset.maxima.values()) == 100
    for group in ruleset.groups:
        assert sum(indicator.max_points for indicator in group.indicators) == group.max_points


def test_the_rules_of_2026_are_the_table_of_section_2() -> None:
    found = [
        (one.code, one.portal_code, int(one.max_points), str(one.full_at_for("commune")))
        for one in get_ruleset("766-2026").indicators
    ]
    assert found == INDICATORS_2026


@pytest.mark.parametrize(
    ("indicator", "until_october", "from_october", "in_2026"),
    [
        ("published_on_time", "full", "full", "none"),
        ("content_complete", "full", "full", "none"),
        ("paid_online", "full", "full", "zero"),
        ("petitions_on_time", Decimal(3), "full", "full"),  # 3 + 3 = 6 of 12 until 2025-10-15
        ("petition_satisfaction", Decimal(3), "full", "full"),
        ("on_time", "none", "none", "zero"),
    ],
)
def test_what_nothing_over_nothing_gives_is_dated_data(
    indicator: str, until_october: object, from_october: object, in_2026: object
) -> None:
    for ruleset, expected in (("766-2025", until_october), ("766-2025-r2", from_october), ("766-2026", in_2026)):
        assert get_ruleset(ruleset).indicator(indicator).zero_for("commune") == expected


def test_section_5_differs_by_level_and_year() -> None:
    old, new = get_ruleset("766-2025"), get_ruleset("766-2026")
    assert old.group("online_services").cap_for("department") == 10
    assert old.group("online_services").cap_for("commune") is None
    assert new.group("online_services").cap_for("department") is None
    assert new.indicator("content_complete").inherit == ("department", "commune")
    assert old.indicator("content_complete").inherit == ()
    assert new.indicator("certified_copy").flat_for("department") == 2
    assert new.indicator("certified_copy").without_counts_for("province") == 2
    assert old.indicator("certified_copy").without_counts_for("province") is None
    part = old.indicator("progress_part").derived
    assert part is not None
    assert (part.group, part.divide_by) == ("progress", 3)
    assert old.restart == date(2025, 7, 1)
    assert new.restart is None


def test_the_alternative_scores_online_services_as_one_indicator_and_is_never_chosen_by_date() -> None:
    single = get_ruleset("766-2026-single")
    assert [(one.code, one.max_points) for one in single.group("online_services").indicators] == [
        ("filed_fully_online", Decimal(12))
    ]
    assert not single.default
    assert ruleset_for(date(2026, 5, 1)).id == "766-2026"


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2025, 1, 1), "766-2025"),
        (date(2025, 10, 15), "766-2025"),
        (date(2025, 10, 16), "766-2025-r2"),
        (date(2025, 12, 31), "766-2025-r2"),
        (date(2026, 1, 1), "766-2026"),
        (date(2030, 6, 30), "766-2026"),
    ],
)
def test_the_rule_set_of_a_day_is_the_one_valid_on_it(day: date, expected: str) -> None:
    """known_failures.md line 10: rule sets are dated data."""
    assert ruleset_for(day).id == expected


def test_a_day_or_name_without_a_rule_set_is_an_error_that_says_so() -> None:
    with pytest.raises(KeyError, match="2024-12-31"):
        ruleset_for(date(2024, 12, 31))
    with pytest.raises(KeyError, match="766-2026-single"):
        get_ruleset("766-2027")


def test_every_indicator_says_how_sure_its_rule_is() -> None:
    """known_failures.md line 10: rule sets carry source and status."""
    for ruleset in load_rulesets().values():
        assert ruleset.source
        assert ruleset.status in {"in_force", "superseded", "alternative"}
        assert {indicator.source for indicator in ruleset.indicators} <= {"V", "S", "I"}
        assert all(one.title_vi and one.title_en for one in (*ruleset.groups, *ruleset.indicators))


def test_the_fingerprint_follows_the_content_and_not_the_comments(tmp_path: Path) -> None:
    text = (PACKAGED / "766-2026.yaml").read_text(encoding="utf-8")
    assert _load(tmp_path, text + "\n# a remark\n").fingerprint == get_ruleset("766-2026").fingerprint
    changed = _load(tmp_path, text.replace("full_at: 0.9", "full_at: 0.95"))
    assert changed.fingerprint != get_ruleset("766-2026").fingerprint
    assert len({ruleset.fingerprint for ruleset in load_rulesets().values()}) == 4


def test_a_rule_set_of_ones_own_needs_a_file_and_no_code(tmp_path: Path) -> None:
    """The older text of section 2: full points for digitised components at r = 0.8."""
    for path in PACKAGED.glob("*.yaml"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "older.yaml").write_text(
        "id: older\nextends: 766-2026\ndefault: false\n"
        "groups: {digitisation: {indicators: {components_digitised: {full_at: 0.8}}}}\n",
        encoding="utf-8",
    )
    assert load_rulesets(tmp_path)["older"].indicator("components_digitised").full_at_for("commune") == Decimal("0.8")


FAULTS = [
    # (replace, by, line that holds, words of the message)
    ("max_points: 20\n        population", "max_points: 19\n        population", "max_points: 20", "add to 19"),
    ("portal_column: TTTT", "portal_colum: TTTT", "portal_colum:", "unknown key 'portal_colum'"),
    ("numerator: timely", "numerator: timley", "numerator: timley", "unknown column 'timley'"),
    ("numerator: timely", "numerator: drop table dossiers", "drop table", "statement"),
    ("numerator: timely", "numerator: timely; select 1", "timely; select", "exactly one expression"),
    ("numerator: timely", "numerator: exists(select 1 from units)", "exists(", "subquery"),
    ("numerator: timely", "numerator: lower(channel) = 'online'", "lower(", "'lower' is not listed"),
    ("numerator: timely", "numerator: dossiers.timely", "dossiers.timely", "no table name"),
    ("numerator: timely", "numerator: timely and", "timely and\n", "not an expression"),
    ("numerator: timely", "numerator: timely /* all */", "/* all */", "no comment"),
    ("date_column: announced_on", "date_column: announced", "date_column: announced\n", "unknown column 'announced'"),
    ("flat: {department: 2}", "flat: {ministry: 2}", "ministry", "unknown level 'ministry'"),
    ("full_at: 0.5", "full_at: 1.5", "full_at: 1.5", "(0, 1]"),
    ("full_at: 0.5", "full_at: half", "full_at: half", "expected a number"),
    ("population: sync", "population: dossier", "population: dossier\n", "is not one of"),
    (
        "zero: none\n        source: V\n\n  progress",
        "zero: 7\n        source: V\n\n  progress",
        "zero: 7",
        "from 0 to 6",
    ),
    ("valid: {from: 2026-01-01}", "valid: {from: 2026-13-01}", "2026-13-01", "expected a day"),
    ("valid: {from: 2026-01-01}", "valid: {from: 2026-01-01, to: 2025-01-01}", "to: 2025", "before it begins"),
    ("default: true", "default: yes", "default: yes", "true or false"),
    ("portal_code: DOSSIER_SYNC", "portal_code: PUBLISH_ON_TIME", "dossiers_synchronised:", "names two indicators"),
    (
        "      on_time:\n",
        "      on_time:\n        title: {vi: A, en: B}\n",
        "title: {vi: Hồ sơ đúng hạn",
        "given twice",
    ),
    ("default: true", "default: true\n  restart: 1", "restart: 1", "not valid YAML"),
]


@pytest.mark.parametrize(("before", "after", "where", "words"), FAULTS, ids=[fault[3] for fault in FAULTS])
def test_a_fault_is_refused_with_file_line_and_reason(
    tmp_path: Path, before: str, after: str, where: str, words: str
) -> None:
    text = (PACKAGED / "766-2026.yaml").read_text(encoding="utf-8")
    assert before in text
    faulty = text.replace(before, after, 1)
    with pytest.raises(RuleSetError) as caught:
        _load(tmp_path, faulty)
    error = caught.value
    assert error.file == "rules.yaml"
    assert words in error.message
    assert " / " in error.message  # Vietnamese, then English
    place = faulty if where in faulty else text
    assert abs(error.line - (place[: place.index(where)].count("\n") + 1)) <= (1 if words == "given twice" else 0)
    assert str(error).startswith(f"rules.yaml:{error.line}: ")


def test_groups_that_do_not_add_to_100_are_refused(tmp_path: Path) -> None:
    """known_failures.md line 13: 66 points shown as /100. A rule set without a group cannot be loaded."""
    text = (PACKAGED / "766-2026.yaml").read_text(encoding="utf-8")
    shorter = text[: text.index("\n  digitisation:\n")]
    with pytest.raises(RuleSetError, match=r"rules.yaml:\d+: .*the groups add to 78, not 100"):
        _load(tmp_path, shorter)


def test_default_rule_sets_must_not_overlap(tmp_path: Path) -> None:
    for name in ("766-2025", "766-2025-r2", "766-2026"):
        text = (PACKAGED / f"{name}.yaml").read_text(encoding="utf-8")
        (tmp_path / f"{name}.yaml").write_text(text.replace("from: 2025-10-16", "from: 2025-10-15"), encoding="utf-8")
    with pytest.raises(RuleSetError, match=r"766-2025-r2.yaml:6: .*766-2025-r2 overlaps 766-2025"):
        load_rulesets(tmp_path)


@pytest.mark.parametrize(
    ("extends", "words"), [("766-1999", "no rule set '766-1999'"), ("rules", "extend each other in a circle")]
)
def test_extending_nothing_or_oneself_is_refused(tmp_path: Path, extends: str, words: str) -> None:
    (tmp_path / "rules.yaml").write_text(f"id: rules\nextends: {extends}\n", encoding="utf-8")
    with pytest.raises(RuleSetError, match=rf"rules.yaml:2: .*{words}"):
        load_rulesets(tmp_path)


@pytest.mark.parametrize("content", [b"", b"- a\n- b\n", b"id\n", b"id: \xff\n"])
def test_a_file_that_is_no_rule_set_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "rules.yaml").write_bytes(content)
    with pytest.raises(RuleSetError, match=r"^rules.yaml:1: "):
        load_rulesets(tmp_path)


def test_a_folder_without_rule_sets_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuleSetError, match=r"no \*\.yaml file"):
        load_rulesets(tmp_path)


def _load(folder: Path, text: str) -> RuleSet:
    (folder / "rules.yaml").write_text(text, encoding="utf-8")
    return read_rulesets(folder, condition_columns())["766-2026"]
