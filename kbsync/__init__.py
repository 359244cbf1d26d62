"""kbsync: keep a Freshdesk help centre as Markdown in git."""

__version__ = "0.1.0"
