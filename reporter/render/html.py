"""A note becomes one HTML file for screen and print: style, fonts and charts lie in it, and nothing is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import TemplateSyntaxError

from reporter.errors import ReporterError
from reporter.model import Artifact, Chart, Note
from reporter.render import appendix, duties, engine, markdown, specimen, style

TEMPLATE = "page.html.j2"
MEDIA_TYPE = "text/html; charset=utf-8"


def page(note: Note, templates: Sequence[Path]) -> Artifact:
    """`note.html`. Raises RuleError for a mistake in a template or style, RenderError for what a note must not do."""
    context = {**appendix.context(note), "styles": style.elements(templates)}
    text = engine.render(templates, TEMPLATE, FORM, context)
    return Artifact("html", "note.html", MEDIA_TYPE, duties.html(text, note, _where(templates)).encode("utf-8"))


def check_templates(templates: Sequence[Path]) -> list[str]:
    """A line for each mistake in the note's templates and styles, found by rendering a full and a bare made-up note."""
    mistakes = _unreadable(templates)
    for note in (specimen.full(), specimen.bare()):
        for render in (page, markdown.page):
            try:
                render(note, templates)
            except ReporterError as problem:
                mistakes.append(str(problem))
    return list(dict.fromkeys(mistakes))


def _unreadable(templates: Sequence[Path]) -> list[str]:
    """Syntax errors in any template, used by these pages or not."""
    environment = engine.environment(templates, FORM)
    mistakes = []
    for name in environment.list_templates(extensions=["j2"]):
        try:
            source, filename, _ = environment.loader.get_source(environment, name)  # type: ignore[union-attr]
            environment.parse(source, name, filename)
        except TemplateSyntaxError as problem:
            mistakes.append(str(engine.mistake(problem, name, templates, FORM)))
        except UnicodeDecodeError as problem:
            mistakes.append(f"templates/note/{name}: byte {problem.start} is not UTF-8; save the file as UTF-8")
    return mistakes


def _image(chart: Chart) -> str:
    """The chart as a data URI, for an `<img>` of its own: two SVGs inlined in one page would share their ids."""
    return style.data_uri(chart.body, "image/svg+xml")


def _where(templates: Sequence[Path]) -> str:
    paths = (folder / engine.FOLDER / TEMPLATE for folder in templates)
    return next((engine.shown(path, templates) for path in paths if path.is_file()), TEMPLATE)


FILTERS: Mapping[str, Any] = {"image": _image, "coverage": appendix.coverage}
FORM = engine.Form(FILTERS)
