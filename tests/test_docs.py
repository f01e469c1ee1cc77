"""The documentation: what the code writes is up to date, examples do what they say, links and commands are there."""

from __future__ import annotations

import importlib.util
import json
import logging
import re
import shlex
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import pytest
import typer
from pydantic import BaseModel
from typer.testing import CliRunner

from reporter import collect, newsletter, pipeline, rules
from reporter.cli import app
from reporter.clock import now
from reporter.collect import mapping
from reporter.collect.live import Live
from reporter.config import Config, Freshness, Patience
from reporter.errors import ParseError, ReporterError
from reporter.facts import measures
from reporter.facts.catalogue import CATALOGUE
from reporter.facts.setting import ERROR_HOURS, USUAL_AGES, WARN_HOURS
from reporter.model import Observation, Payload
from reporter.render import markdown, specimen
from reporter.rules.filters import FILTERS
from tests import desk, live, live_desk
from tests import test_collect_every_source as every
from tests.providers.server import Providers, said

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
FENCE = re.compile(r"^```(\w+) ?([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^()\s]+)\)|(?:src|href)=\"([^\"]+)\"")
HEAD = "newsletter: {name: A note, publisher: A desk}\nassets: [BTC, ETH]\n"

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page: its language, what stands behind it, and its lines."""

    language: str
    name: str
    body: str


def blocks(page: str) -> list[Block]:
    return [Block(*found) for found in FENCE.findall((ROOT / page).read_text(encoding="utf-8"))]


def block(page: str, language: str, name: str = "") -> str:
    """The first such block."""
    return next(one.body for one in blocks(page) if (one.language, one.name) == (language, name))


def module(path: Path) -> ModuleType:
    """The module in a file; a dataclass in it looks it up by name."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader
    made = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, path.stem, made)
        spec.loader.exec_module(made)
    return made


# ---- what the code writes --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def catalogue() -> Any:
    return module(ROOT / "scripts" / "catalogue.py")


def test_what_the_code_says_of_itself_is_up_to_date(catalogue: Any, capsys: pytest.CaptureFixture[str]) -> None:
    code = catalogue.main(["--check"])
    assert (code, capsys.readouterr().err) == (0, "")


