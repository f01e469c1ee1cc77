"""What is kept of weeks: bytes in and out, and of the rows behind values only those that are asked for."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from reporter import clock
from reporter.facts.kept import Behind, columns, pack
from reporter.facts.past import TEN_YEARS, Cell, Evidence, Key, Past, Values, Weekly, merged
from reporter.model import Input
from tests.desk import WEEK

KEYS: tuple[Key, ...] = (("BTC", "a_usd"), ("BTC", "b_usd"), ("market", "a_usd"))
NAMES = {number: f"payload {number}" for number in range(100)}

Numbers = st.integers(0, 2**62)
Rows = st.tuples(
    st.sampled_from(["price_close/BTC/all/test", "funding/BTC/okx+bybit/test", "fear_greed/market/all/é"]),
    Numbers, Numbers, st.integers(1, 10**6), st.lists(st.integers(0, 2**31), max_size=4).map(tuple),
)  # fmt: skip
Finite = st.floats(allow_nan=False, allow_infinity=False)
Week = st.dictionaries(
    st.sampled_from(KEYS),
    st.builds(Weekly, Finite, st.integers(1, 2**48 - 1), st.lists(Rows, max_size=5).map(tuple)),
)


def made(weeks: Mapping[int, Values], asked: list[set[int]] | None = None) -> Past:
    """The weeks packed and unpacked; what is asked for of the rows is noted."""
    bodies = {start: pack(values, KEYS) for start, values in weeks.items()}

    def fetch(starts: set[int]) -> dict[int, bytes]:
        if asked is not None:
            asked.append(starts)
        return {start: bodies[start][1] for start in starts}

    return columns({start: body[0] for start, body in bodies.items()}, KEYS, Behind(sorted(bodies), KEYS, fetch))


@given(st.dictionaries(st.integers(0, 50), Week, max_size=6))
def test_what_was_packed_comes_back(weeks: dict[int, Values]) -> None:
    past = made(weeks)
    assert past.starts.tolist() == sorted(weeks)
    for place, start in enumerate(sorted(weeks)):
        for key in KEYS:
            one = weeks[start].get(key)
            assert bool(np.isnan(past.values[key][place])) == (one is None)
            assert (past.values[key][place], past.bases[key][place]) == (one.value, one.basis) if one else True
            assert past.evidence([(key, place)]) == [one.evidence if one else ()]
    cells = [(key, place) for place in range(len(weeks)) for key in KEYS]
    assert past.evidence(cells) == [past.evidence([cell])[0] for cell in cells]


def row(first: int, *payloads: int, series: str = "s/BTC/all/test") -> Evidence:
    return series, first, first + 10, 2, payloads


def starts(count: int) -> list[int]:
    """The first seconds of so many weeks before WEEK."""
    return [clock.seconds(WEEK.shifted(n - count).start) for n in range(count)]


def test_rows_are_fetched_of_the_weeks_asked_for_and_once() -> None:
    asked: list[set[int]] = []
    past = made({n: {KEYS[0]: Weekly(1.0, 1, (row(n, n),))} for n in range(9)}, asked)
    assert asked == []
    past.evidence([(KEYS[0], 2), (KEYS[1], 2), (KEYS[0], 4)])
    past.evidence([(KEYS[0], 4), (KEYS[0], 5)])
    past.evidence([(KEYS[2], 5)])
    past.evidence([])
    assert asked == [{2, 4}, {5}]


def test_rows_of_a_series_are_one_input_and_count_once() -> None:
    other = row(3, 4, series="o/BTC/all/test")
    assert merged([row(50, 7, 1), other, row(20, 7), row(50, 7, 1)], NAMES) == (
        Input("s/BTC/all/test", clock.moment(20), clock.moment(60), 4, ("payload 1", "payload 7")),
        Input("o/BTC/all/test", clock.moment(3), clock.moment(13), 2, ("payload 4",)),
    )
    assert merged([], NAMES) == ()


def test_a_comparison_sees_ten_years_and_no_more() -> None:
    key = KEYS[0]
    past = made({start: {key: Weekly(float(n), 1)} for n, start in enumerate(starts(TEN_YEARS + 3))})
    seen = past.before(WEEK, key, 1)
    assert (len(seen), seen[0], seen[-1]) == (TEN_YEARS, TEN_YEARS + 2.0, 3.0)
    assert past.before(WEEK.shifted(-2), key, 1)[-1] == 1.0
    assert len(past.upto(WEEK, {}, {key: key}).starts) == TEN_YEARS + 1


def test_another_basis_is_blank_and_no_cell() -> None:
    key = KEYS[0]
    past = made({start: {key: Weekly(5.0, 1 + n % 2)} for n, start in enumerate(starts(4))})
    assert [math.isnan(value) for value in past.before(WEEK, key, 2)] == [False, True, False, True]
    assert past.cells(WEEK, key, 2, 3) == [(key, 1), (key, 3)]
    assert past.cells(WEEK, ("ETH", "a_usd"), 2, 3) == []
    assert past.before(WEEK, ("ETH", "a_usd"), 2).tolist() == []


def test_a_past_up_to_a_week_has_the_rows_under_its_own_names() -> None:
    lead, known, unknown = ("lead", "a_usd"), KEYS[0], ("lead", "z_usd")
    count = TEN_YEARS + 2
    past = made({start: {known: Weekly(float(n), 1, (row(n, 1),))} for n, start in enumerate(starts(count))})
    own = {known: Weekly(-1.0, 7, (row(999, 2),))}
    seen = past.upto(WEEK, own, {lead: known, unknown: ("BTC", "z_usd")})
    assert (seen.values[lead][0], seen.values[lead][-1], seen.bases[lead][-1]) == (2.0, -1.0, 7)
    assert np.isnan(seen.values[unknown]).all()
    cells: list[Cell] = [(lead, TEN_YEARS), (lead, 0), (unknown, TEN_YEARS), (lead, 1)]
    assert seen.evidence(cells) == [(row(999, 2),), (row(2, 1),), (), (row(3, 1),)]
