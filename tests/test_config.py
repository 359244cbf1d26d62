"""`kbsync.yaml`: what it means, and every mistake in it at its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from kbsync.config import AssetStore, Config, Policy, Rendering, Target, is_loopback, parse
from kbsync.errors import InvalidSource

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "config" / "mistakes.yaml").read_text("utf-8"))

FULL = b"""\
version: 1
content: ./docs/
language: pt-BR
default_target: sandbox
targets:
  sandbox: {kind: sandbox, port: 9000, switches: {profile: strip, moves: true, delay: 30}}
  production:
    kind: freshdesk
    domain: Acme.freshdesk.com
    api_key_env: ACME_KEY
    portal_url: https://help.acme.com/
    quota_share: 1
    timeout_seconds: 5
    settle_seconds: 0
    move_articles: true
  proxy: {kind: freshdesk, url: http://127.0.0.1:8080/, assets: {store: sandbox}}
assets: {store: base-url, base_url: https://cdn.acme.com/help, verify: true}
policy: {removed: unpublish, max_removals: 0, max_updates: 9, touched: warn}
render: {callouts: boxes, toc: true, templates: true, code_style: friendly}
variables: {product: Acme, version: 1.10, plans: [a, b]}
"""


def target(text: str) -> Target:
    return parse("kbsync.yaml", f"version: 1\ntargets:\n  t: {{{text}}}\n".encode()).targets["t"]


def test_the_smallest_config() -> None:
    sandbox = "http://127.0.0.1:8765"
    store = AssetStore("sandbox")
    expected = Target("s", "sandbox", f"{sandbox}/api/v2", sandbox, assets=store)
    read = parse("kbsync.yaml", b"version: 1\ntargets: {s: {kind: sandbox}}\n")
    assert read == Config("content", "en", "s", {"s": expected}, Policy(), Rendering())


def test_every_setting() -> None:
    read = parse("kbsync.yaml", FULL)
    cdn = AssetStore("base-url", "https://cdn.acme.com/help/", True)
    assert read == Config(
        content="docs",
        language="pt-BR",
        default_target="sandbox",
        targets={
            "sandbox": Target(
                "sandbox",
                "sandbox",
                "http://127.0.0.1:9000/api/v2",
                "http://127.0.0.1:9000",
                assets=AssetStore("sandbox"),
                switches={"profile": "strip", "moves": "true", "delay": "30"},
            ),
            "production": Target(
                "production",
                "freshdesk",
                "https://acme.freshdesk.com/api/v2",
                "https://help.acme.com",
                "ACME_KEY",
                1,
                5,
                0,
                move_articles=True,
                assets=cdn,
            ),
            "proxy": Target(
                "proxy",
                "freshdesk",
                "http://127.0.0.1:8080/api/v2",
                "http://127.0.0.1:8080",
                assets=AssetStore("sandbox"),
            ),
        },
        policy=Policy("unpublish", 0, 9, "warn"),
        rendering=Rendering(
            "boxes", True, True, "friendly", {"product": "Acme", "version": "1.10", "plans": ["a", "b"]}
        ),
    )


def test_the_only_freshdesk_is_primary_unless_another_target_says_it_is() -> None:
    assert target("kind: freshdesk, domain: a.freshdesk.com").primary
    assert not target("kind: sandbox").primary
    both = b"version: 1\ndefault_target: s\ntargets:\n  s: {kind: sandbox, primary: true}\n"
    read = parse("kbsync.yaml", both + b"  f: {kind: freshdesk, domain: a.freshdesk.com}\n")
    assert {name: item.primary for name, item in read.targets.items()} == {"s": True, "f": False}


def test_a_url_may_already_end_in_the_api_path() -> None:
    assert (
        target("kind: freshdesk, url: https://proxy.acme.com/fd/api/v2/").api_url == "https://proxy.acme.com/fd/api/v2"
    )


def test_yaml_1_1_words_are_texts() -> None:
    assert parse("kbsync.yaml", b"version: 1\nlanguage: no\ntargets: {on: {kind: sandbox}}\n").language == "no"


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
def test_every_mistake_is_told_at_its_place(case: dict[str, Any]) -> None:
    with pytest.raises(InvalidSource) as caught:
        parse("kbsync.yaml", case["input"].encode())
    shown = [f"{item.place.line}:{item.place.column} {item.rule}" for item in caught.value.findings]
    assert shown == case["findings"]


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES if "X" in case["input"]])
def test_no_message_repeats_a_secret(case: dict[str, Any]) -> None:
    with pytest.raises(InvalidSource) as caught:
        parse("kbsync.yaml", case["input"].encode())
    said = f"{caught.value!r} {caught.value.findings}"
    assert not any(secret in said for secret in ("SECRETX", "KEYX"))


def test_messages_help() -> None:
    with pytest.raises(InvalidSource, match="1 error") as caught:
        target("kind: freshdesk, domain: help.acme.com")
    (finding,) = caught.value.findings
    assert (finding.message, finding.hint) == (
        '"domain" does not serve the API: a custom domain shows the reader\'s portal only',
        'write "domain: <account>.freshdesk.com" and the custom domain as "portal_url"; '
        '"url" is for proxies and test servers',
    )


def test_a_file_that_is_not_text_is_told() -> None:
    with pytest.raises(InvalidSource) as caught:
        parse("kbsync.yaml", b"version: 1\nx: \xff\n")
    assert [item.rule for item in caught.value.findings] == ["not-utf8"]


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("10.0.0.1", False),
        ("a.com", False),
    ],
)
def test_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) == expected
