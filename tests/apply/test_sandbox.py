"""Whole runs against the sandbox: what is written, how often, and what the next plan says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from helpcentre import HelpCentre, article, counts, link, path, told

Open = Callable[..., HelpCentre]


def test_a_first_publish_writes_each_object_once_and_the_next_plan_is_empty(centre: HelpCentre) -> None:
    centre.write(article("a"), article("b", f"<p>{link('a')}</p>"), article("content/C/F/Sub/c.md"))

    applied = centre.run()

    assert set(told(applied).values()) == {"done"}
    assert [one.writes for one in applied.outcomes] == [1] * 6
    assert len(centre.writes()) == 6
    centre.clear()
    assert counts(centre.plan()) == {"unchanged": 6}
    folder, sub = centre.folder("F"), centre.folder("Sub")
    category = centre.sandbox.store.categories("en")[0].id
    assert sorted(centre.reads()) == sorted(
        [
            "categories",
            f"categories/{category}/folders",
            f"folders/{folder}/subfolders",
            f"folders/{folder}/articles",
            f"folders/{sub}/articles",
        ]
    )


def test_one_edit_is_one_put_that_names_only_what_changed(centre: HelpCentre) -> None:
    centre.write(article("a", tags=("x",)), article("b"))
    centre.run()
    centre.clear()
    centre.write(article("a", "<p>New words.</p>", tags=("x",)), article("b"))

    centre.run()

    assert centre.writes() == [f"PUT articles/{centre.id('a')} body status"]
    assert counts(centre.plan()) == {"unchanged": 4}


def test_fields_the_source_does_not_name_are_never_sent(centre: HelpCentre) -> None:
    centre.write(article("a"))
    centre.run()
    id = centre.id("a")
    centre.people.edit_article(id, tags=["theirs"], seo={"meta_title": "Theirs"})
    centre.people.change_folder(centre.folder("F"), description="Theirs", visibility=2)
    centre.write(article("a", "<p>New.</p>"))

    centre.run()

    row = centre.row(id)
    assert (row.body, row.tags, row.seo.meta_title) == ("<p>New.</p>", ("theirs",), "Theirs")
    assert counts(centre.plan()) == {"unchanged": 3}
    named = {name for payload in centre.sent() for name in payload}
    assert named == {"name", "title", "description", "status"}


@pytest.mark.parametrize(
    ("links", "writes"),
    [
        ({"a": "b", "b": ""}, 2),
        ({"a": "b", "b": "a"}, 3),
        ({"a": "b", "b": "c", "c": "a"}, 4),
        ({"a": "bcd", "b": "acd", "c": "abd", "d": "abc"}, 7),
        ({"a": "a"}, 2),
        ({name: "abcdefgh".replace(name, "") for name in "abcdefgh"}, 15),
    ],
    ids=["chain", "pair", "ring", "all of four", "itself", "F68: all of eight"],
)
def test_links_in_a_circle_cost_one_more_write_for_whoever_goes_first(
    centre: HelpCentre, links: dict[str, str], writes: int
) -> None:
    centre.write(*[article(name, _links(to)) for name, to in links.items()])
    planned = sum(change.writes for change in centre.plan().changes)

    centre.run()

    assert (len(centre.writes()), planned) == (writes + 2, writes + 2)
    assert counts(centre.plan()) == {"unchanged": len(links) + 2}
    for name, to in links.items():
        assert all(f"articles/{centre.id(one)}" in centre.row(name).body for one in to)


def _links(to: str) -> str:
    return f"<p>See {' and '.join(link(one, one) for one in to)}.</p>" if to else "<p>No links.</p>"


def test_a_link_to_a_draft_is_plain_text_until_the_draft_goes_live(centre: HelpCentre) -> None:  # F66
    centre.write(article("a", _links("d")), article("b", _links("d")), article("d", status=1))
    centre.run()
    assert [centre.row(name).body for name in "ab"] == ["<p>See d.</p>"] * 2
    assert counts(centre.plan()) == {"unchanged": 5}
    centre.clear()
    centre.write(article("a", _links("d")), article("b", _links("d")), article("d"))

    centre.run()

    assert [line.split()[1] for line in centre.writes()] == [f"articles/{centre.id(one)}" for one in "dab"]
    assert counts(centre.plan()) == {"unchanged": 5}


def test_a_page_that_becomes_a_draft_leaves_after_the_links_to_it(centre: HelpCentre) -> None:
    centre.write(article("a", _links("b")), article("b"))
    centre.run()
    centre.clear()
    centre.write(article("a", _links("b")), article("b", status=1))

    centre.run()

    assert centre.row("a").body == "<p>See b.</p>"
    assert [line.split()[1] for line in centre.writes()] == [f"articles/{centre.id(one)}" for one in "ab"]
    assert counts(centre.plan()) == {"unchanged": 4}


def test_a_live_page_that_becomes_a_draft_with_new_text_is_sent_its_status_first(centre: HelpCentre) -> None:
    centre.write(article("a"), article("b"))
    centre.run()
    centre.clear()
    centre.write(article("a", "<p>Not ready.</p>", status=1), article("b"))

    applied = centre.run()

    id = centre.id("a")
    assert centre.writes() == [f"PUT articles/{id} status", f"PUT articles/{id} body status"]
    assert [one.writes for one in applied.outcomes] == [2]
    assert (centre.row("a").body, centre.row("a").status, centre.row("a").draft_body) == ("<p>Not ready.</p>", 1, None)
    assert counts(centre.plan()) == {"unchanged": 4}


def test_when_the_only_page_of_a_folder_leaves_links_to_the_folder_are_text_first(centre: HelpCentre) -> None:
    there = "content/C/G/b.md"
    centre.write(article("a", f"<p>{link('content/C/G', 'G')}</p>"), article(there))
    centre.run()
    assert f"folders/{centre.folder('G')}" in centre.row("a").body
    centre.write(article("a", f"<p>{link('content/C/G', 'G')}</p>"), article(there, status=1))

    centre.run()

    assert centre.row("a").body == "<p>G</p>"
    assert counts(centre.plan()) == {"unchanged": 5}


def test_a_page_that_a_person_unpublished_makes_its_linkers_an_update(centre: HelpCentre) -> None:
    centre.write(article("a", _links("b")), article("b"))
    centre.run()
    centre.guarded = False  # the dead link is the person's doing
    centre.people.unpublish(centre.id("b"))
    plan = centre.plan()
    assert [(one.action, one.key) for one in plan.changes] == [("update", path("a"))]
    assert counts(plan) == {"update": 1, "drift": 1, "unchanged": 2}

    centre.run()

    assert centre.row("a").body == "<p>See b.</p>"
    assert centre.row("b").status == 1
    assert counts(centre.plan()) == {"drift": 1, "unchanged": 3}
    centre.guarded = True


@pytest.mark.parametrize("profile", ["identity", "strip", "froala"])
def test_whatever_the_server_does_to_the_html_the_next_plan_is_empty(opened_centre: Open, profile: str) -> None:
    centre = opened_centre(switches={"html_profile": profile, "heading_ids": "regenerated", "tags": "lower_cased"})
    body = (
        '<h2 id="x">One  two</h2><p>A<br>b &amp; "c" &lt;d&gt; é\u00a0f</p><pre><code>a\n  b\n</code></pre>'
        '<table><thead><tr><th>h</th></tr></thead><tbody><tr><td style="color: red">c</td></tr></tbody></table>'
        '<iframe src="https://www.youtube.com/embed/x" width="1" height="2" allowfullscreen></iframe>'
        f'<svg><path d="M0"></path></svg><p>{link("b", "b", "x-y")}</p>'
    )
    centre.write(article("a", body, tags=("B", "a"), seo_keywords=("K", "l"), seo_title=""), article("b", _links("a")))

    centre.run()

    assert counts(centre.plan()) == {"unchanged": 4}
