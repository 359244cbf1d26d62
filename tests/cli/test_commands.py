"""The command line as a user meets it: exit codes, streams, JSON, and an answer to every wrong input."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest

from kbsync.sandbox import KEYS, Fault

from .projects import Account, command, environment, kbsync, kbsync_process, page, project, put, served_config

KEY = KEYS["admin"]
POLICY = "version: 1\ndefault_target: s\ntargets: {{s: {{kind: sandbox}}}}\npolicy: {{{}}}\n"


PLAN_KEYS = {
    *("format", "target", "digest", "complete", "applyable", "errored", "summary"),
    *("changes", "drift", "conflicts", "gone", "unmanaged", "cost"),
}
SUMMARY_KEYS = {
    *("create", "update", "move", "adopt", "refresh", "unpublish", "delete", "conflict", "ambiguous"),
    *("missing", "drift", "gone", "unchanged", "unmanaged", "skipped"),
}
CHANGE_KEYS = {"action", "kind", "key", "language", "id", "parent", "title", "fields", "why", "writes"}


def test_the_way_of_a_project_from_nothing_to_published(tmp_path: Path) -> None:
    root = project(tmp_path)
    checked = kbsync(root, "check", "--json")
    assert (checked.code, checked.json["findings"], set(checked.json)) == (0, [], {"format", "findings", "summary"})

    planned = kbsync(root, "plan", "--json", "--exit-code")
    assert (planned.code, planned.err) == (3, "")
    assert planned.json.keys() >= PLAN_KEYS
    assert planned.json["summary"].keys() == SUMMARY_KEYS
    assert [change.keys() >= CHANGE_KEYS for change in planned.json["changes"]] == [True] * 4
    assert planned.json["cost"].keys() == {"writes", "reads", "seconds"}
    assert kbsync(root, "plan", "--json").json["digest"] == planned.json["digest"]

    refused = kbsync(root, "apply")
    assert (refused.code, "--yes" in refused.err) == (2, True)
    applied = kbsync(root, "apply", "--yes", "--json")
    assert (applied.code, applied.json["requests"]["POST"]) == (0, 4)
    assert {one["status"] for one in applied.json["outcomes"]} == {"done"}

    again = kbsync(root, "plan", "--exit-code")
    assert (again.code, "nothing to do" in again.out) == (0, True)
    assert kbsync(root, "apply", "--json").json["requests"].keys() == {"GET"}
    status = kbsync(root, "status")
    assert status.code == 0
    assert [line.split()[:3] for line in status.out.splitlines()[:2]] == [
        ["unchanged", "public", "content/C/F/a.md"],
        ["unchanged", "public", "content/C/F/b.md"],
    ]
    assert [row["public"] for row in kbsync(root, "status", "--json").json["articles"]] == [True, True]


def test_texts_have_no_colour_when_piped_and_stdout_is_data_only(tmp_path: Path) -> None:
    root = project(tmp_path, {"content/C/F/a.md": page("A", "[no](no.md)"), "content/C/F/b.md": page("B")})
    planned = kbsync_process(root, "plan")
    assert planned.code == 1
    assert "\x1b" not in planned.out + planned.err
    assert ("link" in planned.err, "no.md" in planned.out) == (True, False)
    applied = kbsync(root, "apply", "--yes", "-v")
    assert (applied.code, "\x1b" in applied.out + applied.err) == (7, False)
    assert "Result" in applied.out


def test_a_partial_plan_says_so_and_removes_nothing(tmp_path: Path) -> None:
    root = project(tmp_path, config=POLICY.format("removed: delete"))
    assert kbsync(root, "apply", "--yes").code == 0
    (root / "content/C/F/b.md").unlink()
    put(root, {"content/C/F/a.md": page("A", "New."), "content/C/G/c.md": page("C")})
    for selection in (["content/C/F/a.md"], ["--only", "*/a.md"], ["--except", "content/C/G/*"]):
        plan = kbsync(root, "plan", "--json", *selection).json
        assert (plan["partial"], [one["key"] for one in plan["changes"]]) == (True, ["content/C/F/a.md"])
    assert "partial plan" in kbsync(root, "plan", "content/C/F").out
    whole = kbsync(root, "plan", "--json").json
    assert whole["summary"]["delete"] == 1


def test_limits_refuse_a_plan_that_is_too_large_and_name_the_flag(tmp_path: Path) -> None:
    root = project(tmp_path, config=POLICY.format("max_updates: 1"))
    assert kbsync(root, "apply", "--yes").code == 0
    put(root, {f"content/C/F/{name}.md": page(name.upper(), "New.") for name in "ab"})
    refused = kbsync(root, "apply", "--yes")
    assert (refused.code, "--force-limits" in refused.err, "2 updates" in refused.err) == (6, True, True)
    assert kbsync(root, "apply", "--yes", "--force-limits").code == 0


def test_a_conflict_ends_in_4_and_on_conflict_local_settles_it(account: Account) -> None:
    assert kbsync(account.root, "apply", "-y", FRESHDESK_API_KEY=KEY).code == 0
    row = next(row for row in account.sandbox.store.articles("en") if row.title == "B")
    account.sandbox.people.edit_article(row.id, body="<p>Theirs.</p>")
    assert kbsync(account.root, "plan", "--exit-code", FRESHDESK_API_KEY=KEY).code == 0
    text = (account.root / "content/C/F/b.md").read_text().replace("Text.", "Ours.")
    put(account.root, {"content/C/F/b.md": text})
    planned = kbsync(account.root, "plan", FRESHDESK_API_KEY=KEY)
    assert (planned.code, "Needs a decision" in planned.out) == (4, True)
    assert kbsync(account.root, "apply", "-y", FRESHDESK_API_KEY=KEY).code == 4
    assert kbsync(account.root, "apply", "-y", "--on-conflict", "local", FRESHDESK_API_KEY=KEY).code == 0
    assert account.sandbox.store.article(row.id, "en").body.strip() == "<p>Ours.</p>"  # type: ignore[union-attr]
    assert kbsync(account.root, "plan", "--exit-code", FRESHDESK_API_KEY=KEY).code == 0


def test_plan_check_and_status_send_only_get(account: Account) -> None:
    for name in ("check", "plan", "status"):
        assert kbsync(account.root, name, FRESHDESK_API_KEY=KEY).code == 0
    assert {entry.method for entry in account.sandbox.log} == {"GET"}
    assert not list(account.root.glob("*.lock"))


def test_the_key_is_in_no_output_at_the_highest_verbosity(account: Account) -> None:
    account.sandbox.add_faults(Fault("status_before_commit", nth=3, status=500), Fault("drop_after_commit", nth=5))
    texts = [
        kbsync(account.root, *arguments, FRESHDESK_API_KEY=KEY)
        for arguments in (["plan", "-v"], ["apply", "-y", "-v"], ["status", "-v"], ["plan", "-v", "--json"])
    ]
    import base64

    hidden = (KEY, base64.b64encode(f"{KEY}:X".encode()).decode())
    assert not [one for one in texts for key in hidden if key in one.out + one.err]
    written = [file.read_bytes() for file in account.root.rglob("*") if file.is_file()]
    assert not [data for data in written for key in hidden if key.encode() in data]


WRONG: dict[str, tuple[dict[str, str | bytes], list[str], int, str]] = {
    "wrong config": ({"kbsync.yaml": "version: 1\ntarget: x\n"}, ["plan"], 1, "kbsync.yaml:"),
    "unknown target": ({}, ["plan", "-t", "prod"], 2, "no target 'prod'"),
    "unknown path": ({}, ["plan", "content/C/F/x.md"], 2, "content/C/F/x.md"),
    "a selection of nothing": ({}, ["plan", "--only", "zzz"], 2, "names no article"),
    "unknown option": ({}, ["plan", "--colour"], 2, "--colour"),
    "a folder where an article should be": ({"content/C/F/x.md/y.txt": "z"}, ["check"], 1, "content/C/F/x.md:1:1"),
    "a title of 300": ({"content/C/F/x.md": page("t" * 300)}, ["check", "--strict"], 1, "content/C/F/x.md:2:8"),
    "a tag of 40": (
        {"content/C/F/x.md": f"---\ntitle: X\ntags: [{'t' * 40}]\n---\n\nText.\n"},
        ["check"],
        1,
        "content/C/F/x.md:3:8",
    ),
    "not UTF-8": ({"content/C/F/x.md": b"---\ntitle: X\n---\n\xff\xfe\n"}, ["check"], 1, "content/C/F/x.md:"),
    "merge markers": ({"content/C/F/x.md": "<<<<<<< a\n# X\n=======\n# Y\n>>>>>>> b\n"}, ["check"], 1, "x.md:1:1"),
    "a lock with merge markers": (
        {".kbsync/s/lock": '{"kbsync":"lock","format":1,"account":"127.0.0.1:8765"}\n<<<<<<< ours\n'},
        ["plan"],
        1,
        "lock:2:1",
    ),
    "a lock of another account": (
        {".kbsync/s/lock": '{"kbsync":"lock","format":1,"account":"other.freshdesk.com"}\n'},
        ["plan"],
        1,
        "other.freshdesk.com",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_gets_a_clear_answer(tmp_path: Path, case: str) -> None:
    files, arguments, code, words = WRONG[case]
    root = project(tmp_path)
    put(root, files)
    ran = kbsync(root, *arguments)
    assert (ran.code, "Traceback" in ran.err) == (code, False), ran.err + ran.out
    assert words in ran.err + ran.out


def test_no_config_an_empty_and_a_misspelt_content_folder(tmp_path: Path) -> None:
    none = kbsync(tmp_path, "plan")
    assert (none.code, "kbsync init" in none.err) == (2, True)
    put(tmp_path, {"kbsync.yaml": "version: 1\ncontent: contnt\ndefault_target: s\ntargets: {s: {kind: sandbox}}\n"})
    put(tmp_path, {"content/C/F/a.md": page("A")})
    misspelt = kbsync(tmp_path, "plan")
    assert (misspelt.code, "content" in misspelt.err) == (1, True)
    empty = tmp_path / "empty"
    (empty / "content").mkdir(parents=True)
    put(empty, {"kbsync.yaml": "version: 1\ndefault_target: s\ntargets: {s: {kind: sandbox}}\n"})
    assert "Traceback" not in kbsync(empty, "plan").err


def test_an_emptied_checkout_removes_nothing(tmp_path: Path) -> None:  # F56
    root = project(tmp_path, config=POLICY.format("removed: delete, max_removals: 1"))
    assert kbsync(root, "apply", "-y").code == 0
    for file in root.glob("content/C/F/*.md"):
        file.unlink()
    refused = kbsync(root, "apply", "-y", "--json")
    assert (refused.code, refused.json["outcomes"], refused.json["summary"]["delete"]) == (7, [], 0)
    assert refused.json["requests"].keys() == {"GET"}


@pytest.mark.parametrize(
    ("key", "code", "words"), [("", 2, "FRESHDESK_API_KEY"), ("wrong", 1, "API key"), (KEYS["reader"], 1, "not allow")]
)
def test_a_key_that_is_missing_wrong_or_may_not_write(account: Account, key: str, code: int, words: str) -> None:
    ran = kbsync(account.root, "apply", "-y", FRESHDESK_API_KEY=key)
    assert (ran.code, words in ran.out + ran.err, "Traceback" in ran.err) == (code, True, False), ran.out + ran.err
    assert account.titles() == []


def test_an_id_that_is_not_there_is_missing_and_ids_are_written_back(account: Account) -> None:
    put(account.root, {"content/C/F/x.md": "---\ntitle: X\narticle_id: 82000999999\n---\n\nText.\n"})
    ran = kbsync(account.root, "apply", "-y", FRESHDESK_API_KEY=KEY)
    assert (ran.code, "82000999999" in ran.out, account.titles()) == (4, True, ["A", "B"])
    assert "\narticle_id: 8200" in (account.root / "content/C/F/a.md").read_text()


def test_a_host_that_cannot_be_reached(tmp_path: Path) -> None:
    root = project(tmp_path, config=served_config("http://127.0.0.1:9"))
    ran = kbsync(root, "plan", FRESHDESK_API_KEY="x" * 20)
    assert (ran.code, "cannot be reached" in ran.err, "Traceback" in ran.err) == (1, True, False)


def test_a_folder_name_that_is_taken_fails_alone(account: Account) -> None:
    account.sandbox.change_switches({"folder_name_scope": "account"})
    other = account.sandbox.people.create_category("Theirs")
    account.sandbox.people.create_folder(other, "G")
    put(account.root, {"content/C/G/c.md": page("C")})
    ran = kbsync(account.root, "apply", "-y", "--json", FRESHDESK_API_KEY=KEY)
    statuses = {one["key"]: one["status"] for one in ran.json["outcomes"]}
    assert (ran.code, statuses["content/C/G"], statuses["content/C/F/a.md"]) == (7, "failed", "done")
    assert account.titles() == ["A", "B"]


def test_a_lost_reply_over_http_makes_no_second_article(account: Account) -> None:
    account.sandbox.add_faults(Fault("drop_after_commit", nth=3, writes=True), Fault("truncated", nth=4, writes=True))
    assert kbsync(account.root, "apply", "-y", FRESHDESK_API_KEY=KEY).code == 0
    assert account.titles() == ["A", "B"]
    assert kbsync(account.root, "plan", "--exit-code", FRESHDESK_API_KEY=KEY).code == 0


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -9)])
def test_a_run_that_is_stopped_is_finished_by_the_next(account: Account, how: signal.Signals, code: int) -> None:
    running: list[subprocess.Popen[bytes]] = []

    def stop(request: object) -> None:
        posts = [entry for entry in account.sandbox.log if entry.method == "POST"]
        if getattr(request, "method", "") == "POST" and len(posts) == 2:
            account.sandbox.before_request.clear()
            running[0].send_signal(how)
            if how == signal.SIGKILL:
                running[0].wait(10)

    account.sandbox.before_request.append(stop)
    process = subprocess.Popen(
        command("apply", "-y"),
        cwd=account.root,
        env=environment(FRESHDESK_API_KEY=KEY),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    running.append(process)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, b"Traceback" in err) == (code, False)
    assert len(account.titles()) < 2

    assert kbsync(account.root, "apply", "-y", FRESHDESK_API_KEY=KEY).code == 0
    assert account.titles() == ["A", "B"]
    assert kbsync(account.root, "plan", "--exit-code", FRESHDESK_API_KEY=KEY).code == 0


def test_two_runs_in_one_folder_do_not_meet(account: Account) -> None:
    second: list[int] = []

    def run_another(_request: object) -> None:
        account.sandbox.before_request.clear()
        second.append(kbsync_process(account.root, "apply", "-y", FRESHDESK_API_KEY=KEY).code)

    account.sandbox.before_request.append(run_another)
    assert kbsync(account.root, "apply", "-y", FRESHDESK_API_KEY=KEY).code == 0
    assert (second, account.titles()) == ([2], ["A", "B"])


def test_a_read_only_place_for_the_journal_stops_before_the_first_write(account: Account) -> None:
    state = account.root / ".kbsync" / "t"
    state.mkdir(parents=True)
    (state / "journal").mkdir()  # a folder where a file should be: even root cannot append to it
    ran = kbsync(account.root, "apply", "-y", FRESHDESK_API_KEY=KEY)
    assert (ran.code, "Traceback" in ran.err, account.titles()) == (1, False, []), ran.err


def test_a_lock_that_cannot_be_written_is_written_by_the_next_run(account: Account) -> None:
    blocked = account.root / "kbsync.t.lock"
    target = account.root / "nowhere" / "lock"
    blocked.symlink_to(target)  # its folder is not there, so the atomic replacement fails
    ran = kbsync(account.root, "apply", "-y", "--json", FRESHDESK_API_KEY=KEY)
    assert (ran.code, len(ran.json["problems"]) > 0, account.titles()) == (7, True, ["A", "B"])
    blocked.unlink()
    assert kbsync(account.root, "apply", "-y", FRESHDESK_API_KEY=KEY).code == 0
    assert len(json.loads(blocked.read_text().splitlines()[0])) == 3
    assert kbsync(account.root, "plan", "--exit-code", FRESHDESK_API_KEY=KEY).code == 0


def test_an_article_of_two_megabytes_is_told_or_published(account: Account) -> None:
    put(account.root, {"content/C/F/big.md": page("Big", "word " * 400_000)})
    ran = kbsync(account.root, "check", "--json")
    assert "Traceback" not in ran.err
    assert [one for one in ran.json["findings"] if one["path"] == "content/C/F/big.md"]
