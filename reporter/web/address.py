"""Which addresses may be asked: http and https; nothing inside a private network unless the user named it himself."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urljoin, urlsplit

from reporter.model import Fault

PORTS = {"http": 80, "https": 443}
TRANSLATED = IPv6Network("64:ff9b::/96")  # NAT64: an IPv4 address in the last 32 bits
HOST = re.compile(r"[a-z0-9._:-]{1,100}")

Host = tuple[str, str, int]  # scheme, name, port


class Private(Exception):
    """The connection leads to an address that only the user may name. It is no OSError, so that no library that stands
    in between takes it for a broken connection."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.fault = Fault("refused", f"leads to a private address ({address})")


def host(url: str) -> Host | None:
    """Whom a question goes to; None for what is no plain http or https address."""
    try:
        parts = urlsplit(url)
        port = PORTS[parts.scheme] if parts.port is None else parts.port
    except (ValueError, KeyError):
        return None
    if not parts.hostname or "@" in parts.netloc or not url.isprintable():
        return None
    return parts.scheme, parts.hostname, port


def unfit(url: str, own: bool) -> Fault | None:
    """Why an address is not asked at all. A name is looked at only when it has been connected to: `checked`."""
    target = host(url)
    if target is None:
        return Fault("refused", "its address is not one of http or https")
    try:
        return None if own or is_public(target[1]) else Private(target[1]).fault
    except ValueError:
        return None  # a name


def is_public(text: str) -> bool:
    """Whether an IP address is one of the open internet; an IPv4 address inside an IPv6 one counts. Raises ValueError
    for what is no IP address."""
    address = ip_address(text)
    if isinstance(address, IPv6Address):
        address = _inner(address) or address
    return address.is_global and not address.is_multicast and not address.is_reserved


def _inner(address: IPv6Address) -> IPv4Address | None:
    if address in TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def follow(url: str, location: str) -> str | Fault:
    """Where a redirect leads: the same host, or the same over https. Any other is a Fault that names it."""
    try:
        there = urljoin(url, location)
    except ValueError:
        there = ""
    here, target = host(url), host(there)
    if here is None or target is None:
        return Fault("refused", "redirects to what is no address")
    if target == here or _is_upgrade(here, target):
        return there
    return Fault("refused", f"redirects to {_shown(urlsplit(there), here)}; name that address if you trust it")


def _is_upgrade(here: Host, target: Host) -> bool:
    ports = {(PORTS["http"], PORTS["https"]), (here[2], here[2])}
    return (here[0], target[0]) == ("http", "https") and here[1] == target[1] and (here[2], target[2]) in ports


def _shown(there: SplitResult, here: Host) -> str:
    """`example.org`, with scheme and port where only they differ."""
    name = str(there.hostname)
    if not HOST.fullmatch(name):
        return "another host"
    return name if name != here[1] else f"{there.scheme}://{there.netloc.lower()}"
