"""Secrets: every byte in scope is matched against every family, and a canary proves in each run that matching works."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from gates.core.background import Background
from gates.core.gate import Context, Event, Flag, Gate, ToolUsed
from gates.detect import cache, canary
from gates.detect.families import FAMILIES
from gates.detect.prefilter import open_engine
from gates.detect.scan import Scanner, new_identity_key
from gates.detect.versions import Versions
from gates.secrets import sensitive, sources
from gates.secrets.findings import findings
from gates.secrets.rules import RULES

if TYPE_CHECKING:
    from gates.detect.archives import Limits
    from gates.secrets.engines.second import SecondEngines

ENGINES = ("builtin", "gitleaks", "kingfisher")


class Options(NamedTuple):
    """`salt` keys the digests that stand for secrets in reports; a private one makes guesses at them worthless. `engines` are those
    that look at everything; the built-in one is always among them. The limits of archives are for each file, with all that it holds.
    """

    salt: str = ""
    engines: tuple[str, ...] = ENGINES[:1]
    archives: bool = False
    archive_depth: int = 3
    archive_mib: int = 256
    archive_members: int = 100_000
    archive_ratio: int = 200

    def laxer(self) -> tuple[str, ...]:
        return ()  # and so the salt is in no report

    def problem(self) -> tuple[str, str] | None:
        if any(name not in ENGINES for name in self.engines):
            return "engines", f"must name engines among {', '.join(ENGINES)}"
        if ENGINES[0] not in self.engines:
            return "engines", f"must hold {ENGINES[0]!r}; the others add to it"
        return None


def check(context: Context, options: Options) -> Iterator[Event]:
    # While the engine is loaded git can already say what there is to scan.
    engine = Background(lambda: open_engine(FAMILIES, cache.folder(context.environment, context.root)))
    identity_key = new_identity_key()

    versions = Versions() if context.selection.kind in ("history", "range") else None

    def new_scanner() -> Scanner:
        scanner = Scanner(FAMILIES, engine(), options.salt, identity_key, versions)
        canary.prove(scanner)
        return scanner

    second = _second_engines(context, options, identity_key)
    harvest = sources.SOURCES[context.selection.kind](context, new_scanner, second, _limits(options))
    yield ToolUsed(engine().name, engine().version)
    yield harvest.scanned
    yield from harvest.notes
    yield from findings(harvest.hits, second.describe if second else None)
    yield from sensitive.findings(context, harvest.named, {path for hit in harvest.hits for path in hit.paths})
    if second:
        yield from second.verdict()


def _second_engines(context: Context, options: Options, identity_key: bytes) -> "SecondEngines | None":
    if set(options.engines) == {ENGINES[0]}:
        return None
    from gates.detect.foreign import Keys  # a run without them pays nothing
    from gates.secrets.engines.second import SecondEngines

    return SecondEngines(context, options.engines, Keys(options.salt, identity_key))


def _limits(options: Options) -> "Limits | None":
    """For archives, None where those are not opened."""
    if not options.archives:
        return None
    from gates.detect.archives import Limits  # a run without them pays nothing

    return Limits(options.archive_depth, options.archive_mib, options.archive_members, options.archive_ratio, "secrets")


GATE = Gate(
    name="secrets",
    summary="tokens, keys and passwords",
    rules=(*RULES, *sensitive.RULES),
    options=Options,
    check=check,
    flags=(Flag("--archives", "archives", "look into zip, tar, gzip, bzip2 and xz files too, and into those within them"),),
    selections=frozenset({"paths", "staged", "range", "history", "stdin"}),
)
