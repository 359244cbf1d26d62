"""What a change sends: its fields, with links by what readers can open by now (P9)."""

from __future__ import annotations

from dataclasses import replace

from kbsync.apply.watch import LiveView
from kbsync.errors import Moved
from kbsync.links import Link, address_of, links_in, resolve
from kbsync.model import Article, Object, Ref, Status, Value, id_of, is_published
from kbsync.plan import Change, Plan, Target


class Content:
    """What exists and is public by now, and so what the body of a change links to."""

    def __init__(self, plan: Plan, view: LiveView) -> None:
        self.plan = plan
        self.view = view
        self.targets: dict[str, Target] = dict(plan.targets)

    def id(self, ref: Ref | None) -> int | None:
        """The server's id of a parent; None where there is none, or not yet."""
        if isinstance(ref, str):
            return self.targets[ref].id if ref in self.targets else None
        return ref

    def values(self, change: Change, live: Object | None = None) -> dict[str, Value]:
        """What is sent for `change`: the fields it names, links resolved by what readers can open now."""
        values = {name: change.owned[name] for name in change.fields if name in change.owned}
        if change.action in {"unpublish", "delete"}:
            values = {name: one.after for name, one in change.fields.items() if one.after is not None}
        if "body" in values:
            opened = frozenset(change.opens) if self._is_public_after(change, live) else frozenset()
            values["body"] = resolve(str(values["body"]), lambda link: self.address(link, opened))
        if change.kind == "article" and {"title", "body"} & values.keys() and "status" not in values:
            # Content without a status may become a draft that nobody sees (API sheet 4.3).
            values["status"] = self._status(change, live)
        return values

    def _status(self, change: Change, live: Object | None) -> int:
        kept = live if live is not None else self.view.expected.get((change.kind, change.id or 0))
        if "status" in change.drifted or "status" not in change.owned:
            return int(getattr(kept, "status", None) or Status.PUBLISHED)
        return int(str(change.owned["status"]))

    def _is_public_after(self, change: Change, live: Object | None) -> bool:
        if "status" in change.fields:
            return change.fields["status"].after == Status.PUBLISHED
        return is_published(live)

    def address(self, link: Link, opened: frozenset[str]) -> str | None:
        """Where `link` leads if its target is public by now and stays so in this plan; None makes it text."""
        target = self.targets.get(link.key)
        if target is None or target.id is None or link.key not in self.plan.public:
            return None
        if not target.public and link.key not in opened:
            return None
        return address_of(self.plan.portal_url, target.kind, target.id, link.anchor)

    def look_at_targets(self, change: Change, live: Object | None) -> None:
        """What `change` links to may have left readers since; it is looked at as often as what is overwritten (P9).

        Raises Moved where a page goes live as it is stored, with a link that holds no more.
        """
        for link in links_in(str(change.owned.get("body", ""))):
            target = self.targets.get(link.key)
            if target is None or target.kind != "article" or target.id is None or not target.public:
                continue
            if is_published(self.view.fresh(target.kind, target.id)):
                continue
            self.targets[link.key] = replace(target, public=False)
            opens = "status" in change.fields and "body" not in change.fields and self._is_public_after(change, live)
            if opens:
                raise Moved(f"{link.key}, which it links to, is no longer public", "run plan again")

    def opened(self, change: Change, reply: Object) -> None:
        """Whether readers can open something is what the server says, never what was asked (design 4)."""
        known = self.targets.get(change.key)
        public = is_published(reply) or (reply.kind != "article" and known is not None and known.public)
        self.targets[change.key] = Target(change.kind, id_of(reply), public)
        if is_published(reply) and self._is_in_place(change, reply):
            for key in change.opens:
                if key in self.targets:
                    self.targets[key] = replace(self.targets[key], public=True)

    def _is_in_place(self, change: Change, reply: Object) -> bool:
        """False where a move was refused: then the article opens no folder that it is not in."""
        moves = "folder" in change.fields and isinstance(reply, Article)
        return not moves or getattr(reply, "folder", None) == self.id(change.parent)
