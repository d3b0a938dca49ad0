"""Offline checks that settle a match without asking the provider: checksums, decodings, key formats.

Every check is `check(secret, after)`, where `after` is what follows the secret's first byte, the secret included, up to 16 KiB.
"valid": a checksum or a decoding confirms it. "invalid": an algorithm known to hold for every real one says no; it lowers the
finding, so nothing less certain may say it. "unchecked": nothing to go by. No check raises, whatever the bytes.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from gates.core.patterns import lazy
from gates.detect.family import Family, Structure
from gates.detect.placeholders import is_placeholder

Check = Callable[[bytes, bytes], Structure]

_BASE62 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE58 = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_SECP256K1_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def judge(family: Family, secret: bytes, after: bytes) -> Structure:
    return CHECKS[family.check](secret, after)


def _shape(secret: bytes, after: bytes) -> Structure:
    return "unchecked"


def _decoded(text: bytes) -> bytes | None:
    """Base64 of either alphabet, padding optional; None where it is not base64."""
    text = text.rstrip(b"=").translate(_TO_STANDARD)
    try:
        return binascii.a2b_base64(text + b"=" * (-len(text) % 4), strict_mode=True)
    except binascii.Error:
        return None


def _json_object(text: bytes | None) -> dict[object, object] | None:
    import json  # reached by a handful of families only

    try:
        value = json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _whether(confirmed: bool, otherwise: Structure) -> Structure:
    return "valid" if confirmed else otherwise


# Checksums that providers put at the end of a token.


def _crc32_base62(secret: bytes, after: bytes) -> Structure:
    """GitHub and npm: the last 6 of 36 are the CRC32 of the 30 before, base62 with leading zeros."""
    body = secret[secret.find(b"_") + 1 :]
    if len(body) != 36:  # newer and longer forms, whose checksum is not public
        return "unchecked"
    value, digits = binascii.crc32(body[:30]), bytearray()
    for _ in range(6):
        value, digit = divmod(value, 62)
        digits.append(_BASE62[digit])
    return _whether(bytes(reversed(digits)) == body[30:], "invalid")


def _crc32_hex(secret: bytes, after: bytes) -> Structure:
    """Atlassian: the last 8 are the CRC32 of everything before, "=" included, in upper-case hexadecimal."""
    return _whether(b"%08X" % binascii.crc32(secret[:-8]) == secret[-8:], "invalid")


def _crc32_hex_hint(secret: bytes, after: bytes) -> Structure:
    """The same where it is only assumed to hold: it may confirm, never refuse."""
    return _whether(_crc32_hex(secret, after) == "valid", "unchecked")


def _gitlab_routable(secret: bytes, after: bytes) -> Structure:
    """The payload is lines such as "o:1" that tell the cell to ask, and random bytes. What its CRC covers is not public."""
    payload = _decoded(secret[secret.find(b"-") + 1 :].partition(b".")[0])
    return _whether(payload is not None and re.match(rb"[cgoptu]:[0-9a-z]{1,25}\n", payload) is not None, "unchecked")


# Tokens that decode to something.


def _aws_key_id(secret: bytes, after: bytes) -> Structure:
    """Bits 1 to 40 behind the prefix are the account id, which has twelve digits; there is no checksum that could confirm it."""
    import base64

    try:
        decoded = base64.b32decode(secret[4:20])
    except binascii.Error:
        return "invalid"
    account = (int.from_bytes(decoded[:6], "big") & 0x7FFFFFFFFF80) >> 7
    return "unchecked" if account < 10**12 else "invalid"


def _aws_secret(secret: bytes, after: bytes) -> Structure:
    """Forty hexadecimal digits are a SHA-1, and a piece of longer base64 or a path is no key."""
    if re.fullmatch(rb"[0-9a-f]{40}|[0-9A-F]{40}", secret) or _reads_like_words(secret):
        return "invalid"
    return _alone(secret, after)


def _base64_length(secret: bytes, after: bytes) -> Structure:
    """A key of exactly 32 or 64 bytes, with no stray bits in the last character; it may be quoted as part of an address."""
    plain = _unquoted(secret)
    decoded = _decoded(plain)
    whole = decoded is not None and binascii.b2a_base64(decoded, newline=False) == plain
    return _whether(whole and decoded is not None and len(decoded) in (32, 64), "unchecked")


def _bedrock(secret: bytes, after: bytes) -> Structure:
    decoded = _decoded(secret[4:])
    return _whether(decoded is not None and re.match(rb"BedrockAPIKey-[^:]+:.", decoded, re.DOTALL) is not None, "unchecked")


def _artifactory_reference(secret: bytes, after: bytes) -> Structure:
    decoded = _decoded(secret)
    return _whether(decoded is not None and re.fullmatch(rb"reftkn:\d\d:\d{10}:[!-~]+", decoded) is not None, "unchecked")


def _vault(secret: bytes, after: bytes) -> Structure:
    """A service token is a protobuf message: field 1 is the type 1, field 2 fills what its length says. Small letters alone are words."""
    if secret.islower() and secret.translate(None, b"._-").isalpha():
        return "invalid"
    decoded = _decoded(secret.partition(b".")[2])
    whole = decoded is not None and decoded[:3] == b"\x08\x01\x12" and 4 + decoded[3] <= len(decoded)
    return _whether(whole, "unchecked")


def _discord(secret: bytes, after: bytes) -> Structure:
    """The first part is the bot's numeric id."""
    decoded = _decoded(secret.partition(b".")[0])
    return _whether(decoded is not None and re.fullmatch(rb"[0-9]{17,20}", decoded) is not None, "unchecked")


