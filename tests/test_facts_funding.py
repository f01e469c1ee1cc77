"""Funding, its yearly rate by the hours of its interval, its signs and its cost."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import correlation, median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter import clock, units
from reporter.facts import measure_frame
from reporter.history import History
from reporter.model import Unit
from tests.desk import ALWAYS, WEEK, Found, Rows, Said, every, measured, say, setting, store

ROOT = Path(__file__).resolve().parent.parent

# Twenty-one settlements: fifteen of +0.01 %, six of -0.02 %; together 0.0003.
RATES = [0.0001] * 15 + [-0.0002] * 6


def test_a_week_of_eight_hour_funding(tmp_path: Path) -> None:
    found = measured(tmp_path, {"funding/BTC": every(8, "2025-03-03", *RATES)})
    assert found["BTC.funding_rate"] == pytest.approx(0.0003 / 21)
    assert found["BTC.funding_cost"] == pytest.approx(0.0003)
    assert found["BTC.funding_negative_share"] == pytest.approx(6 / 21)
    assert found["BTC.funding_apr"] == pytest.approx(0.0003 / 21 * 1095)  # 8760 / 8 intervals a year
    assert found.fact("BTC.funding_rate").unit == Unit.RATE


@pytest.mark.parametrize(("hours", "expected"), [(1, 0.876), (4, 0.219), (8, 0.1095)])
def test_the_yearly_rate_depends_on_the_hours_between_settlements(tmp_path: Path, hours: int, expected: float) -> None:
    rows = {"funding/BTC": every(hours, "2025-03-03", *[0.0001] * (168 // hours))}
    found = measured(tmp_path, rows, said=Said({"funding": hours}))
    assert found["BTC.funding_apr"] == pytest.approx(expected)  # 0.0001 x 8760 / hours
    assert found["BTC.funding_rate"] == pytest.approx(0.0001)


def test_a_rate_of_nothing_is_not_negative(tmp_path: Path) -> None:
    found = measured(tmp_path, {"funding/BTC": every(8, "2025-03-03", *[0.0] * 20, -0.0001)})
    assert found["BTC.funding_negative_share"] == pytest.approx(1 / 21)


def test_settlements_count_from_the_start_of_the_week_to_before_its_end(tmp_path: Path) -> None:
    rows = every(8, "2025-03-02 16:00", 0.5, *RATES, 0.5)
    assert measured(tmp_path, {"funding/BTC": rows})["BTC.funding_cost"] == pytest.approx(0.0003)


def test_a_mean_bears_one_missing_settlement_and_a_sum_does_not(tmp_path: Path) -> None:
    found = measured(tmp_path, {"funding/BTC": every(8, "2025-03-03", None, *[0.0001] * 20)})
    assert found["BTC.funding_rate"] == pytest.approx(0.0001)
    assert found.gap("BTC.funding_cost") == "funding: 20 of 21 expected rows between 2025-03-03 and 2025-03-09"


def test_two_missing_settlements_are_too_many_for_a_mean(tmp_path: Path) -> None:
    found = measured(tmp_path, {"funding/BTC": every(8, "2025-03-03", None, None, *[0.0001] * 19)})
    for fact in ("funding_rate", "funding_apr", "funding_negative_share"):
        assert found.gap(f"BTC.{fact}") == "funding: 19 of 21 expected rows between 2025-03-03 and 2025-03-09"


def test_four_hour_funding_in_a_series_of_eight_hours_is_refused(tmp_path: Path) -> None:
    # It would make a yearly rate of half the true one.
    found = measured(tmp_path, {"funding/BTC": every(4, "2025-03-03", *[0.0001] * 42)})
    assert (
        found.gap("BTC.funding_apr") == "funding: 42 rows, more than the 21 expected between 2025-03-03 and 2025-03-09"
    )


def test_weighted_funding_is_a_mean_of_days_and_for_eight_hours(tmp_path: Path) -> None:
    rows = {"funding_oi_weighted/BTC": every(24, "2025-03-03", *[0.0001] * 6, 0.0008)}
    # mean 0.0014 / 7 = 0.0002; x 8760 / 8 = 0.219
    assert measured(tmp_path, rows)["BTC.funding_oi_weighted_apr"] == pytest.approx(0.219)


def test_weighted_funding_needs_every_day(tmp_path: Path) -> None:
    rows = {"funding_oi_weighted/BTC": every(24, "2025-03-03", *[0.0001] * 6)}
    assert "6 of 7 expected rows" in measured(tmp_path, rows).gap("BTC.funding_oi_weighted_apr")


# ---- turns -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rates", "turns"),
    [
        ([0.0001] * 21, 0),
        ([0.0001] * 10 + [-0.0001] * 11, 1),
        ([0.0001, -0.0001] * 10 + [0.0001], 20),
        ([0.0001] * 10 + [0.0] + [0.0001] * 10, 0),  # a zero is no turn
        ([0.0001] * 10 + [0.0] * 3 + [-0.0001] * 8, 1),  # and does not hide one
        ([0.0] * 21, 0),
    ],
)
def test_a_turn_is_a_change_of_sign_between_settlements(tmp_path: Path, rates: list[float], turns: int) -> None:
    found = measured(tmp_path, {"funding/BTC": every(8, "2025-03-03", *rates)}).fact("BTC.funding_flips")
    assert (found.value, found.unit) == (turns, Unit.COUNT)


def test_a_turn_from_last_week_is_not_one_of_this_week(tmp_path: Path) -> None:
    rows = every(8, "2025-03-02 16:00", -0.0001, *[0.0001] * 21, -0.0001)
    assert measured(tmp_path, {"funding/BTC": rows})["BTC.funding_flips"] == 0


def test_a_missing_settlement_may_hide_turns(tmp_path: Path) -> None:
    found = measured(tmp_path, {"funding/BTC": every(8, "2025-03-03", *[0.0001] * 10, None, *[0.0001] * 10)})
    assert found.gap("BTC.funding_flips") == "funding: 20 of 21 expected rows between 2025-03-03 and 2025-03-09"


Rates = st.lists(st.sampled_from([-0.0002, 0.0, 0.0001]), min_size=21, max_size=21)


@given(rates=Rates)
def test_turns_do_not_depend_on_which_side_is_called_positive(
    tmp_path_factory: pytest.TempPathFactory, rates: list[float]
) -> None:
    one, other = (
        measured(tmp_path_factory.mktemp("turns"), {"funding/BTC": every(8, "2025-03-03", *each)})["BTC.funding_flips"]
        for each in (rates, [-rate for rate in rates])
    )
    assert one == other


# ---- across venues ---------------------------------------------------------------------------------------------------


def at_venues(folder: Path, rates: Mapping[str, tuple[int, float]], rows: Rows | None = None) -> Found:
    """A week of funding by venue, each with the hours of its interval and the same rate throughout."""
    history = store(folder, rows or {})
    for venue, (hours, rate) in rates.items():
        values = every(hours, "2025-03-03", *[rate] * (168 // hours))
        say(history, {f"funding/BTC/{venue}/{venue}": values}, Said({"funding": hours}))
    return Found(measure_frame(history, setting(sources=("test", *rates)), WEEK, ALWAYS))


# The same annual rate of 10.95 % at eight, four and one hours: 0.01 %, 0.005 % and 0.00125 %.
ALIKE = {"binance": (8, 0.0001), "okx": (4, 0.00005), "hyperliquid": (1, 0.0000125)}


def test_each_venue_is_annualised_by_its_own_interval(tmp_path: Path) -> None:
    found = at_venues(tmp_path, ALIKE)
    assert found["BTC.funding_dispersion_apr"] == pytest.approx(0.0, abs=1e-12)
    assert found["BTC.funding_venues"] == 3.0


def test_dispersion_is_the_highest_minus_the_lowest(tmp_path: Path) -> None:
    found = at_venues(tmp_path, {"binance": (8, 0.0001), "bybit": (8, -0.0001), "hyperliquid": (1, 0.00002)})
    # 0.0001 x 1095 = 0.1095, -0.1095 and 0.00002 x 8760 = 0.1752
    assert found["BTC.funding_dispersion_apr"] == pytest.approx(0.1752 + 0.1095)
    assert found.fact("BTC.funding_dispersion_apr").unit == Unit.APR


def test_one_venue_has_no_dispersion_and_no_weights(tmp_path: Path) -> None:
    rows: Rows = {"open_interest/BTC/binance": {"2025-03-10": 5.0}}
    found = at_venues(tmp_path, {"binance": (8, 0.0001)}, rows)
    assert found["BTC.funding_venues"] == 1.0
    assert found.gap("BTC.funding_dispersion_apr") == "funding: 1 of the 2 venues that a difference needs"
    expected = "funding: 1 of the 2 venues with open interest too that a mean needs"
    assert found.gap("BTC.funding_venues_weighted_apr") == expected


def test_a_venue_with_half_a_week_is_none(tmp_path: Path) -> None:
    history = store(tmp_path, {"funding/BTC/binance": every(8, "2025-03-03", *[0.0001] * 21)})
    say(history, {"funding/BTC/okx/other": every(8, "2025-03-03", *[0.01] * 12)})
    found = Found(measure_frame(history, setting(sources=("test", "other")), WEEK, ALWAYS))
    assert found["BTC.funding_venues"] == 1.0


def test_without_any_funding_there_are_no_venues(tmp_path: Path) -> None:
    found = measured(tmp_path, {"price_close/BTC": every(24, "2025-03-03", *[1.0] * 7)})
    assert found.gap("BTC.funding_venues") == "funding: no venue has the week"


WEIGHED: Rows = {
    "open_interest/BTC/binance": {"2025-03-10": 3000.0},
    "open_interest/BTC/hyperliquid": {"2025-03-10": 1000.0},
}
RATED = {"binance": (8, 0.0001), "hyperliquid": (1, 0.00005)}  # 0.1095 and 0.438 a year


def test_funding_is_weighted_by_the_dollars_at_each_venue(tmp_path: Path) -> None:
    found = at_venues(tmp_path, RATED, WEIGHED).fact("BTC.funding_venues_weighted_apr")
    assert found.value == pytest.approx((3000 * 0.1095 + 1000 * 0.438) / 4000)
    assert {one.series for one in found.inputs} == {
        "funding/BTC/binance/binance",
        "funding/BTC/hyperliquid/hyperliquid",
        "open_interest/BTC/binance/test",
        "open_interest/BTC/hyperliquid/test",
    }


def test_coins_are_weighed_at_the_spot_price_where_a_venue_gives_no_dollars(tmp_path: Path) -> None:
    rows: Rows = {
        "open_interest/BTC/binance": {"2025-03-10": 3000.0},
        "open_interest_coins/BTC/binance": {"2025-03-10": 777.0},  # its dollars come first
        "open_interest_coins/BTC/hyperliquid": {"2025-03-10": 20.0},
        "price_close/BTC": {"2025-03-09": 50.0},  # 20 x 50 = 1000 dollars
    }
    found = at_venues(tmp_path, RATED, rows)
    assert found["BTC.funding_venues_weighted_apr"] == pytest.approx((3000 * 0.1095 + 1000 * 0.438) / 4000)


def test_coins_without_a_price_weigh_nothing(tmp_path: Path) -> None:
    rows: Rows = {**WEIGHED, "open_interest_coins/BTC/okx": {"2025-03-10": 20.0}}
    found = at_venues(tmp_path, {**RATED, "okx": (8, 0.01)}, rows).fact("BTC.funding_venues_weighted_apr")
    assert found.value == pytest.approx((3000 * 0.1095 + 1000 * 0.438) / 4000)
    assert {one.series.split("/")[2] for one in found.inputs} == {"binance", "hyperliquid"}


def test_a_venue_without_one_of_the_two_is_left_out(tmp_path: Path) -> None:
    rows: Rows = {**WEIGHED, "open_interest/BTC/cme": {"2025-03-10": 9e9}, "open_interest/BTC": {"2025-03-10": 9e9}}
    found = at_venues(tmp_path, {**RATED, "kraken": (1, 0.01)}, rows).fact("BTC.funding_venues_weighted_apr")
    assert found.value == pytest.approx((3000 * 0.1095 + 1000 * 0.438) / 4000)
    assert {one.series.split("/")[2] for one in found.inputs} == {"binance", "hyperliquid"}


def test_weights_are_of_the_week_s_end_and_no_other_moment(tmp_path: Path) -> None:
    rows: Rows = {**WEIGHED, "open_interest/BTC/okx": {"2025-03-09 12:00": 9e9}}
    found = at_venues(tmp_path, {**RATED, "okx": (8, 0.01)}, rows)
    assert found["BTC.funding_venues_weighted_apr"] == pytest.approx((3000 * 0.1095 + 1000 * 0.438) / 4000)


def test_venues_without_positions_have_no_mean(tmp_path: Path) -> None:
    rows: Rows = {name: {"2025-03-10": 0.0} for name in WEIGHED}
    expected = "open_interest: no venue with funding has any at the end of the week"
    assert at_venues(tmp_path, RATED, rows).gap("BTC.funding_venues_weighted_apr") == expected


Yearly = st.floats(min_value=-2, max_value=2)
Size = st.floats(min_value=1, max_value=1e11)


@given(rates=st.tuples(Yearly, Yearly), sizes=st.tuples(Size, Size), scale=st.floats(min_value=1e-2, max_value=1e2))
def test_a_weighted_rate_lies_between_those_of_the_venues_and_knows_no_unit_of_weight(
    tmp_path_factory: pytest.TempPathFactory, rates: tuple[float, float], sizes: tuple[float, float], scale: float
) -> None:
    funding = {"binance": (8, rates[0] * 8 / 8760), "hyperliquid": (1, rates[1] / 8760)}
    folder = tmp_path_factory.mktemp("weights")
    one, other = (
        float(str(at_venues(folder, funding, {
            "open_interest/BTC/binance": {"2025-03-10": sizes[0] * by},
            "open_interest/BTC/hyperliquid": {"2025-03-10": sizes[1] * by},
        })["BTC.funding_venues_weighted_apr"]))
        for by in (1.0, scale)
    )  # fmt: skip
    assert min(rates) - 1e-9 <= one <= max(rates) + 1e-9
    assert one == pytest.approx(other, abs=1e-9)


# ---- against a published series --------------------------------------------------------------------------------------

INTERVALS = {"binance": 8, "bybit": 8, "hyperliquid": 1, "kraken": 1}
FIRST, WEEKS = clock.parse_week("2025-05-12"), 7  # the weeks that all files have


def real_rows(real_data: Path, name: str) -> Iterator[dict[str, str]]:
    with (real_data / "data" / name).open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def real_history(folder: Path, real_data: Path, asset: str) -> History:
    """Real funding and open interest of four venues, and what Coinglass publishes over all."""
    first, last = f"{FIRST.start:%Y-%m-%d}", f"{FIRST.shifted(WEEKS).start:%Y-%m-%d}~"
    funding: dict[str, dict[str, float]] = {venue: {} for venue in INTERVALS}
    for file in ("funding_8h.csv", "funding_1h_venues.csv"):
        for row in real_rows(real_data, file):
            if row["symbol"].removesuffix("USDT") == asset and first <= row["time"] < last:
                funding[row["exchange"]][row["time"]] = float(row["rate"])
    sizes: dict[str, dict[str, float]] = {venue: {} for venue in INTERVALS}
    for row in real_rows(real_data, "open_interest.csv"):
        if row["asset"] == asset and row["exchange"] in sizes and row["time"].endswith("00:00:00"):
            sizes[row["exchange"]][row["time"]] = float(row["oi_usd"])
    published = {row["date"]: float(row["oi_weighted_funding_close_pct"]) / 100
                 for row in real_rows(real_data, "funding_oi_weighted_daily.csv")
                 if row["asset"] == asset and first <= row["date"] < last}  # fmt: skip
    rows: Rows = {f"open_interest/{asset}/{venue}": values for venue, values in sizes.items()}
    history = store(folder, {**rows, f"funding_oi_weighted/{asset}": published})
    for venue, hours in INTERVALS.items():
        say(history, {f"funding/{asset}/{venue}/{venue}": funding[venue]}, Said({"funding": hours}))
    return history


def both_means(folder: Path, real_data: Path) -> list[tuple[float, float]]:
    """For bitcoin and ether in each week: our mean over venues, and the published one."""
    found = []
    for asset in ("BTC", "ETH"):
        history, how = real_history(folder, real_data, asset), setting([asset], sources=("test", *INTERVALS))
        for number in range(WEEKS):
            one = Found(measure_frame(history, how, FIRST.shifted(number), ALWAYS))
            assert one[f"{asset}.funding_venues"] == len(INTERVALS)
            names = ("funding_venues_weighted_apr", "funding_oi_weighted_apr")
            ours, theirs = (float(str(one[f"{asset}.{name}"])) for name in names)
            found.append((ours, theirs))
    return found


def test_our_mean_over_venues_agrees_with_the_published_one_as_the_documentation_says(
    tmp_path: Path, real_data: Path
) -> None:
    ours, theirs = zip(*both_means(tmp_path, real_data), strict=True)
    apart = sorted(abs(one - other) for one, other in zip(ours, theirs, strict=True))
    assert len(apart) == 14
    page = " ".join((ROOT / "docs" / "signals.md").read_text(encoding="utf-8").split())
    pattern = (
        r"correlation of ([\d.]+), a median absolute difference of ([\d.]+) percentage points, and at most ([\d.]+\d)"
    )
    said = re.search(pattern, page)
    assert said
    assert tuple(map(float, said.groups())) == (
        float(units.rounded(correlation(ours, theirs), 2)),
        float(units.rounded(median(apart) * 100, 2)),
        float(units.rounded(apart[-1] * 100, 2)),
    )
    assert correlation(ours, theirs) > 0.9
    assert median(apart) < 0.01
