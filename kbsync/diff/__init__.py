"""Desired x live x lock -> Plan (design 4). Pure: no I/O and no clock.

`binding` says which live object a source is, `decision` what becomes of its fields, `publics` who will be public
and so where links lead, `removal` what happens to objects without a source, `order` who is written first;
`planning` puts the Plan together, `notices` words what people should know, `saved` judges a plan made earlier.
"""

from kbsync.diff.decision import Settings
from kbsync.diff.notices import REWRITTEN, TOUCHED
from kbsync.diff.planning import diff
from kbsync.diff.saved import still_to_do

__all__ = ["REWRITTEN", "TOUCHED", "Settings", "diff", "still_to_do"]
