"""Text and attributes as HTML, with the five entities that Freshdesk is known to store (API sheet 6.2)."""

from __future__ import annotations

from collections.abc import Iterable


def text(value: str) -> str:
    """`value` as HTML text. A carriage return would be read back as a line end, so it is written as one."""
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return value.replace("\xa0", "&nbsp;").replace("\r", "\n")


def attribute(value: str) -> str:
    """`value` as the inside of a double-quoted attribute."""
    return text(value).replace('"', "&quot;")


def start_tag(tag: str, attributes: Iterable[tuple[str, str]] = ()) -> str:
    """The start tag of `tag` with its attributes in the given order."""
    return "<" + tag + "".join(f' {name}="{attribute(value)}"' for name, value in attributes) + ">"
