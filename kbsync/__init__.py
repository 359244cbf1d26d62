"""kbsync: keep a Freshdesk help centre as Markdown in git."""
