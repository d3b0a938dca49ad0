"""Says where in a block a family may match: hyperscan where it has a wheel, else RE2, else `re`. All three lead to the same findings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple

from gates.detect import cache
from gates.detect.family import Family

WIDE_UNITS = (2, 4)  # bytes a character in UTF-16 and UTF-32

_PIECES = re.compile(
    r"(?P<atom>\[\^?\]?(?:\\.|[^\]\\])*\]|\\x[0-9a-fA-F]{2}|\\[^bB])"
    r"|(?P<anchor>\\[bB]|[\^$])|(?P<count>\{(?P<least>[0-9]+)(?:,[0-9]*)?\})|(?P<structure>\(\?[a-z]*:|[()|*+?])|(?P<literal>.)",
    re.DOTALL,
)


class Candidates(NamedTuple):
    """`ends` holds, per family index, the offsets where a match may end, in rising order; `wide` the units of text in UTF-16 or
    UTF-32 in which some family may match.
    """

    ends: dict[int, list[int]]
    wide: set[int]


Prefilter = Callable[[bytes], Candidates]
EngineName = Literal["", "hyperscan", "re2", "re"]  # "": the best that is installed


class Engine(NamedTuple):
    """`new` makes a prefilter for one thread; prefilters of one engine share the compiled patterns."""

    name: str
    version: str
    new: Callable[[], Prefilter]


def open_engine(families: Sequence[Family], cache_folder: str, *, name: EngineName = "") -> Engine:
    """The best engine that is installed, or the named one; ImportError where that one is missing.

    `cache_folder` keeps hyperscan's compiled database between runs; "" means that none is kept.
    """
    if name in ("", "hyperscan"):
        try:
            return _hyperscan(families, cache_folder)
        except ImportError:
            if name:
                raise
    if name in ("", "re2"):
        try:
            return _re2(families)
        except ImportError:
            if name:
                raise
    return _re(families)


def _hyperscan(families: Sequence[Family], cache_folder: str) -> Engine:
    import hyperscan

    # Every pattern has twins that match it in wide text: literals keep them almost free, where looking for NULs would not be.
    sources = [family.pattern for family in families]
    twins = [wide_twin(source, unit) for unit in WIDE_UNITS for source in sources]
    patterns = [source.encode() for source in sources + twins]
    # One report of a twin is enough to look closer at a block; of a pattern every end counts.
    flags = [hyperscan.HS_FLAG_MULTILINE] * len(sources) + [hyperscan.HS_FLAG_SINGLEMATCH] * len(twins)
    count = len(sources)
    version = getattr(hyperscan, "__version__", "")  # its stubs do not tell
    identity = cache.key(patterns, version)

    def compiled() -> bytes:
        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        database.compile(expressions=patterns, ids=list(range(len(patterns))), elements=len(patterns), flags=flags)
        return bytes(hyperscan.dumpb(database))

    def loaded(data: bytes) -> hyperscan.Database:
        return hyperscan.loadb(data, mode=hyperscan.HS_MODE_BLOCK)

    # Loading checks the version, the platform and a checksum; whatever it refuses is compiled again.
    database = cache.fetch(cache_folder, f"hyperscan-{identity}", make=compiled, use=loaded, doubts=hyperscan.error)

    def new() -> Prefilter:
        scratch = hyperscan.Scratch(database)

        def prefilter(block: bytes) -> Candidates:
            found = Candidates({}, set())

            def hit(index: int, _start: int, end: int, _flags: int, _context: object) -> None:
                if index >= count:
                    found.wide.add(WIDE_UNITS[index // count - 1])
                else:
                    found.ends.setdefault(index, []).append(end)

            database.scan(block, match_event_handler=hit, scratch=scratch)
            return found

        return prefilter

    return Engine("hyperscan", version, new)


def _re2(families: Sequence[Family]) -> Engine:
    import re2

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    sources = [f"(?m:{family.pattern})" for family in families]
    patterns = [re2.compile(source.encode(), options) for source in sources]
    together = re2.Set.SearchSet(options)
    for source in sources:
        together.Add(source.encode())
    together.Compile()

    def prefilter(block: bytes) -> Candidates:
        return _searched(together.Match(block) or (), patterns, block)  # None where nothing matches

    return Engine("re2", "", lambda: prefilter)


def _re(families: Sequence[Family]) -> Engine:
    patterns = [re.compile(family.pattern.encode(), re.MULTILINE) for family in families]

    def prefilter(block: bytes) -> Candidates:
        return _searched(range(len(patterns)), patterns, block)

    return Engine("re", "", lambda: prefilter)


def _searched(indexes: Iterable[int], patterns: Sequence[re.Pattern[bytes]], block: bytes) -> Candidates:
    """Candidates from engines that tell where a match starts: every start is tried, as hyperscan reports overlapping matches too."""
    found = Candidates({}, set(WIDE_UNITS) if b"\0" in block else set())
    for index in indexes:
        ends = found.ends[index] = []
        match = patterns[index].search(block)
        while match:
            ends.append(match.end())
            match = patterns[index].search(block, match.start() + 1)
        ends.sort()
    return found


def wide_twin(pattern: str, unit: int) -> str:
    """A pattern that matches wherever `pattern` does in text of `unit` bytes a character, low byte first; and a little more often:
    anchors are dropped and counts only have a floor, because long bounded runs of pairs are more than hyperscan compiles.
    """

    nuls = r"\x00" * (unit - 1)

    def widened(piece: re.Match[str]) -> str:
        if piece["anchor"]:
            return ""
        if piece["count"]:
            return f"{{{min(int(piece['least']), 4)},}}"
        if piece["structure"]:
            return piece[0]
        return f"(?:{piece[0]}{nuls})"

    return _PIECES.sub(widened, pattern)