def test_a_page_that_is_not_is_named_and_left_alone(
    catalogue: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (ROOT / "docs" / "facts.md").read_bytes()
    monkeypatch.setattr(catalogue, "pages", lambda: [catalogue.Page("docs/facts.md", "# Other facts\n")])
    assert catalogue.main(["--check"]) == 1
    assert capsys.readouterr().err == "docs/facts.md: not what the code says; run make docs\n"
    assert (ROOT / "docs" / "facts.md").read_bytes() == before


@pytest.mark.parametrize("text", ["", "<!-- x: written by `make docs` -->\n", "<!-- end of x -->\n"])
def test_a_page_without_the_marks_of_its_block_is_named(catalogue: Any, text: str) -> None:
    with pytest.raises(ReporterError, match=r"docs/y\.md: the marks of the block 'x'"):
        catalogue.filled(text, "docs/y.md", "x", "body")


def test_what_stood_between_the_marks_is_replaced(catalogue: Any) -> None:
    text = "a\n<!-- x: written by `make docs` -->\nold\n<!-- end of x -->\nz\n"
    wanted = "a\n<!-- x: written by `make docs` -->\n\nnew\n\n<!-- end of x -->\nz\n"
    assert catalogue.filled(text, "y.md", "x", "new\n") == wanted


def test_every_fact_is_listed_and_base_rates_have_no_rows_of_their_own(catalogue: Any) -> None:
    lines = list(catalogue.facts_page())
    listed = {name for line in lines for name in SPAN.findall(line)}
    assert set(CATALOGUE) <= listed
    rows = {found[1] for line in lines if (found := re.match(r"\| `(\w+)` \|", line))}
    back = {name for name, one in CATALOGUE.items() if one.looks_back}
    assert rows & set(CATALOGUE) == set(CATALOGUE) - back
    assert rows >= {"flush", "price_rose"}


def test_a_row_names_what_a_fact_is_measured_on_and_who_gives_it(catalogue: Any) -> None:
    lines = [line for line in catalogue.facts_page() if line.startswith(("| `skew_25d` ", "| `volatility_shock` "))]
    rate, names, skew = ([cell.strip() for cell in line.strip("|").split(" | ")] for line in lines)
    assert skew[4:6] == ["`option_quotes`, `skew_25d`", "`csv`, `sample`, `deribit`"]
    assert rate[2:] == ["`dvol`", "`dvol`", "`csv`, `sample`, `deribit`"]
    assert len(SPAN.findall(names[1])) == 10


# ---- docs/csv.md -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Example:
    """A mapping, a file for it, and what the page says of the two."""

    mapping: str
    file: Block
    said: str


def examples() -> Iterator[Example]:
    found, yaml = blocks("docs/csv.md"), ""
    for number, one in enumerate(found):
        if one.language == "yaml":
            yaml = one.body
        elif one.language == "csv":
            assert found[number + 1].language == "text", f"{one.name}: say what becomes of it"
            yield Example(yaml, one, found[number + 1].body)


def read(folder: Path, example: Example) -> Iterator[str]:
    """What the source of a mapping makes of its files, a line each."""
    (folder / "config.yaml").write_text(HEAD + example.mapping, encoding="utf-8")
    found, mistakes = pipeline.configured(newsletter.load(folder / "config.yaml"))
    assert mistakes == []
    (source,) = found
    path = folder / example.file.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(example.file.body.encode(source.settings.model_dump()["encoding"]))
    local = cast(collect.LocalSource, source.module)
    (request,) = local.requests(desk.WEEK, source.settings)
    for asked, body, media_type in local.answers(request, source.settings, folder):
        for one in local.parse(Payload("0", asked, now(), 200, media_type, body), source.settings):
            yield f"{one.series} {one.at:%Y-%m-%d %H:%M} {one.value}" if isinstance(one, Observation) else str(one)


@pytest.mark.parametrize("example", list(examples()), ids=lambda example: example.file.name)
def test_an_example_of_a_mapping_gives_what_the_page_says(tmp_path: Path, example: Example) -> None:
    try:
        lines = list(read(tmp_path, example))
    except ReporterError as problem:
        lines = [str(problem)]
    assert lines == [re.sub(r" {2,}", " ", line) for line in example.said.splitlines()]


def described(part: str, page: str = "csv") -> dict[str, str]:
    """The keys of a table of a page, and what each says of leaving them out."""
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    rows = text.partition(f"| {part} |")[2].partition("\n\n")[0].splitlines()[2:]
    cells = ([cell.strip() for cell in row.strip("|").split(" | ")] for row in rows)
    return {key.strip("`"): default for key, default, *_ in cells}


@pytest.mark.parametrize(
    ("part", "model"),
    [
        ("Key", mapping.Settings),
        ("Key of `time`", mapping.Time),
        ("Key of `asset`, `venue`", mapping.Column),
        ("Key of `values`", mapping.Value),
    ],
)
def test_every_key_of_a_mapping_is_described_with_its_default(part: str, model: type[BaseModel]) -> None:
    found = described(part)
    fields = {name: field for name, field in model.model_fields.items() if name != "name"}
    assert set(found) == set(fields)
    assert {name for name, default in found.items() if default == "required"} == {
        name for name, field in fields.items() if field.is_required()
    }
    for name, default in found.items():
        if default.startswith("`"):
            assert default.strip("`") in written(fields[name].get_default(call_default_factory=True)), name


def written(value: Any) -> tuple[str, ...]:
    """A default as a page may write it: as text, or as YAML."""
    as_yaml = json.dumps(list(value) if isinstance(value, tuple) else value)
    return str(value), as_yaml, f"{value:g}" if isinstance(value, float) else as_yaml


# ---- docs/sources.md -------------------------------------------------------------------------------------------------


def of_source(use: str) -> str:
    """What the page says of a source."""
    text = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    _, found, rest = text.partition(f"\n### {use}\n")
    assert found, f"docs/sources.md says nothing of {use}; run make docs"
    return re.split(r"^### |^<!-- end", rest, maxsplit=1, flags=re.MULTILINE)[0]


@pytest.mark.parametrize("use", sorted(collect.SOURCES))
def test_every_source_is_described_with_its_measures_and_keys(use: str) -> None:
    said, module = set(SPAN.findall(of_source(use))), collect.source(use)
    keys = set(module.Settings.model_fields) - set(Live.model_fields) - {"name", "use"}
    assert use == "csv" or keys <= said  # whose keys have a page of their own
    if collect.is_live(module):
        settings = live.settings(use)
        asked = module.requests(desk.WEEK, settings)
        named = {name for one in asked for name in one.secrets.values()}
        assert {settings.base_url, *named, *(one.partition("/")[0] for one in module.GIVES)} <= said  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("part", "model", "elsewhere"),
    [
        ("Key", Config, {"newsletter", "assets", "lead_asset", "edition", "publication_lag_hours", "required", "data",
                         "output"}),
        ("Key of `freshness`", Freshness, set()),
        ("Key of `patience`", Patience, set()),
        ("Key of a source on the network", Live, {"name"}),
    ],
)  # fmt: skip
def test_every_key_for_sources_is_described_with_its_default(
    part: str, model: type[BaseModel], elsewhere: set[str]
) -> None:
    found = described(part, "sources")
    assert set(found) == set(model.model_fields) - elsewhere
    for name, default in found.items():
        field = model.model_fields[name]
        assert (default == "required") == field.is_required() or model is Live, name  # each source has its own defaults
        if default.startswith("`"):
            assert default.strip("`") in written(field.get_default()), name
    example = (ROOT / "config.yaml").read_text(encoding="utf-8")
    assert [key for key in elsewhere - {"name"} if not re.search(rf"^{key}:", example, re.MULTILINE)] == []


