"""Old answers are removed from the archive: bodies after their records, and never one that is still named."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.archive import Archive, Pruned, Size
from reporter.errors import StoreError
from reporter.model import Payload, Request

NOON = datetime(2026, 2, 16, 12, tzinfo=UTC)
DAY = timedelta(days=1)
BTC = Request("flows", key="btc", url="https://api.example.com/v1/flows", params={"asset": "BTC"})
ETH = replace(BTC, key="eth", params={"asset": "ETH"})
NEWS = Request("news", key="feed", url="https://news.example.com/feed")


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "raw")


def keep(archive: Archive, asked: Request, body: str, day: int) -> Payload:
    return archive.keep(asked, body.encode(), NOON + day * DAY, 200, "application/json")


def fill(archive: Archive) -> dict[str, Payload]:
    """Five answers on five days; one body is that of two of them."""
    said = [("old", BTC, "old", 0), ("shared", BTC, "both", 1), ("feed", NEWS, "feed", 2),
            ("shared again", ETH, "both", 3), ("new", BTC, "new", 4)]  # fmt: skip
    return {name: keep(archive, asked, body, day) for name, asked, body, day in said}


def bodies(archive: Archive) -> set[str]:
    return {path.stem for path in archive.folder.rglob("*.gz")}


def left(archive: Archive) -> list[Payload]:
    """What can be read; every record must have its body."""
    return [one for source in ("flows", "news") for one in archive.payloads(source)]


def on_disk(archive: Archive) -> int:
    return sum(path.stat().st_size for path in archive.folder.rglob("*") if path.is_file())


def test_what_was_fetched_before_a_moment_is_removed(archive: Archive) -> None:
    kept = fill(archive)
    before = on_disk(archive)
    pruned = archive.prune(NOON + 3 * DAY, ())
    assert left(archive) == [kept["shared again"], kept["new"]]
    assert bodies(archive) == {kept["shared again"].id, kept["new"].id}, "a body that a record still names stays"
    assert pruned == Pruned(3, before - on_disk(archive))
    assert archive.prune(NOON + 3 * DAY, ()) == Pruned(0, 0)


def test_an_answer_of_that_very_moment_stays(archive: Archive) -> None:
    one = keep(archive, BTC, "one", 1)
    assert archive.prune(NOON + DAY, ()) == Pruned(0, 0)
    assert left(archive) == [one]


def test_what_is_to_be_kept_stays_with_its_body(archive: Archive) -> None:
    kept = fill(archive)
    assert archive.prune(NOON + 9 * DAY, {kept["old"].id, kept["feed"].id, "unknown"}).payloads == 3
    assert left(archive) == [kept["old"], kept["feed"]]
    assert bodies(archive) == {kept["old"].id, kept["feed"].id}


def test_what_was_removed_is_asked_and_kept_again(archive: Archive) -> None:
    kept = fill(archive)
    assert archive.found(BTC) == kept["new"]
    archive.prune(NOON + 9 * DAY, ())
    assert archive.found(BTC) is None
    again = keep(archive, BTC, "new", 10)
    assert archive.found(BTC) == again
    assert left(archive) == [again]


def test_a_record_that_cannot_be_read_stays_with_its_body(archive: Archive) -> None:
    one = keep(archive, BTC, "one", 0)
    (record,) = archive.folder.rglob("*.json")
    record.write_text("{")
    assert archive.prune(NOON + 9 * DAY, ()) == Pruned(0, 0)
    assert bodies(archive) == {one.id}
    assert record.read_text() == "{"


def test_an_archive_that_is_not_there_has_nothing(archive: Archive) -> None:
    assert archive.prune(NOON, ()) == Pruned(0, 0)
    assert archive.size() == Size(0, 0, None)


def test_the_size_is_that_of_all_files(archive: Archive) -> None:
    fill(archive)
    assert archive.size() == Size(5, on_disk(archive), NOON)
    archive.prune(NOON + 2 * DAY, ())
    assert archive.size() == Size(3, on_disk(archive), NOON + 2 * DAY)


def test_a_file_that_cannot_be_removed_is_said_in_a_line(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(archive)

    def refused(_: Path) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "unlink", refused)
    with pytest.raises(StoreError) as problem:
        archive.prune(NOON + 9 * DAY, ())
    assert str(problem.value) == f"{archive.folder}: Read-only file system; the archive must be readable and writable"


# ---- killed ----------------------------------------------------------------------------------------------------------


def killed(archive: Archive, after: int, before: datetime, wanted: Collection[str]) -> bool:
    """Whether a run that is killed before its removal number `after` was killed at all."""
    unlink, done = Path.unlink, [0]

    def counted(path: Path, missing_ok: bool = False) -> None:
        if done[0] == after:
            raise KeyboardInterrupt
        done[0] += 1
        unlink(path, missing_ok)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "unlink", counted)
        try:
            archive.prune(before, wanted)
        except KeyboardInterrupt:
            return True
    return False


@pytest.mark.parametrize("after", range(7))
def test_a_run_killed_anywhere_leaves_whole_answers_and_may_run_again(archive: Archive, after: int) -> None:
    kept = fill(archive)
    wanted, before = {kept["feed"].id}, NOON + 4 * DAY
    assert killed(archive, after, before, wanted) == (after < 5), "three records and two bodies are removed"
    there = left(archive)
    assert all(one in there for one in (kept["feed"], kept["new"]))
    archive.prune(before, wanted)
    assert left(archive) == [kept["new"], kept["feed"]]
    assert bodies(archive) == {kept["new"].id, kept["feed"].id}


said = st.lists(
    st.tuples(st.sampled_from([BTC, ETH, NEWS]), st.sampled_from("abc"), st.integers(0, 6)), min_size=1, max_size=10
)


@given(said, st.integers(0, 7), st.sets(st.sampled_from("abc")), st.integers(0, 12))
def test_whatever_was_kept_and_however_often_killed_the_end_is_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    answers: list[tuple[Request, str, int]],
    day: int,
    names: set[str],
    after: int,
) -> None:
    archive = Archive(tmp_path_factory.mktemp("archive"))
    for asked, body, when in sorted(answers, key=lambda one: one[2]):
        keep(archive, asked, body, when)
    before = NOON + day * DAY
    wanted = {one.id for one in left(archive) if one.body.decode() in names}
    stays = [one for one in left(archive) if one.fetched_at >= before or one.id in wanted]
    killed(archive, after, before, wanted)
    there = left(archive)
    assert all(one in there for one in stays)
    archive.prune(before, wanted)
    assert left(archive) == stays
    assert bodies(archive) == {one.id for one in stays}
