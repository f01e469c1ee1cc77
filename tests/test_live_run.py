"""Whole weeks from providers on this machine, as they should be and as they are when something is wrong with one."""

from __future__ import annotations

import gzip
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reporter import clock, pipeline
from tests import live, live_desk
from tests.desk_run import QUIET, reporter
from tests.providers import binance_spot
from tests.providers.server import Answer, Providers, Question, said


@pytest.fixture
def server() -> Iterator[Providers]:
    with Providers() as running:
        yield running


def everything(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file below a folder, unpacked."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            body = path.read_bytes()
            yield path, gzip.decompress(body) if path.suffix == ".gz" else body


def pdf_text(path: Path) -> str:
    import pypdfium2  # type: ignore[import-untyped]

    document = pypdfium2.PdfDocument(path)
    return re.sub(r"\s+", " ", " ".join(page.get_textpage().get_text_bounded() for page in document))


def run(folder: Path, server: Providers, *arguments: str, **config: object) -> tuple[Path, dict[str, object]]:
    """`reporter run` in a folder: the note's own folder, and note.json."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(live_desk.config(server, **config))  # type: ignore[arg-type]
    done = reporter("run", *arguments, folder=folder, env={**QUIET, "COINGLASS_API_KEY": live.SECRET})
    assert done.returncode == 0, done.stderr
    (note,) = (folder / "output").glob("*/weekly")
    return note, json.loads((note / "note.json").read_text())


def test_a_keyless_week_becomes_a_pdf_that_says_what_it_rests_on(tmp_path: Path, server: Providers) -> None:
    note, record = run(tmp_path, server)
    assert "What this note rests on" in pdf_text(note / "note.pdf")
    coverage = record["coverage"]
    assert coverage["silent"] == []  # type: ignore[index]
    assert {"binance", "gate", "deribit"} <= set(coverage["venues"])  # type: ignore[index]
    facts = {f"{fact['subject']}.{fact['name']}" for fact in record["facts"]}  # type: ignore[attr-defined]
    assert {"BTC.price_usd", "market.liquidations_usd", "market.etf_net_flow_usd", "BTC.funding_apr"} <= facts
    assert " on Gate" in (note / "note.md").read_text()  # whose liquidations they are is said in the sentence


def test_a_week_of_coinglass_becomes_a_pdf_and_its_key_is_in_no_file(tmp_path: Path, server: Providers) -> None:
    note, record = run(tmp_path, server, uses=("coinglass", "binance-spot"))
    assert (note / "note.pdf").stat().st_size > 20_000
    topics = {rest["topic"]: rest["venue"] for rest in record["coverage"]["rests"]}  # type: ignore[index]
    assert topics["Liquidations"] == "binance+okx+bybit"
    assert any(live.SECRET in asked.headers.get("cg-api-key", "") for asked in server.asked)
    assert [path for path, body in everything(tmp_path) if live.SECRET.encode() in body] == []


# ---- one provider is not as it should be -----------------------------------------------------------------------------


def always(answer: Answer) -> Callable[[Question], Answer]:
    return lambda _: answer


FAULTS = {
    "down": (always(Answer(b"", 0)), "the connection"),
    "out of order": (always(said({}, 503)), "out of order (HTTP 503)"),
    "blocked": (always(said({"code": 0, "msg": "restricted location"}, 451)), "blocked from this address (HTTP 451)"),
    "lying in HTML": (always(Answer(b"<!doctype html><p>Just a moment", 200, "text/html")), ""),
    "rate limiting": (always(said({}, 429, Retry_After="3600")), "asked"),
    "cutting off": (always(Answer(b'[{"a": 1}, {"a"', 200, cut=9)), ""),
    "slow": (always(Answer(b"[]", delay=5)), ""),
}


@pytest.mark.expects_warnings
@pytest.mark.parametrize("fault", FAULTS)
def test_a_venue_with_a_fault_is_replaced_and_the_note_says_so(tmp_path: Path, server: Providers, fault: str) -> None:
    answer, words = FAULTS[fault]
    server.faults["binance-spot"] = server.faults["binance"] = answer
    _, frame, note = live_desk.collected(live_desk.house(tmp_path, live_desk.config(server)))
    price = frame.facts["BTC", "price_usd"].inputs[0].series
    assert price == "price_close/BTC/okx/okx"
    assert frame.facts["BTC", "funding_apr"].inputs[0].series == "funding/BTC/okx/okx"
    spoken = " ".join(note.coverage.fallbacks)
    assert "instead of Binance spot" in spoken
    assert words in spoken
    assert any(line.startswith("Binance spot: ") for line in note.coverage.silent)


@pytest.mark.expects_warnings
@pytest.mark.parametrize("use", live_desk.KEYLESS)
def test_any_single_provider_may_be_down(tmp_path: Path, server: Providers, use: str) -> None:
    server.faults[use] = always(said({}, 503))
    desk = live_desk.house(tmp_path, live_desk.config(server))
    kept = pipeline.stores(desk)
    week = pipeline.chosen_week(desk, None, None)
    pipeline.collect(desk.round, week, kept)
    frame, note = live_desk.written(desk, kept)
    assert len([line for line in note.coverage.silent if "HTTP 503" in line]) == 1
    missing = ("market", "liquidations_usd") not in frame.facts
    assert missing == (use == "gate")  # the one keyless source of a required fact: the run stops with exit code 3
    assert ("BTC", "price_usd") in frame.facts


@pytest.mark.expects_warnings
def test_without_a_required_fact_the_run_ends_with_three_and_names_it(tmp_path: Path, server: Providers) -> None:
    server.faults["gate"] = always(said({}, 503))
    (tmp_path / "config.yaml").write_text(live_desk.config(server))
    done = reporter("run", folder=tmp_path, env=QUIET)
    assert done.returncode == 3
    assert "market.liquidations_usd: required, and missing" in done.stderr
    assert not list((tmp_path / "output").glob("2*"))


def test_without_a_network_one_line_says_who_did_not_answer(tmp_path: Path, server: Providers) -> None:
    for use in live_desk.KEYLESS:
        server.faults[use] = always(Answer(b"", 0))
    (tmp_path / "config.yaml").write_text(live_desk.config(server))
    done = reporter("run", folder=tmp_path, env=QUIET)
    assert done.returncode == 3
    lines = [line for line in done.stderr.splitlines() if line.startswith("WARNING")]
    assert len(lines) == 1
    assert "binance-spot" in lines[0]
    assert "`reporter run --sample`" in lines[0]


@pytest.mark.expects_warnings
def test_one_answer_that_cannot_be_read_costs_one_series(tmp_path: Path, server: Providers) -> None:
    server.faults["binance"] = lambda asked: Answer(b'{"a": NaN}') if "fundingRate" in asked.path else None
    _, frame, note = live_desk.collected(live_desk.house(tmp_path, live_desk.config(server)))
    assert frame.facts["BTC", "funding_apr"].inputs[0].series == "funding/BTC/okx/okx"
    assert frame.facts["BTC", "open_interest_usd"].inputs[0].series == "open_interest/BTC/binance/binance"
    assert any("Binance" in line and "could not be read" in line for line in note.coverage.silent)


# ---- what is on disk is enough ---------------------------------------------------------------------------------------


def test_a_note_is_made_again_from_the_archive_alone(tmp_path: Path, server: Providers) -> None:
    desk = live_desk.house(tmp_path, live_desk.config(server))
    kept, _, note = live_desk.collected(desk)
    asked = len(server.asked)
    (tmp_path / "data" / "reporter.sqlite").unlink()
    for leftover in (tmp_path / "data").glob("reporter.sqlite-*"):
        leftover.unlink()
    again = pipeline.stores(desk)
    assert live_desk.rows(again) == live_desk.rows(kept) != {}
    later = live_desk.written(desk, again)[1]
    assert (later.digest, later.coverage) == (note.digest, note.coverage)
    assert len(server.asked) == asked


def test_a_backfill_that_goes_on_asks_nothing_twice(tmp_path: Path, server: Providers) -> None:
    desk = live_desk.house(tmp_path, live_desk.config(server, ("binance-spot", "gate", "deribit", "hyperliquid")))
    kept, week = pipeline.stores(desk), pipeline.chosen_week(desk, None, None)
    pipeline.backfill(desk.round, week, 20, kept)
    asked, known = len(server.asked), live_desk.rows(kept)
    assert pipeline.backfill(desk.round, week, 20, kept) == 0
    assert len(server.asked) == asked
    days = {at for name, at in known if name == "price_close/BTC/binance/binance-spot"}
    assert len(days) >= 20 * 7


@pytest.mark.expects_warnings
def test_a_revised_value_stands_beside_the_first_and_the_older_note_keeps_it(tmp_path: Path, server: Providers) -> None:
    desk = live_desk.house(tmp_path, live_desk.config(server, ("binance-spot", "gate")))
    kept, frame, _ = live_desk.collected(desk)
    before = clock.now()

    server.faults["binance-spot"] = lambda asked: Answer(_raised(binance_spot.answer(asked).body))
    time.sleep(1.1)  # the store tells moments apart by the second
    live_desk.collected(desk)
    week = pipeline.chosen_week(desk, None, None)
    assert pipeline.measure(desk, kept.history, week, before).facts == frame.facts
    closes = [at for name, at in live_desk.rows(kept) if name == "price_close/BTC/binance/binance-spot"]
    window = kept.history.rows(next(s for s in kept.history.series() if s.id == "price_close/BTC/binance/binance-spot"),
                               None, pipeline.FOREVER)  # fmt: skip
    assert len(window.at) == 2 * len(set(closes))  # the first value and the revision of each day


def _raised(body: bytes) -> bytes:
    """The candles with every close at its high."""
    rows = [[*row[:4], row[2], *row[5:]] for row in json.loads(body)]
    return json.dumps(rows).encode()


@pytest.mark.expects_warnings
def test_what_could_not_be_read_is_still_known_after_the_history_was_made_again(
    tmp_path: Path, server: Providers
) -> None:
    server.faults["binance"] = lambda asked: Answer(b'{"a": NaN}') if "fundingRate" in asked.path else None
    desk = live_desk.house(tmp_path, live_desk.config(server))
    note = live_desk.collected(desk)[2]
    for leftover in (tmp_path / "data").glob("reporter.sqlite*"):
        leftover.unlink()
    again = live_desk.written(desk, pipeline.stores(desk))[1]
    assert again.coverage == note.coverage
    assert any("could not be read" in line for line in again.coverage.silent)
