"""Every write of a run under every fault, and what a run that dies leaves behind (fault-scenarios.md).

After each fault: at most two further runs to an empty plan (I5), one live article per source (I1), no text of a
person lost (I2), unmanaged objects as they were (I3), and never a dead end for readers (I12, in `HelpCentre`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from helpcentre import HOST, HelpCentre, Killed, article, counts, link, path, told

from kbsync.errors import KbsyncError
from kbsync.journal import Record, parse_journal
from kbsync.lock import Lock
from kbsync.model import Article, Asset
from kbsync.sandbox import Fault

Open = Callable[..., HelpCentre]

FAULTS: dict[str, Fault] = {
    "F1 refused": Fault("refuse", writes=True),
    "F2 lost before commit": Fault("drop_before_commit", writes=True),
    "F3 reply lost": Fault("drop_after_commit", writes=True),
    "F4 500 after commit": Fault("status_after_commit", status=500, writes=True),
    "F4 502 after commit": Fault("status_after_commit", status=502, writes=True),
    "F4 503 before commit": Fault("status_before_commit", status=503, writes=True),
    "F9 truncated": Fault("truncated", writes=True),
    "F10 html page": Fault("html_200", writes=True),
    "F10 html page, nothing done": Fault("html_200", commit=False, writes=True),
    "F19 429": Fault("status_before_commit", status=429, headers={"Retry-After": "3"}, writes=True),
    "F60 slow": Fault("slow", seconds=20, writes=True),
    "F61 late": Fault("late_commit", seconds=7, writes=True),
}


def _struck(fault: Fault, nth: int) -> Fault:
    return Fault(**{name: getattr(fault, name) for name in fault.__slots__} | {"nth": nth})


def before() -> tuple[Article, ...]:
    """What is published when the fault strikes."""
    return (article("a", f"<p>{link('b', 'b')} old</p>", tags=("x",)), article("b"), article("leaving"))


def after() -> tuple[Article, ...]:
    """What is to be published: an edit, a draft made of a live page, a circle of new pages, a new folder."""
    return (
        article("a", f"<p>{link('b', 'b')} {link('n', 'n')} new</p>", tags=("x",)),
        article("b"),
        article("leaving", "<p>Not yet.</p>", status=1),
        article("n", f"<p>{link('content/C/New/m.md', 'm')} {link('leaving', 'leaving')}</p>"),
        article("content/C/New/m.md", f"<p>{link('n', 'n')} {link('content/C/F', 'F')}</p>"),
    )


WRITES_OF_THE_RUN = 7  # New, n, m, a, n again, leaving's status, leaving


def prepared(centre: HelpCentre) -> str:
    """The help centre before the run, with a page of somebody else's; what that page looks like."""
    centre.write(*before())
    centre.run()
    centre.people.create_article(centre.folder("F"), "theirs", "<p>Theirs.</p>", tags=["t"])
    centre.clock.now += 60
    centre.clear()
    centre.write(*after())
    return repr(centre.row("theirs"))


def check(centre: HelpCentre, theirs: str) -> None:
    """The invariants at rest."""
    assert centre.titles() == ["a", "b", "leaving", "m", "n", "theirs"]
    assert repr(centre.row("theirs")) == theirs
    assert counts(centre.plan()) == {"unchanged": 8, "unmanaged": 1}
    assert (centre.row("leaving").status, centre.row("leaving").body) == (1, "<p>Not yet.</p>")
    assert f"articles/{centre.id('m')}" in centre.row("n").body
    assert all(entry.path for entry in centre.lock.entries.values())


def test_the_run_that_the_faults_strike_has_as_many_writes_as_are_struck(centre: HelpCentre) -> None:
    theirs = prepared(centre)
    centre.run()
    assert len(centre.writes()) == WRITES_OF_THE_RUN
    check(centre, theirs)


@pytest.mark.parametrize("nth", range(1, WRITES_OF_THE_RUN + 1))
@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("profile", ["identity", "froala"])
def test_any_write_may_fail_in_any_way(opened_centre: Open, kind: str, nth: int, profile: str) -> None:
    centre = opened_centre(switches={"html_profile": profile})
    theirs = prepared(centre)
    centre.sandbox.add_faults(_struck(FAULTS[kind], nth))

    centre.run()

    centre.sandbox.clear_faults()
    if profile == "identity":
        centre.settle()
        check(centre, theirs)
    else:
        centre.settle()
        assert centre.titles() == ["a", "b", "leaving", "m", "n", "theirs"]


