"""Carry out a plan: each write guarded by a fresh look, on disk before and after, and settled if its reply is lost.

The order is the plan's: containers, articles, completions of links that could not hold at first, articles that
become drafts, what only the lock learns, removals. One object's failure does not stop the rest; what would
leave a reader in front of a dead page, or a run without a key, does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from html import escape
from typing import TypeVar

from kbsync.apply.content import Content
from kbsync.apply.ledger import Ledger
from kbsync.apply.outcome import Applied, Outcome, OutcomeStatus, judged
from kbsync.apply.settling import Settling
from kbsync.apply.watch import LiveView, Sought
from kbsync.errors import (
    Forbidden,
    Gone,
    KbsyncError,
    Moved,
    NotSent,
    OutcomeUnknown,
    Refused,
    RemoteError,
    Unauthorized,
    Undecided,
)
from kbsync.fingerprint import same
from kbsync.journal import Intent, Journal
from kbsync.links import move_instruction, resolve
from kbsync.lock import Lock
from kbsync.model import Object, Snapshot, Status, Value, fields, id_of
from kbsync.plan import Change, FieldChange, Plan
from kbsync.remote import Remote

T = TypeVar("T")

_DISK_HINT = "make room on the disk or make it writable, then run kbsync again"


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a run depends on besides plan and server; the seams for tests.

    `read_at` is the monotonic moment at which reading live began; None means now. `settle_seconds`: how long a
    write may take to show after its reply was lost. `hold_touched`: whether an article whose `updated_at` alone
    moved is left alone. `stop` is asked before each write. `uploads`: whether assets go to the target itself.
    `open_intents`: writes of earlier runs that nobody heard back of, by key.
    """

    renderer: str = ""
    settle_seconds: float = 30.0
    timeout_seconds: float = 30.0
    hold_touched: bool = True
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    stop: Callable[[], bool] = lambda: False
    progress: Callable[[Outcome], None] = lambda _: None
    read_at: float | None = None
    read_asset: Callable[[str], bytes] = lambda _: b""
    uploads: bool = False
    open_intents: Mapping[str, Intent] = field(default_factory=dict)
    first_number: int = 1


def apply(plan: Plan, live: Snapshot, lock: Lock, remote: Remote, journal: Journal, conditions: Conditions) -> Applied:
    """Carry out `plan` against `remote`; `live` is what the plan was made from, read just before.

    Never raises RemoteError or OSError: each failure is an outcome.
    """
    run = _Run(plan, live, lock, remote, journal, conditions)
    waiting: list[Change] = []
    for change in plan.changes:
        if change.after or change.action in {"unpublish", "delete"}:
            run.complete(waiting)
            waiting = []
        run.carry_out(change)
        if change.later:
            waiting.append(change)
    run.complete(waiting)
    return Applied(
        tuple(run.outcomes.values()),
        run.ledger.lock(),
        run.interrupted,
        run.stopped,
        run.ledger.still_open(conditions.open_intents),
    )


