"""Says where in a block a family may match, or something encoded stand: hyperscan where it has a wheel, else RE2, else `re`. All
three lead to the same findings.
"""

import re
from collections.abc import Callable, Collection, Sequence
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
    """`ends` holds, per family index, the offsets where a match may end, in rising order, of families that are known by their place in
    text only; `wide` the families with a form of their own that may match in UTF-16; `encoded` the same as `ends` for the patterns of
    encodings, in text only.
    """

    ends: dict[int, list[int]]
    wide: Collection[int]
    encoded: dict[int, list[int]]


_Numbered = tuple[int, str]  # a pattern after the number that its matches are reported by
_Compiled = tuple[int, re.Pattern[bytes]]
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

    def database(name: str, patterns: Sequence[_Numbered], twins: Sequence[_Numbered] = ()) -> hyperscan.Database:
        """Reports a pattern's number for each match; also for a match of `twins` in UTF-16, once."""
        expressions = [pattern.encode() for _, pattern in patterns]

        def compiled() -> bytes:
            # One report of a twin is enough to look closer at a block; of a pattern every end counts.
            once = [wide_twin(pattern).encode() for _, pattern in twins]
            flags = [hyperscan.HS_FLAG_MULTILINE] * len(expressions) + [hyperscan.HS_FLAG_SINGLEMATCH] * len(once)
            made = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
            made.compile(expressions=expressions + once, ids=[index for index, _ in (*patterns, *twins)], elements=len(flags), flags=flags)
            return bytes(hyperscan.dumpb(made))

        def loaded(data: bytes) -> hyperscan.Database:
            return hyperscan.loadb(data, mode=hyperscan.HS_MODE_BLOCK)

        # Loading checks the version, the platform and a checksum; whatever it refuses is compiled again.
        numbers = ",".join(str(index) for index, _ in (*patterns, *twins))
        identity = b"\0".join((f"{version} {_TWINS} {numbers}".encode(), *expressions))
        return cache.fetch(cache_folder, name, identity, make=compiled, use=loaded, doubts=hyperscan.error)

    # What has a form of its own has a twin that matches it in UTF-16: literals keep them almost free, where looking for NULs would not be.
    count = len(families)
    of_forms, of_places = _by_kind(families)
    twins = [(count + index, pattern) for index, pattern in of_forms]
    forms = database("forms", of_forms, twins) if of_forms else None
    places = database("places", of_places) if of_places else None
    # Encodings know no literals. Each in a database of its own they take half the time that they take together.
    codes = [database(f"encoding-{index}", [(index, encoding.pattern)]) for index, encoding in enumerate(ENCODINGS)]

    def new() -> Prefilter:
        of_form, of_place = (hyperscan.Scratch(made) if made else None for made in (forms, places))
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

            if forms:
                forms.scan(block, match_event_handler=hit, scratch=of_form)
            if text:
                if places:
                    places.scan(block, match_event_handler=hit, scratch=of_place)
                for code, of_code in of_codes:
                    code.scan(block, match_event_handler=code_hit, scratch=of_code)
            return Candidates(ends, wide, encoded)

        return prefilter

    return Engine("hyperscan", version, new)


def _by_kind(families: Sequence[Family]) -> tuple[list[_Numbered], list[_Numbered]]:
    """The patterns of families with a form of their own, and of those known by their place, each with its family's index."""
    numbered = [(index, family) for index, family in enumerate(families)]
    forms = [(index, family.pattern) for index, family in numbered if not family.reader]
    places = [(index, pattern) for index, family in numbered if family.reader for pattern in family.patterns()]
    return forms, places


def _re2(families: Sequence[Family]) -> Engine:
    import re2

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    options.max_mem = 64 << 20  # the default is too little for all families together

    def compiled(numbered: Sequence[_Numbered]) -> list[tuple[int, re.Pattern[bytes]]]:
        return [(index, re2.compile(f"(?m:{pattern})".encode(), options)) for index, pattern in numbered]

    of_forms, of_places = _by_kind(families)
    forms, places = compiled(of_forms), compiled(of_places)
    codes = compiled([(index, encoding.pattern) for index, encoding in enumerate(ENCODINGS)])
    together = re2.Set.SearchSet(options)
    for _, pattern in of_forms:
        together.Add(f"(?m:{pattern})".encode())
    together.Compile()

    def prefilter(block: bytes, text: bool) -> Candidates:
        matching = together.Match(block) or ()  # None where nothing matches
        return _searched([forms[number] for number in matching], places, codes, len(families), block, text)

    return Engine("re2", "", lambda: prefilter)


def _re(families: Sequence[Family]) -> Engine:
    def compiled(numbered: Sequence[_Numbered]) -> list[tuple[int, re.Pattern[bytes]]]:
        return [(index, re.compile(pattern.encode(), re.MULTILINE)) for index, pattern in numbered]

    forms, places = (compiled(patterns) for patterns in _by_kind(families))
    codes = compiled([(index, encoding.pattern) for index, encoding in enumerate(ENCODINGS)])

    def prefilter(block: bytes, text: bool) -> Candidates:
        return _searched(forms, places, codes, len(families), block, text)

    return Engine("re", "", lambda: prefilter)


def _searched(
    forms: Sequence[_Compiled], places: Sequence[_Compiled], codes: Sequence[_Compiled], families: int, block: bytes, text: bool
) -> Candidates:
    """Candidates from engines that tell where a match starts: every start is tried, as hyperscan reports overlapping matches too."""
    found = Candidates({}, range(families) if b"\0" in block else (), {})
    for index, pattern in (*forms, *places) if text else forms:
        if ends := _ends(pattern, block):
            found.ends[index] = sorted((*found.ends.get(index, ()), *ends))
    for index, pattern in codes if text else ():
        if ends := _ends(pattern, block):
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
