"""The client against the local Freshdesk, through both of its doors."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import httpx
import pytest

from kbsync.errors import Forbidden, Gone, NotSent, OutcomeUnknown, Refused, RemoteError, Unauthorized
from kbsync.freshdesk import Agent, Freshdesk
from kbsync.model import Article, Category, Folder, Snapshot, Value
from kbsync.remote import Remote
from kbsync.sandbox import KEYS, Fault, Sandbox, Switches
from kbsync.sandbox.inprocess import InProcess
from kbsync.sandbox.server import serve

from .wired import Clock

EPOCH = 1_790_000_000.0


def opened(sandbox: Sandbox, clock: Clock, *, key: str = KEYS["admin"], quota_share: float = 1.0) -> Freshdesk:
    return Freshdesk(
        "http://127.0.0.1:8765/api/v2",
        key,
        quota_share=quota_share,
        transport=InProcess(sandbox),
        sleep=clock.sleep,
        monotonic=clock.monotonic,
    )


def made(clock: Clock, switches: Switches) -> Sandbox:
    return Sandbox(switches=switches, clock=lambda: EPOCH + clock.now, sleeper=clock.sleep)


@contextlib.contextmanager
def through(door: str, sandbox: Sandbox, clock: Clock) -> Iterator[Freshdesk]:
    """A client at one of the sandbox's two doors."""
    if door == "process":
        with opened(sandbox, clock) as client:
            yield client
        return
    with serve(sandbox) as served:
        address = f"{served.url}/api/v2"
        with Freshdesk(address, KEYS["admin"], sleep=clock.sleep, monotonic=clock.monotonic) as client:
            yield client


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Iterator[Sandbox]:
    sandbox = made(clock, Switches(rate_limit_total=2000, hierarchy=True, several_portals=True))
    yield sandbox
    sandbox.close()


@pytest.fixture
def client(sandbox: Sandbox, clock: Clock) -> Iterator[Freshdesk]:
    with opened(sandbox, clock) as client:
        yield client


def test_it_is_a_remote(client: Freshdesk) -> None:
    remote: Remote = client
    assert remote.account == "127.0.0.1:8765"
    assert remote.server_time() is None
    client.me()
    assert remote.server_time() == EPOCH + 1000


def fill(client: Freshdesk) -> tuple[Category, Folder, Folder, Article]:
    category = client.create("category", None, {"name": "Billing", "description": "Invoices"})
    assert isinstance(category, Category)
    top = client.create("folder", None, {"name": "Payments", "visibility": 2}, category=category.id)
    assert isinstance(top, Folder)
    below = client.create("folder", top.id, {"name": "Refunds"}, category=category.id)
    assert isinstance(below, Folder)
    article = client.create(
        "article",
        below.id,
        {
            "title": "Refund a card",
            "body": "<p>Open it.</p>",
            "status": 2,
            "tags": ("cards",),
            "seo_keywords": ("a", "b"),
        },
    )
    assert isinstance(article, Article)
    return category, top, below, article


def test_what_is_created_is_what_a_sweep_reads(client: Freshdesk, sandbox: Sandbox) -> None:
    category, top, below, article = fill(client)
    assert (below.parent, below.category, article.folder) == (top.id, category.id, below.id)
    assert (article.tags, article.seo_keywords, article.status) == (("cards",), ("a", "b"), 2)
    sandbox.clear_log()
    snapshot = client.snapshot()
    assert snapshot == Snapshot((category,), (top, below), (article,))
    assert [entry.path for entry in sandbox.log if "subfolders" in entry.path] == [
        f"/api/v2/solutions/folders/{top.id}/subfolders"
    ]
    assert len(sandbox.log) == 1 + 1 + 1 + 2


def test_every_object_can_be_read_changed_and_deleted(client: Freshdesk) -> None:
    category, top, below, article = fill(client)
    ids = [each.id or 0 for each in (category, top, below, article)]
    assert client.category(ids[0]) == category
    assert client.folder(ids[2]) == below
    assert client.article(ids[3]) == article
    assert client.categories() == (category,)
    assert client.folders(ids[0]) == (top, below)
    assert client.articles(ids[2]) == (article,)
    changed = client.update("article", ids[3], {"title": "Refund", "seo_title": "S", "status": 2}, live=article)
    assert isinstance(changed, Article)
    assert (changed.title, changed.seo_title, changed.seo_keywords) == ("Refund", "S", ("a", "b"))
    assert client.update("folder", ids[1], {"visibility": 1}).id == ids[1]
    assert client.update("category", ids[0], {"description": ""}).id == ids[0]
    for kind, id in (("article", ids[3]), ("folder", ids[2]), ("folder", ids[1]), ("category", ids[0])):
        client.delete(kind, id)  # type: ignore[arg-type]
        client.delete(kind, id)  # type: ignore[arg-type]
    assert client.article(ids[3]) is None
    assert client.snapshot() == Snapshot()
    with pytest.raises(Gone):
        client.update("article", ids[3], {"title": "T"})


