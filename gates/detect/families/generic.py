"""Credentials of no known provider: known by the name, the option or the format that they stand in."""

from __future__ import annotations

from gates.core.finding import Severity
from gates.detect.credentials.names import FOREIGN_PASSWORDS
from gates.detect.family import Family

# Pieces of names; `credentials.names.kind` decides.
_PASSWORDS = (
    r"passw|passphrase|passcode|pass_phrase|pwd|pswd|[_.\-\"'<]pass|\bpass|psk|\bpw\b|_pw\b|kennwort|senha|clave|contrase"
    r"|wachtwoord|haslo|parola"
    r"|heslo|mot_?de_?passe|mdp|identified|masterauth|(?:root|bind|user|admin|db|ldap|sql|ftp|smtp|mail)pw"
    r"|losenord|sifre|geheimnis|passord|jelszo|geslo|palavra_?passe|kata_?sandi|mat_?khau|(?:store|key|root|user|db|my|admin|ftp"
    r"|smtp|mail|sql|require|proxy|login"
    r"|http|auth)pass"
)
_END = r"(?:[0-9_.-]|\b|(?-i:[A-Z]))"  # of a word in a name
_SECRETS = (
    rf"secret|segredo|segreto|tokens?{_END}|pepper|api[_.-]? ?key|credential|creds?\b|auth{_END}|authtok|authorization{_END}|bearer|webhook"
    rf"|session{_END}|hmac|jwt|_sas|\bsas|salt|\bpat\b|_pat\b"
    r"|(?:private|priv|access|application|app|account|sign|signing|signature|encrypt|encryption|enc|fernet|crypt|crypto|cipher"
    r"|decryption|validation|aes|master|root"
    r"|storage|shared|service|client|server|admin|licen[sc]e|subscription|integration|ingest|deploy|deployment|write|writer|user|partner"
    r"|merchant|rest|maps|consumer|tunnel|site|project|team|symmetric|wireguard|gateway|developer|dev|prod|production|live"
    r"|sandbox|jws|x|bot|org|auth|authentication|authorization|cookie|session|encrypted|signer|wg)"
    r"[_.-]?key"
)

# What stands between a name and its value: quotes and brackets, a type, one of the signs that give a name a value.
_CLOSE = r"(?:\\?[\"'`]|&quot;)?[\])}]{0,2}"
_SIGN = r"(?:(?::[ \t]{0,4}[A-Za-z_&*][A-Za-z0-9_.<>\[\]|? ]{0,30})?[!:=,(>|?\[<-]{1,3}|(?i:or|eq|to|as|default|by)[ \t])"
_QUOTED = r"[^\s\"'`]{0,48}(?:[\"'`]?\\)?[\"'`]{1,3}[^\s\"'`]"
_REST = r"[0-9A-Za-z_.\x80-\xff-]{0,40}"
_LINK = (
    rf"{_REST}(?:{_CLOSE}[ \t]{{0,8}}{_SIGN}[ \t]{{0,24}}(?:{_QUOTED}{{6}}|[^\s\"'`(){{}}\[\],;<>]{{6}})"
    r"|</name>[ \t\r\n]{0,60}(?:<description(?:/>|>[^<]{0,200}</description>)[ \t\r\n]{0,60})?<defaultValue"
    r"|[ \t]{1,8}(?i:pic(?:ture)?)[ \t][^\r\n]{1,40}[ \t](?i:value)[ \t]"
    r"|[\"'`\]]{1,3}\){0,2}(?:\.[a-z]{3,8}\(\)){0,2}\.(?:send_?[kK]eys|fill|type|val)\([ \t]?[\"'`]"
    r"|[\"']\][\"'`],[ \t]?[\"'`]"
    rf"|{_CLOSE}[ \t]{{0,8}}[:=][ \t]{{0,8}}(?:\"[^\s\"']{{1,16}}\"[ \t]?[+&.]{{1,2}}[ \t]?\"|'[^\s\"']{{1,16}}'[ \t]?[+&.]{{1,2}}[ \t]?'))"
)
# The less usual ways.
_OR_LINK = (
    rf"{_REST}(?:"
    rf"{_CLOSE}[ \t]{{0,8}}[:=(][=>(]?[ \t]{{0,2}}\(?[ \t]{{0,8}}\r?\n[ \t]{{1,80}}{_QUOTED}{{6}}"
    r"|[\"'`]?,?[ \t\r\n]{0,120}[\"']?(?i:value|default|content|val|text)[\"']?[ \t]{0,4}[:=]"
    r"|[\"'`]?[ \t]{0,8}\{[^{}]{0,300}default"
    r"|(?:(?:[\"']|[ \t][a-z]{1,20}=)[^<>\n]{1,100})?>[ \t\r\n]{0,60}(?:<!\[CDATA\[)?[^<\s]{4}"
    r"|(?::\*\*|\*\*:)[ \t]{1,4}[^\s]{6}"
    r"|[ \t]{0,4}=[ \t]{0,4}(?:\"\"\"|''')\\?\r?\n"
    r"|[\"']?[ \t]{0,4}[=:][ \t]{0,4}[A-Za-z_.]{2,40}\([ \t]{0,4}[\"'][A-Za-z0-9_.-]{1,60}[\"'],"
    r"|[ \t]{1,4}[N@]?[\"'][^\s\"']{4}"
    r"|[ \t]{1,4}[^\s\"'`(){}\[\],;:=<>]{1,40}(?:[0-9%!@#^*+~_]|[a-z][A-Z])[^\s]"
    r"|\[[0-9]{0,4}\][ \t]{0,4}=[ \t]{0,4}[\"']"
    r"|[\"'][ \t]{0,4}:[ \t]{0,4}\{[ \t\r\n]{0,80}[\"']value"
    r"|:[ \t]{1,4}[|>][-+0-9]{0,2}[ \t]{0,4}\r?\n[ \t]{1,60}[!-~]{6}"
    r"|:[ \t]{0,4}\r?\n[^{}\"';=]{0,200}[ \t](?i:default|value):"
    r"|</(?:key|td|th|dt|name)>[ \t\r\n]{0,60}<(?:string|td|dd|value)"
    r"|[\"']?>[ \t\r\n]{0,60}<(?i:value)>"
    r"|[ \t]{0,4}\{[ \t]{0,2}(?:get;|[\"'])"
    r"|[ \t]{1,4}[A-Za-z_*&][A-Za-z0-9_.<>\[\]]{0,30}(?:\([0-9A-Za-z ]{1,8}\))?[ \t]{1,4}:?=[ \t]{0,4}N?[\"'`]"
    r"|[ \t]{1,4}(?i:for)[ \t]{1,4}[^\s=]{1,80}[ \t]{0,4}="
    r"|[\"'][ \t]{0,2}\)[ \t]{0,2}\{[ \t]{0,2}[\"']"
    r"|:[ \t]{1,4}!!?[a-z]{1,12}[ \t]{1,4}[^\s]{6}"
    r")"
)

