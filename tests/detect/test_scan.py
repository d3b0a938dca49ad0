"""The scanner: what it finds does not depend on how the bytes arrive, and what it says never holds the secret."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.core.finding import Severity
from gates.detect import families, prefilter
from gates.detect.family import Family
from gates.detect.prefilter import Engine, EngineName, open_engine, wide_twin
from gates.detect.scan import MARGIN, Match, Scanner

ENGINES: tuple[EngineName, ...] = ("hyperscan", "re2", "re")


def family(name: str, pattern: str, prefix: str = "", severity: Severity = Severity.HIGH) -> Family:
    return Family(name, "Demo", f"a {name}", severity, pattern, prefix, "revoke it", "https://example.com", (), ())


FAMILIES = (
    family("fixed", r"(fix_[0-9A-Za-z]{12})", "fix_"),
    family("ranged", r"(rng-[0-9a-z-]{8,40})", "rng-", Severity.CRITICAL),
    family("assigned", r"(?i:demo)[a-z_]{0,10}[ =:]{1,4}[\"']?([0-9a-f]{16})"),
    family("lines", r"(BEGIN DEMO[\r\n]{1,2}[0-9A-Za-z\r\n]{8,200}END DEMO)"),
)
_ALNUM = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return open_engine(FAMILIES, "", name=request.param)


def scanner(engine: Engine) -> Scanner:
    return Scanner(FAMILIES, engine, "", b"identity")


def places(matches: list[Match]) -> list[tuple[str, int, int, int, int, int, int, str]]:
    return [
        (each.family.id, each.start, each.end, each.line, each.column, each.end_line, each.end_column, each.subject) for each in matches
    ]


def found(engine: Engine, data: bytes) -> list[tuple[str, bytes]]:
    return [(each.family.id, data[each.start : each.end]) for each in scanner(engine).scan(data)]


def random_word(dice: random.Random, length: int, alphabet: str = _ALNUM) -> str:
    return "".join(dice.choice(alphabet) for _ in range(length))


def sample(dice: random.Random, lines: int) -> bytes:
    """A text with secrets in it, some at line ends, some side by side, some broken."""
    pieces: list[Callable[[], str]] = [
        lambda: f"token = 'fix_{random_word(dice, 12)}'",
        lambda: f"x = rng-{random_word(dice, dice.randrange(8, 40), '0123456789abcdefxyz')}",
        lambda: f"demo_key: {random_word(dice, 16, '0123456789abcdef')}",
        lambda: f"fix_{random_word(dice, 12)} fix_{random_word(dice, 12)}",
        lambda: f"fix_{random_word(dice, 13)}",  # too long: not a token of its own
        lambda: f"afix_{random_word(dice, 12)}",
        lambda: "plain text, nothing to see",
        lambda: random_word(dice, dice.randrange(1, 300)),
        lambda: f"BEGIN DEMO\n{random_word(dice, 60)}\n{random_word(dice, 20)}\nEND DEMO",
        lambda: "grüße ☃ fix_" + random_word(dice, 12),
        lambda: "",
    ]
    return "\n".join(dice.choice(pieces)() for _ in range(lines)).encode()


def test_a_secret_is_found_where_it_stands(engine: Engine) -> None:
    data = "a = 1\nkey = 'fix_{}' # grüße\n".format("aB3dE5gH7jK9").encode()
    (match,) = scanner(engine).scan(data)
    assert (match.family.id, match.line, match.column, match.end_line, match.end_column) == ("fixed", 2, 8, 2, 24)
    assert data[match.start : match.end] == b"fix_" + b"aB3dE5gH7jK9"


def test_columns_count_code_points(engine: Engine) -> None:
    (match,) = scanner(engine).scan("grüße ☃ fix_aB3dE5gH7jK9".encode())
    assert match.column == 9


@pytest.mark.parametrize(
    "before",
    [
        *("", " ", "'", "=", "_", "-", "/", "+", "\x00", "\\n", "\\t", "\\\\n", "\\0", "\\012", "\\x3d", "\\u003d", "\\U0001f511"),
        *("%3D", "%20", "%253D", "%25253d", "token=3D", "\x1b[32m", "\x1b[0;1m", "\x1b[01;31m\x1b[K"),
        *("\\e[1m", "\\033[0;31m", "\\x1b[31m", "\\x1B[38;5;208m", "\\u001b[32m", "\\\\u001b[32m"),
    ],
)
def test_a_token_may_stand_behind_punctuation_and_escapes(engine: Engine, before: str) -> None:
    assert found(engine, f"{before}fix_aB3dE5gH7jK9".encode()) == [("fixed", b"fix_aB3dE5gH7jK9")]


@pytest.mark.parametrize(
    "text", ["afix_aB3dE5gH7jK9", "0fix_aB3dE5gH7jK9", "fix_aB3dE5gH7jK9x", "fix_aB3dE5gH7jK9_y", "fix_aB3dE5gH7jK9-x"]
)
def test_a_piece_of_a_longer_word_is_no_token(engine: Engine, text: str) -> None:
    assert found(engine, text.encode()) == []


@pytest.mark.parametrize("text", ["_{}_", "__{}__", "*{}*", "<!--{}-->", "{}-", "{}- or", "key {}--\n", "/* {}_*/"])
def test_emphasis_and_the_ends_of_comments_are_no_piece_of_a_token(engine: Engine, text: str) -> None:
    assert found(engine, text.format("fix_aB3dE5gH7jK9").encode()) == [("fixed", b"fix_aB3dE5gH7jK9")]


def test_the_longest_match_counts(engine: Engine) -> None:
    assert found(engine, b"rng-ab3cd5ef7-ab3cd5ef7 ") == [("ranged", b"rng-ab3cd5ef7-ab3cd5ef7")]


def test_a_match_may_span_lines(engine: Engine) -> None:
    (match,) = scanner(engine).scan(b"x\nBEGIN DEMO\nq7Zr81mK29sd\nEND DEMO\n")
    assert (match.line, match.column, match.end_line, match.end_column) == (2, 1, 4, 9)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_wide_text_is_read_with_and_without_a_byte_order_mark(engine: Engine, encoding: str) -> None:
    (match,) = scanner(engine).scan("first line\nkey = fix_aB3dE5gH7jK9\n".encode(encoding))
    assert (match.family.id, match.line) == ("fixed", 2)
    assert abs(match.column - 7) <= 1
    assert match.frame is None


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("after", ["", "\n"])
def test_wide_text_may_end_with_the_secret(engine: Engine, encoding: str, after: str) -> None:
    data = f"key = fix_aB3dE5gH7jK9{after}".encode(encoding)
    assert [match.redacted for match in scanner(engine).scan(data)] == ["fix_… 16 characters"]


def test_wide_text_inside_a_binary_is_read(engine: Engine) -> None:
    data = bytes(range(256)) * 3 + "resource demo = 8f3a61c97be2d054".encode("utf-16-le") + b"\xff\xfe\x00" * 50
    assert [each.family.id for each in scanner(engine).scan(data)] == ["assigned"]


def test_strings_that_only_look_joined_without_their_nuls_are_not_a_secret(engine: Engine) -> None:
    assert found(engine, b"fix_aB3d\x00E5gH7jK9\x00") == []


@pytest.mark.parametrize("seed", range(2))
def test_findings_do_not_depend_on_the_block_size(engine: Engine, seed: int) -> None:
    dice = random.Random(seed)
    data = sample(dice, 3_000) + b"filler line\n" * 20_000 + sample(dice, 500)
    assert len(data) > 4 * MARGIN
    whole = places(scanner(engine).scan(data))
    assert len(whole) > 1_000
    for block in (MARGIN // 2 + 7, 100_003, len(data), len(data) + 1):
        stream = io.BytesIO(data)
        assert places(list(scanner(engine).stream(stream.read, block))) == whole


def test_findings_do_not_depend_on_how_a_pipe_delivers() -> None:
    engine = open_engine(FAMILIES, "")
    dice = random.Random(7)
    data = sample(dice, 3_000)
    stream = io.BytesIO(data)
    dribbled = list(scanner(engine).stream(lambda size: stream.read(min(size, dice.randrange(1, 70_000))), 1 << 17))
    assert places(dribbled) == places(scanner(engine).scan(data))


def test_long_lines_keep_their_columns_over_block_borders() -> None:
    engine = open_engine(FAMILIES, "")
    data = ("ü" * 150_000 + " fix_aB3dE5gH7jK9 " + "x" * 200_000).encode()
    stream = io.BytesIO(data)
    (match,) = scanner(engine).stream(stream.read, 1 << 16)
    assert (match.line, match.column, match.end_column) == (1, 150_002, 150_018)


@pytest.mark.parametrize("character", ["a", "ü", "☃", "🗝"])
def test_columns_of_frames_and_matches_do_not_depend_on_the_block_size(character: str) -> None:
    engine = open_engine(FAMILIES, "")
    data = (character * 100_000 + " fix_aB3dE5gH7jK9 " + character * 100_000).encode()
    for block in (1 << 16, (1 << 16) + 1, (1 << 16) + 2, len(data) + 1):
        stream = io.BytesIO(data)
        (match,) = scanner(engine).stream(stream.read, block)
        assert (match.column, match.end_column) == (100_002, 100_018)
        assert match.frame is not None
        (line,) = match.frame.lines
        assert line[match.column - match.frame.first_column :].startswith("fix_****")


def test_a_neighbour_is_masked_whichever_block_reports_it() -> None:
    """The neighbour is short and without a digit: nothing but its own match tells that it is a secret."""
    engine = open_engine((*FAMILIES, family("short", r"pw:([a-z]{10})")), "")
    for padding in range(MARGIN - 40, MARGIN + 1):
        data = b"\n" * MARGIN + b"fix_aB3dE5gH7jK9 pw:qwfpgjluyt\n" + b"\n" * padding
        stream = io.BytesIO(data)
        scanner_ = Scanner((*FAMILIES, family("short", r"pw:([a-z]{10})")), engine, "", b"identity")
        matches = list(scanner_.stream(stream.read, len(data) - 1))
        assert len(matches) == 2
        assert [each.frame.lines for each in matches if each.frame] == [
            ("fix_************ pw:**********",),
            ("**************** pw:**********",),
        ]


def test_what_a_better_match_stands_for_is_masked_too() -> None:
    families = (family("wide", r"(pw:[a-z]{10} fix_[0-9A-Za-z]{12})"), FAMILIES[0]._replace(severity=Severity.CRITICAL))
    (match,) = Scanner(families, open_engine(families, ""), "", b"identity").scan(b"pw:qwfpgjluyt fix_aB3dE5gH7jK9")
    assert match.family.id == "fixed"
    assert match.frame is not None
    assert "qwfpgjluyt" not in match.frame.lines[0]


@given(
    st.lists(
        st.sampled_from(
            [b"fix_", b"aB3dE5gH7jK9", b"rng-", b"0a1b2c3d", b"demo", b"_key=", b"8f3a61c97be2d054", b" ", b"\n", b"-", b"\x00"]
        ),
        max_size=40,
    )
)
def test_every_engine_finds_the_same(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    first, *others = [places(Scanner(FAMILIES, open_engine_once(name), "", b"identity").scan(data)) for name in ENGINES]
    for other in others:
        assert other == first


_opened: dict[str, Engine] = {}


def open_engine_once(name: EngineName) -> Engine:
    if name not in _opened:
        _opened[name] = open_engine(FAMILIES, "", name=name)
    return _opened[name]


@given(st.integers(0, 2**32), st.integers(1, 60))
def test_what_is_said_of_a_secret_never_holds_it(seed: int, lines: int) -> None:
    data = sample(random.Random(seed), lines)
    for match in Scanner(FAMILIES, open_engine_once("hyperscan"), "", b"identity").scan(data):
        secret = data[match.start : match.end].decode()
        body = secret.removeprefix(match.family.prefix)
        said = match.redacted + "".join(match.frame.lines if match.frame else ())
        assert not any(body[at : at + 8] in said for at in range(max(1, len(body) - 8)))


def test_the_frame_masks_other_secrets_and_opaque_words_of_the_line(engine: Engine) -> None:
    first = scanner(engine).scan(b"a=fix_aB3dE5gH7jK9 b=fix_zY8xW6vU4tS2 other=Zk39fJx02mQpL7vBt4 name=readable_words_stay")[0]
    assert first.frame is not None
    assert first.frame.lines == ("a=fix_************ b=**************** other=****************** name=readable_words_stay",)


def test_the_frame_of_a_long_line_is_cut_around_the_secret(engine: Engine) -> None:
    (match,) = scanner(engine).scan(b"let it be " * 100 + b"fix_aB3dE5gH7jK9" + b" and so on" * 100)
    assert match.frame is not None
    (line,) = match.frame.lines
    assert len(line) <= 160
    assert line[match.column - match.frame.first_column :].startswith("fix_****")


def test_the_digest_is_keyed_by_the_salt_and_short(engine: Engine) -> None:
    data = b"fix_aB3dE5gH7jK9"
    one = Scanner(FAMILIES, engine, "", b"k").scan(data)[0]
    other = Scanner(FAMILIES, engine, "pepper", b"k").scan(data)[0]
    assert re.fullmatch("[0-9a-f]{6}", one.subject)
    assert one.subject != other.subject
    assert one.identity == other.identity


def test_a_placeholder_is_no_secret(engine: Engine) -> None:
    assert found(engine, b"fix_xxxxxxxxxxxx fix_aaaaaaaaaaaa") == []


def test_a_masked_text_keeps_its_lines_and_loses_its_secrets(engine: Engine) -> None:
    data = b"a = fix_aB3dE5gH7jK9\r\nBEGIN DEMO\nq7Zr81mK29sd\nEND DEMO\nb = 'rng-ab3cd5ef7'"
    masked = b"a = ****************\r\n**********\n************\n********\nb = '*************'"
    assert scanner(engine).masked(data) == masked


def test_of_a_private_key_every_line_is_masked() -> None:
    families = (family("key", r"(-----BEGIN KEY-----\n[A-Za-z0-9+/=]{8,64})"),)
    data = b"-----BEGIN KEY-----\naB3dE5gH7jK9\nq7Zr81mK29sd\nzz==\n-----END KEY-----\n"
    masked = Scanner(families, open_engine(families, ""), "", b"identity").masked(data)
    assert masked == b"*******************\n************\n************\n****\n-----END KEY-----\n"


@pytest.mark.parametrize(
    "data", [b"fix_" * 60_000, b"rng-" + b"a-" * 100_000, b"demo" * 50_000, b"BEGIN DEMO\n" * 20_000, b"f\x00i\x00x\x00_\x00" * 30_000]
)
def test_hostile_repetition_takes_linear_time(data: bytes) -> None:
    """Not timed: quadratic work on these would not end within the suite."""
    Scanner(FAMILIES, open_engine_once("hyperscan"), "", b"identity").scan(data)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"(fix_[0-9A-Za-z]{12})", "fix_aB3dE5gH7jK9"),
        (r"(?i:demo)[a-z_]{0,10}[ =:]{1,4}[\"']?([0-9a-f]{16})", "DEMO_key = '8f3a61c97be2d054"),
        (r"\b(a\.b|c[\]\-x]d)\b", "c]d"),
        (r"^(?:x|yy)?(\x41[^\s\x22]{3,9})$", "yyAbcdef"),
        (r"(\{q+\}\|\(z\))", "{qq}|(z)"),
    ],
)
def test_a_wide_twin_matches_the_wide_form(pattern: str, text: str) -> None:
    assert re.search(pattern.encode(), text.encode(), re.MULTILINE)
    assert re.search(wide_twin(pattern).encode(), text.encode("utf-16-le"))


def test_cached_databases_are_made_anew_when_the_twins_change() -> None:
    """When this fails: raise prefilter._TWINS, then put the new form here."""
    assert prefilter._TWINS == 4
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    wide = "".join(f"(?:{letter}\\x00)" for letter in letters[:26])
    assert wide_twin(rf"\b(?i:ab|c)[0-9x]{{4,90}}({letters})") == (rf"(?i:(?:a\x00)(?:b\x00)|(?:c\x00))(?:[0-9x]\x00){{4,}}({wide[:-1]}?))")
    assert wide_twin("(d.e{20}f)") == r"((?:d\x00)(?:.\x00)(?:e\x00){16,}(?:f\x00?))"


@given(
    st.lists(
        st.sampled_from(
            [b"", b"x", b"fix_aB3dE5gH7jK9", b" fix_zY8xW6vU4tS2 ", b"fix_", b"aB3dE5gH7jK9", "fix_aB3dE5gH7jK9".encode("utf-16-le")]
        )
    )
)
def test_only_suspects_need_a_scan(pieces: list[bytes]) -> None:
    one = Scanner(FAMILIES, open_engine_once("hyperscan"), "", b"identity")
    suspects = one.suspects(pieces)
    assert all(index in suspects for index, piece in enumerate(pieces) if one.scan(piece))
    assert all(0 <= index < len(pieces) for index in suspects)


def test_cached_databases_know_the_place_of_each_family(tmp_path: Path) -> None:
    """The patterns of one kind may be the same while families of the other come and go, which moves their numbers."""
    folder = tmp_path / "cache"
    folder.mkdir(mode=0o700)
    secrets = [each for each in families.FAMILIES if each.id in ("github-pat", "generic-password")]
    for some in ([family("aaa", r"aaa:([a-z]{10})"), *secrets], secrets, list(reversed(secrets))):
        scanner = Scanner(some, open_engine(some, str(folder)), "", b"identity")
        assert scanner.recognises(b"db_password = " + b'"hT7kPq2Z' + b'sW9x"') == ["generic-password"]
