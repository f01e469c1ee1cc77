"""Looking back over weeks: frames and what was written of them go in, what each rule did in each week comes out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from reporter.model import Frame, Rule, Sentence, Unsaid, Week
from reporter.rules import context, voice
from reporter.rules.context import View
from reporter.rules.load import Rulebook
from reporter.rules.repeats import Repeat, repeats
from reporter.rules.write import Written, shortfalls

Act = Literal["spoke", "lost", "silent", "gap"]
ACTS: tuple[Act, ...] = ("spoke", "lost", "silent", "gap")  # of several subjects in one week the first counts
OFTEN = 0.6  # of all weeks: a rule that speaks in more says little by speaking
QUIET = ("its condition is false", "its values cannot be calculated with")
WORDLESS = " prints as zero, "  # and the rule has no word for that
QUOTED = re.compile(r"'([^']+)'")

Look = Callable[[Frame, Sequence[Sentence]], Iterable[object]]


def nothing(_: Frame, __: Sequence[Sentence]) -> Iterable[object]:
    """Finds nothing."""
    return ()


@dataclass(frozen=True, slots=True)
class Checks:
    """What else reads each note: whatever it finds is kept as text."""

    contradictions: Look = nothing
    language: Look = nothing


@dataclass(frozen=True, slots=True)
class Turn:
    """What a rule did on one subject in one week. `cause` is the rule that it lost to (else the reason), or the fact
    that it wanted."""

    subject: str
    act: Act
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """One week as its note would have told it. `came` says of each rule with an outcome and each subject whether that
    held in this week; what could not be known is left out."""

    week: Week
    sentences: tuple[Sentence, ...]
    turns: Mapping[str, tuple[Turn, ...]]
    came: Mapping[tuple[str, str], bool]
    contradictions: tuple[str, ...]
    language: tuple[str, ...]
    short: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Followed:
    """How often a rule's outcome held in the week after it spoke, against how often it holds in any week."""

    held: int
    of: int
    base_held: int
    base_of: int


@dataclass(frozen=True, slots=True)
class Tally:
    """What a rule did over the weeks: `cells` has an act a week; the counts are of weeks times subjects, and `weeks` of
    those weeks in which it spoke of anyone."""

    rule: Rule
    cells: tuple[Act, ...]
    spoke: int
    lost: int
    silent: int
    gaps: int
    weeks: int
    lost_to: tuple[tuple[str, int], ...]
    wants: tuple[tuple[str, int], ...]
    followed: Followed | None

    @property
    def share(self) -> float:
        """The part of the weeks in which it spoke."""
        return self.weeks / len(self.cells) if self.cells else 0.0

    @property
    def why_never(self) -> str:
        """Why a rule never spoke: what kept it silent most often, or an empty text where it did speak."""
        if self.spoke or not self.cells:
            return ""
        chances = self.lost + self.silent + self.gaps
        if self.lost:
            cause, times = self.lost_to[0]
            return f"could speak {self.lost} of {chances} times and never won; lost {times} times to: {cause}"
        if self.gaps > self.silent:
            name, times = self.wants[0]
            return f"wants {name}, which was missing {times} of {chances} times"
        return f"its condition never held; its facts were there {self.silent} of {chances} times"


@dataclass(frozen=True, slots=True)
class Replay:
    """All weeks looked back over."""

    told: tuple[Told, ...]
    tallies: tuple[Tally, ...]
    repeats: tuple[Repeat, ...]

    @property
    def dead(self) -> tuple[Tally, ...]:
        """The rules that never spoke."""
        return tuple(each for each in self.tallies if not each.spoke)

    @property
    def never_win(self) -> tuple[Tally, ...]:
        """Of those the rules that could have spoken."""
        return tuple(each for each in self.dead if each.lost)

    @property
    def often(self) -> tuple[Tally, ...]:
        """The rules that spoke in more than 60 % of the weeks, the most frequent first."""
        found = (each for each in self.tallies if each.share > OFTEN)
        return tuple(sorted(found, key=lambda each: (-each.weeks, each.rule.id)))

    @property
    def always(self) -> tuple[Tally, ...]:
        """Of those the rules that spoke in every week."""
        return tuple(each for each in self.often if each.weeks == len(each.cells))


