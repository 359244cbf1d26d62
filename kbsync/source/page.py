"""The bytes of one Markdown file as text: decoding, and front matter parted from the body.

python-frontmatter's handler finds and parts the front matter, with our strict YAML reader as its loader. Its
`frontmatter.parse` is not used: it strips the text, which moves every line number, and where the parts cannot
be told from each other it returns the whole file as body, so that front matter would be published.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from frontmatter.default_handlers import YAMLHandler

from kbsync.findings import Finding, Place, found, has_errors
from kbsync.source.yamlio import Node, Table, compose

BOM = b"\xef\xbb\xbf"
MAX_BYTES = 2_000_000
LARGE_BYTES = 500_000  # API sheet, section 12 row 13

_SPACE = re.compile(r"\s*")

_LFS = b"version https://git-lfs.github.com/spec/"
_MARKER = re.compile(r"(?:<{7}|>{7}|\|{7})(?: .*)?")
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
_ODD = re.compile("[\x01-\x08\x0b\x0e-\x1f\x7f]")
_LATE = re.compile(r"\n+---[ \t]*\n[A-Za-z_]+:[ \n]")


class FrontMatter(YAMLHandler):
    """Front matter from a first line `---` to the next line `---` or `...`, read strictly.

    `split` raises ValueError where it is never closed.
    """

    FM_BOUNDARY = re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE)

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path

    def detect(self, text: str) -> bool:
        """True if the first line of `text` opens front matter."""
        return text.startswith("---") and super().detect(text)

    def load(self, fm: str, **_: object) -> Any:
        """What `yamlio.compose` returns for `fm`, whose first line is the rest of line 1 of the file."""
        return compose(fm, self.path, 1)


@dataclass(frozen=True, slots=True)
class Page:
    """A file's text. `head` is None where it has no front matter; `body` begins on line `line`.

    `front` is the front matter, from the line end of line 1 on; offsets in `head` refer to it.
    """

    path: str
    head: Table | None
    body: str
    line: int = 1
    front: str = ""


def read_page(path: str, data: bytes) -> tuple[Page | None, tuple[Finding, ...]]:
    """The parts of a file, line ends as LF, or None where an error prevents it; and the findings."""
    text, findings = decode(path, data)
    if text is None:
        return None, findings
    conflicts = tuple(_conflicts(path, text))
    if conflicts:
        return None, (*findings, *conflicts)
    page, problems = _parted(path, text)
    return page, (*findings, *problems)


def decode(path: str, data: bytes) -> tuple[str | None, tuple[Finding, ...]]:
    """The text of `data` without BOM, line ends as LF, or None with a finding that says why not."""
    if data.startswith(_LFS):
        return None, (found("lfs-pointer", Place(path)),)
    if len(data) >= MAX_BYTES:
        return None, (found("too-large", Place(path), size=len(data), limit=MAX_BYTES),)
    raw = data.removeprefix(BOM)
    try:
        text = lf(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        return None, (_not_utf8(path, raw, error.start),)
    if "\0" in text:
        return None, (found("not-text", _place(path, text, text.index("\0")), guess=_guess(raw)),)
    large = found("large", Place(path), size=len(data)) if len(data) > LARGE_BYTES else None
    odd = _ODD.search(text)
    invisible = odd and found("invisible-character", _place(path, text, odd.start()), code=f"U+{ord(odd[0]):04X}")
    return text, tuple(finding for finding in (large, invisible) if finding)


def has_text(markdown: str) -> bool:
    """True if there is anything but white space and HTML comments."""
    at = _SPACE.match(markdown).end()  # type: ignore[union-attr]
    while markdown.startswith("<!--", at):
        close = markdown.find("-->", at)
        if close < 0:
            return False
        at = _SPACE.match(markdown, close + 3).end()  # type: ignore[union-attr]
    return at < len(markdown)


def lf(text: str) -> str:
    """`text` with CRLF and CR as LF; the number of lines stays the same."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _not_utf8(path: str, raw: bytes, offset: int) -> Finding:
    before = lf(raw[:offset].decode("utf-8"))
    return found("not-utf8", _place(path, before, len(before)), byte=f"0x{raw[offset]:02X}", guess=_guess(raw))


def _guess(raw: bytes) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff") or raw.count(0) > len(raw) // 5:
        return "UTF-16"
    return "a binary file" if 0 in raw else "Windows-1252 or Latin-1"


def _place(path: str, text: str, offset: int) -> Place:
    return Place(path, text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


def _conflicts(path: str, text: str) -> Iterator[Finding]:
    if "<<<<<<<" not in text and ">>>>>>>" not in text:
        return
    fence = ""
    inside = False
    for number, line in enumerate(text.split("\n"), 1):
        fence = _fence_after(fence, line)
        if fence or not _MARKER.fullmatch(line):
            continue
        if line[0] == "<" or (line[0] == ">" and not inside):
            yield found("conflict-marker", Place(path, number), marker=line[:7])
        inside = line[0] != ">"


def _fence_after(fence: str, line: str) -> str:
    """The fence that is open after `line`: its characters, or an empty string."""
    match = _FENCE.match(line)
    if not fence:
        return match[1] if match else ""
    closing = line.strip(" ")
    return "" if set(closing) == {fence[0]} and len(closing) >= len(fence) else fence


def _parted(path: str, text: str) -> tuple[Page | None, tuple[Finding, ...]]:
    handler = FrontMatter(path)
    if not handler.detect(text):
        late = _LATE.match(text)
        problems = (found("front-matter-late", _place(path, text, late[0].index("-"))),) if late else ()
        return (None if late else Page(path, None, text)), problems
    try:
        front, body = handler.split(text)
    except ValueError:
        return None, (found("front-matter-open", Place(path)),)
    node, findings = handler.load(front)
    if _prose(node, front, findings):
        return None, (found("front-matter-prose", Place(path)),)
    if has_errors(findings):
        return None, findings
    head = node if isinstance(node, Table) else Table((), Place(path), 0, 0, 1)
    return Page(path, head, body.removeprefix("\n"), front.count("\n") + 2, front), findings


def _prose(node: Node | None, front: str, findings: tuple[Finding, ...]) -> bool:
    """True where the text between two rule lines was never meant as front matter."""
    if node is not None:
        return not isinstance(node, Table)
    lines = (line for line in front.split("\n") if line.strip() and not line.startswith("#"))
    return has_errors(findings) and not re.match(r"""[ \t]*["']?[\w.-]+["']?[ \t]*:|[{<]""", next(lines, ":"))
