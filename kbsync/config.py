"""`kbsync.yaml` as values (design 3.1)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from types import MappingProxyType
from typing import Literal, cast
from urllib.parse import urlsplit

from kbsync.errors import InvalidSource
from kbsync.findings import Finding, Place, did_you_mean, found, has_errors
from kbsync.schema import AssetsShape, ProjectShape, TargetShape, check, key_place
from kbsync.source.page import decode
from kbsync.source.yamlio import Node, Table, compose


@dataclass(frozen=True, slots=True)
class AssetStore:
    """Where local images and files are served from; an address changes with the content.

    `base-url`: `base_url` + path below the content folder + `?v=` + 8 digits of the content hash.
    `sandbox`: the sandbox keeps the files itself. `none`: a local image is an error.
    """

    store: Literal["base-url", "sandbox", "none"] = "none"
    base_url: str = ""
    verify: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A knowledge base to publish to. `api_url` ends in `/api/v2`; `portal_url` has no trailing slash."""

    name: str
    kind: Literal["sandbox", "freshdesk"]
    api_url: str
    portal_url: str
    api_key_env: str = "FRESHDESK_API_KEY"
    quota_share: float = 0.5
    timeout_seconds: float = 30.0
    settle_seconds: float = 30.0
    primary: bool = False
    move_articles: bool = False  # section 12 row 5: try `folder_id` in a PUT
    assets: AssetStore = AssetStore()
    switches: Mapping[str, str] = field(default_factory=dict)  # of an embedded sandbox


@dataclass(frozen=True, slots=True)
class Policy:
    """What a run may do without being asked again."""

    removed: Literal["report", "unpublish", "delete"] = "report"
    max_removals: int = 5
    max_updates: int | None = None
    touched: Literal["hold", "warn"] = "hold"


@dataclass(frozen=True, slots=True)
class Rendering:
    """How Markdown becomes HTML. `templates` turns `{{ variable }}` and `{% include %}` on."""

    callouts: Literal["freshdesk", "boxes"] = "freshdesk"
    toc: bool = False
    templates: bool = False
    code_style: str = "default"
    variables: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Config:
    """A project's settings. `content` is relative to the project folder, posix, no trailing slash."""

    content: str
    language: str
    default_target: str
    targets: Mapping[str, Target]
    policy: Policy = Policy()
    rendering: Rendering = Rendering()


SANDBOX_PORT = 8765

_CONTENT = re.compile(r"(?!\.)[^\\:]+")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LOOPBACK = ("localhost", "::1")


def parse(path: str, data: bytes) -> Config:
    """The settings in the `kbsync.yaml` with these bytes. Raises InvalidSource with every problem in it."""
    problems: list[Finding] = []
    root = _root(path, data, problems)
    config = _config(root, path, problems) if root is not None else None
    if config is None or has_errors(problems):
        count = sum(problem.severity == "error" for problem in problems)
        message = f"{path} cannot be used: {count} {'error' if count == 1 else 'errors'}"
        ordered = tuple(sorted(problems, key=lambda problem: problem.place))
        raise InvalidSource(message, ordered, "`kbsync init` in an empty folder writes one that works")
    return config


def is_loopback(host: str) -> bool:
    """True for names and addresses of this machine."""
    try:
        return host in _LOOPBACK or ip_address(host).is_loopback
    except ValueError:
        return False


def _root(path: str, data: bytes, problems: list[Finding]) -> Table | None:
    text, findings = decode(path, data)
    problems.extend(finding for finding in findings if finding.rule != "large")
    if text is None:
        return None
    root, findings = compose(text, path)
    problems.extend(findings)
    if has_errors(findings):
        return None
    if not isinstance(root, Table):
        problems.append(found("config-empty", Place(path)))
        return None
    return root