def test_the_usual_ages_of_the_page_are_those_of_the_program() -> None:
    text = " ".join(prose(ROOT / "docs" / "sources.md").split())
    found = re.search(r"does not name has (\d+) and (\d+) hours; (.*?) have (\d+) and (\d+),", text)
    assert found
    ages = (float(found[4]), float(found[5]))
    usual, other = (WARN_HOURS, ERROR_HOURS), dict.fromkeys(re.findall(r"`(\w+)`", found[3]), ages)
    assert (float(found[1]), float(found[2])) == usual
    assert other == USUAL_AGES


def test_the_config_of_the_page_does_what_is_said_of_it(tmp_path: Path) -> None:
    chosen = live_desk.house(tmp_path, block("docs/sources.md", "yaml"))
    assert [one.name for one in chosen.sources] == ["coinglass", "binance-spot", "mirror", "binance", "okx"]
    places = ("funding/BTC/binance/binance", "funding/BTC/okx/okx", "open_interest/BTC/all/coinglass",
              "open_interest/BTC/binance/binance", "open_interest/BTC/okx/okx")  # fmt: skip
    series = [desk.described(name, desk.USUAL) for name in places]
    best = sorted(filter(chosen.setting.allows, series), key=lambda one: (one.measure, chosen.setting.preference(one)))
    assert [one.source for one in best] == ["okx", "binance", "binance", "coinglass"]


