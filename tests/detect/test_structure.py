from __future__ import annotations

import base64
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.detect.bip39 import WORDS
from gates.detect.families import FAMILIES
from gates.detect.structure import CHECKS, judge
from tests.detect.expand import LABELS, armour, base32_crc16, base58check, bech32, der_key, expand

BY_ID = {family.id: family for family in FAMILIES}


def structure(family_id: str, sample: bytes) -> str:
    """What the check says of the first match of the family in the sample, with what follows it."""
    family = BY_ID[family_id]
    match = re.search(family.pattern.encode(), sample, re.MULTILINE)
    assert match, (family_id, sample)
    return judge(family, match[1], sample[match.start(1) :][: 16 * 1024])


def flip(sample: bytes, at: int) -> bytes:
    """The same with another letter at `at`."""
    return sample[:at] + (b"A" if sample[at : at + 1] != b"A" else b"B") + sample[at:][1:]


@pytest.mark.parametrize("prefix", ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "npm_"])
def test_github_checksum_confirms_and_refuses(prefix: str) -> None:
    family_id = next(family.id for family in FAMILIES if family.prefix == prefix)
    token = expand(f"{{github:{prefix}}}")
    assert structure(family_id, token) == "valid"
    assert all(structure(family_id, flip(token, at)) == "invalid" for at in range(4, 40))


def test_longer_github_tokens_have_no_public_checksum() -> None:
    assert structure("github-refresh", expand("ghr_{alnum:76}")) == "unchecked"
    assert structure("github-server-to-server", expand("ghs_{digits:7}_{jwt}")) == "unchecked"


def test_atlassian_checksum_confirms_and_refuses() -> None:
    token = expand("{atlassian:ATATT3xFfGF0}")
    assert structure("atlassian-api-token", token) == "valid"
    assert structure("atlassian-api-token", flip(token, 50)) == "invalid"


def test_assumed_atlassian_checksum_never_refuses() -> None:
    token = expand("{atlassian:ATCTT3xFfGN0}")
    assert structure("atlassian-org-key", token) == "valid"
    assert structure("atlassian-org-key", flip(token, 50)) == "unchecked"


def test_aws_key_id_of_an_impossible_account_is_refused() -> None:
    def key_id(account: int) -> bytes:
        return b"AKIA" + base64.b32encode((1 << 47 | account << 7 | 5).to_bytes(6, "big") + b"\1\2\3\4")

    assert structure("aws-access-key-id", key_id(123456789012)) == "unchecked"
    assert structure("aws-access-key-id", key_id(10**12 + 1)) == "invalid"


def test_a_sha1_is_no_aws_secret_key() -> None:
    assert structure("aws-secret-key", expand("aws_secret_key = {hex:40}")) == "invalid"
    assert structure("aws-secret-key", expand("aws_secret_key = {b64:38}zZ")) == "unchecked"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ({"alg": "RS256"}, "valid"),
        ({"alg": "none"}, "invalid"),
        ({"alg": ""}, "invalid"),
        ({"typ": "JWT"}, "invalid"),
        ({"alg": 5}, "invalid"),
    ],
)
def test_jwt_needs_a_header_that_names_an_algorithm(header: dict[str, object], expected: str) -> None:
    head = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=")
    assert structure("jwt", head + expand(".eyJzdWIiOiIxMjM0In0.{b64url:43}")) == expected


def test_a_vault_token_of_words_is_refused() -> None:
    assert structure("hashicorp-vault-service", b"hvs.my-vault-generated-token") == "invalid"
    assert structure("hashicorp-vault-service", expand("hvs.{alnum:24}")) == "unchecked"


def test_jwt_with_an_unreadable_header_is_refused() -> None:
    assert structure("jwt", expand("eyJ{alnum:30}.eyJzdWIiOiIxMjM0In0.{b64url:43}")) == "invalid"