def told(book: Rulebook, frame: Frame, written: Written, checks: Checks | None = None) -> Told:
    """A week's note, reduced to what looking back needs."""
    look = checks or Checks()
    return Told(
        week=frame.week,
        sentences=written.sentences,
        turns=_turns(book, written),
        came=_came(book, frame),
        contradictions=tuple(str(found) for found in look.contradictions(frame, written.sentences)),
        language=tuple(str(found) for found in look.language(frame, written.sentences)),
        short=tuple(
            f"{section}: {found} of at least {least}" for section, found, least in shortfalls(book, written.sentences)
        ),
    )


def replay(book: Rulebook, weeks: Iterable[Told]) -> Replay:
    """What the rules, in the order of the note, did over some weeks, the oldest first."""
    every, seats = tuple(weeks), book.outline.seats
    ordered = sorted(book.rules, key=lambda rule: seats[rule.section, rule.group].number)
    tallies = tuple(_tally(rule, every) for rule in ordered)
    return Replay(every, tallies, tuple(repeats(book, [(one.week, one.sentences) for one in every])))


def turn(book: Rulebook, one: Unsaid) -> Turn:
    """What an unsaid line of a note says of its rule."""
    if one.why.startswith("needs "):
        return Turn(one.subject, "gap", one.why.removeprefix("needs ").partition(":")[0])
    if one.why.startswith(QUIET) or WORDLESS in one.why:
        return Turn(one.subject, "silent")
    named = (name for name in QUOTED.findall(one.why) if name in book.plans)
    return Turn(one.subject, "lost", next(named, one.why.partition(" with ")[0]))


def _turns(book: Rulebook, written: Written) -> dict[str, tuple[Turn, ...]]:
    found: dict[tuple[str, str], Turn] = {}
    for one in written.unsaid:
        found[one.rule_id, one.subject] = turn(book, one)
    for said in written.sentences:
        found[said.rule_id, said.subject] = Turn(said.subject, "spoke")
    by_rule: dict[str, list[Turn]] = {}
    for (rule_id, _), one_turn in found.items():
        by_rule.setdefault(rule_id, []).append(one_turn)
    return {rule_id: tuple(turns) for rule_id, turns in by_rule.items()}


def _came(book: Rulebook, frame: Frame) -> dict[tuple[str, str], bool]:
    found: dict[tuple[str, str], bool] = {}
    for rule in book.rules:
        outcome = book.plans[rule.id].outcome
        for view in context.views(rule.subject, frame) if outcome else ():
            held = _held(book, rule, view)
            if held is not None:
                found[rule.id, view.subject] = held
    return found


def _held(book: Rulebook, rule: Rule, view: View) -> bool | None:
    """Whether a rule's outcome holds in a week; None where a fact for it is missing."""
    outcome = book.plans[rule.id].outcome
    if outcome is None or context.missing(view, outcome.names):
        return None
    try:
        return voice.holds(book, outcome, view)
    except ArithmeticError:
        return None


def _tally(rule: Rule, weeks: Sequence[Told]) -> Tally:
    by_week = [one.turns.get(rule.id, ()) for one in weeks]
    every = [turn for turns in by_week for turn in turns]
    acts = Counter(turn.act for turn in every)
    cells = tuple(_furthest(turns) for turns in by_week)
    return Tally(
        rule=rule,
        cells=cells,
        spoke=acts["spoke"],
        lost=acts["lost"],
        silent=acts["silent"],
        gaps=acts["gap"],
        weeks=cells.count("spoke"),
        lost_to=_most(turn.cause for turn in every if turn.act == "lost"),
        wants=_most(turn.cause for turn in every if turn.act == "gap"),
        followed=_followed(rule, weeks) if rule.outcome else None,
    )


def _furthest(turns: Iterable[Turn]) -> Act:
    """Of the acts on several subjects in one week the first by `ACTS`; a gap where there was no turn."""
    acts = {turn.act for turn in turns}
    return next((act for act in ACTS if act in acts), "gap")


def _most(causes: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """Causes with their counts, the most frequent first."""
    return tuple(sorted(Counter(causes).items(), key=lambda pair: (-pair[1], pair[0])))


def _followed(rule: Rule, weeks: Sequence[Told]) -> Followed:
    after = [
        later.came[rule.id, turn.subject]
        for week, later in pairwise(weeks)
        if later.week.previous.start == week.week.start
        for turn in week.turns.get(rule.id, ())
        if turn.act == "spoke" and (rule.id, turn.subject) in later.came
    ]
    base = [held for one in weeks for (name, _), held in one.came.items() if name == rule.id]
    return Followed(sum(after), len(after), sum(base), len(base))
