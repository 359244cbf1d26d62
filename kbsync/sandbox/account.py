"""The side endpoints of sheet section 1.4."""

from __future__ import annotations

from kbsync.sandbox.calls import Call
from kbsync.sandbox.representation import agent_json
from kbsync.sandbox.wire import Json, Reply, json_reply


def me(call: Call) -> Reply:
    """GET /agents/me: who the key is."""
    return json_reply(200, agent_json(call.agent))


def agents(call: Call) -> Reply:
    """GET /agents, or with email= the one agent of that address."""
    email = call.request.parameters().get("email")
    rows = [row for row in call.store.agents() if email is None or row.email.lower() == email.lower()]
    return call.page(rows, agent_json, also=["email"])


def helpdesk(call: Call) -> Reply:
    """GET /settings/helpdesk: the languages."""
    languages = list(call.switches.supported_languages)
    return json_reply(
        200,
        {
            "primary_language": call.switches.primary_language,
            "supported_languages": languages,
            "portal_languages": languages,
        },
    )


def account(call: Call) -> Reply:
    """GET /account"""
    tier = "enterprise" if call.switches.hierarchy else "pro" if call.switches.multilingual else "growth"
    return json_reply(
        200,
        {
            "organisation_name": "Sandbox",
            "account_domain": call.switches.account_domain,
            "tier_type": tier,
            "data_center": "US",
            "timezone": "UTC",
        },
    )


def products(call: Call) -> Reply:
    """GET /products: admins only; one for each portal where there are several."""
    call.require("account")
    names = call.store.names("product") if call.switches.several_portals else []
    return call.page(names, _named_json)


def companies(call: Call) -> Reply:
    """GET /companies"""
    return call.page(call.store.names("company"), _named_json)


def _named_json(row: tuple[int, str]) -> Json:
    return {"id": row[0], "name": row[1]}