def test_macaroon_is_walked_to_its_signature() -> None:
    token = expand("{macaroon}")
    assert structure("pypi", token) == "valid"
    assert structure("pypi", token[:-8]) == "invalid"
    assert structure("pypi", expand("pypi-AgEIcHlwaS5vcmc{alnum:130}")) == "invalid"


@pytest.mark.parametrize(
    ("family_id", "value"),
    [
        ("grafana-cloud", {"o": "1", "n": "stack", "k": "r" * 40, "m": {"r": "eu"}}),
        ("grafana-api-key", {"k": "r" * 50, "n": "ci", "id": 1}),
        ("sentry-org", {"iat": 1700000000.0, "url": "https://x.io", "region_url": "https://eu.x.io", "org": "corp"}),
        ("1password-service", {"signInAddress": "x.1password.com", "userAuth": {"method": "SRPg-4096"}, "muk": {"k": "r" * 200}}),
        ("mapbox-secret", {"u": "corp", "a": "r" * 25}),
    ],
)
def test_json_inside_a_token_confirms_it(family_id: str, value: dict[str, object]) -> None:
    text = base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).rstrip(b"=")
    wrap = {
        "grafana-cloud": b"glc_%s",
        "grafana-api-key": b"%s",
        "sentry-org": b"sntrys_%s_" + expand("{alnum:43}"),
        "1password-service": b"ops_%s",
        "mapbox-secret": b"sk.%s." + expand("{alnum:22}"),
    }
    assert structure(family_id, wrap[family_id] % text) == "valid"


@pytest.mark.parametrize(
    ("family_id", "sample", "expected"),
    [
        ("discord-bot", "{discord}", "valid"),
        ("discord-bot", "MTA{alnum:21}.{alnum:6}.{alnum:38}", "unchecked"),
        ("aws-bedrock-long", "{bedrock}", "valid"),
        ("artifactory-reference", "{reftkn}", "valid"),
        ("artifactory-reference", "cmVmdGtu{alnum:56}", "unchecked"),
        ("azure-servicebus", "SharedAccessKey={alnum:42}A=", "valid"),
        ("azure-servicebus", "SharedAccessKey={alnum:42}B=", "unchecked"),
        ("azure-storage-key", "AccountKey={alnum:85}A==", "valid"),
        ("gitlab-pat-routable", "glpat-bzoxCnA6MQp1OjEK{b64url:20}.01.12{lalnum:7}", "valid"),
        ("gitlab-pat-routable", "glpat-{alnum:51}.01.1f{lalnum:7}", "unchecked"),
        ("docker-config-auth", '"auth": "{basic}"', "valid"),
        ("docker-config-auth", '"auth": "{b64:40}"', "invalid"),
        ("basic-auth-header", "Authorization: Basic {basic}", "valid"),
        ("ethereum-key", "PRIVATE_KEY=0x{hex:64}", "unchecked"),
        ("ethereum-key", "PRIVATE_KEY=0xffffffffffffffffffffffffffffffff{hex:32}", "invalid"),
        ("jwk-private", '"kty":"OKP","d":"{b64url:42}A"', "valid"),
        ("age-secret", "{age}", "valid"),
        ("nostr-nsec", "{nsec}", "valid"),
        ("bitcoin-wif", "wif={wif:5}", "valid"),
        ("bitcoin-wif", "wif={wif:K}", "valid"),
        ("bip32-xprv", "{xprv}", "valid"),
        ("nats-nkey", "{nats}", "valid"),
        ("stellar-seed", "{stellar}", "valid"),
        ("datadog-api", 'DATADOG_API_KEY="{hex:32}"', "unchecked"),
        ("vercel", "VERCEL_TOKEN = {alpha:24}()", "invalid"),
        ("vercel", "VERCEL_TOKEN = {alpha:24}.get", "invalid"),
        ("square-access", "token={alpha:0}EAAA{alnum:60}==", "invalid"),
        ("square-access", "EAAA{lalnum:28}AAAA{lalnum:28}", "invalid"),
        ("square-access", "EAAA{lalnum:60}", "unchecked"),
    ],
)
def test_structure_of_a_sample(family_id: str, sample: str, expected: str) -> None:
    for seed in range(10):
        assert structure(family_id, expand(sample, seed)) == expected, (sample, seed)


