"""Private keys in their many wrappings, signed tokens, and the seeds of key pairs."""

from __future__ import annotations

from gates.core.finding import Severity
from gates.detect.families.context import BETWEEN, REST_OF_NAME, TO_VALUE
from gates.detect.family import Family

# Between the lines of a key: line ends as they are, escaped or those of HTML, indentation, the signs of a patch, and the quotes and
# operators of joined strings.
_BREAK = r"[ \t\r\n\"'`+,;.|<b>*#/\\nrt-]{0,60}"
_ENCRYPTED = "Proc-Type: 4,ENCRYPTED" + _BREAK + "DEK-Info: [A-Z0-9-]{5,20},[A-Fa-f0-9]{16,32}" + _BREAK + "[A-Za-z0-9+/]"
_BODY = r"[A-Za-z0-9+/= \t\r\n\"'`,;.|<>*#\\-]"
# What a log writes before each line: a time, a level, a name.
_LOGGED = r"[^\r\n]{0,4}\r?\n[^\r\n]{1,80}[^A-Za-z0-9+/\r\n]"
_REST_OF_LINE = "[A-Za-z0-9+/=]{0,1000}(?:-----END)?"  # a key without line ends has its end on this one
DER = "M[A-I][A-Za-z0-9+/]{14}"  # a SEQUENCE and its length, which every DER key begins with


def pem(label: str, start: str, length: int) -> str:
    """A PEM key from its header through the line that holds the `length`-th byte behind `start`, or as much of that line as it takes
    to tell two keys apart. The check reads on to the end.
    """
    body = rf"{_BREAK}(?:{start}){_BODY}{{{length}}}|{_LOGGED}(?:{start})[ -~\t\r\n]{{{length}}}"
    return f"-----BEGIN {label}-----(?:{body}){_REST_OF_LINE}"


def _putty(cipher: str) -> str:
    return (
        "PuTTY-User-Key-File-[23]: [a-z0-9-]{3,40}"
        + _BREAK
        + f"Encryption: {cipher}"
        + _BREAK
        + r"Comment: [ !#-\[\]-~]{0,80}"
        + _BREAK
        + "Public-Lines: [0-9]{1,3}"
        + _BREAK
        + "[A-Za-z0-9+/]{40,1000}={0,2}"
    )


_PGP = (
    "-----BEGIN PGP PRIVATE KEY BLOCK-----"
    + _BREAK
    + r"(?:(?:Version|Comment|Hash|Charset|MessageID): [ !#-\[\]-~]{0,80}"
    + _BREAK
    + "){0,2}[lx][A-Za-z0-9+/]{15}"  # the tag of a secret key packet
    + _BODY
    + "{60}"
    + _REST_OF_LINE
)
_OPENSSH_MAGIC = "b3BlbnNzaC1rZXktdjEAAAAA"  # openssh-key-v1, then the length of the cipher's name: 4 for none, more for all others


_PEM_URL = "https://csrc.nist.gov/pubs/sp/800/57/pt2/r1/final"
_PEM_REMEDY = "make a new key pair, replace the public key or certificate wherever it is trusted, and revoke the old certificate"
_SSH_REMEDY = "make a new key pair and remove the old public key from every authorized_keys file and account"
_REST_OF_NAME = REST_OF_NAME.replace(".", "")  # private_key.rs is a file, and what stands behind it its digest
_WALLET_REMEDY = "move everything that the key controls to a new key: a key cannot be revoked"

