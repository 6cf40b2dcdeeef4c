"""Which addresses the server answers to, and whether it asks for a token, decided before it listens.

Knows no request.
"""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
_HOST = re.compile(r"(?P<name>[\w.-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?", re.ASCII)
_ORIGIN = re.compile(r"https?://([a-z0-9.-]+|\[[0-9a-f:]+\])(:\d{1,5})?/?", re.ASCII)  # as browsers write it


class AddressError(Exception):
    """The server cannot listen where it was asked to; the message is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Where the server listens and the names it answers to, on any port: forwarded ports have other numbers.

    `any_address` accepts every IP address as a name too: DNS rebinding needs a name that somebody can point elsewhere.
    """

    address: str = "127.0.0.1"
    hosts: frozenset[str] = LOOPBACK_HOSTS
    any_address: bool = False
    public_url: str | None = None  # an origin, where a proxy shows the server under another one
    needs_token: bool = False

    def answers_to(self, host: str) -> bool:
        """Whether the value of a Host header is one of our names."""
        name = _hostname(host)
        return name in self.hosts or (self.any_address and name is not None and _is_address(name))

    def is_own_origin(self, origin: str, scheme: str, host: str) -> bool:
        """Whether an Origin is that of this very server; `host` is a Host header that was accepted."""
        return origin in (f"{scheme}://{host}", self.public_url)

    @property
    def is_secure(self) -> bool:
        """Browsers reach the server through TLS, as far as it was told."""
        return self.public_url is not None and self.public_url.startswith("https:")


def plan_reach(host: str, *, public_url: str | None = None, needs_token: bool = False) -> Reach:
    """What `--host`, `--public-url` and `--token` ask for together.

    Raises:
        AddressError: the host or the URL has not the right form, or other machines would get in without a token.
    """
    address = _address(host)
    public = None if public_url is None else _origin(public_url)
    names = {address} | (set() if public is None else {urlsplit(public).hostname or ""})
    if not needs_token and not all(_is_loopback(name) for name in names):
        exposing = f"--host {host}" if not _is_loopback(address) else f"--public-url {public_url}"
        raise AddressError(
            f"{exposing} lets other machines in, and whoever gets in controls the training: add --token, and only "
            "those who were given the printed address can. To reach Warmgate from elsewhere without opening it, "
            "forward a port: ssh -L 8000:127.0.0.1:8000 <this machine>"
        )
    is_wildcard = ipaddress.ip_address(address).is_unspecified
    return Reach(address, LOOPBACK_HOSTS | names, is_wildcard, public, needs_token)


def _address(host: str) -> str:
    address = "127.0.0.1" if host == "localhost" else host
    if not _is_address(address):
        raise AddressError(
            f"--host must be an IP address of this machine, found {host!r}; "
            "127.0.0.1 is this machine only, 0.0.0.0 every network it is in"
        )
    return address


def _origin(url: str) -> str:
    """The URL without its slash at the end."""
    if not _ORIGIN.fullmatch(url):
        raise AddressError(f"--public-url must look like https://warmgate.example.org, found {url!r}")
    return url.rstrip("/")


def _is_loopback(name: str) -> bool:
    return name in LOOPBACK_HOSTS or (_is_address(name) and ipaddress.ip_address(name).is_loopback)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _hostname(host: str) -> str | None:
    match = _HOST.fullmatch(host)
    return None if match is None else match["name"].strip("[]").lower()
