"""The embedded sample: what its week looks like, that its series fit together, and that a broken file is refused."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import json
import math
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reporter.clock import parse_week
from reporter.collect import sample
from reporter.errors import ParseError, SourceError
from reporter.model import Kind, Observation, Payload, Request, Unit
from reporter.series import FORMS, TOPICS

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "reporter" / "collect" / "sample_data"
SETTINGS = sample.Settings()
WEEK = parse_week(sample.LAST_WEEK)
FIRST, START, END = (datetime(*day, tzinfo=UTC) for day in ((2024, 12, 9), (2026, 2, 9), (2026, 2, 16)))
DAY = timedelta(days=1)
ASSETS = ("BTC", "ETH", "SOL")
HOLIDAYS = {  # of the New York Stock Exchange, written down from its calendars; 2025-01-09 was a day of mourning
    date.fromisoformat(day)
    for day in (
        *(
            "2024-12-25",
            "2025-01-01",
            "2025-01-09",
            "2025-01-20",
            "2025-02-17",
            "2025-04-18",
            "2025-05-26",
            "2025-06-19",
        ),
        *("2025-07-04", "2025-09-01", "2025-11-27", "2025-12-25", "2026-01-01", "2026-01-19"),
    )
}

Values = Mapping[datetime, float]
Table = Mapping[str, Values]
Bodies = Mapping[str, bytes]


def payload(key: str, body: bytes) -> Payload:
    request = Request("sample", key=key, url=f"{sample.PREFIX}{key}.json.gz")
    return Payload(hashlib.sha256(body).hexdigest(), request, END, 200, "application/json", body)


def observations(key: str, body: bytes) -> list[Observation]:
    return list(sample.parse(payload(key, body), SETTINGS))


def table(bodies: Bodies) -> Table:
    """Every series of the sample: its values by time."""
    result: dict[str, dict[datetime, float]] = {}
    for key, body in bodies.items():
        for one in observations(key, body):
            result.setdefault(one.series.removesuffix("/sample"), {})[one.at] = one.value
    return result


@pytest.fixture(scope="module")
def committed() -> Bodies:
    return {one.key: sample.read(one.url) for one in sample.requests(WEEK, SETTINGS)}


@pytest.fixture(scope="module")
def generated() -> Bodies:
    """What the script makes today, with today's numpy."""
    spec = importlib.util.spec_from_file_location("make_sample", ROOT / "scripts" / "make_sample.py")
    assert spec and spec.loader
    script = importlib.util.module_from_spec(spec)
    # A dataclass looks its module up by name.
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "make_sample", script)
        spec.loader.exec_module(script)
        return dict(script.files())


@pytest.fixture(scope="module")
def data(committed: Bodies) -> Table:
    return table(committed)


def between(values: Values, first: datetime, end: datetime) -> list[float]:
    return [value for at, value in sorted(values.items()) if first <= at < end]


def liquidated(data: Table, first: datetime, end: datetime, *sides: str) -> float:
    chosen = sides or ("long", "short")
    return sum(sum(between(data[f"liquidations_{side}/{a}/all"], first, end)) for side in chosen for a in ASSETS)


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


# ---- the week of the note --------------------------------------------------------------------------------------------


def test_the_last_week_is_the_one_that_is_announced() -> None:
    assert (sample.LAST_WEEK, WEEK.start, WEEK.end, sample.ILLUSTRATIVE) == ("2026-W07", START, END, True)


def test_liquidations_of_the_week_are_near_one_point_nine_billion_and_mostly_longs(data: Table) -> None:
    total = liquidated(data, START, END)
    assert 1.85e9 <= total <= 1.95e9
    assert 0.70 <= liquidated(data, START, END, "long") / total <= 0.80


def test_most_of_the_liquidations_fall_on_two_days(data: Table) -> None:
    days = sorted((liquidated(data, START + n * DAY, START + (n + 1) * DAY) for n in range(7)), reverse=True)
    assert sum(days[:2]) > 0.6 * sum(days)
    assert days[0] < 0.6 * sum(days)


