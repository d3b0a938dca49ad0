"""Secrets: every byte in scope is matched against every family, and a canary proves in each run that matching works."""

from collections.abc import Iterator
from typing import NamedTuple

from gates.core.background import Background
from gates.core.errors import GateUnavailable
from gates.core.gate import Context, Event, Gate, ToolUsed
from gates.detect import cache
from gates.detect.families import FAMILIES
from gates.detect.prefilter import open_engine
from gates.detect.scan import Scanner, new_identity_key
from gates.secrets import sensitive, sources
from gates.secrets.findings import findings
from gates.secrets.rules import RULES


class Options(NamedTuple):
    """`salt` keys the digests that stand for secrets in reports; a private one makes guesses at them worthless."""

    salt: str = ""

    def laxer(self) -> tuple[str, ...]:
        return ()  # and so the salt is in no report


def check(context: Context, options: Options) -> Iterator[Event]:
    # While the engine is loaded git can already say what there is to scan.
    engine = Background(lambda: open_engine(FAMILIES, cache.folder(context.environment, context.root)))
    identity_key = new_identity_key()

    def new_scanner() -> Scanner:
        scanner = Scanner(FAMILIES, engine(), options.salt, identity_key)
        _prove(scanner)
        return scanner

    harvest = sources.SOURCES[context.selection.kind](context, new_scanner)
    yield ToolUsed(engine().name, engine().version)
    yield harvest.scanned
    yield from harvest.notes
    yield from findings(harvest.hits)
    yield from sensitive.findings(context, harvest.named, {hit.path for hit in harvest.hits})


def _prove(scanner: Scanner) -> None:
    """A scanner that finds nothing in the canary would find nothing anywhere."""
    pieces = (b"dop", b"_v1_", b"8f3a61c97be2d054", b"b17ce0946fa8253d", b"d25b7e1f0c948a36", b"49e6c3a0d7f1528b")
    canary = b"canary = " + b"".join(pieces)
    if scanner.recognises(canary) != ["digitalocean-pat"]:
        raise GateUnavailable("the secret matcher does not find its own canary; reinstall gates and empty its cache folder")


GATE = Gate(
    name="secrets",
    summary="tokens, keys and passwords",
    rules=(*RULES, *sensitive.RULES),
    options=Options,
    check=check,
    selections=frozenset({"paths", "staged", "range", "history", "stdin"}),
)