_TOKEN = lazy(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]{22})?")


def _jwt(secret: bytes, after: bytes) -> Structure:
    """A header that is no JSON object, or says that nothing signs it, makes no token. The signature may lie beyond the pattern's reach."""
    header = _json_object(_decoded(secret.partition(b".")[0]))
    algorithm = header.get("alg") if header else None
    if not isinstance(algorithm, str) or algorithm.lower() in ("", "none"):
        return "invalid"
    token = _TOKEN.match(after)
    if token and token[0].count(b".") == 2:
        return "valid"
    return "unchecked" if token and token.end() == len(after) else "invalid"


def _json_with(*keys: str, end: bytes = b"", otherwise: Structure = "unchecked") -> Check:
    """A check for a JSON object with these keys in base64, from its first "eyJ" up to the last `end`."""

    def check(secret: bytes, after: bytes) -> Structure:
        text = secret[max(secret.find(b"eyJ"), 0) :]
        value = _json_object(_decoded(text.rpartition(end)[0] if end else text))
        return _whether(value is not None and all(key in value for key in keys), otherwise)

    return check


def _macaroon(secret: bytes, after: bytes) -> Structure:
    """PyPI tokens are macaroons of version 2: fields of type, length and data, in sections that end in 0, then the signature.

    They end in any character of base64, and so may what the pattern took along: the "_" or "-" of an emphasis or a comment behind it.
    """
    text = secret[len(b"pypi-") :]
    return _whether(any(_is_macaroon(_decoded(part)) for part in (text, text.rstrip(b"-_"))), "invalid")


def _is_macaroon(data: bytes | None) -> bool:
    if data is None or data[:1] != b"\x02":
        return False
    at, section, seen = 1, 0, False
    while at < len(data):
        kind, at = data[at], at + 1
        if kind == 0:
            if not seen:  # an empty section ends the caveats: the signature is all that may follow
                return data[at : at + 2] == b"\x06\x20" and len(data) == at + 34
            section, seen = section + 1, False
            continue
        length, at = _varint(data, at)
        if length is None or kind not in (1, 2, 4) or at + length > len(data):
            return False
        at, seen = at + length, True
    return False


