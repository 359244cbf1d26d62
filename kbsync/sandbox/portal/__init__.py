"""The readers' portal: every page that is not the API, an asset or the remote control (sheet section 9).

It shows a writer what readers would see: published articles in folders that everybody may read. With
`?view=agent`, or at an agent's address, it shows drafts and restricted folders too, and says so on every page.
"""

from kbsync.sandbox.portal.pages import page

__all__ = ["page"]
