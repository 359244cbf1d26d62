"""What a search shows: the articles found, best first, each with the words of the search marked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from kbsync.sandbox.html_tokens import spaced_text
from kbsync.sandbox.rows import Article

LONGEST_TERM = 200
_BEFORE, _LENGTH = 60, 220
_LOOSE_MARK = re.compile(r"\s+([.,;:!?)\]])")
_BROKEN_AT = re.compile(r"\S*\s")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text; `marked` if it is what was searched for."""

    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One result: the article, its title and the text around the first word found."""

    article: Article
    title: tuple[Piece, ...]
    excerpt: tuple[Piece, ...]


def findings(articles: Iterable[Article], term: str) -> tuple[Finding, ...]:
    """The articles as results; those with more of the words in their title come first."""
    words = sorted(set(term.lower().split()), key=len, reverse=True)
    if not words:
        return ()
    pattern = re.compile("|".join(map(re.escape, words)), re.I)
    ranked = sorted(articles, key=lambda row: -sum(word in row.title.lower() for word in words))
    return tuple(_finding(row, pattern) for row in ranked)


def opening(body: str, length: int = 150) -> str:
    """The first words of a body, cut between words."""
    return _shortened(_words(body), length)


def _finding(row: Article, pattern: re.Pattern[str]) -> Finding:
    return Finding(row, _marked(row.title, pattern), _marked(_around(row.body, pattern), pattern))


def _around(body: str, pattern: re.Pattern[str]) -> str:
    text = _words(body)
    found = pattern.search(text)
    start = max(0, found.start() - _BEFORE) if found else 0
    if start and (broken := _BROKEN_AT.match(text, start, start + _BEFORE)):
        start = broken.end()
    return ("… " if start else "") + _shortened(text[start:], _LENGTH)


def _words(body: str) -> str:
    # Each tag became a space, so a link before a full stop leaves one too many.
    return _LOOSE_MARK.sub(r"\1", " ".join(spaced_text(body).split()))


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[:length].rpartition(' ')[0] or text[:length]} …"


def _marked(text: str, pattern: re.Pattern[str]) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    end = 0
    for match in pattern.finditer(text):
        pieces += [Piece(text[end : match.start()]), Piece(match[0], marked=True)]
        end = match.end()
    return tuple(piece for piece in (*pieces, Piece(text[end:])) if piece.text)
