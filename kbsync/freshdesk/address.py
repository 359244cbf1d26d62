"""Where the API is, and what an address and a key must look like to be used at all (P12)."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from kbsync.errors import UsageError


def checked_address(api_url: str, *, own_transport: bool) -> SplitResult:
    """The address in parts. Raises UsageError for one that cannot be right or would show the key to others."""
    address = _parsed(api_url)
    if address.scheme not in {"http", "https"} or not address.hostname:
        raise UsageError("the target has no web address", "give its url, such as https://acme.freshdesk.com/api/v2")
    if address.username is not None or address.password is not None:
        raise UsageError("the target's address holds a user or password", "the key belongs in a variable only")
    if address.query or address.fragment:
        raise UsageError(f"the address of {address.hostname} has a query or fragment", "leave out ? and #")
    if address.scheme == "http" and not own_transport and not is_loopback(address.hostname):
        raise UsageError(f"plain http to {address.hostname} would show the API key to others", "use https")
    return address


def _parsed(api_url: str) -> SplitResult:
    try:
        address = urlsplit(api_url)
        _ = address.port  # is read, and may be found wrong, only when it is asked for
    except ValueError:
        raise UsageError("the target's address cannot be read", "check its brackets and port") from None
    return address


def checked_key(key: str) -> str:
    """The key without space around it. Raises UsageError for one that cannot be right."""
    if not re.fullmatch(r"[\x21-\x7e]+", key.strip()) or ":" in key:
        raise UsageError("the API key is empty or holds characters that no key has", "copy it again, without spaces")
    return key.strip()


def is_loopback(host: str) -> bool:
    """True if `host` is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def origin(address: SplitResult) -> tuple[str, str | None, int | None]:
    """What two addresses share if the key may go from one to the other."""
    return address.scheme, address.hostname, address.port


def host_and_port(address: SplitResult) -> str:
    """How an account is named: the host, with the port where it is not the usual one."""
    usual = {"http": 80, "https": 443}[address.scheme]
    host = (address.hostname or "").lower()
    return host if address.port in {None, usual} else f"{host}:{address.port}"