def _varint(data: bytes, at: int) -> tuple[int | None, int]:
    value = 0
    for shift in range(0, 28, 7):
        if at >= len(data):
            return None, at
        byte, at = data[at], at + 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    return None, at


def _basic(secret: bytes, after: bytes) -> Structure:
    """A user, a colon and a password that people can type."""
    decoded = _decoded(secret)
    user, colon, password = (decoded or b"").partition(b":")
    try:
        readable = colon == b":" and (user + password).decode().isprintable()
    except UnicodeDecodeError:
        return "invalid"
    return _whether(readable and len(password) > 0 and user != _PUBLISHED_USER and _password(password, b"") != "invalid", "invalid")


# Keys whose encoding carries a checksum.


def _base58check(secret: bytes) -> bytes | None:
    """The payload, or None where the four bytes of double SHA-256 behind it are wrong."""
    from hashlib import sha256

    value = 0
    for byte in secret[:120]:
        digit = _BASE58.find(byte)
        if digit < 0:
            return None
        value = value * 58 + digit
    data = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return data[:-4] if len(data) > 4 and sha256(sha256(data[:-4]).digest()).digest()[:4] == data[-4:] else None


def _wif(secret: bytes, after: bytes) -> Structure:
    payload = _base58check(secret)
    return _whether(
        payload is not None and payload[0] == 0x80 and (len(payload) == 33 or (len(payload) == 34 and payload[33] == 1)), "invalid"
    )


def _xprv(secret: bytes, after: bytes) -> Structure:
    payload = _base58check(secret)
    return _whether(payload is not None and len(payload) == 78 and payload[:4] in (b"\x04\x88\xad\xe4", b"\x04\x35\x83\x94"), "invalid")


def _bech32(prefix: bytes) -> Check:
    """BIP 173, whose checksum covers the prefix as well."""
    expanded = [byte >> 5 for byte in prefix] + [0] + [byte & 31 for byte in prefix]

    def check(secret: bytes, after: bytes) -> Structure:
        digits = [_BECH32.find(byte) for byte in secret.lower()[len(prefix) + 1 :]]
        if -1 in digits:
            return "invalid"
        sum = 1
        for digit in expanded + digits:
            top, sum = sum >> 25, (sum & 0x1FFFFFF) << 5 ^ digit
            for bit, term in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
                sum ^= term if top >> bit & 1 else 0
        return _whether(sum == 1, "invalid")

    return check


def _base32_crc16(secret: bytes) -> bytes | None:
    """NATS and Stellar: the payload, or None where the CRC16 (XMODEM, little endian) behind it is wrong."""
    import base64

    try:
        data = base64.b32decode(secret + b"=" * (-len(secret) % 8))
    except binascii.Error:
        return None
    return data[:-2] if len(data) > 2 and binascii.crc_hqx(data[:-2], 0).to_bytes(2, "little") == data[-2:] else None


def _nats(secret: bytes, after: bytes) -> Structure:
    payload = _base32_crc16(secret)
    return _whether(payload is not None and len(payload) == 34 and payload[0] & 0xF8 == 18 << 3, "invalid")


def _stellar(secret: bytes, after: bytes) -> Structure:
    payload = _base32_crc16(secret)
    return _whether(payload is not None and len(payload) == 33 and payload[0] == 18 << 3, "invalid")


def _secp256k1(secret: bytes, after: bytes) -> Structure:
    """Every number from 1 up to the order of the curve is a key, so hardly anything is refused and nothing confirmed."""
    try:
        number = int(secret, 16)
    except ValueError:
        return "invalid"
    return "unchecked" if 0 < number < _SECP256K1_ORDER else "invalid"