def test_liquidations_of_the_week_stand_out_of_the_year_but_not_alone(data: Table) -> None:
    weeks = [liquidated(data, START - 7 * n * DAY, START - 7 * (n - 1) * DAY) for n in range(53)]
    week, before = weeks[0], weeks[1:]
    assert 0.95 <= sum(other < week for other in before) / 52 < 1
    assert week < max(before) < 2 * week
    assert 2.5 < week / sorted(before)[26] < 5


def test_bitcoin_closes_near_seventy_thousand_and_clearly_lower(data: Table) -> None:
    closes = data["price_close/BTC/all"]
    close, before = closes[END - DAY], closes[START - DAY]
    assert 69_500 <= close <= 70_500
    assert -0.12 <= close / before - 1 <= -0.07


@pytest.mark.parametrize("asset", ASSETS)
def test_open_interest_falls_in_dollars_and_in_coins(data: Table, asset: str) -> None:
    dollars, coins = data[f"open_interest/{asset}/all"], data[f"open_interest_coins/{asset}/all"]
    assert -0.15 <= dollars[END] / dollars[START] - 1 <= -0.10
    assert -0.065 <= coins[END] / coins[START] - 1 <= -0.035


@pytest.mark.parametrize("asset", ASSETS)
def test_funding_is_near_flat_with_some_negative_intervals(data: Table, asset: str) -> None:
    rates = between(data[f"funding/{asset}/venue-a"], START, END)
    assert len(rates) == 21
    assert 0.002 <= mean(rates) * 3 * 365 <= 0.02
    assert 3 <= sum(rate < 0 for rate in rates) <= 10
    assert mean(rates) < 0.5 * mean(between(data[f"funding/{asset}/venue-a"], START - 7 * DAY, START))


@pytest.mark.parametrize("asset", ["BTC", "ETH"])
def test_fund_flows_are_negative_for_the_week_and_turn_at_its_end(data: Table, asset: str) -> None:
    flows = between(data[f"etf_flow/{asset}/us_spot"], START, END)
    assert len(flows) == 5
    assert all(flow < 0 for flow in flows[:3])
    assert flows[-1] > 0
    assert sum(flows) < 0


@pytest.mark.parametrize("asset", ["BTC", "ETH"])
def test_puts_are_dearer_than_calls_and_more_so_than_a_week_before(data: Table, asset: str) -> None:
    skew = data[f"skew_25d/{asset}/venue-c"]
    assert max(between(skew, START, END)) < 0
    assert skew[END - DAY] < skew[START - DAY] - 1
    assert mean(between(skew, START, END)) < mean(between(skew, START - 7 * DAY, START)) - 1


@pytest.mark.parametrize("asset", ["BTC", "ETH"])
def test_implied_volatility_rises_over_the_week(data: Table, asset: str) -> None:
    volatility = data[f"dvol/{asset}/venue-c"]
    assert volatility[END - DAY] > volatility[START - DAY] + 5


def test_fear_is_high_at_the_end_of_the_week(data: Table) -> None:
    fear = data["fear_greed/market/all"]
    assert 15 <= fear[END - DAY] <= 25
    assert mean(between(fear, START, END)) < mean(between(fear, START - 7 * DAY, START))
    assert all(value == int(value) for value in fear.values())


# ---- how the series fit together -------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["committed", "generated"])
def either(request: pytest.FixtureRequest) -> Table:
    """The committed files, and what the script makes today: the same must hold of both."""
    return table(request.getfixturevalue(request.param))


@pytest.mark.parametrize("asset", ASSETS)
def test_prices_are_continuous_and_highs_and_lows_enclose_them(either: Table, asset: str) -> None:
    opens, highs, lows, closes = (either[f"price_{part}/{asset}/all"] for part in ("open", "high", "low", "close"))
    assert len(opens) == 62 * 7
    for at in opens:
        assert 0 < lows[at] <= min(opens[at], closes[at]) <= max(opens[at], closes[at]) <= highs[at]
        assert lows[at] < highs[at]
        assert at == FIRST or opens[at] == closes[at - DAY]
        assert abs(math.log(closes[at] / opens[at])) < 0.2


