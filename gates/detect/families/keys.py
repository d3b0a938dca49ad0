"""Private keys in their many wrappings, signed tokens, and the seeds of key pairs."""

from __future__ import annotations

from gates.core.finding import Severity
from gates.detect.families.context import near
from gates.detect.family import Family

# Between the lines of a key: line ends as they are or escaped, indentation, and the quotes and operators of joined strings.
_BREAK = r"[ \t\r\n\"'`+,;.|>*#/\\nrt]{0,60}"
_ENCRYPTED = "Proc-Type: 4,ENCRYPTED" + _BREAK + "DEK-Info: [A-Z0-9-]{5,20},[A-Fa-f0-9]{16,32}" + _BREAK + "[A-Za-z0-9+/]"
_BODY = r"[A-Za-z0-9+/= \t\r\n\"'`,;.|>*#\\-]"
_REST_OF_LINE = "[A-Za-z0-9+/=]{0,1000}[A-Za-z0-9+/=]{0,1000}[A-Za-z0-9+/=]{0,1000}[A-Za-z0-9+/=]{0,600}"
_DER = "M[A-I][A-Za-z0-9+/]{14}"  # a SEQUENCE and its length, which every DER key begins with


def _pem(label: str, start: str, length: int) -> str:
    """A PEM key from its header through the line that holds the `length`-th byte behind `start`: enough to tell two keys apart.

    The check reads on to the end.
    """
    return f"(-----BEGIN {label}-----{_BREAK}(?:{start}){_BODY}{{{length}}}{_REST_OF_LINE})"


_PEM_URL = "https://csrc.nist.gov/pubs/sp/800/57/pt2/r1/final"
_PEM_REMEDY = "make a new key pair, replace the public key or certificate wherever it is trusted, and revoke the old certificate"
_SSH_REMEDY = "make a new key pair and remove the old public key from every authorized_keys file and account"
_WALLET_REMEDY = "move everything that the key controls to a new key: a key cannot be revoked"