def test_translations(client: Freshdesk) -> None:
    category, top, _, article = fill(client)
    ids = [each.id or 0 for each in (category, top, article)]
    assert client.fetch_translation("article", ids[2], "fr") is None
    with pytest.raises(Gone):
        client.update_translation("article", ids[2], "fr", {"title": "Rembourser"})
    client.create_translation("category", ids[0], "fr", {"name": "Facturation"})
    client.create_translation("folder", ids[1], "fr", {"name": "Paiements"})
    french = client.create_translation("article", ids[2], "fr", {"title": "R", "body": "<p>x</p>", "status": 2})
    assert (french.language, french.id) == ("fr", ids[2])
    changed = client.update_translation("article", ids[2], "fr", {"title": "Rembourser", "status": 2})
    assert client.fetch_translation("article", ids[2], "fr") == changed
    assert [each.name for each in client.categories("fr")] == ["Facturation"]
    assert [each.name for each in client.folders(ids[0], "fr")][:1] == ["Paiements"]
    with pytest.raises(Refused):
        client.create_translation("article", ids[2], "it", {"title": "R", "body": "<p>x</p>", "status": 2})


def test_people_and_settings(client: Freshdesk) -> None:
    me = client.me()
    assert me == Agent(me.id, "Admin", "admin@sandbox.test")
    assert client.agent_id("WRITER@sandbox.test") not in {None, me.id}
    assert client.agent_id("nobody@sandbox.test") is None
    assert client.helpdesk().primary_language == "en"
    assert set(client.helpdesk().supported_languages) >= {"fr", "de"}
    assert client.account_facts().domain


def test_the_formula_holds_over_sockets_whatever_the_order_of_replies(sandbox: Sandbox) -> None:
    people = sandbox.people
    for c in range(3):
        category = people.create_category(f"C{c}")
        for f in range(4):
            folder = people.create_folder(category, f"F{c}{f}")
            for a in range(f * 51):
                people.create_article(folder, f"A{a}", f"<p>{a}</p>")
    sandbox.clear_log()
    with (
        serve(sandbox) as served,
        Freshdesk(f"{served.url}/api/v2", KEYS["admin"], quota_share=1.0) as client,
    ):
        first = client.snapshot()
        assert len(sandbox.log) == 1 + 3 + 3 * (1 + 1 + 2 + 2)
        assert client.snapshot() == first
        assert client.requests() == {"GET": 2 * 22}
    assert first.complete
    assert [each.name for each in first.folders] == [f"F{c}{f}" for c in range(3) for f in range(4)]
    assert len(first.articles) == 3 * (51 + 102 + 153)


@pytest.mark.parametrize("paging", ["honour", "ignore", "reject"])
@pytest.mark.parametrize("page_size", ["30", "all"])
def test_sub_folders_are_whole_under_every_paging(clock: Clock, paging: str, page_size: str) -> None:
    switches = Switches(rate_limit_total=2000, paging_elsewhere=paging, default_page_size=page_size)  # type: ignore[arg-type]
    sandbox = made(clock, switches)
    category = sandbox.people.create_category("C")
    top = sandbox.people.create_folder(category, "Top")
    below = [sandbox.people.create_folder(category, f"F{n}", parent_id=top) for n in range(25)]
    with opened(sandbox, clock) as client:
        assert [each.id for each in client.folders(category)] == [top, *below]
    sandbox.close()


@pytest.mark.parametrize("bodies", ["empty", "shape_b", "html"])
def test_refusals_under_every_form_of_body(clock: Clock, bodies: str) -> None:
    sandbox = made(clock, Switches(rate_limit_total=2000, error_bodies=bodies, move_article="400"))  # type: ignore[arg-type]
    with opened(sandbox, clock) as client:
        article = fill(client)[3].id or 0
        with pytest.raises(Refused) as caught:
            client.update("article", article, {"folder": 5})
        assert (caught.value.exchange.code, caught.value.exchange.field) == ("invalid_field", "folder_id")
        with pytest.raises(Gone):
            client.update("article", 5, {"title": "T"})
    with opened(sandbox, clock, key="wrong-key") as client, pytest.raises(Unauthorized):
        client.me()
    with opened(sandbox, clock, key=KEYS["reader"]) as client, pytest.raises(Forbidden):
        client.update("article", article, {"title": "T"})
    sandbox.close()


