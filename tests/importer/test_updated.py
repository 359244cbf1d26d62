"""A live edit in a source that uses what only the whole can explain: references, footnotes, includes, contents."""

from __future__ import annotations

import pytest

from kbsync.importer import updated

from .rendering import holds, link, render

OLD = """Intro with [a reference][r] and
wrapped lines, [page](../Payments/overview.md#pay).

* star list
* two

[r]: https://e.com/ref

# Head
Text directly _below_.

| a | b |
|---|---|
| 1 | 2 |

{.lead}
Para   with a class

Foot[^n] note.

[^n]: The note

<div class="box">

inside *the* box

</div>


# Head

Last paragraph
"""

EDITS = {
    "a word below a heading": ("directly", "straight", "directly _below_", "straight *below*"),
    "an item of a list": ("two", "three", "* star list\n* two", "- star list\n- three"),
    "a link in a paragraph with a reference": ("Intro", "Start", "Intro with [a reference][r]",
                                               "Start with [a reference](https://e.com/ref)"),
    "a paragraph with a footnote": ("Foot", "Feet", "Foot[^n]", "Feet[^n]"),
    "a cell": ("<td>2</td>", "<td>3</td>", "| a | b |\n|---|---|\n| 1 | 2 |", "| a | b |\n| --- | --- |\n| 1 | 3 |"),
    "in a box": ("inside", "within", "inside", "within"),
    "the last line": ("Last", "Final", "Last", "Final"),
    "a paragraph goes": ("<p>Text directly <em>below</em>.</p>", "", "Text directly _below_.\n\n", ""),
    "a paragraph and a heading are added": ("paragraph</p>", 'paragraph</p><p>Another</p><h2 id="x">X</h2>',
                                            "Last paragraph\n", "Last paragraph\n\nAnother\n\n## X\n"),
}  # fmt: skip


@pytest.mark.parametrize(("was", "live", "old", "new"), EDITS.values(), ids=EDITS)
def test_only_the_block_that_was_touched_changes(was: str, live: str, old: str, new: str) -> None:
    html = render(OLD).replace(was, live, 1)
    result = updated(OLD, html, render, link)
    assert result.markdown == OLD.replace(old, new, 1)
    assert (result.raw_blocks, result.lost) == ((), ())
    assert holds(result, html)


def test_an_edit_in_the_text_of_a_footnote_takes_the_article_as_a_whole() -> None:
    html = render(OLD).replace("The note", "A note")
    result = updated(OLD, html, render, link)
    assert "[^n]" not in result.markdown
    assert holds(result, html)


def test_noise_of_the_editor_is_no_edit() -> None:
    html = render(OLD).replace("<p>", '<p dir="ltr" data-identifyelement="7">').replace("Last par", "Last&nbsp;par")
    assert updated(OLD, html + "<p><br></p>", render, link).markdown == OLD


def test_includes_and_variables_stay_beside_an_edit() -> None:
    def templated(text: str) -> str:
        return render(text, templates=True)

    old = '{% include "snippets/fine.md" %}\n\n{% if product %}\n\nSeen by {{ product }}.\n\n{% endif %}\n\nMine.\n'
    html = templated(old).replace("Mine", "Theirs")
    assert updated(old, html, templated, link).markdown == old.replace("Mine", "Theirs")


def test_the_contents_follow_the_headings() -> None:
    old = "[[toc]]\n\n## One\n\ntext\n\n## Two\n"
    html = render(old).replace("Two", "Three").replace("two", "three")
    assert updated(old, html, render, link).markdown == old.replace("Two", "Three")


def test_another_text_altogether_and_none() -> None:
    assert updated(OLD, "<p>New</p>", render, link).markdown == "New\n"
    assert updated("", "<p>New</p>", render, link).markdown == "New\n"
    assert updated(OLD, "", render, link).markdown == ""
