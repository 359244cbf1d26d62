"""A faithful local Freshdesk knowledge base. It imports nothing else of kbsync, and no web framework.

`kbsync.sandbox.server` opens it as an HTTP server, `kbsync.sandbox.inprocess` as an httpx transport.
"""

from kbsync.sandbox.core import Sandbox
from kbsync.sandbox.faults import Fault
from kbsync.sandbox.rows import LogEntry
from kbsync.sandbox.schema import erase
from kbsync.sandbox.seed import KEYS
from kbsync.sandbox.switches import Switches, change_switches, parse_switches, switches_as_json
from kbsync.sandbox.wire import Reply, Request, SandboxError

__all__ = [
    "KEYS",
    "Fault",
    "LogEntry",
    "Reply",
    "Request",
    "Sandbox",
    "SandboxError",
    "Switches",
    "change_switches",
    "erase",
    "parse_switches",
    "switches_as_json",
]
