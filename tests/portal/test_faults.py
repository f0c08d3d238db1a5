"""Every fault of the portal comes to what is expected of it, and docs/portal-faults.md tells it.

Belongs here: the faults of emulator/http_faults.py, each once and for good. Known failures, lines 6, 25 and 27.
"""

from __future__ import annotations

import re

import pytest

from emulator.http_faults import PORTAL_FAULTS, RIGHT
from emulator.portal_faults import PAGE, WAYS, WRONG, Outcome, outcomes, page
from resources.portal import errors
from resources.portal.errors import PortalError


@pytest.fixture(scope="module")
def tried() -> dict[str, Outcome]:
    return {outcome.name: outcome for outcome in outcomes()}


def word(cell: str) -> str:
    """`right` or an error's kind, as a cell of the table tells it."""
    return RIGHT if "right" in cell else cell.partition(",")[0]


def test_every_fault_once_and_for_good_comes_to_what_is_expected(tried: dict[str, Outcome]) -> None:
    for name, fault in PORTAL_FAULTS.items():
        assert WRONG not in tried[name].once + tried[name].lasting, tried[name]
        assert (word(tried[name].once), word(tried[name].lasting)) == (fault.once, fault.lasting), name
    for name, (_, _, kind) in WAYS.items():
        assert word(tried[name].lasting) == kind


def test_the_page_tells_every_fault_as_it_came_out(tried: dict[str, Outcome]) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(list(tried.values())), "make portal-faults"


def test_the_rows_of_the_page_are_the_faults_there_are() -> None:
    listed = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == [*PORTAL_FAULTS, *WAYS]


def test_every_kind_of_error_has_a_name_of_its_own_and_is_tried_or_tested() -> None:
    kinds = {
        each.kind: each
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, PortalError) and each is not PortalError
    }
    told = {fault.lasting for fault in PORTAL_FAULTS.values()} | {kind for _, _, kind in WAYS.values()}
    assert set(kinds) - told == {"broken_answer"}  # test_contract.py


def test_a_message_names_interface_page_what_was_expected_and_what_to_do_in_two_languages(
    tried: dict[str, Outcome],
) -> None:
    for name, outcome in tried.items():
        if word(outcome.lasting) == RIGHT:
            continue
        vi, _, en = outcome.message.partition(" / The portal, ")
        assert re.match(r"Cổng, [\w-]+(, trang \d+)?: .+; cần .+\. .+\.$", vi), (name, vi)
        assert re.match(r"[\w-]+(, page \d+)?: .+; expected .+\. .+\.$", en), (name, en)
        assert "\n" not in outcome.message