def test_a_deleted_id_may_be_forbidden(clock: Clock) -> None:
    sandbox = made(clock, Switches(rate_limit_total=2000, deleted_id="403"))
    with opened(sandbox, clock) as client:
        article = fill(client)[3].id or 0
        client.delete("article", article)
        with pytest.raises(Forbidden, match="access_denied"):
            client.article(article)
    sandbox.close()


FAULTS = [
    (Fault("refuse"), None, 0),
    (Fault("refuse", times=None), NotSent, 0),
    (Fault("drop_before_commit"), OutcomeUnknown, 0),
    (Fault("drop_after_commit"), OutcomeUnknown, 1),
    (Fault("status_before_commit", status=500), OutcomeUnknown, 0),
    (Fault("status_after_commit", status=502), OutcomeUnknown, 1),
    (Fault("status_before_commit", status=429, headers={"Retry-After": "3"}), None, 0),
    (Fault("truncated"), OutcomeUnknown, 1),
    (Fault("stalled", seconds=1), OutcomeUnknown, 1),
    (Fault("html_200"), OutcomeUnknown, 1),
    (Fault("html_200", commit=False, status=201), OutcomeUnknown, 0),
    (Fault("slow", seconds=100), OutcomeUnknown, 1),
    (Fault("slow", seconds=1), None, 0),
]


# What waits in real time goes through one door only; test_errors.py stalls a socket.
DOORS = [("process", *each) for each in FAULTS] + [
    ("socket", *each) for each in FAULTS if each[0].kind not in {"slow", "stalled"}
]


@pytest.mark.parametrize(("door", "fault", "expected", "committed"), DOORS)
def test_a_fault_under_a_create(
    sandbox: Sandbox, clock: Clock, door: str, fault: Fault, expected: type[RemoteError] | None, committed: int
) -> None:
    category = sandbox.people.create_category("C")
    folder = sandbox.people.create_folder(category, "F")
    if door == "socket" and fault.kind == "refuse":
        # On a socket the server can only reset what was accepted: the client cannot know that it was not read.
        expected = OutcomeUnknown
    sandbox.add_faults(fault)
    fields: dict[str, Value] = {"title": "T", "body": "<p>x</p>", "status": 2}
    with through(door, sandbox, clock) as client:
        if expected is None:
            created = client.create("article", folder, fields)
            assert created.id
        else:
            with pytest.raises(expected) as caught:
                client.create("article", folder, fields)
            assert type(caught.value) is expected
        sandbox.clear_faults()
        assert len(client.articles(folder)) == (1 if expected is None else committed)


@pytest.mark.parametrize("kind", ["refuse", "drop_before_commit", "truncated", "html_200", "shift", "short_page"])
def test_a_fault_under_any_listing_of_a_sweep_changes_nothing_in_the_end(
    sandbox: Sandbox, client: Freshdesk, kind: str
) -> None:
    people = sandbox.people
    category = people.create_category("C")
    folder = people.create_folder(category, "F")
    for a in range(130):
        people.create_article(folder, f"A{a}", "<p>x</p>")
    whole = client.snapshot()
    for nth in range(1, 5):
        sandbox.add_faults(Fault(kind, nth=nth))  # type: ignore[arg-type]
        snapshot = client.snapshot()
        assert snapshot == whole or not snapshot.articles
        if kind not in {"shift", "short_page"}:
            assert snapshot == whole
        sandbox.clear_faults()


def test_an_upload_is_served(sandbox: Sandbox, clock: Clock) -> None:
    with through("socket", sandbox, clock) as client:
        url = f"http://{client.account}/assets/img/a.png?v=1"
        client.upload("content/img/a.png", b"\x89PNG", url)
        assert httpx.get(url).content == b"\x89PNG"


def test_a_real_429_is_waited_out_and_no_longer(clock: Clock) -> None:
    sandbox = made(clock, Switches(rate_limit_total=3))
    with opened(sandbox, clock) as client:
        other = opened(sandbox, clock)
        for _ in range(3):
            other.me()
        clock.now += 15
        client.me()
        other.close()
    refused = [entry for entry in sandbox.log if entry.status == 429]
    assert len(refused) == 1
    assert sandbox.log[-1].at - refused[0].at <= 60
    sandbox.close()


def test_others_may_use_up_the_quota(clock: Clock) -> None:
    sandbox = made(clock, Switches(rate_limit_total=40, quota_elsewhere=25))
    with opened(sandbox, clock, quota_share=0.5) as client:
        for _ in range(60):
            client.me()
    assert all(entry.status == 200 for entry in sandbox.log)
    sandbox.close()
