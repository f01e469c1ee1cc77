"""config.yaml: every mistake at once, each with its line and the nearest word, and no value that may be a key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from reporter import config
from reporter.config import Config, Freshness, Patience, check_order, check_required
from reporter.errors import ConfigError, Several
from reporter.strict_yaml import Document, parse

ROOT = Path(__file__).resolve().parent.parent
LEAST: Mapping[str, Any] = {
    "newsletter": {"name": "Note", "publisher": "Desk"},
    "assets": ["BTC", "ETH"],
    "sources": {"sample": {"use": "sample"}},
}
SECRET = "sk-live-4f9a8c77e1d24b0c"


def load(folder: Path, text: str) -> Config:
    path = folder / "config.yaml"
    path.write_text(text)
    return config.load(path)[0]


def with_(**changes: Any) -> str:
    """The smallest config that is complete, a line a key, with some keys changed; `...` leaves one out."""
    keys = {key: value for key, value in {**LEAST, **changes}.items() if value is not ...}
    return "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in keys.items())


def mistakes(folder: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(Several) as problem:
        load(folder, text)
    return problem.value.lines


# ---- what may stand there --------------------------------------------------------------------------------------------


def test_the_packaged_config_is_right() -> None:
    settings, document = config.load(ROOT / "config.yaml")
    assert (settings.assets, settings.lead_asset, settings.lag) == (("BTC", "ETH", "SOL"), "BTC", timedelta(hours=14))
    assert document.name == "config.yaml"


def test_most_keys_may_be_left_out(tmp_path: Path) -> None:
    settings = load(tmp_path, with_())
    assert (settings.edition, settings.data, settings.output, settings.lag) == (
        "weekly",
        "data",
        "output",
        timedelta(hours=14),
    )
    assert (settings.required, settings.venues, settings.newsletter.url) == ((), {}, "")


def test_what_is_written_is_what_is_set(tmp_path: Path) -> None:
    changes = {"lead_asset": "ETH", "edition": "asia-1_b", "publication_lag_hours": 0.5, "data": "/srv/data",
               "output": "../site", "venues": {"funding": ["binance", "all"]}}  # fmt: skip
    settings = load(tmp_path, with_(**changes))
    assert (settings.lead_asset, settings.edition, settings.lag) == ("ETH", "asia-1_b", timedelta(minutes=30))
    assert (settings.data, settings.output) == ("/srv/data", "../site")
    assert settings.venues == {"funding": ("binance", "all")}


def test_the_lead_is_said_by_name_or_as_lead(tmp_path: Path) -> None:
    text = with_(lead_asset="ETH", required=["lead.price_usd", "market.liquidations_usd", "BTC.price_usd"])
    assert load(tmp_path, text).required_keys() == (
        ("ETH", "price_usd"),
        ("market", "liquidations_usd"),
        ("BTC", "price_usd"),
    )


# ---- mistakes --------------------------------------------------------------------------------------------------------


def test_every_mistake_is_said_at_once(tmp_path: Path) -> None:
    text = dedent("""\
        newsletter:
          name: Weekly
          languag: en-US
          url: example.com
        asets: [BTC]
        assets: [BTC, ETH]
        lead_asset: DOGE
        edition: a/b
        publication_lag_hours: soon
        required: lead.price_usd
        venues:
          open_intrest: [all]
          funding: [all]
          basis: all
        data: 7
        output:
        sources:
          sample: sample
        """)
    assert sorted(mistakes(tmp_path, text)) == sorted([
        "config.yaml:1: 'publisher' is missing in 'newsletter'; add it",
        "config.yaml:3: unknown key 'languag' in 'newsletter'; did you mean 'language'?",
        "config.yaml:4: 'newsletter.url': expected the address of a page such as https://example.com",
        "config.yaml:5: unknown key 'asets'; did you mean 'assets'?",
        "config.yaml:7: 'lead_asset': 'DOGE' is not one of the assets (BTC, ETH); name the one that leads",
        "config.yaml:8: 'edition': expected small letters, digits, - and _",
        "config.yaml:9: 'publication_lag_hours': expected a number",
        "config.yaml:10: 'required': expected a list such as [a, b]",
        "config.yaml:12: 'venues.open_intrest': no series measures 'open_intrest'; did you mean 'open_interest'?",
        "config.yaml:14: 'venues.basis': expected a list such as [a, b]",
        "config.yaml:15: 'data': expected text; put it in quotes",
        "config.yaml:16: 'output': nothing stands here; give a value, or leave the key out",
        "config.yaml:18: 'sources.sample': expected keys and values below it",
    ])  # fmt: skip


WANTED = "expected the address of a page such as https://example.com"
PLAIN = "expected small letters, digits, - and _"


def house(**changes: str) -> dict[str, Any]:
    return {"newsletter": {**LEAST["newsletter"], **changes}}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"assets": ["BTC", "btc"]}, "2: 'assets.1': 'btc' is no ticker; write it as in BTC"),
        ({"assets": ["BTC", "BTC/USD"]}, "2: 'assets.1': 'BTC/USD' is no ticker; write it as in BTC"),
        ({"assets": ["BTC", "ÄTH"]}, "2: 'assets.1': 'ÄTH' is no ticker; write it as in BTC"),
        ({"assets": ["BTC", "BTC\n"]}, "2: 'assets.1': 'BTC\\n' is no ticker; write it as in BTC"),
        ({"assets": ["BTC", "A" * 13]}, "2: 'assets.1': 'AAAAAAAAAAAAA' is no ticker; write it as in BTC"),
        ({"assets": ["BTC", 1]}, "2: 'assets.1': expected text; put it in quotes"),
        ({"assets": ["BTC", "ETH", "BTC"]}, "2: 'assets': BTC stands twice; remove one"),
        ({"assets": []}, "2: 'assets': expected at least one"),
        ({"assets": "BTC"}, "2: 'assets': expected a list such as [a, b]"),
        ({"assets": ...}, "1: 'assets' is missing; add it"),
        ({"assets": ["ETH"]}, "1: 'lead_asset': 'BTC' is not one of the assets (ETH); name the one that leads"),
        ({"newsletter": "Note"}, "1: 'newsletter': expected keys and values below it"),
        (house(publisher="  "), "1: 'newsletter.publisher': may not be empty"),
        (house(name="a\tb"), "1: 'newsletter.name': expected one line of plain text"),
        (house(name="x" * 121), "1: 'newsletter.name': longer than 120 characters"),
        (house(language="en-gb"), "1: 'newsletter.language': 'en-gb' is not written yet; did you mean 'en-GB'?"),
        (house(language="de"), "1: 'newsletter.language': 'de' is not written yet; use en-US or en-GB"),
        (house(url="javascript:alert(1)"), f"1: 'newsletter.url': {WANTED}"),
        (house(url="https://me:pw@example.com"), f"1: 'newsletter.url': {WANTED}"),
        (house(url="https://example.com/a b"), f"1: 'newsletter.url': {WANTED}"),
        ({"publication_lag_hours": -1}, "4: 'publication_lag_hours': expected 0 or more"),
        ({"publication_lag_hours": 169}, "4: 'publication_lag_hours': expected 168 or less"),
        ({"publication_lag_hours": True}, "4: 'publication_lag_hours': expected a number"),
        ({"publication_lag_hours": "14"}, "4: 'publication_lag_hours': expected a number"),
        ({"edition": "Weekly"}, f"4: 'edition': {PLAIN}"),
        ({"edition": "../../etc"}, f"4: 'edition': {PLAIN}"),
        ({"edition": ""}, f"4: 'edition': {PLAIN}"),
        ({"edition": "weekly\n"}, f"4: 'edition': {PLAIN}"),
        ({"venues": {"funding": "all"}}, "4: 'venues.funding': expected a list such as [a, b]"),
        ({"required": ["lead.price_usd", 5]}, "4: 'required.1': expected text; put it in quotes"),
        ({"sources": {}}, "3: 'sources': expected at least one"),
        ({"sources": None}, "3: 'sources': nothing stands here; give a value, or leave the key out"),
    ],
)
def test_a_mistake_is_said_with_its_line(tmp_path: Path, changes: dict[str, Any], expected: str) -> None:
    assert mistakes(tmp_path, with_(**changes)) == (f"config.yaml:{expected}",)


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a\n- b\n", "just text\n", "14\n"])
def test_a_file_without_keys_is_no_config(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError) as problem:
        load(tmp_path, text)
    assert str(problem.value) == "config.yaml: expected keys such as 'newsletter', 'assets' and 'sources'"


@pytest.mark.parametrize(
    "text",
    [
        with_(assets=[SECRET]),
        with_(lead_asset=SECRET),
        with_(edition=SECRET.upper()),
        with_(publication_lag_hours=SECRET),
        with_(venues={SECRET: ["all"]}),
        with_(venues=SECRET),
        with_(sources={"x": SECRET}),
        with_(sources=SECRET),
        with_(newsletter=SECRET),
        with_(newsletter={"name": "N", "publisher": "P", "language": SECRET, "url": SECRET}),
        with_(data=f"~/{SECRET}", output=f"\t{SECRET}"),
        with_(data=f"out/{SECRET}", output="out"),
        with_(api_key=SECRET),
        with_(required=[SECRET, {"key": SECRET}]),
        f"newsletter: {SECRET}: x\n",
        f"newsletter: '{SECRET}\n",
        f"newsletter: &{SECRET} x\n",
        f"newsletter: !{SECRET} x\n",
        f"newsletter: @{SECRET}\n",
    ],
)
def test_no_message_repeats_what_may_be_a_key(tmp_path: Path, text: str) -> None:
    with pytest.raises((Several, ConfigError)) as problem:
        load(tmp_path, text)
    said = str(problem.value).replace(f"'venues.{SECRET}'", "")  # a name on the left of a colon is no value
    assert said
    assert SECRET.casefold() not in said.casefold()


# ---- folders ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["~/notes", "", " data", "data\n", "a\tb"])
@pytest.mark.parametrize("key", ["data", "output"])
def test_a_folder_that_is_easily_mistaken_is_refused(tmp_path: Path, key: str, folder: str) -> None:
    (line,) = mistakes(tmp_path, with_(**{key: folder}))
    assert line.startswith(f"config.yaml:4: '{key}': ")


@pytest.mark.parametrize(
    ("data", "output", "shown"),
    [
        ("data", "data", "data"),
        ("out/data", "out", "out/data"),
        ("./x", "x/", "x"),
        ("x/../out/data", "out", "out/data"),
        ("../data", "..", "../data"),
        ("data", ".", "data"),
        ("/srv/a", "/srv", "/srv/a"),
    ],
)
def test_what_was_fetched_is_not_published_with_the_notes(tmp_path: Path, data: str, output: str, shown: str) -> None:
    assert mistakes(tmp_path, with_(data=data, output=output)) == (
        f"config.yaml:5: 'output': 'data' ({shown!r}) would be published with it; give each a folder of its own",
    )


@pytest.mark.parametrize(("data", "output"), [("data", "data/site"), ("data", "database"), ("/a", "/b"), ("../x", "y")])
def test_folders_elsewhere_are_the_authors_choice(tmp_path: Path, data: str, output: str) -> None:
    settings = load(tmp_path, with_(data=data, output=output))
    assert (settings.data, settings.output) == (data, output)


# ---- required facts --------------------------------------------------------------------------------------------------

KNOWN = {("asset", "price_usd"): 1, ("asset", "funding_apr"): 1, ("market", "liquidations_usd"): 1}


def required(*keys: str) -> list[str]:
    text = with_(required=list(keys))
    document = parse(text, "config.yaml")
    return check_required(Config.model_validate(document.data), document, KNOWN)


def test_known_required_facts_are_no_mistake() -> None:
    assert required("lead.price_usd", "ETH.funding_apr", "market.liquidations_usd") == []


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("lead.price_us", "no fact of BTC is called 'price_us'; did you mean 'price_usd'?"),
        ("market.price_usd", "no fact of market is called 'price_usd'"),
        ("ETH.liquidations_usd", "no fact of ETH is called 'liquidations_usd'"),
        ("markets.liquidations_usd", "'markets' is no subject; did you mean 'market'?"),
        ("DOGE.price_usd", "'DOGE' is no subject"),
        ("price_usd", "'price_usd' names no subject; write it as lead.price_usd"),
    ],
)
def test_a_required_fact_that_nobody_offers_is_a_mistake(key: str, expected: str) -> None:
    assert required("lead.price_usd", key) == [f"config.yaml:4: required: {expected}"]


def test_every_unknown_required_fact_is_said() -> None:
    assert len(required("x.y", "lead.z", "lead.price_usd", "w")) == 3


# ---- a source's own settings -----------------------------------------------------------------------------------------


class Inner(config.Strict):
    column: str
    unit: str = "usd"


class Outer(config.Strict):
    name: str
    values: tuple[Inner, ...] = ()
    time: Inner | None = None


def test_a_mistake_deep_in_a_source_has_its_line_and_nearest_key() -> None:
    text = dedent("""\
        sources:
          flows:
            name: flows
            values:
              - column: Total
                unti: musd
            time: {colum: Date}
        """)
    document: Document = parse(text, "config.yaml")
    found, lines = config.check(Outer, document.data["sources"]["flows"], document, "sources", "flows")
    assert found is None
    assert lines == [
        "config.yaml:6: unknown key 'unti' in 'sources.flows.values.0'; did you mean 'unit'?",
        "config.yaml:7: 'column' is missing in 'sources.flows.time'; add it",
        "config.yaml:7: unknown key 'colum' in 'sources.flows.time'; did you mean 'column'?",
    ]


def test_settings_cannot_be_changed_afterwards(tmp_path: Path) -> None:
    settings = load(tmp_path, with_())
    with pytest.raises(ValueError, match="frozen"):
        settings.edition = "other"


# ---- who speaks, how old a value may be, how long the network is waited for ------------------------------------------


def test_order_freshness_and_patience_may_be_left_out(tmp_path: Path) -> None:
    settings = load(tmp_path, with_())
    assert (settings.order, settings.freshness) == ({}, {})
    assert settings.patience == Patience(read_seconds=20, question_seconds=60, overall_seconds=900, tries=4)


def test_order_freshness_and_patience_are_what_is_written(tmp_path: Path) -> None:
    changes = {"order": {"funding": ["b", "a"]}, "freshness": {"dvol": {"warn_hours": 0, "error_hours": 0.5}},
               "patience": {"tries": 2, "read_seconds": 1.5}}  # fmt: skip
    settings = load(tmp_path, with_(**changes))
    assert settings.order == {"funding": ("b", "a")}
    assert settings.freshness == {"dvol": Freshness(warn_hours=0, error_hours=0.5)}
    assert settings.patience == Patience(read_seconds=1.5, tries=2)


AGES = {"warn_hours": 1, "error_hours": 2}


def dvol(warn: object = 1, error: object = 2) -> dict[str, Any]:
    return {"freshness": {"dvol": {"warn_hours": warn, "error_hours": error}}}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"order": "sample"}, "'order': expected keys and values below it"),
        ({"order": {"fundin": ["sample"]}}, "'order.fundin': no series measures 'fundin'; did you mean 'funding'?"),
        ({"order": {"funding": "sample"}}, "'order.funding': expected a list such as [a, b]"),
        ({"order": {"funding": []}}, "'order.funding': expected at least one"),
        ({"order": {"funding": None}}, "'order.funding': nothing stands here; give a value, or leave the key out"),
        ({"order": {"funding": ["sample", 1]}}, "'order.funding.1': expected text; put it in quotes"),
        ({"freshness": {"dvo": AGES}}, "'freshness.dvo': no series measures 'dvo'; did you mean 'dvol'?"),
        ({"freshness": {"dvol": 24}}, "'freshness.dvol': expected keys and values below it"),
        ({"freshness": {"dvol": {"warn_hours": 1}}}, "'error_hours' is missing in 'freshness.dvol'; add it"),
        (
            {"freshness": {"dvol": {"warn_hours": 1, "error_hours": 2, "warn_hour": 3}}},
            "unknown key 'warn_hour' in 'freshness.dvol'; did you mean 'warn_hours'?",
        ),
        (dvol(3, 2), "'freshness.dvol.error_hours': expected no less than 'warn_hours'"),
        (dvol(-1), "'freshness.dvol.warn_hours': expected 0 or more"),
        (dvol(error=8785), "'freshness.dvol.error_hours': expected 8784 or less"),
        (dvol(error=1e300), "'freshness.dvol.error_hours': expected 8784 or less"),
        (dvol("24h"), "'freshness.dvol.warn_hours': expected a number"),
        (dvol("1"), "'freshness.dvol.warn_hours': expected a number"),
        (dvol(warn=True), "'freshness.dvol.warn_hours': expected a number"),
        ({"patience": {"tires": 3}}, "unknown key 'tires' in 'patience'; did you mean 'tries'?"),
        ({"patience": {"tries": 0}}, "'patience.tries': expected 1 or more"),
        ({"patience": {"tries": 11}}, "'patience.tries': expected 10 or less"),
        ({"patience": {"tries": 1.5}}, "'patience.tries': expected a whole number"),
        ({"patience": {"tries": True}}, "'patience.tries': expected a whole number"),
        ({"patience": {"read_seconds": 0}}, "'patience.read_seconds': expected more than 0"),
        ({"patience": {"read_seconds": "20"}}, "'patience.read_seconds': expected a number"),
        ({"patience": {"question_seconds": 3601}}, "'patience.question_seconds': expected 3600 or less"),
        ({"patience": {"overall_seconds": 1e9}}, "'patience.overall_seconds': expected 86400 or less"),
        ({"patience": 5}, "'patience': expected keys and values below it"),
    ],
)
def test_a_mistake_in_who_speaks_and_when_is_said_with_its_line(
    tmp_path: Path, changes: dict[str, Any], expected: str
) -> None:
    assert mistakes(tmp_path, with_(**changes)) == (f"config.yaml:4: {expected}",)


@pytest.mark.parametrize("hours", [".inf", ".nan", "-.inf"])
def test_an_age_without_end_is_no_number_of_hours(tmp_path: Path, hours: str) -> None:
    text = f"{with_()}freshness:\n  dvol:\n    warn_hours: 1\n    error_hours: {hours}\n"
    (line,) = mistakes(tmp_path, text)
    assert line.startswith("config.yaml:7: 'freshness.dvol.error_hours': expected ")


def test_each_mistake_deep_in_a_key_has_its_own_line(tmp_path: Path) -> None:
    text = with_() + dedent("""\
        order:
          funding:
            - sample
            - 5
        freshness:
          dvol: {warn_hours: 2, error_hours: 1}
          funding:
            warn_hours: 2
            eror_hours: 3
        """)
    assert sorted(mistakes(tmp_path, text)) == [
        "config.yaml:10: 'error_hours' is missing in 'freshness.funding'; add it",
        "config.yaml:12: unknown key 'eror_hours' in 'freshness.funding'; did you mean 'error_hours'?",
        "config.yaml:7: 'order.funding.1': expected text; put it in quotes",
        "config.yaml:9: 'freshness.dvol.error_hours': expected no less than 'warn_hours'",
    ]


def ordered(**order: list[str]) -> list[str]:
    sources = {name: {"use": "csv"} for name in ("spot", "mirror")}
    document = parse(with_(sources=sources, order=order), "config.yaml")
    return check_order(Config.model_validate(document.data), document)


def test_the_order_names_sources_of_the_config() -> None:
    assert ordered(funding=["mirror", "spot"], dvol=["spot"]) == []
    assert ordered(funding=["spot", "miror"], dvol=["csv"]) == [
        "config.yaml:4: order: no source is called 'miror'; did you mean 'mirror'?",
        "config.yaml:4: order: no source is called 'csv'",
    ]


def test_an_unknown_source_in_the_order_stands_with_its_own_line_and_no_key_is_repeated() -> None:
    text = with_() + f"order:\n  funding:\n    - sample\n    - smple\n    - {SECRET}\n"
    document = parse(text, "config.yaml")
    assert check_order(Config.model_validate(document.data), document) == [
        "config.yaml:7: order: no source is called 'smple'; did you mean 'sample'?",
        "config.yaml:8: order: no source is called this text",
    ]
