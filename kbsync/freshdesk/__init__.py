"""The only room that talks to Freshdesk.

    client.py    Freshdesk: the endpoints of sheet sections 1.4, 4 and 5 as methods; implements `Remote`
    lists.py     the lists of categories, folders, sub-folders and articles
    sweep.py     the whole knowledge base in one go
    paging.py    one list, page by page
    wire.py      JSON <-> the model
    channel.py   one request: sent, tried again where that is safe, answered
    limiter.py   when the next request may be sent
    mapping.py   replies and losses -> errors of `kbsync.errors`
    reply.py     what came back

Each imports only from those below it.
"""

from kbsync.freshdesk.client import Freshdesk
from kbsync.freshdesk.wire import Account, Agent, Helpdesk

__all__ = ["Account", "Agent", "Freshdesk", "Helpdesk"]
