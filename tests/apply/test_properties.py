"""For knowledge bases that nobody thought of: after an apply the next plan is empty, and readers saw nothing broken."""

from __future__ import annotations

from typing import Any

from helpcentre import HelpCentre, article, counts, link
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kbsync.model import Article
from kbsync.sandbox import Fault

QUICK = (Phase.explicit, Phase.reuse, Phase.generate)  # shrinking whole runs takes minutes; add it to debug

PATHS = [f"content/C/F/{name}.md" for name in "abc"] + ["content/C/F/G/d.md", "content/D/F/e.md", "content/D/H/f.md"]
FOLDERS = ["content/C", "content/C/F", "content/C/F/G", "content/D/H"]
PARTS = st.sampled_from(
    ["<p>one &amp; two</p>", '<h2 id="a-b">Head</h2>', "<pre><code>x\n  y\n</code></pre>",
     "<ul><li>a<ul><li>b</li></ul></li></ul>",
     '<table><thead><tr><th>h</th></tr></thead><tbody><tr><td>c</td></tr></tbody></table>',
     "<details><summary>s</summary><p>t</p></details>",
     '<p><img src="https://x.org/a.png?v=1" alt="a"></p>', "<script>x</script>", "<hr>", "<p>a<br>b\u00a0c</p>"]
)  # fmt: skip
BODIES = st.tuples(st.lists(PARTS, max_size=3), st.lists(st.sampled_from(PATHS + FOLDERS), max_size=3))


@st.composite
def knowledge_bases(draw: st.DrawFn) -> list[Article]:
    articles: list[Article] = []
    for key in draw(st.lists(st.sampled_from(PATHS), unique=True, min_size=1)):
        parts, targets = draw(BODIES)
        body = "".join(parts) + "".join(f"<p>{link(to, to[-4:], '')}</p>" for to in targets)
        tags = draw(st.none() | st.just(("B", "a")))
        articles.append(article(key, body or "<p>x</p>", status=draw(st.sampled_from([1, 2, 2])), tags=tags))
    return articles


def existing(articles: list[Article]) -> list[Article]:
    """The articles without links to files that are not there: rendering refuses those."""
    keys = {one.key for one in articles} | {str(one.folder) for one in articles}
    keys |= {"/".join(key.split("/")[:number]) for key in keys for number in (2, 3)}
    return [one for one in articles if all(to in keys for to in PATHS + FOLDERS if f'"kbsync:{to}"' in one.body)]


def _links_to_earlier_pages_only(one: Article) -> bool:
    later = [to for to in PATHS if to > one.key]
    return not any(f'"kbsync:{to}"' in one.body for to in FOLDERS + later)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), phases=QUICK)
@given(
    st.lists(knowledge_bases(), min_size=1, max_size=3),
    st.sampled_from(["identity", "strip", "froala"]),
    st.sampled_from(["kept", "dropped", "regenerated"]),
    st.sampled_from(["report", "delete"]),
)
def test_after_an_apply_the_next_plan_is_empty(
    versions: list[list[Article]], profile: str, heading_ids: str, removed: str
) -> None:
    with HelpCentre(
        switches={"html_profile": profile, "heading_ids": heading_ids}, settings={"removed": removed}
    ) as centre:
        for version in versions:
            # A link to a folder that a removal empties, and links in a circle that is removed, are not looked at yet.
            kept = [one for one in version if removed == "report" or _links_to_earlier_pages_only(one)]
            centre.write(*existing(kept))
            planned = centre.plan()
            centre.clear()
            applied = centre.run()
            centre.clock.now += 60
            if planned.conflicts:
                # A page waits for the removal of another that links to it, or for ever where that stays.
                centre.run()
                assert centre.plan().changes == ()
                continue
            assert {one.status for one in applied.outcomes} <= {"done"}
            assert len(centre.writes()) == sum(one.writes for one in applied.outcomes)
            assert len(centre.writes()) <= sum(one.writes for one in planned.changes)
            assert {name for name in counts(centre.plan()) if name not in {"unchanged", "gone"}} == set()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), phases=QUICK)
@given(
    st.lists(knowledge_bases(), min_size=2, max_size=2),
    st.sampled_from(["identity", "froala"]),
    st.lists(
        st.builds(
            Fault,
            kind=st.sampled_from(["refuse", "drop_before_commit", "drop_after_commit", "late_commit", "truncated",
                                  "html_200"]),
            nth=st.integers(1, 12),
            seconds=st.sampled_from([0.0, 3.0, 20.0]),
            writes=st.booleans(),
        ),
        max_size=3,
    ),
)  # fmt: skip
def test_faults_in_pairs_leave_one_article_a_source(
    versions: list[list[Article]], profile: str, faults: list[Any]
) -> None:
    with HelpCentre(switches={"html_profile": profile}) as centre:
        for version in versions:
            articles = existing(version)
            centre.write(*articles)
            centre.sandbox.add_faults(*faults)
            try:
                centre.run()
            finally:
                centre.sandbox.clear_faults()
            centre.clock.now += 100
            for _ in range(2):
                centre.run()
                centre.clock.now += 60
            left = counts(centre.plan())
            # A page whose file is gone stays by policy, and a page it links to stays public with it.
            assert {name for name in left if name not in {"unchanged", "gone", "conflict"}} == set()
            assert left.get("conflict", 0) <= 6 * left.get("gone", 0)
            assert len(centre.titles()) == len(set(centre.titles()))
