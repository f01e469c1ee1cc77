"""Flows of funds by trading session: holidays, launches and holes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from reporter import clock, collect
from reporter.collect import sosovalue
from reporter.facts import measure_frame
from reporter.history import History, open_history
from reporter.model import Observation, Unit
from tests import live
from tests.desk import ALWAYS, WEEK, Found, Rows, days, measured, setting

FLOW = "etf_flow/BTC/us_spot"
SESSIONS = days("2025-03-03", 50.0, -20.0, 30.0, -40.0, -15.0)
BOTH = setting(["BTC", "ETH"])
HOLIDAY = clock.parse_week("2025-02-17")  # Presidents' Day is its Monday
LAUNCH = clock.parse_week("2024-01-08")  # of the funds on bitcoin, on Thursday, January 11


def test_a_week_of_five_sessions(tmp_path: Path) -> None:
    found = measured(tmp_path, {FLOW: SESSIONS})
    assert found["BTC.etf_net_flow_usd"] == 5.0
    assert (found["BTC.etf_sessions"], found["BTC.etf_positive_sessions"]) == (5.0, 2.0)
    assert (found["BTC.etf_strongest_session_usd"], found["BTC.etf_weakest_session_usd"]) == (50.0, -40.0)
    assert (found["BTC.etf_last_session"], found["BTC.etf_last_session_usd"]) == (date(2025, 3, 7), -15.0)


def test_a_session_without_a_net_flow_is_not_positive(tmp_path: Path) -> None:
    found = measured(tmp_path, {FLOW: days("2025-03-03", 0.0, 0.0, 1.0, -1.0, 0.0)})
    assert (found["BTC.etf_positive_sessions"], found["BTC.etf_sessions"]) == (1.0, 5.0)


def test_a_missing_session_is_a_gap_with_its_number(tmp_path: Path) -> None:
    found = measured(tmp_path, {FLOW: days("2025-03-03", 50.0, None, 30.0, -40.0, -15.0)})
    expected = "etf_flow: 4 of 5 expected sessions between 2025-03-03 and 2025-03-09"
    for fact in ("net_flow_usd", "sessions", "last_session", "streak_sessions", "cumulative_usd"):
        assert found.gap(f"BTC.etf_{fact}") == expected


EARLIER = days("2025-02-24", 5.0, 5.0, 5.0, 5.0, 5.0)


def test_sessions_are_due_whose_flows_have_not_arrived(tmp_path: Path) -> None:
    found = measured(tmp_path, {FLOW: EARLIER}).fact("market.etf_sessions_due")
    assert found.value == 5.0
    assert [(used.series, used.rows, f"{used.last:%m-%d}") for used in found.inputs] == [(f"{FLOW}/test", 1, "02-28")]
    assert measured(tmp_path, {FLOW: SESSIONS})["market.etf_sessions_due"] == 5.0


def test_a_holiday_is_not_due_and_nothing_is_where_no_flows_were_ever_known(tmp_path: Path) -> None:
    rows = {FLOW: days("2025-02-10", 1.0, 1.0, 1.0, 1.0, 1.0)}
    assert measured(tmp_path, rows, week=HOLIDAY)["market.etf_sessions_due"] == 4.0
    why = "etf_flow: no session was due between 2025-03-03 and 2025-03-09"
    assert measured(tmp_path, {"price_close/BTC": SESSIONS}).gap("market.etf_sessions_due") == why
    assert measured(tmp_path, {FLOW: days("2024-06-03", 1.0, 1.0)}).gap("market.etf_sessions_due") == why


def test_a_row_on_a_weekend_or_holiday_is_no_session(tmp_path: Path) -> None:
    rows = {FLOW: days("2025-02-17", 99.0, 1.0, 2.0, 3.0, 4.0, 99.0, 99.0)}
    found = measured(tmp_path, rows, week=HOLIDAY)
    assert (found["BTC.etf_net_flow_usd"], found["BTC.etf_sessions"]) == (10.0, 4.0)
    (used,) = found.fact("BTC.etf_net_flow_usd").inputs
    assert (used.rows, f"{used.first:%m-%d}") == (4, "02-18")


def test_sessions_stamped_at_midnight_in_new_york_are_sessions(tmp_path: Path) -> None:
    rows = {FLOW: days("2025-03-03 05:00", 50.0, -20.0, 30.0, -40.0, -15.0)}
    assert measured(tmp_path, rows)["BTC.etf_net_flow_usd"] == 5.0


def test_two_rows_for_one_session_are_not_added(tmp_path: Path) -> None:
    rows = {FLOW: {**SESSIONS, "2025-03-05 12:00": 7.0}}
    assert measured(tmp_path, rows).gap("BTC.etf_net_flow_usd") == "etf_flow: more than one row for a session"


def test_a_row_known_after_the_cut_is_not_there_yet(tmp_path: Path) -> None:
    rows = {FLOW: {**SESSIONS, "2025-03-10": 7.0}}
    assert measured(tmp_path, rows)["BTC.etf_net_flow_usd"] == 5.0


# ---- launch ----------------------------------------------------------------------------------------------------------


def test_the_week_of_the_launch_has_the_sessions_from_there_on(tmp_path: Path) -> None:
    found = measured(tmp_path, {FLOW: days("2024-01-11", 5.0, -2.0)}, week=LAUNCH)
    assert (found["BTC.etf_net_flow_usd"], found["BTC.etf_sessions"]) == (3.0, 2.0)


def test_a_zero_before_the_launch_means_that_there_is_no_fund(tmp_path: Path) -> None:
    rows = {FLOW: days("2024-01-01", *[0.0] * 7)}
    found = measured(tmp_path, rows, week=LAUNCH.previous)
    assert found.gap("BTC.etf_net_flow_usd") == "no US spot fund yet; the first came on 2024-01-11"


def test_a_fund_that_is_launched_joins_the_market_with_its_first_session(tmp_path: Path) -> None:
    rows = {FLOW: days("2024-07-22", *[10.0] * 5), "etf_flow/ETH/us_spot": days("2024-07-23", *[1.0] * 4)}
    found = measured(tmp_path, rows, BOTH, clock.parse_week("2024-07-22"))
    assert (found["market.etf_net_flow_usd"], found["market.etf_sessions"]) == (54.0, 5.0)
    assert (found["market.etf_weakest_session_usd"], found["ETH.etf_sessions"]) == (10.0, 4.0)


def test_the_market_waits_for_no_asset_without_a_fund(tmp_path: Path) -> None:
    assert measured(tmp_path, {FLOW: SESSIONS}, setting(["BTC", "XRP"]))["market.etf_net_flow_usd"] == 5.0


def test_the_market_has_no_flow_while_one_fund_s_session_is_missing(tmp_path: Path) -> None:
    rows = {FLOW: SESSIONS, "etf_flow/ETH/us_spot": days("2025-03-03", 1.0, 1.0, 1.0, 1.0)}
    assert measured(tmp_path, rows, BOTH).gap("market.etf_net_flow_usd").startswith("etf_flow: 4 of 5")


# ---- streaks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flows", "expected"),
    [
        ((1.0, 1.0, 1.0, 1.0, 1.0), 5.0),
        ((-1.0, 1.0, -1.0, -1.0, -1.0), -3.0),
        ((1.0, 1.0, 1.0, 1.0, -1.0), -1.0),
        ((1.0, 1.0, 0.0, 1.0, 1.0), 2.0),  # a session without a net flow breaks the row
        ((1.0, 1.0, 1.0, 1.0, 0.0), 0.0),
        ((0.0, 0.0, 0.0, 0.0, 0.0), 0.0),
    ],
)
def test_a_streak_counts_sessions_of_one_sign(tmp_path: Path, flows: tuple[float, ...], expected: float) -> None:
    assert measured(tmp_path, {FLOW: days("2025-03-03", *flows)})["BTC.etf_streak_sessions"] == expected


def test_a_streak_goes_on_over_weekends_and_holidays(tmp_path: Path) -> None:
    # Thursday and Friday, then a weekend and a holiday, whose row is zero, then four sessions: six.
    rows: Rows = {FLOW: days("2025-02-13", 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0)}
    assert measured(tmp_path, rows, week=HOLIDAY)["BTC.etf_streak_sessions"] == 6.0


def test_a_streak_does_not_go_on_over_a_session_that_is_not_known(tmp_path: Path) -> None:
    # Friday, February 28 is missing between Thursday and the week: five are known to be in a row, not six.
    rows = {FLOW: {**days("2025-02-27", 1.0), **days("2025-03-03", *[1.0] * 5)}}
    found = measured(tmp_path, rows)
    assert found["BTC.etf_streak_sessions"] == 5.0
    expected = "etf_flow: 1 earlier sessions are not on record, the first on 2025-02-28"
    assert found.gap("BTC.etf_cumulative_usd") == expected


def test_a_streak_of_the_market_is_one_of_its_sum(tmp_path: Path) -> None:
    rows = {
        FLOW: days("2025-03-03", -9.0, 5.0, 5.0, 5.0, -1.0),
        "etf_flow/ETH/us_spot": days("2025-03-03", 1.0, -1.0, -1.0, -1.0, 2.0),
    }
    found = measured(tmp_path, rows, BOTH)
    assert (found["market.etf_streak_sessions"], found["BTC.etf_streak_sessions"]) == (4.0, -1.0)


def test_a_hole_in_one_asset_ends_the_market_s_streak(tmp_path: Path) -> None:
    rows = {
        FLOW: days("2025-02-27", 1.0, 1.0, None, None, *[1.0] * 5),
        "etf_flow/ETH/us_spot": days("2025-02-27", 1.0, None, None, None, *[1.0] * 5),
    }
    found = measured(tmp_path, rows, BOTH)
    assert (found["BTC.etf_streak_sessions"], found["market.etf_streak_sessions"]) == (7.0, 5.0)


def test_a_streak_looks_back_over_all_of_the_record(tmp_path: Path) -> None:
    # January 2 to March 7, 2025: 47 weekdays, of which January 9 and 20 and February 17 were no sessions.
    rows = {FLOW: days("2025-01-02", *[1.0] * 65)}
    assert measured(tmp_path, rows)["BTC.etf_streak_sessions"] == 44.0


def test_the_sum_since_the_first_session_includes_all_of_them(tmp_path: Path) -> None:
    rows = {FLOW: days("2025-01-02", *[1.0] * 60, 100.0)}
    # January from the 2nd: 20 sessions; February: 19. The 100 of March 3 belong to the next week.
    assert measured(tmp_path, rows, week=WEEK.previous)["BTC.etf_cumulative_usd"] == 39.0


def test_streak_and_week_are_of_one_venue(tmp_path: Path) -> None:
    rows = {
        "etf_flow/BTC/all": days("2025-03-03", 1.0, 1.0, 1.0, 1.0),  # preferred, but its Friday is missing
        FLOW: days("2025-03-03", *[-1.0] * 5),
    }
    found = measured(tmp_path, rows)
    assert (found["BTC.etf_net_flow_usd"], found["BTC.etf_streak_sessions"]) == (-5.0, -5.0)
    assert found["BTC.etf_cumulative_usd"] == -5.0


# ---- flows and assets ------------------------------------------------------------------------------------------------

ASSETS = "etf_assets/BTC/us_spot"


def test_the_week_s_flow_is_set_against_the_assets_at_its_last_session(tmp_path: Path) -> None:
    found = measured(tmp_path, {FLOW: SESSIONS, ASSETS: days("2025-03-03", 900.0, 950.0, 980.0, 990.0, 1000.0)})
    assert found["BTC.etf_flow_to_assets"] == pytest.approx(0.005)  # (50 - 20 + 30 - 40 - 15) / 1000
    fact = found.fact("BTC.etf_flow_to_assets")
    assert (fact.unit, {one.series.split("/")[0] for one in fact.inputs}) == (
        Unit.FRACTION,
        {"etf_flow", "etf_assets"},
    )


def test_outflows_are_a_negative_part_of_the_assets(tmp_path: Path) -> None:
    flows = {FLOW: days("2025-03-03", *[-10.0] * 5), ASSETS: days("2025-03-07", 1000.0)}
    assert measured(tmp_path, flows)["BTC.etf_flow_to_assets"] == pytest.approx(-0.05)  # -50 / 1000


def test_assets_of_an_earlier_session_do_not_stand_in_for_the_last(tmp_path: Path) -> None:
    rows = {FLOW: SESSIONS, ASSETS: days("2025-03-03", 900.0, 950.0, 980.0, 990.0)}
    expected = "etf_assets: not on record for the session of 2025-03-07"
    assert measured(tmp_path, rows).gap("BTC.etf_flow_to_assets") == expected


def test_an_amount_of_the_weekend_is_not_that_of_the_last_session(tmp_path: Path) -> None:
    rows = {FLOW: SESSIONS, ASSETS: days("2025-03-07", 1000.0, 7.0, 7.0)}
    assert measured(tmp_path, rows)["BTC.etf_flow_to_assets"] == pytest.approx(0.005)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ({FLOW: SESSIONS}, "etf_assets: no source has it for BTC"),
        ({FLOW: SESSIONS, ASSETS: days("2025-03-07", 0.0)}, "etf_assets: not positive at the week's last session"),
        (
            {FLOW: days("2025-03-03", 1.0, 1.0), ASSETS: days("2025-03-07", 9.0)},
            "etf_flow: 2 of 5 expected sessions between 2025-03-03 and 2025-03-09",
        ),
    ],
)
def test_without_assets_or_without_every_flow_there_is_no_part(tmp_path: Path, rows: Rows, reason: str) -> None:
    assert measured(tmp_path, rows).gap("BTC.etf_flow_to_assets") == reason


# ---- a session that is not final yet ---------------------------------------------------------------------------------


def reported(folder: Path, fetched: datetime) -> History:
    """What a source keeps of a week's answer, fetched at a moment: Friday's flow stands as zero until it is known."""
    rows = [{"date": f"2026-11-{day:02d}", "totalNetInflow": 10.0, "totalNetAssets": 1e9} for day in range(9, 13)]
    rows.append({"date": "2026-11-13", "totalNetInflow": 0.0, "totalNetAssets": 1e9})
    answer = live.payload("sosovalue", "flows/BTC", {"code": 0, "data": rows}, fetched)
    found = [one for one in sosovalue.parse(answer, live.settings("sosovalue")) if isinstance(one, Observation)]
    history = open_history(folder / "reporter.sqlite")
    history.add(
        answer, "test", collect.described(collect.source("sosovalue"), live.settings("sosovalue"), found), found, "live"
    )
    return history


@pytest.mark.parametrize(("second", "known"), [(-1, False), (0, True)])
def test_a_session_known_less_than_thirteen_hours_after_its_day_is_not_there_at_all(
    tmp_path: Path, second: int, known: bool
) -> None:
    fetched = datetime(2026, 11, 14, 13, tzinfo=UTC) + timedelta(seconds=second)
    history = reported(tmp_path, fetched)
    found = Found(measure_frame(history, setting(sources=("sosovalue",)), live.WEEK, ALWAYS))
    if known:
        assert (found["BTC.etf_net_flow_usd"], found["BTC.etf_last_session_usd"]) == (40.0, 0.0)
        return
    expected = "etf_flow: 4 of 5 expected sessions between 2026-11-09 and 2026-11-15"
    for fact in ("etf_net_flow_usd", "etf_last_session_usd", "etf_streak_sessions", "etf_flow_to_assets"):
        assert found.gap(f"BTC.{fact}") == expected