@pytest.mark.parametrize(
    ("pair", "expected"), [(b"Aladdin:open sesame", "valid"), (b"user:password", "invalid"), (b"deploy:\xff\xfe\1", "invalid")]
)
def test_basic_credentials_are_text_and_no_stand_in(pair: bytes, expected: str) -> None:
    assert structure("basic-auth-header", b"Authorization: Basic " + base64.b64encode(pair)) == expected


@pytest.mark.parametrize("family_id", ["age-secret", "nostr-nsec", "bip32-xprv", "nats-nkey", "stellar-seed"])
def test_one_wrong_letter_breaks_a_key_with_a_checksum(family_id: str) -> None:
    key = expand(BY_ID[family_id].matches[0])
    for at in range(18, len(key)):
        for letter in b"Q9", b"P8", b"23", b"q9", b"p8":
            wrong = key[:at] + (letter[:1] if key[at : at + 1] != letter[:1] else letter[1:]) + key[at:][1:]
            if wrong != key and re.fullmatch(BY_ID[family_id].pattern.encode(), wrong):
                assert structure(family_id, wrong) == "invalid"


def test_encoders_of_the_tests_agree_with_published_vectors() -> None:
    """So that the checks are not only true to our own encoders."""
    assert base58check(b"\x80" + bytes.fromhex("0c28fca386c7a227600b2fe50b7cae11ec86d3bf1fbe471be89827e19d72aa1d")).startswith(
        "5HueCGU8rMjxEX"
    )
    assert bech32("a", b"") == "a12uel5l"
    assert base32_crc16(bytes([18 << 3]) + bytes(32)).startswith("SAAAAA")


@pytest.mark.parametrize(
    ("family_id", "sample", "expected"),
    [
        ("postgres-uri", "postgres://svc:{alnum:16}@db.corp.internal/x", "unchecked"),
        ("postgres-uri", "postgres://svc:{alnum:16}@localhost/x", "invalid"),
        ("postgres-uri", "postgres://svc:{alnum:16}@127.0.0.1:5432/x", "invalid"),
        ("postgres-uri", "postgres://svc:{alnum:16}@db.example.com/x", "invalid"),
        ("postgres-uri", "postgres://svc:{alnum:16}@example.company.io/x", "unchecked"),
        ("postgres-uri", "postgres://svc:{alnum:16}@localhost.corp.io/x", "unchecked"),
        ("postgres-uri", "postgres://{lower:4}:postgres{lower:0}@db.corp.internal/x", "invalid"),
        ("http-basic-uri", "https://user:password@git.corp.internal/x", "invalid"),
        ("http-basic-uri", "https://user:{alnum:16}@hostname/x", "invalid"),
        ("sqlserver-connstr", "Server=db;User ID=svc;Password={alnum:16};", "unchecked"),
    ],
)
def test_password_in_an_address(family_id: str, sample: str, expected: str) -> None:
    assert structure(family_id, expand(sample)) == expected


# Keys in the wrappings of real files.