def _config(root: Table, path: str, problems: list[Finding]) -> Config | None:
    shape = check(ProjectShape, root, (), path, problems)
    shared = None if shape is None or shape.assets is None else _assets(shape.assets, root, problems)
    table = root.get("targets")
    places = [_Places(key.text, node) for key, node in table.entries] if isinstance(table, Table) else []
    targets = {}
    for place in places:
        target = check(TargetShape, place.node, ("targets", place.name), path, problems)
        if target is not None:
            targets[place.name] = _target(place, target, shared, problems)
    _one_primary(targets, {place.name: place for place in places}, problems)
    if shape is None:
        return None
    return Config(
        _content(shape.content, root, problems),
        shape.language,
        _default_target(shape.default_target, tuple(place.name for place in places), root, problems),
        MappingProxyType(_with_primary(targets, {one.name for one in places if one.says("primary")})),
        Policy(**shape.policy.model_dump()),
        Rendering(**shape.render.model_dump(), variables=_variables(shape.variables, root, problems)),
    )


@dataclass(frozen=True, slots=True)
class _Places:
    """A target's name and its node, to say where its keys stand."""

    name: str
    node: Node

    def says(self, key: str) -> bool:
        """True if the target names `key` itself."""
        return isinstance(self.node, Table) and self.node.get(key) is not None

    def of(self, key: str = "") -> Place:
        return key_place(self.node, (key,))


def _content(text: str, root: Table, problems: list[Finding]) -> str:
    content = text.removeprefix("./").rstrip("/")
    if not _CONTENT.fullmatch(content) or content.startswith("/") or ".." in content.split("/"):
        problems.append(found("config-content", key_place(root, ("content",))))
    return content


def _default_target(wanted: str | None, names: tuple[str, ...], root: Table, problems: list[Finding]) -> str:
    if wanted is None and len(names) != 1:
        problems.append(found("config-no-default", key_place(root, ("targets",)), names=", ".join(names)))
    elif wanted is not None and wanted not in names:
        near = did_you_mean(wanted, names)
        place = key_place(root, ("default_target",))
        problems.append(found("config-no-target", place, name=wanted, near=near, names=", ".join(names)))
    return wanted or names[0]


def _variables(variables: dict[str, object], root: Table, problems: list[Finding]) -> Mapping[str, object]:
    for name in variables:
        if not _VARIABLE.fullmatch(name):
            problems.append(found("config-variable", key_place(root, ("variables", name)), name=name))
    return MappingProxyType(variables)


def _target(places: _Places, shape: TargetShape, shared: AssetStore | None, problems: list[Finding]) -> Target:
    address = _sandbox if shape.kind == "sandbox" else _freshdesk
    api_url, portal_url = address(places, shape, problems)
    switches = {name: _switch(word) for name, word in (shape.switches or {}).items()}
    return Target(
        places.name,
        shape.kind,
        api_url,
        portal_url,
        shape.api_key_env,
        shape.quota_share,
        shape.timeout_seconds,
        shape.settle_seconds,
        shape.primary,
        shape.move_articles,
        _store(places, shape, shared, api_url, problems),
        MappingProxyType(switches),
    )


def _switch(word: str | int | float | bool) -> str:
    return str(word).lower() if isinstance(word, bool) else str(word)


def _sandbox(places: _Places, shape: TargetShape, problems: list[Finding]) -> tuple[str, str]:
    for key in ("domain", "url"):
        if getattr(shape, key) is not None:
            problems.append(found("config-not-sandbox", places.of(key), key=key))
    own = f"http://127.0.0.1:{shape.port or SANDBOX_PORT}"
    return f"{own}/api/v2", _origin(places, "portal_url", shape.portal_url, problems) or own


def _freshdesk(places: _Places, shape: TargetShape, problems: list[Finding]) -> tuple[str, str]:
    for key in ("port", "switches"):
        if getattr(shape, key) is not None:
            problems.append(found("config-only-sandbox", places.of(key), key=key))
    if (shape.domain is None) == (shape.url is None):
        problems.append(found("config-address", places.of("url" if shape.url else ""), target=places.name))
    domain = _domain(places, shape.domain, problems)
    base = f"https://{domain}" if domain else _origin(places, "url", shape.url, problems).removesuffix("/api/v2")
    portal = _origin(places, "portal_url", shape.portal_url, problems)
    return f"{base}/api/v2", portal or base