def test_a_blocked_source_and_a_missing_key_are_said_as_on_the_page(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    warnings, lines = (one.body for one in blocks("docs/sources.md") if one.language == "text")
    with Providers() as server:
        server.faults["binance-spot"] = lambda _: said({}, 451)
        chosen = live_desk.house(tmp_path, live_desk.config(server, ("binance-spot", "okx", "gate", "coinalyze")))
        _, _, note = live_desk.collected(chosen)
    assert [f"WARNING {message}" for message in caplog.messages] == warnings.splitlines()
    page = markdown.page(note, chosen.newsletter.templates).body.decode()
    for line in lines.splitlines():
        assert re.search(re.sub(r"November\\ \d+", r"\\w+ \\d+", re.escape(line)), page), line


# ---- docs/rulebooks.md -----------------------------------------------------------------------------------------------

HOUSE = block("docs/rulebooks.md", "yaml")


@dataclass(frozen=True)
class Session:
    """A command of docs/rulebooks.md, what it is said to print, and what was changed in the rulebook before."""

    command: str
    said: str
    change: str


def sessions() -> Iterator[Session]:
    change = ""
    for one in blocks("docs/rulebooks.md"):
        if one.language == "diff":
            change = one.body
        elif one.language == "console":
            command, _, said = one.body.partition("\n")
            yield Session(command.removeprefix("$ reporter "), said, change)
            change = ""


@pytest.fixture
def own_logging() -> Iterator[None]:
    """The command line sets up the log for itself; what was there comes back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def house(folder: Path, change: str = "") -> Path:
    """The config of a newsletter with the rulebook of the page, changed."""
    old, new = ([line[1:] for line in change.splitlines() if line.startswith(sign)] for sign in "-+")
    text = HOUSE
    for before, after in zip(old, new, strict=True):
        assert text.splitlines().count(before) == 1, f"no such line: {before}"
        text = text.replace(f"{before}\n", f"{after}\n")
    (folder / "templates" / "rules").mkdir(parents=True)
    (folder / "templates" / "rules" / "house.yaml").write_text(text, encoding="utf-8")
    (folder / "config.yaml").write_bytes((ROOT / "config.yaml").read_bytes())
    return folder / "config.yaml"


def is_as_said(output: str, said: str) -> bool:
    """Whether the output is what was said, where a line `...` stands for any lines."""
    parts = re.split(r"^\.\.\.$\n?", said, flags=re.MULTILINE)
    return re.fullmatch(".*".join(map(re.escape, parts)), output, re.DOTALL) is not None


@pytest.mark.usefixtures("own_logging")
@pytest.mark.parametrize("session", list(sessions()), ids=lambda session: session.command)
def test_a_command_prints_what_the_page_says(tmp_path: Path, session: Session) -> None:
    config = house(tmp_path, session.change)
    done = CliRunner().invoke(app, [*shlex.split(session.command), "--config", str(config)])
    assert is_as_said(done.output, session.said), done.output
    names_a_mistake = re.search(r"^rules/", session.said, re.MULTILINE)
    assert done.exit_code == (2 if names_a_mistake else 0)


def test_every_filter_is_in_the_table_of_filters() -> None:
    spans = set(SPAN.findall((ROOT / "docs" / "rulebooks.md").read_text(encoding="utf-8")))
    named = {re.split(r"\W", span)[0] for span in spans}
    assert set(FILTERS) <= named


def test_the_rulebook_of_the_page_is_as_it_should_be(tmp_path: Path) -> None:
    loaded = newsletter.load(house(tmp_path))
    assert rules.run_cases(rules.load(loaded.templates, measures())) == ()


# ---- README.md -------------------------------------------------------------------------------------------------------


def quoted() -> Iterator[tuple[str, str]]:
    """Each command of the README that prints something there, and what."""
    for one in blocks("README.md"):
        for command, output in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)+)", one.body, re.MULTILINE):
            yield command, output.strip("\n") + "\n"


@pytest.mark.usefixtures("own_logging")
def test_the_sample_prints_what_the_readme_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = {"make note": "run --sample"}  # what `make` runs at last
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_bytes((ROOT / "config.yaml").read_bytes())
    found = {commands.get(command, command.removeprefix("reporter ")): output for command, output in quoted()}
    assert [*found] == ["run --sample", "make test", 'explain "contracts for" --sample']
    for command in (one for one in found if one != "make test"):
        done = CliRunner().invoke(app, shlex.split(command))
        assert is_as_said(done.output, found[command]), done.output


# ---- CONTRIBUTING.md -------------------------------------------------------------------------------------------------


def skeleton(folder: Path, name: str) -> Any:
    path = folder / f"{name}_skeleton.py"
    path.write_text(block("CONTRIBUTING.md", "python", name), encoding="utf-8")
    return module(path)


@pytest.fixture
def recorder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The source of the recipe and its provider, where the recipe says that they should lie."""
    made = skeleton(tmp_path, "source")
    monkeypatch.setitem(sys.modules, "reporter.collect.recorder", made)
    monkeypatch.setitem(sys.modules, "tests.providers.recorder", skeleton(tmp_path, "provider"))
    monkeypatch.setitem(collect.SOURCES, "recorder", "reporter.collect.recorder")
    return made


@pytest.mark.usefixtures("recorder")
def test_the_source_of_the_recipe_passes_the_tests_of_the_recipe_and_those_of_every_source() -> None:
    space: dict[str, Any] = {"pytest": pytest, "live": live, "ms": live.ms, "source": collect.source,
                             "ParseError": ParseError}  # fmt: skip
    exec(compile(block("CONTRIBUTING.md", "python", "source-test"), "source-test", "exec"), space)
    tests = [value for name, value in space.items() if name.startswith("test_")]
    assert len(tests) == 3
    for test in tests:
        test()
    every.test_a_default_week_gives_every_series_that_the_source_is_there_for("recorder")
    every.test_questions_have_names_of_their_own_and_hold_no_key("recorder")
    every.test_no_answer_however_mangled_does_harm("recorder")


def recorded(folder: Path, server: Providers) -> tuple[pipeline.Desk, pipeline.Stores]:
    """A newsletter on the source of the recipe, collected from a server on this machine."""
    chosen = live_desk.house(folder, live_desk.config(server, ("recorder",), required=[]))
    kept = pipeline.stores(chosen)
    pipeline.collect(chosen.round, pipeline.chosen_week(chosen, None, None), kept)
    return chosen, kept


@pytest.mark.usefixtures("recorder")
def test_the_source_of_the_recipe_gives_a_fact(tmp_path: Path) -> None:
    with Providers() as server:
        chosen, kept = recorded(tmp_path / "house", server)
    frame = pipeline.measure(chosen, kept.history, pipeline.chosen_week(chosen, None, None), None)
    assert [one.series for one in frame.facts["BTC", "funding_rate"].inputs] == ["funding/BTC/desk/recorder"]


@pytest.mark.usefixtures("recorder")
def test_the_source_of_the_recipe_says_why_it_gives_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with Providers() as server:
        server.faults["recorder"] = lambda _: said({}, 451)
        recorded(tmp_path / "house", server)
    assert caplog.messages == [
        "no source answered: recorder (blocked from this address (HTTP 451)); `reporter run --sample` makes a note "
        "without them"
    ]


@pytest.fixture
def own_catalogue() -> Iterator[None]:
    """What a test enters into the catalogue of facts is gone after it."""
    before = dict(CATALOGUE)
    yield
    CATALOGUE.clear()
    CATALOGUE.update(before)


@pytest.mark.usefixtures("own_catalogue")
def test_the_fact_of_the_recipe_passes_the_test_of_the_recipe(tmp_path: Path) -> None:
    from reporter.facts import funding

    exec(block("CONTRIBUTING.md", "python", "fact"), {**vars(funding)})
    space: dict[str, Any] = {"Path": Path, "pytest": pytest, "every": desk.every, "measured": desk.measured}
    exec(compile(block("CONTRIBUTING.md", "python", "test"), "test", "exec", dont_inherit=True), space)
    tests = [value for name, value in space.items() if name.startswith("test_")]
    assert len(tests) == 2
    for test in tests:
        test(tmp_path)


def test_the_rule_of_the_recipe_is_as_it_should_be(tmp_path: Path) -> None:
    lines = block("CONTRIBUTING.md", "yaml").splitlines()
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "mine.yaml").write_text("\n".join(["rules:", *(f"  {line}" for line in lines)]) + "\n")
    book = rules.load([tmp_path, ROOT / "templates"], measures())
    assert "funding-half-negative" in {rule.id for rule in book.rules}
    assert rules.run_cases(book) == ()
    rules.rehearse(book)


