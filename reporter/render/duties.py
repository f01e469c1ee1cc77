"""What every page must carry and must not: the disclaimer and the notice are put in here, where no template can reach.

They go in after the template has been rendered, so that whoever edits a template or a style sheet can neither drop nor
soften them. What would load or run something from elsewhere is refused.
"""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser
from itertools import accumulate

from reporter import disclaimer
from reporter.errors import RenderError
from reporter.model import Note

DISCLAIMER = "disclaimer"
NOTICE = "notice"
SAFE = re.compile(r"\s*(data:image/|#|\Z)", re.IGNORECASE)
LINK = re.compile(r"\s*(https?:|mailto:|#|\Z)", re.IGNORECASE)
OUTSIDE = re.compile(r"url\(\s*+['\"]?+(?!data:|#)|@import|image-set\(", re.IGNORECASE)
SOURCES = {"src", "srcset", "poster", "data", "background", "action", "formaction", "xlink:href", "manifest", "ping"}
HARMLESS_LINKS = {"canonical", "alternate", "license"}
REFUSED = {"script", "iframe", "frame", "object", "embed", "base", "noscript", "template", "form"}

# Declared inline and important, these stand above any rule of a style sheet in a browser.
PLAIN = (
    "visibility:visible!important;opacity:1!important;position:static!important;float:none!important;"
    "width:auto!important;height:auto!important;max-width:none!important;max-height:none!important;"
    "overflow:visible!important;transform:none!important;text-indent:0!important;letter-spacing:normal!important;"
    "text-align:left!important;white-space:normal!important;"
)
INK = "color:#1b1f24!important;background:#ffffff!important;"
TEXT = "font-family:'Source Serif 4',Georgia,serif!important;font-style:normal!important;line-height:1.45!important;"
HEAD = "font-family:Inter,Arial,sans-serif!important;font-style:normal!important;line-height:1.3!important;"
SECTION_STYLE = f"display:block!important;{PLAIN}{INK}margin:32px auto 24px!important;padding:14px 18px!important;" + (
    "max-width:680px!important;box-sizing:border-box!important;border:1px solid #56606b!important;"
    "break-inside:avoid!important"
)
HEADING_STYLE = f"display:block!important;{PLAIN}{INK}{HEAD}margin:0 0 6px!important;padding:0!important;" + (
    "font-size:14px!important;font-weight:600!important;text-transform:none!important;break-after:avoid!important"
)
PARAGRAPH_STYLE = f"display:block!important;{PLAIN}{INK}{TEXT}margin:0 0 7px!important;padding:0!important;" + (
    "font-size:12.5px!important;font-weight:400!important"
)
NOTICE_STYLE = f"display:block!important;{PLAIN}{HEAD}color:#7a1f2b!important;background:#fbeceb!important;" + (
    "margin:0 0 14px!important;padding:8px!important;font-size:12px!important;font-weight:600!important;"
    "text-align:center!important;border-bottom:1px solid #b23a48!important"
)
# Screens know more ways to hide a thing than WeasyPrint does, which would complain of these.
SCREEN = (
    "@media screen{#disclaimer,#disclaimer *,#notice{clip-path:none!important;clip:auto!important;"
    "filter:none!important;mask:none!important;content-visibility:visible!important;scale:none!important;translate:none!important;"
    "rotate:none!important;-webkit-text-fill-color:currentcolor!important;zoom:1!important}}"
)


