"""The client: takes questions at any time, lets threads ask them host by host, hands out answers as they arrive.

A thread that hangs on a host is left behind when its question's time is over: its connection is cut, another thread
takes its place, and as all of them are daemons none keeps the process alive.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Iterator
from types import TracebackType

from reporter import clock
from reporter.model import Fault, Request
from reporter.web import address, keys
from reporter.web.address import Host
from reporter.web.attempt import Place, Reply, attempt
from reporter.web.lane import MOST_MOVES, Lane, Question, asks_long, wait
from reporter.web.line import Line, prepare
from reporter.web.terms import Answer, Limits, Terms
from reporter.web.trouble import duration, unanswered

LOG = logging.getLogger(__name__)


class Web:
    """The client as a context: `ask` queues a question, `answers` yields what came of each."""

    def __init__(self, limits: Limits = Limits()) -> None:  # noqa: B008  (frozen)
        prepare()
        self._limits = limits
        self._lock = threading.Lock()
        self._news = threading.Condition(self._lock)
        self._lanes: dict[Host, Lane] = {}
        self._open: dict[Question, None] = {}  # in the order they were asked
        self._ready: deque[Answer | BaseException] = deque()
        self._end: float | None = None
        self._closed = False

    def __enter__(self) -> Web:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Whatever is still being asked is cut off."""
        with self._lock:
            self._closed = True
            for question in self._open:
                _abandon(question)
            self._open.clear()
            for lane in self._lanes.values():
                lane.waiting.clear()
                lane.changed.notify_all()

    def ask(self, request: Request, terms: Terms) -> None:
        """Queues one question; also while answers are being read. What cannot be asked is answered with its fault."""
        fault, target = _unaskable(request, terms), address.host(request.url)
        with self._lock:
            if self._closed:
                raise RuntimeError("a question came after the client was closed")
            now = time.monotonic()
            self._end = self._end or now + self._limits.overall
            if now >= self._end:
                fault = fault or self._late()
            if fault or target is None:
                self._ready.append(_answer(request, Reply(fault=fault)))
                self._news.notify()
                return
            lane = self._lanes.setdefault(target, Lane(threading.Condition(self._lock)))
            lane.pace = max(lane.pace, terms.pace)
            question = Question(request, terms, request.url, lane)
            self._open[question] = None
            lane.waiting.append(question)
            self._turn_away(lane)
            self._man(lane)

    def answers(self) -> Iterator[Answer]:
        """The answers in the order of their arrival, until no question is left. Never raises for the world's fault."""
        while (found := self._next()) is not None:
            if isinstance(found, BaseException):
                raise found
            if found.fault:
                LOG.info("%s: %s: %s", found.request.source, found.request.key, found.fault.what)
            yield found

    # ---- the side that collects --------------------------------------------------------------------------------------

    def _next(self) -> Answer | BaseException | None:
        with self._lock:
            while not self._ready and self._open:
                self._give_up(time.monotonic())
                if not self._ready:
                    self._news.wait(self._nearest() - time.monotonic())
            return self._ready.popleft() if self._ready else None

    def _nearest(self) -> float:
        """When the next question's time is over, or that of all."""
        return min(self._end or math.inf, *(question.deadline for question in self._open))

    def _give_up(self, now: float) -> None:
        """Ends the questions whose time is over; a thread that still asks one is left behind."""
        over = self._end is not None and now >= self._end
        for question in [one for one in self._open if over or now >= one.deadline]:
            fault = unanswered(self._limits.whole) if question.line or not question.fault else question.fault
            fault = self._late() if over else fault
            if question.line:
                question.lane.size -= 1
            else:
                question.lane.waiting.remove(question)
            _abandon(question)
            self._finish(question, Reply(fault=fault))
            self._man(question.lane)

    def _late(self) -> Fault:
        return Fault("down", f"no answer within {duration(self._limits.overall)} for all questions")

    # ---- the side that asks ------------------------------------------------------------------------------------------

    def _man(self, lane: Lane) -> None:
        """One thread more where a question waits and all others are busy."""
        if lane.waiting and not lane.idle and lane.size < self._limits.in_flight and not self._closed:
            lane.size += 1
            lane.idle += 1
            threading.Thread(target=self._work, args=(lane,), name="web", daemon=True).start()
        else:
            lane.changed.notify()

    def _work(self, lane: Lane) -> None:
        """The life of a thread: question after question to one host."""
        line = Line()
        try:
            while (question := self._take(lane, line)) is not None:
                if not self._settle(question, self._outcome(question, line)):
                    return
        finally:
            line.close()

    def _outcome(self, question: Question, line: Line) -> Reply | BaseException:
        """What came of asking; a mistake of ours is told to who reads the answers, not to the end of a thread."""
        place = Place(question.url, question.moves > 0, min(question.deadline, self._end or math.inf))
        try:
            session = line.session(question.terms.own)
            return attempt(session, question.request, question.terms, place, self._limits)
        except BaseException as mistake:
            return mistake

    def _take(self, lane: Lane, line: Line) -> Question | None:
        """The next question once it may start; None when the client is closed. The thread is idle until then."""
        with self._lock:
            while not self._closed:
                now = time.monotonic()
                question, at = lane.next(now)
                if question is not None and at <= now:
                    lane.start(question, now, self._limits.whole)
                    question.line = line
                    lane.idle -= 1
                    self._man(lane)
                    self._news.notify()  # the deadline of this one may be the nearest
                    return question
                lane.changed.wait(None if question is None else at - now)
            return None

    def _settle(self, question: Question, outcome: Reply | BaseException) -> bool:
        """Takes in what came of an attempt; False where it came too late, and this thread has been replaced."""
        with self._lock:
            if question.over:
                return False
            question.line = None
            question.lane.idle += 1
            if isinstance(outcome, BaseException):
                self._finish(question, outcome)
            elif outcome.onward is not None:
                self._move(question, outcome)
            elif outcome.may_pass:
                self._retry(question, outcome)
            else:
                self._finish(question, outcome)
            return True

    def _move(self, question: Question, reply: Reply) -> None:
        question.moves += 1
        if question.moves > MOST_MOVES:
            fault = Fault("refused", f"redirects more than {MOST_MOVES} times")
            self._finish(question, Reply(reply.status, reply.headers, fault=fault))
            return
        question.url = str(reply.onward)
        question.lane.waiting.append(question)

    def _retry(self, question: Question, reply: Reply) -> None:
        """Queues a failed question again, if it may be asked once more and there is time. What the host says of time
        holds for all questions to it."""
        question.tries += 1
        question.fault = reply.fault
        now, lane = time.monotonic(), question.lane
        pause = wait(question, reply, self._limits)
        if reply.is_rate_limit or reply.wait is not None:
            lane.pause(now + pause)
            self._turn_away(lane)
        question.not_before = max(now + pause, lane.paused_until)
        if reply.wait is not None and (reply.wait > self._limits.longest_wait or now + reply.wait > question.deadline):
            fault = asks_long(reply.wait)
            self._finish(question, Reply(reply.status, reply.headers, reply.body, fault))
        elif question.tries >= self._limits.tries or question.not_before > question.deadline:
            self._finish(question, reply)
        else:
            lane.waiting.append(question)

    def _turn_away(self, lane: Lane) -> None:
        """Ends the questions that wait for a host which asked for more time than there is."""
        left = lane.paused_until - time.monotonic()
        if left > self._limits.longest_wait:
            for question in lane.waiting:
                self._finish(question, Reply(fault=asks_long(left)))
            lane.waiting.clear()

    def _finish(self, question: Question, outcome: Reply | BaseException) -> None:
        question.over = True
        self._open.pop(question, None)
        self._ready.append(outcome if isinstance(outcome, BaseException) else _answer(question.request, outcome))
        self._news.notify()


def _unaskable(request: Request, terms: Terms) -> Fault | None:
    """Why a request cannot even be sent: its address, or a key that is not there."""
    filled = keys.fill(request)
    return address.unfit(request.url, terms.own) or (filled if isinstance(filled, Fault) else None)


def _answer(request: Request, reply: Reply) -> Answer:
    return Answer(request, clock.now(), reply.status, reply.media_type, reply.headers, reply.body, reply.fault)


def _abandon(question: Question) -> None:
    """Whatever comes of the question now is too late; what is being read ends, so that its thread can."""
    question.over = True
    if question.line:
        question.line.hang_up()