def _mnemonic(secret: bytes, after: bytes) -> Structure:
    """Words of BIP 39 only. Other wallets use the same list with other checksums, so a wrong one refuses no phrase; what stands there
    as an array or in the order of the alphabet is a list of words before it is one.
    """
    from gates.detect import bip39

    words = re.findall(rb"[a-z]+", secret)
    if not bip39.is_listed(words[:12]) or words[:12] == sorted(words[:12]):
        return "invalid"
    if any(bip39.is_listed(words[:length]) and bip39.is_whole(words[:length]) for length in bip39.LENGTHS if length <= len(words)):
        return "valid"
    return "unchecked" if re.fullmatch(rb"[a-z ]+", secret) else "invalid"


# Private keys.

_END = lazy(rb"-----END ")
_ESCAPED = lazy(rb"\\{1,4}(?:[nrt]|u000[aAdD9])|&#(?:10|13|x[aAdD]);|<br ?/?>")
_JOINED = lazy(rb"[\"'`][ \t\r\n+.,;&\\|()]{0,80}[\"'`]")  # from the end of a string literal to the start of the next
_MARGIN = lazy(rb"^[ \t#*>|\"'`\\]*(?://[ \t])?[ \t]*", re.MULTILINE)  # a comment's or a string's start
_LONGEST_PREFIX = 100  # bytes; what a log writes before a line
_DIGITS = lazy(rb"[0-9]+")
_HEADER = lazy(rb"^[A-Za-z][A-Za-z-]{2,20}: .*$", re.MULTILINE)
_BASE64_TEXT = lazy(rb"[A-Za-z0-9+/]+={0,2}")
_GOOGLE = lazy(rb"client_email|gserviceaccount\.com|googleapis\.com|service_account")
_DEK = lazy(rb"Proc-Type: 4,ENCRYPTED|DEK-Info: (?:AES-[A-Z0-9-]{1,12},[0-9A-Fa-f]{32}|[A-Z0-9-]{1,16},[0-9A-Fa-f]{16})")
_SUMMED = lazy(rb"([A-Za-z0-9+/]+={0,2}?)(?:=([A-Za-z0-9+/]{4}))?")


def _lines(text: bytes) -> list[bytes]:
    """Without the marks of comments and strings that lines start and end with."""
    return [_without_end(line) for line in _MARGIN.sub(b"", _JOINED.sub(b"", text)).split(b"\n")]


def _without_end(line: bytes) -> bytes:
    """Not an expression: from each place in a long line of marks it would look for the end anew. A "+" joins strings only behind a
    quote or a space, else it is base64.
    """
    end = len(line.rstrip(b"\r,;\\"))
    joined = line.rstrip(b" \t\r,;+.&\\")
    if joined.endswith((b'"', b"'", b"`")):
        end = min(end, len(joined) - 1)
    marks = len(line.rstrip(b" \t\r+.&\\"))
    blanks = [at for at in (line.find(b" ", marks), line.find(b"\t", marks)) if at >= 0]
    return line[: min(end, *blanks) if blanks else end]


def _armoured(after: bytes) -> tuple[list[bytes], bool]:
    """The lines between a key's header and its end, out of whatever quoting surrounds them, and whether the end was seen."""
    start = after.find(b"-----", 5) + 5
    end = _END.search(after, start)
    text = _ESCAPED.sub(b"\n", after[start : end.start() if end else len(after)])
    return _lines(_without_prefix(text, end is not None)), end is not None


def _without_prefix(text: bytes, whole: bool) -> bytes:
    """Without what stands before the key's end and, digits aside, before each line: the sign of a patch, the time in a log."""
    rest, line_end, prefix = text.rpartition(b"\n") if whole else (text, b"\n", text.lstrip(b"\r\n")[:1])
    if not line_end or len(prefix) > _LONGEST_PREFIX or prefix[-1:].isalnum() or not _MARGIN.sub(b"", prefix):
        return text
    shape = b"[0-9]+".join(re.escape(part) for part in _DIGITS.split(prefix))
    return re.sub(rb"^" + shape, b"", rest, flags=re.MULTILINE)


