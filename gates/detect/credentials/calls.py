"""Reads passwords and keys among the arguments of calls: where a function takes them by their place, whatever the language."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from gates.core.patterns import lazy
from gates.detect.credentials.credential import Credential
from gates.detect.credentials.names import Kind
from gates.detect.credentials.values import weigh

_REACH = 800  # bytes of a call that are read
_MOST_ARGUMENTS = 6
_MOST_WITHIN = 8  # calls among the arguments of another that are looked at
_OPENING = 64  # bytes that may stand between a name and the end of what the family's pattern matched
_LONGEST_NAME = 80
_LAST = -1


class Place(NamedTuple):
    """Which argument is the secret, counted from 0. Where `plain`, the name says so little that those before it must be literals, too."""

    argument: int
    kind: Kind = "password"
    plain: bool = False
    alone: bool = False  # whether an only argument is one as well


_Literal = tuple[int, int] | None  # where the content of an argument stands, if that is a literal


def _of(*entries: tuple[str, Place]) -> Mapping[str, Place]:
    return {name: place for names, place in entries for name in names.split()}


_FIRST, _SECOND, _THIRD = (Place(argument) for argument in range(3))
_FIRST_KEY, _SECOND_KEY, _THIRD_KEY = (Place(argument, "secret") for argument in range(3))
_SECOND_PLAIN = Place(1, plain=True)

# By name, in lower case and with all underscores that it may have; `set_basic_auth` is also SetBasicAuth. Where the word is used for
# many things, with the one before it.
PLACES = _of(
    # A name and a password.
    (
        """
        basic_auth set_basic_auth http_basic_auth http_digest_auth http_proxy_auth http_ntlm_auth proxy_basic_auth basic_authentication
        http_basic basic_credentials basic_auth_credentials basic_auth_handler username_password_credentials username_password_credential
        username_password_token username_password_authentication_token password_authentication network_credential ps_credential
        simple_credentials plain_credentials plain_auth_provider password_authenticator username_pw_set authorization_basic oci_connect
        oci_pconnect oracledb.connect cx_oracle.connect
        """,
        _SECOND,
    ),
    (
        """
        http_auth proxy_auth authenticate login_user sign_in simple_bind simple_bind_s bind_s ldap.bind basic add_user change_user_password
        set_credentials
        """,
        _SECOND_PLAIN,
    ),
    ("auth login", Place(1, plain=True, alone=True)),
    ("get_connection", Place(_LAST)),
    ("credentials", Place(_LAST, plain=True)),
    # A server, a name and a password.
    (
        """
        mysqli_connect mysqli_real_connect mysql_connect mysql_pconnect mysqli pdo odbc_connect ibase_connect db2_connect mssql_connect
        sybase_connect psycopg2.connect psycopg.connect ftp_login ldap_bind imap_open ssh2_auth_password sql.new_instance dbi.connect
        dbi.connect_cached pymysql.connect mysqldb.connect pymssql.connect sequelize ftp ftp_tls jenkins add_auth plain_auth create_user
        create_superuser
        """,
        _THIRD,
    ),
    # A host, a port or a database, and then a name or a number before the password.
    ("ssh.connect ssh_client.connect redis.redis redis.strict_redis", Place(3)),
    # What is encrypted, and with which passphrase.
    ("pgp_sym_encrypt pgp_sym_decrypt pgp_sym_encrypt_bytea pgp_sym_decrypt_bytea aes_encrypt aes_decrypt", _SECOND),
    # A network and its password.
    ("wifi.begin add_ap soft_ap auto_connect wlan.connect wifi.connect sta_if.connect", _SECOND_PLAIN),
    # A password alone.
    (
        """
        ssh.password pbe_key_spec password_protection generate_password_hash hash_password password_hash make_password hashpw bcrypt.hash
        bcrypt.hash_sync generate_from_password password.create scrypt_sync pbkdf2_sync encrypt_by_pass_phrase decrypt_by_pass_phrase
        """,
        _FIRST,
    ),
    # Keys of providers.
    (
        """
        basic_aws_credentials aws_basic_credentials.create basic_session_credentials new_static_credentials new_static_credentials_provider
        new_static_v2 new_static_v4 connect_s3 s3_connection shared_key_credential new_shared_key_credential storage_shared_key_credential
        oauth_handler oauth1_user_handler set_access_token client_credential
        """,
        _SECOND_KEY,
    ),
    ("client_secret_credential new_client_secret_credential hash_hmac openssl_encrypt openssl_decrypt", _THIRD_KEY),
    ("azure_key_credential api_key_credential wallet private_key_to_account account.from_key", _FIRST_KEY),
    # Signatures, ciphers, sessions.
    (
        """
        jwt.sign jwt.verify jwt.encode jwt.decode sign_with create_hmac hmac.digest hmac.hexdigest hmac_sha1 hmac_sha256 hmac_sha384
        hmac_sha512 hmac_md5 create_cipher create_decipher create_cipheriv create_decipheriv aes.encrypt aes.decrypt des.encrypt
        des.decrypt triple_des.encrypt triple_des.decrypt rabbit.encrypt rc4.encrypt mcrypt_encrypt mcrypt_decrypt
        """,
        _SECOND_KEY,
    ),
    (
        """
        hmac.new hmac256 hmac384 hmac512 secret_key_spec symmetric_security_key signed_string aes.new des.new des3.new arc4.new
        blowfish.new fernet secret_box new_cipher cookie_parser cookie_session new_cookie_store new_filesystem_store cookie.new_store
        securecookie.new csrf.protect url_safe_timed_serializer url_safe_serializer timed_jsonwebsignature_serializer timestamp_signer
        message_encryptor.new message_verifier.new
        """,
        _FIRST_KEY,
    ),
)
# open is that of ADO, told by the string that it is given: a connection's
_PLACES = {name.replace("_", "").encode(): place for name, place in PLACES.items()} | {b"open": _THIRD}
_SPELT = {b"hmac.New": _SECOND_KEY}  # Go names the digest first, Python the key

_IN_NAME = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:>-"
_SIGNS = b" \t\"'=>:"  # between a name and its arguments: 'auth' => [
_JOINT = lazy(rb"\.|::|->")
_SPACE = lazy(rb"\s*")
_STRING = rb"(?:\"((?:[^\"\\\r\n]|\\.)*)\"|'((?:[^'\\\r\n]|\\.)*)'|`([^`\r\n]*)`)"
# What makes bytes, or a string of another type, of a literal.
_LITERAL = lazy(
    rb"(?:new[ \t]+)?[&*]?(?:(?:\[\]byte|bytes|str|string|String|std::string|Some|Buffer\.from|(?:[A-Za-z0-9]+\.){1,4}GetBytes"
    rb"|(?:[A-Za-z0-9]+\.){0,3}Utf8\.parse|F|T|_T|TEXT|unhexlify|hex2bin|b64decode)\([ \t]*)?[rbuRBUL@$]{0,2}"
    + _STRING
    + rb"(?:[ \t]*,[ \t]*['\"](?:utf-?8|hex|base64|ascii|latin1|binary)['\"][ \t]*\))?"
    rb"(?:\.[A-Za-z_0-9]{1,20}\([A-Za-z0-9_.:\"'-]{0,40}\))?[ \t]*\)?(?:\.[A-Za-z_0-9]{1,20}\(\))?\s*(?=[,)\]]|\Z|\n)"
)
_PART = lazy(rb"[^\"'`()\[\]{},;]+|" + _STRING + rb"|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<comma>,)|[\"'`]|(?P<end>;)")
_ESCAPE = lazy(rb"\\([\"'\\`$/])")

# Twilio: an account, by its own form, and its token.
_ACCOUNT = lazy(rb"[\"']AC[0-9a-f]{32}[\"']\s*,\s*[\"']\Z")
_TOKEN = lazy(rb"[0-9a-f]{32}(?=[\"'])")
_LONGEST_ACCOUNT = 100  # bytes

# Java: keyStore.load(stream, "…".toCharArray()).
_CHARACTERS = b".toCharArray("
_OF_STORE = lazy(
    rb"\b(?:load[A-Za-z]{0,20}|init|initialize|getKey|getEntry|setKeyEntry|store|unlock|builder|PBEKeySpec|PasswordProtection)"
    rb"[ \t]*\([^;{}]*\Z"
)
_BEFORE = 200  # bytes


class _Arguments(NamedTuple):
    literals: list[_Literal]
    end: int


def calls(data: bytes, ends: Sequence[int]) -> Iterator[Credential]:
    last, reached, within = -1, 0, 0
    for end in ends:
        if data.endswith(_CHARACTERS, 0, end):
            yield from _of_store(data, end - len(_CHARACTERS))
            continue
        if _ACCOUNT.search(data, max(0, end - _LONGEST_ACCOUNT), end):
            token = _TOKEN.match(data, end)
            if token:
                yield from _weighed(data, token.span(), "secret")
            continue
        place, start = _called(data, end)
        within = within + 1 if start < reached else 0
        if place is None or start == last or within > _MOST_WITHIN:
            continue
        arguments, last = _arguments(data, start), start
        reached = max(reached, arguments.end)
        yield from _read(data, place, arguments.literals)


def _called(data: bytes, end: int) -> tuple[Place | None, int]:
    """What is known of the function, and where its arguments start."""
    least = max(0, end - _OPENING)
    opened = max(data.rfind(b"(", least, end), data.rfind(b"[", least, end))
    if opened >= 0 and data.find(b")", opened, end) >= 0:
        opened = -1  # that of a call before
    # Of Ruby and Basic: basic_auth "…", "…"
    start = opened if opened >= 0 else max(data.rfind(b'"', least, end), data.rfind(b"'", least, end))
    head = data[max(0, start - _LONGEST_NAME) : start].rstrip(_SIGNS)
    words = _JOINT.split(head[len(head.rstrip(_IN_NAME)) :])
    spelt = b".".join(words[-2:])
    folded = spelt.replace(b"_", b"").lower()
    place = _SPELT.get(spelt) or _PLACES.get(folded) or _PLACES.get(folded.rpartition(b".")[2])
    return place, start + (opened >= 0)


def _arguments(data: bytes, at: int) -> _Arguments:
    """The first of them; None for those that are no literals."""
    limit = min(len(data), at + _REACH)
    found: list[_Literal] = []
    while len(found) < _MOST_ARGUMENTS and at < limit:
        space = _SPACE.match(data, at, limit)
        at = space.end() if space else at
        literal = _LITERAL.match(data, at, limit)
        if literal:
            found.append(literal.span(literal.lastindex or 0))
            at = literal.end()
        part, depth = None, 0
        while part := _PART.match(data, at, limit):
            if part["end"] or (depth == 0 and (part["comma"] or part["close"])):
                break
            at = part.end()
            depth += (part["open"] is not None) - (part["close"] is not None)
        if not literal:
            found.append(None)
        if part is None or not part["comma"]:
            break
        at = part.end()
    return _Arguments(found, at)


def _read(data: bytes, place: Place, literals: Sequence[_Literal]) -> Iterator[Credential]:
    index = len(literals) - 1 if place.argument == _LAST else place.argument
    if place.alone and len(literals) == 1:
        index = 0
    elif index >= len(literals) or (place.argument == _LAST and len(literals) < 2) or (place.plain and None in literals[:index]):
        return
    literal = literals[index]
    if literal is not None:
        yield from _weighed(data, literal, place.kind)


def _of_store(data: bytes, end: int) -> Iterator[Credential]:
    """`end` is that of the literal, with its quotes."""
    start = data.rfind(b'"', max(0, end - _BEFORE), end - 1) + 1
    if start and _OF_STORE.search(data, max(0, start - _BEFORE), start):
        yield from _weighed(data, (start, end - 1), "password")


def _weighed(data: bytes, literal: tuple[int, int], kind: Kind) -> Iterator[Credential]:
    value = _ESCAPE.sub(rb"\1", data[literal[0] : literal[1]])
    severity = weigh(kind, value, "quoted")
    if severity is not None:
        yield Credential(*literal, value, severity)
