"""A newsletter's folder: where its config, templates, data and output lie, with the packaged starter behind it; and how
a new one is made."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from reporter import config as configuration
from reporter.config import Config
from reporter.errors import ConfigError, StoreError
from reporter.strict_yaml import Document

# From the top of the folder only: what lies in exports/data/ is the newsletter's own.
IGNORED = "/data/\n/output/\n/.cache/\n"
README = """\
# A newsletter

The folder of a weekly market note. `reporter` makes the note from what stands here.

## Run it

```console
$ reporter run --sample      # the note of a simulated week: is everything in place?
$ reporter doctor            # what is set up here, and which sources answer
$ reporter collect --backfill 52      # once: a year of weeks, for comparisons with the past
$ reporter run               # the note of the last finished week, from the sources in config.yaml
```

Run them in this folder, or name it: `reporter run --config path/to/this/folder`.

## Where to edit

| file | says |
|---|---|
| `config.yaml` | who publishes, which assets, which sources; begin with `name`, `publisher` and `url` |
| `templates/rules/` | every sentence of the note, in rulebooks; `outline.yaml` is the order of the sections |
| `desk/2026-W07.yaml` | make one when you need it: quotes, and sentences that read otherwise in that week |

After each change: `reporter rules lint` names every mistake, `reporter rules test` tries the examples beside the rules.

The rulebooks here are copies, and they take the place of the packaged ones. Delete one that you do not change, and the
packaged one is used, with what later versions mend in it.

## The PDF

It lies in `output/`, in a folder for each week and edition: `output/2026-W07/sample/note.pdf` after
`reporter run --sample`. HTML and Markdown lie beside it. A note that may not go out lies in `output/.held/` instead,
with the reasons in `findings.txt`.

PDFs need Pango. Where it is missing: `sudo apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0`
(Debian, Ubuntu) or `brew install pango` (macOS).

`data/` holds what was fetched, the history, and in `ledger.sqlite` what past notes said: back it up. Git ignores it, as
it does `output/`.

## Each Monday

A week can be written of from Monday 14:00 UTC. With cron, on a machine that keeps this folder:

```text
CRON_TZ=UTC
17 14 * * 1  cd /path/to/this/folder && reporter run
```

A command that did not end with 0 says why: 1 failed, 2 a mistake in config or rulebook, 3 a required fact is missing,
4 the check of the finished note found something. Keys of sources come from environment variables, never from a file.

## More

In the documentation of the program, its folder `docs/`: `rulebooks.md` (how a rule is written), `desk.md` (how a week
is edited), `facts.md` (what can be measured), `rules.md` (what the packaged rules say), `csv.md` (your own files as a
source), `weekly-job.md` (the Monday job on a hosted runner). From the command line: `reporter --help`,
`reporter facts`, `reporter rules show`.
"""


def starter() -> Path:
    """The packaged templates and config; in an editable install they lie in the checkout, beside the package."""
    package = Path(str(resources.files("reporter")))
    packaged = package / "_starter"
    return packaged if packaged.is_dir() else package.parent


@dataclass(frozen=True)
class Newsletter:
    """A loaded config and the folder it speaks of."""

    root: Path
    config: Config
    document: Document

    @property
    def templates(self) -> tuple[Path, ...]:
        """The search path for templates: the newsletter's own first, then the packaged ones."""
        folders = (self.root / "templates", starter() / "templates")
        unique = dict.fromkeys(folder.resolve() for folder in folders if folder.is_dir())
        return tuple(unique)

    @property
    def data(self) -> Path:
        return self.root / self.config.data

    @property
    def output(self) -> Path:
        return self.root / self.config.output


def load(path: Path | None) -> Newsletter:
    """The newsletter whose config this is; without a path, the one in this folder, else the packaged example.

    Raises ConfigError where there is none, and Several with every mistake in it.
    """
    if path is not None and path.is_dir():
        path = path / "config.yaml"
    chosen = path or Path("config.yaml")
    if path is None and not chosen.exists():
        chosen = starter() / "config.yaml"
        config, document = configuration.load(chosen)
        return Newsletter(Path.cwd(), config, document)
    if not chosen.exists():
        raise ConfigError(f"{chosen}: no such file; give the path of a config.yaml with --config")
    config, document = configuration.load(chosen)
    # The folder the path names: a linked config (as mounted by an orchestrator) does not move the newsletter.
    return Newsletter(chosen.parent.resolve(), config, document)


# ---- a new folder ----------------------------------------------------------------------------------------------------


def make(folder: Path) -> tuple[Path, ...]:
    """The files of a new newsletter: config, rulebooks, README and what git ignores; all of them or none.

    Raises ConfigError for a place that is taken or cannot be one, StoreError where nothing can be written.
    """
    target = _free(folder)
    files = _contents()
    try:
        with _beside(target) as fresh:
            for name, body in files.items():
                _write(fresh / name, body)
            fresh.rename(target)  # onto nothing or an empty folder; one that was filled meanwhile refuses
    except OSError as problem:
        raise StoreError(
            f"{folder}: {problem.strerror}; nothing was made there; free space or choose another place"
        ) from None
    return tuple(folder / name for name in files)


def _free(folder: Path) -> Path:
    """The place itself, behind every link. Raises ConfigError."""
    try:
        target = folder.resolve()
        taken = next(target.iterdir(), None) if target.exists() else None
    except NotADirectoryError:
        raise ConfigError(f"{folder}: is a file; name a folder that is new or empty") from None
    except (OSError, RuntimeError, ValueError) as problem:
        why = getattr(problem, "strerror", None) or "no path of a folder"
        raise ConfigError(f"{folder}: {why}; name a folder that is new or empty") from None
    if taken:
        raise ConfigError(f"{folder}: already holds {taken.name!r}; name a folder that is new or empty")
    if target == Path.cwd():  # swapping it would leave the shell standing in a folder that is gone
        raise ConfigError(f"{folder}: is the folder you are in; go up first: cd .. && reporter init {target.name}")
    if not target.parent.is_dir():
        raise ConfigError(f"{folder}: there is no folder {target.parent}; make it first")
    return target


def _contents() -> Mapping[str, bytes]:
    """The files by their names. Raises StoreError where the installation lacks them."""
    packaged = starter()
    try:
        rulebooks = sorted((packaged / "templates" / "rules").iterdir())
        copied = [packaged / "config.yaml", *(path for path in rulebooks if path.suffix == ".yaml")]
        files = {path.relative_to(packaged).as_posix(): path.read_bytes() for path in copied}
    except OSError as problem:
        raise StoreError(f"{problem.filename}: {problem.strerror}; install the program again") from None
    return {**files, "README.md": README.encode(), ".gitignore": IGNORED.encode()}


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """An empty folder on the same disk, with the rights of `target` or the usual ones; unless renamed it goes again."""
    hidden = Path(tempfile.mkdtemp(prefix=".reporter-init-", dir=target.parent))
    try:
        fresh = hidden / "newsletter"
        fresh.mkdir()
        if target.exists():
            shutil.copymode(target, fresh)
        yield fresh
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
