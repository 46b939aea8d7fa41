"""From files and database to the evidence for a standard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from estate.evidence.findings import Evidence, evidence
from estate.evidence.plans import Plans, by_unit, released_money
from estate.forecast import store
from estate.forecast.lines import FUNDING
from estate.inventory.store import devices
from estate.lifecycle.approved import running
from estate.lifecycle.service import load_status
from estate.policy.decisions import DECISIONS
from estate.policy.policies import POLICIES
from estate.policy.software import SOFTWARE_POLICY

if TYPE_CHECKING:
    import datetime as dt

    from config.folder import Folder
    from config.settings import Settings
    from estate.evidence.standards import Standard
    from estate.store.database import Database


def load_evidence(
    database: Database, folder: Folder, settings: Settings, standard: Standard, as_of: dt.date
) -> Evidence:
    """The evidence for a standard as of a day.

    The end of security updates binds everywhere, whatever ``cyber_essentials`` in the settings says: all standards here
    are about updates. Plan years are those of the newest forecast that is no what-if.

    Raises:
        InputError: when one of the files holds a problem.
    """
    policies, decisions, funding = (folder.rows(POLICIES), folder.rows(DECISIONS), folder.rows(FUNDING))
    rules = folder.rows(SOFTWARE_POLICY)
    strict = settings.model_copy(update={"cyber_essentials": True})
    status = load_status(database, folder, strict, as_of)
    with database.reading() as session:
        newest = store.newest_plan(session)
        plans = Plans(released=released_money(funding))
        if newest is not None:
            plans.version, plans.as_of = newest.id, newest.as_of
            plans.units = by_unit(store.costed_units(session, newest.id))
        wanted = running(devices(session, as_of, settings.stale_after_days), rules, as_of) if rules else []
    should_run = {item.device: item.should_run for item in wanted if item.should_run}
    return evidence(standard, status, policies, decisions, plans, should_run)
