"""Multipart bodies on article endpoints, for accounts that take them (sheet section 7, row 17)."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import Message
from email.policy import HTTP

from kbsync.sandbox.wire import Fault400, Json, validation_failed

# name, content type, bytes
File = tuple[str, str, bytes]

_BAD: list[Fault400] = [(None, "invalid_json")]


def parse_form(content_type: str, body: bytes) -> tuple[dict[str, Json], tuple[File, ...]]:
    """The fields and the files of a form: `tags[]` gathers a list, `seo_data[meta_title]` an object."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    form = message_from_bytes(head + body, policy=HTTP)
    if not form.is_multipart():
        raise validation_failed(_BAD)
    payload: dict[str, Json] = {}
    files: list[File] = []
    for part in form.get_payload():
        if isinstance(part, Message):
            _take(part, payload, files)
    return payload, tuple(files)


def _take(part: Message, payload: dict[str, Json], files: list[File]) -> None:
    name = str(part.get_param("name", "", header="content-disposition"))
    content = part.get_payload(decode=True)
    data = content if isinstance(content, bytes) else b""
    if name == "attachments[]":
        files.append((part.get_filename() or "file", part.get_content_type(), data))
        return
    text = data.decode("utf-8", "replace")
    nested = re.fullmatch(r"(\w+)\[(\w*)\](\[\])?", name)
    if nested is None:
        payload[name] = int(text) if name in {"status", "agent_id", "type", "folder_id"} and text.isdigit() else text
    elif not nested[2]:
        payload.setdefault(nested[1], []).append(text)
    elif nested[3]:
        payload.setdefault(nested[1], {}).setdefault(nested[2], []).append(text)
    else:
        payload.setdefault(nested[1], {})[nested[2]] = text
