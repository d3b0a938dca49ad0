"""Seeded stand-ins for credentials: what a provider's token looks like, what people make up, and what merely looks random.

A template holds fields: `{alnum:36}` is 36 letters and digits, `{password}` something a person would choose, `{github:ghp_}` a token with
its checksum. MAKERS lists them; a field that nothing makes is an error. No value is stored anywhere, and none was ever issued.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import string
from collections.abc import Callable
from random import Random
from urllib.parse import quote

from benchmarks.generate import DIGITS, WORDS, github_token

LETTERS, LOWER, UPPER, NUMBERS = string.ascii_letters, string.ascii_lowercase, string.ascii_uppercase, string.digits
SETS = {
    "alnum": NUMBERS + LETTERS,
    "lalnum": NUMBERS + LOWER,
    "ualnum": NUMBERS + UPPER,
    "alpha": LETTERS,
    "lower": LOWER,
    "upper": UPPER,
    "digits": NUMBERS,
    "hex": "0123456789abcdef",
    "HEX": "0123456789ABCDEF",
    "base32": UPPER + "234567",
    "b64": NUMBERS + LETTERS + "+/",
    "b64url": NUMBERS + LETTERS + "-_",
    "symbols": NUMBERS + LETTERS + "!@*_-+.",  # what most password generators add, without what files quote
    "wild": NUMBERS + LETTERS + "!@#%^*()_-+=.,?",
}
FIELD = re.compile(r"\{([A-Za-z0-9-]+)(?::([^{}]*))?\}")
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def expand(template: str, chance: Random) -> str:
    return FIELD.sub(lambda field: make(field[1], field[2] or "", chance), template)


def make(kind: str, argument: str, chance: Random) -> str:
    """One value; KeyError or ValueError where nothing makes it."""
    if kind in SETS:
        return random(SETS[kind], int(argument), chance)
    return MAKERS[kind](chance, argument)


def random(letters: str, length: int, chance: Random) -> str:
    """Digits and, where the set has them, both cases: a draw without them would be another kind of value.

    A generated password begins and ends with a letter or digit: a leading `*` or `!` has a meaning of its own in YAML.
    """
    while True:
        text = "".join(chance.choices(letters, k=length))
        if "!" in letters and not (text[0].isalnum() and text[-1].isalnum()):
            continue
        kinds = [kind for kind in (NUMBERS, LOWER, UPPER) if set(kind) & set(letters)]
        if length < 12 or all(set(kind) & set(text) for kind in kinds):
            return text


# What people make up.


def password(chance: Random, _: str) -> str:
    """Two words, a number and a mark, in the order that rules for passwords produce."""
    first, second = chance.sample(WORDS, 2)
    number = chance.randint(10, 9999)
    return chance.choice((
        f"{first.title()}{second.title()}{number}{chance.choice('!@*')}",
        f"{first.title()}{chance.choice('-_.')}{second.title()}{chance.choice('-_.')}{number}",
        f"{first.title()}{chance.choice('!@')}{second}{number}",
        f"{second}{number}{chance.choice('!@*')}{first.title()}",
    ))  # fmt: skip


def leet(chance: Random, _: str) -> str:
    word = chance.choice([word for word in WORDS if len(word) > 5 and set("aeiost") & set(word)])
    return word.title().translate(str.maketrans("aeios", "@3105")) + chance.choice("!@*") + str(chance.randint(10, 999))


def phrase(chance: Random, _: str) -> str:
    return "-".join([*chance.sample(WORDS, 4), str(chance.randint(10, 99))])


def word(chance: Random, _: str) -> str:
    return chance.choice(WORDS)


# What programs make.


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def uuid(chance: Random, _: str) -> str:
    text = f"{chance.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{chance.choice('89ab')}{text[17:20]}-{text[20:]}"


def base62(value: int, width: int) -> str:
    text = ""
    for _ in range(width):
        value, digit = divmod(value, 62)
        text = DIGITS[digit] + text
    return text


def atlassian(chance: Random, prefix: str) -> str:
    text = prefix + random(SETS["b64url"], 180, chance) + "="
    return text + f"{binascii.crc32(text.encode()):08X}"


def aws_id(chance: Random, prefix: str) -> str:
    """The middle of an access key id holds the number of the account, 12 digits."""
    while True:
        text = random(SETS["base32"], 16, chance)
        if (int.from_bytes(base64.b32decode(text)[:6]) & 0x7FFFFFFFFF80) >> 7 < 10**12:
            return prefix + text


def jwt(chance: Random, algorithm: str) -> str:
    algorithm = algorithm or "HS256"
    claims = {"sub": str(chance.getrandbits(40)), "name": chance.choice(WORDS), "scope": "orders:write", "exp": 2_208_988_800}
    head = b64url(json.dumps({"alg": algorithm, "typ": "JWT"}, separators=(",", ":")).encode())
    body = b64url(json.dumps(claims, separators=(",", ":")).encode())
    return f"{head}.{body}.{b64url(chance.randbytes(256 if algorithm == 'RS256' else 32))}"


def macaroon(chance: Random, host: str) -> str:
    def section(*fields: tuple[int, bytes]) -> bytes:
        return b"".join(bytes((kind, len(data))) + data for kind, data in fields) + b"\0"

    caveat = section((2, b'{"version": 1, "permissions": "user"}'))
    site = host.encode() + base64.b64decode("cHlwaS5vcmc=")
    head = b"\x02" + section((1, site), (2, uuid(chance, "").encode()))
    return "pypi-" + b64url(head + caveat + b"\0" + b"\x06\x20" + chance.randbytes(32))


def bedrock(chance: Random, form: str) -> str:
    if form == "long":
        text = f"BedrockAPIKey-{chance.randbytes(2).hex()}-at-{chance.randrange(10**11, 10**12)}:".encode()
        return "ABSK" + b64(text + chance.randbytes(61))
    query = f"Action=CallWithBearerToken&X-Amz-Credential={aws_id(chance, 'ASIA')}%2F20261101&X-Amz-Signature={chance.randbytes(32).hex()}"
    return "bedrock-api-key-" + b64(f"bedrock.amazonaws.com/?{query}&Version=1".encode())


def encoded_json(chance: Random, form: str) -> str:
    """Tokens that are JSON inside: the provider's fields, with random values."""
    key = random(SETS["alnum"], 28, chance)
    if form == "grafana-cloud":
        return b64(json.dumps({"o": str(chance.randrange(10**5, 10**6)), "n": "ci-writer", "k": key, "m": {"r": "eu"}}).encode())
    if form == "grafana-key":
        return b64(json.dumps({"k": key + key[:4], "n": "ci-writer", "id": 1}, separators=(",", ":")).encode())
    if form == "sentry":
        claims = {
            "iat": 1700000000.0 + chance.randrange(10**7),
            "url": "https://sentry.io",
            "region_url": "https://us.sentry.io",
            "org": "acme",
        }
        return b64(json.dumps(claims, separators=(",", ":")).encode())
    if form == "mapbox":
        return b64url(json.dumps({"u": "acme", "a": "c" + random(SETS["lalnum"], 24, chance)}, separators=(",", ":")).encode())
    account = {
        "signInAddress": "acme.1password.com",
        "userAuth": {"method": "SRPg-4096", "alg": "PBES2g-HS256", "salt": b64url(chance.randbytes(16))},
        "email": f"{random(SETS['lalnum'], 13, chance)}@1passwordserviceaccounts.com", "srpX": chance.randbytes(32).hex(),
        "muk": {"alg": "A256GCM", "k": b64url(chance.randbytes(32)), "kty": "oct"}, "secretKey": secret_key(chance, ""),
        "deviceUuid": random(SETS["lalnum"], 26, chance),
    }  # fmt: skip
    return b64url(json.dumps(account, separators=(",", ":")).encode())


