"""A plan as JSON: what `plan --format json` prints and `plan --out` saves (design 5, schemas/plan.schema.json).

A saved plan binds the exact values to be sent. Its digest covers all of it but the cost, which depends on what
else uses the quota; two plans made from the same sources and the same live state have the same digest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kbsync.errors import UsageError
from kbsync.html import CANONICAL_VERSION
from kbsync.lock import entry_from_json, entry_to_json
from kbsync.model import Asset, Value
from kbsync.plan import FORMAT, Change, Cost, FieldChange, Notice, Plan, Selection, Target, summary

_HINT = "make it anew: kbsync plan --out FILE"


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """The plan under the keys of design 5, with everything that carrying it out needs."""
    body: dict[str, Any] = {
        "format": FORMAT,
        "target": plan.target,
        "account": plan.account,
        "portal_url": plan.portal_url,
        "agent_url": plan.agent_url,
        "versions": {"renderer": plan.renderer, "canonical": CANONICAL_VERSION},
        "selection": {
            "paths": list(plan.selection.paths),
            "only": list(plan.selection.only),
            "except": list(plan.selection.leave),
        },
        "on_conflict": plan.on_conflict,
        "complete": plan.complete,
        "partial": plan.partial,
        "applyable": plan.applyable,
        "errored": plan.errored,
        "summary": summary(plan),
        "changes": [_change_to_json(change) for change in plan.changes],
        "drift": [_notice_to_json(notice) for notice in plan.drift],
        "conflicts": [_notice_to_json(notice) for notice in plan.conflicts],
        "gone": [_notice_to_json(notice) for notice in plan.gone],
        "unmanaged": [_notice_to_json(notice) for notice in plan.unmanaged],
        "skipped": list(plan.skipped),
        "targets": {key: _target_to_json(target) for key, target in sorted(plan.targets.items())},
        "public": sorted(plan.public),
    }
    cost = {"writes": plan.cost.writes, "reads": plan.cost.reads, "seconds": plan.cost.seconds}
    return {**body, "digest": _digest(body), "cost": cost}


def digest(plan: Plan) -> str:
    """The plan's digest: 64 hexadecimal digits, the same for the same plan."""
    return str(plan_to_json(plan)["digest"])


def format_plan(plan: Plan) -> str:
    """A plan as the text of a plan file."""
    return json.dumps(plan_to_json(plan), ensure_ascii=False, indent=2) + "\n"


def parse_plan(text: str, path: str) -> Plan:
    """The plan in a plan file. Raises UsageError for a file that is none, is damaged, or is of another version."""
    try:
        data = json.loads(text)
        if data["format"].split(".")[0] != FORMAT.split(".", maxsplit=1)[0]:
            raise UsageError(f"{path} is a plan of format {data['format']}; this kbsync reads {FORMAT}", _HINT)
        plan = _plan_from_json(data)
        whole = _digest({key: value for key, value in data.items() if key not in {"digest", "cost"}}) == data["digest"]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise UsageError(f"{path} is no kbsync plan: {type(error).__name__} {error}", _HINT) from None
    if not whole:
        raise UsageError(f"{path} was changed after it was made: its digest does not fit", _HINT)
    return plan


def _digest(body: Mapping[str, Any]) -> str:
    text = json.dumps(body, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plan_from_json(data: Mapping[str, Any]) -> Plan:
    chosen = data["selection"]
    return Plan(
        target=data["target"],
        account=data["account"],
        portal_url=data["portal_url"],
        agent_url=data["agent_url"],
        renderer=data["versions"]["renderer"],
        selection=Selection(tuple(chosen["paths"]), tuple(chosen["only"]), tuple(chosen["except"])),
        on_conflict=data["on_conflict"],
        changes=tuple(_change_from_json(change) for change in data["changes"]),
        drift=tuple(_notice_from_json(notice) for notice in data["drift"]),
        conflicts=tuple(_notice_from_json(notice) for notice in data["conflicts"]),
        gone=tuple(_notice_from_json(notice) for notice in data["gone"]),
        unmanaged=tuple(_notice_from_json(notice) for notice in data["unmanaged"]),
        unchanged=data["summary"]["unchanged"],
        skipped=tuple(data["skipped"]),
        complete=data["complete"],
        partial=data["partial"],
        errored=data["errored"],
        cost=Cost(**data["cost"]),
        targets={key: Target(**target) for key, target in data["targets"].items()},
        public=frozenset(data["public"]),
    )


def _change_to_json(change: Change) -> dict[str, Any]:
    return {
        "action": change.action,
        "kind": change.kind,
        "key": change.key,
        "language": change.language,
        "id": change.id,
        "parent": change.parent,
        "category": change.category,
        "title": change.title,
        "fields": _fields_to_json(change.fields),
        "why": change.why,
        "writes": change.writes,
        "owned": {name: _plain(value) for name, value in change.owned.items()},
        "later": sorted(change.later),
        "refreshed": _fields_to_json(change.refreshed),
        "drifted": sorted(change.drifted),
        "after": list(change.after),
        "opens": list(change.opens),
        "seen": change.seen,
        "source": change.source,
        "primary": change.primary,
        "names": dict(change.names),
        "assets": [{"path": asset.path, "address": asset.address} for asset in change.assets],
        "entry": None if change.entry is None else entry_to_json(change.entry),
        "drop": None if change.drop is None else list(change.drop),
    }


def _change_from_json(data: Mapping[str, Any]) -> Change:
    plain = Change(
        action=data["action"],
        kind=data["kind"],
        key=data["key"],
        title=data["title"],
        why=data["why"],
        language=data["language"],
        id=data["id"],
        parent=data["parent"],
        category=data["category"],
        writes=data["writes"],
        seen=data["seen"],
        source=data["source"],
        primary=data["primary"],
    )
    return replace(
        plain,
        fields=_fields_from_json(data["fields"]),
        owned={name: _value(value) for name, value in data["owned"].items()},
        later=frozenset(data["later"]),
        refreshed=_fields_from_json(data["refreshed"]),
        drifted=frozenset(data["drifted"]),
        after=tuple(data["after"]),
        opens=tuple(data["opens"]),
        names=dict(data["names"]),
        assets=tuple(Asset(asset["path"], asset["address"]) for asset in data["assets"]),
        entry=None if data["entry"] is None else entry_from_json(data["entry"]),
        drop=None if data["drop"] is None else (data["drop"][0], data["drop"][1], data["drop"][2]),
    )


def _notice_to_json(notice: Notice) -> dict[str, Any]:
    return {
        "reason": notice.reason,
        "kind": notice.kind,
        "key": notice.key,
        "language": notice.language,
        "id": notice.id,
        "title": notice.title,
        "fields": _fields_to_json(notice.fields),
        "why": notice.why,
        "hint": notice.hint,
    }


def _notice_from_json(data: Mapping[str, Any]) -> Notice:
    return Notice(**{**data, "fields": _fields_from_json(data["fields"])})


def _target_to_json(target: Target) -> dict[str, Any]:
    return {"kind": target.kind, "id": target.id, "public": target.public}


def _fields_to_json(fields: Mapping[str, FieldChange]) -> dict[str, Any]:
    return {name: {"before": _plain(one.before), "after": _plain(one.after)} for name, one in fields.items()}


def _fields_from_json(data: Mapping[str, Any]) -> dict[str, FieldChange]:
    return {name: FieldChange(_value(one["before"]), _value(one["after"])) for name, one in data.items()}


def _plain(value: Value | None) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _value(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
