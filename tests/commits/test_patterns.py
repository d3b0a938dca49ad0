"""Regular expressions of configurations: what they match, what they cost, and which types they accept."""

from __future__ import annotations

import re
import warnings

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from gates.commits import patterns
from gates.commits.patterns import Dialect, Mode, accepts_header
from gates.commits.source import Listed, Source
from gates.core.finding import Location

COMMITIZEN = (
    r"(?s)(build|bump|chore|ci|docs|feat|fix|perf|refactor|revert|style|test)(\(\S+\))?!?: ([^\n\r]+)((\n\n.*)|(\s*))?$"  # its default
)
PLACE = Location("x", 1, 1)


def matches(pattern: str, text: str, dialect: Dialect = "python", mode: Mode = "search") -> bool:
    return accepts_header(patterns.compile(pattern, dialect, mode=mode), text)


# Small expressions over few characters, so that they often match.
ATOMS = st.sampled_from(
    ("a", "b", "A", "-", " ", ":", ".", r"\w", r"\d", r"\s", r"\W", r"\S", "[ab]", "[^a]", "[a-c:]", "1", r"\.", r"\(", "\\n", "[]a]", "é")
)
EDGES = st.sampled_from(("^", "$", r"\b", r"\A", r"\Z"))
EXPRESSIONS = st.recursive(
    st.one_of(ATOMS, ATOMS, ATOMS, EDGES),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: "(" + "|".join(parts) + ")"),
        st.tuples(inner, st.sampled_from(("*", "+", "?", "{2}", "{1,2}", "{0,}", "{,2}", "*?", "+?", "??", "{1,3}?"))).map(
            lambda pair: f"(?:{pair[0]}){pair[1]}"
        ),
        inner.map(lambda part: f"(?i:{part})"),
        inner.map(lambda part: f"(?P<n>{part})"),
    ),
    max_leaves=8,
)
TEXTS = st.text(alphabet="abAB1-: .(é\n", max_size=12)


@settings(max_examples=500, deadline=None)
@given(EXPRESSIONS, st.sampled_from(("", "(?i)", "(?s)", "(?m)", "(?ms)", "(?a)")), st.lists(TEXTS, min_size=1, max_size=6))
@example("(?:^a|b)*$", "(?m)", ["b\na"])
@example("(?:(?:a|b)*)*", "", ["ab"])
def test_agrees_with_re(expression: str, flags: str, texts: list[str]) -> None:
    assume(expression.count("(?P<n>") < 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reference = re.compile(flags + expression)
    search, start, whole = (patterns.compile(flags + expression, "python", mode=mode) for mode in ("search", "start", "whole"))
    for text in texts:
        assert accepts_header(search, text) == bool(reference.search(text))
        assert accepts_header(start, text) == bool(reference.match(text))
        assert accepts_header(whole, text) == bool(reference.fullmatch(text))


HEADERS = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(("feat", "fix", "docs", "bump", "wip", "Feat", "feats", "")),
    st.sampled_from(("", "(a)", "(a b)", "()", "(a", "!", "(a)!")),
    st.sampled_from((": ", ":", " ", " : ")),
    st.sampled_from(("x", "", "add y\n\nbody", "a\r", "a\n", "a\n\n", " ")),
)


@given(HEADERS)
def test_default_of_commitizen_agrees_with_re(header: str) -> None:
    assert matches(COMMITIZEN, header, mode="start") == bool(re.match(COMMITIZEN, header))


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        (r"^(?!wip)\w+: ", "feat: x", "wip: x"),
        (r"^(?=.{1,10}$)(?!tmp)\w+: ", "feat: x", "feat: xxxxx"),
        ("(?x) ^ (feat | fix) # the types\n : [ ] .+ $", "fix: a", "feat : a"),
        ("^feat(?# a comment): ", "feat: x", "feat x"),
        ("(?s)(?i)^FEAT: .$", "feat: \n", "fea: \n"),
        (r"^\x66\u0065at\t?:", "feat:", "fea:"),
        ("^a{,2}$", "aa", "aaa"),
        ("^a{x}$", "a{x}", "aa"),
        (r"^a$", "a\n", "a\nb"),
        (r"^a\Z", "a", "a\n"),
        (r"\Bat\B", "feats", "feat"),
        (r"^[\w.-]+$", "a.b-c", "a b"),
        (r"^[^]a]$", "b", "]"),
    ],
)
def test_syntax_of_python(pattern: str, yes: str, no: str) -> None:
    assert re.search(pattern, yes)
    assert not re.search(pattern, no)
    assert matches(pattern, yes)
    assert not matches(pattern, no)


