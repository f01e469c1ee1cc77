"""The questions to one host, and when the next of them may start: no faster than its pace, not while it is paused."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from threading import Condition

from reporter.model import Fault, Request
from reporter.web.attempt import Reply
from reporter.web.line import Line
from reporter.web.terms import Limits, Terms
from reporter.web.trouble import duration

MOST_MOVES = 3
SLOWER = 5  # a limit takes longer to pass than a failure


@dataclass(slots=True, eq=False)
class Question:
    """A request on its way. `deadline` stands from its first start on; `line` while it is being asked; `fault` says
    what went wrong last. `over` once it has its answer, whatever may still come."""

    request: Request
    terms: Terms
    url: str = field(repr=False)
    lane: Lane
    moves: int = 0
    tries: int = 0
    not_before: float = 0.0
    deadline: float = math.inf
    fault: Fault | None = None
    line: Line | None = None
    over: bool = False


@dataclass(slots=True, eq=False)
class Lane:
    """A host's questions that wait, and its threads: `size` of them, `idle` of these ready for the next question."""

    changed: Condition
    pace: float = 0.0
    last_start: float = -math.inf
    paused_until: float = 0.0
    waiting: list[Question] = field(default_factory=list)
    size: int = 0
    idle: int = 0

    def next(self, now: float) -> tuple[Question | None, float]:
        """Which question is next, and when it may start. One that has been asked before goes first, its time runs."""
        if not self.waiting:
            return None, math.inf
        due = [question for question in self.waiting if question.not_before <= now]
        first = min(due or self.waiting, key=lambda one: one.deadline if due else one.not_before)
        return first, max(first.not_before, self.last_start + self.pace, self.paused_until)

    def start(self, question: Question, now: float, whole: float) -> None:
        """The question is asked now: the next one waits for the pace."""
        self.waiting.remove(question)
        self.last_start = now
        if question.deadline == math.inf:
            question.deadline = now + whole

    def pause(self, until: float) -> None:
        self.paused_until = max(self.paused_until, until)


def asks_long(seconds: float) -> Fault:
    return Fault("limited", f"asked to wait {duration(seconds)}")


def wait(question: Question, reply: Reply, limits: Limits) -> float:
    """The seconds until a failed question may be asked again, as the host says or twice as long each time, at random,
    so that not all come back at once."""
    most = limits.backoff * 2 ** (question.tries - 1) * (SLOWER if reply.is_rate_limit else 1)
    return max(reply.wait or 0.0, random.uniform(0, most))
