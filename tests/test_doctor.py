"""`reporter doctor`: what a user sees of a place where all is well, and of one where something is wrong."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from reporter import __version__, doctor, pipeline
from reporter.errors import RenderError
from tests import live_desk
from tests.desk_run import bodies, reporter, simulated
from tests.providers.server import Answer, Providers, Question, said

KEY = "made-up-professional"  # what the provider on this machine takes
USES = ("binance-spot", "gate")
RSS = b"<rss><channel><title>t</title></channel></rss>"


@pytest.fixture
def server() -> Iterator[Providers]:
    with Providers() as running:
        yield running


@dataclass(frozen=True)
class Seen:
    """What was found, by group and name."""

    lines: dict[tuple[str, str], doctor.Line]

    def __getitem__(self, what: tuple[str, str]) -> str:
        """`ok answers; nothing collected yet`."""
        return f"{doctor.mark(self.lines[what])} {self.lines[what].found}"

    @property
    def stops(self) -> list[str]:
        return [name for (_, name), line in self.lines.items() if doctor.mark(line) == doctor.STOPS]


def look(folder: Path, config: str | None = None) -> Seen:
    """What is found in a folder, without the command around it."""
    desk = live_desk.house(folder, config or (folder / "config.yaml").read_text())
    found = doctor.lines(desk, pipeline.chosen_week(desk, None, None))
    return Seen({(line.group, line.what): line for line in found})


def told(folder: Path, *arguments: str, config: str | None = None, **env: str) -> tuple[int, str]:
    """The command as a user runs it: its exit code, and what it printed."""
    if config:
        (folder / "config.yaml").write_text(config)
    done = reporter("doctor", *arguments, folder=folder, env=env)
    assert done.stderr == ""
    return done.returncode, done.stdout


def always(answer: Answer) -> Callable[[Question], Answer]:
    return lambda _: answer


# ---- all is well -----------------------------------------------------------------------------------------------------


def test_where_all_is_well_the_last_line_says_so(tmp_path: Path, server: Providers) -> None:
    code, text = told(tmp_path, config=live_desk.config(server, USES))
    lines = text.splitlines()
    assert code == 0
    assert [line for line in lines if not line.startswith(" ")] == [
        "program", "folders", "sources", "", "all is well",
    ]  # fmt: skip
    assert {line[:6] for line in lines if line.startswith(" ")} == {"  ok  "}
    assert f"  ok  reporter         {__version__}, Python {platform.python_version()}" in lines
    assert len({line.index("answers") for line in lines if "answers" in line}) == 1  # in columns
    assert "\x1b" not in text


def test_a_machine_gets_the_same_as_json(tmp_path: Path, server: Providers) -> None:
    server.faults["gate"] = always(said({}, 451))
    code, text = told(tmp_path, "--json", config=live_desk.config(server, USES))
    found = {line.pop("what"): line for line in json.loads(text)}
    assert code == 0
    assert found["gate"] == {
        "group": "sources",
        "found": "blocked from this address (HTTP 451); nothing collected yet",
        "well": False,
        "needed": False,
        "mark": "!",
    }
    assert found["data"]["mark"] == "ok"


def test_versions_and_fonts_are_named(tmp_path: Path, server: Providers) -> None:
    seen = look(tmp_path, live_desk.config(server, USES))
    assert {what for group, what in seen.lines if group == "program"} == {
        "reporter", *doctor.LIBRARIES, "Pango and fonts",
    }  # fmt: skip
    assert "Pango 1." in seen["program", "Pango and fonts"]
    assert seen.stops == []


def test_the_newest_value_of_each_source_is_named(tmp_path: Path, server: Providers) -> None:
    desk = live_desk.house(tmp_path, live_desk.config(server, USES))
    assert look(tmp_path)["sources", "gate"] == "ok answers; nothing collected yet"
    week = pipeline.chosen_week(desk, None, None)
    pipeline.collect(desk.round, week, pipeline.stores(desk))
    seen = look(tmp_path)
    assert seen["sources", "binance-spot"] == f"ok answers; newest value {week.last_day:%Y-%m-%d} 00:00"
    assert "series" in seen["folders", "history"]


def test_looking_leaves_nothing_behind(tmp_path: Path, server: Providers) -> None:
    look(tmp_path, live_desk.config(server, USES))
    assert list(bodies(tmp_path)) == ["config.yaml"]


def test_each_host_is_asked_one_question(tmp_path: Path, server: Providers) -> None:
    look(tmp_path, live_desk.config(server, USES))
    assert sorted(asked.provider for asked in server.asked) == sorted(USES)


def test_the_sample_needs_no_network(tmp_path: Path) -> None:
    seen = look(tmp_path, simulated())
    assert seen.stops == []
    assert seen["sources", "sample"].startswith("ok read from this machine")


# ---- keys ------------------------------------------------------------------------------------------------------------


def test_a_key_is_said_to_be_set_and_never_shown(tmp_path: Path, server: Providers) -> None:
    config = live_desk.config(server, ("coinglass", "coinalyze", "binance-spot"))
    code, text = told(tmp_path, config=config, COINGLASS_API_KEY=KEY)
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert code == 0
    assert "ok COINGLASS_API_KEY set, for coinglass" in lines
    assert "! COINALYZE_API_KEY not set, for coinalyze" in lines
    assert "ok coinglass answers; nothing collected yet" in lines
    assert "! coinalyze COINALYZE_API_KEY is not set; nothing collected yet" in lines
    assert lines[-1] == "a run can be made, without what is marked !"
    assert KEY not in text + told(tmp_path, "--json", COINGLASS_API_KEY=KEY)[1]


def test_a_key_that_is_refused_is_not_shown_either(tmp_path: Path, server: Providers) -> None:
    refused = "a-key-of-somebody-else"
    server.faults["coinglass"] = lambda asked: said(
        {"code": "401", "msg": f"no such key {asked.headers['cg-api-key']}"}
    )
    config = live_desk.config(server, ("coinglass", "binance-spot"))
    code, text = told(tmp_path, "--json", config=config, COINGLASS_API_KEY=refused)
    assert [line["mark"] for line in json.loads(text) if line["what"] == "coinglass"] == ["!"]
    assert refused not in text
    assert any(refused in asked.headers.get("cg-api-key", "") for asked in server.asked)
    assert code == 0


# ---- sources ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (said({}, 451), "blocked from this address (HTTP 451)"),
        (said({}, 503), "out of order (HTTP 503)"),
        (Answer(b"", 0), "the connection broke off"),
        (Answer(b"<!doctype html><p>Just a moment", 200, "text/html"), "HTML where JSON was due"),
        (said({"a": 1}), "answers what cannot be read: gate: "),
    ],
    ids=["blocked", "out of order", "down", "HTML", "another form"],
)
def test_a_source_that_does_not_answer_says_why(tmp_path: Path, server: Providers, answer: Answer, words: str) -> None:
    server.faults["gate"] = always(answer)
    seen = look(tmp_path, live_desk.config(server, USES))
    assert seen["sources", "gate"].startswith(f"! {words}")
    assert seen["sources", "binance-spot"].startswith("ok answers")
    assert seen.stops == []


def test_of_several_hosts_the_one_that_is_wrong_is_named(tmp_path: Path, server: Providers) -> None:
    feeds = {name: f"{server.url(name)}/feed" for name in ("good", "bad")}
    server.own["good"] = lambda _: Answer(RSS, media_type="application/rss+xml")
    server.own["bad"] = always(said({}, 451))
    config = yaml.safe_load(live_desk.config(server, USES))
    config["sources"]["papers"] = {"use": "news", "feeds": [{"outlet": k, "url": url} for k, url in feeds.items()]}
    seen = look(tmp_path, yaml.safe_dump(config))
    bad = feeds["bad"].split("/")[2]
    said_of_it = f"! 1 of 2 hosts answer ({bad}: blocked from this address (HTTP 451)); nothing collected yet"
    assert seen["sources", "papers"] == said_of_it


def test_where_no_source_answers_a_run_would_fail(tmp_path: Path, server: Providers) -> None:
    for use in USES:
        server.faults[use] = always(said({}, 451))
    code, text = told(tmp_path, config=live_desk.config(server, USES))
    assert code == 1
    assert "  no  all of them      none has anything to say here" in text.splitlines()
    assert text.splitlines()[-1] == "a run would fail; mend first: all of them"


# ---- folders and the program -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["data", "output"])
def test_a_file_where_a_folder_should_be_is_named(tmp_path: Path, server: Providers, folder: str) -> None:
    (tmp_path / folder).write_text("not a folder")
    code, text = told(tmp_path, config=live_desk.config(server, USES))
    assert code == 1
    (line,) = [line for line in text.splitlines() if line.startswith("  no ")]
    assert line.split()[1] == folder
    assert line.endswith("a file stands where a folder should be; move it away")
    assert (tmp_path / folder).read_text() == "not a folder"


def test_a_history_that_is_broken_is_named(tmp_path: Path, server: Providers) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "reporter.sqlite").write_bytes(b"this is no database, and never was one" * 99)
    seen = look(tmp_path, live_desk.config(server, USES))
    assert seen.stops == ["history"]
    assert seen["folders", "history"].startswith("no reporter.sqlite: the history cannot be used")


def test_without_pango_a_run_would_fail(tmp_path: Path, server: Providers, monkeypatch: pytest.MonkeyPatch) -> None:
    from reporter.render import pdf

    def engine() -> str:
        raise RenderError("PDF: WeasyPrint finds no Pango; install libpango-1.0-0")

    monkeypatch.setattr(pdf, "engine", engine)
    monkeypatch.setattr(doctor, "LIBRARIES", (*doctor.LIBRARIES, "no-such-library"))
    seen = look(tmp_path, live_desk.config(server, USES))
    assert seen.stops == ["no-such-library", "Pango and fonts"]
    said_last = doctor.summary(seen.lines.values())
    assert said_last == "a run would fail; mend first: no-such-library, Pango and fonts"


def test_a_mistake_in_the_config_comes_before_any_looking(tmp_path: Path, server: Providers) -> None:
    (tmp_path / "config.yaml").write_text(live_desk.config(server, USES, asets=["BTC"]))
    done = reporter("doctor", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean 'assets'?" in done.stderr
    assert server.asked == []


def test_the_help_says_what_the_exit_code_means(tmp_path: Path) -> None:
    done = reporter("doctor", "--help", folder=tmp_path)
    assert "Exit code 1 where a run would fail" in " ".join(done.stdout.split())