class Outline(HTMLParser):
    """Where a finished page's head and body begin and end, and what in it is not allowed.

    `start` is where the body's content begins, `end` where it ends and `head` where the head ends, as offsets;
    the last two are None where no tag says so.
    """

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.start = 0
        self.end: int | None = None
        self.head: int | None = None
        self.faults: list[str] = []
        self._lines = tuple(accumulate((len(line) + 1 for line in text.split("\n")), initial=0))
        self._has_body = False
        self.feed(text)
        self.close()

    def handle_decl(self, decl: str) -> None:
        self._begin(len(f"<!{decl}>"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"html", "body"}:
            self._begin(len(self.get_starttag_text() or ""))
            self._has_body = self._has_body or tag == "body"
        self.faults += _faults(tag, {name: value or "" for name, value in attrs})

    def handle_endtag(self, tag: str) -> None:
        if tag == "head" and self.head is None:
            self.head = self._here()
            self._begin(len("</head>"))
        if tag == "body" or (tag == "html" and self.end is None):
            self.end = self._here()

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "style" and OUTSIDE.search(data):
            self.faults.append(
                "a <style> asks for something outside; put the file into style/ and name it in screen.css"
            )

    def _here(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def _begin(self, length: int) -> None:
        """What opens the page ends here; nothing after `<body>` moves the mark."""
        if not self._has_body:
            self.start = self._here() + length


def html(text: str, note: Note, where: str) -> str:
    """The page with its notice as the first and its disclaimer as the last thing in its body.

    Raises RenderError where the template brings its own, or reaches outside the page.
    """
    outline = Outline(text)
    if outline.faults:
        raise RenderError(f"{where}: {'; '.join(dict.fromkeys(outline.faults))}")
    start, end = outline.start, len(text) if outline.end is None else max(outline.end, outline.start)
    style = f"<style>{SCREEN}{page_css(note.notice)}</style>\n"
    body = f"{_notice(note)}{text[start:end]}{_disclaimer(note)}"
    if outline.head is None or outline.head > start:
        return f"{text[:start]}{body}{style}{text[end:]}"
    return f"{text[: outline.head]}{style}{text[outline.head : start]}{body}{text[end:]}"


def paper_css(note: Note) -> str:
    """All of it once more as a user's style sheet for WeasyPrint, to which an inline style is no more than an id."""
    rules = {
        f"#{DISCLAIMER}": SECTION_STYLE,
        f"#{DISCLAIMER} h2": HEADING_STYLE,
        f"#{DISCLAIMER} p": PARAGRAPH_STYLE,
        f"#{NOTICE}": NOTICE_STYLE,
    }
    return "".join(f"{selector}{{{style}}}" for selector, style in rules.items()) + page_css(note.notice)


def page_css(notice: str) -> str:
    """The notice in the margin of every printed page, above whatever a style sheet puts there; empty without one."""
    if not notice:
        return ""
    box = (
        f"content:{_css_string(notice)}!important;display:block!important;visibility:visible!important;"
        "color:#7a1f2b!important;background:#fbeceb!important;opacity:1!important;width:84%!important;height:17pt!important;"
        "font:600 7.5pt/1.3 Inter,Arial,sans-serif!important;text-align:left!important;vertical-align:middle!important;"
        "padding:0 6pt!important;margin:12pt 0 auto!important;overflow:visible!important"
    )
    pages = ("", ":first", ":left", ":right", ":blank")
    return "".join(f"@page{page}{{margin-bottom:23mm!important;@bottom-left{{{box}}}}}" for page in pages)


def _disclaimer(note: Note) -> str:
    paragraphs = "".join(f'<p style="{PARAGRAPH_STYLE}">{escape(text)}</p>' for text in note.disclaimer)
    return (
        f'<section id="{DISCLAIMER}" aria-labelledby="disclaimer-heading" '
        f'style="{SECTION_STYLE}"><h2 id="disclaimer-heading" style="{HEADING_STYLE}">{escape(disclaimer.HEADING)}</h2>'
        f"{paragraphs}</section>\n"
    )


def _notice(note: Note) -> str:
    if not note.notice:
        return ""
    return f'\n<aside id="{NOTICE}" aria-label="Notice" style="{NOTICE_STYLE}">{escape(note.notice)}</aside>'


def _css_string(text: str) -> str:
    """A CSS string that also cannot end the element it stands in."""
    return '"' + re.sub(r'[\\"<>\n\r\f]', lambda match: f"\\{ord(match[0]):x} ", text) + '"'


def _faults(tag: str, attributes: dict[str, str]) -> list[str]:
    """What one element does that a note must not."""
    faults = []
    if attributes.get("id") in {DISCLAIMER, NOTICE}:
        faults.append(
            f'an element has id="{attributes["id"]}": the {attributes["id"]} is put in by the program; remove it'
        )
    if tag in REFUSED:
        faults.append(f"<{tag}> cannot stand in a note; remove it")
    if tag == "meta" and attributes.get("http-equiv", "").lower() == "refresh":
        faults.append("a note cannot send its reader elsewhere; remove the refresh")
    if tag == "link" and attributes.get("rel", "").lower() in HARMLESS_LINKS:
        return faults
    for name, value in attributes.items():
        if name.startswith("on"):
            faults.append(f"{name!r} on <{tag}> would run a script; remove it")
        elif _is_outside(tag, name, value):
            faults.append(f"{name}={value[:60]!r} on <{tag}> asks for something outside; a note is one file")
    return faults


def _is_outside(tag: str, name: str, value: str) -> bool:
    if name == "style":
        return bool(OUTSIDE.search(value))
    if name == "href":
        return not LINK.match(value) if tag in {"a", "area"} else not SAFE.match(value)
    return name in SOURCES and not SAFE.match(value)