@pytest.mark.parametrize("asset", ASSETS)
def test_open_interest_in_dollars_is_coins_times_the_price_of_that_instant(either: Table, asset: str) -> None:
    dollars, coins = either[f"open_interest/{asset}/all"], either[f"open_interest_coins/{asset}/all"]
    opens, closes = either[f"price_open/{asset}/all"], either[f"price_close/{asset}/all"]
    marks = {**opens, **{at + DAY: close for at, close in closes.items()}}
    assert list(dollars) == list(coins) == [FIRST + n * DAY for n in range(62 * 7 + 1)]
    assert all(math.isclose(dollars[at], coins[at] * marks[at], rel_tol=1e-6) for at in dollars)


@pytest.mark.parametrize("asset", ["BTC", "ETH"])
def test_flows_stand_on_every_session_and_on_no_other_day(either: Table, asset: str) -> None:
    days = [(FIRST + n * DAY).date() for n in range(62 * 7)]
    sessions = [day for day in days if day.weekday() < 5 and day not in HOLIDAYS]
    assert [at.date() for at in either[f"etf_flow/{asset}/us_spot"]] == sessions
    assert all(at.hour == 0 for at in either[f"etf_flow/{asset}/us_spot"])


def test_solana_has_no_funds_and_no_options(either: Table) -> None:
    measures = {name.split("/")[0] for name in either if "/SOL/" in name}
    assert not measures & {"etf_flow", "dvol", "skew_25d"}
    assert {"funding", "basis", "basis_apr", "open_interest", "liquidations_long"} <= measures


def test_every_measure_that_readers_know_by_name_is_there(either: Table) -> None:
    assert {name.split("/")[0] for name in either} == set(TOPICS) - {"perp_close_hourly"} | {"basis"}


def test_funding_is_settled_every_eight_hours(either: Table) -> None:
    for name in ("funding/BTC/venue-a", "funding/BTC/venue-b", "funding/ETH/venue-a", "funding/SOL/venue-a"):
        times = list(either[name])
        assert times == [FIRST + n * timedelta(hours=8) for n in range(62 * 21)]
        assert all(abs(rate) < 0.001 for rate in either[name].values())


def test_everything_ends_with_the_week_and_nothing_after_it(either: Table) -> None:
    for name, values in either.items():
        kind = FORMS[name.split("/")[0]].kind
        last = datetime(2026, 2, 13, tzinfo=UTC) if name.startswith("etf_flow") else END - DAY
        newest = max(values)
        assert newest == END if kind == Kind.INSTANT else last <= newest < END, name


def test_only_flows_and_rates_may_be_negative_and_nothing_is_zero(either: Table) -> None:
    signed = {"etf_flow", "skew_25d", "funding", "funding_oi_weighted", "basis", "basis_apr"}
    for name, values in either.items():
        assert all(math.isfinite(value) for value in values.values()), name
        if name.split("/")[0] not in signed:
            assert min(values.values()) > 0, name
    assert all(
        value != 0 for name in ("funding/BTC/venue-a", "etf_flow/BTC/us_spot") for value in either[name].values()
    )


def test_liquidations_follow_prices(either: Table) -> None:
    opens, closes = either["price_open/BTC/all"], either["price_close/BTC/all"]
    falls = [at for at in opens if closes[at] / opens[at] < 0.97]
    rises = [at for at in opens if closes[at] / opens[at] > 1.03]
    assert min(len(falls), len(rises)) > 5
    share = {
        name: liquidated_on(either, days, "long") / (liquidated_on(either, days, "long", "short"))
        for name, days in (("falls", falls), ("rises", rises))
    }
    assert share["falls"] > 0.75
    assert share["rises"] < 0.35


def liquidated_on(data: Table, days: list[datetime], *sides: str) -> float:
    return sum(liquidated(data, day, day + DAY, *sides) for day in days)


def test_the_year_holds_a_squeeze_of_shorts_and_a_smaller_flush(data: Table) -> None:
    weeks = [(FIRST + 7 * n * DAY, FIRST + 7 * (n + 1) * DAY) for n in range(61)]
    large = [(liquidated(data, *week), liquidated(data, *week, "long")) for week in weeks]
    assert any(longs / total < 0.3 for total, longs in large if 1e9 < total < 1.85e9)
    assert any(longs / total > 0.75 for total, longs in large if 1e9 < total < 1.85e9)


