"""One straight function per command: it does the work and returns data; printing is `report`'s business.

`project` finds the project and opens its target, `prepare` reads, renders and plans, `publish` writes;
`start`, `demo` and `local` hold what needs no Freshdesk account.
"""
