"""Videos: the address of a page that shows one, as the address and the frame that play it.

The frame is the form seen 104 times in storage (API sheet 6.2). The privacy host of YouTube was never seen
there, so its usual host is used.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from kbsync.render.escape import start_tag

SANDBOX = "allow-scripts allow-forms allow-same-origin allow-presentation"
# Attributes for where style is lost; the style keeps the shape at every width of the reader's window.
_SHAPE = "width: 100%; max-width: 640px; height: auto; aspect-ratio: 16 / 9;"

_YOUTUBE = frozenset(
    f"{prefix}{name}.com" for prefix in ("", "www.", "m.", "music.") for name in ("youtube", "youtube-nocookie")
)
_VIMEO = frozenset({"vimeo.com", "www.vimeo.com", "player.vimeo.com"})
_LOOM = frozenset({"loom.com", "www.loom.com"})
_VIDEO_HOSTS = _YOUTUBE | _VIMEO | _LOOM | {"fast.wistia.net", "fast.wistia.com"}

_ID = r"[A-Za-z0-9_-]+"
_YOUTUBE_PATH = re.compile(rf"/(?:embed|shorts|live|v)/({_ID})/?")
_VIMEO_PATH = re.compile(rf"/(?:video/|channels/{_ID}/)?(\d+)(?:/({_ID}))?/?")
_LOOM_PATH = re.compile(rf"/(?:share|embed)/({_ID})/?")
_TIME = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?")


def frame(address: str) -> str | None:
    """The HTML that plays the video of page `address`, or None where the page is no video that we know."""
    player = _player(address)
    if player is None:
        return None
    source, title = player
    attributes = [("src", source), ("title", title), ("width", "640"), ("height", "360"), ("style", _SHAPE)]
    attributes += [("frameborder", "0"), ("allowfullscreen", ""), ("sandbox", SANDBOX)]
    return f"{start_tag('iframe', attributes)}</iframe>"


def is_video_host(address: str) -> bool:
    """True if a frame of `address` shows a video of a host that readers know."""
    return (_split(address)[0]) in _VIDEO_HOSTS


def _split(address: str) -> tuple[str, str, str, str]:
    try:
        parts = urlsplit(address)
        return (parts.hostname or "", parts.path, parts.query, parts.fragment)
    except ValueError:  # such as an unclosed "[" of an IPv6 host
        return ("", "", "", "")


def _player(address: str) -> tuple[str, str] | None:
    host, path, query, fragment = _split(address)
    if host in _YOUTUBE or host == "youtu.be":
        return _youtube(host, path, query)
    if host in _VIMEO:
        return _vimeo(path, query, fragment)
    if host in _LOOM and (match := _LOOM_PATH.fullmatch(path)):
        return _with(f"https://www.loom.com/embed/{match[1]}", _only(query, "t")), "Loom video"
    return None


def _youtube(host: str, path: str, query: str) -> tuple[str, str] | None:
    asked = {name: values[0] for name, values in parse_qs(query).items()}
    match = _YOUTUBE_PATH.fullmatch(path)
    video = path.strip("/") if host == "youtu.be" else match[1] if match else asked.get("v", "")
    playlist = asked.get("list", "")
    options = {"list": playlist} if playlist else {}
    if path.rstrip("/") == "/playlist" and playlist:
        return _with("https://www.youtube.com/embed/videoseries", options), "YouTube playlist"
    if not re.fullmatch(_ID, video):
        return None
    for name, value in (("start", asked.get("t") or asked.get("start", "")), ("end", asked.get("end", ""))):
        if seconds := _seconds(value):
            options[name] = str(seconds)
    return _with(f"https://www.youtube.com/embed/{video}", options), "YouTube video"


def _vimeo(path: str, query: str, fragment: str) -> tuple[str, str] | None:
    match = _VIMEO_PATH.fullmatch(path)
    if match is None:
        return None
    # An unlisted video carries a second code, without which the player refuses.
    options = {"h": match[2]} if match[2] else _only(query, "h")
    address = _with(f"https://player.vimeo.com/video/{match[1]}", options)
    return address + (f"#{fragment}" if fragment.startswith("t=") else ""), "Vimeo video"


def _only(query: str, name: str) -> dict[str, str]:
    return {key: value for key, value in parse_qsl(query) if key == name}


def _with(address: str, options: dict[str, str]) -> str:
    return f"{address}?{urlencode(options)}" if options else address


def _seconds(value: str) -> int:
    """`90`, `90s` and `1m30s` in seconds; 0 for anything else."""
    match = _TIME.fullmatch(value)
    hours, minutes, seconds = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    return hours * 3600 + minutes * 60 + seconds
