"""Rendering 1,000 articles against calling markdown-it-py alone on the same text."""

from __future__ import annotations

from collections.abc import Mapping

from markdown_it import MarkdownIt

from kbsync.config import AssetStore, Config, Target
from kbsync.render import render_project
from kbsync.source.document import Sources
from kbsync.source.tree import Entry, Tree, assemble

from .articles import help_centre
from .figures import Figure, cpu, ratio

TARGET = Target(
    "bench", "freshdesk", "https://acme.freshdesk.com/api/v2", "https://help.acme.com",
    assets=AssetStore("base-url", "https://cdn.acme.com/help/"),
)  # fmt: skip
CONFIG = Config("content", "en", "bench", {"bench": TARGET})


def tree_of(texts: Mapping[str, str]) -> Tree:
    """The texts as a content folder that has been read."""
    folders = {path.rsplit("/", up)[0] for path in texts for up in (1, 2)}
    entries = [Entry(folder, "directory") for folder in folders]
    entries += [Entry(path, "file", len(text), text.encode()) for path, text in texts.items()]
    return Tree(tuple(sorted(entries, key=lambda entry: entry.path)))


def render(sources: Sources) -> None:
    """All articles as kbsync renders them; they must be without an error, or less was measured."""
    desired = render_project(sources, CONFIG, TARGET, lambda _: None)
    assert not desired.snapshot.skipped, desired.findings[:3]
    assert len(desired.snapshot.articles) == len(sources.documents)


def raw_render(bodies: list[str]) -> None:
    """The same texts through plain markdown-it-py, with tables."""
    markdown = MarkdownIt("commonmark").enable("table")
    for body in bodies:
        markdown.render(body)


def measure(articles: int = 1000, rounds: int = 5) -> list[Figure]:
    """Each round has texts of its own, so that nothing kbsync remembers of one round serves the next."""
    reading, rendering, raw = [], [], []
    _round(50, 0)
    for seed in range(1, rounds + 1):
        read, rendered, plain = _round(articles, seed)
        reading.append(read)
        rendering.append(rendered)
        raw.append(plain)
    how = f"CPU, {articles} articles, {rounds} rounds of other texts"
    return [
        Figure("render_project / markdown-it-py", ratio(rendering, raw), how=how),
        Figure("reading and checking sources / markdown-it-py", ratio(reading, raw), how="the same run"),
        Figure("markdown-it-py alone", f"{min(raw) / articles * 1e3:.2f} ms an article", how="this machine"),
    ]


def _round(articles: int, seed: int) -> tuple[float, float, float]:
    tree = tree_of(help_centre(articles, seed=seed))
    read, sources = cpu(lambda: assemble(tree, CONFIG.content, CONFIG.language))
    assert not sources.broken, sources.findings[:3]
    bodies = [document.body for document in sources.documents]
    half = len(bodies) // 2
    first, _ = cpu(lambda: raw_render(bodies[:half]))
    rendered, _ = cpu(lambda: render(sources))
    second, _ = cpu(lambda: raw_render(bodies[half:]))
    return read, rendered, first + second