def secret_key(chance: Random, _: str) -> str:
    return "-".join(["A3", *(random(SETS["ualnum"], length, chance) for length in (6, 6, 5, 5, 5, 5))])


def discord(chance: Random, _: str) -> str:
    number = str(chance.randrange(10**17, 10**18)).encode()
    return f"{b64url(number)}.{b64url(chance.randbytes(4))}.{b64url(chance.randbytes(28))}"


def reference_token(chance: Random, _: str) -> str:
    return b64(f"reftkn:01:{random(NUMBERS, 10, chance)}:{random(SETS['alnum'], 27, chance)}".encode())


# Keys: the structure is real, the numbers are random.


def der(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    if len(content) < 128:
        return bytes((tag, len(content))) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(length))) + length + content


def der_key(chance: Random, kind: str) -> bytes:
    def number(size: int) -> bytes:
        return der(2, b"\0" + bytes((chance.randrange(128, 256),)) + chance.randbytes(size - 2) + bytes((chance.randrange(1, 256, 2),)))

    zero, one = der(2, b"\0"), der(2, b"\1")
    if kind == "rsa":
        return der(0x30, zero, number(256), der(2, b"\1\0\1"), number(256), *(number(128) for _ in range(5)))
    if kind == "dsa":
        return der(0x30, zero, number(256), number(32), number(256), number(256), number(32))
    if kind == "ec":
        curve = bytes.fromhex("06082a8648ce3d030107")
        return der(0x30, one, der(4, chance.randbytes(32)), der(0xA0, curve), der(0xA1, der(3, b"\0\4" + chance.randbytes(64))))
    if kind == "pkcs8":
        algorithm = der(0x30, bytes.fromhex("06092a864886f70d010101") + der(5))
        return der(0x30, zero, algorithm, der(4, der_key(chance, "rsa")))
    if kind == "ed25519":
        return der(0x30, zero, der(0x30, bytes.fromhex("06032b6570")), der(4, der(4, chance.randbytes(32))))
    if kind == "encrypted":
        function = der(0x30, bytes.fromhex("06092a864886f70d01050c"), der(0x30, der(4, chance.randbytes(8)), der(2, b"\x08\0")))
        cipher = der(0x30, bytes.fromhex("060960864801650304012a"), der(4, chance.randbytes(16)))
        scheme = der(0x30, bytes.fromhex("06092a864886f70d01050d"), der(0x30, function, cipher))
        return der(0x30, scheme, der(4, chance.randbytes(1232)))
    if kind == "public":
        algorithm = der(0x30, bytes.fromhex("06092a864886f70d010101") + der(5))
        return der(0x30, algorithm, der(3, b"\0" + der(0x30, number(256), der(2, b"\1\0\1"))))
    if kind == "certificate":
        return der(
            0x30, der(0x30, der(2, chance.randbytes(8)), der_key(chance, "public"), chance.randbytes(300)), der(3, chance.randbytes(257))
        )
    raise ValueError(kind)


