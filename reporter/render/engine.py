"""The template engine: a name on the search path and a context become text, or one line that says what is wrong."""

from __future__ import annotations

import dataclasses
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, TemplateNotFound, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from reporter.errors import RuleError, nearest

FOLDER = "note"


@dataclasses.dataclass(frozen=True)
class Form:
    """How one kind of page is written: its filters, and what becomes of every value before it is printed."""

    filters: Mapping[str, Callable[..., Any]]
    finalize: Callable[[Any], Any] | None = None


def render(templates: Sequence[Path], name: str, form: Form, context: Mapping[str, object]) -> str:
    """The text of a template. Raises RuleError with file and line for an author's mistake."""
    try:
        return environment(templates, form, context).get_template(name).render(context)
    except Exception as problem:
        raise mistake(problem, name, templates, form) from problem


def environment(templates: Sequence[Path], form: Form, known: Iterable[str] = ()) -> Environment:
    """Autoescaping, strict about undefined names, and closed to anything but the records that it is given."""
    made = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader([folder / FOLDER for folder in templates]),
        autoescape=True,
        undefined=_strict(tuple(known)),
        finalize=form.finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(form.filters)
    return made


def shown(path: Path, templates: Sequence[Path]) -> str:
    """`templates/note/page.html.j2`: a file as the author knows it, without the folders of this machine."""
    for folder in templates:
        if path.is_relative_to(folder):
            return (folder.name / path.relative_to(folder)).as_posix() if folder.name else path.name
    return path.name


def _strict(known: tuple[str, ...]) -> type[StrictUndefined]:
    """Undefined names are errors that name the nearest known one."""

    class Unknown(StrictUndefined):
        __slots__ = ()

        @property
        def _undefined_message(self) -> str:
            name = str(self._undefined_name)
            if self._undefined_hint:
                return self._undefined_hint
            if self._undefined_obj is missing:
                return f"{name!r} is undefined{nearest(name, known)}"
            owner = type(self._undefined_obj).__name__
            return f"{owner!r} has no attribute {name!r}{nearest(name, _attributes(self._undefined_obj))}"

    return Unknown


def _attributes(value: object) -> list[str]:
    return [name for name in dir(value) if not name.startswith("_")]


def mistake(problem: Exception, name: str, templates: Sequence[Path], form: Form) -> RuleError:
    """One line: the template and its line, what happened, and what was nearest."""
    if isinstance(problem, TemplateNotFound):
        known = _near(str(problem.name), templates)
        return RuleError(f"{_last(problem, name, templates)}: no template is called {problem.name!r}{known}")
    if isinstance(problem, TemplateSyntaxError):
        where = shown(Path(problem.filename), templates) if problem.filename else name
        return RuleError(f"{where}:{problem.lineno}: {problem.message}{_near_filter(problem.message, form)}")
    message = problem.message if isinstance(problem, TemplateError) else f"{type(problem).__name__}: {problem}"
    return RuleError(f"{_last(problem, name, templates)}: {message}")


def _last(problem: Exception, name: str, templates: Sequence[Path]) -> str:
    """Where in the templates the problem arose: Jinja puts their own lines into the traceback."""
    frames = traceback.extract_tb(problem.__traceback__)
    for frame in reversed(frames):
        if frame.filename.endswith(".j2"):
            return f"{shown(Path(frame.filename), templates)}:{frame.lineno}"
    return f"{templates[0].name if templates else 'templates'}/{FOLDER}/{name}"


def _near(name: str, templates: Sequence[Path]) -> str:
    files = {path.name for folder in templates for path in (folder / FOLDER).glob("*.j2")}
    return nearest(name, sorted(files))


def _near_filter(message: str | None, form: Form) -> str:
    """Jinja says `No filter named 'dat_uri'.`: the nearest of ours."""
    quoted = (message or "").split("'")
    return nearest(quoted[1], form.filters) if "filter" in (message or "") and len(quoted) > 2 else ""
