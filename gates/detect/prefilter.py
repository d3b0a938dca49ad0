"""Says where in a block a family may match: hyperscan where it has a wheel, else RE2, else `re`. All three lead to the same findings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from gates.detect import cache
from gates.detect.family import Family

# Text in UTF-16 or UTF-32 shows as printable bytes with NULs between them; a run of these is looked at without its NULs.
WIDE_PATTERNS = (r"(?:[\t\n\r -~]\x00){8}", r"(?:[\t\n\r -~]\x00\x00\x00){8}")
WIDE_UNITS = (2, 4)


class Candidates(NamedTuple):
    """`ends` holds, per family index, the offsets where a match may end, in rising order; `wide` the unit sizes of runs of wide text."""

    ends: dict[int, list[int]]
    wide: set[int]


Prefilter = Callable[[bytes], Candidates]
EngineName = str  # "hyperscan", "re2" or "re"


class Engine(NamedTuple):
    """`new` makes a prefilter for one thread; prefilters of one engine share the compiled patterns."""

    name: EngineName
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

    patterns = [family.pattern.encode() for family in families] + [pattern.encode() for pattern in WIDE_PATTERNS]
    first_wide = len(families)
    # A wide run is worth one report a block; for the families every end counts.
    flags = [hyperscan.HS_FLAG_MULTILINE] * first_wide + [hyperscan.HS_FLAG_SINGLEMATCH] * len(WIDE_PATTERNS)
    identity = cache.key(patterns, hyperscan.__version__)

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
                if index >= first_wide:
                    found.wide.add(WIDE_UNITS[index - first_wide])
                else:
                    found.ends.setdefault(index, []).append(end)

            database.scan(block, match_event_handler=hit, scratch=scratch)
            return found

        return prefilter

    return Engine("hyperscan", hyperscan.__version__, new)


def _re2(families: Sequence[Family]) -> Engine:
    import re2

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    sources = [f"(?m:{family.pattern})" for family in families] + list(WIDE_PATTERNS)
    patterns = [re2.compile(source.encode(), options) for source in sources]
    together = re2.Set.SearchSet(options)
    for source in sources:
        together.Add(source.encode())
    together.Compile()

    def prefilter(block: bytes) -> Candidates:
        return _searched(together.Match(block), patterns, block)

    return Engine("re2", "", lambda: prefilter)


def _re(families: Sequence[Family]) -> Engine:
    import re

    sources = [family.pattern for family in families] + list(WIDE_PATTERNS)
    patterns = [re.compile(source.encode(), re.MULTILINE) for source in sources]

    def prefilter(block: bytes) -> Candidates:
        return _searched(range(len(patterns)), patterns, block)

    return Engine("re", "", lambda: prefilter)


def _searched(indexes: Sequence[int], patterns: Sequence[object], block: bytes) -> Candidates:
    """Candidates from engines that tell where a match starts: every start is tried, as hyperscan reports overlapping matches too."""
    found = Candidates({}, set())
    first_wide = len(patterns) - len(WIDE_PATTERNS)
    for index in indexes:
        search = patterns[index].search  # type: ignore[attr-defined]  # re and re2 patterns share no type
        match = search(block)
        if match and index >= first_wide:
            found.wide.add(WIDE_UNITS[index - first_wide])
            continue
        while match:
            found.ends.setdefault(index, []).append(match.end())
            match = search(block, match.start() + 1)
    for ends in found.ends.values():
        ends.sort()
    return found
