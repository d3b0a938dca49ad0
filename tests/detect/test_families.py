from __future__ import annotations

import functools
import os
import re
import time
from collections.abc import Iterator
from re import _constants, _parser  # type: ignore[attr-defined]  # the only place that knows a pattern's greatest width

import pytest

from gates.core.finding import Severity
from gates.detect.families import FAMILIES
from gates.detect.family import Family
from gates.detect.placeholders import is_placeholder
from gates.detect.prefilter import open_engine
from gates.detect.scan import REACH, Match, Scanner, _stands_alone
from gates.detect.structure import CHECKS
from tests.detect.expand import LABELS, armour, der, expand

SAMPLES = 20
RANDOM_SAMPLES = int(os.environ.get("GATES_RANDOM_SAMPLES", "100"))  # 2,000 and more were clean; this keeps the run short
FORMS = tuple(family for family in FAMILIES if not family.reader)  # the others are known by their place, and read by code
each_family = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.id)
each_form = pytest.mark.parametrize("family", FORMS, ids=lambda family: family.id)
each_reader = pytest.mark.parametrize("family", [family for family in FAMILIES if family.reader], ids=lambda family: family.id)
BY_ID = {family.id: family for family in FAMILIES}


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
        expressions=[family.pattern.encode() for family in FORMS],
        ids=list(range(len(FORMS))),
        elements=len(FORMS),
        flags=[hyperscan.HS_FLAG_MULTILINE] * len(FORMS),
    )

    def ends(data: bytes) -> dict[str, set[int]]:
        found: dict[str, set[int]] = {}
        database.scan(data, match_event_handler=lambda index, _start, end, _flags, _: found.setdefault(FORMS[index].id, set()).add(end))
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


@each_form
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


@each_form
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


@each_form
def test_counter_examples_are_left_alone(family: Family) -> None:
    pattern, other = compiled_re(family.pattern), compiled_re2(family.pattern)
    for template in family.ignores:
        for seed in range(SAMPLES):
            data = b"  " + expand(template, seed) + b"\n"
            assert secrets(pattern, data) == [], template
            assert secrets(other, data) == [], template


@each_form
def test_placeholder_filter_lets_every_random_secret_pass(family: Family) -> None:
    pattern = compiled_re(family.pattern)
    template = min(family.matches, key=len)
    heavy = re.search(r"\{(pem|openssh|pgp|putty|pfx)", template)
    for seed in range(20 if heavy else RANDOM_SAMPLES):
        match = pattern.search(b"  " + expand(template, seed) + b"\n")
        assert match
        assert not is_placeholder(match[1]), match[1]


def scanned(data: bytes, *ids: str) -> list[Match]:
    """What a scan says with these families only."""
    families = [BY_ID[family_id] for family_id in ids]
    return Scanner(families, open_engine(families, "", name="re"), "", b"identity").scan(data)


@each_reader
def test_credentials_known_by_their_place_are_read(family: Family) -> None:
    for template in family.matches:
        for seed in range(4):
            assert scanned(expand(template, seed) + b"\n", family.id), template
    for template in family.ignores:
        for seed in range(4):
            assert not scanned(expand(template, seed) + b"\n", family.id), template


def test_what_no_provider_marked_and_a_checksum_refutes_is_not_reported() -> None:
    seed = expand("{nats}")
    assert [match.structure for match in scanned(seed, "nats-nkey")] == ["valid"]
    assert scanned(seed[:-1] + (b"A" if seed[-1:] != b"A" else b"B"), "nats-nkey") == []
    assert [(match.structure, match.severity) for match in scanned(expand("ghp_{alnum:36}"), "github-pat")] == [("invalid", Severity.LOW)]


def test_of_a_secret_longer_than_a_pattern_reaches_the_head_is_found() -> None:
    (match,) = scanned(b"token=" + expand("{jwt-long}") + b"\n", "jwt")
    assert (match.start, match.structure) == (6, "valid")
    data = der(0x30, der(2, b"\0"), *(der(2, b"\1" + bytes(range(1, 256)) * 4) for _ in range(8)))
    key = armour(LABELS["rsa"], data, width=20_000)
    assert len(key) > 8192
    for text in (key, key.replace("\n", ""), key.replace("\n", "\\n")):
        (match,) = scanned(text.encode(), "private-key-rsa")
        assert (match.start, match.structure) == (0, "valid")


@pytest.mark.parametrize("template", ["{pem:pkcs8-short}", "{pem:ec}", "{openssh:none}", "{openssh:aes256-ctr}", "{pgp:secret}"])
def test_a_short_key_without_line_ends_is_found(template: str) -> None:
    ids = [family.id for family in FAMILIES if family.id.startswith("private-key-")]
    assert [match.structure for match in scanned(expand(template).replace(b"\n", b""), *ids)] == ["valid"]


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{pem:rsa}", ("private-key-rsa", Severity.CRITICAL)),
        ("{pem:rsa-encrypted}", ("private-key-encrypted", Severity.MEDIUM)),
        ("{openssh:none}", ("private-key-openssh", Severity.CRITICAL)),
        ("{openssh:aes256-ctr}", ("private-key-encrypted", Severity.MEDIUM)),
        ("{pgp:secret}", ("private-key-pgp", Severity.CRITICAL)),
        ("{pgp-protected}", ("private-key-encrypted", Severity.MEDIUM)),
        ("{putty:none}", ("private-key-putty", Severity.CRITICAL)),
        ("{putty:aes256-cbc}", ("private-key-encrypted", Severity.MEDIUM)),
        ('"private_key": "{pem-json:pkcs8}", "client_email": "x"', ("gcp-service-account", Severity.CRITICAL)),
        ('"private_key": "{pem-json:pkcs8}", "public_key": "x"', ("private-key-pkcs8", Severity.CRITICAL)),
    ],
)
def test_a_private_key_is_reported_once_and_by_what_it_opens(template: str, expected: tuple[str, Severity]) -> None:
    ids = [family.id for family in FAMILIES if family.id.startswith("private-key-")]
    found = scanned(expand(template), *ids, "gcp-service-account")
    assert [(match.family.id, match.severity) for match in found] == [expected]


