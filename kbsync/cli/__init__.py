"""The command line: parse, call, print, exit code. A command is loaded when it runs, with what it needs.

`group` holds the commands and maps every failure to its exit code, `options` the options they share, `session`
what they do alike; `reading`, `writing` and `local` hold the commands. Data goes to stdout, the rest to stderr.
"""

from kbsync.cli.group import cli, main

__all__ = ["cli", "main"]