FAMILIES = (
    Family(
        id="private-key-rsa",
        provider="PEM",
        title="an RSA private key",
        severity=Severity.CRITICAL,
        pattern=f"({pem('RSA PRIVATE KEY', DER, 84)})",
        prefix="-----BEGIN RSA PRIVATE KEY-----",
        remedy=_PEM_REMEDY,
        url=_PEM_URL,
        matches=("{pem:rsa}", 'key = "{pem-json:rsa}"', "  tls.key: |\n{pem-indented:rsa}"),
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
        pattern=f"({pem('PRIVATE KEY', DER, 44)})",
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
        pattern=(
            "("
            + pem("ENCRYPTED PRIVATE KEY", DER, 100)
            + "|"
            + pem("(?:RSA|EC|DSA) PRIVATE KEY", _ENCRYPTED, 84)
            + "|"
            + pem("OPENSSH PRIVATE KEY", _OPENSSH_MAGIC + "[C-Z]", 142)
            + "|"
            + _putty("[a-m][a-z0-9-]{3,20}")  # aes256-cbc is the only one so far
            + "|"
            + _PGP  # where it can be read that no passphrase protects it, the check leaves it to private-key-pgp
            + ")"
        ),
        prefix="",
        remedy=_PEM_REMEDY,
        url=_PEM_URL,
        matches=("{pem:encrypted}", "{pem:rsa-encrypted}", "{openssh:aes256-ctr}", "{putty:aes256-cbc}", "{pgp-protected}"),
        ignores=(
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\n...\n-----END ENCRYPTED PRIVATE KEY-----",
            'BEGIN = "-----BEGIN ENCRYPTED PRIVATE KEY-----"',
        ),
        check="protected",
    ),
    Family(
        id="private-key-ec",
        provider="PEM",
        title="an elliptic-curve private key",
        severity=Severity.CRITICAL,
        pattern=f"({pem('EC PRIVATE KEY', DER, 44)})",
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
        pattern=f"({pem('DSA PRIVATE KEY', DER, 84)})",
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
        pattern=f"({pem('OPENSSH PRIVATE KEY', _OPENSSH_MAGIC + 'BG5vbm', 142)})",
        prefix="-----BEGIN OPENSSH PRIVATE KEY-----",
        remedy=_SSH_REMEDY,
        url="https://man.openbsd.org/ssh-keygen.1#KEY_REVOCATION_LISTS",
        matches=("{openssh:none}", 'key = "{openssh-json:none}"'),
        ignores=(
            "-----BEGIN OPENSSH PRIVATE KEY-----\n...\n-----END OPENSSH PRIVATE KEY-----",
            "-----BEGIN OPENSSH PRIVATE KEY-----\nA{b64:69}\n{b64:70}\n{b64:70}\n",
            "{openssh:aes256-ctr}",
        ),
        check="openssh",
    ),
    Family(
        id="private-key-pgp",
        provider="PGP",
        title="a PGP private key",
        severity=Severity.CRITICAL,
        pattern=f"({_PGP})",
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
        pattern=f"({_putty('none')})",
        prefix="PuTTY-User-Key-File-",
        remedy=_SSH_REMEDY,
        url="https://the.earth.li/~sgtatham/putty/latest/htmldoc/AppendixC.html",
        matches=("{putty:none}",),
        ignores=("PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nComment: x\n", 'line.startswith("PuTTY-User-Key-File-")'),
        check="putty",
    ),
    Family(
        id="pkcs12-file",
        provider="PKCS #12",
        title="a PKCS #12 file, which holds private keys",
        severity=Severity.HIGH,
        # SEQUENCE, version 3, SEQUENCE, the content type pkcs7-data or -signed-data: as bytes, then in base64
        pattern=(
            r"((?:0(?:\x80|\x82[\x00-\xff]{2}|\x83[\x00-\xff]{3})\x02\x01\x030(?:\x80|\x82[\x00-\xff]{2}|\x83[\x00-\xff]{3})"
            r"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07[\x01\x02][\x00-\xff]{150,400}[^0-9A-Za-z_-])"
            r"|(?:MII[A-Za-z0-9+/]{2}[AQgw]IBAzCC[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]GCSqGSIb3DQEHA[A-Za-z0-9+/=\r\n\\ ]{200,980}))"
        ),
        prefix="",
        remedy=_PEM_REMEDY,
        url="https://www.rfc-editor.org/rfc/rfc7292",
        matches=("{pfx}",),
        ignores=("MIIKPAIBAzCCCgIGCSqGSIb3", "MIIC{b64:200}"),
        check="pkcs12",
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
        pattern=(
            # of one with a longer payload the head; the check looks for its signature
            r"(eyJ[A-Za-z0-9_-]{10,500}\.eyJ(?:[A-Za-z0-9_-]{4,1000}\.[A-Za-z0-9_-]{22,700}|[A-Za-z0-9_-]{1000}))"
        ),
        prefix="eyJ",
        remedy="end the session or revoke the token at its issuer; where it cannot be revoked, rotate the signing key",
        url="https://www.rfc-editor.org/rfc/rfc8725",
        matches=(
            "{jwt}",
            "{jwt-long}",
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
            f"(?i:bitcoin|btc|wif|wallet|priv|secret)[A-Za-z0-9_. -]{{0,24}}{TO_VALUE}"
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
        id="bip39-mnemonic",
        provider="BIP 39",
        title="the recovery phrase of a wallet",
        severity=Severity.CRITICAL,
        pattern=(
            # without such a word in front every quoted text would have to be read, at a twentieth of the speed
            r"(?i:mnemonic|phrase|seed|bip[_-]?39|wallet|recovery[_. -]?words?)[A-Za-z0-9_ .-]{0,24}[ \t\r\n\"'`=:>,(\[{\\]{1,20}"
            r"([a-z]{3,8}(?:[ \t\r\n,\"']{1,5}[a-z]{3,8}){11,23})"
        ),
        prefix="",
        remedy=_WALLET_REMEDY,
        url="https://github.com/bitcoin/bips/blob/master/bip-0039.mediawiki",
        matches=(
            "mnemonic: {mnemonic:12}",
            'SEED_PHRASE="{mnemonic:24}"',
            "const wallet = ethers.Wallet.fromMnemonic('{mnemonic:18}')",
            'recoveryPhrase = ["{mnemonic-list:12}"]',
        ),
        ignores=("mnemonic: about about above", "recovery phrase: <twelve words>", "{mnemonic:12}"),
        check="mnemonic",
    ),
    Family(
        id="ethereum-key",
        provider="Ethereum",
        title="an Ethereum private key",
        severity=Severity.HIGH,
        # a public key or an address may be as long: the name must say that it is private, or just "key"
        pattern=(
            f"(?i:ether|eth_|wallet|account|priv)(?:{BETWEEN}(?i:priv|secret){_REST_OF_NAME}{TO_VALUE}"
            f"|(?i:eum|ate)?[_. -]?(?i:key|pk){_REST_OF_NAME}{TO_VALUE})((?:0x)?[0-9a-fA-F]{{64}})"
        ),
        prefix="",
        remedy=_WALLET_REMEDY,
        url="https://ethereum.org/en/security/",
        matches=("PRIVATE_KEY=0x{hex:64}", 'ethereum_private_key: "{hex:64}"', "WALLET_KEY={hex:64}"),
        ignores=(
            "sha256 = 0x{hex:64}",
            "PRIVATE_KEY=0x{hex:63}",
            "wallet: {public_key: 0x{hex:64}}",
            '"src/private_key.rs":"{hex:64}"',
            '"account": "0x{hex:64}"',
        ),
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