LABELS = {
    "rsa": "RSA PRIVATE KEY", "dsa": "DSA PRIVATE KEY", "ec": "EC PRIVATE KEY", "pkcs8": "PRIVATE KEY", "ed25519": "PRIVATE KEY",
    "encrypted": "ENCRYPTED PRIVATE KEY", "public": "PUBLIC KEY", "certificate": "CERTIFICATE",
}  # fmt: skip


def folded(text: str, width: int) -> str:
    return "\n".join(text[at : at + width] for at in range(0, len(text), width))


def armour(label: str, data: bytes, *, width: int = 64, head: str = "", tail: str = "") -> str:
    return f"-----BEGIN {label}-----\n{head}{folded(b64(data), width)}\n{tail}-----END {label}-----"


def pem(chance: Random, kind: str) -> str:
    if kind == "rsa-encrypted":
        head = f"Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,{chance.randbytes(16).hex().upper()}\n\n"
        return armour("RSA PRIVATE KEY", chance.randbytes(1200), head=head)
    return armour(LABELS[kind], der_key(chance, kind))


def openssh(chance: Random, _: str) -> str:
    def field(data: bytes) -> bytes:
        return len(data).to_bytes(4) + data

    seed, public, check = chance.randbytes(32), chance.randbytes(32), chance.randbytes(4)
    pair = field(b"ssh-ed25519") + field(public)
    private = check + check + pair + field(seed + public) + field(b"deploy@acme")
    private += bytes(range(1, 1 + -len(private) % 8))
    data = b"openssh-key-v1\0" + field(b"none") + field(b"none") + field(b"") + (1).to_bytes(4) + field(pair) + field(private)
    return armour("OPENSSH PRIVATE KEY", data, width=70)


def ssh_public(chance: Random, _: str) -> str:
    return "ssh-ed25519 " + b64(b"\0\0\0\x0bssh-ed25519\0\0\0 " + chance.randbytes(32))


def crc24(data: bytes) -> int:
    """RFC 9580, 6.1.1."""
    crc = 0xB704CE
    for byte in data:
        crc ^= byte << 16
        for _ in range(8):
            crc = crc << 1 ^ (0x1864CFB if crc & 0x800000 else 0)
        crc &= 0xFFFFFF
    return crc


