"""The live text of one article back into Markdown (issue 6, points 2 and 4).

Block by block the plainest Markdown is taken whose rendering is, in canonical form, what is live. Where there is
none, that block alone is kept as raw HTML, and the report says why. Nothing is taken on trust: every form is
rendered and compared, and the whole body once more.
"""

from kbsync.importer.blockwise import updated
from kbsync.importer.whole import Imported, to_markdown

__all__ = ["Imported", "to_markdown", "updated"]
