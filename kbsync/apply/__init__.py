"""A Plan against a Remote -> Outcomes (design 6). Knows no HTTP and no disk, only the seams it is handed.

`run` carries out the changes, `content` says what of them is sent, by what readers can open by now, `ledger` keeps the
journal and the lock, `watch` keeps live objects fresh and notices people's edits, `settling` finds out
what a lost reply did, `written` says what the lock remembers of a write.
"""

from kbsync.apply.outcome import Applied, Outcome, Published, exit_code
from kbsync.apply.run import Conditions, apply

__all__ = ["Applied", "Conditions", "Outcome", "Published", "apply", "exit_code"]