FAMILIES = (
    Family(
        id="private-key-rsa",
        provider="PEM",
        title="an RSA private key",
        severity=Severity.CRITICAL,
        pattern=_pem("RSA PRIVATE KEY", f"{_ENCRYPTED}|{_DER}", 84),
        prefix="-----BEGIN RSA PRIVATE KEY-----",
        remedy=_PEM_REMEDY,
        url=_PEM_URL,
        matches=("{pem:rsa}", 'key = "{pem-json:rsa}"', "{pem:rsa-encrypted}", "  tls.key: |\n{pem-indented:rsa}"),
        ignores=(
            "-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----",
            'if "-----BEGIN RSA PRIVATE KEY-----" in text:',
            "-----BEGIN RSA PUBLIC KEY-----\n{b64:64}\n{b64:64}\n{b64:64}\n-----END RSA PUBLIC KEY-----",
        ),
        check="pem",
    ),
    Family(
        id="private-key-pkcs8",
        provider="PEM",
        title="a private key",
        severity=Severity.CRITICAL,
        pattern=_pem("PRIVATE KEY", _DER, 44),
        prefix="-----BEGIN PRIVATE KEY-----",
        remedy=_PEM_REMEDY,
        url=_PEM_URL,
        matches=("{pem:pkcs8}", '"private_key": "{pem-json:pkcs8}"', "{pem:pkcs8-short}"),
        ignores=(
            "-----BEGIN PRIVATE KEY-----\nMII...\n-----END PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\n<your key>\n-----END PRIVATE KEY-----",
        ),
        check="pem",
    ),
    Family(
        id="private-key-encrypted",
        provider="PEM",
        title="a private key protected by a passphrase",
        severity=Severity.MEDIUM,
        pattern=_pem("ENCRYPTED PRIVATE KEY", _DER, 100),
        prefix="-----BEGIN ENCRYPTED PRIVATE KEY-----",
        remedy=_PEM_REMEDY,
        url=_PEM_URL,
        matches=("{pem:encrypted}",),
        ignores=(
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\n...\n-----END ENCRYPTED PRIVATE KEY-----",
            'BEGIN = "-----BEGIN ENCRYPTED PRIVATE KEY-----"',
        ),
        check="pem",
    ),
    Family(
        id="private-key-ec",
        provider="PEM",
        title="an elliptic-curve private key",
        severity=Severity.CRITICAL,
        pattern=_pem("EC PRIVATE KEY", f"{_ENCRYPTED}|{_DER}", 44),
        prefix="-----BEGIN EC PRIVATE KEY-----",
        remedy=_PEM_REMEDY,
        url=_PEM_URL,
        matches=("{pem:ec}", 'key: "{pem-json:ec}"'),
        ignores=(
            "-----BEGIN EC PRIVATE KEY-----\n...\n-----END EC PRIVATE KEY-----",
            "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----",
        ),
        check="pem",
    ),
    Family(
        id="private-key-dsa",
        provider="PEM",
        title="a DSA private key",
        severity=Severity.CRITICAL,
        pattern=_pem("DSA PRIVATE KEY", f"{_ENCRYPTED}|{_DER}", 84),
        prefix="-----BEGIN DSA PRIVATE KEY-----",
        remedy=_PEM_REMEDY,
        url=_PEM_URL,
        matches=("{pem:dsa}",),
        ignores=("-----BEGIN DSA PRIVATE KEY-----\n...\n-----END DSA PRIVATE KEY-----", "-----BEGIN DSA PARAMETERS-----\nMIIB"),
        check="pem",
    ),
    Family(
        id="private-key-openssh",
        provider="OpenSSH",
        title="an OpenSSH private key",
        severity=Severity.CRITICAL,
        # the first 88 characters of all keys of one type are the same
        pattern=_pem("OPENSSH PRIVATE KEY", "b3BlbnNzaC1r", 160),
        prefix="-----BEGIN OPENSSH PRIVATE KEY-----",
        remedy=_SSH_REMEDY,
        url="https://man.openbsd.org/ssh-keygen.1#KEY_REVOCATION_LISTS",
        matches=("{openssh:none}", 'key = "{openssh-json:none}"'),
        ignores=(
            "-----BEGIN OPENSSH PRIVATE KEY-----\n...\n-----END OPENSSH PRIVATE KEY-----",
            "-----BEGIN OPENSSH PRIVATE KEY-----\nA{b64:69}\n{b64:70}\n{b64:70}\n",
        ),
        check="openssh",
    ),
    Family(
        id="private-key-pgp",
        provider="PGP",
        title="a PGP private key",
        severity=Severity.CRITICAL,
        pattern=(
            "(-----BEGIN PGP PRIVATE KEY BLOCK-----"
            + _BREAK
            + r"(?:(?:Version|Comment|Hash|Charset|MessageID): [ !#-\[\]-~]{0,80}"
            + _BREAK
            + "){0,2}[lx][A-Za-z0-9+/]{15}"  # the tag of a secret key packet
            + _BODY
            + "{60}"
            + _REST_OF_LINE
            + ")"
        ),
        prefix="-----BEGIN PGP PRIVATE KEY BLOCK-----",
        remedy="publish the key's revocation certificate and make a new key",
        url="https://www.gnupg.org/gph/en/manual/c14.html#REVOCATION",
        matches=("{pgp:secret}", "{pgp-version:secret}"),
        ignores=(
            "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n...\n-----END PGP PRIVATE KEY BLOCK-----",
            'MARKER = "-----BEGIN PGP PRIVATE KEY BLOCK-----"',
        ),
        check="pgp",
    ),
    Family(
        id="private-key-putty",
        provider="PuTTY",
        title="a PuTTY private key",
        severity=Severity.CRITICAL,
        pattern=(
            "(PuTTY-User-Key-File-[23]: [a-z0-9-]{3,40}"
            + _BREAK
            + "Encryption: [a-z0-9-]{3,20}"
            + _BREAK
            + r"Comment: [ !#-\[\]-~]{0,80}"
            + _BREAK
            + "Public-Lines: [0-9]{1,3}"
            + _BREAK
            + "[A-Za-z0-9+/]{40,1000}={0,2})"
        ),
        prefix="PuTTY-User-Key-File-",
        remedy=_SSH_REMEDY,
        url="https://the.earth.li/~sgtatham/putty/latest/htmldoc/AppendixC.html",
        matches=("{putty:none}",),
        ignores=("PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nComment: x\n", 'line.startswith("PuTTY-User-Key-File-")'),
        check="putty",
    ),
    Family(
        id="jwk-private",
        provider="JOSE",
        title="the private part of a JSON Web Key",
        severity=Severity.CRITICAL,
        # what makes it a JWK is the member before it, whatever the order of the rest
        pattern=(
            r'"(?:kty|crv|alg|use|kid|e|n|x|y|ext)"[ \t]{0,4}:[ \t]{0,4}(?:"[A-Za-z0-9+/=_.:-]{1,1000}"|true|false)[ \t]{0,4},'
            r'[ \t\r\n]{0,40}"[dk]"[ \t]{0,4}:[ \t]{0,4}"([A-Za-z0-9_-]{22,1000})"'
        ),
        prefix="",
        remedy="replace the key in the key set that serves it and drop the old key id",
        url="https://www.rfc-editor.org/rfc/rfc7517",
        matches=(
            '{"kty": "OKP", "crv": "Ed25519", "x": "{b64url:43}", "d": "{b64url:42}A"}',
            '{"kty":"oct","alg":"HS256","k":"{b64url:42}A"}',
        ),
        ignores=('{"kty": "OKP", "crv": "Ed25519", "x": "{b64url:43}"}', '{"id": "path", "d": "M0 0h24v24H0z"}'),
        check="jwk",
    ),
    Family(
        id="jwt",
        provider="JOSE",
        title="a JSON Web Token",
        severity=Severity.MEDIUM,
        pattern=r"(eyJ[A-Za-z0-9_-]{10,500}\.eyJ[A-Za-z0-9_-]{4,1000}[A-Za-z0-9_-]{0,900}\.[A-Za-z0-9_-]{22,700})",
        prefix="eyJ",
        remedy="end the session or revoke the token at its issuer; where it cannot be revoked, rotate the signing key",
        url="https://www.rfc-editor.org/rfc/rfc8725",
        matches=(
            "{jwt}",
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM4NDkyIiwicm9sZSI6ImFkbWluIn0.{alnum:43}",
        ),
        ignores=("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.", "eyJhbGciOiJIUzI1NiJ9.A{alnum:40}.{alnum:43}"),
        check="jwt",
    ),
    Family(
        id="age-secret",
        provider="age",
        title="an age identity",
        severity=Severity.CRITICAL,
        pattern="(AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58})",
        prefix="AGE-SECRET-KEY-1",
        remedy="make a new identity and encrypt every file again: what was encrypted to the old one stays readable to whoever holds it",
        url="https://github.com/C2SP/C2SP/blob/main/age.md",
        matches=("{age}",),
        ignores=("AGE-SECRET-KEY-1B{ualnum:57}", "AGE-SECRET-KEY-1{x:58}"),
        check="age",
    ),
    Family(
        id="nostr-nsec",
        provider="Nostr",
        title="a Nostr private key",
        severity=Severity.HIGH,
        pattern="(nsec1[02-9ac-hj-np-z]{58})",
        prefix="nsec1",
        remedy=_WALLET_REMEDY,
        url="https://github.com/nostr-protocol/nips/blob/master/19.md",
        matches=("{nsec}",),
        ignores=("nsec1b{lower:57}", "npub1{lower:58}"),
        check="nostr",
    ),
    Family(
        id="bitcoin-wif",
        provider="Bitcoin",
        title="a Bitcoin private key",
        severity=Severity.CRITICAL,
        # without a literal to look for, this one alone would cost a quarter of the scan's speed
        pattern=(
            r"(?i:bitcoin|btc|wif|wallet|priv_?key|private_?key|secret_?key)[A-Za-z0-9_. -]{0,24}[ \t\"'`=:>,(\[\\]{1,12}"
            "(5[HJK][1-9A-HJ-NP-Za-km-z]{49}|[KL][1-9A-HJ-NP-Za-km-z]{51})"
        ),
        prefix="",
        remedy=_WALLET_REMEDY,
        url="https://developer.bitcoin.org/devguide/wallets.html#wallet-import-format-wif",
        matches=("BITCOIN_PRIVATE_KEY={wif:5}", 'wif: "{wif:K}"', "importprivkey {wif:K}"),
        ignores=("wif: 5K{lower:48}", "wif: M{alpha:51}"),
        check="wif",
    ),
    Family(
        id="bip32-xprv",
        provider="Bitcoin",
        title="an extended private key of a wallet",
        severity=Severity.CRITICAL,
        pattern="([xt]prv[1-9A-HJ-NP-Za-km-z]{107})",
        prefix="",
        remedy=_WALLET_REMEDY,
        url="https://github.com/bitcoin/bips/blob/master/bip-0032.mediawiki",
        matches=("{xprv}",),
        ignores=("xprv0{alpha:106}", "xpub{alpha:107}"),
        check="xprv",
    ),
    Family(
        id="ethereum-key",
        provider="Ethereum",
        title="an Ethereum private key",
        severity=Severity.HIGH,
        pattern=near("ethereum|eth_|wallet|deployer|account|private_?key|priv_?key", "(?:0x)?[0-9a-fA-F]{64}", noun="key|priv"),
        prefix="",
        remedy=_WALLET_REMEDY,
        url="https://ethereum.org/en/security/",
        matches=("PRIVATE_KEY=0x{hex:64}", 'ethereum_private_key: "{hex:64}"'),
        ignores=("sha256 = 0x{hex:64}", "PRIVATE_KEY=0x{hex:63}"),
        check="secp256k1",
    ),
    Family(
        id="nats-nkey",
        provider="NATS",
        title="a NATS seed",
        severity=Severity.CRITICAL,
        pattern="(S[UAOCNX][A-Z2-7]{56})",
        prefix="",
        remedy="replace the nkey in the server's configuration or the account's claims, and revoke the old public key",
        url="https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/nkey_auth",
        matches=("{nats}",),
        ignores=("SU{base32:55}", "UA{base32:56}"),
        check="nats",
    ),
    Family(
        id="stellar-seed",
        provider="Stellar",
        title="a Stellar secret seed",
        severity=Severity.CRITICAL,
        pattern="(S[A-D][A-Z2-7]{54})",
        prefix="",
        remedy=_WALLET_REMEDY,
        url="https://developers.stellar.org/docs/learn/encyclopedia/security",
        matches=("{stellar}",),
        ignores=("SA{base32:53}", "GA{base32:54}"),
        check="stellar",
    ),
)
