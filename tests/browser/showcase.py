"""A sandbox with one of everything that an article can hold, in the HTML that Freshdesk stores (sheet 6.2)."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from kbsync.sandbox import Sandbox

# Another port than the one it is served on: the links in bodies must hold all the same.
STORED_ORIGIN = "http://127.0.0.1:8765"

LONG_WORD = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz" * 2

_CALLOUTS = "".join(
    f'<pre class="fd-callout fd-callout--{kind}">A {kind}, with a <a href="#code">link</a> and <code>code</code>,'
    " long enough to need more than one line on a narrow screen.<br>Second line.</pre>"
    for kind in ("note", "info", "idea", "warning", "success", "danger")
)

BODY = f"""
<p>Opening with <strong>bold</strong>, <code>inline</code>, <kbd>Ctrl</kbd> and
<a href="{STORED_ORIGIN}/support/solutions/articles/{{other}}#end">the other article</a>. {LONG_WORD}</p>
<h2 id="callouts">Callouts</h2>{_CALLOUTS}
<div style="border-left: 4px solid #9a6700; background-color: #fff8e1; color: #1f2328; padding: 8px 16px;">
<p>A box with a <a href="#code">link</a> and <code>code</code>.</p></div>
<h2 id="code">Code</h2>
<pre style="background-color: #f8f8f8; color: #1f2328;"><code class="language-python"><span
style="color: #008000; font-weight: bold;">def</span> <span style="color: #0000FF;">answer</span>(): return
{"x" * 160}</code></pre>
<pre><code>plain {"y" * 160}</code></pre>
<h3 id="table">Table</h3>
<table><tbody><tr><th>Plan</th>{"<th>Column</th>" * 14}</tr>
<tr><td style="background-color: #ffe9d6">Colour with <a href="#code">link</a></td>
{"<td><code>value</code></td>" * 14}</tr>
</tbody></table>
<h2 id="colours">Colours</h2>
<p style="color: #b00000">A red paragraph.</p>
<p>With <span style="color: rgb(0, 0, 0);">pasted black</span> and <span style="color:#006400">green</span> words,
<span style="background-color: rgb(255, 255, 255);">white ground</span>, <font color="#333333">grey font</font>.</p>
<blockquote><p>A quotation.</p></blockquote>
<p><img src="{STORED_ORIGIN}/assets/picture.png" alt="A picture" width="1600" height="400"></p>
<p><iframe src="https://www.youtube.com/embed/x" width="640" height="360" title="Video"></iframe></p>
<p dir="rtl">هذا نص عربي</p>
"""


@dataclass(frozen=True, slots=True)
class Showcase:
    """The ids of what `fill` made."""

    category: int
    folder: int
    article: int
    other: int
    draft: int

    def paths(self) -> tuple[str, ...]:
        """One page of each kind, for readers and for agents."""
        return (
            "/support/home",
            f"/support/solutions/{self.category}",
            f"/support/solutions/folders/{self.folder}",
            f"/support/solutions/articles/{self.article}",
            "/support/search?term=picture",
            "/support/search?term=nothing-like-it",
            f"/support/solutions/articles/{self.draft}",
            f"/a/solutions/articles/{self.draft}",
            "/support/home?view=agent",
        )


def fill(sandbox: Sandbox) -> Showcase:
    """Publishes the showcase."""
    people = sandbox.people
    sandbox.put_asset("picture.png", _png(16, 4))
    category = people.create_category("First steps", "What everybody asks in the first week")
    folder = people.create_folder(category, f"Setting up {LONG_WORD}", description="Devices, accounts and access")
    other = people.create_article(folder, "The other article", '<p>Short.</p><h2 id="end">End</h2><p>Bye.</p>')
    article = people.create_article(folder, f"Everything {LONG_WORD}", BODY.format(other=other), tags=["one", "two"])
    draft = people.create_article(folder, "Unready", "<p>Soon</p>", status=1)
    return Showcase(category, folder, article, other, draft)


def _png(width: int, height: int) -> bytes:
    rows = (b"\0" + b"\x0b\x5b\xbd" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
