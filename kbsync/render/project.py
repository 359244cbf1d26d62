"""All documents as the desired state of a knowledge base."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from kbsync.config import Config, Target
from kbsync.findings import Finding, Place, did_you_mean, found, has_errors
from kbsync.model import Article, Snapshot
from kbsync.render.code import is_style, style_names
from kbsync.render.page import Page, missing_anchor, render_page
from kbsync.render.site import Facts, Site
from kbsync.render.structure import Structure, structure_of
from kbsync.source.document import Document, Sources

# Part of what a plan is explained with: raise it when the same text gives other HTML.
RENDERER_VERSION = "1"


@dataclass(frozen=True, slots=True)
class Desired:
    """What the sources ask for, and what is wrong with them."""

    snapshot: Snapshot
    findings: tuple[Finding, ...]


@dataclass
class _Pages:
    """The pages of a project, each rendered when it is first asked for."""

    site: Site
    config: Config
    made: dict[str, Page] = field(default_factory=dict)

    def page(self, path: str) -> Page:
        if path not in self.made:
            self.made[path] = render_page(self.site.documents[path], self.site, self.config)
        return self.made[path]

    def findings(self, path: str) -> list[Finding]:
        """What is wrong with a document, its anchors in other documents included."""
        page = self.page(path)
        result = list(page.findings)
        for wanted in page.wanted:
            if wanted.link.key in self.site.documents:
                target = self.page(wanted.link.key)
                # A page whose template fails has no anchors; the failure is told, these would be noise.
                missing = None if not target.html and target.findings else missing_anchor(wanted.link, target.anchors)
                result += [found("anchor-missing", wanted.place, **missing)] if missing else []
        return sorted(result, key=lambda finding: finding.place)


def render_project(
    sources: Sources,
    config: Config,
    target: Target,
    facts: Facts,
    *,
    only: Callable[[str], bool] | None = None,
) -> Desired:
    """The desired snapshot of `sources` for `target`, and all findings of rendering.

    `only` leaves out the articles whose path it refuses; such a snapshot is not complete. An article with an
    error is in `skipped` and not in `articles`.
    """
    structure = structure_of(sources, config.content, config.language)
    pages = _Pages(_site(sources, config, target, facts, structure), config)
    articles: list[Article] = []
    findings = [*_style_findings(config), *structure.findings]
    skipped = {*sources.broken, *structure.skipped, *filter(structure.below_skipped, structure.keys())}
    assets = {}
    for document in sources.documents:
        if only is not None and not only(document.path):
            continue
        found_here = pages.findings(document.path)
        findings += found_here
        folder = structure.place.get(document.path, "")
        if has_errors(found_here) or not folder or structure.below_skipped(folder):
            skipped.add(document.path)
            continue
        page = pages.page(document.path)
        articles.append(_article(document, page, folder, config.language))
        if page.assets:
            assets[document.path] = page.assets
    snapshot = Snapshot(
        tuple(item for key, item in structure.categories.items() if not structure.below_skipped(key)),
        tuple(item for key, item in structure.folders.items() if not structure.below_skipped(key)),
        tuple(articles),
        complete=sources.complete and only is None,
        skipped=frozenset(skipped),
        assets=assets,
    )
    return Desired(snapshot, tuple(dict.fromkeys(findings)))


def render_document(document: Document, sources: Sources, config: Config, target: Target, facts: Facts) -> Page:
    """The page of one document, for a preview. Anchors in other documents are looked up too."""
    structure = structure_of(sources, config.content, config.language)
    pages = _Pages(_site(sources, config, target, facts, structure), config)
    pages.made[document.path] = render_page(document, pages.site, config)
    page = pages.made[document.path]
    return Page(page.html, page.text, page.anchors, page.wanted, page.assets, tuple(pages.findings(document.path)))


def _site(sources: Sources, config: Config, target: Target, facts: Facts, structure: Structure) -> Site:
    return Site(
        config.content,
        {document.path: document for document in sources.documents},
        structure.keys(),
        sources.broken,
        sources.files,
        sources.partials,
        target,
        cache(facts),  # a file used in many articles is looked at once
    )


def _style_findings(config: Config) -> list[Finding]:
    style = config.rendering.code_style
    if is_style(style):
        return []
    guess = did_you_mean(style, style_names())
    return [found("code-style-unknown", Place("kbsync.yaml"), style=style, guess=guess)]


def _article(document: Document, page: Page, folder: str, language: str) -> Article:
    return Article(
        document.title,
        folder,
        page.html,
        status=int(document.status),
        tags=document.tags,
        seo_title=document.seo_title,
        seo_description=document.seo_description,
        seo_keywords=document.seo_keywords,
        author=document.author,
        key=document.path,
        id=document.article_id,
        language=language,
        source=hashlib.sha256(f"{document.title}\0{page.text}".encode()).hexdigest(),
    )
