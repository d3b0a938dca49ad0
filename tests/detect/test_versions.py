"""Scanning the versions of a text finds what scanning each of them alone finds."""

import random
from re import _parser  # type: ignore[attr-defined]  # widths are told by nothing else

from hypothesis import given
from hypothesis import strategies as st

from gates.detect.families import FAMILIES
from gates.detect.family import Family
from gates.detect.scan import _WIDEST, Scanner
from gates.detect.versions import Reach, Version, Versions, changed, known, merged, moved, unchanged, unsettled, windows
from gates.detect.views import ENCODINGS
from tests.detect.expand import expand
from tests.detect.test_scan import open_engine_once

# What stands in the texts: secrets of several kinds, halves of them, names, encodings, and what hides a value that stands far behind.
PIECES = [
    b'db_password = "%s"' % expand("{alnum:14}", 1),
    b'client_secret: "%s",' % expand("{alnum:32}", 2),
    b"password = ",
    b'"%s"' % expand("{alnum:20}", 3),
    expand("ghp_{alnum:36}", 4),
    expand("{alnum:36}", 5),
    b"ghp_",
    b"encryptedData:\n  token: %s" % expand("{alnum:120}", 6),
    b"https://kim:%s@git.corp.internal/x" % expand("{alnum:16}", 7),
    b"cGFzc3dvcmQgPSAiaFQ3a1BxMlpzVzl4Ig==",
    b'"abcd" +\n  "%s"' % expand("{alnum:20}", 8),
    b"'crypt' => array(",
    b"  'key' => '%s'" % expand("{hex:32}", 9),
    b'variable "db_password" {',
    b'  default = "%s"' % expand("{alnum:14}", 10),
    b'[{ "value": "%s", ' % expand("{alnum:24}", 11),
    b'"key": "token" }]',
    b"# " + b"y" * 440,
    b"x" * 700,
    b" " * 900,
    b"\r\n",
]


def lines(dice: random.Random, count: int) -> list[bytes]:
    words = ["return", "value", "if", "token", "key", "items", "auth(", "=", "def", ":", "data"]
    return [(" ".join(dice.choices(words, k=dice.randint(1, 9)))).encode() for _ in range(count)]


def edited(dice: random.Random, old: list[bytes]) -> list[bytes]:
    new = list(old)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(new) + 1)
        new[at : at + dice.choice([0, 0, 1, 5, 40])] = [dice.choice(PIECES) for _ in range(dice.choice([0, 1, 2]))]
    return new or [b"x"]


@given(st.integers(min_value=0, max_value=1 << 32))
def test_versions_hold_what_each_of_them_holds(seed: int) -> None:
    dice = random.Random(seed)
    engine = open_engine_once("hyperscan")
    alone = Scanner(FAMILIES, engine, "", b"identity")
    together = Scanner(FAMILIES, engine, "", b"identity", Versions(1 << 20))
    text = lines(dice, 400)
    for _ in range(40):
        text[dice.randrange(len(text))] = dice.choice(PIECES)
    for _ in range(4):
        data = b"\n".join(text)
        suspects = together.suspects([data])
        assert (together.scan(data, suspects[0]) if suspects else []) == alone.scan(data)
        text = edited(dice, text)


@given(
    st.lists(st.sampled_from([b"a", b"b", b"ab" * 40, b"c" * 300, b"xyz" * 1500])),
    st.lists(st.sampled_from([b"a", b"ab" * 40, b"q", b"c" * 300])),
)
def test_what_is_unchanged_is_the_same(one: list[bytes], two: list[bytes]) -> None:
    old, new = b"".join(one), b"".join(two)
    segments = unchanged(old, new)
    done = was = 0
    for start, end, shift in segments:
        assert new[start:end] == old[start - shift : end - shift]
        assert done <= start < end
        assert was <= start - shift
        done, was = end, end - shift
    assert unchanged(old, old) == ([(0, len(old), 0)] if old else [])


def test_a_line_in_the_middle_is_all_that_changed() -> None:
    old = b"".join(b"line %d\n" % number for number in range(3000))
    new = old.replace(b"line 1500\n", b"another\n")
    segments = unchanged(old, new)
    ((start, end),) = changed(segments, len(old), len(new))
    assert new[start:end] in b"another\n"
    zones = known(segments, len(old), len(new), 100)
    ((first, last),) = windows(zones, len(new), 100)
    assert first < start - 100
    assert end + 100 < last < end + 120


def test_ends_are_those_of_the_older_text_where_nothing_changed() -> None:
    old, new = b"a" * 1000 + b"b" * 1000, b"a" * 1000 + b"xx" + b"b" * 1000
    zones = known(unchanged(old, new), len(old), len(new), 10)
    assert merged({7: [5, 999, 1005, 1500]}, {7: [1003], 9: [1001]}, zones) == {7: [5, 999, 1003, 1502], 9: [1001]}


def test_what_was_found_is_looked_at_again() -> None:
    old, new = b"a" * 1000 + b"b" * 1000, b"a" * 1000 + b"xx" + b"b" * 1000
    reaches = {7: Reach(10, 20)}
    found = [(300, 310)]
    segments = unchanged(old, new)
    doubtful = [*changed(segments, len(old), len(new)), *moved(found, segments)]
    left = unsettled({7: [5, 285, 320, 321, 985, 1012, 1013], 8: [5]}, doubtful, reaches)
    assert left == {7: [285, 320, 985, 1012], 8: [5]}


def test_what_was_seen_longest_ago_is_forgotten() -> None:
    versions = Versions(50_000)
    texts = [bytes([65 + number]) * 20_000 for number in range(4)]
    for text in texts:
        versions.keep(Version(text, {}, {}, far=False))
    assert [bool(versions.like(text)) for text in texts] == [False, False, True, True]
    later = b"new head" * 200 + texts[3]
    assert versions.like(later) == versions.like(texts[3])
    assert versions.like(b"short") is None
    assert versions.like(texts[3] + b"\0") is None


def test_no_pattern_is_wider_than_a_window_allows() -> None:
    patterns = [pattern for family in FAMILIES for pattern in Family.patterns(family)] + [encoding.pattern for encoding in ENCODINGS]
    assert max(_parser.parse(pattern.encode()).getwidth()[1] for pattern in patterns) + 2 <= _WIDEST
