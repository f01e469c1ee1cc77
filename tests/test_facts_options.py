"""Options: skew and volatility by tenor, puts against calls, the next large expiry, all of a list of the moment."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import NormalDist
from typing import Literal

import pytest

from reporter.facts import Setting, measure_frame
from reporter.history import History
from reporter.model import Item, Kind, Observation, OptionExpiry, OptionQuote, Payload, Request, Series
from reporter.series import FORMS
from tests.desk import ALWAYS, FETCHED, WEEK, Found, Rows, days, setting, store

TAKEN = datetime(2025, 3, 10, 14, tzinfo=UTC)  # fourteen hours after the week's end
PUTS, CALLS = "option_put_volume_7d/BTC/deribit", "option_call_volume_7d/BTC/deribit"
NONE_TAKEN = "option_quotes: none were taken in the eight days after the week's end"
Right = Literal["call", "put"]


@dataclass(frozen=True)
class Listed:
    """What a source listed at a moment: records, and snapshots by series without their source."""

    items: tuple[Item, ...] = ()
    snapshots: Mapping[str, float] | None = None
    at: datetime = TAKEN
    source: str = "test"


def add(history: History, listed: Listed) -> None:
    body = repr(listed).encode()
    one = Payload(hashlib.sha256(body).hexdigest(), Request(listed.source, "list", "test:list"), FETCHED, 200, "", body)
    values = {f"{name}/{listed.source}": value for name, value in (listed.snapshots or {}).items()}
    form = FORMS["option_put_volume_7d"]
    series = [Series(name, form.unit, Kind.SNAPSHOT, form.cadence) for name in values]
    found = [Observation(name, listed.at, value, one.id) for name, value in values.items()]
    history.add(one, "test", series, found, "live", [replace(item, payload_id=one.id) for item in listed.items])


def seen(folder: Path, *lists: Listed, rows: Rows | None = None, how: Setting | None = None) -> Found:
    """The facts of the week from some lists, beside rows of series."""
    history = store(folder, rows or {"price_close/BTC": days("2025-03-03", *[100_000.0] * 7)})
    for listed in lists:
        add(history, listed)
    return Found(measure_frame(history, how or setting(), WEEK, ALWAYS))


def quoted(folder: Path, quotes: Sequence[OptionQuote], rows: Rows | None = None) -> Found:
    return seen(folder, Listed(tuple(quotes)), rows=rows)


def option(strike: float, right: Right, size: float | None, expiry: datetime, iv: float = 50.0) -> OptionQuote:
    """An option on a forward of 100."""
    name = f"BTC-{expiry:%d%b%y}-{strike}-{right}"
    return OptionQuote(TAKEN, "BTC", "deribit", name, expiry, strike, right, iv, 100.0, size, None, "")


def chain(after: float, puts: float, calls: float) -> list[OptionQuote]:
    """Out-of-the-money options so many days after the list: all puts at one volatility, all calls at another."""
    found: list[OptionQuote] = []
    for delta in (0.9, 0.8, 0.7, 0.6, 0.52, 0.48, 0.4, 0.3, 0.2, 0.1):
        right: Right = "put" if delta > 0.5 else "call"
        iv = puts if right == "put" else calls
        deviation = iv / 100 * math.sqrt(after / 365)
        strike = 100.0 * math.exp(deviation**2 / 2 - NormalDist().inv_cdf(delta) * deviation)
        if (strike < 100) == (right == "put"):  # those near a half may be on the other side of the forward
            found.append(option(strike, right, 1.0, TAKEN + timedelta(days=after), iv))
    return found


# ---- volatility ------------------------------------------------------------------------------------------------------


def test_the_skew_is_that_of_the_series_where_there_is_one(tmp_path: Path) -> None:
    rows = {"skew_25d/BTC": days("2025-03-08", -3.0, -4.5, -9.0)}
    found = quoted(tmp_path, chain(30, puts=50, calls=53), rows)
    assert found["BTC.skew_25d"] == -4.5
    assert [one.series for one in found.fact("BTC.skew_25d").inputs] == ["skew_25d/BTC/all/test"]


def test_without_a_series_the_skew_is_read_off_the_list(tmp_path: Path) -> None:
    found = quoted(tmp_path, chain(30, puts=55, calls=50))  # call 50 minus put 55
    assert found["BTC.skew_25d"] == pytest.approx(-5.0)
    assert [one.series for one in found.fact("BTC.skew_25d").inputs] == ["option_quotes/BTC/deribit/test"]


def test_a_series_that_ended_on_saturday_gives_way_to_the_list(tmp_path: Path) -> None:
    rows = {"skew_25d/BTC": days("2025-03-03", *[4.0] * 6)}
    assert quoted(tmp_path, chain(30, puts=55, calls=50), rows)["BTC.skew_25d"] == pytest.approx(-5.0)


def test_without_either_the_gap_is_the_series(tmp_path: Path) -> None:
    assert seen(tmp_path).gap("BTC.skew_25d") == "skew_25d: no source has it for BTC"
    rows = {"skew_25d/BTC": days("2025-03-03", *[4.0] * 6)}
    assert seen(tmp_path, rows=rows).gap("BTC.skew_25d") == "skew_25d: no value for the last interval of the week"


def test_a_list_that_says_too_little_says_why(tmp_path: Path) -> None:
    found = quoted(tmp_path, chain(120, puts=55, calls=50))
    assert found.gap("BTC.skew_25d") == (
        "option_quotes: no expiry near 30 days has options around a call delta of 0.25 and 0.75"
    )
    assert found.gap("BTC.atm_iv_7d") == "option_quotes: no expiry near 7 days has options around a call delta of 0.50"


def test_each_tenor_has_its_own_skew_and_volatility(tmp_path: Path) -> None:
    week, month = chain(7, puts=65, calls=65), chain(30, puts=52, calls=52)
    found = quoted(tmp_path, [*week, *month])
    values = [found[f"BTC.{name}"] for name in ("skew_25d", "skew_25d_7d", "atm_iv_30d", "atm_iv_7d", "iv_term_slope")]
    assert values == pytest.approx([0.0, 0.0, 52.0, 65.0, -13.0])  # 52 - 65: the near term is dearer
    dear = quoted(tmp_path, [*chain(7, puts=65, calls=60), *month])
    assert [dear["BTC.skew_25d_7d"], dear["BTC.skew_25d"]] == pytest.approx([-5.0, 0.0])


def test_without_a_week_there_is_no_slope(tmp_path: Path) -> None:
    found = quoted(tmp_path, chain(30, puts=52, calls=52))
    assert "BTC.atm_iv_30d" in found
    assert "near 7 days" in found.gap("BTC.iv_term_slope")


@pytest.mark.parametrize("at", [WEEK.end - timedelta(seconds=1), WEEK.end + timedelta(days=8, seconds=1)])
def test_a_list_of_another_week_is_not_read(tmp_path: Path, at: datetime) -> None:
    quotes = tuple(replace(one, at=at) for one in chain(30, puts=52, calls=52))
    found = seen(tmp_path, Listed(quotes, at=at))
    names = ("skew_25d_7d", "atm_iv_30d", "atm_iv_7d", "iv_term_slope", "put_call_open_interest",
             "option_open_interest_usd", "next_expiry_date", "next_expiry_usd", "max_pain_usd")  # fmt: skip
    assert {found.gap(f"BTC.{name}") for name in names} == {NONE_TAKEN}


def test_the_first_list_after_the_week_speaks_alone(tmp_path: Path) -> None:
    later = tuple(replace(one, at=TAKEN + timedelta(hours=2)) for one in chain(30, puts=90, calls=90))
    found = seen(tmp_path, Listed(later, at=TAKEN + timedelta(hours=2)), Listed(tuple(chain(30, puts=52, calls=52))))
    assert found["BTC.atm_iv_30d"] == pytest.approx(52.0)


# ---- puts against calls ----------------------------------------------------------------------------------------------

FRIDAY, MONTH_END = datetime(2025, 3, 14, 8, tzinfo=UTC), datetime(2025, 3, 28, 8, tzinfo=UTC)


def test_puts_over_calls_counts_coins_of_the_expiries_that_list_both(tmp_path: Path) -> None:
    quotes = [
        option(90.0, "put", 6.0, FRIDAY),
        option(110.0, "call", 5.0, FRIDAY),
        option(90.0, "put", 3.0, MONTH_END),
        option(120.0, "call", 15.0, MONTH_END),
        option(80.0, "put", 70.0, MONTH_END + timedelta(days=7)),  # nobody lists a call of that day
    ]
    assert quoted(tmp_path, quotes)["BTC.put_call_open_interest"] == pytest.approx(0.45)  # (6 + 3) / (5 + 15)


def test_a_strike_in_the_money_or_without_volatility_is_held_like_another(tmp_path: Path) -> None:
    quotes = [option(110.0, "put", 6.0, FRIDAY, iv=0.0), option(90.0, "call", 3.0, FRIDAY, iv=0.0)]
    assert quoted(tmp_path, quotes)["BTC.put_call_open_interest"] == 2.0


def test_an_option_of_unknown_size_leaves_no_ratio_and_no_sum(tmp_path: Path) -> None:
    found = quoted(tmp_path, [option(90.0, "put", None, FRIDAY), option(110.0, "call", 5.0, FRIDAY)])
    unknown = "option_quotes: the open interest of 1 of 2 options is not known"
    for name in ("put_call_open_interest", "option_open_interest_usd", "next_expiry_usd", "max_pain_usd"):
        assert found.gap(f"BTC.{name}") == unknown


def test_without_calls_there_is_no_ratio_and_without_puts_it_is_none(tmp_path: Path) -> None:
    bare = quoted(tmp_path, [option(90.0, "put", 6.0, FRIDAY), option(110.0, "call", 0.0, FRIDAY)])
    assert bare.gap("BTC.put_call_open_interest") == "option_quotes: no calls are open"
    full = quoted(tmp_path, [option(90.0, "put", 0.0, FRIDAY), option(110.0, "call", 5.0, FRIDAY)])
    assert full["BTC.put_call_open_interest"] == 0.0


def test_open_interest_in_dollars_is_coins_at_the_forward_of_their_expiry(tmp_path: Path) -> None:
    # 6 x 100 + 5 x 104 = 1,120; an option that nobody holds needs no forward
    quotes = [
        option(90.0, "put", 6.0, FRIDAY),
        replace(option(110.0, "call", 5.0, MONTH_END), forward=104.0),
        replace(option(150.0, "call", 0.0, MONTH_END), forward=None),
    ]
    assert quoted(tmp_path, quotes)["BTC.option_open_interest_usd"] == 1120.0
    blind = [*quotes, replace(option(160.0, "call", 1.0, MONTH_END), forward=None)]
    assert quoted(tmp_path, blind).gap("BTC.option_open_interest_usd") == (
        "option_quotes: an option that is held has no forward price"
    )


def test_puts_over_calls_traded_in_seven_days(tmp_path: Path) -> None:
    found = seen(tmp_path, Listed(snapshots={PUTS: 66_000.0, CALLS: 120_000.0}))
    assert found["BTC.put_call_volume_7d"] == pytest.approx(0.55)
    assert {one.series for one in found.fact("BTC.put_call_volume_7d").inputs} == {f"{PUTS}/test", f"{CALLS}/test"}


def test_turnover_of_venues_is_not_added_and_the_larger_one_speaks(tmp_path: Path) -> None:
    other = {name.replace("deribit", "aevo"): 900.0 for name in (PUTS, CALLS)}
    found = seen(tmp_path, Listed(snapshots={PUTS: 66_000.0, CALLS: 120_000.0, **other}))
    assert found["BTC.put_call_volume_7d"] == pytest.approx(0.55)


@pytest.mark.parametrize("calls", [CALLS.replace("deribit", "aevo"), CALLS])
def test_puts_and_calls_of_two_lists_make_no_ratio(tmp_path: Path, calls: str) -> None:
    found = seen(tmp_path, Listed(snapshots={PUTS: 66_000.0}), Listed(snapshots={calls: 120_000.0}))
    assert found.gap("BTC.put_call_volume_7d") == ("option_put_volume_7d: no venue lists puts and calls together")


def test_where_no_call_was_traded_there_is_no_ratio(tmp_path: Path) -> None:
    found = seen(tmp_path, Listed(snapshots={PUTS: 66_000.0, CALLS: 0.0}))
    assert found.gap("BTC.put_call_volume_7d") == "option_call_volume_7d: none were traded"


def test_seven_days_that_are_mostly_not_the_week_s_are_not_taken_for_it(tmp_path: Path) -> None:
    values = {PUTS: 66_000.0, CALLS: 120_000.0}
    half = WEEK.end + timedelta(days=3.5)
    assert "BTC.put_call_volume_7d" in seen(tmp_path, Listed(snapshots=values, at=half))
    late = seen(tmp_path, Listed(snapshots=values, at=half + timedelta(seconds=1)))
    assert late.gap("BTC.put_call_volume_7d") == (
        "option_put_volume_7d: taken more than half a week after the week's end"
    )


def test_turnover_that_nobody_listed_is_a_gap(tmp_path: Path) -> None:
    assert seen(tmp_path).gap("BTC.put_call_volume_7d").startswith("option_put_volume_7d: no list of venues was taken")


# ---- the next large expiry -------------------------------------------------------------------------------------------

TUESDAY, NEXT_MONDAY = datetime(2025, 3, 11, 8, tzinfo=UTC), datetime(2025, 3, 17, 8, tzinfo=UTC)


def test_the_largest_expiry_of_the_coming_week(tmp_path: Path) -> None:
    quotes = [
        option(95.0, "put", 9.0, TUESDAY),
        option(90.0, "put", 4.0, FRIDAY),
        option(110.0, "call", 6.0, FRIDAY),
        option(110.0, "call", 500.0, NEXT_MONDAY),  # eight hours too late
        option(110.0, "call", 500.0, MONTH_END),
    ]
    found = quoted(tmp_path, quotes)
    assert found["BTC.next_expiry_date"] == date(2025, 3, 14)  # 10 coins against 9
    assert found["BTC.next_expiry_usd"] == 1000.0  # (4 + 6) x 100


def test_of_two_equal_expiries_the_first_is_next(tmp_path: Path) -> None:
    found = quoted(tmp_path, [option(90.0, "put", 5.0, FRIDAY), option(90.0, "put", 5.0, TUESDAY)])
    assert found["BTC.next_expiry_date"] == date(2025, 3, 11)


def test_an_expiry_that_was_over_when_the_list_was_taken_is_not_next(tmp_path: Path) -> None:
    monday = TAKEN.replace(hour=8)
    found = quoted(tmp_path, [option(90.0, "put", 50.0, monday), option(90.0, "put", 5.0, FRIDAY)])
    assert found["BTC.next_expiry_date"] == date(2025, 3, 14)


def test_an_unknown_size_far_ahead_does_not_hide_the_next_expiry(tmp_path: Path) -> None:
    found = quoted(tmp_path, [option(90.0, "put", None, MONTH_END), option(90.0, "put", 5.0, FRIDAY)])
    assert found["BTC.next_expiry_usd"] == 500.0


def test_where_nothing_is_open_there_is_no_next_expiry(tmp_path: Path) -> None:
    found = quoted(tmp_path, [option(90.0, "put", 0.0, FRIDAY), option(90.0, "put", 5.0, MONTH_END)])
    for name in ("next_expiry_date", "next_expiry_usd", "max_pain_usd"):
        assert found.gap(f"BTC.{name}") == (
            "option_quotes: nothing is open that expires in the seven days after the week's end"
        )


def test_max_pain_is_the_strike_at_which_the_options_pay_least(tmp_path: Path) -> None:
    # puts 2 at 90, 3 at 110; calls 4 at 100, 1 at 110. Paid at 90: 3 x 20 = 60; at 100: 3 x 10 = 30;
    # at 110: 4 x 10 = 40. The least is 30, at 100; the month's options do not count.
    quotes = [
        option(90.0, "put", 2.0, FRIDAY),
        option(110.0, "put", 3.0, FRIDAY),
        option(100.0, "call", 4.0, FRIDAY),
        option(110.0, "call", 1.0, FRIDAY),
        option(60.0, "call", 900.0, MONTH_END),
    ]
    assert quoted(tmp_path, quotes)["BTC.max_pain_usd"] == 100.0


def test_of_two_strikes_that_pay_the_same_the_lower_is_max_pain(tmp_path: Path) -> None:
    # a put at 90 and a call at 110, one coin each: nothing is paid at 90, nor at 110
    quotes = [option(110.0, "call", 1.0, FRIDAY), option(90.0, "put", 1.0, FRIDAY)]
    assert quoted(tmp_path, quotes)["BTC.max_pain_usd"] == 90.0


# ---- expiries as a provider adds them up -----------------------------------------------------------------------------


def expiry(at: datetime, calls: float | None, puts: float | None, pain: float | None = 95.0) -> OptionExpiry:
    return OptionExpiry(TAKEN, "BTC", "deribit", at, pain, calls, puts, "")


def test_without_quotes_a_list_of_expiries_speaks_but_not_in_dollars(tmp_path: Path) -> None:
    expiries = (expiry(MONTH_END, 900.0, 900.0), expiry(FRIDAY, 6.0, 4.0, 97.0), expiry(TUESDAY, 1.0, 8.0))
    found = seen(tmp_path, Listed(expiries))
    assert (found["BTC.next_expiry_date"], found["BTC.max_pain_usd"]) == (date(2025, 3, 14), 97.0)
    assert found.gap("BTC.next_expiry_usd") == ("option_expiries: no forward price is listed, so there are no dollars")
    assert found.gap("BTC.put_call_open_interest") == NONE_TAKEN


def test_quotes_speak_before_a_list_of_expiries(tmp_path: Path) -> None:
    found = seen(tmp_path, Listed((expiry(TUESDAY, 6.0, 4.0),)), Listed((option(90.0, "put", 5.0, FRIDAY),)))
    assert (found["BTC.next_expiry_date"], found["BTC.max_pain_usd"]) == (date(2025, 3, 14), 90.0)
    assert {one.series for one in found.fact("BTC.max_pain_usd").inputs} == {"option_quotes/BTC/deribit/test"}


def test_an_expiry_without_size_or_max_pain_is_a_gap(tmp_path: Path) -> None:
    sizeless = seen(tmp_path, Listed((expiry(FRIDAY, None, 4.0), expiry(TUESDAY, 1.0, 1.0))))
    assert sizeless.gap("BTC.next_expiry_date") == "option_expiries: the open interest of 2025-03-14 is not known"
    painless = seen(tmp_path, Listed((expiry(FRIDAY, 1.0, 4.0, None),)))
    assert painless.gap("BTC.max_pain_usd") == "option_expiries: max pain of 2025-03-14 is not listed"


# ---- of each asset ---------------------------------------------------------------------------------------------------


def test_each_asset_has_its_own_list(tmp_path: Path) -> None:
    ether = tuple(replace(one, asset="ETH") for one in chain(30, puts=70, calls=72))
    found = seen(tmp_path, Listed((*chain(30, puts=55, calls=50),)), Listed(ether), how=setting(["BTC", "ETH", "SOL"]))
    assert [found[f"{asset}.skew_25d"] for asset in ("BTC", "ETH")] == pytest.approx([-5.0, 2.0])
    assert found.gap("SOL.skew_25d") == "skew_25d: no source has it for SOL"


def test_a_skew_of_quotes_is_not_compared_with_one_of_a_series(tmp_path: Path) -> None:
    """It is measured in another way: a change from one to the other would be no change of the market."""
    rows = {"skew_25d/BTC": days("2025-02-24", *[-9.0] * 7)}
    found = quoted(tmp_path, chain(30, puts=55, calls=50), rows)
    assert found["BTC.skew_25d"] == pytest.approx(-5.0)
    assert "BTC.skew_25d_change" not in found
