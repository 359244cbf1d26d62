"""What HTML may be published: the subset that Freshdesk is known to store (API sheet 6.2, 6.5.1).

Three fates for an element that is known to HTML and not in the subset: it is written in another way that
reads the same, it is taken off and its content stays, or it goes with its content. An element that HTML does
not know, such as `<Device>`, is a writer's text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


KEPT = _names(
    "a b blockquote br code col colgroup div em font h1 h2 h3 h4 hr i iframe img ins kbd li ol p pre s "
    "section span strike strong table tbody td th thead tr u ul wbr"
)
VOID = _names("br col hr img wbr")

_SUPER = "vertical-align: super; font-size: smaller;"
_SUB = "vertical-align: sub; font-size: smaller;"
INDENT = "margin-left: 24px;"

# Another element, and the style that makes it read the same. `sup` and `sub` were never seen in storage, a
# styled `span` 21,000 times.
WRITTEN_AS: Mapping[str, tuple[str, str]] = {
    "h5": ("h4", ""), "h6": ("h4", ""), "del": ("s", ""), "tfoot": ("tbody", ""), "menu": ("ul", ""),
    "sup": ("span", _SUPER), "sub": ("span", _SUB), "small": ("span", "font-size: smaller;"),
    "big": ("span", "font-size: larger;"), "mark": ("span", "background-color: #fff3a3;"),
    "abbr": ("span", ""), "acronym": ("span", ""), "q": ("em", ""), "tt": ("code", ""), "samp": ("code", ""),
    "var": ("em", ""), "cite": ("em", ""), "dfn": ("em", ""), "center": ("div", "text-align: center;"),
    "article": ("div", ""), "main": ("div", ""), "header": ("div", ""), "footer": ("div", ""),
    "aside": ("div", ""), "nav": ("div", ""), "address": ("div", ""), "figure": ("div", ""),
    "figcaption": ("div", ""), "hgroup": ("div", ""), "search": ("div", ""), "dl": ("div", ""),
    "dd": ("div", INDENT), "details": ("section", ""),
}  # fmt: skip

# These become a line in bold: what they name must stay readable where no accordion or list is drawn.
BOLD_LINES = frozenset({"summary", "dt", "caption"})

# A reader loses nothing without them, so they go silently.
_PLAIN = _names("bdi bdo nobr picture rb rp rt rtc ruby")
_TAKEN_OFF = _names(
    "base basefont bgsound blink body button command data dialog fieldset form frame frameset head html "
    "image input keygen label legend link marquee meta meter optgroup option output param progress slot source "
    "time track"
)
GONE_WITH_CONTENT = _names(
    "applet area audio canvas embed listing map math noembed noframes noscript object plaintext script "
    "select style svg template textarea title video xmp"
)
KNOWN = KEPT | WRITTEN_AS.keys() | BOLD_LINES | _PLAIN | _TAKEN_OFF | GONE_WITH_CONTENT
REPORTED = _TAKEN_OFF | GONE_WITH_CONTENT

_ANYWHERE = _names("class contenteditable dir id name style title")
_BY_TAG: Mapping[str, frozenset[str]] = {
    "a": frozenset({"href", "target", "rel"}),
    "img": frozenset({"src", "alt", "width", "height", "align"}),
    "iframe": frozenset({"src", "width", "height", "frameborder", "allowfullscreen", "sandbox"}),
    "td": frozenset({"colspan", "rowspan", "align", "width", "height"}),
    "th": frozenset({"colspan", "rowspan", "align", "width", "height"}),
    "table": frozenset({"align", "width", "height"}),
    "tr": frozenset({"align", "height"}),
    "col": frozenset({"width", "span", "align"}),
    "colgroup": frozenset({"span"}),
    "ol": frozenset({"start"}),  # not seen in storage, yet a list that begins at 3 must not begin at 1
    "font": frozenset({"color", "size", "face"}),
}
_ALIGNED = _names("p div h1 h2 h3 h4 hr")
_DATA = re.compile(r"data-[a-z0-9][a-z0-9_.-]*")

_STYLES = re.compile(
    r"(?:color|opacity|width|height|(?:min|max)-(?:width|height)|aspect-ratio|object-fit|display|float|clear"
    r"|(?:background|border|margin|padding|font|text|list-style|overflow|word|flex|align|justify|outline)"
    r"(?:-[a-z-]+)?|line-height|letter-spacing|vertical-align|white-space|table-layout|caption-side|box-shadow"
    r"|box-sizing|gap|direction|column-count|column-gap|hyphens)"
)
_STYLE_HAZARD = re.compile(r"url\s*\(|expression\s*\(|image\s*\(|image-set\s*\(|script:|[@\\<>{}]|/\*|!ie", re.I)

_IGNORED_IN_URLS = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\ufeff]")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(?=:)")
LINK_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
_IMAGE_DATA = re.compile(r"data:image/(?:png|gif|jpeg|webp|avif);base64,[A-Za-z0-9+/=\s]*", re.I)

# 85,000 characters is the largest body seen in Freshdesk's own help centre (API sheet 6.1).
MAX_DATA_IMAGE = 60_000


def scheme(address: str) -> str:
    """The scheme of an address as a browser reads it, in lower case, or an empty string."""
    match = _SCHEME.match(_IGNORED_IN_URLS.sub("", address))
    return match[0].lower() if match else ""


def is_data_image(address: str) -> bool:
    """True for a small picture inside the address itself, of a kind that cannot hold a script."""
    return len(address) <= MAX_DATA_IMAGE and _IMAGE_DATA.fullmatch(address) is not None


def attribute_is_kept(tag: str, name: str) -> bool:
    """True if attribute `name` (lower case) is known to be stored on `tag`."""
    if name in _ANYWHERE or name in _BY_TAG.get(tag, ()):
        return True
    return (name == "align" and tag in _ALIGNED) or _DATA.fullmatch(name) is not None


def styles(value: str) -> tuple[str, tuple[str, ...]]:
    """The declarations of a style attribute that are kept, and the names of those that are not.

    A value that is kept whole is returned as it is written.
    """
    kept: list[str] = []
    refused: list[str] = []
    for declaration in filter(None, (part.strip() for part in value.split(";"))):
        name, colon, setting = declaration.partition(":")
        fine = colon and _STYLES.fullmatch(name.strip().lower()) and not _STYLE_HAZARD.search(setting)
        (kept if fine else refused).append(declaration if fine else name.strip())
    return (value if not refused else "; ".join(kept), tuple(refused))
