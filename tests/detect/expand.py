"""Expands the templates of `Family.matches` and `Family.ignores` into samples, from a seed: no token is stored anywhere.

`{alnum:36}` is 36 random letters and digits; CHARSETS lists the sets. `{x:36}` is 36 times x. MAKERS are the forms with a checksum or a
structure of their own: `{github:ghp_}`, `{pem:rsa}`. Other braces stand for themselves.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import random
import re
from collections.abc import Callable
from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits

from gates.detect.bip39 import WORDS

CHARSETS = {
    "alnum": digits + ascii_letters,
    "lalnum": digits + ascii_lowercase,
    "ualnum": digits + ascii_uppercase,
    "alpha": ascii_letters,
    "lower": ascii_lowercase,
    "digits": digits,
    "hex": "0123456789abcdef",
    "HEX": "0123456789ABCDEF",
    "base32": ascii_uppercase + "234567",
    "b64": digits + ascii_letters + "+/",
    "b64url": digits + ascii_letters + "-_",
    "crypt": digits + ascii_letters + "./",
    "django": digits + ascii_lowercase + "!@#$%^&*(-_=+)",
    "x": "x",
}
_FIELD = re.compile(r"\{([A-Za-z0-9]+(?:-[a-z]+)?)(?::([A-Za-z0-9_-]+))?\}")
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def expand(template: str, seed: object = 0) -> bytes:
    chance = random.Random(f"{seed}:{template}")

    def field(match: re.Match[str]) -> str:
        name, argument = match[1], match[2] or ""
        if name in CHARSETS and argument.isdigit():
            return "".join(chance.choices(CHARSETS[name], k=int(argument)))
        if name in MAKERS:
            return MAKERS[name](chance, argument)
        assert not argument, f"{template}: nothing makes {name}"
        return match[0]

    return _FIELD.sub(field, template).encode()


def base62(value: int, width: int) -> str:
    text = ""
    for _ in range(width):
        value, digit = divmod(value, 62)
        text = (digits + ascii_uppercase + ascii_lowercase)[digit] + text
    return text


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _uuid(chance: random.Random, _: str) -> str:
    text = chance.randbytes(16).hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _github(chance: random.Random, prefix: str) -> str:
    body = "".join(chance.choices(CHARSETS["alnum"], k=30))
    return prefix + body + base62(binascii.crc32(body.encode()), 6)


def _atlassian(chance: random.Random, prefix: str) -> str:
    text = prefix + "".join(chance.choices(CHARSETS["b64url"], k=180)) + "="
    return text + f"{binascii.crc32(text.encode()):08X}"


def _jwt(chance: random.Random, algorithm: str, groups: int = 0) -> str:
    header = b64url(json.dumps({"alg": algorithm or "HS256", "typ": "JWT"}).encode())
    claims = {"sub": str(chance.getrandbits(40)), "role": "admin", "groups": [chance.randbytes(16).hex() for _ in range(groups)]}
    payload = b64url(json.dumps(claims).encode())
    return f"{header}.{payload}.{b64url(chance.randbytes(32))}"


def _macaroon(chance: random.Random, _: str) -> str:
    def section(*fields: tuple[int, bytes]) -> bytes:
        return b"".join(bytes((kind, len(data))) + data for kind, data in fields) + b"\0"

    host = base64.b64decode("cHlwaS5vcmc=")
    caveat = section((2, b'{"version": 1, "permissions": "user"}'))
    data = b"\x02" + section((1, host), (2, chance.randbytes(20).hex().encode())) + caveat + b"\0" + b"\x06\x20" + chance.randbytes(32)
    return "pypi-" + b64url(data)


def _bedrock(chance: random.Random, _: str) -> str:
    text = f"BedrockAPIKey-{chance.randbytes(2).hex()}-at-{chance.randrange(10**11, 10**12)}:".encode() + chance.randbytes(61)
    return "ABSK" + base64.b64encode(text).decode()


def _reftkn(chance: random.Random, _: str) -> str:
    text = "reftkn:01:" + "".join(chance.choices(digits, k=10)) + ":" + "".join(chance.choices(CHARSETS["alnum"], k=27))
    return base64.b64encode(text.encode()).decode()


def _discord(chance: random.Random, _: str) -> str:
    number = str(chance.randrange(10**17, 10**18)).encode()
    return f"{b64url(number)}.{b64url(chance.randbytes(4))}.{b64url(chance.randbytes(27))}"


def _basic(chance: random.Random, _: str) -> str:
    password = "".join(chance.choices(CHARSETS["alnum"], k=18))
    return base64.b64encode(f"deploy:{password}".encode()).decode()


# Keys: the structure is real, the numbers are random.


def der(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    if len(content) < 128:
        return bytes((tag, len(content))) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def pkcs12(chance: random.Random, *, with_key: bool = True) -> bytes:
    """RFC 7292, with an encrypted bag for certificates, as a browser or a key tool exports it."""
    data, encrypted = (der(6, bytes.fromhex("2a864886f70d01070" + last)) for last in "16")
    bag = der(0x30, der(6, bytes.fromhex("2a864886f70d010c0a0102")), der(0xA0, der(0x30, der(4, chance.randbytes(1200)))))
    keys = der(0x30, data, der(0xA0, der(4, der(0x30, bag)))) if with_key else b""
    certificates = der(0x30, encrypted, der(0xA0, der(0x30, der(2, b"\0"), der(0x30, data, der(0x80, chance.randbytes(900))))))
    return der(0x30, der(2, b"\3"), der(0x30, data, der(0xA0, der(4, der(0x30, certificates, keys)))))


def der_key(chance: random.Random, kind: str) -> bytes:
    def number(size: int) -> bytes:
        return der(2, bytes((chance.randrange(1, 128),)) + chance.randbytes(size - 1))

    zero, one = der(2, b"\0"), der(2, b"\1")
    if kind == "rsa":
        return der(0x30, zero, number(256), der(2, b"\1\0\1"), number(256), *(number(128) for _ in range(5)))
    if kind == "dsa":
        return der(0x30, zero, number(256), number(32), number(256), number(256), number(32))
    curve = bytes.fromhex("06082a8648ce3d030107")
    if kind == "ec":
        return der(0x30, one, der(4, chance.randbytes(32)), der(0xA0, curve), der(0xA1, der(3, b"\0\4" + chance.randbytes(64))))
    if kind == "pkcs8":
        rsa = bytes.fromhex("06092a864886f70d010101") + der(5)
        return der(0x30, zero, der(0x30, rsa), der(4, der_key(chance, "rsa")))
    if kind == "pkcs8-short":
        return der(0x30, zero, der(0x30, bytes.fromhex("06032b6570")), der(4, der(4, chance.randbytes(32))))
    if kind == "encrypted":
        pbes2 = bytes.fromhex("06092a864886f70d01050d")
        return der(0x30, der(0x30, pbes2, der(0x30, der(4, chance.randbytes(40)))), der(4, chance.randbytes(1232)))
    raise AssertionError(kind)


LABELS = {
    "rsa": "RSA PRIVATE KEY",
    "dsa": "DSA PRIVATE KEY",
    "ec": "EC PRIVATE KEY",
    "pkcs8": "PRIVATE KEY",
    "pkcs8-short": "PRIVATE KEY",
    "encrypted": "ENCRYPTED PRIVATE KEY",
}


def armour(label: str, data: bytes, *, width: int = 64, headers: str = "", end: str = "") -> str:
    text = base64.b64encode(data).decode()
    lines = [text[at : at + width] for at in range(0, len(text), width)]
    return f"-----BEGIN {label}-----\n{headers}" + "\n".join(lines) + f"\n{end}-----END {label}-----\n"


def _pem(chance: random.Random, kind: str) -> str:
    if kind == "rsa-encrypted":
        headers = f"Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,{chance.randbytes(16).hex().upper()}\n\n"
        return armour("RSA PRIVATE KEY", chance.randbytes(1200), headers=headers)
    return armour(LABELS[kind], der_key(chance, kind))


def _openssh(chance: random.Random, cipher: str) -> str:
    def string(data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + data

    public = string(b"ssh-ed25519") + string(chance.randbytes(32))
    data = b"openssh-key-v1\0" + string(cipher.encode()) + string(b"none") + string(b"") + (1).to_bytes(4, "big")
    return armour("OPENSSH PRIVATE KEY", data + string(public) + string(chance.randbytes(136)), width=70)


def crc24(data: bytes) -> int:
    """RFC 9580, 6.1.1."""
    crc = 0xB704CE
    for byte in data:
        crc ^= byte << 16
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1864CFB
    return crc & 0xFFFFFF


def _pgp(chance: random.Random, headers: str, usage: int = 0) -> str:
    """An RSA key; `usage` is the octet that says whether a passphrase protects what follows it."""

    def number(size: int) -> bytes:
        return (size * 8).to_bytes(2, "big") + bytes((chance.randrange(128, 256),)) + chance.randbytes(size - 1)

    body = b"\x04" + chance.randbytes(4) + b"\1" + number(256) + b"\0\x11\1\0\1" + bytes((usage,)) + chance.randbytes(660)
    packet = b"\x95" + len(body).to_bytes(2, "big") + body
    end = "=" + base64.b64encode(crc24(packet).to_bytes(3, "big")).decode() + "\n"
    return armour("PGP PRIVATE KEY BLOCK", packet, headers=headers + "\n", end=end)


def _putty(chance: random.Random, cipher: str) -> str:
    public = base64.b64encode(b"\0\0\0\x07ssh-rsa" + chance.randbytes(150)).decode()
    private = base64.b64encode(chance.randbytes(240)).decode()

    def lines(text: str) -> str:
        return "\n".join(text[at : at + 64] for at in range(0, len(text), 64))

    return (
        f"PuTTY-User-Key-File-2: ssh-rsa\nEncryption: {cipher}\nComment: deploy\nPublic-Lines: 4\n{lines(public)}\n"
        f"Private-Lines: 5\n{lines(private)}\nPrivate-MAC: {chance.randbytes(20).hex()}\n"
    )


def base58check(payload: bytes) -> str:
    data = payload + hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]
    value, text = int.from_bytes(data, "big"), ""
    while value:
        value, digit = divmod(value, 58)
        text = BASE58[digit] + text
    return text


def bech32(prefix: str, data: bytes) -> str:
    """BIP 173, with its checksum."""

    def polymod(values: list[int]) -> int:
        check = 1
        for value in values:
            top = check >> 25
            check = (check & 0x1FFFFFF) << 5 ^ value
            for bit, term in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
                if top >> bit & 1:
                    check ^= term
        return check

    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 5)
    values = [int(bits[at : at + 5], 2) for at in range(0, len(bits), 5)]
    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    check = polymod(expanded + values + [0] * 6) ^ 1
    values += [check >> 5 * (5 - at) & 31 for at in range(6)]
    return prefix + "1" + "".join(BECH32[value] for value in values)


def base32_crc16(payload: bytes) -> str:
    return base64.b32encode(payload + binascii.crc_hqx(payload, 0).to_bytes(2, "little")).decode().rstrip("=")


def _wif(chance: random.Random, first: str) -> str:
    return base58check(b"\x80" + chance.randbytes(32) + (b"\1" if first == "K" else b""))


def _mnemonic(chance: random.Random, length: str) -> str:
    bits = int(length) * 32 // 3
    entropy = chance.randbytes(bits // 8)
    check = bits // 32
    value = int.from_bytes(entropy, "big") << check | hashlib.sha256(entropy).digest()[0] >> 8 - check
    return " ".join(WORDS[value >> 11 * at & 2047].decode() for at in reversed(range(int(length))))


def _json_escaped(text: str) -> str:
    return json.dumps(text)[1:-1]


MAKERS: dict[str, Callable[[random.Random, str], str]] = {
    "uuid": _uuid,
    "github": _github,
    "atlassian": _atlassian,
    "jwt": _jwt,
    "macaroon": _macaroon,
    "bedrock": _bedrock,
    "reftkn": _reftkn,
    "discord": _discord,
    "basic": _basic,
    "pem": _pem,
    "pem-json": lambda chance, kind: _json_escaped(_pem(chance, kind)),
    "pem-indented": lambda chance, kind: "".join(f"    {line}\n" for line in _pem(chance, kind).splitlines()),
    "openssh": _openssh,
    "openssh-json": lambda chance, cipher: _json_escaped(_openssh(chance, cipher)),
    "pgp": lambda chance, _: _pgp(chance, ""),
    "pgp-version": lambda chance, _: _pgp(chance, "Version: GnuPG v2\nComment: build key\n"),
    "pgp-protected": lambda chance, _: _pgp(chance, "", 254),
    "putty": _putty,
    "jwt-long": lambda chance, _: _jwt(chance, "RS256", 80),
    "mnemonic": _mnemonic,
    "mnemonic-list": lambda chance, length: '", "'.join(_mnemonic(chance, length).split()),
    "pfx": lambda chance, _: base64.b64encode(pkcs12(chance)).decode(),
    "age": lambda chance, _: bech32("age-secret-key-", chance.randbytes(32)).upper(),
    "nsec": lambda chance, _: bech32("nsec", chance.randbytes(32)),
    "wif": _wif,
    "xprv": lambda chance, _: base58check(b"\x04\x88\xad\xe4" + chance.randbytes(74)),
    "nats": lambda chance, _: base32_crc16(bytes((18 << 3 | 20 << 3 >> 5, (20 << 3 & 31) << 3)) + chance.randbytes(32)),
    "stellar": lambda chance, _: base32_crc16(bytes((18 << 3,)) + chance.randbytes(32)),
}