@pytest.mark.parametrize(
    ("dialect", "pattern", "yes", "no"),
    [
        ("javascript", "^(?![A-Z]).+$", "add x", "Add x"),
        ("javascript", r"^\d$", "1", "\u0661"),
        ("javascript", "^a$", "a", "a\n"),
        ("javascript", "^.$", "a", "\u2028"),
        ("javascript", "^(?<type>feat)[^]$", "feat\n", "feat"),
        ("javascript", "^a{,2}$", "a{,2}", "aa"),
        ("javascript", "[]|^a$", "a", "b"),
        ("javascript", r"^\w$", "a", "é"),
        ("rust", r"^\w$", "é", "-"),
        ("rust", "^feat$", "feat", "feat\n"),
        ("rust", r"(?i)^feat(?-i)X\z", "FEATX", "FEATx"),
        ("rust", r"^(?P<a>a)(?<b>b)$", "ab", "a"),
        ("rust", r"^\p{Lu}\pL+[\p{Nd}]$", "Ab1", "ab1"),
        ("rust", "^[[:alpha:]_-]+$", "a_b-C", "a1"),
        ("rust", "^a++$", "aaa", "b"),
        ("rust", r"^\x{66}ix$", "fix", "six"),
        ("rust", r"^.*\(deps\)", "chore(deps): x", "chore: deps"),
    ],
)
def test_syntax_of_the_other_dialects(dialect: Dialect, pattern: str, yes: str, no: str) -> None:
    assert matches(pattern, yes, dialect)
    assert not matches(pattern, no, dialect)


