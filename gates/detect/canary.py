"""Proves in each run that matching works: a scanner that does not know its canaries would find nothing, and nothing would tell."""

from __future__ import annotations

from gates.core.errors import GateUnavailable
from gates.detect.scan import Scanner


def prove(scanner: Scanner) -> None:
    """One canary by its form, one by its name and one by how it is encoded. Raises GateUnavailable."""
    token = b"".join((b"dop", b"_v1_", b"8f3a61c97be2d054", b"b17ce0946fa8253d", b"d25b7e1f0c948a36", b"49e6c3a0d7f1528b"))
    named = b"".join((b"client_sec", b"ret = ", b'"', b"hT7kPq2Z", b"sW9xVb4N", b"mJ6cRf3L", b'"'))
    encoded = b"ZG9wX3Yx" + b"XzhmM2E2" + b"MWM5N2Jl"
    known = scanner.recognises(b"canary = " + token) == ["digitalocean-pat"]
    if not known or not {"generic-secret", "base64"} <= scanner.suspicions(named + b"\n" + encoded):
        raise GateUnavailable("the secret matcher does not find its own canary; reinstall gates and empty its cache folder")