def test_flows_persist_from_session_to_session(data: Table) -> None:
    flows = list(data["etf_flow/BTC/us_spot"].values())
    middle = mean(flows)
    ahead = sum((a - middle) * (b - middle) for a, b in pairwise(flows))
    assert 0.2 < ahead / sum((flow - middle) ** 2 for flow in flows) < 0.8


# ---- the files -------------------------------------------------------------------------------------------------------


def test_the_files_are_small_and_hold_no_time_and_no_name() -> None:
    files = sorted(DATA.iterdir())
    assert [file.name for file in files] == sorted(f"{key}.json.gz" for key in sample.FILES)
    assert sum(file.stat().st_size for file in files) < 200_000
    for file in files:
        flags, written = file.read_bytes()[3], file.read_bytes()[4:8]
        assert (flags, written) == (0, b"\0\0\0\0"), file.name


def test_the_script_still_makes_these_series(committed: Bodies, generated: Bodies) -> None:
    """Not the same bytes: numpy may change its random streams."""
    old, new = table(committed), table(generated)
    assert {name: list(values) for name, values in old.items()} == {name: list(values) for name, values in new.items()}
    assert math.isclose(liquidated(new, START, END), liquidated(old, START, END), rel_tol=1e-3)
    assert new["price_close/BTC/all"][END - DAY] == old["price_close/BTC/all"][END - DAY]


def test_a_sample_has_at_most_thirty_thousand_observations(data: Table) -> None:
    assert 20_000 < sum(len(values) for values in data.values()) < 30_000


def test_requests_are_the_same_for_every_week() -> None:
    asked = sample.requests(WEEK, sample.Settings(name="demo"))
    assert asked == sample.requests(WEEK.shifted(-30), sample.Settings(name="demo"))
    assert {one.source for one in asked} == {"demo"}
    assert asked[0] == Request("demo", key="basis", url="package:reporter.collect/sample_data/basis.json.gz")


def test_an_answer_is_the_json_of_the_file(tmp_path: Path) -> None:
    asked = sample.requests(WEEK, SETTINGS)[0]
    [(request, body, media_type)] = sample.answers(asked, SETTINGS, tmp_path)
    assert (request, media_type) == (asked, "application/json")
    assert json.loads(body)["about"].startswith("Simulated")


def test_an_unknown_file_is_refused() -> None:
    for url in ("package:reporter.collect/sample_data/../sample.py", "prices.json.gz/", "package:reporter/model.py"):
        with pytest.raises(SourceError, match="none of its files"):
            sample.read(url)