def _domain(places: _Places, text: str | None, problems: list[Finding]) -> str:
    if text is None:
        return ""
    domain = text.strip().lower()
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*\.freshdesk\.com", domain):
        problems.append(found("config-domain", places.of("domain"), **_domain_advice(domain)))
    return domain


def _domain_advice(domain: str) -> dict[str, str]:
    host = urlsplit(domain if "//" in domain else f"//{domain}").hostname or ""
    if host.endswith(".freshdesk.com"):
        return {"problem": "should be the bare host name", "advice": f'write "domain: {host}"'}
    if re.fullmatch(r"[a-z0-9-]+", host):
        return {"problem": "should be a whole host name", "advice": f'write "domain: {host}.freshdesk.com"'}
    if host.endswith((".freshservice.com", ".myfreshworks.com")):
        return {
            "problem": "is not an address of Freshdesk",
            "advice": 'use the host that ends in ".freshdesk.com"',
        }
    return {
        "problem": "does not serve the API: a custom domain shows the reader's portal only",
        "advice": 'write "domain: <account>.freshdesk.com" and the custom domain as "portal_url"; '
        '"url" is for proxies and test servers',
    }


def _origin(places: _Places, key: str, text: str | None, problems: list[Finding]) -> str:
    """The address without a trailing slash; an empty text where there is none or it cannot be used."""
    if text is None:
        return ""
    place = places.of(key)
    return _address(text, key, place, problems).rstrip("/")


def _address(text: str, key: str, place: Place, problems: list[Finding]) -> str:
    try:
        parts = urlsplit(text.strip())
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.username is not None or parts.password is not None:
        problems.append(found("config-secret", place, key=key))
    elif parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        problems.append(found("config-url", place, key=key))
    elif parts.scheme == "http" and not is_loopback(host):
        problems.append(found("config-plain-http", place, key=key))
    else:
        return text.strip()
    return ""


def _assets(shape: AssetsShape, node: Node, problems: list[Finding]) -> AssetStore:
    """The store that an `assets` mapping, which lies in `node`, asks for."""
    place = key_place(node, ("assets", "store"))
    if shape.store in ("s3", "data-uri"):
        problems.append(found("config-store", place, store=shape.store))
        return AssetStore()
    base = key_place(node, ("assets", "base_url"))
    if (shape.store == "base-url") != (shape.base_url is not None):
        problems.append(found("config-base-url", place if shape.base_url is None else base))
    address = _address(shape.base_url, "base_url", base, problems) if shape.base_url else ""
    store = cast(Literal["base-url", "sandbox", "none"], shape.store)
    return AssetStore(store, address.rstrip("/") + "/" if address else "", shape.verify)


def _store(
    places: _Places, shape: TargetShape, shared: AssetStore | None, api_url: str, problems: list[Finding]
) -> AssetStore:
    own = None if shape.assets is None else _assets(shape.assets, places.node, problems)
    if shape.kind == "sandbox":
        if own is not None and own.store != "sandbox":
            problems.append(found("config-sandbox-store", places.of("assets")))
        return AssetStore("sandbox")
    store = own or shared or AssetStore()
    if store.store == "sandbox" and not is_loopback(urlsplit(api_url).hostname or ""):
        problems.append(found("config-store-target", places.of("assets"), target=places.name))
    return store


def _one_primary(targets: Mapping[str, Target], places: Mapping[str, _Places], problems: list[Finding]) -> None:
    first, *others = [name for name, target in targets.items() if target.primary] or [""]
    for name in others:
        problems.append(found("config-two-primaries", places[name].of("primary"), name=name, first=first))


def _with_primary(targets: Mapping[str, Target], said: Collection[str]) -> dict[str, Target]:
    """`targets`, the only Freshdesk among them as the primary one, unless it (one of `said`) says something itself."""
    live = [name for name, target in targets.items() if target.kind == "freshdesk"]
    if len(live) != 1 or live[0] in said or any(target.primary for target in targets.values()):
        return dict(targets)
    return {**targets, live[0]: replace(targets[live[0]], primary=True)}
