"""What a list that was not whole does not show is not gone (P8)."""

from __future__ import annotations

from dataclasses import replace

from helpcentre import HelpCentre, article, counts, link, path


def test_what_half_a_list_does_not_show_is_not_missing_and_stays_linked(centre: HelpCentre) -> None:
    centre.write(
        article("a"),
        article("b", f"<p>{link('a')}</p>"),
        article("content/C/G/c.md"),
        article("d", f"<p>{link('content/C/G')}</p>"),
    )
    centre.run()
    live = centre.remote.snapshot()
    part = replace(live, articles=tuple(one for one in live.articles if one.title in "bd"), complete=False)
    centre.remote.snapshot = lambda: part  # type: ignore[method-assign]

    plan = centre.plan(removed="delete")

    assert counts(plan) == {"conflict": 2, "unchanged": 5}
    assert {one.key: one.hint for one in plan.conflicts} == {
        path("a"): "run plan again; nothing is created on half a list",
        "content/C/G/c.md": "run plan again; nothing is created on half a list",
    }