@pytest.mark.parametrize(
    "body",
    [None, b"no gzip", gzip.compress(b"{}")[:-6], gzip.compress(b"{}")[:10] + b"\xff" * 20],
    ids=["missing", "no gzip", "cut off", "mangled"],
)
def test_a_damaged_installation_is_named(body: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sample_data").mkdir()
    if body is not None:
        (tmp_path / "sample_data" / "basis.json.gz").write_bytes(body)
    monkeypatch.setattr("importlib.resources.files", lambda _: tmp_path)
    with pytest.raises(SourceError, match=r"basis\.json\.gz cannot be read .*install the program again"):
        sample.read(f"{sample.PREFIX}basis.json.gz")


# ---- the catalogue ---------------------------------------------------------------------------------------------------


def test_the_catalogue_lists_exactly_the_series_of_the_files(data: Table) -> None:
    listed = {one.id: one for one in sample.series(SETTINGS)}
    assert listed.keys() == {f"{name}/sample" for name in data}
    for one in listed.values():
        form = FORMS[one.measure]
        assert (one.unit, one.kind, one.cadence) == (form.unit, form.kind, form.cadence)
        assert one.label.startswith("Simulated ")
        assert one.terms == "Simulated data, part of this program"
        assert one.delay == timedelta(hours=13 if one.measure == "etf_flow" else 0)


def test_readers_are_told_that_the_data_are_simulated() -> None:
    assert "simulated" in sample.label(SETTINGS).lower()
    assert sample.terms(SETTINGS) == "Simulated data, part of this program"


def test_the_catalogue_can_be_asked_for_some_series_under_another_name() -> None:
    wanted = {"dvol/BTC/venue-c/demo", "unknown/BTC/all/demo"}
    [one] = sample.series(sample.Settings(name="demo"), wanted)
    assert (one.id, one.unit) == ("dvol/BTC/venue-c/demo", Unit.POINTS)


# ---- parsing ---------------------------------------------------------------------------------------------------------


def small(**changes: Any) -> dict[str, Any]:
    """A file of fund flows with two series of two sessions; `changes` go into the first of them."""
    head = {"measure": "etf_flow", "venue": "us_spot", "unit": "usd", "kind": "interval", "cadence_hours": 24}
    body = {"times": ["2026-02-12T00:00Z", "2026-02-13T00:00Z"], "values": [-5, 7.5]}
    entries = [{**head, "asset": "BTC", **body, **changes}, {**head, "asset": "ETH", **body}]
    return {"about": "Simulated", "series": entries}


def parsed(document: object) -> list[Observation]:
    return observations("etf_flows", json.dumps(document).encode())


def without(document: dict[str, Any], key: str) -> dict[str, Any]:
    del document["series"][0][key]
    return document


def test_a_file_yields_an_observation_a_value_with_its_payload_and_its_number() -> None:
    body = json.dumps(small()).encode()
    found = observations("etf_flows", body)
    assert len(found) == 4
    assert found[1] == Observation(
        "etf_flow/BTC/us_spot/sample", datetime(2026, 2, 13, tzinfo=UTC), 7.5, hashlib.sha256(body).hexdigest(), 2
    )


def test_a_regular_series_steps_from_its_start() -> None:
    document = small(start="2026-02-09T00:00Z")
    assert [one.at.day for one in parsed(without(document, "times"))[:2]] == [9, 10]


@pytest.mark.parametrize(
    "document",
    [
        pytest.param([], id="a list"),
        pytest.param({"series": []}, id="nothing about it"),
        pytest.param({**small(), "about": math.nan}, id="NaN where no value stands"),
        pytest.param({"about": "", "series": 7}, id="series is a number"),
        pytest.param({"about": "", "series": []}, id="no series"),
        pytest.param({**small(), "more": 1}, id="a key too many"),
        pytest.param({"about": "", "series": small()["series"][:1]}, id="a series is missing"),
        pytest.param({"about": "", "series": [*small()["series"], small()["series"][0]]}, id="a series twice"),
        pytest.param({"about": "", "series": ["BTC", "ETH"]}, id="a series is text"),
        *(pytest.param(without(small(), key), id=f"no {key}") for key in small()["series"][0]),
        pytest.param(small(start="2026-02-09T00:00Z"), id="both a start and times"),
        pytest.param(small(note="x"), id="an unknown key"),
        pytest.param(small(asset="SOL"), id="an asset without funds"),
        pytest.param(small(asset=["BTC"]), id="an asset that is a list"),
        pytest.param(small(measure="dvol"), id="a measure of another file"),
        pytest.param(small(unit="coin"), id="another unit"),
        pytest.param(small(kind="instant"), id="another kind"),
        pytest.param(small(cadence_hours=8), id="another cadence"),
        pytest.param(small(cadence_hours=24.0), id="a cadence that is no whole number"),
        pytest.param(small(values=[1]), id="fewer values than times"),
        pytest.param(small(values=[1, 2, 3]), id="more values than times"),
        pytest.param(small(values=[], times=[]), id="no values"),
        pytest.param(small(values=7), id="values are a number"),
        pytest.param(small(values=[1, "2"]), id="a value is text"),
        pytest.param(small(values=[1, None]), id="a value is missing"),
        pytest.param(small(values=[1, True]), id="a value is true"),
        pytest.param(small(values=[1, [2]]), id="a value is a list"),
        pytest.param(small(values=[1, math.nan]), id="NaN"),
        pytest.param(small(values=[1, -math.inf]), id="infinity"),
        pytest.param(small(values=[1, 10**400]), id="a number beyond floats"),
        pytest.param(small(values=[1, 1e12]), id="a trillion in a session"),
        pytest.param(small(times=["2026-02-13T00:00Z", "2026-02-12T00:00Z"]), id="unordered times"),
        pytest.param(small(times=["2026-02-13T00:00Z", "2026-02-13T00:00Z"]), id="a time twice"),
        pytest.param(small(times=["2026-02-12", "2026-02-13"]), id="days for times"),
        pytest.param(small(times=["2026-02-12T00:00", "2026-02-13T00:00"]), id="times without a zone"),
        pytest.param(small(times=["2026-02-30T00:00Z", "2026-03-01T00:00Z"]), id="a day that is none"),
        pytest.param(small(times=["٢026-02-12T00:00Z", "2026-02-13T00:00Z"]), id="digits of another script"),
        pytest.param(small(times=[1, 2]), id="times are numbers"),
        pytest.param(small(times="ab"), id="times are text"),
        pytest.param(small(times=7), id="times are a number"),
        pytest.param(without(small(start=7), "times"), id="a start that is a number"),
        pytest.param(without(small(start="9999-12-31T00:00Z"), "times"), id="a start in another age"),
    ],
)
def test_an_odd_file_is_refused(document: object) -> None:
    with pytest.raises(ParseError, match=r"^sample etf_flows: ") as caught:
        parsed(document)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<html>busy</html>", id="a page"),
        pytest.param(json.dumps(small()).encode()[:-40], id="cut off"),
        pytest.param(json.dumps(small()).encode("utf-16"), id="UTF-16"),
        pytest.param(b"\xff" + json.dumps(small()).encode(), id="no UTF-8"),
        pytest.param(b"[" * 200_000, id="nested too deeply"),
        pytest.param(json.dumps(small()).encode().replace(b"7.5", b"9" * 5000), id="too many digits"),
        pytest.param(json.dumps(small()).encode().replace(b"7.5", b"1e999"), id="an overflow"),
        pytest.param(json.dumps(small()).replace('"unit"', '"unit": "coin", "unit"').encode(), id="a key twice"),
        pytest.param(json.dumps(small()).encode() + b"{}", id="two documents"),
    ],
)
def test_bytes_that_are_no_strict_json_are_refused(body: bytes) -> None:
    with pytest.raises(ParseError, match=r"^sample etf_flows: "):
        observations("etf_flows", body)


