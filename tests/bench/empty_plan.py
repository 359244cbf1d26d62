"""An empty plan of 1,000 articles against rendering them with markdown-it-py alone."""

from __future__ import annotations

from kbsync.source.tree import assemble

from .articles import help_centre
from .figures import Figure, cpu, ratio
from .rendering import CONFIG, raw_render, tree_of
from .served import Published, published


def measure(articles: int = 1000, rounds: int = 3) -> list[Figure]:
    """CPU of this process; the server is another one. Reading, rendering, listing and comparing are all in it."""
    texts = help_centre(articles)
    sources = assemble(tree_of(texts), CONFIG.content, CONFIG.language)
    bodies = [document.body for document in sources.documents]
    ours, raw = [], []
    with published(texts) as centre:
        _planned(centre)
        for _ in range(rounds):
            raw.append(cpu(lambda: raw_render(bodies))[0])
            ours.append(cpu(lambda: _planned(centre))[0])
    return [Figure("empty plan / markdown-it-py", ratio(ours, raw), how=f"CPU, {articles} articles, {rounds} rounds")]


def _planned(centre: Published) -> None:
    prepared = centre.plan()
    assert not prepared.plan.pending, prepared.plan.changes[:3]