@pytest.mark.parametrize("memory", ["journal", "nothing, but the ids", "nothing at all"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("nth", range(1, WRITES_OF_THE_RUN + 1))
def test_a_run_killed_at_any_write_is_finished_by_the_next(
    opened_centre: Open, nth: int, when: str, memory: str
) -> None:
    # F41: journal kept; F42: the journal and this run's lock are lost; F63: with them the ids in the sources.
    centre = opened_centre()
    theirs = prepared(centre)
    lock, journal, ids = centre.lock, centre.journal.text, dict(centre.ids)
    if when == "before":
        centre.kill_at(nth)
    else:
        die_after_commit(centre, nth)
    centre.killed_run()
    centre.unhook()
    if memory != "journal":
        centre.lock, centre.journal.text = lock, journal
    if memory == "nothing at all":
        centre.ids = ids

    centre.settle()

    check(centre, theirs)


def die_after_commit(centre: HelpCentre, nth: int) -> None:
    """The process dies when the `nth` write has been carried out and before it hears of that."""
    number = 0
    handle = centre.sandbox.handle

    def handled(request: Any) -> Any:
        nonlocal number
        reply = handle(request)
        if request.method in ("POST", "PUT", "DELETE"):
            number += 1
            if number == nth:
                centre.sandbox.handle = handle  # type: ignore[method-assign]
                raise Killed
        return reply

    centre.sandbox.handle = handled  # type: ignore[method-assign]


@pytest.mark.parametrize("nth", range(1, 13))
def test_a_first_run_killed_at_any_write_on_a_runner_that_forgets_everything(opened_centre: Open, nth: int) -> None:
    centre = opened_centre()  # F63
    eight = [article(name, f"<p>{' '.join(link(other, other) for other in 'abcd')}</p>") for name in "abcd"]
    centre.write(*eight)
    die_after_commit(centre, nth) if nth <= 10 else None
    if nth <= 10:
        centre.killed_run()
    else:
        centre.run()
    centre.lock, centre.journal.text, centre.ids = Lock("acme.freshdesk.com"), "", {}

    centre.settle()

    assert centre.titles() == ["a", "b", "c", "d"]
    for name in "abcd":
        assert all(f"articles/{centre.id(one)}" in centre.row(name).body for one in "abcd")


def test_a_killed_create_still_under_way_is_waited_for(centre: HelpCentre) -> None:  # F62
    centre.write(article("x"))
    centre.run()
    centre.write(article("x"), article("a"))
    centre.sandbox.add_faults(Fault("late_commit", seconds=50, writes=True))

    def die(record: Record) -> None:
        if record["type"] == "intent":
            centre.on_write(1, lambda: None)

    centre.journal.after = die
    handle = centre.sandbox.handle

    def handled(request: Any) -> Any:
        reply = handle(request)
        if request.method == "POST":
            centre.sandbox.handle = handle  # type: ignore[method-assign]
            raise Killed
        return reply

    centre.sandbox.handle = handled  # type: ignore[method-assign]
    centre.killed_run()
    centre.journal.after = lambda _: None

    centre.settle()

    assert centre.titles() == ["a", "x"]


def test_a_listing_that_lags_behind_a_lost_reply_is_waited_for(centre: HelpCentre) -> None:  # F5
    centre.write(article("x"))
    centre.run()
    centre.clear()
    centre.write(article("x"), article("a"))
    centre.sandbox.add_faults(Fault("drop_after_commit", writes=True), Fault("lag", seconds=4, writes=True))

    applied = centre.run()

    assert told(applied) == {path("a"): "done"}
    assert [line.split()[0] for line in centre.writes()] == ["POST"]
    assert counts(centre.plan()) == {"unchanged": 4}


def test_lists_that_lag_longer_than_the_settling_time_leave_the_outcome_unknown(centre: HelpCentre) -> None:  # F6
    centre.sandbox.add_faults(
        Fault("drop_after_commit", writes=True, nth=3), Fault("lag", seconds=120, writes=True, times=None)
    )
    centre.write(article("a"))

    applied = centre.run()

    assert told(applied)[path("a")] == "unknown"
    centre.sandbox.clear_faults()
    centre.clock.now += 120
    centre.settle()
    assert centre.titles() == ["a"]
    assert [line.split()[0] for line in centre.writes()] == ["POST"] * 3


def test_a_lost_reply_beside_an_equal_page_of_a_persons_is_left_to_people(centre: HelpCentre) -> None:  # F8
    centre.write(article("x"))
    centre.run()
    centre.write(article("x"), article("a"))
    folder = centre.folder("F")
    centre.sandbox.add_faults(Fault("drop_after_commit", writes=True))
    centre.on_write(1, lambda: centre.people.create_article(folder, "a", article("a").body))

    applied = centre.run()
    centre.unhook()

    assert (told(applied), applied.outcomes[0].decision) == ({path("a"): "skipped"}, True)
    assert centre.titles() == ["a", "a", "x"]
    assert counts(centre.plan()) == {"ambiguous": 1, "unchanged": 3, "unmanaged": 2}
    assert centre.run().outcomes == ()


def test_a_failing_put_beside_an_edit_of_a_persons_is_left_to_people(centre: HelpCentre) -> None:  # F13
    centre.write(article("a"))
    centre.run()
    id = centre.id("a")
    centre.write(article("a", "<p>Ours.</p>"))
    centre.sandbox.add_faults(Fault("status_after_commit", status=500, writes=True))
    seen = 0

    def edit(request: Any) -> None:
        nonlocal seen
        if request.method == "GET" and request.path.endswith(f"articles/{id}"):
            seen += 1
            if seen == 1:
                centre.people.edit_article(id, body="<p>Theirs.</p>")

    centre.sandbox.before_request.append(edit)
    applied = centre.run()
    centre.unhook()

    assert (told(applied), applied.outcomes[0].decision) == ({path("a"): "skipped"}, True)
    assert centre.row("a").body == "<p>Theirs.</p>"
    assert counts(centre.plan()) == {"conflict": 1, "unchanged": 2}


# --- refusals -------------------------------------------------------------------------------------------------


def test_one_refused_article_does_not_stop_the_rest(centre: HelpCentre) -> None:
    centre.write(article("a"), article("long", tags=("x" * 40,)), article("z", f"<p>{link('long', 'long')}</p>"))

    applied = centre.run()

    assert told(applied) | {path("long"): ""} == dict.fromkeys(told(applied), "done") | {path("long"): ""}
    (failed,) = [one for one in applied.outcomes if one.status == "failed"]
    assert (failed.change.key, "tags" in failed.message) == (path("long"), True)
    assert centre.row("z").body == "<p>long</p>"


def test_a_refused_article_in_a_circle_leaves_no_dead_link(centre: HelpCentre) -> None:  # F54
    def bodies(tags: tuple[str, ...]) -> list[Article]:
        to = {"a": "b", "b": "c", "c": "a"}
        return [article(name, f"<p>{link(to[name], to[name])}</p>", tags=tags if name == "b" else ()) for name in to]

    centre.write(*bodies(("x" * 40,)))
    applied = centre.run()
    assert sorted(status for key, status in told(applied).items() if key.endswith(".md")) == ["done", "done", "failed"]
    assert centre.titles() == ["a", "c"]
    centre.write(*bodies(()))

    centre.settle()

    assert centre.titles() == ["a", "b", "c"]
    for name, to in {"a": "b", "b": "c", "c": "a"}.items():
        assert f"articles/{centre.id(to)}" in centre.row(name).body


def test_plan_features_that_are_missing_stop_only_what_needs_them(opened_centre: Open) -> None:
    centre = opened_centre(switches={"hierarchy": False, "hierarchy_missing": "403"})
    deep = [article(f"content/C/F/{sub}/{sub.lower()}.md") for sub in ("Sub1", "Sub2", "Sub3")]
    centre.write(*deep, article("a"), article("b"))

    applied = centre.run()

    assert centre.titles() == ["a", "b"]
    failed = sorted(key for key, status in told(applied).items() if status == "failed")
    assert failed == [f"content/C/F/Sub{number}" for number in (1, 2, 3)]


@pytest.mark.parametrize("how", ["403", "draft"])
def test_without_the_right_to_publish_it_is_told_once_and_not_tried_for_ever(opened_centre: Open, how: str) -> None:
    # F65
    centre = opened_centre(switches={"publish_denied": how})
    centre.write(article("x"))
    centre.run()
    centre.role = "writer"
    centre.remote = centre.connect()
    centre.write(article("x", f"<p>{link('a', 'a')} new</p>"), article("a"), article("b", f"<p>{link('a', 'a')}</p>"))

    applied = centre.run()

    assert {key for key, status in told(applied).items() if status == "done"} == set()
    assert centre.row("x").body == article("x").body
    centre.clear()
    again = centre.run()
    if how == "draft":
        assert (centre.titles(), again.outcomes, centre.writes()) == (["a", "b", "x"], (), [])
    else:
        assert (centre.titles(), told(again), centre.writes()) == (["x"], told(applied), [])


def test_once_a_person_published_what_we_might_not_the_links_are_completed(opened_centre: Open) -> None:
    centre = opened_centre(switches={"publish_denied": "draft"})
    centre.write(article("x"))
    centre.run()
    centre.role = "writer"
    centre.remote = centre.connect()
    centre.write(article("x"), article("a"), article("b", f"<p>{link('a', 'a')}</p>"))
    centre.run()
    for name in "ab":
        centre.people.publish(centre.id(name))
    centre.role = "admin"
    centre.remote = centre.connect()

    centre.settle()

    assert (f"articles/{centre.id('a')}" in centre.row("b").body, centre.row("b").status) == (True, 2)


def test_a_revoked_key_stops_the_run_and_leaves_no_doubt(centre: HelpCentre) -> None:  # F25 F26
    centre.write(*[article(name) for name in "abcd"])
    centre.on_write(4, lambda: centre.people.revoke_key("admin"))

    applied = centre.run()
    centre.unhook()

    statuses = told(applied)
    assert [statuses[path(name)] for name in "abcd"] == ["done", "failed", "skipped", "skipped"]
    assert applied.stopped
    centre.people.restore_key("admin")
    centre.settle()
    assert centre.titles() == ["a", "b", "c", "d"]


# --- the disk -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["intent", "saved", "outcome"])
def test_a_full_disk_under_the_journal_stops_writing(centre: HelpCentre, kind: str) -> None:  # F44
    centre.write(article("a"), article("b"))
    centre.run()
    lock = centre.lock
    centre.clock.now += 60
    centre.clear()
    centre.write(article("a", "<p>New.</p>"), article("b", "<p>New.</p>"))
    centre.journal.full = lambda record: record["type"] == kind

    applied = centre.run()

    sent = 1 if kind == "outcome" else 0
    assert len(centre.writes()) == sent
    assert [one.status for one in applied.outcomes] == (["done", "skipped"] if sent else ["failed", "skipped"])
    centre.journal.full = lambda _: False
    centre.lock = lock  # the lock could not be written either
    centre.settle()
    assert [centre.row(name).body for name in "ab"] == ["<p>New.</p>"] * 2


def test_a_torn_last_line_of_the_journal_is_only_a_sign(centre: HelpCentre) -> None:  # F46
    centre.write(article("a"))
    centre.kill_at(3)
    centre.killed_run()
    centre.unhook()
    for cut in range(1, len(centre.journal.text.splitlines()[-1]), 40):
        whole = centre.journal.text
        torn = parse_journal(whole[:-cut] + "\n")
        assert torn.torn is (cut > 1)
    centre.journal.text = centre.journal.text[:-20] + "\n"
    centre.settle()
    assert centre.titles() == ["a"]


# --- removals -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["unpublish", "delete"])
@pytest.mark.parametrize("kind", ["F17 F3 reply lost", "F18 done by a person already", "clean", "killed"])
def test_a_removal_happens_once_however_it_goes(opened_centre: Open, policy: str, kind: str) -> None:
    centre = opened_centre(settings={"removed": policy})
    centre.write(article("a", f"<p>{link('old', 'old')}</p>"), article("old"))
    centre.run()
    centre.clock.now += 60
    old = centre.id("old")
    centre.clear()
    centre.write(article("a", "<p>No link.</p>"))
    if kind.startswith("F17"):
        centre.sandbox.add_faults(Fault("drop_after_commit", nth=2, writes=True))
    elif kind == "killed":
        die_after_commit(centre, 2)
        centre.killed_run()
    elif kind.startswith("F18"):
        centre.on_write(2, lambda: centre.people.delete_article(old))

    centre.run()
    centre.unhook()

    row = centre.row(old)
    assert row is None or (policy, row.status) == ("unpublish", 1)
    centre.run()
    assert {key: number for key, number in counts(centre.plan()).items() if key != "gone"} == {"unchanged": 3}


def test_removals_do_not_happen_in_a_run_with_trouble(opened_centre: Open) -> None:
    centre = opened_centre(settings={"removed": "delete"})
    centre.write(article("a"), article("old"))
    centre.run()
    centre.write(article("a", "<p>x</p>", tags=("y" * 40,)))
    assert told(centre.run()) == {path("a"): "failed", path("old"): "skipped"}
    assert centre.titles() == ["a", "old"]


def test_a_page_is_not_removed_while_another_still_links_to_it(opened_centre: Open) -> None:
    centre = opened_centre(settings={"removed": "delete"})
    centre.write(article("a", f"<p>{link('old', 'old')}</p>"), article("old"))
    centre.run()
    centre.clock.now += 60
    centre.people.edit_article(centre.id("a"), body=centre.row("a").body + "<p>Theirs.</p>")
    centre.write(article("a", "<p>No link.</p>"))

    centre.run()

    assert centre.titles() == ["a", "old"]


def test_nothing_is_removed_while_a_source_is_left_out(opened_centre: Open) -> None:  # F55
    centre = opened_centre(settings={"removed": "delete"})
    centre.write(article("a", f"<p>{link('old', 'old')}</p>"), article("old"))
    centre.run()
    centre.clock.now += 60
    centre.write(skipped=frozenset({path("a")}))

    assert counts(centre.plan()) == {"gone": 3, "skipped": 1}
    centre.run()

    assert centre.titles() == ["a", "old"]


def test_an_account_that_hides_a_folder_makes_nothing_gone_or_doubled(centre: HelpCentre) -> None:  # F27
    centre.write(article("a"), article("content/C/G/b.md"))
    centre.run()
    centre.people.hide(centre.folder("G"))
    centre.run()
    assert centre.titles() == ["a", "b"]
    centre.people.unhide(centre.folder("G"))
    assert counts(centre.plan()) == {"unchanged": 5}


def _records(centre: HelpCentre) -> list[Any]:
    return [json.loads(line) for line in centre.journal.text.splitlines()]


def test_the_intent_is_on_disk_before_each_write_and_the_outcome_after(centre: HelpCentre) -> None:
    prepared(centre)
    order: list[str] = []
    centre.journal.after = lambda record: order.append(record["type"])
    centre.sandbox.before_request.append(lambda request: order.append(request.method) if request.method != "GET" else 0)
    centre.run()
    steps = [one for one in order if one != "saved"]
    assert steps == ["intent", "write", "outcome"] * WRITES_OF_THE_RUN + ["checkpoint"] or [
        "write" if one in {"POST", "PUT"} else one for one in steps
    ] == ["intent", "write", "outcome"] * WRITES_OF_THE_RUN + ["checkpoint"]
    overwritten = [one for one in _records(centre) if one["type"] == "saved"]
    assert [one["object"]["title"] for one in overwritten] == ["a", "n", "leaving", "leaving"]


def test_an_image_that_cannot_be_read_fails_its_article_alone(centre: HelpCentre) -> None:
    def read_asset(path: str) -> bytes:
        raise KbsyncError(f"cannot read {path}: No such file or directory")

    image = Asset("content/a.png", f"{HOST}/assets/a.png")
    centre.write(article("a"), article("b"), assets={path("a"): (image,)})

    applied = centre.run(conditions={"uploads": True, "read_asset": read_asset})

    assert (told(applied)[path("a")], told(applied)[path("b")]) == ("failed", "done")
    assert centre.titles() == ["b"]
