"""What a reader of the finished Markdown sees: its text in, the letters that stand in plain view out."""

from __future__ import annotations

import re

from reporter.check import page_text, words

# In this order, each on what the ones before it left. Letters alone count, so an escaped mark can go altogether.
UNSEEN = (
    re.compile(r"\\[^\w\s]"),
    re.compile(r"\A---\n.*?\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL),  # front matter
    re.compile(r"^[ >]*(`{3,}|~{3,})[^\n]*\n.*?(?:^[ >]*\1[`~]*[ \t]*$|\Z)", re.DOTALL | re.MULTILINE),  # fence
    re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL),  # comment
    re.compile(r"^ {0,3}\[[^\]\n]+\]:[^\n]*(?:\n[ \t]+[\"'(][^\n]*)?", re.MULTILINE),  # definition of a link or a note
    re.compile(r"!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])?"),  # picture and its alt text
    re.compile(r"(?<=\])\((?:[^()]|\([^()]*\))*\)"),  # target and title of a link
    re.compile(r"~~.*?~~", re.DOTALL),  # struck out
)
RAW_HTML = re.compile(r"<(?!https?:|mailto:)[A-Za-z/!?][^>]*>?")


def read(text: str) -> str:
    """The letters in plain view: without comments, fences, targets of links, front matter and hidden elements."""
    return page_text.read(_plain(text).encode()).body


def _plain(text: str) -> str:
    seen = text.replace("\r\n", "\n")
    for pattern in UNSEEN:
        seen = pattern.sub(" ", seen)
    return seen


def lack(wanted: words.Passage, text: str) -> str:
    """What is wrong where the passage does not stand in plain view; empty where it does."""
    if tag := RAW_HTML.search(_plain(text)):
        return f"the {wanted.name} stands beside raw HTML ({tag[0][:30]}), which can hide it from a reader"
    seen = read(text)
    return "" if wanted.letters in seen else words.lack(wanted, [seen])
