"""The records that stages hand to each other: frozen, without files, network or pandas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Literal

MARKET = "market"
LEAD = "lead"


class Unit(StrEnum):
    """What a value is measured in. Fractions are fractions everywhere; only `units` turns them into per cent."""

    USD = "usd"  # an amount of dollars: totals, flows, open interest
    PRICE = "price"  # dollars for one coin
    COIN = "coin"  # a number of coins
    SHARE = "share"  # a part of a whole, 0 to 1
    FRACTION = "fraction"  # a relative change or size, 0.01 is one per cent
    RATE = "rate"  # funding, a fraction for each interval
    APR = "apr"  # a simple annual rate, a fraction
    POINTS = "points"  # volatility points: annualised volatility in per cent
    RATIO = "ratio"
    INDEX = "index"  # an index from 0 to 100
    COUNT = "count"
    DATE = "date"


class Kind(StrEnum):
    """How a series is stamped: an interval at its start, an instant at its moment; a snapshot is an instant that the
    provider does not keep, so that it is known only for the moments at which it was asked for."""

    INTERVAL = "interval"
    INSTANT = "instant"
    SNAPSHOT = "snapshot"


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """A half-open week [Monday 00:00, Monday 00:00) in UTC; `lag` is how long after its end the last datum is final."""

    start: datetime
    lag: timedelta = timedelta(hours=14)

    @property
    def end(self) -> datetime:
        return self.start + timedelta(days=7)

    @property
    def cut(self) -> datetime:
        """The moment up to which a note of this week may know anything."""
        return self.end + self.lag

    @property
    def label(self) -> str:
        """ISO week, as in `2026-W07`."""
        year, number, _ = self.start.isocalendar()
        return f"{year}-W{number:02d}"

    @property
    def last_day(self) -> date:
        return (self.end - timedelta(days=1)).date()

    def shifted(self, weeks: int) -> Week:
        return Week(self.start + timedelta(weeks=weeks), self.lag)

    @property
    def previous(self) -> Week:
        return self.shifted(-1)


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open stretch of time in UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Request:
    """What a source wants to be asked. `secrets` maps a header or parameter to the *name* of an environment variable.

    `key` names the question without its period, so that answers of all weeks stand in one stream. `reach` is how far
    back the provider's data go: what begins before that is not asked.
    """

    source: str
    key: str
    url: str
    method: str = "GET"
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    json: object = None
    secrets: Mapping[str, str] = field(default_factory=dict)
    period: Period | None = None
    reach: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Payload:
    """An answer as it came: `id` is the sha256 of `body`. `fault` says why it holds no data; `status` is 0 where there
    was no answer at all. `headers` are those that matter later."""

    id: str
    request: Request
    fetched_at: datetime
    status: int
    media_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""


FaultKind = Literal["blocked", "limited", "key", "plan", "refused", "down", "page"]


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an answer holds no data, for a reader: `what` goes on after the source's name, as in `binance-spot: blocked
    from this address (HTTP 451)`. Only where `retry` is true may the same be asked again in this run."""

    kind: FaultKind
    what: str
    retry: bool = False


@dataclass(frozen=True, slots=True)
class Observation:
    """One measured value of one series, in base units; `line` is its place in the payload where that has lines."""

    series: str
    at: datetime
    value: float
    payload_id: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class OptionQuote:
    """An option in a venue's list at one moment: volatility in points, sizes in coins, `forward` and `strike` in
    dollars. What the venue does not say is None."""

    at: datetime
    asset: str
    venue: str
    instrument: str
    expiry: datetime
    strike: float
    right: Literal["call", "put"]
    mark_iv: float | None
    forward: float | None
    open_interest: float | None
    volume: float | None
    payload_id: str


@dataclass(frozen=True, slots=True)
class FutureQuote:
    """A future in a venue's list at one moment: prices and sizes in dollars; a perpetual has no expiry."""

    at: datetime
    asset: str
    venue: str
    instrument: str
    expiry: datetime | None
    mark: float
    index: float
    open_interest: float | None
    volume: float | None
    payload_id: str


@dataclass(frozen=True, slots=True)
class OptionExpiry:
    """All options of one expiry at a venue: open interest in coins, the strike at which their payout is least."""

    at: datetime
    asset: str
    venue: str
    expiry: datetime
    max_pain: float | None
    call_open_interest: float | None
    put_open_interest: float | None
    payload_id: str


@dataclass(frozen=True, slots=True)
class Level:
    """A liquidation level of a provider's model: `size` is relative within one map, no amount of dollars."""

    at: datetime
    asset: str
    venue: str
    price: float
    size: float
    payload_id: str


