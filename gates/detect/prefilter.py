"""Says where in a block a family may match, or something encoded stand: hyperscan where it has a wheel, else RE2, else `re`. All
three lead to the same findings.
"""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Literal, NamedTuple

from gates.core.patterns import lazy
from gates.detect import cache
from gates.detect.family import Family
from gates.detect.views import ENCODINGS

_TWINS = 4  # to be raised with every change to what `wide_twin` makes: cached databases hold its work
_TWIN_PIECES = 30  # with fewer, twins of keyword families match in most binaries, and each match costs a closer look
_TWIN_LEAST = 16

_PIECES = lazy(
    r"(?P<atom>\[\^?\]?(?:\\.|[^\]\\])*\]|\\x[0-9a-fA-F]{2}|\\[^bB])"
    r"|(?P<anchor>\\[bB]|[\^$])|(?P<count>\{(?P<least>[0-9]+)(?:,[0-9]*)?\})|(?P<structure>\(\?[a-z]*:|[()|*+?])|(?P<literal>.)",
    re.DOTALL,
)


class Candidates(NamedTuple):
    """`ends` holds, per family index, the offsets where a match may end, in rising order; `wide` the families with a form of their own
    that may match in UTF-16; `encoded` the same as `ends` for the patterns of encodings, in text only.
    """

    ends: dict[int, list[int]]
    wide: Collection[int]
    encoded: dict[int, list[int]]


Prefilter = Callable[[bytes, bool], Candidates]  # a block, and whether it is text
EngineName = Literal["", "hyperscan", "re2", "re"]  # "": the best that is installed


class Engine(NamedTuple):
    """`new` makes a prefilter for one thread; prefilters of one engine share the compiled patterns."""

    name: str
    version: str
    new: Callable[[], Prefilter]


def open_engine(families: Sequence[Family], cache_folder: str, *, name: EngineName = "") -> Engine:
    """The best engine that is installed, or the named one; ImportError where that one is missing.

    `cache_folder` keeps hyperscan's compiled databases between runs; "" means that none is kept.
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

    version = getattr(hyperscan, "__version__", "")  # its stubs do not tell

    def database(name: str, patterns: Sequence[str], ids: Sequence[int], twins: Sequence[tuple[int, str]] = ()) -> hyperscan.Database:
        """Reports an id for each match; also for a match of `twins` in UTF-16, once."""
        expressions = [pattern.encode() for pattern in patterns]

        def compiled() -> bytes:
            # One report of a twin is enough to look closer at a block; of a pattern every end counts.
            once = [wide_twin(pattern).encode() for _, pattern in twins]
            flags = [hyperscan.HS_FLAG_MULTILINE] * len(expressions) + [hyperscan.HS_FLAG_SINGLEMATCH] * len(once)
            made = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
            made.compile(expressions=expressions + once, ids=[*ids, *(index for index, _ in twins)], elements=len(flags), flags=flags)
            return bytes(hyperscan.dumpb(made))

        def loaded(data: bytes) -> hyperscan.Database:
            return hyperscan.loadb(data, mode=hyperscan.HS_MODE_BLOCK)

        # Loading checks the version, the platform and a checksum; whatever it refuses is compiled again.
        identity = b"\0".join((f"{version} {_TWINS}".encode(), *expressions))
        return cache.fetch(cache_folder, name, identity, make=compiled, use=loaded, doubts=hyperscan.error)

    # What has a form of its own has a twin that matches it in UTF-16: literals keep them almost free, where looking for NULs would not be.
    count = len(families)
    ids, patterns = _numbered(families)
    forms = database("families", patterns, ids, [(count + at, family.pattern) for at, family in enumerate(families) if not family.reader])
    # Encodings know no literals. Each in a database of its own they take half the time that they take together.
    codes = [database(f"encoding-{index}", [encoding.pattern], [index]) for index, encoding in enumerate(ENCODINGS)]

    def new() -> Prefilter:
        scratch = hyperscan.Scratch(forms)
        of_codes = [(code, hyperscan.Scratch(code)) for code in codes]

        def prefilter(block: bytes, text: bool) -> Candidates:
            ends: dict[int, list[int]] = {}
            wide: list[int] = []
            encoded: dict[int, list[int]] = {}

            def hit(index: int, _start: int, end: int, _flags: int, _context: object) -> None:
                if index < count:
                    ends.setdefault(index, []).append(end)
                else:
                    wide.append(index - count)

            def code_hit(index: int, _start: int, end: int, _flags: int, _context: object) -> None:
                encoded.setdefault(index, []).append(end)

            forms.scan(block, match_event_handler=hit, scratch=scratch)
            if text:
                for code, of_code in of_codes:
                    code.scan(block, match_event_handler=code_hit, scratch=of_code)
            return Candidates(ends, wide, encoded)

        return prefilter

    return Engine("hyperscan", version, new)


def _numbered(families: Sequence[Family]) -> tuple[list[int], list[str]]:
    """Every pattern, and the index of the family that it belongs to."""
    numbered = [(index, pattern) for index, family in enumerate(families) for pattern in family.patterns()]
    return [index for index, _ in numbered], [pattern for _, pattern in numbered]


def _re2(families: Sequence[Family]) -> Engine:
    import re2

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    ids, sources = _numbered(families)
    sources = [f"(?m:{source})" for source in sources]
    patterns = [re2.compile(source.encode(), options) for source in sources]
    codes = [re2.compile(f"(?m:{encoding.pattern})".encode(), options) for encoding in ENCODINGS]
    together = re2.Set.SearchSet(options)
    for source in sources:
        together.Add(source.encode())
    together.Compile()

    def prefilter(block: bytes, text: bool) -> Candidates:
        matching = together.Match(block) or ()  # None where nothing matches
        return _searched([(ids[number], patterns[number]) for number in matching], codes if text else (), len(families), block)

    return Engine("re2", "", lambda: prefilter)


def _re(families: Sequence[Family]) -> Engine:
    ids, sources = _numbered(families)
    patterns = [(index, re.compile(source.encode(), re.MULTILINE)) for index, source in zip(ids, sources, strict=True)]
    codes = [re.compile(encoding.pattern.encode(), re.MULTILINE) for encoding in ENCODINGS]

    def prefilter(block: bytes, text: bool) -> Candidates:
        return _searched(patterns, codes if text else (), len(families), block)

    return Engine("re", "", lambda: prefilter)


def _searched(
    patterns: Iterable[tuple[int, re.Pattern[bytes]]], codes: Sequence[re.Pattern[bytes]], families: int, block: bytes
) -> Candidates:
    """Candidates from engines that tell where a match starts: every start is tried, as hyperscan reports overlapping matches too."""
    found = Candidates({}, range(families) if b"\0" in block else (), {})
    for index, pattern in patterns:
        if ends := _ends(pattern, block):
            found.ends[index] = sorted((*found.ends.get(index, ()), *ends))
    for index, code in enumerate(codes):
        if ends := _ends(code, block):
            found.encoded[index] = ends
    return found


def _ends(pattern: re.Pattern[bytes], block: bytes) -> list[int]:
    ends = []
    match = pattern.search(block)
    while match:
        ends.append(match.end())
        match = pattern.search(block, match.start() + 1)
    return sorted(ends)


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
