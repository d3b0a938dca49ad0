"""Whether a value that stands where a credential would is one: not a reference, a name, a sentence, a hash, a path or a pattern."""

import binascii
import re
from typing import Literal

from gates.core.finding import Severity
from gates.core.patterns import lazy
from gates.detect.credentials.names import Kind
from gates.detect.credentials.randomness import bits
from gates.detect.placeholders import is_placeholder

# In quotes; without them in configuration, where it is a literal, too; without them where it may as well be an expression; where it
# may have nothing to do with the name.
Syntax = Literal["quoted", "setting", "bare", "guess"]
LONGEST = 4096  # bytes; what is longer is data
_JUDGED = 512  # bytes that tell as much as all of them
_SHORTEST = {"password": 6, "secret": 10, "token": 10}
_SHORT = lazy(rb"[A-Za-z0-9!#$%&*+=?@^_~-]{8,}")  # a secret for all that, if it has characters of all kinds
_LONGEST = {"password": 128, "secret": LONGEST, "token": LONGEST}

# Filled in by a template, a shell or a format, wherever that stands in the value.
_FILLED_IN = lazy(
    rb"\$\{|\$\(|\{\{|<%|#\{|\$\[\[|%\([A-Za-z_]+\)|\{[A-Za-z_][A-Za-z0-9_.:,<>^+-]*\}|<<[^<>]+>>|\{[0-9]?\}|\$[A-Za-z_]{2,}\Z"
    rb"|\A\$[A-Za-z_][A-Za-z0-9_]*(?:\Z|[./:-])|%[sdrv]\Z|%[0-9.]*[ds](?![A-Za-z0-9])|\A%[A-Za-z_]+%\Z"
    rb"|\A@[A-Za-z_.]+@?\Z|<[A-Za-z_ -]+>|\A\*+\Z|\[[A-Za-z_ -]+\]|\]\(|\A#/"
)
_TEMPLATE = lazy(rb"\$\{|\{\{|\$\(|<%|\A[<\[]|[A-Za-z0-9]-[A-Za-z0-9][^\]]{0,20}\]")
# Names the place where the secret is kept, or holds it encrypted.
_KEPT_ELSEWHERE = lazy(
    rb"(?i:arn:|vault:|op://|bws://|ssm:|kms:|akv|sm://|ref\+|secretsmanager|secretref|keyvault|projects/|gcpkms|aws-kms|pass:"
    rb"|env:|file:|enc[:\[(]|ej\["
    rb"|encrypted:|\{cipher\}|\{aes|\{base64\}\Z|@microsoft|!vault|!ref|!sub|!env|!secret|\$ansible_vault|\$__"
    rb"|keyring:|keychain:|credstore|age1|"
    rb"agent:|prompt|doppler|infisical|secret/|secrets/|kv/|resolve:|u2fsdgvkx1|nacl\[|wcfma|hqima|ghsa-|cve-[0-9]|(?:akia"
    rb"|asia)[a-z0-9]{16}(?:/|%2f)|\{\{|sops)"
)
# Made from a password, and known as such: crypt(3), LDAP, Django, Werkzeug, digests that name their algorithm.
_HASH = lazy(
    rb"\$[0-9a-zA-Z-]{1,12}\$.*|\{(?i:s|ss|ssha|sha|md5|smd5|crypt|bcrypt|scrypt|argon2|pbkdf2)[A-Za-z0-9]*\}.*"
    rb"|\*[0-9A-F]{40}|md5[0-9a-f]{32}"  # MySQL, PostgreSQL
    rb"|(?i:pbkdf2|argon2|scrypt|bcrypt|sha1|sha224|sha256|sha384|sha512|md5|blake2[bs]?|hmac-sha[0-9]+|adler32)[-:$_].*",
    re.DOTALL,
)
_SEALED = lazy(rb"\{[A-Za-z0-9+/]{20,}={0,2}\}")  # https://maven.apache.org/guides/mini/guide-encryption.html
_ADDRESS = lazy(
    rb"[A-Za-z][A-Za-z0-9+.-]*://.*|(?:mailto|data|urn|tel|javascript|blob):.*|[^@\s]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[a-z]{2,}",
    re.DOTALL,
)
_PATH = lazy(
    rb"(?:\.{0,2}|~|[A-Za-z]:)[/\\].*|(?:[A-Za-z0-9_.-]+/)+[A-Za-z0-9_.-]+\.[a-z]{1,5}|[A-Za-z0-9_-]+\.(?:[a-z]{2,4}|json|yaml|conf|html)"
)
_NUMBER = lazy(
    rb"[0-9 .:,/+TZ_()x-]+|0x[0-9a-fA-F]{1,8}|#[0-9a-fA-F]{3,8}|v?[0-9]+(?:\.[0-9]+)+[A-Za-z0-9.+-]{0,20}|[0-9]+(?:px|em|rem|ms"
    rb"|s|%|kb|mb|gb)"
)
_INTEGER = lazy(rb"0x[0-9a-fA-F_]{1,63}[uUlLnN]{0,3}")  # of 64 digits it is a key
_PATTERN = lazy(rb"\\[dwsbDWSB]|\(\?[:=!<]|\[[^\]]{0,64}[a-zA-Z0-9]-[a-zA-Z0-9]|\{[0-9]+,?[0-9]*\}|\[-?[0-9*]+\]|\]\+|\\\.|\A\^.*\$\Z")
# A class in documentation (~module.Class), the file of a key.
_REFERENCE = lazy(rb"~[A-Za-z_]\w*(?:\.\w+)+|/[^\s\"']+\.(?:pem|key|crt|cer|p12|pfx|jks|json)")
_UNICODE = lazy(rb"\\u(?!00[0-7])[0-9a-fA-F]{4}")  # a letter that ASCII lacks, as files of messages write it
_WILDCARD = lazy(rb"\.[*+]|\A\^")
_PUBLIC = lazy(
    rb"(?:pk\.eyJ|ssh-|ecdsa-|sk-ssh|pk_(?:live|test)|-----BEGIN|0x[0-9a-fA-F]{40}\Z|AAAA[BCE]3NzaC|urn:|UA-|G-[A-Z0-9]+\Z|data:)"
)
_CONTROL = lazy(rb"\\[^\\\"'$/`!@#]")  # an escape that makes a character which no password has
_CODE = lazy(
    rb"[\"']|,[A-Za-z_$]+[:=]|![01](?![A-Za-z0-9])|\(0,|=[a-z]\.|\}\}|\)\}|<[A-Za-z&]|\*/|nullptr"
    rb"|[A-Za-z_$][0-9.]{0,8}(?:\(|\[|->|::|\{)|=>|&&|\|\||[A-Za-z0-9_)\]] ?[!=]= ?[A-Za-z0-9_\"'(]|\(\)|::|->|</|/>"
    rb"|;\s|\A[({\[]|\A[!&*][A-Za-z_]"
)
# Names of things, one within the other, and of types.
_DOTTED = lazy(rb"[A-Za-z_]+(?:\.[A-Za-z_]+)+(?:#[A-Za-z0-9_]+)?|[A-Za-z]+\[[A-Za-z0-9]+\]")
_IDENTIFIER = lazy(rb"[A-Za-z_$][A-Za-z0-9_$]*(?:(?:\.|::|->|:|\\)[A-Za-z_$][A-Za-z0-9_$]*)*")
_WORDS = lazy(rb"[A-Z]{4,}(?![a-z])|[A-Z]?[a-z]{3,}|[A-Z][a-z]{2}")
_PERCENT = lazy(rb"%[2-9A-Fa-f][0-9A-Fa-f]")
_LONG_WORDS = lazy(rb"[a-z]{4,}|[A-Z]{4,}")
_DIGIT = lazy(rb"[0-9]")
_TURN = lazy(rb"[0-9](?=[A-Za-z])|[A-Za-z](?=[0-9])")  # names and versions have few
_HEXADECIMAL = lazy(rb"[0-9a-f]{10,}|[0-9A-F]{10,}")
_WORD = lazy(rb"(?:(?:[A-Z]?[a-z]+){1,2}|[A-Z]+)(?:[-_.'](?:(?:[A-Z]?[a-z]+){1,2}|[A-Z]+)){0,3}")
_LATIN = lazy(rb"[!-~]+")
_TEXT = lazy(rb"[\t\r\n -~]{6,}")
_BASE64 = lazy(rb"[A-Za-z0-9+/]{8,}={0,2}")
_UUID = lazy(rb"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ENDING = lazy(rb"(?<=[A-Za-z@$!])[0-9]{0,4}[!?.#*$%&]*\Z")  # no letter is meant by these
_FORMAT = lazy(rb"%[sdrv]")
_WORDS_AND_NUMBER = lazy(
    rb"[A-Z]?[a-z]{2,}(?:[-_.!?@#$%^&*+=~]{1,2}[A-Za-z][a-z]{2,}|[A-Z][a-z]{2,}){0,2}[-_.!?@#$%^&*+=~]{0,2}[0-9]{4,}[-_.!?@#$%^&*+=~]{0,2}"
)
# Of messages, places, standards and code pages.
_NUMBERED = lazy(
    rb"(?i:err(?:or)?|warn(?:ing)?|code|msg|message|label|line|page|step|item|row|column|issue|ticket|rfc|iso|windows)[-_.:]?[0-9]{1,8}"
)
_LEET = bytes.maketrans(b"013457@$!", b"oieastasi")
_JOINERS = b"-_./:,"


def weigh(kind: Kind, value: bytes, syntax: Syntax) -> Severity | None:
    """How sure it is that `value` is a credential: HIGH, MEDIUM, or None."""
    if not kind or not _has_length(kind, value) or not _LATIN.fullmatch(value) or _UNICODE.search(value):
        return None
    if syntax == "quoted":
        if _CONTROL.search(value) or (_DOTTED.fullmatch(value) and _wordiness(value) >= 0.5):
            return None
    elif (
        _CODE.search(value)
        or _INTEGER.fullmatch(value.rstrip(b")]},;"))
        or _NUMBER.fullmatch(value.rstrip(b")]},;"))
        or _is_identifier(value, value.rstrip(b")]},;="), syntax)
    ):
        return None
    if (
        _is_no_literal(value)
        or is_placeholder(value)
        or is_placeholder(_PERCENT.sub(b"-", _ENDING.sub(b"", value).translate(_LEET)).lower())
    ):
        return None
    text = _decoded(value)
    if text:
        return weigh(kind, text, "quoted")
    value = _PERCENT.sub(b"-", value)[:_JUDGED]
    if _WORD.fullmatch(value) and bits(value) < (4.6 if len(value) >= 16 else 5.0) * len(value):
        return None  # words of other languages look like chance
    severity = _password(value) if kind == "password" else _secret(value, kind)
    if syntax == "guess" and (severity is not Severity.HIGH or (not _DIGIT.search(value) and _classes(value) < 3)):
        return None
    if (kind == "password" or severity is not None) and is_word_with_number(value):
        return Severity.MEDIUM
    return severity


def is_word_with_number(value: bytes) -> bool:
    """Whether it is made like Oslo_2024 and Summer2024!: words, a number of four digits or more, and a sign."""
    return len(value) >= 8 and not value.isalnum() and _WORDS_AND_NUMBER.fullmatch(value) is not None and _wordiness(value) >= 0.4


def _has_length(kind: Literal["password", "secret", "token"], value: bytes) -> bool:
    return _SHORTEST[kind] <= len(value) <= _LONGEST[kind] or (
        kind == "secret" and len(value) < _SHORTEST[kind] and _SHORT.fullmatch(value) is not None and _classes(value) == 4
    )


def _is_identifier(value: bytes, stem: bytes, syntax: Syntax) -> bool:
    """Whether it names a variable; brackets at its end are those of a call around it."""
    return (syntax == "bare" or value != stem) and _IDENTIFIER.fullmatch(stem) is not None and not _is_opaque(stem)


def _is_no_literal(value: bytes) -> bool:
    if _HASH.fullmatch(value) or _SEALED.fullmatch(value) or _KEPT_ELSEWHERE.match(value):
        return True
    if len(value) >= 14 and _classes(value) == 4 and _is_random(value) and not _TEMPLATE.search(value):
        return False  # so many symbols spell anything
    return bool(
        _is_filled_in(value)
        or _ADDRESS.fullmatch(value)
        or _NUMBER.fullmatch(value)
        or _NUMBERED.fullmatch(value)
        or _PUBLIC.match(value)
        or _PATTERN.search(value)
        or value.startswith((b"~/", b"./", b"../"))
        or _REFERENCE.fullmatch(value)
        or ((_PATH.fullmatch(value) or _WILDCARD.search(value)) and not _is_random(value))
    )


def _is_filled_in(value: bytes) -> bool:
    if not _FILLED_IN.search(value):
        return False
    rest = _FORMAT.sub(b"", value)  # chance spells such, too
    return (
        not (value.count(b"%") == 1 and len(value) > len(rest) >= 7 and _classes(rest) >= 3 and _is_random(rest))
        or _FILLED_IN.search(rest) is not None
    )


def _decoded(value: bytes) -> bytes:
    """What the value says in base64, if that is text."""
    if len(value) % 4 or not _BASE64.fullmatch(value):
        return b""
    text = binascii.a2b_base64(value)
    return text.rstrip(b"\r\n") if _TEXT.fullmatch(text) else b""


def _is_random(value: bytes) -> bool:
    return _wordiness(value) < 0.4 and bits(value) >= 3.5 * len(value)


def _wordiness(value: bytes) -> float:
    """The share of the value that reads like words."""
    return sum(len(word) for word in _WORDS.findall(value) if bits(word) <= 4.0 * len(word)) / len(value)


def _classes(value: bytes) -> int:
    """How many kinds of characters there are: lower case, upper case, digits, symbols other than those that join words."""
    rest = value.translate(None, _JOINERS)
    letters = rest.translate(None, b"0123456789")
    symbols = not rest.isalnum() and bool(rest)
    return any(97 <= byte <= 122 for byte in letters) + any(65 <= byte <= 90 for byte in letters) + (len(letters) < len(rest)) + symbols


def _password(value: bytes) -> Severity | None:
    total, wordiness, classes = bits(value), _wordiness(value), _classes(value)
    density = total / len(value)
    if total >= 30 and ((density >= 3.4 and wordiness < 0.5) or density >= 3.9) and (classes > 1 or total >= 4.2 * max(len(value), 10)):
        words = value.isalpha() and len(value) < 16 and density < 4.2  # short ones look like chance
        return Severity.HIGH if (len(value) >= 10 or classes > 2) and not words else Severity.MEDIUM
    if classes == 4 and total >= 40 and len(value) >= 10:
        return Severity.HIGH
    if classes >= 3 and total >= 22 and len(value) >= 8:
        return Severity.MEDIUM
    # Words with a number, or many of them.
    mixed = classes == 2 and total >= 26 and len(value) >= 9 and len(_DIGIT.findall(value)) >= 2
    return Severity.MEDIUM if mixed or (classes == 2 and total >= 40 and len(_LONG_WORDS.findall(value)) >= 3) else None


def _secret(value: bytes, kind: Literal["secret", "token"]) -> Severity | None:
    if _UUID.fullmatch(value):
        return None if kind == "token" else Severity.HIGH
    total, classes = bits(value), _classes(value)
    if len(value) < _SHORTEST[kind]:
        return Severity.MEDIUM if _password(value) else None
    if not _is_opaque(value):
        return _password(value) if classes == 4 else None
    if total >= 52 and (len(value) >= 16 or (classes >= 3 and len(value) >= 12)):
        return Severity.HIGH
    return Severity.MEDIUM if total >= 34 else None


def _is_opaque(value: bytes) -> bool:
    """Whether it reads like chance. Names in code have 3 bits a character, one in a hundred has 4."""
    density, classes = bits(value) / max(len(value), 1), _classes(value)
    if _HEXADECIMAL.fullmatch(value):
        return density >= 2.9 and classes > 1
    if classes <= 1:
        return density >= 4.6 and len(value) >= 16
    if value.isalnum() and len(value) >= 16 and len(_TURN.findall(value)) * 3 >= len(value):
        return True
    return (density >= 3.4 and _wordiness(value) < 0.4) or density >= (3.65 if _DIGIT.search(value) else 4.0)