@dataclass(frozen=True, slots=True)
class Headline:
    """A news item: untrusted text, cut and cleaned of markup. It may support a sentence and never becomes a fact."""

    at: datetime
    outlet: str
    title: str
    summary: str
    link: str
    payload_id: str


Item = OptionQuote | FutureQuote | OptionExpiry | Level | Headline


@dataclass(frozen=True, slots=True)
class Flaw:
    """A row or cell of a payload that cannot be used: it is left out, and named."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; it is left out"


@dataclass(frozen=True, slots=True)
class Series:
    """What a column of numbers is. `id` is measure/asset/venue/source; `asset` is `market` for an index of all."""

    id: str
    unit: Unit
    kind: Kind
    cadence: timedelta
    delay: timedelta = timedelta(0)
    label: str = ""
    terms: str = ""

    @property
    def measure(self) -> str:
        return self.id.split("/")[0]

    @property
    def asset(self) -> str:
        return self.id.split("/")[1]

    @property
    def venue(self) -> str:
        return self.id.split("/")[2]

    @property
    def source(self) -> str:
        return self.id.split("/")[3]


@dataclass(frozen=True, slots=True)
class Input:
    """The rows of one series that a fact was computed from."""

    series: str
    first: datetime
    last: datetime
    rows: int
    payload_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """A fact's entry in the catalogue. `each` is `asset`, `market` or both; `families` are the suffixes it offers."""

    name: str
    unit: Unit
    each: tuple[str, ...]
    families: tuple[str, ...]
    definition: str
    streak_of: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One measured value of one subject. A family value (`..._growth`) is a fact too, named in full."""

    name: str
    subject: str
    value: float | date
    unit: Unit
    window: Period
    as_of: datetime
    definition: str
    inputs: tuple[Input, ...] = ()

    @property
    def key(self) -> str:
        """`BTC.open_interest_usd`: how claims, pages and `explain` name it."""
        return f"{self.subject}.{self.name}"


@dataclass(frozen=True, slots=True)
class Gap:
    """A fact or series that is not there, and why."""

    name: str
    subject: str
    reason: str
    required: bool = False

    @property
    def key(self) -> str:
        return f"{self.subject}.{self.name}"


@dataclass(frozen=True, slots=True)
class Frame:
    """All facts and gaps of one week, families included, keyed by `(subject, name)`."""

    week: Week
    lead: str
    assets: tuple[str, ...]
    facts: Mapping[tuple[str, str], Fact]
    gaps: Mapping[tuple[str, str], Gap]

    def subject(self, name: str) -> str:
        """The subject itself: `lead` stands for the lead asset."""
        return self.lead if name == LEAD else name

    def get(self, subject: str, name: str) -> Fact | None:
        return self.facts.get((self.subject(subject), name))


@dataclass(frozen=True, slots=True)
class Case:
    """An example beside a rule: with these values it speaks (and says `text`), or stays silent."""

    speaks: bool
    given: Mapping[str, float | date]
    text: str
    where: str


@dataclass(frozen=True, slots=True)
class Joined:
    """How a rule goes on from the sentence before it, where that is of one of these groups: wordings of its own, which
    begin with `, while`, with ` and`, or as a sentence of their own with a pronoun."""

    after: tuple[str, ...]
    say: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing the note may say, as its rulebook has it. `where` is file:line.

    `again` rules may print figures that stand in the running text already; the `outcome` of a `watch` rule is a
    condition on the week that follows, for looking back at what such a week was followed by.
    """

    id: str
    section: str
    group: str
    subject: str
    kind: Literal["fact", "reading", "watch"]
    topic: str
    stance: str
    when: str
    say: tuple[str, ...]
    rank: str
    needs: tuple[str, ...]
    optional: tuple[str, ...]
    cases: tuple[Case, ...]
    where: str
    joined: Joined | None = None
    again: bool = False
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Printed:
    """A number or direction word in print: the fact it states (`BTC.funding_apr`), its text, its machine value."""

    fact: str
    text: str
    value: str
    word: bool = False