def _key_bytes(after: bytes) -> tuple[bytes | None, bool]:
    """What a PEM body decodes to, None where it is no base64, and whether it is whole."""
    lines, whole = _armoured(after)
    text = b"".join(b"".join(line.split()) for line in lines if not _HEADER.match(line))
    if not whole:  # up to where the text stops being a body, or the bytes at hand end
        found = _BASE64_TEXT.match(text)
        return (_decoded(found[0][: len(found[0]) // 4 * 4]) if found else None), False
    return (_decoded(text) if _BASE64_TEXT.fullmatch(text) else None), True


class _NotDer(Exception):
    """The bytes are not the structure they should be."""


def _element(data: bytes, at: int) -> tuple[int, int, int]:
    """Tag, start and end of the DER element at `at`."""
    if at + 2 > len(data):
        raise _NotDer
    tag, length, at = data[at], data[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        if not 1 <= count <= 4 or at + count > len(data):
            raise _NotDer
        length, at = int.from_bytes(data[at : at + count], "big"), at + count
    return tag, at, at + length


def _members(data: bytes) -> list[tuple[int, bytes]]:
    """Tags and contents of a SEQUENCE that fills `data`."""
    tag, at, end = _element(data, 0)
    if tag != 0x30 or end != len(data):
        raise _NotDer
    members = []
    while at < end:
        tag, start, stop = _element(data, at)
        if stop > end:
            raise _NotDer
        members.append((tag, data[start:stop]))
        at = stop
    return members


_LAYOUTS = {  # the tags that a key of this label begins with: 2 INTEGER, 4 OCTET STRING, 0x30 SEQUENCE
    b"RSA PRIVATE KEY": [2] * 9,
    b"DSA PRIVATE KEY": [2] * 6,
    b"EC PRIVATE KEY": [2, 4],
    b"PRIVATE KEY": [2, 0x30, 4],
    b"ENCRYPTED PRIVATE KEY": [0x30, 4],
}


def _pem(secret: bytes, after: bytes) -> Structure:
    """RFC 8017, 5208, 5915: the body decodes to the SEQUENCE that its label promises."""
    label = secret[len(b"-----BEGIN ") :].partition(b"-----")[0]
    layout = _LAYOUTS.get(label)
    data, whole = _key_bytes(after)
    if layout is None or data is None:
        return "invalid"
    try:
        if not whole:
            tag, _, end = _element(data, 0)
            return "unchecked" if tag == 0x30 and end >= len(data) else "invalid"
        return _whether([tag for tag, _ in _members(data)][: len(layout)] == layout, "invalid")
    except _NotDer:
        return "invalid"


def _service_account(secret: bytes, after: bytes) -> Structure:
    """The key of a JSON file that names Google's servers; the members may come in any order, the key early in most."""
    return _pem(secret, after) if _GOOGLE.search(after, len(secret)) else "invalid"


def _legacy_protected(secret: bytes, after: bytes) -> Structure:
    """RFC 1421: all that shows of it is whole blocks of the cipher. Its headers may have lost their line ends."""
    data, whole = _key_bytes(_DEK.sub(b"", after))
    return "unchecked" if data and (not whole or len(data) % 8 == 0) else "invalid"


def _openssh_cipher(after: bytes) -> tuple[bytes | None, bool]:
    """The cipher that an OpenSSH key names, None where it is no such key, and whether all of it was seen (PROTOCOL.key)."""
    data, whole = _key_bytes(after)
    magic = b"openssh-key-v1\0"
    if data is None or not data.startswith(magic):
        return None, whole
    cipher, at = _ssh_string(data, len(magic))
    kdf, at = _ssh_string(data, at)
    options, at = _ssh_string(data, at)
    count, at = int.from_bytes(data[at : at + 4], "big"), at + 4
    public, at = _ssh_string(data, at)
    private, at = _ssh_string(data, at)
    if None in (kdf, options, public, private) or count != 1:
        return (None, True) if whole else (cipher, False)
    return cipher, True


def _openssh(secret: bytes, after: bytes) -> Structure:
    cipher, whole = _openssh_cipher(after)
    return _whether(whole, "unchecked") if cipher == b"none" else "invalid"


def _ssh_string(data: bytes, at: int) -> tuple[bytes | None, int]:
    end = at + 4 + int.from_bytes(data[at : at + 4], "big")
    return (data[at + 4 : end], end) if at + 4 <= end <= len(data) else (None, len(data))


class _PgpKey(NamedTuple):
    structure: Structure
    protected: bool | None  # None: an algorithm or a version that is not known here


def _pgp_key(after: bytes) -> _PgpKey:
    """RFC 4880 and 9580: a secret-key packet; the CRC24 is optional in the newer one and refuses only where it is there."""
    lines, whole = _armoured(after)
    text = b"".join(b"".join(line.split()) for line in lines if not _HEADER.match(line))
    if not whole:
        found = _BASE64_TEXT.match(text)
        data = _decoded(found[0][: len(found[0]) // 4 * 4]) if found else None
        return _PgpKey("unchecked", _pgp_protected(data) if data else None)
    found = _SUMMED.fullmatch(text)
    data = _decoded(found[1]) if found else None
    if not found or not data or not data[0] & 0x80:
        return _PgpKey("invalid", None)
    if (data[0] & 0x3F if data[0] & 0x40 else data[0] >> 2 & 0x0F) not in (5, 7):
        return _PgpKey("invalid", None)
    summed = _whether(_decoded(found[2]) == _crc24(data).to_bytes(3, "big"), "invalid") if found[2] else "unchecked"
    return _PgpKey(summed, _pgp_protected(data))


# By public-key algorithm: how many numbers the public part holds, or its fixed length in bytes where that is negative.
_PGP_PUBLIC = {1: 2, 2: 2, 3: 2, 16: 3, 17: 4, 25: -32, 26: -56, 27: -32, 28: -57}
_PGP_CURVES = (18, 19, 22)  # first the curve's id, one byte of length before it


def _pgp_protected(data: bytes) -> bool | None:
    """Whether a passphrase protects the first packet's key: the octet behind the public part says so."""
    at = 1
    if data[0] & 0x40:  # the length's own length
        first = data[1] if len(data) > 1 else 0
        at += 5 if first == 255 else 2 if first >= 192 else 1
    else:
        at += (1, 2, 4, 0)[data[0] & 3]
    if at + 10 > len(data):
        return None
    version, algorithm = data[at], data[at + 5]
    at += 6
    if version in (5, 6):
        at += 4 + int.from_bytes(data[at : at + 4], "big")
    elif version != 4:
        return None
    elif algorithm in _PGP_CURVES:
        at = _after_number(data, at + 1 + data[at])
        at += 1 + data[at] if algorithm == 18 and at < len(data) else 0  # how keys are derived
    elif algorithm in _PGP_PUBLIC:
        numbers = _PGP_PUBLIC[algorithm]
        at += max(0, -numbers)
        for _ in range(numbers):
            at = _after_number(data, at)
    else:
        return None
    return data[at] != 0 if at < len(data) else None


def _after_number(data: bytes, at: int) -> int:
    return at + 2 + (int.from_bytes(data[at : at + 2], "big") + 7) // 8


def _pgp(secret: bytes, after: bytes) -> Structure:
    key = _pgp_key(after)
    return "invalid" if key.protected else key.structure


def _crc24(data: bytes) -> int:
    crc = 0xB704CE
    for byte in data:
        crc ^= byte << 16
        for _ in range(8):
            crc = (crc << 1 ^ 0x1864CFB) if crc & 0x800000 else crc << 1
    return crc & 0xFFFFFF


def _putty(secret: bytes, after: bytes) -> Structure:
    """The private lines are there."""
    text = b"\n".join(_lines(_ESCAPED.sub(b"\n", after)))
    if re.search(rb"^[+-]?Private-Lines: [0-9]{1,4}\n+[A-Za-z0-9+/=-]{16}", text, re.MULTILINE):
        return "valid"
    return "unchecked" if len(after) >= 16 * 1024 else "invalid"


def _protected(secret: bytes, after: bytes) -> Structure:
    """Any private key that needs a passphrase besides: refused where it turns out to need none, as another family has it then."""
    if secret.startswith(b"PuTTY"):
        return _putty(secret, after)
    label = secret[len(b"-----BEGIN ") :].partition(b"-----")[0]
    if label == b"PGP PRIVATE KEY BLOCK":
        key = _pgp_key(after)
        return key.structure if key.protected else "invalid"
    if label == b"OPENSSH PRIVATE KEY":
        cipher, whole = _openssh_cipher(after)
        return "invalid" if cipher in (None, b"none") else _whether(whole, "unchecked")
    return _pem(secret, after) if label == b"ENCRYPTED PRIVATE KEY" else _legacy_protected(secret, after)


_KEY_BAG = lazy(rb"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01[\x01\x02]")


def _pkcs12(secret: bytes, after: bytes) -> Structure:
    """RFC 7292: a bag with a key can be seen from outside in most; without one it may hold certificates alone."""
    if secret.startswith(b"MI"):
        body = _BASE64_TEXT.match(b"".join(_ESCAPED.sub(b"\n", after).split()))
        data = _decoded(body[0][: len(body[0]) // 4 * 4]) if body else None
    else:
        data = after
    if not data:
        return "invalid"
    return _whether(_KEY_BAG.search(data) is not None, "unchecked")


def _jwk(secret: bytes, after: bytes) -> Structure:
    """The private number of a curve, or of an RSA key of a usual size."""
    decoded = _decoded(secret)
    return _whether(decoded is not None and len(decoded) in (32, 48, 57, 66, 128, 256, 384, 512), "unchecked")


# Passwords, and values known by the name in front of them.

# What databases come with, and what manuals and RFC 7617 print.
_DEFAULTS = frozenset(
    b"1234 12345 123456 admin guest mongo mysql opensesame passw0rd pass1234 password1 postgres rabbitmq redis root tiger toor user123"
    b" username".split()
)
_PUBLISHED_USER = b"s6BhdRkqt3"  # in the examples of RFC 6749
_PERCENT = lazy(rb"%([0-9A-Fa-f]{2})")
_NOWHERE = lazy(
    rb"(?i:[^/?#\s\"'<>]*@)?(?i:(?:localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[::1\]|::1|(?:your|my|some)?-?_?(?:db)?(?:host(?:name)?|server|domain|address|ip)"
    rb"|(?:[a-z0-9-]+\.)*example(?:\.(?:com|org|net|edu|invalid))?|(?:[a-z0-9-]+\.)+(?:example|invalid|test)|foo(?:\.com)?|bar(?:\.com)?))"
    rb"(?![A-Za-z0-9.-])"
)


def _unquoted(text: bytes) -> bytes:
    return _PERCENT.sub(lambda match: bytes([int(match[1], 16)]), text)


def _password(secret: bytes, after: bytes) -> Structure:
    plain = _unquoted(secret)
    stand_in = is_placeholder(plain) or plain.lower() in _DEFAULTS or not any(chr(byte).isalnum() for byte in plain)
    return "invalid" if stand_in or is_placeholder(secret) else "unchecked"


def _uri(secret: bytes, after: bytes) -> Structure:
    """A stand-in for a password, or one for a host that is this machine or reserved for documentation, opens nothing."""
    return "invalid" if _NOWHERE.match(after, len(secret) + 1) else _password(secret, after)


def _literal(secret: bytes, after: bytes) -> Structure:
    """A name that is called, indexed or looked into is code that fetches the value, and one that reads like words names it."""
    following = after[len(secret) : len(secret) + 2]
    fetched = following[:1] in (b"(", b"[") or (following[:1] == b"." and following[1:].isalpha()) or following in (b"::", b"->")
    return "invalid" if fetched or _reads_like_words(secret) else "unchecked"


def _assigned_password(secret: bytes, after: bytes) -> Structure:
    """Within quotes it is what it is; without them it may be code, or the name of where the password is kept."""
    quoted = after[len(secret) : len(secret) + 1] in (b'"', b"'", b"`")
    named = _reads_like_words(secret) and (not quoted or not secret.isalnum())
    return "invalid" if named or (not quoted and _literal(secret, after) == "invalid") else _password(secret, after)


# The hundred commonest pairs of letters in the words of English and of names in code, counted in Python's standard library.
_COMMON_PAIRS = frozenset(
    b"in er re te le at es st on en ti ar se de or co al et nt me ed ng li ro ta ra it ve ri tr an ec pa is nd ge ma io lo ne ac fi "
    b"ea ha pe il di si as na od ad ct la ce pr un rs ca ex th am ch ns to ss he rt ic el ll om op ck nc ul po no mp oc ut im em ou "
    b"ke ur mo rr ef su ot pl ts ni ap fo pt do ol da".split()
)
_PART = lazy(rb"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")  # takes camelCase apart


def _reads_like_words(text: bytes) -> bool:
    """Four in ten of its pairs of characters are common ones. Random letters and digits come near that once in a thousand times."""
    parts = [part.lower() for part in _PART.findall(text)]
    common = sum(part[at : at + 2] in _COMMON_PAIRS for part in parts for at in range(len(part) - 1))
    return common * 10 >= (len(text) - 1) * 4 > 0


_LONGER = lazy(rb"[+/][A-Za-z0-9+/]|=(?![0-9A-F]{2}|\r?\n)")


def _alone(secret: bytes, after: bytes) -> Structure:
    """A piece of longer base64 is no token, nor are bytes that hold zeros. In mail "=20" and "=" at the end of a line are no padding."""
    return "invalid" if _LONGER.match(after, len(secret)) or b"AAA" in secret[4:] else "unchecked"


CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "shape": _shape,
        "1password-json": _json_with("signInAddress", "userAuth"),
        "age": _bech32(b"age-secret-key-"),
        "alone": _alone,
        "artifactory-reference": _artifactory_reference,
        "assigned-password": _assigned_password,
        "aws-key-id": _aws_key_id,
        "aws-secret": _aws_secret,
        "base64-len": _base64_length,
        "basic": _basic,
        "bedrock": _bedrock,
        "crc32-b62": _crc32_base62,
        "crc32-hex": _crc32_hex,
        "crc32-hex-hint": _crc32_hex_hint,
        "discord": _discord,
        "gitlab-routable": _gitlab_routable,
        "grafana-json": _json_with("n", "k"),
        "jwk": _jwk,
        "jwt": _jwt,
        "literal": _literal,
        "macaroon": _macaroon,
        "mapbox-json": _json_with("u", "a", end=b"."),
        "mnemonic": _mnemonic,
        "nats": _nats,
        "nostr": _bech32(b"nsec"),
        "openssh": _openssh,
        "password": _password,
        "pem": _pem,
        "pgp": _pgp,
        "pkcs12": _pkcs12,
        "protected": _protected,
        "putty": _putty,
        "secp256k1": _secp256k1,
        "service-account": _service_account,
        "sentry-json": _json_with("iat", "url", "org", end=b"_", otherwise="invalid"),
        "stellar": _stellar,
        "uri": _uri,
        "vault": _vault,
        "wif": _wif,
        "xprv": _xprv,
    }
)
