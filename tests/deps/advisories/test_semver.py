"""Ranges of npm versions, against the semver that ships inside npm."""

from __future__ import annotations

import json
import random
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.deps.advisories import semver
from tests.deps.advisories.support import require

_IDENTIFIERS = ("0", "1", "2", "10", "01", "alpha", "beta", "rc", "x", "-", "a-b", "1a", "20230101123456")


def _number(chance: random.Random) -> str:
    return chance.choice(("0", "0", "1", "2", "3", "10", "00", "01"))


def _pre(chance: random.Random) -> str:
    if chance.random() < 0.6:
        return ""
    return chance.choice(("-", "-", "")) + ".".join(chance.choice(_IDENTIFIERS) for _ in range(chance.randint(1, 3)))


def _version(chance: random.Random) -> str:
    numbers = ".".join(_number(chance) for _ in range(3))
    return chance.choice(("", "", "", "v", "=", "= v")) + numbers + _pre(chance) + chance.choice(("", "", "", "+b.1"))


def _partial(chance: random.Random) -> str:
    """Valid: no number follows a wildcard."""
    given = chance.choice((0, 1, 1, 2, 2, 3, 3, 3, 3))
    parts = [_number(chance) for _ in range(given)]
    if given < 3:
        parts += [chance.choice("xX*")] * chance.randint(0 if given else 1, 3 - given)
    tail = _pre(chance) + chance.choice(("", "", "", "+b.1")) if len(parts) == 3 else ""
    return chance.choice(("", "", "", "v", "=")) + ".".join(parts) + tail


def _comparator(chance: random.Random) -> str:
    operator, space = chance.choice(("", "=", "<", "<=", ">", ">=", "^", "~", "~>")), chance.choice(("", "", " "))
    partial = _partial(chance)
    # node-semver takes the operator for the version's own where both stand apart, and drops it.
    return operator + (space if operator and not partial.startswith("=") else "") + partial


def _alternative(chance: random.Random) -> str:
    kind = chance.random()
    if kind < 0.2:
        return f"{_partial(chance)} - {_partial(chance)}"
    if kind < 0.24:
        return ""
    return " ".join(_comparator(chance) for _ in range(chance.randint(1, 3)))


def _range(chance: random.Random) -> str:
    return chance.choice((" || ", "||")).join(_alternative(chance) for _ in range(chance.choice((1, 1, 2, 3))))


def _near(chance: random.Random, version: str, text: str) -> str:
    """A version that the range names, or one beside it, as often as any other."""
    named = [part.lstrip("^~<>=v") for part in text.replace("||", " ").split()]
    complete = [part for part in named if semver._VERSION.fullmatch(part)]
    if not complete or chance.random() < 0.5:
        return version
    found = semver.parse(chance.choice(complete))
    numbers = f"{found.major}.{found.minor}.{found.patch}"
    return chance.choice((numbers, f"{numbers}-0", f"{numbers}-beta.1"))


@pytest.fixture(scope="module")
def node_semver() -> str:
    """Its folder, from where the npm program really lies."""
    require("node")
    npm = Path(require("npm")).resolve()
    for folder in npm.parents:
        for inside in ("node_modules/semver", "lib/node_modules/npm/node_modules/semver", "node_modules/npm/node_modules/semver"):
            if (folder / inside / "package.json").is_file():
                return str(folder / inside)
    pytest.skip("node-semver is not beside npm")


def _asked(folder: str, pairs: list[tuple[str, str]]) -> list[bool]:
    script = Path(__file__).with_name("oracle.js")
    done = subprocess.run(["node", str(script), folder], input=json.dumps(pairs), capture_output=True, text=True, check=True, timeout=120)
    answers: list[bool] = json.loads(done.stdout)
    assert len(answers) == len(pairs)
    return answers


def _same_tilde(folder: str, text: str) -> bool:
    """Older releases of node-semver leave the pre-releases of 1.2.0 out of ~1.2, newer ones do not."""
    return "~" not in text or _asked(folder, [("1.2.0-0", "~1.2")]) == [True]


def test_every_valid_range_means_what_it_means_to_node(node_semver: str) -> None:
    chance = random.Random(20260101)
    tilde = _same_tilde(node_semver, "~1.2")
    pairs = []
    while len(pairs) < 8_000:
        text = _range(chance)
        if tilde or "~" not in text:
            pairs.append((_near(chance, _version(chance), text), text))
    answers = _asked(node_semver, pairs)
    assert 0.2 < sum(answers) / len(answers) < 0.8
    assert [(pair, said) for pair, said in zip(pairs, answers, strict=True) if semver.satisfies(*pair) is not said] == []