def test_an_unknown_key_is_refused_with_the_nearest() -> None:
    with pytest.raises(ParseError, match="sample price: no file of the sample has this name; did you mean 'prices'"):
        observations("price", b"{}")


def test_a_negative_amount_is_refused_where_none_can_be(committed: Bodies) -> None:
    document = json.loads(committed["liquidations"])
    document["series"][0]["values"][3] = -1
    with pytest.raises(ParseError, match="value 4 of liquidations_long/BTC/all/sample is no number or out of bounds"):
        observations("liquidations", json.dumps(document).encode())


def test_one_odd_value_keeps_the_whole_file_back() -> None:
    """Parsing fails before the first observation is handed out."""
    document = small()
    document["series"][1]["values"][1] = None
    with pytest.raises(ParseError):
        next(sample.parse(payload("etf_flows", json.dumps(document).encode()), SETTINGS))


def refused_or_sound(key: str, body: bytes) -> None:
    try:
        found = observations(key, body)
    except ParseError as problem:
        assert str(problem).startswith(f"sample {key}: ")
    else:
        assert all(type(one.value) is float and math.isfinite(one.value) for one in found)
        assert all(one.at.tzinfo is UTC for one in found)


@given(place=st.integers(0, 20_000), length=st.integers(0, 60), patch=st.binary(max_size=60))
@example(place=0, length=20_000, patch=b"")
@example(place=0, length=20_000, patch=b"NaN")
def test_mangled_bytes_are_refused_or_still_sound(place: int, length: int, patch: bytes) -> None:
    body = sample.read(f"{sample.PREFIX}etf_flows.json.gz")
    place %= len(body)
    refused_or_sound("etf_flows", body[:place] + patch + body[place + length :])


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from([10**400, "etf_flow"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@given(where=st.sampled_from([*small()["series"][0], "start"]), what=ANYTHING, change=st.booleans())
def test_an_odd_part_is_refused_or_still_sound(where: str, what: object, change: bool) -> None:
    """Any part replaced by anything; inside `times` and `values` one item of them."""
    document = small()
    part = document["series"][0].get(where)
    replaced = [*part[:-1], what] if isinstance(part, list) and change else what
    document["series"][0][where] = replaced
    refused_or_sound("etf_flows", json.dumps(document).encode())
