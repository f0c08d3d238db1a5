"""Whether the portal has anything newer: one cheap request a kind and scope, and a fingerprint of what it says.

Belongs here: the cheap calls. Does not belong here: what follows from news (pipelines/portal_sensor.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from resources.clock import utc_now
from resources.portal.answers import Answer, dumped
from resources.portal.client import PortalClient
from resources.portal.evaluation import OVERVIEW, ask_counts
from resources.portal.feeds import OF_FILES, Feed
from resources.portal.files import ask_list
from resources.portal.score_tables import ask_scores
from resources.portal.settings import PortalSettings

PROBE_ROWS = 20  # a first page of so many rows moves with nearly every refresh of the portal


def news_of(settings: PortalSettings, feeds: Sequence[Feed]) -> str:
    """A sha256 over the first rows and totals of the feeds; it changes when the portal has something newer.

    The procedures catalogue is not asked: it follows the others. Raises PortalError.
    """
    digest = hashlib.sha256()
    now = utc_now()
    with PortalClient(settings) as client:
        for feed in sorted(feeds, key=str):
            answer = _probe(client, feed, now)
            if answer is None:
                continue
            moment = answer.about.exported_at if answer.about.stated else None
            digest.update(dumped([str(feed), answer.total, answer.rows, str(moment)]))
    return digest.hexdigest()


def _probe(client: PortalClient, feed: Feed, now: datetime) -> Answer | None:
    if feed.kind == "scores":
        return ask_scores(client, feed, 1, now, page_size=PROBE_ROWS)
    if feed.kind == "counts":
        return ask_counts(client, feed, OVERVIEW, 1, now, page_size=PROBE_ROWS)
    if feed.kind in OF_FILES:
        return ask_list(client, feed, 1, now, page_size=PROBE_ROWS)
    return None
