"""What is gathered while one document is rendered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from kbsync import links
from kbsync.config import Rendering
from kbsync.findings import Finding, Place, found
from kbsync.model import Asset
from kbsync.render.headings import Heading
from kbsync.render.origin import Positions
from kbsync.render.site import Site
from kbsync.render.targets import Goal
from kbsync.source.document import Document


@dataclass(frozen=True, slots=True)
class Wanted:
    """An anchor that a link needs, and where the link stands."""

    place: Place
    link: links.Link


@dataclass
class Draft:
    """The state of one rendering, handed from step to step. `raw` says that raw HTML is in it."""

    site: Site
    document: Document
    rendering: Rendering
    positions: Positions
    findings: list[Finding] = field(default_factory=list)
    wanted: list[Wanted] = field(default_factory=list)
    assets: dict[str, Asset] = field(default_factory=dict)
    anchors: set[str] = field(default_factory=set)
    slugs: dict[str, int] = field(default_factory=dict)
    headings: list[Heading] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    raw: bool = False

    def tell(self, rule: str, place: Place, **values: object) -> None:
        """Adds a finding."""
        self.findings.append(found(rule, place, **values))

    def tell_once(self, key: str, rule: str, place: Place, **values: object) -> None:
        """Adds a finding if none was added for `key` in this document."""
        if key not in self.told:
            self.told.add(key)
            self.tell(rule, place, **values)

    def follow(self, goal: Goal, where: Callable[[], Place]) -> str | None:
        """The address of `goal`, with its problems, asset and anchor noted; `where` is asked only for those."""
        for rule, values in goal.problems:
            if rule == "asset-store-missing":
                self.tell_once(rule, rule, where(), **values)
            else:
                self.tell(rule, where(), **values)
        if goal.asset is not None:
            self.assets[goal.asset.path] = goal.asset
        if goal.anchor is not None:
            self.wanted.append(Wanted(where(), goal.anchor))
        return goal.address
