"""Addresses by which pages of the desk and of Dagster point at each other.

Belongs here: how an address is put together. Does not belong here: where the two are opened (resources/settings.py), what
is served there (console, Dagster).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from resources.office import Office
    from scoring.calendar import Week


def asset_page(office: Office, asset: str, week: Week | str) -> str:
    """An asset on Dagster's page, with a week's partition open (its key is the week's Monday, decision 2)."""
    return f"{office.dagster_url}/assets/{quote(asset)}?{urlencode({'view': 'partitions', 'partition': f'{week}-1'})}"


def run_page(office: Office, run_id: str) -> str:
    return f"{office.dagster_url}/runs/{quote(run_id)}"


def case_page(office: Office, case_id: int) -> str:
    return f"{office.desk_url}/cases/{case_id}"


def queue_page(office: Office, **filters: str) -> str:
    """The desk's queue with these filters, whatever state the cases are in."""
    return f"{office.desk_url}/?{urlencode({'state': 'all', **filters})}"


def documents_page(office: Office, week: Week | str) -> str:
    """The week's Data Docs on the desk."""
    return f"{office.desk_url}{documents_path(week)}"


def documents_path(week: Week | str) -> str:
    return f"/quality/{week}/index.html"