def test_a_damaged_range_is_refused_or_means_what_it_means_to_node(node_semver: str) -> None:
    chance = random.Random(7)
    pairs = []
    while len(pairs) < 4_000:
        text = list(_range(chance))
        for _ in range(chance.randint(1, 3)):
            text.insert(chance.randint(0, len(text)), chance.choice("0129.xX*-+<>=~^| vab,@!"))
        pairs.append((_version(chance), "".join(text)))
    if not _same_tilde(node_semver, "~1.2"):
        pairs = [pair for pair in pairs if "~" not in pair[1]]
    answered = 0
    for (version, text), said in zip(pairs, _asked(node_semver, pairs), strict=True):
        try:
            meant = semver.satisfies(version, text)
        except ValueError:
            continue
        answered += 1
        assert meant is said, (version, text)
    assert answered > 400


def test_the_order_is_that_of_node(node_semver: str) -> None:
    chance = random.Random(11)
    pairs = [(_version(chance), _version(chance)) for _ in range(3_000)]
    answers = _asked(node_semver, [(one, f"<{other.lstrip('=v ')}") for one, other in pairs])
    assert [pair for pair, said in zip(pairs, answers, strict=True) if (semver.parse(pair[0]) < semver.parse(pair[1])) is not said] == []


@pytest.mark.parametrize(
    ("version", "text", "meant"),
    [
        ("1.2.3", ">=1.0.0 <2.0.0", True),
        ("2.0.0-rc.1", ">=1.0.0 <2.0.0", True),  # a pre-release of the fixed version is still affected
        ("2.0.0", ">=1.0.0 <2.0.0", False),
        ("4.17.20", "<4.17.21", True),
        ("0.0.8", "<0.2.4 || >=1.0.0 <1.2.6", True),
        ("0.2.4", "<0.2.4 || >=1.0.0 <1.2.6", False),
        ("1.2.3", "> =1.2.3", True),
        ("1.2.3", "*", True),
        ("1.2.3", "", True),
        ("1.2.3", ">*", False),
        ("1.2.3+build.5", "=1.2.3", True),
        ("1.0.0beta", "<1.0.0", True),
        ("1.0.0-20230101123456", "<1.0.0-20230101123457", True),
    ],
)
def test_ranges_of_advisories(version: str, text: str, meant: bool) -> None:
    assert semver.satisfies(version, text) is meant


@pytest.mark.parametrize(
    ("version", "text"),
    [
        ("1.2", "*"),
        ("latest", "*"),
        ("", "*"),
        ("1.2.3.4", "*"),
        ("1.2.9007199254740992", "*"),
        ("1.2.3-" + "a" * 300, "*"),
        ("1.2.\u0663", "*"),
        ("1.0.0", ">=1.0.0, <2.0.0"),
        ("1.0.0", ">=1.0.0<2.0.0"),
        ("1.0.0", "<2.0.0 || unknown"),  # node would leave the second part out
        ("1.0.0", ">"),
        ("1.0.0", "1.x.3"),
        ("1.0.0", "<1.0.0.0"),
        ("1.0.0", "git+https://example.org/repository"),
        ("1.0.0", "<9007199254740992.0.0"),
        ("1.0.0", "^9007199254740991.0.0"),
        ("1.0.0", "<" + "9" * 10_000 + ".0.0"),
        ("1.0.0", " " * 100_001),
    ],
)
def test_what_cannot_be_read_is_an_error(version: str, text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any: the texts differ
        semver.satisfies(version, text)


@given(st.text(max_size=40), st.text(alphabet="01.x*-+<>=~^| vab\t", max_size=60))
def test_any_text_is_read_or_refused(version: str, text: str) -> None:
    for one, other in ((version, text), (text, version), ("1.2.3", text)):
        with suppress(ValueError):
            assert semver.satisfies(one, other) in (True, False)


def test_a_long_range_takes_no_longer_than_its_length() -> None:
    text = " || ".join(f">={major}.0.0 <{major}.5.0" for major in range(4_000))
    assert semver.satisfies("3999.2.0", text)
    assert not semver.satisfies("3999.7.0", text)
    with pytest.raises(ValueError, match="cannot be read"):
        semver.satisfies("1.0.0", "1.0.0-" + "-" * 90_000 + "!")