def pgp(chance: Random, kind: str) -> str:
    body = b"\x04" + chance.randbytes(900)
    packet = (b"\x99" if kind == "public" else b"\x95") + len(body).to_bytes(2) + body
    label = "PGP PUBLIC KEY BLOCK" if kind == "public" else "PGP PRIVATE KEY BLOCK"
    return armour(label, packet, head="\n", tail=f"={b64(crc24(packet).to_bytes(3))}\n")


def putty(chance: Random, _: str) -> str:
    public, private = (folded(b64(data), 64) for data in (b"\0\0\0\x07ssh-rsa" + chance.randbytes(280), chance.randbytes(600)))
    return (
        f"PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nComment: deploy\nPublic-Lines: {public.count(chr(10)) + 1}\n{public}\n"
        f"Private-Lines: {private.count(chr(10)) + 1}\n{private}\nPrivate-MAC: {chance.randbytes(20).hex()}"
    )


def base58check(payload: bytes) -> str:
    value, text = int.from_bytes(payload + hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]), ""
    while value:
        value, digit = divmod(value, 58)
        text = BASE58[digit] + text
    return text


def bech32(prefix: str, data: bytes) -> str:
    """BIP 173, with its checksum."""

    def checksum(values: list[int]) -> int:
        check = 1
        for value in values:
            top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ value
            for bit, term in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
                check ^= term if top >> bit & 1 else 0
        return check ^ 1

    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 5)
    values = [int(bits[at : at + 5], 2) for at in range(0, len(bits), 5)]
    check = checksum([ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix] + values + [0] * 6)
    return f"{prefix}1" + "".join(BECH32[value] for value in values + [check >> 5 * (5 - at) & 31 for at in range(6)])


def crc16_base32(payload: bytes) -> str:
    return base64.b32encode(payload + binascii.crc_hqx(payload, 0).to_bytes(2, "little")).decode().rstrip("=")


# Words of the BIP 39 list with their numbers; enough of them to draw a phrase whose checksum holds.
SEED_WORDS = {
    "abstract": 7, "afraid": 36, "amused": 65, "armed": 94, "author": 123, "basic": 152, "birth": 181, "bottom": 210, "bulb": 239,
    "canoe": 268, "cement": 297, "churn": 326, "cluster": 355, "copy": 384, "crisp": 413, "dance": 442, "depend": 471, "direct": 500,
    "drama": 529, "easy": 558, "enact": 587, "escape": 616, "expose": 645, "february": 674, "fitness": 703, "fortune": 732, "game": 761,
    "glare": 790, "grid": 819, "head": 848, "horror": 877, "image": 906, "insane": 935, "joy": 964, "label": 993, "lemon": 1022,
    "lock": 1051, "mandate": 1080, "melt": 1109, "mixture": 1138, "music": 1167, "night": 1196, "odor": 1225, "orphan": 1254,
    "parrot": 1283, "piano": 1312, "police": 1341, "prize": 1370, "puzzle": 1399, "raw": 1428, "renew": 1457, "right": 1486, "runway":
    1515, "scissors": 1544, "seven": 1573, "sign": 1602, "slogan": 1631, "sort": 1660, "spring": 1689, "strategy": 1718, "surprise":
    1747, "task": 1776, "ticket": 1805, "torch": 1834, "trophy": 1863, "uncle": 1892, "usual": 1921, "video": 1950, "wash": 1979,
    "wild": 2008, "wrong": 2037,
}  # fmt: skip


def mnemonic(chance: Random, _: str) -> str:
    """12 words: 128 bits and the first 4 bits of their SHA-256."""
    while True:
        words = chance.choices(list(SEED_WORDS), k=12)
        bits = "".join(f"{SEED_WORDS[word]:011b}" for word in words)
        if hashlib.sha256(int(bits[:128], 2).to_bytes(16)).digest()[0] >> 4 == int(bits[128:], 2):
            return " ".join(words)


# Hashes of passwords.


def shadow(chance: Random, kind: str) -> str:
    """A field of /etc/shadow or .htpasswd; the digits are random, no password has this hash."""
    letters = "./" + SETS["alnum"]
    if kind == "apr1":
        return f"$apr1${random(letters, 8, chance)}${random(letters, 22, chance)}"
    if kind == "bcrypt":
        return f"$2y$10${random(letters, 53, chance)}"
    if kind == "yescrypt":
        return f"$y$j9T${random(letters, 22, chance)}${random(letters, 43, chance)}"
    return f"$6${random(letters, 16, chance)}${random(letters, 86, chance)}"


