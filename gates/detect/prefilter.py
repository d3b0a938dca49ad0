"""Says where in a block a family may match: hyperscan where it has a wheel, else RE2, else `re`. All three lead to the same findings."""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Literal, NamedTuple

from gates.core.patterns import lazy
from gates.detect import cache
from gates.detect.family import Family

_TWINS = 4  # to be raised with every change to what `wide_twin` makes: cached databases hold its work
_TWIN_PIECES = 30  # with fewer, twins of keyword families match in most binaries, and each match costs a closer look
_TWIN_LEAST = 16

_PIECES = lazy(
    r"(?P<atom>\[\^?\]?(?:\\.|[^\]\\])*\]|\\x[0-9a-fA-F]{2}|\\[^bB])"
    r"|(?P<anchor>\\[bB]|[\^$])|(?P<count>\{(?P<least>[0-9]+)(?:,[0-9]*)?\})|(?P<structure>\(\?[a-z]*:|[()|*+?])|(?P<literal>.)",
    re.DOTALL,
)


class Candidates(NamedTuple):
    """`ends` holds, per family index, the offsets where a match may end, in rising order; `wide` the families that may match
    in UTF-16.
    """

    ends: dict[int, list[int]]
    wide: Collection[int]


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

    patterns = [family.pattern.encode() for family in families]
    count = len(patterns)
    version = getattr(hyperscan, "__version__", "")  # its stubs do not tell
    identity = b"\0".join((f"{version} {_TWINS}".encode(), *patterns))

    def compiled() -> bytes:
        # Every pattern has a twin that matches it in UTF-16: literals keep them almost free, where looking for NULs would not be.
        twins = [wide_twin(family.pattern).encode() for family in families]
        # One report of a twin is enough to look closer at a block; of a pattern every end counts.
        flags = [hyperscan.HS_FLAG_MULTILINE] * count + [hyperscan.HS_FLAG_SINGLEMATCH] * count
        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        database.compile(expressions=patterns + twins, ids=list(range(2 * count)), elements=2 * count, flags=flags)
        return bytes(hyperscan.dumpb(database))

    def loaded(data: bytes) -> hyperscan.Database:
        return hyperscan.loadb(data, mode=hyperscan.HS_MODE_BLOCK)

    # Loading checks the version, the platform and a checksum; whatever it refuses is compiled again.
    database = cache.fetch(cache_folder, "hyperscan", identity, make=compiled, use=loaded, doubts=hyperscan.error)

    def new() -> Prefilter:
        scratch = hyperscan.Scratch(database)

        def prefilter(block: bytes) -> Candidates:
            ends: dict[int, list[int]] = {}
            wide: list[int] = []

            def hit(index: int, _start: int, end: int, _flags: int, _context: object) -> None:
                if index < count:
                    ends.setdefault(index, []).append(end)
                else:
                    wide.append(index - count)

            database.scan(block, match_event_handler=hit, scratch=scratch)
            return Candidates(ends, wide)

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
    found = Candidates({}, range(len(patterns)) if b"\0" in block else ())
    for index in indexes:
        ends = found.ends[index] = []
        match = patterns[index].search(block)
        while match:
            ends.append(match.end())
            match = patterns[index].search(block, match.start() + 1)
        ends.sort()
    return found


def wide_twin(pattern: str) -> str:
    """A pattern that matches wherever `pattern` does in UTF-16, low byte first, and more often: it holds the first few pieces only,
    without anchors, and its counts have a floor and no limit, because long bounded runs of pairs are more than hyperscan compiles.
    """
    short = _widened(pattern, _TWIN_PIECES)
    # Where the first pieces may all be absent the rest is needed too.
    return short if not re.match(short, "") else _widened(pattern, len(pattern))


def _widened(pattern: str, most: int) -> str:
    out: list[str] = []
    pieces = 0
    dropped = False  # whether what a count would apply to has been left out
    for piece in _PIECES.finditer(pattern):
        if piece["anchor"]:
            continue
        if piece["count"] or piece[0] in ("*", "+", "?"):
            if not dropped:
                out.append(f"{{{min(int(piece['least']), _TWIN_LEAST)},}}" if piece["count"] else piece[0])
        elif piece["structure"]:
            out.append(piece[0])
            dropped = False
        elif pieces < most:
            out.append(f"(?:{piece[0]}\\x00)")
            pieces += 1
        else:
            dropped = True
    head, last, tail = "".join(out).rpartition(r"\x00")
    return f"{head}{last}?{tail}"  # at the end of a file, text with its high bytes first has none behind the last character