WRAPPINGS = {
    "as it is": lambda pem: pem,
    "windows line ends": lambda pem: pem.replace("\n", "\r\n"),
    "one line of JSON": lambda pem: '{"key": ' + json.dumps(pem) + "}",
    "JSON in JSON": lambda pem: json.dumps({"k": json.dumps({"key": pem})}),
    "YAML block": lambda pem: "tls.key: |\n" + "".join(f"      {line}\n" for line in pem.splitlines()),
    "env file": lambda pem: 'KEY="' + pem.replace("\n", "\\n") + '"\n',
    "joined strings": lambda pem: "key = (" + " +\n       ".join(f'"{line}\\n"' for line in pem.splitlines()) + ")",
    "adjacent strings": lambda pem: "\n".join(f"    '{line}\\n'" for line in pem.splitlines()),
    "shell continuation": lambda pem: "KEY='" + "\\n\\\n".join(pem.splitlines()) + "'",
    "comment": lambda pem: "".join(f"# {line}\n" for line in pem.splitlines()),
    "slash comment": lambda pem: "".join(f"// {line}\n" for line in pem.splitlines()),
    "spaces for line ends": lambda pem: "KEY=" + " ".join(pem.splitlines()),
    "no line ends": lambda pem: "KEY=" + "".join(pem.splitlines()),
    "PHP": lambda pem: "$k = " + " .\n  ".join(f"'{line}'" for line in pem.splitlines()) + ";",
    "no last line end": lambda pem: pem.rstrip("\n"),
    "patch that adds": lambda pem: "".join(f"+{line}\n" for line in pem.splitlines()),
    "patch that removes": lambda pem: "".join(f"-{line}\n" for line in pem.splitlines()),
    "line breaks of HTML": lambda pem: "<p>" + "<br/>\n".join(pem.splitlines()) + "</p>\n",
    "line breaks of HTML alone": lambda pem: "<p>" + "<br>".join(pem.splitlines()) + "</p>\n",
}
KEYS = {
    **{kind: ("private-key-" + {"pkcs8-short": "pkcs8"}.get(kind, kind), f"{{pem:{kind}}}") for kind in LABELS},
    "openssh": ("private-key-openssh", "{openssh:none}"),
    "pgp": ("private-key-pgp", "{pgp:secret}"),
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@pytest.mark.parametrize("kind", KEYS)
def test_key_is_read_through_its_wrapping(kind: str, wrapping: str) -> None:
    family_id, template = KEYS[kind]
    for seed in range(8):
        text = WRAPPINGS[wrapping](expand(template, seed).decode())
        assert structure(family_id, text.encode()) == "valid", text


LOGS = (
    "2031-04-{0:02} 12:00:{0:02},{0} INFO [deploy] ",
    "web_1  | ",
    "[pid 1{0}] key: ",
    "<6>1 2031-04-01T12:00:{0}Z web1 app - - ",
    "            key += '",
)


@pytest.mark.parametrize("log", LOGS)
@pytest.mark.parametrize("kind", sorted(KEYS.keys() - {"pgp"}))
def test_key_is_read_behind_what_a_log_writes_before_each_line(kind: str, log: str) -> None:
    family_id, template = KEYS[kind]
    for seed in range(8):
        lines = expand(template, seed).decode().splitlines()
        text = "".join(f"{log.format(number)}{line}\n" for number, line in enumerate(lines))
        assert structure(family_id, text.encode()) == "valid", text


def test_first_lines_of_a_key_in_a_patch_are_not_refused() -> None:
    for sign in "+-":
        lines = expand("{pem:rsa}").decode().splitlines()[:9]
        assert structure("private-key-rsa", "".join(f"{sign}{line}\n" for line in lines).encode()) == "unchecked"


PROTECTED = {
    "{pem:encrypted}": "valid",
    "{pem:rsa-encrypted}": "unchecked",  # all that shows is whole blocks of the cipher
    "{openssh:aes256-ctr}": "valid",
    "{putty:aes256-cbc}": "valid",
    "{pgp-protected}": "valid",
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@pytest.mark.parametrize("template", PROTECTED)
def test_every_key_with_a_passphrase_is_of_one_family(template: str, wrapping: str) -> None:
    if "putty" in template and wrapping in ("spaces for line ends", "no line ends", "PHP", "line breaks of HTML alone"):
        pytest.skip("PuTTY's form is made of lines")
    for seed in range(4):
        text = WRAPPINGS[wrapping](expand(template, seed).decode()).encode()
        assert structure("private-key-encrypted", text) == PROTECTED[template]
        others = [each.id for each in FAMILIES if each.id.startswith("private-key-") and re.search(each.pattern.encode(), text)]
        assert set(others) <= {"private-key-encrypted", "private-key-pgp"}
        if "private-key-pgp" in others:
            assert structure("private-key-pgp", text) == "invalid"


def test_keys_without_a_passphrase_are_left_to_their_own_families() -> None:
    assert structure("private-key-encrypted", expand("{pgp:secret}")) == "invalid"
    assert structure("private-key-putty", expand("{putty:none}")) == "valid"
    assert structure("private-key-putty", expand("{putty:none}").partition(b"Private-Lines")[0]) == "invalid"


@pytest.mark.parametrize("template", PROTECTED)
def test_damaged_keys_with_a_passphrase_are_refused(template: str) -> None:
    text = expand(template)
    if "putty" in template:
        text = text.partition(b"Private-Lines")[0]
    elif "pgp" in template:
        text = flip(text, text.index(b"\n\n") + 300)
    else:
        at = text.index(b"-----END")
        text = text[: at - 7] + b"\n" + text[at:]
    assert structure("private-key-encrypted", text) == "invalid"


def pgp_packet(version: int, algorithm: int, public: bytes, usage: int) -> bytes:
    count = len(public).to_bytes(4, "big") if version > 4 else b""
    body = bytes((version, 1, 2, 3, 4, algorithm)) + count + public + bytes((usage,)) + random.Random(1).randbytes(150)
    return (
        b"\xc5" + bytes((192 + (len(body) - 192 >> 8), len(body) - 192 & 255)) + body
        if len(body) >= 192
        else b"\xc5" + bytes((len(body),)) + body
    )


@pytest.mark.parametrize("usage", [0, 254])
@pytest.mark.parametrize(
    ("version", "algorithm", "public"),
    [
        (4, 22, b"\x09" + bytes(9) + (263).to_bytes(2, "big") + bytes(33)),
        (4, 18, b"\x0a" + bytes(10) + (263).to_bytes(2, "big") + bytes(33) + b"\3\1\x08\7"),
        (4, 27, bytes(32)),
        (4, 17, b"\0\x80" + bytes(16) + b"\0\x80" + bytes(16) + b"\0\x80" + bytes(16) + b"\0\x80" + bytes(16)),
        (6, 27, bytes(32)),
    ],
)
def test_pgp_keys_of_every_algorithm_tell_whether_a_passphrase_protects_them(
    version: int, algorithm: int, public: bytes, usage: int
) -> None:
    text = armour("PGP PRIVATE KEY BLOCK", pgp_packet(version, algorithm, public, usage), headers="\n").encode()
    assert structure("private-key-pgp", text) == ("invalid" if usage else "unchecked")
    assert structure("private-key-encrypted", text) == ("unchecked" if usage else "invalid")


@pytest.mark.parametrize("kind", LABELS)
def test_key_with_a_damaged_body_is_refused(kind: str) -> None:
    data = der_key(random.Random(7), kind)
    family_id = KEYS[kind][0]
    assert structure(family_id, armour(LABELS[kind], data[:-1]).encode()) == "invalid"
    assert structure(family_id, armour(LABELS[kind], data[:40] + data[41:]).encode()) == "invalid"


def test_label_and_body_must_agree() -> None:
    assert structure("private-key-pkcs8", armour("PRIVATE KEY", der_key(random.Random(7), "rsa")).encode()) == "invalid"


def test_pgp_checksum_refuses_a_changed_body() -> None:
    text = expand("{pgp:secret}")
    at = text.index(b"\n\n") + 300
    assert structure("private-key-pgp", flip(text, at)) == "invalid"


def test_key_longer_than_the_bytes_at_hand_stays_unchecked() -> None:
    data = der_key(random.Random(1), "rsa")
    text = armour("RSA PRIVATE KEY", b"\x30\x82\x60\x00" + data[4:] * 20).encode()
    assert structure("private-key-rsa", text) == "unchecked"


def run(*words: str, cwd: Path) -> None:
    if shutil.which(words[0]) is None:
        if os.environ.get("GATES_REQUIRE_TOOLS"):
            pytest.fail(f"{words[0]} is not installed")
        pytest.skip(f"{words[0]} is not installed")
    subprocess.run(words, cwd=cwd, check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)


@pytest.mark.parametrize(
    ("words", "family_id"),
    [
        (("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "key"), "private-key-pkcs8"),
        (("openssl", "genpkey", "-algorithm", "ED25519", "-out", "key"), "private-key-pkcs8"),
        (("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-out", "key"), "private-key-ec"),
        (("openssl", "ecparam", "-name", "secp384r1", "-genkey", "-noout", "-out", "key"), "private-key-ec"),
        (
            ("openssl", "genpkey", "-algorithm", "ED25519", "-aes256", "-pass", "pass:abcdefgh", "-out", "key"),
            "private-key-encrypted",
        ),
        (("openssl", "genrsa", "-traditional", "-out", "key", "1024"), "private-key-rsa"),
        (("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "key"), "private-key-openssh"),
        (("ssh-keygen", "-q", "-t", "rsa", "-b", "1024", "-m", "PEM", "-N", "", "-f", "key"), "private-key-rsa"),
    ],
    ids=lambda value: "-".join(value[:4]) if isinstance(value, tuple) else value,
)
def test_keys_of_the_real_tools_are_confirmed(words: tuple[str, ...], family_id: str, tmp_path: Path) -> None:
    run(*words, cwd=tmp_path)
    for wrapping in WRAPPINGS.values():
        assert structure(family_id, wrapping((tmp_path / "key").read_text()).encode()) == "valid"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("ssh-keygen", "-q", "-t", "ed25519", "-N", "a phrase", "-f", "key"), "valid"),
        (("ssh-keygen", "-q", "-t", "ed25519", "-Z", "chacha20-poly1305@openssh.com", "-N", "a phrase", "-f", "key"), "valid"),
        (("ssh-keygen", "-q", "-t", "rsa", "-b", "1024", "-m", "PEM", "-N", "a phrase", "-f", "key"), "unchecked"),
        (("openssl", "genpkey", "-algorithm", "ED25519", "-aes256", "-pass", "pass:abcdefgh", "-out", "key"), "valid"),
    ],
    ids=["openssh", "openssh-chacha", "legacy", "pkcs8"],
)
def test_keys_that_the_real_tools_protect_are_known_as_such(words: tuple[str, ...], expected: str, tmp_path: Path) -> None:
    run(*words, cwd=tmp_path)
    assert structure("private-key-encrypted", (tmp_path / "key").read_bytes()) == expected


@pytest.mark.parametrize(
    ("passphrase", "family_id", "other"),
    [("", "private-key-pgp", "private-key-encrypted"), ("a phrase", "private-key-encrypted", "private-key-pgp")],
    ids=["open", "protected"],
)
@pytest.mark.parametrize("kind", ["ed25519", "rsa2048"])
def test_key_of_gnupg_is_confirmed(passphrase: str, family_id: str, other: str, kind: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    options = ("--homedir", str(home), "--batch", "--pinentry-mode", "loopback", "--passphrase", passphrase)
    try:
        run("gpg", *options, "--quick-gen-key", "deploy", kind, "sign", "never", cwd=tmp_path)
        run("gpg", *options, "--armor", "--output", "key", "--export-secret-keys", "deploy", cwd=tmp_path)
    finally:
        if shutil.which("gpgconf"):
            subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False, capture_output=True)
    assert structure(family_id, (tmp_path / "key").read_bytes()) == "valid"
    assert structure(other, (tmp_path / "key").read_bytes()) == "invalid"


@pytest.mark.parametrize(("options", "expected"), [((), "valid"), (("-nokeys",), "unchecked")])
def test_pkcs12_files_of_openssl_are_known(options: tuple[str, ...], expected: str, tmp_path: Path) -> None:
    subject = ("-subj", "/CN=corp.internal")
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key", "-out", "crt", *subject, cwd=tmp_path)
    run("openssl", "pkcs12", "-export", *options, "-inkey", "key", "-in", "crt", "-passout", "pass:abcdefgh", "-out", "p12", cwd=tmp_path)
    data = (tmp_path / "p12").read_bytes()
    assert structure("pkcs12-file", data) == expected
    assert structure("pkcs12-file", b"data:\n  keystore.p12: " + base64.b64encode(data)) == expected
    assert structure("pkcs12-file", base64.encodebytes(data)) == expected


# Phrases, words and passwords.


def test_a_recovery_phrase_is_told_by_its_words_and_its_checksum() -> None:
    phrase = "legal winner thank year wave sausage " + "worth useful legal winner thank yellow"  # a test vector of BIP 39
    assert structure("bip39-mnemonic", f"mnemonic: {phrase}".encode()) == "valid"
    assert structure("bip39-mnemonic", f"mnemonic: {phrase} and more words after it".encode()) == "valid"
    assert structure("bip39-mnemonic", f"mnemonic: {phrase.replace('yellow', 'zebra')}".encode()) == "unchecked"
    assert structure("bip39-mnemonic", f"mnemonic: {phrase.replace('winner', 'winners')}".encode()) == "invalid"
    words = phrase.replace("yellow", "zebra").split()
    assert structure("bip39-mnemonic", f"words: seed = {json.dumps(words)}".encode()) == "invalid"
    assert structure("bip39-mnemonic", b"seed words: " + b" ".join(WORDS[:24])) == "invalid"


def test_the_word_list_is_the_published_one() -> None:
    """The digest of bip-0039/english.txt."""
    expected = "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"
    assert hashlib.sha256(b"".join(word + b"\n" for word in WORDS)).hexdigest() == expected


@pytest.mark.parametrize(
    ("family_id", "sample", "expected"),
    [
        ("mandrill", "MANDRILL_API_KEY = MailChimpOAuth2Adapter", "invalid"),
        ("mandrill", "MANDRILL_API_KEY = {b64url:22}", "unchecked"),
        ("cloudflare-token", "cloudflare_token = cloudflare_account_token_from_environmen", "invalid"),
        ("snowflake-pwd", "snowflake_password = settings.snowflake_password", "invalid"),
        ("snowflake-pwd", 'snowflake_password = "snowflake_password"', "invalid"),
        ("snowflake-pwd", 'snowflake_password = "horsebatterystaple"', "unchecked"),
        ("snowflake-pwd", "snowflake_password = read_password_file(", "invalid"),
        ("snowflake-pwd", "SNOWFLAKE_PASSWORD={alnum:16}", "unchecked"),
        ("snowflake-pwd", "SNOWFLAKE_PASSWORD=Winter2031!{alnum:4}", "unchecked"),
        ("django-secret-key", "SECRET_KEY = '{django:50}'", "unchecked"),
        ("django-secret-key", "SECRET_KEY = 'this-is-the-secret-key-of-the-development-server-00'", "invalid"),
        ("azure-sas", "?sv=1&sig={alnum:42}A%3D", "valid"),
        ("azure-sas", "?sv=1&sig={alnum:40}%2BxA%3D", "valid"),
        ("azure-sas", "?sv=1&sig={alnum:42}B%3D", "unchecked"),
        ("aws-secret-key", "aws_secret_key={b64:38}zZ/>", "unchecked"),
        ("aws-secret-key", "aws_secret_key={b64:38}zZ=20", "unchecked"),
        ("aws-secret-key", "aws_secret_key={b64:38}zZ=\n", "unchecked"),
        ("aws-secret-key", "aws_secret_key={b64:38}zZ/x", "invalid"),
        ("aws-secret-key", "aws_secret_key={b64:38}zZ==", "invalid"),
        ("aws-secret-key", "aws_secret_key=config/production/services/secret/access", "invalid"),
        ("gcp-service-account", '"private_key": "{pem-json:pkcs8}", "client_email": "x"', "valid"),
        ("gcp-service-account", '"private_key": "{pem-json:pkcs8}", "public_key": "x"', "invalid"),
        ("jwt", "{jwt-long}", "valid"),
        ("jwt", "{jwt-long}-{alnum:10}", "valid"),
        ("basic-auth-header", "Authorization: Basic {basic}", "valid"),
    ],
)
def test_structure_of_a_value_known_by_its_name(family_id: str, sample: str, expected: str) -> None:
    for seed in range(10):
        assert structure(family_id, expand(sample, seed)) == expected, (sample, seed)


def test_a_token_whose_payload_goes_on_without_a_signature_is_none() -> None:
    token = expand("{jwt-long}")
    unsigned, _, _ = token.rpartition(b".")
    assert structure("jwt", unsigned + b".") == "invalid"
    assert structure("jwt", unsigned + b" ") == "invalid"
    assert structure("jwt", unsigned + b"A" * 20_000) == "unchecked"


def test_the_examples_of_rfc_6749_are_no_credentials() -> None:
    pair = base64.b64encode(b"s6BhdRkqt3:" + b"gX1fBat3bV")
    assert structure("basic-auth-header", b"Authorization: Basic " + pair) == "invalid"


# Properties of every check.


@given(secret=st.binary(max_size=300), after=st.binary(max_size=300))
def test_no_check_raises_on_any_bytes(secret: bytes, after: bytes) -> None:
    for check in CHECKS.values():
        assert check(secret, secret + after) in ("valid", "unchecked", "invalid")


@given(data=st.data())
def test_no_check_raises_on_damaged_secrets(data: st.DataObject) -> None:
    family = data.draw(st.sampled_from(FAMILIES))
    sample = bytearray(expand(data.draw(st.sampled_from(family.matches)), data.draw(st.integers(0, 20))))
    for _ in range(data.draw(st.integers(0, 4))):
        sample[data.draw(st.integers(0, len(sample) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(sample)))
    for check in {CHECKS[family.check], CHECKS["pem"], CHECKS["basic"], CHECKS["jwt"]}:
        assert check(bytes(sample[:cut]), bytes(sample)) in ("valid", "unchecked", "invalid")


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize("filling", [b"A", b"\n", b"\\n", b'" + "', b" ", b"=", b"[", b"-----END ", b"A: b\n", b'"\n'])
def test_checks_take_linear_time(name: str, filling: bytes) -> None:
    start = b"-----BEGIN RSA PRIVATE KEY-----"
    after = (start + filling * 16384)[: 16 * 1024]
    started = time.perf_counter()
    CHECKS[name](after[:4096], after)
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize("behind", ["_", "-", "--", "__"])
def test_a_pypi_token_is_known_with_the_marks_that_its_pattern_takes_along(behind: str) -> None:
    assert structure("pypi", expand("{macaroon}") + behind.encode()) == "valid"


@pytest.mark.parametrize("marks", [b",;", b". ", b'" ', b"+ ", b"\\\t", b"a ", b"\r"])
def test_lines_of_marks_behind_a_private_key_take_linear_time(marks: bytes) -> None:
    """Not timed: where each place in the line is a new start, this takes minutes."""
    key = b"-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA" + expand("{b64:48}") + b'\nx"' + marks * 7_500 + b"x\n"
    for _ in range(100):
        assert structure("private-key-rsa", key) in ("invalid", "unchecked")