class _Run:
    """The state of one run: what exists by now, what readers can open by now, what has come of each change."""

    def __init__(
        self, plan: Plan, live: Snapshot, lock: Lock, remote: Remote, journal: Journal, conditions: Conditions
    ) -> None:
        self.plan = plan
        self.remote = remote
        self.conditions = conditions
        read_at = conditions.monotonic() if conditions.read_at is None else conditions.read_at
        self.view = LiveView(live, remote, conditions.monotonic, read_at, hold_touched=conditions.hold_touched)
        self.settling = Settling(remote, self.view, conditions.settle_seconds, conditions.sleep)
        self.outcomes: dict[str, Outcome] = {}
        self.content = Content(plan, self.view)
        self.ledger = Ledger(lock, journal, conditions.first_number, conditions.renderer)
        self.bodies: dict[str, str] = {}
        self.uploaded: set[str] = set()
        self.interrupted = False
        self.stopped = ""
        self.refusals = 0

    # --- one change -----------------------------------------------------------------------------------

    def carry_out(self, change: Change) -> None:
        """Do one change, and note what came of it."""
        self._note(self._guarded(change))

    def complete(self, changes: list[Change]) -> None:
        """Send once more the articles whose links could not hold at first and can now."""
        for change in changes:
            first = self.outcomes[change.key]
            if first.status != "done" or first.id is None:
                continue
            again = replace(change, action="update", id=first.id, fields={"body": change.fields["body"]})
            if self.content.values(again)["body"] == self.bodies[change.key]:
                continue
            second = self._guarded(again)
            message = second.message and f"written, but its links are not complete: {second.message}"
            writes = first.writes + second.writes
            self._note(replace(second, change=change, message=message, writes=writes, id=first.id, completed=True))

    def _note(self, outcome: Outcome) -> None:
        self.outcomes[outcome.change.key] = outcome
        self.conditions.progress(outcome)

    def _guarded(self, change: Change) -> Outcome:
        why_not = self._why_not(change)
        if why_not:
            return Outcome(change, "skipped", why_not, id=change.id)
        try:
            outcome = self._carried_out(change)
        except Moved as moved:
            return Outcome(change, "skipped", moved.message, moved.hint, change.id, decision=True)
        except Undecided as undecided:
            status: OutcomeStatus = "skipped" if undecided.decision else "unknown"
            return Outcome(change, status, undecided.message, undecided.hint, change.id, decision=undecided.decision)
        except RemoteError as error:
            self._weigh(error)
            return Outcome(change, "failed", error.message, error.hint, change.id)
        except OSError as error:
            self.ledger.stop(error)
            return Outcome(change, "failed", f"nothing was sent: {error}", _DISK_HINT, change.id)
        except KbsyncError as error:  # an image that cannot be read any more
            return Outcome(change, "failed", error.message, error.hint, change.id)
        self.refusals = 0
        return outcome

    def _why_not(self, change: Change) -> str:
        if not self.stopped and self.conditions.stop():
            self.interrupted = True
            self.stopped = "the run was interrupted"
        if self.ledger.error is not None and not self.stopped:
            self.stopped = f"the run stopped: the journal cannot be written ({self.ledger.error})"
        if self.stopped and change.writes:
            return self.stopped
        failed = [key for key in change.after if key in self.outcomes and self.outcomes[key].status != "done"]
        if failed:
            return f"{failed[0]} was not written, and may still link to it"
        if change.action in {"unpublish", "delete"} and self._has_trouble():
            return "removals come only at the end of a run without trouble"
        missing = [
            ref for ref in (change.category, change.parent) if isinstance(ref, str) and self.content.id(ref) is None
        ]
        if missing and (change.action == "create" or "folder" in change.fields):
            return f"{missing[0]} was not created"
        return ""

    def _has_trouble(self) -> bool:
        return any(outcome.status != "done" for outcome in self.outcomes.values())

    def _weigh(self, error: RemoteError) -> None:
        """Stop the run where every further write would fail the same way."""
        missing_right = isinstance(error, Forbidden) and error.exchange.code != "require_feature"
        self.refusals = self.refusals + 1 if missing_right else 0
        if isinstance(error, Unauthorized | NotSent):
            self.stopped = "the run stopped: Freshdesk could not be reached with this key"
        elif self.refusals > 1:
            self.stopped = "the run stopped: Freshdesk refuses this key's writes"

    def _carried_out(self, change: Change) -> Outcome:
        if not change.writes:
            self.ledger.remember(change.entry, change.drop)
            return Outcome(change, "done", id=change.id)
        self._upload(change)
        if change.action == "create":
            return self._create(change)
        if change.action == "delete":
            return self._delete(change)
        return self._update(change)

    # --- the writes -----------------------------------------------------------------------------------

    def _create(self, change: Change) -> Outcome:
        category = self.content.id(change.category)
        parent = self.content.id(change.parent) if change.parent != change.category else None
        container = category if change.kind == "folder" else parent
        self.content.look_at_targets(change, None)
        sent = {name: value for name, value in self.content.values(change).items() if name != "author"}
        taken = frozenset(id for kind, id, _ in self.ledger.entries if kind == change.kind)
        above = parent if change.kind == "folder" else None
        body = str(sent.get("body", ""))
        sought = Sought(change.kind, change.title, container, above, body, taken, self.plan.portal_url)
        found = self._twin(change, sought)
        if found is not None:
            # What an earlier run sent of its links is unknown; the next plan completes them.
            plain = {**sent, "body": resolve(str(sent["body"]), lambda _: None)} if "body" in sent else sent
            have = fields(found)
            other = {
                name for name in plain if name != "body" and name in have and not same(name, plain[name], have[name])
            }
            # What differs is a person's: remembered as if we had written ours, it shows as drift.
            drift = {name: FieldChange(plain[name], plain[name]) for name in other}
            kept = {name: value for name, value in plain.items() if name not in other}
            self._learn(replace(change, refreshed=drift), found, kept, None)
            return Outcome(change, "done", "found in Freshdesk from an earlier run, not created again", id=found.id)

        def send() -> Object:
            return self.remote.create(change.kind, parent, sent, category=category)

        def settle() -> Object:
            return self.settling.created(change, sought, send)

        reply = self._sent(change, sent, None, send, settle)
        if change.kind != "article":
            self.view.opened(reply)
        writes = 1 + self._set_author(change, reply)
        return judged(change, reply, sent, writes)

    def _set_author(self, change: Change, created: Object) -> bool:
        """Whether a create takes an author is unknown (API sheet 12, row 16), so it follows if need be."""
        author = change.owned.get("author")
        if author is None:
            return False
        if getattr(created, "author", None) != author:
            self._put(change, created, {"author": author})
            return True
        self._learn(change, created, {"author": author}, None)
        return False

    def _twin(self, change: Change, sought: Sought) -> Object | None:
        """The object of an earlier run or another runner that this create would double (P5)."""
        intent = self.conditions.open_intents.get(change.key)
        if intent is not None and intent.action == "create":
            self.settling.wait_out(intent, self.conditions.timeout_seconds)
            self.view.refresh(change.kind, sought.container)
        return self.view.twin(sought)

    def _update(self, change: Change) -> Outcome:
        live = self.view.unmoved(change)
        change = replace(change, drifted=change.drifted | self.view.edited(live, change.owned.keys() - change.fields))
        self.content.look_at_targets(change, live)
        if self._leaves_first(change, live):
            live = self._unedited(change, live, self._put(change, live, {"status": int(Status.DRAFT)}))
        refusal = None
        if "folder" in change.fields:
            moved, refusal = self._move(change, live)
            live = self._unedited(change, live, moved)
        sent = self.content.values(change, live)
        reply = self._put(change, live, sent) if sent else live
        outcome = judged(change, reply, sent, change.writes - bool(change.later), live)
        if refusal is None or outcome.status != "done":
            return outcome
        hint = move_instruction(self.plan.agent_url, self.plan.portal_url, id_of(live), self.content.id(change.parent))
        return replace(outcome, status="failed", message=f"not moved: {refusal.message}", hint=hint)

    def _unedited(self, change: Change, was: Object, reply: Object) -> Object:
        """`reply`, where it shows no edit of a person's that the next write of `change` would overwrite."""
        before, now = fields(was), fields(reply)
        names = sorted(name for name in change.fields if name != "status" and name in before and name in now)
        lost = [name for name in names if not same(name, before[name], now[name])]
        if lost:
            raise Moved(f"edited in Freshdesk since the plan: {', '.join(lost)}", "run plan again")
        return reply

    def _move(self, change: Change, live: Object) -> tuple[Object, Refused | None]:
        """Whether the server takes a folder in a PUT is unknown (API sheet 12, row 5), so it is sent alone."""
        try:
            return self._put(change, live, {"folder": self.content.id(change.parent) or 0}), None
        except Refused as error:
            return live, error

    def _leaves_first(self, change: Change, live: Object) -> bool:
        """A live article that becomes a draft with new content is first sent its status alone (design 4)."""
        becomes_draft = "status" in change.fields and change.fields["status"].after == Status.DRAFT
        return becomes_draft and len(change.fields) > 1 and getattr(live, "status", None) == Status.PUBLISHED

    def _put(self, change: Change, live: Object, sent: Mapping[str, Value]) -> Object:
        def send() -> Object:
            return self.remote.update(change.kind, id_of(live), sent, live=live)

        return self._sent(change, sent, live, send, lambda: self.settling.updated(change, live, sent, send))

    def _delete(self, change: Change) -> Outcome:
        live = self.view.unmoved(change)
        number = self.ledger.begin(change, {}, live, self.remote.server_time())

        def send() -> None:
            self.remote.delete(change.kind, id_of(live))

        try:
            send()
        except OutcomeUnknown:
            self._decided(number, lambda: self.settling.deleted(change, live, send))
        except RemoteError:
            self.ledger.end(number, "failed")
            raise
        self.ledger.remember(None, change.drop)
        self.ledger.end(number, "done", drop=change.drop)
        return Outcome(change, "done", id=change.id, writes=1)

    def _sent(
        self,
        change: Change,
        sent: Mapping[str, Value],
        live: Object | None,
        send: Callable[[], Object],
        settle: Callable[[], Object],
    ) -> Object:
        """One write, on disk before and after; a lost reply is settled by looking."""
        number = self.ledger.begin(change, sent, live, self.remote.server_time())
        try:
            reply = send()
        except OutcomeUnknown:
            reply = self._decided(number, settle)
        except Gone as error:
            self.ledger.end(number, "failed")
            if live is None:
                raise
            raise Moved(f"{change.kind} {live.id} is gone from Freshdesk", "run plan again") from error
        except RemoteError:
            self.ledger.end(number, "failed")
            raise
        self._learn(change, reply, sent, number)
        return reply

    def _decided(self, number: int, settle: Callable[[], T]) -> T:
        try:
            return settle()
        except Undecided as undecided:
            self.ledger.end(number, "failed" if undecided.decision else "unknown")
            raise
        except (Moved, RemoteError):
            self.ledger.end(number, "failed")
            raise

    def _learn(self, change: Change, reply: Object, sent: Mapping[str, Value], number: int | None) -> None:
        """Put on disk what is known now, then go on from it."""
        self.ledger.learn(change, reply, sent, number)
        self.view.put(reply)
        if "body" in sent:
            self.bodies[change.key] = str(sent["body"])
        self.content.opened(change, reply)

    def _upload(self, change: Change) -> None:
        """Assets are in place before the article that shows them (P9); what it shows already is not sent again."""
        if not self.conditions.uploads or "body" not in change.fields:
            return
        shown = getattr(self.view.expected.get((change.kind, change.id or 0)), "body", "")
        for asset in change.assets:
            if asset.address not in self.uploaded and escape(asset.address) not in shown:
                self.remote.upload(asset.path, self.conditions.read_asset(asset.path), asset.address)
                self.uploaded.add(asset.address)
