"""Tells a stand-in from a secret: masks, references to variables, example words, counting runs, values with no randomness in them."""

from __future__ import annotations

import re

from gates.core.patterns import lazy

# A value that refers to a secret kept elsewhere, or that a template engine fills in; always the whole value.
_REFERENCE = lazy(
    rb"<[^<>]*>|\$\{.*\}?|\$\(.*\)?|\$[A-Za-z_][A-Za-z0-9_]*|\{\{.*\}?\}?|\{[A-Za-z0-9_.:\-]*\}|%\([^)]*\)s?|%[A-Za-z_]+%?"
    rb"|#\{.*\}?|@@?[A-Za-z_]+@@?|__[A-Za-z_]+__|\[[^\[\]]*\]|(?:process\.env|os\.environ|secrets|env|vars?)[.\[(].*",
    re.DOTALL,
)
_MASK = lazy(rb"\*{3}|\.{3}|\xe2\x80\xa6|(?i:x{6})|#{4}|\?{3}")
_WORD = lazy(rb"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")  # also takes camelCase apart
_SEPARATORS = lazy(rb"[^A-Za-z0-9]+")

_VOCABULARY = frozenset(
    b"qwerty qwertz azerty asdf zxcv letmein welcome a abc abcd access account actual add admin alpha an and any api app apikey "
    b"auth bar baz beta bot change changed changeit "
    b"changeme clear client cloud code config cred credential credentials db default demo dev dont dummy edit empty enter "
    b"example examples fake fill foo foobar from generated give go goes guest hash hello here hidden host id in insert is it "
    b"invalid key keys local login long me mock my name new no none not null of omitted or org our own pass passphrase passwd "
    b"password paste phrase pin placeholder please prod production provide provided public put pw pwd qux random real redacted "
    b"remove removed replace replaced root sample secret secrets service set setme some something string super "
    b"supersecret system temp template test testing tests text that the there this to todo token tokens top unset use user "
    b"username utf value var variable very webhook with words world write must least most chars characters length long minimum "
    b"maximum xx xxx xxxx xxxxx you your yours yourself".split()
)

_WRAPS = frozenset((b"90", b"9a", b"za", b"z0", b"f0"))  # where a count goes on: 890, 89a, yza, ef0

# What providers print in their own documentation: a piece of the value, enough to know it by and too little to use.
_PUBLISHED_ENDS = (b"EXAMPLE", b"EXAMPLEKEY", b"EXAMPLETOKEN", b"POk6yJV_adQssw5c", b"W1gFWFOEjXk")  # AWS, jwt.io, RFC 7519
_EXAMPLE = b"EXAMPLE"  # AWS writes it into every sample; chance does not
_PUBLISHED_STARTS = (
    *(b"EXAMPLE", b"AQoEXAMPLE", b"wJalrXUtnFEMI"),  # AWS
    # the emulators of Azure Storage and Cosmos DB, Stripe twice, kubeadm
    *(b"Eby8vdM02xNOcqFl", b"C2y6yDjf5/R+ob0N", b"sk_test_4eC39HqLyjWD", b"sk_test_BQokikJO", b"abcdef.0123456789"),
    # RFC 7617 (Basic), RFC 6749 and 6750 (OAuth 2.0), RFC 7009, RFC 5849 (OAuth 1.0), its MAC draft, OpenID Connect Core
    *(
        b"QWxhZGRpbjpvcGVu",
        b"2YotnFZFEjr1",
        b"tGzv3JOkF0XG",
        b"gX1fBat3bV",
        b"czZCaGRSa3F0",
        b"mF_9.B5f-4.1",
        b"45ghiukldjah",
        b"ad180jjd733k",
    ),
    *(b"0685bd9184jf", b"kkk9d7dh3k39", b"dpf43f3p2l4k", b"nnch734d00sl", b"pfkkdhi9sl3r", b"kd94hf93k423", b"h480djs93hd8", b"SlAV32hkKG"),
    # the passwords of AWS's manual of IAM
    *(b"]35d/{pB9Fo9", b"3s0K_;xh4~8X", b"h]6EszR}vJ*m"),
)


def is_placeholder(secret: bytes) -> bool:
    """Whether the value is plainly no secret. Words count only where they make up the value: one inside random text never does."""
    return (
        not secret
        or _REFERENCE.fullmatch(secret) is not None
        or _MASK.search(secret) is not None
        or secret.endswith(_PUBLISHED_ENDS)
        or secret.startswith(_PUBLISHED_STARTS)
        or _EXAMPLE in secret
        or _is_wording(secret)
        or _is_regular(secret)
    )


def _is_wording(secret: bytes) -> bool:
    """At least half of the value, counted in bytes, is made of words that people put where a secret goes."""
    if len(secret) > 128:
        return False
    spoken = sum(len(word) for word in _WORD.findall(secret) if len(word) > 2 and _is_made_of_words(word.lower()))
    return spoken * 2 >= len(_SEPARATORS.sub(b"", secret)) > 0


def _is_made_of_words(word: bytes) -> bool:
    reached = {0}
    for end in range(2, len(word) + 1):
        if any(word[start:end] in _VOCABULARY for start in reached):
            reached.add(end)
    return len(word) in reached


def _is_regular(secret: bytes) -> bool:
    """Runs of one character, repeated units, counting alphabets, or far too few different characters.

    Judged on the last three quarters of the letters and digits as well, so that a provider's prefix does not hide the pattern.
    """
    letters = _SEPARATORS.sub(b"", secret)[:512]
    if len(letters) < 4:
        return False
    return any(_repeats(part) or _counts(part) or _is_poor(part) for part in (letters, letters[len(letters) // 4 :]))


def _repeats(part: bytes) -> bool:
    most = max(part.count(byte) for byte in set(part))
    if most * 2 > len(part) and len(part) >= 6:
        return True
    return len(part) >= 8 and any(part[period:] == part[:-period] for period in range(1, min(16, len(part) // 2) + 1))


def _counts(part: bytes) -> bool:
    """Half of the steps lead to the next (or the previous) character: abcdef, 987654, 0123456789abcdef, AbCdEf."""
    if len(part) < 6:
        return False
    lower = part.lower()
    pairs = [lower[at : at + 2] for at in range(len(lower) - 1)]
    steps = [pair[1] - pair[0] for pair in pairs]
    wraps = sum(pair in _WRAPS for pair in pairs)
    return max(steps.count(1) + wraps, steps.count(-1)) * 2 > len(steps)


def _is_poor(part: bytes) -> bool:
    """So few different characters that even 16 random hexadecimal digits would not show it once in a million."""
    different = len(set(part))
    return (len(part) >= 16 and different <= 4) or (len(part) >= 20 and different <= 5) or (len(part) >= 32 and different <= 6)
