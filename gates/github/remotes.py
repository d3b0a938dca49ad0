"""Which repository of which server an address of git's is about; no server is asked."""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import urlsplit

from gates.core.patterns import lazy

_SCP: Final = lazy(r"(?:[^@/:]+@)?(\[[^\]]+\]|[^/:\[\]]+):(?!//)/*(.+)")  # git@github.com:acme/widget.git
_SCHEMES: Final = ("https", "http", "ssh", "git", "git+ssh")


class Remote(NamedTuple):
    host: str  # in lower case, without a port
    repository: str  # OWNER/NAME


def remote_of(url: str) -> Remote | None:
    """None for an address that is no server's, such as a path, or that does not end in OWNER/NAME."""
    if "://" in url:
        try:
            address = urlsplit(url)
            host, path = address.hostname or "", address.path
        except ValueError:
            return None
        if address.scheme.lower() not in _SCHEMES:
            return None
    elif found := _SCP.fullmatch(url):
        host, path = found[1].strip("[]"), found[2]
    else:
        return None
    words = path.strip("/").removesuffix(".git").split("/")
    return Remote(host.lower(), "/".join(words)) if host and len(words) == 2 and all(words) else None


def serves(base: str, host: str) -> bool:
    """Whether the API at this base is that of the server: github.com, a cloud below ghe.com, an own server."""
    api = (urlsplit(base).hostname or "").lower()
    web = api.removeprefix("api.") if api == "api.github.com" or api.endswith(".ghe.com") else api
    return host in (web, f"ssh.{web}")