# {"value": "…", "key": "token"}
_VALUE_FIRST = (
    r"[\"'](?i:value)[\"'][ \t]{0,4}:[ \t]{0,4}[\"'][^\s\"']{6,600}[\"'],[ \t\r\n]{0,40}[\"'](?:key|name)[\"'][ \t]{0,4}:[ \t]{0,4}"
    r"[\"'][A-Za-z0-9_.-]{0,30}"
)
# 'crypt' => ['key' => '…'], [encryption] / key = …, jwt: / key: …; others may stand before the key
_KEY_WITHIN = (
    r"(?i:crypt|cipher|jwt|jws|hmac|fernet|signing|signer)[A-Za-z_]{0,12}(?:\][ \t]{0,4}\r?\n"
    r"|[\"']?[ \t]{0,4}(?:=>|[:=])[ \t]{0,4}(?:(?:array[ \t]?)?[\[({][ \t\r\n]{0,40}|\r?\n[ \t]{1,40}))"
    r"(?:[\"']?[A-Za-z_]{2,30}[\"']?[ \t]{0,4}(?:=>|[:=])[^\r\n,{}\[\]()]{0,80}[\r\n,][ \t\r\n]{0,40}){0,3}"
    r"[\"']?[Kk]ey[\"']?[ \t]{0,4}(?:=>|[:=])"
)

# Patterns see bytes: the letters beyond ASCII are spelt out.
_FOREIGN = "|".join("".join(chr(byte) if byte < 0x80 else f"\\x{byte:02x}" for byte in word.encode()) for word in FOREIGN_PASSWORDS)
_ALL_PASSWORDS = f"{_PASSWORDS}|{_FOREIGN}"

FAMILIES = (
    Family(
        id="generic-password",
        provider="any",
        title="a password",
        severity=Severity.HIGH,
        pattern=f"(?i:{_ALL_PASSWORDS}){_LINK}|{_VALUE_FIRST}(?i:pass|pwd)",
        prefix="",
        remedy="change the password where it is used, then read it from the environment or a secret store",
        url="https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html",
        matches=(
            'password = "{alnum:14}"',
            "DB_PASSWORD={alnum:14}",
            "spring.datasource.password: {alnum:14}",
            '"dbPassword": "{alnum:14}",',
            "<password>{alnum:14}</password>",
            '<add key="SmtpPassword" value="{alnum:14}" />',
            "define('DB_PASSWORD', '{alnum:14}');",
            'setPassword("{alnum:14}")',
            "- name: DB_PASSWORD\n  value: {alnum:14}",
            "os.environ.get('DB_PASSWORD', '{alnum:14}')",
            'let password: String = "{alnum:14}"',
            "${DB_PASSWORD:-{alnum:14}}",
        ),
        ignores=(
            'password = "changeme"',
            'password = os.environ["DB_PASSWORD"]',
            "password = getpass()",
            "password: str",
            'password_field = "{alnum:14}"',
            'PASSWORD_HASH = "{alnum:14}"',
            "password: ${DB_PASSWORD}",
            'password = "the password is required"',
        ),
        reader="password",
        or_pattern=f"(?i:{_ALL_PASSWORDS}){_OR_LINK}",
    ),
    Family(
        id="generic-secret",
        provider="any",
        title="a secret",
        severity=Severity.HIGH,
        pattern=f"(?:(?i:{_SECRETS})|_KEY){_LINK}|{_VALUE_FIRST}(?i:secret|token|key)|{_KEY_WITHIN}",
        prefix="",
        remedy="revoke it where it was made, then read its successor from the environment or a secret store",
        url="https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html",
        matches=(
            'client_secret = "{alnum:32}"',
            "API_KEY={alnum:32}",
            'apiKey: "{alnum:32}",',
            "<apiKey>{alnum:32}</apiKey>",
            "https://api.corp.internal/v1?access_token={alnum:32}&page=2",
            'os.environ["AUTH_TOKEN"] = "{alnum:32}"',
            'const token = process.env.TOKEN || "{alnum:32}"',
        ),
        ignores=(
            'TOKEN_TYPE = "access_token"',
            'token = "{{ token }}"',
            "token = tokens.next()",
            'csrf_token = "{alnum:32}"',
            'public_key = "{alnum:32}"',
            'next_page_token = "{alnum:32}"',
            'secret_name = "{alnum:32}"',
        ),
        reader="secret",
        or_pattern=f"(?:(?i:{_SECRETS})|_KEY){_OR_LINK}",
    ),
)
