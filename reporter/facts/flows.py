"""Net flows into US spot funds, by trading session: holidays and the days before a fund's launch are no sessions."""

from __future__ import annotations

from datetime import date

import numpy as np

from reporter import clock
from reporter.facts.catalogue import BOTH, fact
from reporter.facts.reader import Missing, Reader
from reporter.model import MARKET, Unit

DAY = 86_400


@fact(unit=Unit.USD, each=BOTH, kind="signed")
def etf_net_flow_usd(read: Reader) -> float:
    """Net flow into US spot funds, summed over the trading sessions of the week."""
    return float(read.sessions("etf_flow")[1].sum())


@fact(unit=Unit.USD, each=BOTH, kind="signed")
def etf_last_session_usd(read: Reader) -> float:
    """Net flow into US spot funds in the week's last trading session."""
    return float(read.sessions("etf_flow")[1][-1])


@fact(unit=Unit.DATE, each=BOTH, kind="plain")
def etf_last_session(read: Reader) -> date:
    """Day of the week's last trading session of US spot funds."""
    return clock.moment(read.sessions("etf_flow")[0][-1]).date()


@fact(unit=Unit.COUNT, each=BOTH, kind="plain")
def etf_sessions(read: Reader) -> float:
    """Trading sessions of US spot funds in the week."""
    return float(len(read.sessions("etf_flow")[1]))


@fact(unit=Unit.COUNT, each=(MARKET,), kind="plain")
def etf_sessions_due(read: Reader) -> float:
    """Trading sessions of US spot funds in the week, whether or not their flows are on record, as long as those of
    earlier sessions are."""
    return float(read.sessions_due("etf_flow"))


@fact(unit=Unit.COUNT, each=BOTH, kind="plain")
def etf_positive_sessions(read: Reader) -> float:
    """Trading sessions of the week in which more money came into US spot funds than left them."""
    return float((read.sessions("etf_flow")[1] > 0).sum())


@fact(unit=Unit.USD, each=BOTH, kind="signed")
def etf_strongest_session_usd(read: Reader) -> float:
    """Highest net flow of a trading session in the week."""
    return float(read.sessions("etf_flow")[1].max())


@fact(unit=Unit.USD, each=BOTH, kind="signed")
def etf_weakest_session_usd(read: Reader) -> float:
    """Lowest net flow of a trading session in the week."""
    return float(read.sessions("etf_flow")[1].min())


@fact(unit=Unit.COUNT, each=BOTH, kind="plain")
def etf_streak_sessions(read: Reader) -> float:
    """Trading sessions in a row, up to the week's last, with net flows of one sign: positive for inflows, negative for
    outflows. A session without a net flow breaks the row, and so does one that is not on record."""
    signs = np.sign(read.all_sessions("etf_flow")[1])[::-1]
    other = np.flatnonzero(signs != signs[0])
    return float(signs[0]) * float(other[0] if len(other) else len(signs))


@fact(unit=Unit.USD, each=BOTH)
def etf_cumulative_usd(read: Reader) -> float:
    """Net flow into US spot funds since the first session on record."""
    days, flows = read.all_sessions("etf_flow")
    unknown = np.isnan(flows)
    if unknown.any():
        first = clock.moment(days[unknown][0])
        raise Missing(f"etf_flow: {unknown.sum()} earlier sessions are not on record, the first on {first:%Y-%m-%d}")
    return float(flows.sum())


@fact(unit=Unit.FRACTION, kind="signed")
def etf_flow_to_assets(read: Reader) -> float:
    """Net flow into US spot funds over the trading sessions of the week as a part of the funds' assets at the end of
    its last session."""
    days, flows = read.sessions("etf_flow")
    return float(flows.sum()) / _assets(read, int(days[-1]))


def _assets(read: Reader, session: int) -> float:
    """Dollars in the funds at the end of a session. Raises Missing where they are not on record for that very one."""
    window = read.window("etf_assets", at_least=0.0)
    found = window.value[window.at // DAY * DAY == session]
    if not len(found):
        raise Missing(f"etf_assets: not on record for the session of {clock.moment(session):%Y-%m-%d}")
    if found[-1] <= 0:
        raise Missing("etf_assets: not positive at the week's last session")
    return float(found[-1])