def signed(chance: Random, _: str) -> str:
    """A session cookie as Flask signs it."""
    payload = b64url(json.dumps({"user_id": chance.randrange(10**4), "role": "admin"}).encode())
    mac = hmac.new(chance.randbytes(16), payload.encode(), hashlib.sha1).digest()
    return f"{payload}.{b64url(chance.randbytes(4))}.{b64url(mac)}"


def published(chance: Random, name: str) -> str:
    """What providers print in their own documentation, put together here so that no file of ours holds it."""
    return {
        "aws-id": "AKIA" + "IOSFODNN7" + "EXAMPLE",
        "aws-secret": "wJalrXUtnFEMI" + "/K7MDENG/" + "bPxRfiCY" + "EXAMPLEKEY",
        "jwt-io": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9" + ".eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ."
        + "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
        "azurite": "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/" + "K1SZFPTOtr/KBHBeksoGMGw==",
        "stripe-test": "sk_test_" + "4eC39HqLyjWDarjtT1zdp7dc",
        "basic-rfc": "QWxhZGRpbjpv" + "cGVuIHNlc2FtZQ==",
    }[name]  # fmt: skip


MAKERS: dict[str, Callable[[Random, str], str]] = {
    "password": password,
    "leet": leet,
    "phrase": phrase,
    "word": word,
    "uuid": uuid,
    "UUID": lambda chance, _: uuid(chance, "").upper(),
    "key": lambda chance, size: b64(chance.randbytes(int(size))),
    "signature": lambda chance, _: quote(b64(chance.randbytes(32)), safe=""),
    "keyurl": lambda chance, size: b64url(chance.randbytes(int(size))),
    "github": lambda chance, prefix: github_token(chance).replace("ghp_", prefix),
    "atlassian": atlassian,
    "awsid": aws_id,
    "jwt": jwt,
    "macaroon": macaroon,
    "bedrock": bedrock,
    "json": encoded_json,
    "secret-key": secret_key,
    "discord": discord,
    "reftkn": reference_token,
    "pem": pem,
    "pem-body": lambda chance, kind: b64(der_key(chance, kind)),
    "openssh": openssh,
    "ssh-public": ssh_public,
    "pgp": pgp,
    "putty": putty,
    "age": lambda chance, _: bech32("age-secret-key-", chance.randbytes(32)).upper(),
    "age-public": lambda chance, _: bech32("age", chance.randbytes(32)),
    "nsec": lambda chance, _: bech32("nsec", chance.randbytes(32)),
    "wif": lambda chance, _: base58check(b"\x80" + chance.randbytes(32) + b"\1"),
    "xprv": lambda chance, _: base58check(b"\x04\x88\xad\xe4" + b"\3" + chance.randbytes(40) + b"\0" + chance.randbytes(32)),
    "nats": lambda chance, _: crc16_base32(bytes((18 << 3 | 20 << 3 >> 5, (20 << 3 & 31) << 3)) + chance.randbytes(32)),
    "stellar": lambda chance, _: crc16_base32(bytes((18 << 3,)) + chance.randbytes(32)),
    "mnemonic": mnemonic,
    "shadow": shadow,
    "signed": signed,
    "published": published,
}

# How a value is written where it stands.
WRITERS: dict[str, Callable[[str], str]] = {
    "base64": lambda text: b64(text.encode()),
    "base64url": lambda text: b64url(text.encode()),
    "base64-twice": lambda text: b64(b64(text.encode()).encode()),
    "base64-utf16": lambda text: b64(text.encode("utf-16-le")),
    "base64-folded": lambda text: folded(b64(text.encode()), 76),
    "hex": lambda text: text.encode().hex(),
    "url": lambda text: quote(text, safe=""),
    "json": lambda text: json.dumps(text)[1:-1],
    "json-html": lambda text: "".join(f"\\u{ord(letter):04x}" if letter in "&=<>+'" else letter for letter in json.dumps(text)[1:-1]),
    "unicode": lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text),
    "xml": lambda text: text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;"),
    "indent2": lambda text: text.replace("\n", "\n  "),
    "indent4": lambda text: text.replace("\n", "\n    "),
    "indent6": lambda text: text.replace("\n", "\n      "),
    "indent8": lambda text: text.replace("\n", "\n        "),
    "newlines": lambda text: text.replace("\n", "\\n"),
    "oneline": lambda text: text.replace("\n", ""),
}