def test_the_output_of_the_recipe_carries_the_disclaimer(tmp_path: Path) -> None:
    note = specimen.full()
    text = " ".join(skeleton(tmp_path, "output").page(note).body.decode().split())
    for words in (note.title.text, note.notice, *note.disclaimer):
        assert words in text


# ---- links, commands and paths ---------------------------------------------------------------------------------------


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


@cache
def anchors(page: Path) -> frozenset[str]:
    """What a link to a page may end with: its headings, as GitHub names them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings)


def problem(page: Path, link: str) -> str:
    """What is wrong with a link, or an empty text."""
    target, _, anchor = link.partition("#")
    path = (page.parent / target).resolve() if target else page
    if not path.is_relative_to(ROOT) or not path.exists():
        return f"{link}: there is no such file"
    if line := re.fullmatch(r"L(\d+)", anchor):
        return "" if int(line[1]) <= path.read_text(encoding="utf-8").count("\n") else f"{link}: no such line"
    return "" if not anchor or anchor in anchors(path) else f"{link}: no such heading"


@each_page
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    links = (one or other for one, other in LINK.findall(SPAN.sub("", prose(page))))
    relative = [link for link in links if not re.match(r"[a-z]+:", link)]
    assert [found for link in relative if (found := problem(page, link))] == []


def code(page: Path) -> Iterator[str]:
    """The spans of code on a page, and the commands of its sessions."""
    yield from SPAN.findall(prose(page))
    for one in blocks(page.relative_to(ROOT).as_posix()):
        lines = (line.strip() for line in one.body.splitlines())
        if one.language in {"console", "bash", "sh", "shell"}:
            yield from (line.removeprefix("$ ").partition(" #")[0] for line in lines)


def commands(page: Path) -> Iterator[list[str]]:
    """The words of every `reporter ...` on a page, the first left out."""
    for text in code(page):
        if found := re.match(r"(?:\S*bin/|python3? -m )?reporter ([a-z-].*)", text):
            yield shlex.split(found[1])


@cache
def tree() -> Mapping[str, Any]:
    """Every command by its words; the program itself by none."""

    def below(name: str, command: Any) -> Iterator[tuple[str, Any]]:
        yield name, command
        for word, child in getattr(command, "commands", {}).items():
            yield from below(f"{name} {word}".strip(), child)

    return dict(below("", typer.main.get_command(app)))


def unknown(words: list[str]) -> str:
    """What of a command line the program does not know, or an empty text."""
    name = ""
    for word in words:
        here = tree()[name]
        options = {option for each in here.params for option in (*each.opts, *each.secondary_opts)} | {"--help"}
        if word.startswith("-"):
            if word not in options:
                return f"{name or 'reporter'} has no option {word}"
        elif getattr(here, "commands", {}):
            name = f"{name} {word}".strip()
            if name not in tree():
                return f"there is no command {name}"
    return ""


@each_page
def test_every_command_that_is_named_is_there(page: Path) -> None:
    assert [found for words in commands(page) if (found := unknown(words))] == []


def test_every_command_is_named_somewhere() -> None:
    named = {" ".join(words) for page in PAGES for words in commands(page)}
    leaves = [name for name, command in tree().items() if not getattr(command, "commands", {})]
    assert [name for name in leaves if not any(f"{line} ".startswith(f"{name} ") for line in named)] == []


@pytest.mark.parametrize(("words", "wrong"), [("rules lnt", "there is no command rules lnt"),
                                              ("run --smaple", "run has no option --smaple"),
                                              ("-v collect --week 2026-W07", "")])  # fmt: skip
def test_a_command_that_is_not_there_is_seen(words: str, wrong: str) -> None:
    assert unknown(words.split()) == wrong


def test_every_command_and_option_has_help() -> None:
    for name, command in tree().items():
        assert command.help, f"reporter {name}"
        for each in command.params:
            assert getattr(each, "help", ""), f"reporter {name} {each.name}"


@each_page
def test_every_target_of_make_that_is_named_is_there(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {found[1] for text in code(page) if (found := re.match(r"make ([a-z]+)", text))}
    assert named <= targets


@each_page
def test_every_file_of_ours_that_is_named_is_there(page: Path) -> None:
    pattern = r"`((?:reporter|tests|scripts|docs)/[\w/.-]+)`( \(new\))?"
    named = re.findall(pattern, prose(page))
    assert [path for path, new in named if (ROOT / path).exists() == bool(new)] == []
