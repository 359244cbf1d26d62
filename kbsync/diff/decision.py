"""What becomes of one source: the three-way rule over its fields, its place and its state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from kbsync.diff.binding import Binding
from kbsync.fingerprint import is_identical, same
from kbsync.lock import Entry
from kbsync.model import Article, Object, Value, fields, parent_of
from kbsync.rule import Verdict, only_rewritten, same_text, same_words, verdict, verdict_unknown


@dataclass(frozen=True, slots=True)
class Settings:
    """What a diff depends on besides desired, live and lock.

    `agent_url` is the address agents work at. `renderer` is the version that made the desired bodies. `primary`:
    ids in front matter are this target's. `move_articles`: the server is known to take a folder in an article's
    PUT. `chosen` holds the keys whose file a person chose over anything live, `accepted` those where a rewrite of
    the markup alone is taken as it is. `selected` says which keys a partial plan looks at. `intents` holds, by key,
    what earlier runs sent and never heard back of.
    """

    target: str
    account: str
    portal_url: str
    agent_url: str = ""
    renderer: str = ""
    primary: bool = True
    move_articles: bool = False
    removed: Literal["report", "unpublish", "delete"] = "report"
    touched: Literal["hold", "warn"] = "hold"
    on_conflict: Literal["skip", "local"] = "skip"
    chosen: frozenset[str] = frozenset()
    accepted: frozenset[str] = frozenset()
    selected: Callable[[str], bool] | None = None
    intents: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict on each field the source names, `folder` among them where its place matters.

    `body` is the article's body with links resolved for this run's outcome. `place` is the id of the object the
    source belongs under, None where that is new. `by_hand`: the source moved, but
    the move has to be made in Freshdesk. `held` says why nothing is written although something changed.
    """

    binding: Binding
    body: str = ""
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    touched: bool = False
    by_hand: bool = False
    place: int | None = None
    held: str = ""
    selected: bool = True

    @property
    def item(self) -> Object:
        """The source object."""
        return self.binding.item

    def named(self, wanted: Verdict) -> tuple[str, ...]:
        """The fields with this verdict."""
        return tuple(name for name, one in self.verdicts.items() if one == wanted)

    @property
    def writes(self) -> bool:
        """True if this source is created or updated."""
        if self.held or not self.selected or self.named("conflict"):
            return False
        return self.binding.state == "new" or bool(self.named("update"))

    @property
    def wants(self) -> dict[str, Value]:
        """Every field the source names, the body with links resolved."""
        return fields(self.item) | ({"body": self.body} if self.item.kind == "article" else {})


def decide(binding: Binding, parent: int | None, body: str, settings: Settings) -> Decision:
    """The decision on one source. `parent` is the server's id of the object it belongs under, None if new."""
    if settings.selected is not None and binding.item.kind == "article" and not settings.selected(binding.item.key):
        return Decision(binding, body, selected=False)
    if binding.state != "bound" or binding.live is None:
        return Decision(binding, body)
    verdicts = _verdicts(binding, binding.live, body, settings)
    place = _place(parent, parent_of(binding.live), binding.entry)
    by_hand = place == "update" and not (settings.move_articles and binding.item.kind == "article")
    if place != "unchanged" and not by_hand:
        verdicts["folder"] = place
    if binding.item.key in settings.accepted and verdicts.get("body") == "drift" and is_rewrite(binding.live, body):
        verdicts["body"] = "refresh"
    overruled = _overruled(binding.item.key, settings)
    verdicts = {name: "update" if one in overruled and name != "folder" else one for name, one in verdicts.items()}
    touched = _is_touched(binding.live, binding.entry)
    decision = Decision(binding, body, verdicts, touched, by_hand, parent)
    if touched and decision.writes and settings.touched == "hold" and not overruled:
        return replace(decision, held="touched in Freshdesk since the last apply, perhaps a waiting draft")
    return decision


def is_rewrite(live: Object, body: str) -> bool:
    """True if the live body is ours but for its markup, as when the server changes how it cleans HTML (F15)."""
    return isinstance(live, Article) and only_rewritten(live.body, body)


def _overruled(key: str, settings: Settings) -> tuple[Verdict, ...]:
    """The verdicts that give way to the file because a person said so."""
    if key in settings.chosen:
        return ("conflict", "drift")
    return ("conflict",) if settings.on_conflict == "local" else ()


def _verdicts(binding: Binding, live: Object, body: str, settings: Settings) -> dict[str, Verdict]:
    have, entry = fields(live), binding.entry
    want = Decision(binding, body).wants
    if entry is None:
        verdicts = {
            name: verdict_unknown(name, value, have.get(name), settings.portal_url) for name, value in want.items()
        }
    else:
        verdicts = {
            name: verdict(name, value, have.get(name), entry.sent.get(name), entry.live.get(name))
            for name, value in want.items()
        }
    for name, sent in settings.intents.get(binding.item.key, {}).items():
        now = have.get(name)
        if now is not None and verdicts.get(name) in {"conflict", "drift"}:
            verdicts[name] = _after_lost_write(name, want[name], sent, now, settings) or verdicts[name]
    if entry is None and "conflict" not in verdicts.values() and "body" in want:
        # Adopted by its text; its links are completed by an update.
        verdicts["body"] = verdict("body", body, have.get("body"), None, None)
    return verdicts


def _after_lost_write(name: str, want: Value, sent: Value, have: Value, settings: Settings) -> Verdict | None:
    """The verdict where live is what an earlier run sent and never heard back of; None where it may be a person's.

    It is ours if readers see the words we sent, however they were rewritten. Where the file says something else by
    now, it is written over only if it is ours beyond doubt.
    """
    if same(name, sent, have):
        return "update"
    if name not in {"title", "body"} or not same_words(str(sent), str(have)):
        return None
    if same(name, want, sent):
        return "refresh"
    links_alone = same_text(str(want), str(sent), settings.portal_url)
    return "update" if links_alone or only_rewritten(str(sent), str(have)) else None


def _place(want: int | None, have: object, entry: Entry | None) -> Verdict:
    if want == have:
        return "unchanged" if entry is None or entry.parent == have else "refresh"
    if entry is None:
        return "conflict"
    if have == entry.parent:
        return "update"
    return "drift" if want == entry.parent else "conflict"


def _is_touched(live: Object, entry: Entry | None) -> bool:
    """True where only `updated_at` moved: perhaps a draft waits in the web editor (F67)."""
    if live.kind != "article" or entry is None or not entry.updated_at or live.updated_at == entry.updated_at:
        return False
    if parent_of(live) != entry.parent:
        return False  # a person moved it, which is told as such
    have = fields(live)
    return all(name not in have or is_identical(known, have[name]) for name, known in entry.live.items())
