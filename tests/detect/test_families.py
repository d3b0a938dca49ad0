from __future__ import annotations

import functools
import os
import re
import time
from collections.abc import Iterator
from re import _constants, _parser  # type: ignore[attr-defined]  # the only place that knows a pattern's greatest width

import pytest

from gates.detect.families import FAMILIES
from gates.detect.family import Family
from gates.detect.placeholders import is_placeholder
from gates.detect.scan import REACH, _stands_alone
from gates.detect.structure import CHECKS
from tests.detect.expand import expand

SAMPLES = 20
RANDOM_SAMPLES = int(os.environ.get("GATES_RANDOM_SAMPLES", "100"))  # 2,000 and more were clean; this keeps the run short
each_family = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.id)


def spans(pattern: re.Pattern[bytes], data: bytes) -> Iterator[tuple[int, int, int]]:
    """Start and end of the secret and end of the match, for every place where the pattern matches."""
    match = pattern.search(data)
    while match:
        yield (*match.span(1), match.end())
        match = pattern.search(data, match.start() + 1)


def secrets(pattern: re.Pattern[bytes], data: bytes) -> list[bytes]:
    """What a scan would report: secrets that stand alone and are no placeholder."""
    found = [data[start:end] for start, end, _ in spans(pattern, data) if _stands_alone(data, start, end)]
    return [secret for secret in found if not is_placeholder(secret)]


@functools.cache
def compiled_re(pattern: str) -> re.Pattern[bytes]:
    return re.compile(pattern.encode(), re.MULTILINE)


@functools.cache
def compiled_re2(pattern: str):  # type: ignore[no-untyped-def]  # re2 is not typed
    re2 = pytest.importorskip("re2")
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    return re2.compile(f"(?m:{pattern})".encode(), options)


@pytest.fixture(scope="session")
def hyperscan_ends():  # type: ignore[no-untyped-def]  # hyperscan is not typed
    """Per family id, the offsets where hyperscan sees a match end, with all families in one database."""
    hyperscan = pytest.importorskip("hyperscan")
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[family.pattern.encode() for family in FAMILIES],
        ids=list(range(len(FAMILIES))),
        elements=len(FAMILIES),
        flags=[hyperscan.HS_FLAG_MULTILINE] * len(FAMILIES),
    )

    def ends(data: bytes) -> dict[str, set[int]]:
        found: dict[str, set[int]] = {}
        database.scan(data, match_event_handler=lambda index, _start, end, _flags, _: found.setdefault(FAMILIES[index].id, set()).add(end))
        return found

    return ends


def test_ids_are_unique_and_sorted() -> None:
    ids = [family.id for family in FAMILIES]
    assert ids == sorted(set(ids))


@each_family
def test_record_is_complete(family: Family) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", family.id)
    assert re.match(r"(an?|the|part of) ", family.title)
    assert family.provider
    assert len(family.remedy) > 20
    assert family.remedy == family.remedy.strip(" .")
    assert re.fullmatch(r"https://[a-z0-9.-]+/\S*", family.url)
    assert family.matches
    assert len(family.ignores) >= 2
    assert family.check in CHECKS


@each_family
def test_pattern_keeps_to_what_all_engines_share(family: Family) -> None:
    parsed = _parser.parse(family.pattern.encode())
    assert parsed.state.groups - 1 == 1
    assert parsed.getwidth()[1] <= REACH

    def walk(node: object) -> Iterator[tuple[object, object]]:
        for op, argument in node:  # type: ignore[attr-defined]  # a tree of tuples and lists
            yield op, argument
            for part in argument if isinstance(argument, (tuple, list)) else [argument]:
                for sub in part if isinstance(part, list) else [part]:
                    if isinstance(sub, _parser.SubPattern):
                        yield from walk(sub)

    for op, argument in walk(parsed):
        assert op not in (_constants.ANY, _constants.ASSERT, _constants.ASSERT_NOT, _constants.GROUPREF, _constants.ATOMIC_GROUP)
        assert op not in (_constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT, _constants.CATEGORY)
        assert op is not _constants.MAX_REPEAT or argument[1] <= 1000, "RE2 counts to 1000"  # type: ignore[index]
    assert not re.search(r"\\[sSdDwWbBAZ]|\$\)?$", family.pattern), "these differ between engines"


@each_family
def test_examples_are_found_whole_in_every_engine(family: Family, hyperscan_ends) -> None:  # type: ignore[no-untyped-def]
    pattern, other = compiled_re(family.pattern), compiled_re2(family.pattern)
    for template in family.matches:
        for seed in range(SAMPLES):
            data = b"  " + expand(template, seed) + b"\n"
            alone = next((span for span in spans(pattern, data) if _stands_alone(data, span[0], span[1])), None)
            assert alone, (template, data)
            start, _, match_end = alone
            assert data[start:].startswith(family.prefix.encode()), template
            assert match_end in hyperscan_ends(data).get(family.id, ()), (template, data)
            if seed >= 4:  # RE2 is slow on large counts
                continue
            ours, theirs = pattern.search(data), other.search(data)
            assert ours is not None
            assert theirs is not None
            assert ours.span() == theirs.span(), template
            assert ours.span(1) == theirs.span(1), template


@each_family
def test_counter_examples_are_left_alone(family: Family) -> None:
    pattern, other = compiled_re(family.pattern), compiled_re2(family.pattern)
    for template in family.ignores:
        for seed in range(SAMPLES):
            data = b"  " + expand(template, seed) + b"\n"
            assert secrets(pattern, data) == [], template
            assert secrets(other, data) == [], template


@each_family
def test_placeholder_filter_lets_every_random_secret_pass(family: Family) -> None:
    pattern = compiled_re(family.pattern)
    template = min(family.matches, key=len)
    heavy = re.search(r"\{(pem|openssh|pgp|putty)", template)
    for seed in range(20 if heavy else RANDOM_SAMPLES):
        match = pattern.search(b"  " + expand(template, seed) + b"\n")
        assert match
        assert not is_placeholder(match[1]), match[1]


def test_patterns_stay_linear_on_their_own_prefix() -> None:
    """Each family on 16 KiB made of the beginning of its own example: what an attacker would send."""
    for family in FAMILIES:
        data = (expand(family.matches[0])[:-1] * 16384)[:16384]
        started = time.perf_counter()
        for _ in zip(spans(compiled_re(family.pattern), data), range(200), strict=False):
            pass
        assert time.perf_counter() - started < 5, family.id
