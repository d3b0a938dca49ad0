"""Credentials that a format gives away: files that programs log in with, headers, addresses, tables, sentences."""

from __future__ import annotations

from gates.core.finding import Severity
from gates.detect.credentials.formats import DEVICE_OPENINGS, LOGIN_OPENINGS, PGPASS_OPENING
from gates.detect.credentials.headers import FILE_OPENING, JAR_OPENING, SCHEMES
from gates.detect.credentials.prose import PAIR_OPENINGS, SENTENCE_OPENINGS
from gates.detect.credentials.sql import OPENING as ROWS_OPENING
from gates.detect.family import Family

_STORE = "change the password, then read it from the environment or a secret store"
_CHEAT_SHEET = "https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html"
_COLUMN = (
    r"(?i:password|passwd|pass|passphrase|pwd|passwort|kennwort|contrase[^,;|\t\r\n]{1,3}a|senha|mot de passe|wachtwoord|clave"
    r"|mdp|haslo|heslo|parola"
    r"|secret|token|api[ _-]?key|(?:secret|access)[ _-]?key)"
)

FAMILIES = (
    Family(
        id="basic-credentials",
        provider="HTTP",
        title="a user and password as HTTP's Basic scheme writes them",
        severity=Severity.HIGH,
        pattern=r"(?i:basic)(?:[ \t]{1,3}|%20)(?:[\"'][ \t]{0,3}[+.][ \t]{0,3}[\"'])?([A-Za-z0-9+/]{10,600}={0,2})",
        prefix="",
        remedy="change the password that is encoded there",
        url="https://www.rfc-editor.org/rfc/rfc7617",
        matches=(
            'proxy_set_header Authorization "Basic {basic}";',
            '{"name": "Authorization", "value": "Basic {basic}"}',
            'connection.setRequestProperty("Proxy-Authorization", "Basic " + "{basic}");',
        ),
        ignores=(
            "Basic support is simple",
            'Authorization "Basic ${CREDENTIALS}"',
        ),
        check="basic",
    ),
    Family(
        id="bearer-header",
        provider="HTTP",
        title="a token in an authorization header",
        severity=Severity.HIGH,
        pattern=r"(?i:\bbearer)(?:[ \t]{1,3}|%20|\+)(?:[\"'`][ \t]{0,3}[+.&][ \t]{0,3}[\"'`])?[A-Za-z0-9_.~+/:|=%-]{10}",
        prefix="",
        remedy="revoke the token where it was issued",
        url="https://www.rfc-editor.org/rfc/rfc6750",
        matches=(
            "Authorization: Bearer {alnum:40}",
            "curl -H 'Authorization: token {alnum:40}' https://git.corp.internal/api",
            '{"key": "Authorization", "value": "Bearer {b64url:43}"}',
            'headers["Authorization"] = "ApiKey {alnum:48}=="',
        ),
        ignores=(
            "Authorization: Bearer <token>",
            "Authorization: Bearer ${TOKEN}",
            'headers["Authorization"] = f"Bearer {token}"',
            "Authorization: Bearer xxxxxxxxxxxxxxxx",
            "the bearer authentication_scheme",
        ),
        reader="bearer",
        or_pattern=rf"(?i:authorization)[^\r\n]{{1,12}}[\t\r\n -~]{{0,48}}(?i:{SCHEMES})[ \t=\"']{{1,4}}[A-Za-z0-9_.~+/:|=%-]{{10}}",
    ),
    Family(
        id="connection-string",
        provider="any",
        title="a password in a connection string",
        severity=Severity.HIGH,
        pattern=r"@(?:tcp[46]?|unix|udp|cloudsql(?:-[a-z]{1,8})?)\([^\r\n]{2}",
        prefix="",
        remedy="change the database user's password, and pass it outside the address",
        url=_CHEAT_SHEET,
        matches=(
            "orders:{alnum:16}@tcp(db.corp.internal:3306)/orders?parseTime=true",
            "jdbc:oracle:thin:orders/{alnum:16}@//db.corp.internal:1521/ORD",
        ),
        ignores=(
            "user:password@tcp(localhost:3306)/db",
            "%s:%s@tcp(%s:3306)/orders",
            "jdbc:oracle:thin:@//db.corp.internal:1521/ORD",
        ),
        reader="driver-string",
        or_pattern=r"(?i:jdbc:oracle:[a-z0-9]{2,6}:|sqlplus|sqlldr|expdp|impdp|rman[ ]target|sqlcl|oracle(?:db)?\.connect\()"
        r"[^/\r\n]{0,80}/[^\x00-\x20'`<>/@]{4,128}@",
    ),
    Family(
        id="cookie-session",
        provider="HTTP",
        title="a session's cookie",
        severity=Severity.MEDIUM,
        pattern=r"(?i:phpsessid|jsessionid|asp\.net_sessionid|connect\.sid|laravel_session|ci_session|\.aspxauth|sails\.sid"
        r"|next-auth\.session-token"
        r"|wordpress_logged_in_|remember_web_)[0-9a-f]{0,64}(?:\\?[\"'][ \t]{0,4},[ \t\r\n]{0,60}\\?[\"']value)?(?:\\?[\"'])?"
        r"[ \t]{0,4}(?:=>|[=:,\t])[ \t]{0,4}"
        r"(?:\\?[\"'])?[A-Za-z0-9_.%+/-]{10}",
        prefix="",
        remedy="end the session on the server, or change the key that signs its cookies",
        url="https://cheatsheetseries.owasp.org/cheatsheets/Session_Management_Cheat_Sheet.html",
        matches=(
            "Cookie: lang=en; sessionid={lalnum:32}",
            "Set-Cookie: PHPSESSID={lalnum:26}; path=/",
            '-b "JSESSIONID={HEX:32}"',
        ),
        ignores=(
            "Cookie: sessionid=<session>",
            "Set-Cookie: sessionid=${SESSION}",
            "Cookie: theme=dark; consent=20260101",
        ),
        reader="cookie",
        or_pattern=r"(?i:cookie)[\"'\])]{0,3}[ \t]{0,4}[:=,(][^\r\n]{0,400}(?i:sess|sid|auth|token|jwt|remember|logged_in|__host-"
        r"|__secure-|li_at|session)"
        r"[A-Za-z0-9_.-]{0,80}=[ \t]{0,1}\"?[A-Za-z0-9_.%+/:-]{10}"
        rf"|{JAR_OPENING}|{FILE_OPENING}",
    ),
    Family(
        id="device-password",
        provider="any",
        title="a password in the configuration of a network device",
        severity=Severity.HIGH,
        pattern=DEVICE_OPENINGS,
        prefix="",
        remedy="change the password on the device, and keep its configuration out of version control or stripped of secrets",
        url="https://www.cisco.com/c/en/us/support/docs/security-vpn/remote-authentication-dial-user-service-radius/107614-64.html",
        matches=(
            "enable secret 0 {alnum:14}",
            "snmp-server community {alnum:14} RO",
            "username kim privilege 15 password 7 0{digits:1}{HEX:16}",
        ),
        ignores=(
            "enable password authentication",
            "enable secret 5 $1$abcd$abcdefghijklmnopqrstuv",
            "snmp-server community public RO",
        ),
        reader="device",
    ),
    Family(
        id="git-credentials",
        provider="Git",
        title="an address with a password in git's credential store",
        severity=Severity.CRITICAL,
        pattern=r"^https?://[A-Za-z0-9._~%!$&*+,=-]{1,64}:([^\x00-\x20\x7f-\xff\"'`<>(){}\[\]\\/@|^]{4,128})@[A-Za-z0-9.:%-]{1,200}/?\r?\n",
        prefix="",
        remedy="revoke the token or change the password at the host that the address names",
        url="https://git-scm.com/docs/git-credential-store",
        matches=("\nhttps://robot:{alnum:40}@git.corp.internal\n",),
        ignores=(
            "\nhttps://robot:changeme@git.corp.internal\n",
            "\nhttps://git.corp.internal\n",
        ),
        check="uri",
    ),
    Family(
        id="k8s-secret-data",
        provider="Kubernetes",
        title="a value of a Kubernetes secret",
        severity=Severity.HIGH,
        pattern=r"\bkind(?:\\{0,3}[\"'])?[ \t]{0,8}:[ \t]{0,8}(?:\\{0,3}[\"'])?Secret(?:\\{0,3}[\"']|[ \t\r\n])",
        prefix="",
        remedy="change what the secret holds, and keep it in the cluster only, sealed, or in an external store",
        url="https://kubernetes.io/docs/concepts/configuration/secret/",
        matches=(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  anything: {alnum:24}",
            '{"kind": "Secret", "stringData": {"anything": "{alnum:24}"}}',
        ),
        ignores=(
            "apiVersion: v1\nkind: SealedSecret\ndata:\n  anything: {alnum:24}",
            "apiVersion: v1\nkind: Secret\ndata:\n  password: {{ .Values.password | b64enc }}",
        ),
        reader="manifest",
    ),
    Family(
        id="ldif-password",
        provider="LDAP",
        title="a password in an LDIF file",
        severity=Severity.HIGH,
        pattern=r"^(?i:userpassword|olcrootpw|unicodepwd|sambantpassword|authpassword)::?[ \t]{0,8}[!-~]{4}",
        prefix="",
        remedy="change the entry's password",
        url="https://www.rfc-editor.org/rfc/rfc2849",
        matches=("\nuserPassword: {alnum:14}", "\nolcRootPW: {alnum:14}"),
        ignores=("\nuserPassword: {{SSHA}abcdefabcdefabcdef", "\nuserPassword:: cGFzc3dvcmQ="),
        reader="ldif",
    ),
    Family(
        id="netrc",
        provider="netrc",
        title="a password in a netrc file",
        severity=Severity.HIGH,
        pattern=r"\b(?:machine[ \t\r\n]{1,16}[!-~]{1,200}[ \t\r\n]{1,16}(?:login|password|account|user|#)|default"
        r"[ \t\r\n]{1,16}login)[ \t]",
        prefix="",
        remedy="change the password or revoke the token at the machine that the entry names",
        url="https://www.gnu.org/software/inetutils/manual/html_node/The-_002enetrc-file.html",
        matches=(
            "machine git.corp.internal login robot password {alnum:20}",
            "machine git.corp.internal\n  login robot\n  password {alnum:20}",
            "default login anonymous password {alnum:20}",
        ),
        ignores=(
            "machine git.corp.internal login robot password <token>",
            "machine git.corp.internal login robot",
        ),
        reader="netrc",
    ),
    Family(
        id="pgpass",
        provider="PostgreSQL",
        title="a password in a PostgreSQL password file",
        severity=Severity.HIGH,
        pattern=PGPASS_OPENING,
        prefix="",
        remedy="change the role's password with ALTER ROLE … PASSWORD",
        url="https://www.postgresql.org/docs/current/libpq-pgpass.html",
        matches=("\ndb.corp.internal:5432:orders:svc:{alnum:18}", "\n*:*:*:svc:{alnum:18}"),
        ignores=("\ndb.corp.internal:5432:orders:svc:password", "\nhostname:port:database:username:password"),
        reader="pgpass",
    ),
    Family(
        id="program-login",
        provider="any",
        title="a password in the settings of a program",
        severity=Severity.HIGH,
        pattern=LOGIN_OPENINGS,
        prefix="",
        remedy=_STORE,
        url=_CHEAT_SHEET,
        matches=(
            "user kim insecure-password {alnum:14}",
            "\n[mail.corp.internal]:587 mailer:{alnum:14}",
            'user = "ci:{alnum:16}"',
            "\nchpasswd:\n  list: |\n    ops:{alnum:16}\n",
            "user worker on >{alnum:20} ~* +@all",
            '\nBUNDLE_GEMS__CORP__INTERNAL: "ci:{alnum:20}"',
            "sonar.login={hex:40}",
        ),
        ignores=(
            'user = "1000:1000"',
            "user kim insecure-password ${PASSWORD}",
            "\n[mail.corp.internal]:587 mailer:password",
            "user worker on >changeme ~* +@all",
        ),
        reader="login",
    ),
    Family(
        id="prose-password",
        provider="any",
        title="a password that somebody wrote down",
        severity=Severity.HIGH,
        pattern=SENTENCE_OPENINGS,
        prefix="",
        remedy=_STORE,
        url=_CHEAT_SHEET,
        matches=(
            "The password is `{alnum:14}` until Friday.",
            "login: admin / {alnum:14}",
            "Das Passwort lautet {alnum:14}.",
        ),
        ignores=(
            "The password is required.",
            "login: admin / password",
            "the password is stored in the vault",
        ),
        reader="sentence",
        or_pattern=PAIR_OPENINGS,
    ),
    Family(
        id="table-password",
        provider="any",
        title="a password in a table",
        severity=Severity.HIGH,
        pattern=rf"(?:^|[,;|\t])[ \t\"'`*_]{{0,3}}(?:[A-Za-z]{{1,12}}[ _-])?{_COLUMN}[ \t\"'`*_]{{0,20}}[,;|\t\r\n]",
        prefix="",
        remedy=_STORE,
        url=_CHEAT_SHEET,
        matches=(
            "\nuser,password\nkim,{alnum:14}\n",
            "\n| user | password |\n|---|---|\n| kim | `{alnum:14}` |\n",
            "INSERT INTO users (name, password) VALUES ('kim', '{alnum:14}');",
            "COPY users (name, password) FROM stdin;\nkim\t{alnum:14}\n",
        ),
        ignores=(
            "\nuser,password\nkim,<password>\n",
            "\n| option | password |\n|---|---|\n| required | yes |\n",
        ),
        reader="table",
        or_pattern=ROWS_OPENING,
    ),
    Family(
        id="uri-password",
        provider="any",
        title="an address with a password",
        severity=Severity.HIGH,
        pattern=r"://[^\x00-\x20/?#\"'`<>(){}\\^|]{0,128}:[^\x00-\x20\"'`<>\\]{1,128}@[A-Za-z0-9\[]",
        prefix="",
        remedy="change the password at the host that the address names",
        url="https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1",
        matches=(
            "ftp://deploy:{alnum:14}@ftp.corp.internal/incoming",
            "smtp://mailer:{alnum:14}@mail.corp.internal:587",
            "ldap://cn=reader,dc=corp:{alnum:14}@ldap.corp.internal",
        ),
        ignores=(
            "ftp://user:password@ftp.corp.internal",
            "smtp://{user}:{password}@mail.corp.internal",
            "ftp://deploy:${PASSWORD}@ftp.corp.internal",
            "https://registry.corp.internal:8080/@scope/name",
        ),
        reader="address",
    ),
)