# One name in the spellings of languages, formats and command lines; each family that is known by its name is found in all of them.
NAMED = {
    "datadog-api": ("datadog", "api key", "{hex:32}"),
    "cloudflare-token": ("cloudflare", "api token", "{b64url:40}"),
    "heroku-uuid": ("heroku", "api key", "{uuid}"),
    "linkedin-secret": ("linkedin", "client secret", "{lalnum:16}"),
    "aws-secret-key": ("aws", "secret access key", "{b64:40}"),
    "twitter-bearer": ("twitter", "bearer token", "AAAAAAAAAAAAAAAAAAAAAA{alnum:80}"),
    "google-recaptcha-secret": ("recaptcha", "secret key", "6L{alnum:38}"),
    "rails-master-key": ("rails", "master key", "{hex:32}"),
    "snowflake-pwd": ("snowflake", "password", "{lalnum:14}"),
}
SPELLINGS = (
    *("%(UP)s=%(v)s", 'export %(UP)s="%(v)s"', "%(dots)s: %(v)s", '{"%(camel)s": "%(v)s"}', "%(kebab)s: %(v)s", '<cfg %(camel)s="%(v)s"/>'),
    *("<%(camel)s>%(v)s</%(camel)s>", '<add key="%(dots)s" value="%(v)s" />', '- name: %(UP)s\n  value: "%(v)s"', "ENV %(UP)s %(v)s"),
    *('%(snake)s: str = "%(v)s"', 'const %(UP)s: &str = "%(v)s";', 'let %(camel)s: String = "%(v)s"', 'var %(camel)s string = "%(v)s"'),
    *("%(snake)s = b'%(v)s'", 'NSString *%(camel)s = @"%(v)s";', 'os.environ["%(UP)s"] = "%(v)s"', 'os.getenv("%(UP)s", "%(v)s")'),
    *('process.env.%(UP)s || "%(v)s"', 'variable "%(snake)s" {\n  default = "%(v)s"\n}', "tool --%(kebab)s %(v)s", "${%(UP)s:-%(v)s}"),
    *('#define %(UP)s "%(v)s"', "define('%(UP)s', '%(v)s');", ":%(snake)s => '%(v)s'", 'gh secret set %(UP)s --body "%(v)s"'),
    *("%(snake)s: >-\n    %(v)s\n", "<key>%(camel)s</key>\n<string>%(v)s</string>", "**%(words)s:** `%(v)s`", "the %(words)s is %(v)s"),
)


@pytest.mark.parametrize("family_id", NAMED)
def test_a_secret_known_by_its_name_is_found_in_every_spelling(family_id: str) -> None:
    provider, noun, shape = NAMED[family_id]
    words = [provider, *noun.split()]
    spelled = {
        "UP": "_".join(words).upper(),
        "snake": "_".join(words),
        "kebab": "-".join(words),
        "dots": ".".join(words),
        "camel": words[0] + "".join(word.capitalize() for word in words[1:]),
        "words": " ".join(words),
    }
    for spelling in SPELLINGS:
        value = expand(shape, spelling).decode()
        text = spelling % {**spelled, "v": value} + "\n"
        assert [text[match.start : match.end] for match in scanned(text.encode(), family_id)] == [value], text
    short = noun.replace(" ", "_")
    for nested in (
        "# {p}\n{n} = '{v}'",
        "[{p}]\n{n} = {v}",
        "{p}:\n  {n}: {v}",
        '{{"{p}": {{"{n}": "{v}"}}}}',
        "api.{p}.com/v1?{n}={v}",
        '{p}.Client({n}="{v}")',
    ):
        value = expand(shape, nested).decode()
        text = nested.format(p=provider, n=short, v=value) + "\n"
        assert [text[match.start : match.end] for match in scanned(text.encode(), family_id)] == [value], text


@pytest.mark.parametrize("family_id", ["facebook-page", "mailgun-private", "square-access", "yandex-api"])
@pytest.mark.parametrize("around", ["\\n{}\\n", "a%3D{}&b", "*{}*", "|{}|", "[{}]", "#{}", "\\u0022{}\\u0022", "\t{}", "@{}", "é{}é"])
def test_a_token_of_a_short_prefix_stands_behind_anything(family_id: str, around: str) -> None:
    template = next(template for template in BY_ID[family_id].matches if " " not in template)
    assert len(scanned(around.format(expand(template).decode()).encode(), family_id)) == 1


def test_patterns_stay_linear_on_their_own_prefix() -> None:
    """Each family on 16 KiB made of the beginning of its own example: what an attacker would send."""
    for family in FORMS:
        data = (expand(family.matches[0])[:-1] * 16384)[:16384]
        started = time.perf_counter()
        for _ in zip(spans(compiled_re(family.pattern), data), range(200), strict=False):
            pass
        assert time.perf_counter() - started < 5, family.id