@dataclass(frozen=True, slots=True)
class Cited:
    """Words that lead to where they come from: an outlet's name, a speaker's; `link` is an https address."""

    text: str
    link: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A written sentence with the rule that wrote it and the facts it states or was decided by.

    `weight` is the rank with what materiality and novelty add to it. A `joined` sentence goes on from the one before:
    its variant counts the rule's joined wordings. `label` is what its paragraph is called, where it opens one.
    """

    parts: tuple[str | Printed | Cited, ...]
    section: str
    group: str
    subject: str
    rule_id: str
    kind: str
    topic: str
    stance: str
    variant: int
    cites: tuple[str, ...]
    rank: float
    where: str
    weight: float = 0.0
    joined: bool = False
    label: str = ""

    @property
    def text(self) -> str:
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of an earlier note, as the ledger keeps it: which rule spoke of whom, in which wording."""

    week: date
    rule_id: str
    subject: str
    variant: int
    joined: bool
    topic: str
    stance: str
    text: str


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A rule that did not speak this week, and why."""

    rule_id: str
    subject: str
    why: str
    where: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the data box. A cell is printed numbers and words, or says why there is none."""

    label: str
    cells: tuple[tuple[str | Printed, ...], ...]
    where: str


@dataclass(frozen=True, slots=True)
class Point:
    """One value on a chart."""

    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Track:
    """One series as a chart draws it, with the input it came from."""

    label: str
    unit: Unit
    points: tuple[Point, ...]
    input: Input | None


@dataclass(frozen=True, slots=True)
class LevelGrid:
    """An asset's liquidation levels over a week as a chart draws them: `sizes` has a row for each band of prices
    between two `edges`, in ascending order, and a column from each of `starts` to the next, the last one to `end`;
    relative to the largest, which is 1. `path` is the price; `tracks` name what the levels rest on, without points."""

    asset: str
    is_estimate: bool
    edges: tuple[float, ...]
    starts: tuple[datetime, ...]
    end: datetime
    sizes: tuple[tuple[float, ...], ...]
    path: tuple[Point, ...]
    tracks: tuple[Track, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A finished picture: `body` is the SVG, `alt` says in words what it shows."""

    key: str
    title: str
    alt: str
    path: str
    body: bytes
    facts: tuple[str, ...]
    inputs: tuple[Input, ...]
    source_line: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the note: `layout` is `title`, `bullets`, `prose` or `table`; an empty one is left out."""

    id: str
    heading: str
    layout: str
    paragraphs: tuple[tuple[Sentence, ...], ...] = ()
    rows: tuple[Row, ...] = ()
    columns: tuple[str, ...] = ()
    charts: tuple[Chart, ...] = ()
    source_line: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Where data came from, for the reader: `illustrative` marks a simulation."""

    name: str
    label: str
    terms: str
    illustrative: bool
    oldest: datetime | None
    newest: datetime | None


@dataclass(frozen=True, slots=True)
class Rest:
    """What the week's figures on one topic rest on: assets, venue, source as readers know it, up to when it speaks, and
    what a reader should know of it: a fallback with its reason, a value that is late."""

    topic: str
    assets: tuple[str, ...]
    venue: str
    source: str
    newest: datetime
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a note rests on as a whole. `share` is the part of the lead asset's open interest, as `share_of` lists it,
    that is held at the venues whose open interest is counted; None where nobody lists it, or all are counted.
    `silent` names the sources that were asked and gave nothing, with their reason."""

    rests: tuple[Rest, ...]
    venues: tuple[str, ...]
    oldest: datetime | None
    share: float | None
    share_of: str
    silent: tuple[str, ...]

    @property
    def fallbacks(self) -> tuple[str, ...]:
        return tuple(f"{rest.topic}: {remark}" for rest in self.rests for remark in rest.remarks)


NOTHING_COVERED = Coverage((), (), None, None, "", ())


@dataclass(frozen=True, slots=True)
class Imprint:
    """Who publishes: the newsletter's settings that a page prints."""

    name: str
    publisher: str
    language: str
    url: str
    edition: str


@dataclass(frozen=True, slots=True)
class Note:
    """The whole note, before it is given a form."""

    title: Sentence
    week: Week
    imprint: Imprint
    sections: tuple[Section, ...]
    facts: tuple[Fact, ...]
    gaps: tuple[Gap, ...]
    sources: tuple[Source, ...]
    coverage: Coverage
    disclaimer: tuple[str, ...]
    notice: str
    digest: str

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """Every sentence in reading order, the title first."""
        body = (s for section in self.sections for paragraph in section.paragraphs for s in paragraph)
        return (self.title, *body)

    @property
    def charts(self) -> tuple[Chart, ...]:
        return tuple(chart for section in self.sections for chart in section.charts)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something the check found: it stops the publication where `severity` is `error`."""

    where: str
    what: str
    severity: Literal["error", "warning"]
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class Artifact:
    """A finished file of the note; `path` is relative to the note's folder."""

    kind: str
    path: str
    media_type: str
    body: bytes
