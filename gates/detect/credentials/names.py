"""What a name says about the value behind it: a password, a secret such as an API token or a key, a token of whatever use, or none."""

from functools import lru_cache
from typing import Literal

from gates.core.patterns import lazy

Kind = Literal["password", "secret", "token", ""]

_WORDS = lazy(rb"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

_PASSWORDS = frozenset(
    b"password passwd passwort passphrase passcode pass pwd pswd psw pw psk passwordstring kennwort senha clave contrasena "
    b"wachtwoord haslo "
    b"parola heslo lozinka salasana motdepasse passe mdp contrase identified rootpw bindpw userpw adminpw dbpw ldappw "
    b"requirepass masterauth passwords passwds pwds contrasenia contrasenya losenord sifre geheimnis passord jelszo geslo palavrapasse "
    b"matkhau mysqlpw sqlpw ftppw smtppw mailpw".split()
)
_PAIRS = frozenset(((b"pass", b"word"), (b"pass", b"phrase"), (b"kata", b"sandi"), (b"mat", b"khau")))
_SECRETS = frozenset(
    b"secret secrets token tokens apikey apikeys apitoken apisecret authtoken authkey accesstoken accesskey secretkey "
    b"privatekey credential "
    b"credentials creds cred bearer authorization salt pepper authtok sas jwt hmac session sid webhook auth "
    b"segredo segreto secreto".split()
)
_OF_TOKENS = frozenset(
    b"api access auth oauth secret bearer refresh bot deploy service user admin session personal pat private app account jwt sas security "
    b"registry npm git github gitlab vault id login device push".split()
)
# A key is a secret if the word before it says what for.
_KEYS = frozenset(b"key keys".split())
_OF_KEYS = frozenset(
    b"api app application access account secret private priv auth authentication authorization encryption encrypt encrypted enc "
    b"fernet decryption "
    b"crypt crypto cipher aes des hmac jwt jws sign signing signature signer master root session cookie storage shared service "
    b"client server "
    b"admin license licence subscription integration ingest deploy deployment write writer webhook user partner merchant rest maps "
    b"consumer tunnel site project team org pre symmetric validation wireguard wg "
    b"bot gateway developer dev prod production live sandbox x".split()
)
_OTHER_KEYS = frozenset(
    b"gpg pgp cache primary foreign partition sort public hash index lookup row object map group range unique composite natural "
    b"surrogate event hot "
    b"registry storage_ attribute property field column header param config settings setting option metadata label tag sitekey site".split()
)
_HOLDERS = frozenset(b"session credential credentials creds".split())  # a UUID behind these is the holder's id
# Endings glued to another word: dbpassword, authtoken.
_GLUED_PASSWORDS = (b"password", b"passwd", b"passwort", b"passphrase", b"pwd", b"pswd", b"pass")
_GLUED_SECRETS = (b"secret", b"token", b"apikey", b"secretkey", b"accesskey", b"authkey", b"privatekey", b"encryptionkey")
_NOT_GLUED = frozenset(
    b"nopasswd bypass compass trespass encompass surpass overpass underpass multipass onepass singlepass twopass".split()
)

# In other scripts, and with letters that ASCII lacks; whole names.
FOREIGN_PASSWORDS = (
    *("\u043f\u0430\u0440\u043e\u043b\u044c", "\u5bc6\u7801", "\u5bc6\u78bc", "\u30d1\u30b9\u30ef\u30fc\u30c9"),
    *("\ube44\ubc00\ubc88\ud638", "l\u00f6senord", "has\u0142o", "\u015fifre", "adgangskode", "salasana", "lozinka"),
)
_FOREIGN = tuple(word.encode() for word in FOREIGN_PASSWORDS)

# Behind the noun these change nothing: password_value, tokenProd, secret_2.
_TAILS = frozenset(
    b"value val string str text plain raw clear cleartext plaintext literal data base64 b64 hex encoded bytes default prod production dev "
    b"development staging stage stg test testing qa uat local live old new current previous prev backup primary secondary main env var the "
    b"master admin root user db database api app v base a arg "
    # of other languages: mdp_bdd, senha_banco, clave_usuario, parola_chiave
    b"bd bdd banco datenbank baza benutzer nutzer usuario utilisateur utente gebruiker acceso acesso accesso servidor serveur "
    b"correo chiave".split()
)
# Anywhere in the name, these say that the value is public, no more than a mark of a place, or only made from a secret.
_PUBLIC = frozenset(
    b"public pub publishable csrf xsrf antiforgery page pagination next continuation cursor cancellation cancel sync syntax lexer "
    b"separator hash hashed "
    b"digest sha sha1 sha256 sha512 md5 checksum fingerprint thumbprint encrypted ciphertext sealed masked redacted obfuscated "
    b"fake dummy mock sample example placeholder regex regexp pattern forgot forgotten reset mismatch "
    b"invalid missing required "
    b"incorrect wrong expired count limit max min length len size field column label title hint message msg error warning policy strength "
    b"idempotency nonce integrity etag authenticity verification resumption starting change lifecycle request output input "
    b"grant paging marker bucket sequence".split()
)


_VERBS = frozenset(
    b"parse get encode decode check validate verify make create generate hash assert test is has find fetch load read delete remove format "
    b"build reset split join clean normalize escape unescape quote unquote tokenize should expect pass compare equal equals "
    b"render print log".split()
)


def asks(name: bytes) -> bool:
    """Whether it is the name of a function that does something with a credential rather than taking it: parse_cookie."""
    words = _WORDS.findall(name)
    return bool(words) and words[0].lower() in _VERBS


@lru_cache(maxsize=4096)  # names come again and again
def kind(name: bytes) -> Kind:
    """By the last noun of the name: `db_password` is one, `password_field` and `tokenizer` are none. Any spelling of compounds will do."""
    if name.lower().endswith(_FOREIGN):
        return "password"
    words = [word.lower() for word in _WORDS.findall(name)]
    while len(words) > 1 and (words[-1] in _TAILS or words[-1].isdigit()):
        words.pop()  # also of contraseña, whose pieces are contrase and a
    if not words or (words[-1] != b"salt" and any(word in _PUBLIC or word.startswith((b"csrf", b"xsrf")) for word in words)):
        return ""
    last, before = words[-1], words[-2] if len(words) > 1 else b""
    if last in _PASSWORDS or (last.endswith(_GLUED_PASSWORDS) and last not in _NOT_GLUED) or (before, last) in _PAIRS:
        return "password"
    if last in (b"token", b"tokens") and before and before not in _OF_TOKENS and not name.isupper():  # LOGENTRIES_TOKEN is a setting
        return "token"
    if last in _HOLDERS:
        return "token"
    if last in _SECRETS or last.endswith(_GLUED_SECRETS):
        return "secret"
    if last == b"pat" and name.isupper():  # elsewhere a pattern
        return "secret"
    if last in _KEYS and (before in _OF_KEYS or before.endswith((b"secret", b"api"))):
        return "secret"
    if last == b"key" and name.isupper() and before and before not in _OTHER_KEYS:
        return "token"
    return ""