@pytest.mark.parametrize(
    ("dialect", "pattern", "reason"),
    [
        ("python", r"(a)\1", "a reference to a group"),
        ("python", "(?P<a>a)(?P=a)", "a reference to a group"),
        ("python", "a(?=b)", "a lookahead that does not stand at the start"),
        ("python", "(?!a)b", "a lookahead that does not stand at the start"),  # a search tries it at every place
        ("python", "^(?!a)b|c", "a lookahead that does not stand at the start"),
        ("python", "(?<!a)b", "a lookbehind"),
        ("python", "(?>a)", "an atomic or conditional group"),
        ("python", "(a)?(?(1)b|c)", "an atomic or conditional group"),
        ("python", "a++", "a possessive repetition"),
        ("python", "a(?i)b", "flags that do not stand at the start"),
        ("python", "a**", "a repetition of a repetition"),
        ("python", "*a", "a repetition of nothing"),
        ("python", "^*", "an assertion is repeated"),
        ("python", "(a", "a group that is not closed"),
        ("python", "a)", "a closing parenthesis without an opening one"),
        ("python", "[a", "a set that is not closed"),
        ("python", "[b-a]", "a range that cannot be read"),
        ("python", "a{3,2}", "a repetition ends before it starts"),
        ("python", r"\q", "an escape that is not read: \\q"),
        ("python", r"\p{L}", "an escape that is not read: \\p"),
        ("python", "\\", "an escape that is not read: \\"),
        ("python", r"\x6", "a character's number that cannot be read"),
        ("python", "(?<n>a)", "a group of a kind that is not read"),
        ("python", "(?P<1>a)", "a group whose name cannot be read"),
        ("python", "(?#a", "a comment that is not closed"),
        ("python", "(" * 60 + ")" * 60, "groups nested deeper than 50"),
        ("python", "a" * 10_001, "longer than 10000 characters"),
        ("python", "a{123456789}", "a repetition of more than 99999 times"),
        ("python", "a{12345678901234}", "a repetition that cannot be read"),
        ("python", "a{99999}", "more than 3000 steps, with its repetitions written out"),
        ("python", "((((a{99}){99}){99}){99}){99}", "more than 3000 steps, with its repetitions written out"),
        ("javascript", "(?i)a", "a group of a kind that is not read"),
        ("javascript", r"(?<=a)b", "a lookbehind"),
        ("rust", "^(?!a)b", "a lookahead"),
        ("rust", "a{x}", "a repetition that cannot be read"),
        ("rust", "{2}", "a repetition of nothing"),
        ("rust", "[a[bc]]", "a set within a set"),
        ("rust", "[a&&b]", "an operation on sets"),
        ("rust", "[a--b]", "a difference of sets"),
        ("rust", r"\p{Greek}", "a Unicode property that is not read"),
        ("rust", r"(?-u)a", "matching of bytes"),
        ("rust", r"\b{start}a", "half a word boundary"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_reason(dialect: Dialect, pattern: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(reason)}$"):
        patterns.compile(pattern, dialect)


@settings(deadline=None)
@given(st.text(alphabet="ab()[]{}*+?|^$\\-,:!=<>Pix#.12&~", max_size=20), st.sampled_from(("python", "javascript", "rust")))
def test_any_text_is_an_expression_or_refused(text: str, dialect: Dialect) -> None:
    try:
        pattern = patterns.compile(text, dialect)
    except ValueError:
        return
    accepts_header(pattern, "ab: 1")
    patterns.words(pattern)


@given(st.text(alphabet="ab()[]{}*+?|^$\\-,:!=<>Pix#.12&~", max_size=20))
def test_what_is_read_as_python_is_python(text: str) -> None:
    try:
        patterns.compile(text, "python")
    except ValueError:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        re.compile(text)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(a|aa)*b",
        "(a*)*b",
        "(a|a)*b",
        "((a{1,9}){1,9}){1,9}b",
        "(.*)(.*)(.*)(.*)b",
        r"(\w+\s?)*b",
        "(a?){200}a{200}b",
        "(((a*)*)*)*b",
    ],
)
@pytest.mark.parametrize("mode", ["search", "start", "whole"])
def test_hostile_expressions_take_steps_in_proportion_to_the_text(pattern: str, mode: Mode) -> None:
    compiled = patterns.compile(pattern, "python", mode=mode)
    for length in (100, 400):
        text = "a" * length + "!"
        matched, work = patterns.run(compiled, text)
        assert not matched
        assert work <= 2 * (len(text) + 1) * len(compiled.program)
    assert len(compiled.program) <= patterns.MAX_STATES + 2


def test_counts_of_nothing_are_not_written_out() -> None:
    assert matches("((((){99999}){99999}){99999}){99999}", "")


@pytest.mark.parametrize("pattern", [r"((\w{1,30}){1,30})?: x", "(a?){400}: x", r"(\w|-)*x?: ", "(a|b|c|d|e|f|g|h){12}: "])
def test_hostile_expressions_have_no_list_of_types(pattern: str) -> None:
    assert patterns.words(patterns.compile(pattern, "python", mode="start")) is None


# Types


def types(pattern: str, mode: Mode = "start", dialect: Dialect = "python") -> list[str] | None:
    found = patterns.words(patterns.compile(pattern, dialect, mode=mode))
    return None if found is None else [word.text for word in found]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (COMMITIZEN, "build bump chore ci docs feat fix perf refactor revert style test"),
        (r"^(feat|fix)(\(.+\))?: .+", "feat fix"),
        (r"^(fix|feat)(\((core|api)\)): .+", "fix feat"),
        (r"^(?:Merge .*|Revert .*|(?:feat|fix): .+)", "feat fix"),
        (r"^(Merge|Revert|(feat|fix): .+)", "feat fix"),
        (r"^(fixup!|squash!|feat: )", "feat"),
        ("^(feat|fix)", "feat fix"),
        (r"^(feat|fix)\b.*", "feat fix"),
        ("(?i)^(feat|Fix): ", "feat fix"),
        ("^[Ff]eat: ", "Feat feat"),
        ("^(feat|wip|fix)(?=: )", None),
        (r"^(?!wip)(feat|wip|fix): .*", "feat fix"),
        (r"^(?=.{1,50}$)(feat|fix): .*", "feat fix"),
        ("^(fi(x|nish)|feat!?): ", "finish fix feat"),
        (r"^(feat|fix): [A-Z]+-\d+ .{10,}$", "feat fix"),
        ("^(feature|hot-fix|v2_x): ", "feature hot-fix v2_x"),
        (r"^(BREAKING CHANGE|feature|bug fix)(\(.+\))*:(.*)", "feature"),
        (r"^(\w+ )?(feat|fix): ", "feat fix"),
        (r"^:\w+: .*", ""),
        (r"^\[\w+\] .*", ""),
        ("^(feat|fix) - .*", ""),
    ],
)
def test_types_of_an_expression(pattern: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(ValueError, match="lookahead"):
            types(pattern)
    else:
        assert types(pattern) == expected.split()


@pytest.mark.parametrize("pattern", ["", ".*", "^[a-z]+: ", r"^\w+(\(.+\))?: ", r".*[A-Z]{2,}-[0-9]+", "^(feat|x-[a-z]+): ", "^(?!wip)"])
def test_expressions_without_a_list_of_types(pattern: str) -> None:
    assert types(pattern) is None


def test_searched_for_anywhere_an_expression_lets_any_type_through() -> None:
    assert types("(feat|fix): .+", "search") is None
    assert types("^(feat|fix): .+", "search") == ["feat", "fix"]


def test_a_type_stands_where_its_first_letter_does() -> None:
    found = patterns.words(patterns.compile("^(fe(at|x)|docs): ", "python", mode="start"))
    assert found == (("feat", 2), ("fex", 2), ("docs", 11))


@given(
    st.lists(st.text(alphabet="abcd", min_size=1, max_size=4), min_size=1, max_size=6, unique=True),
    st.lists(st.text(alphabet="abcd", min_size=1, max_size=4), max_size=10),
)
def test_types_are_those_whose_headers_match(names: list[str], others: list[str]) -> None:
    expression = f"^({'|'.join(names)})(\\(.+\\))?!?: .+"
    found = types(expression)
    assert found == names
    for word in (*names, *others):
        assert (word in found) == bool(re.match(expression, f"{word}: x"))


def source(pattern: str = "", listed: tuple[str, ...] | None = None, opaque: str = "", kind: str = "commitizen") -> Source:
    held = None if listed is None else tuple(Listed(name, PLACE) for name in listed)
    return Source(kind, "accepts", PLACE, held, opaque=opaque, pattern=pattern)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given_source", "expected", "anything"),
    [
        (source("^(feat|x-[a-z]+): .+"), ("feat", "x-y"), False),
        (source(r"^(feat|fix)\((core|api)\): .+"), ("fix", "feat"), False),
        (source("^[a-z]+: .+"), ("fix", "feat", "docs"), True),
        (source("^[A-Z][a-z]+: .+"), (), True),
        (source("^(?!wip)[a-z]+: .+"), ("fix", "feat", "docs"), True),
        (source("^(?!fix)(feat|fix|[xyz]-.*): .+"), ("feat", "x-y"), False),
        (source("feat: .+", kind="gitlint"), ("fix", "feat", "docs", "x-y"), True),
        (source("^feat: .+", kind="gitlint"), ("feat",), False),
        (source("^feat", kind="git-cliff"), ("feat",), False),
        (source(listed=("docs", "fix")), ("fix", "docs"), False),
        (source(listed=()), (), False),
        (source(), ("fix", "feat", "docs", "x-y"), True),
    ],
)
def test_accepted_candidates(given_source: Source, expected: tuple[str, ...], anything: bool) -> None:
    assert patterns.accepted(given_source, ("fix", "feat", "docs", "x-y")) == expected
    assert patterns.any_type(given_source) == anything


@pytest.mark.parametrize("given_source", [source(opaque="a plugin"), source(r"(a)\1")])
def test_nothing_is_said_of_a_source_that_cannot_be_read(given_source: Source) -> None:
    with pytest.raises(ValueError, match=r"a plugin|a reference"):
        patterns.accepted(given_source, ("feat",))
