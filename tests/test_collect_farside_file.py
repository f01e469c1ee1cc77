"""Pages of Farside that a person saved: which file is whose, and what is said of one that cannot be used."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from reporter.collect import farside_file
from reporter.errors import ConfigError
from reporter.model import Observation, Payload
from tests import live
from tests.providers import farside as fake


def settings(**changes: object) -> farside_file.Settings:
    return farside_file.Settings.model_validate({"name": "saved", "pages": {"BTC": "exports/btc.html"}, **changes})


def payloads(root: Path, made: farside_file.Settings) -> list[Payload]:
    return [
        Payload(hashlib.sha256(body).hexdigest(), answer, live.FETCHED, 200, media_type, body)
        for request in farside_file.requests(live.WEEK, made)
        for answer, body, media_type in farside_file.answers(request, made, root)
    ]


def save(root: Path, text: str) -> None:
    (root / "exports").mkdir()
    (root / "exports" / "btc.html").write_text(text)


def test_a_saved_page_gives_every_final_day_on_it(tmp_path: Path) -> None:
    save(tmp_path, fake.page("BTC", live.FETCHED))
    (one,) = payloads(tmp_path, settings())
    found = list(farside_file.parse(one, settings()))
    rows = [row for row in found if isinstance(row, Observation)]
    assert len(rows) == len(found) > 25  # more than the five weeks that are asked of a page on the network
    assert max(row.at for row in rows) + timedelta(hours=37) <= live.FETCHED
    assert {row.series for row in rows} == {"etf_flow/BTC/us_spot/saved"}


def test_an_answer_says_nothing_of_where_the_folder_lies(tmp_path: Path) -> None:
    save(tmp_path, "x")
    (one,) = payloads(tmp_path, settings(pages={"BTC": str(tmp_path / "exports" / "btc.html")}))
    assert (one.request.key, one.request.url, one.media_type) == ("flows/BTC", "file:btc.html", "text/html")


def test_a_file_that_is_not_there_is_the_authors_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"source 'saved': btc.html cannot be read \(No such file or directory\)"):
        payloads(tmp_path, settings())


def test_a_folder_is_no_page(tmp_path: Path) -> None:
    (tmp_path / "exports" / "btc.html").mkdir(parents=True)
    with pytest.raises(ConfigError, match=r"btc\.html cannot be read"):
        payloads(tmp_path, settings())


def test_a_page_without_the_table_is_the_authors_mistake(tmp_path: Path) -> None:
    save(tmp_path, "<html><title>Just a moment...</title></html>")
    (one,) = payloads(tmp_path, settings())
    with pytest.raises(ConfigError, match=r"saved: flows/BTC: no table .*; save btc.html anew$"):
        list(farside_file.parse(one, settings()))


def test_an_address_belongs_to_the_other_source() -> None:
    with pytest.raises(ValidationError, match="use farside for an address"):
        settings(pages={"BTC": "https://farside.co.uk/btc/"})


def test_what_an_older_page_said_stays() -> None:
    assert settings().rolling


def test_the_series_are_described_as_flows_of_farside() -> None:
    (one,) = farside_file.series(settings(), ["etf_flow/BTC/us_spot/saved"])
    assert (one.unit, one.cadence, one.delay) == ("usd", timedelta(days=1), timedelta(hours=13))
    assert (one.label, one.terms) == ("Farside", farside_file.terms(settings()))
    assert farside_file.label(settings(label="Our export")) == "Our export"
