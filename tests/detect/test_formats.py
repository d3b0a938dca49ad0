"""Passwords in files and lines of a known form, in tables and in sentences."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gates.core.finding import Severity
from gates.detect.credentials import READERS
from gates.detect.credentials.credential import Credential
from gates.detect.credentials.formats import devices, ldif, logins, manifests, netrc, pgpass
from gates.detect.credentials.prose import sentences, tables
from tests.detect.expand import expand
from tests.detect.samples import families, found, scanner

Reader = Callable[[bytes, Sequence[int]], Iterator[Credential]]


def found_of(family: str, text: str, seed: int = 0) -> list[bytes]:
    return [value for id_, _, value in found(text, seed) if id_ == family]


def read_by(reader: Reader, text: str) -> list[Credential]:
    """What one reader finds, whichever family wins in the end."""
    data = expand(text)
    return list(reader(data, range(1, len(data) + 1)))


@pytest.mark.parametrize(
    "text",
    [
        "machine git.corp.internal login robot password {alnum:20}",
        "machine git.corp.internal\nlogin robot\npassword {alnum:20}\n",
        "machine git.corp.internal\n\n\tlogin robot\n\tpassword {alnum:20}\n",
        "machine git.corp.internal\n  # the nightly job\n  login robot\n  password {alnum:20}\n",
        "machine git.corp.internal password {alnum:20}",
        "machine git.corp.internal login robot account ops password {alnum:20} macdef init\n",
        "machine ftp.corp.internal login kim password {alnum:8}+@-{alnum:4}",
        'machine ftp.corp.internal login kim password "{alnum:8} {alnum:6}"',
        "machine git.corp.internal login robot password winter2019",
        "default login anonymous password {alnum:12}",
        "echo 'machine git.corp.internal login robot password {alnum:20}' >> ~/.netrc",
    ],
)
def test_netrc_entry_is_found(text: str) -> None:
    assert len(read_by(netrc, text)) == 1
    assert families(text)


def test_every_netrc_entry_is_found() -> None:
    entries = "machine a.corp.internal login x password {alnum:12}\nmachine b.corp.internal login y password {alnum:13}\n"
    assert len(read_by(netrc, entries)) == 2


@pytest.mark.parametrize(
    "text",
    [
        "machine git.corp.internal login robot password <token>",
        "machine git.corp.internal login robot password ${TOKEN}",
        "machine host.example.com login kim password winter2019",
        "machine git.corp.internal login robot",
        "machine ftp.corp.internal login anonymous password anonymous",
        "the default login is admin and its password is printed on the machine",
    ],
)
def test_netrc_without_a_password_is_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "line",
    [
        "db.corp.internal:5432:orders:svc:{alnum:18}",
        "*:*:*:svc:{alnum:18}",
        "/var/run/postgresql:5432:orders:svc:{alnum:18}",
        r"db.corp.internal:5433:orders:svc:{alnum:8}\:{alnum:6}",
        "db.corp.internal:6432:*:svc:winter2019",
        'echo "db.corp.internal:5432:orders:svc:{alnum:18}" > ~/.pgpass',
        "db.corp.internal:5432:orders:svc:{alnum:18}\r",
    ],
)
def test_line_of_pgpass_is_found(line: str) -> None:
    assert len(found_of("pgpass", f"# passwords\n{line}\n")) == 1


def test_escapes_of_pgpass_are_undone() -> None:
    [credential] = pgpass(rb"h:5432:d:u:Ab9\:Zk3\\Q8", [22])
    assert (credential.value, credential.start) == (rb"Ab9:Zk3\Q8", 11)


@pytest.mark.parametrize(
    "line",
    [
        "hostname:port:database:username:password",
        "db.corp.internal:5432:orders:svc:password",
        "db.corp.internal:5432:orders:svc:${PGPASSWORD}",
        "main.c:5432:10:error:undeclared",
        "00:1a:2b:3c:4d:5e",
        "root:x:0:0:root:/root:/bin/bash",
        "tcp:0:5432:127.0.0.1:5432:open",
    ],
)
def test_other_lines_with_colons_are_left_alone(line: str) -> None:
    assert found(f"\n{line}\n") == []


def test_store_of_git_is_critical() -> None:
    assert found("https://robot:{alnum:40}@git.corp.internal\n")[0][:2] == ("git-credentials", Severity.CRITICAL)
    assert families("see https://robot:{alnum:40}@git.corp.internal for more\n") == ["http-basic-uri"]


# Kubernetes


def secret(entries: str, section: str = "data", kind: str = "Secret") -> str:
    return f"apiVersion: v1\nkind: {kind}\nmetadata:\n  name: app\ntype: Opaque\n{section}:\n{entries}"


def encoded(template: str) -> str:
    return base64.b64encode(expand(template)).decode()


@pytest.mark.parametrize(
    "text",
    [
        secret(f"  anything: {encoded('{alnum:24}')}\n"),
        secret(f'  anything: "{encoded("{alnum:24}")}" # the old one\n'),
        secret(f"  username: {encoded('robot')}\n  word: {encoded('{alnum:24}')}\n"),
        secret("  anything: {alnum:24}\n", "stringData"),
        secret("  anything: |\n    {alnum:24}\n", "stringData"),
        secret(f"  anything: >-\n    {encoded('{alnum:24}')}\n"),
        f"apiVersion: v1\ndata:\n  anything: {encoded('{alnum:24}')}\nkind: Secret\n",
        f"kind: ConfigMap\ndata:\n  a: b\n---\n{secret('  anything: ' + encoded('{alnum:24}'))}\n---\nkind: Service\n",
        f"kind: List\nitems:\n- apiVersion: v1\n  data:\n    anything: {encoded('{alnum:24}')}\n  kind: Secret\n- kind: Service\n",
        f"kind: List\nitems:\n  - kind: Secret\n    data:\n      anything: {encoded('{alnum:24}')}\n",
        f"kind: Secret\ndata: {{anything: {encoded('{alnum:24}')}}}\n",
        f'{{"kind": "Secret", "apiVersion": "v1", "data": {{"anything": "{encoded("{alnum:24}")}"}}}}',
        f'{{"data": {{"anything": "{encoded("{alnum:24}")}"}}, "metadata": {{"name": "x"}}, "kind": "Secret"}}',
        f'{{"kind": "List", "items": [{{"kind": "Secret", "data": {{"anything": "{encoded("{alnum:24}")}"}}}}]}}',
    ],
)
def test_value_of_a_kubernetes_secret_is_found_whatever_its_key(text: str) -> None:
    assert "k8s-secret-data" in families(text)


def test_random_bytes_of_a_kubernetes_secret_are_a_key() -> None:
    key = base64.b64encode(bytes(range(200, 232))).decode()
    assert families(secret(f"  anything: {key}\n")) == ["k8s-secret-data"]


def test_weak_password_of_a_kubernetes_secret_counts() -> None:
    assert "k8s-secret-data" in families(secret(f"  password: {encoded('winter2019')}\n"))


@pytest.mark.parametrize(
    "text",
    [
        secret(f"  anything: {encoded('{alnum:24}')}\n", kind="SealedSecret"),
        secret(f"  anything: {encoded('{alnum:24}')}\n", kind="ConfigMap"),
        secret("  anything: {{ .Values.password | b64enc }}\n"),
        secret("  anything: ${PASSWORD}\n", "stringData"),
        secret(f"  username: {encoded('robot')}\n  host: {encoded('db.corp.internal')}\n"),
        secret(f"  password: {encoded('changeme')}\n"),
        secret("  password: Y2hhbmdlbWU=\n") + "---\nkind: ConfigMap\ndata:\n  anything: {alnum:24}\n",
        "kind: Deployment\nspec:\n  ref:\n    kind: Secret\n    name: {alnum:24}\n",
        "# kind: Secret\ndata:\n  anything: {alnum:24}\n",
    ],
)
def test_other_manifests_are_left_alone(text: str) -> None:
    assert found_of("k8s-secret-data", text) == []


# Programs


@pytest.mark.parametrize(
    "text",
    [
        "userlist ops\n    user kim insecure-password {alnum:14}\n",
        "listen stats\n  stats auth admin:{alnum:14}\n",
        "stats auth admin:winter2019\n",
        'kim : EAP "{alnum:12}_"\n',
        'kim@corp.internal : XAUTH "winter2019"\n',
        '10.0.0.4 %any : PSK "{alnum:20}" # branch\n',
        ': RSA key.pem "{alnum:12}"\n',
        "GET https://api.corp.internal/\nAuthorization: Basic kim {alnum:16}\n",
        "Authorization: Digest kim {alnum:16}\n",
        "Authorization: Basic kim:{alnum:16}\n",
        'autosendcmd = "/msg nickserv identify {alnum:14}";',
        "/msg NickServ IDENTIFY kim {alnum:14}",
        "[mail.corp.internal]:587 mailer:{alnum:14}\n",
        "[mail.corp.internal]:submission mailer@corp.internal:{alnum:14}\n",
        "smtp.corp.internal:465   mailer:winter2019\n",
        'https://dav.corp.internal/orders kim "{alnum:14}"\n',
        '"corp-dsl"  *  "{alnum:14}"  *\n',
        "corp * {alnum:14} 10.0.0.4\n",
        "user worker on >{alnum:20} ~* +@all\n",
        "ACL SETUSER worker on ~orders:* >{alnum:20}",
        "rootpw {alnum:14}\n",
        "bindpw {alnum:14}\n",
        "---\n:corp_key: {hex:48}\n",
        ":rubygems_api_key: rubygems_{hex:48}\n",
        "sonar.login={hex:40}\n",
        'BUNDLE_GEMS__CORP__INTERNAL: "ci:{alnum:20}"\n',
        'user = "ci:{alnum:16}"\n',
        "curl_setopt($c, CURLOPT_USERPWD, 'ci:{alnum:16}');",
        'npmAuthIdent: "ci:{alnum:16}"',
        "ELASTIC_AUTH=elastic:{alnum:16}\n",
        "rocommunity {alnum:12}\n",
        'createUser monitor SHA "{alnum:16}" AES\n',
        '{default_pass, <<"{alnum:16}">>}',
        "cache_peer proxy.corp.internal parent 3128 0 login=kim:{alnum:14}\n",
        "client\n<auth-user-pass>\nkim\n{alnum:12}!{alnum:3}\n</auth-user-pass>\n",
        "[backup]\ntype = swift\nuser = backup\nkey = {hex:32}\n",
        "#cloud-config\nchpasswd:\n  list: |\n    ops:{alnum:16}\n  expire: false\n",
        "chpasswd:\n  list:\n    - root:{alnum:16}\n    - ops:RANDOM\n",
        "dn: uid=kim\nuserPassword: {alnum:14}\n",
        f"dn: uid=kim\nuserPassword:: {encoded('{alnum:14}')}\n",
    ],
)
def test_login_of_a_program_is_found(text: str) -> None:
    for seed in range(3):
        assert families(text, seed)


@pytest.mark.parametrize(
    "text",
    [
        "user kim insecure-password ${PASSWORD}\n",
        "user kim password $6$abcdefgh$ijklmnop\n",
        "stats auth admin:${STATS_PASSWORD}\n",
        "stats auth admin:password\n",
        'kim : EAP "<password>"\n',
        'kim : PSK "changeme"\n',
        'mode: EAP "winter2019" is the SSID of the guests\n',
        "Authorization: Basic user password\n",
        "Authorization: Basic {{user}} {{password}}\n",
        "Authorization: Basic authentication is used\n",
        "Authorization: Digest username, realm\n",
        "/msg nickserv identify <password>",
        "[mail.corp.internal]:587 mailer:password\n",
        "http://mirror.corp.internal/debian stable main\n",
        "https://dl.corp.internal/a.tgz a.tgz {hex:64}\n",
        "https://docs.corp.internal/en/{{ version }}/howto/setup/\n",
        " * a comment * in C\n",
        "user worker on nopass ~* +@all\n",
        "rootpw {SSHA}abcdefghijklmnop\n",
        ":checksum: {hex:64}\n",
        'BUNDLE_PATH: "vendor/bundle"\n',
        'BUNDLE_MIRROR: "https://gems.corp.internal"\n',
        'user: "1000:1000"\n',
        'user = "name:{password}"',
        "rocommunity public\n",
        "chpasswd:\n  expire: false\n",
        "chpasswd:\n  list: |\n    ops:RANDOM\n",
        f"userPassword:: {encoded('password')}\n",
        f"userPassword:: {encoded('{SSHA}')}\n",
        "type = swift\nname: key\n",
    ],
)
def test_settings_without_a_password_are_left_alone(text: str) -> None:
    assert found(text) == []


def state(result: str, kind: str = "random_password") -> str:
    instances = f'"instances": [{{"attributes": {{"bcrypt_hash": "$2a$10${{crypt:53}}", "id": "none", "result": "{result}"}}}}]'
    others = '{"type": "x", "result": "{alnum:16}"}'
    return f'{{"resources": [{{"mode": "managed", "type": "{kind}", "name": "db",\n {instances}}}, {others}]}}'


@pytest.mark.parametrize("result", ["{alnum:16}", "{lower:24}", "{alnum:3}^9@", "{alnum:6}\\u003c{alnum:3}\\u0026}}{{"])
def test_password_that_terraform_made_is_found_in_its_state(result: str) -> None:
    for text in (state(result), state(result).replace("\n", ""), state(result).replace(", ", ",\n      ")):
        assert len(found_of("program-login", text)) == 1


@pytest.mark.parametrize("text", [state("{alnum:16}", "random_string"), state("none of your business"), state("xxxxxxxxxxxxxxxx")])
def test_other_results_in_a_state_are_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "line",
    [
        "enable secret 0 {alnum:14}",
        "enable password {alnum:14}",
        "username kim privilege 15 secret 0 winter2019",
        "username kim password 7 0822455D0A16{HEX:6}",
        "snmp-server community {alnum:12} RO",
        "tacacs-server host 10.0.0.4 key {alnum:14}",
        "crypto isakmp key {alnum:14} address 0.0.0.0",
        " neighbor 10.0.0.9 password {alnum:14}",
        " ip ospf message-digest-key 1 md5 {alnum:14}",
        'set security ike policy p pre-shared-key ascii-text "{alnum:16}"',
        'secret "$9${alnum:24}";',
        "set snmp community {alnum:12} authorization read-only",
        "snmp-server user kim ops v3 auth sha {alnum:12} priv aes 128 {alnum:13}",
        " password simple {alnum:10}",
    ],
)
def test_password_of_a_device_is_found(line: str) -> None:
    for seed in range(3):
        assert families(f"hostname core1\n{line}\n", seed)


@pytest.mark.parametrize(
    "line",
    [
        "enable secret 5 $1$abcd$abcdefghijklmnopqrstuv",
        "enable secret 9 $9$abcdefgh$ijklmnopqrstuvwxyz",
        "service password-encryption",
        "enable password authentication",
        "snmp-server community public RO",
        "snmp-server community <string> RO",
        "tacacs-server key <key>",
        "aaa authentication login default group tacacs+ local",
    ],
)
def test_devices_without_a_password_are_left_alone(line: str) -> None:
    assert found_of("device-password", f"hostname core1\n{line}\n") == []


def test_reversible_password_of_a_device_is_medium() -> None:
    assert [severity for _, severity, _ in found("username kim password 7 0822455D0A16544541\n")] == [Severity.MEDIUM]


# Tables and sentences


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("user,password\nkim,{alnum:14}\nsam,{alnum:13}\n", 2),
        ("name,url,username,password\nwiki,https://wiki.corp.internal/,kim,{alnum:14}\n", 1),
        ('"url","username","password","note"\n"https://x.corp.internal","kim","{alnum:8},{alnum:6}",""\n', 1),
        ("password;user\n{alnum:14};kim\n", 1),
        ("user\tPasswort\tHost\nkim\t{alnum:14}\tweb1\n", 1),
        ("| host | user | password |\n|---|---|---|\n| db | reader | {alnum:14} |\n", 1),
        ("| User | **Password** |\n|:--|--:|\n| kim | `{alnum:14}` |\n| sam | `{alnum:12}` |\n", 2),
        ("+------+----------+\n| user | password |\n+------+----------+\n| kim  | {alnum:14} |\n+------+----------+\n", 1),
        ("|| user || password ||\n| kim | {alnum:14} |\n", 0),
        ("user,api_key\nkim,{hex:40}\n", 1),
        ("| | |\n|---|---|\n| Password | `{alnum:14}` |\n", 1),
    ],
)
def test_column_of_passwords_is_read(text: str, count: int) -> None:
    assert len(found(text)) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("INSERT INTO users (username, password) VALUES ('kim', '{alnum:14}');", 1),
        ("INSERT INTO users(password,username)VALUES('{alnum:14}','kim'),('{alnum:12}','sam');", 2),
        ("INSERT INTO `user` (`name`, `passwd`, `created`) VALUES (N'kim', N'{alnum:14}', NOW());", 1),
        ('insert into [dbo].[Users] ([Login], [Pwd])\nvalues\n  ("kim", "{alnum:14}"),\n  ("sam", NULL),\n  ("ben", "{alnum:13}");', 2),
        ("REPLACE INTO accounts (login, pwd, note) VALUES ('kim', '{alnum:8}''{alnum:6}', 'the (old), one; it''s \\'fine\\'');", 1),
        ("INSERT INTO clients (id, api_key, client_secret) VALUES (7, '{hex:40}', '{alnum:32}');", 2),
        ("INSERT INTO users (name, password) VALUES ('kim', crypt('{alnum:14}', gen_salt('bf')));", 1),
        ("db.exec(\"INSERT INTO users (name, password) VALUES ('kim', '{alnum:14}')\")", 1),
        ("db.query('INSERT INTO users (name, password) VALUES (\\'kim\\', \\'{alnum:14}\\')');", 1),
        ("run(\"INSERT INTO users (name, password) \"\n    \"VALUES ('kim', '{alnum:14}')\")", 1),
        ("COPY public.users (id, login, password, created) FROM stdin;\n1\tkim\t{alnum:14}\t2031-01-02\n2\tsam\t\\N\t\\N\n\\.\n", 1),
        ("COPY users (token) FROM stdin WITH (FORMAT text);\n{hex:40}\n{hex:40}\n\\.\n{hex:40}\n", 2),
    ],
)
def test_column_of_passwords_in_sql_is_read(text: str, count: int) -> None:
    for seed in range(3):
        assert len(found_of("table-password", text, seed)) == count, expand(text, seed)


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO users (name, password) VALUES (?, ?);",
        "INSERT INTO users (name, password) VALUES ('kim', '$2b$12${crypt:53}');",
        "INSERT INTO users (name, password) VALUES ('kim', '{hex:32}'), ('sam', '{hex:64}'), ('ben', '*{HEX:40}');",
        "INSERT INTO users (name, password, salt) VALUES ('kim', '{hex:40}', '{alnum:16}');",
        "INSERT INTO users (name, password) VALUES ('kim', '{b64:27}='), ('sam', '{b64:43}='), ('pat', '{b64:22}==');",
        "INSERT INTO users (name, password) VALUES ('ben', 'AQAAAAEAACcQAAAAE{b64:63}==');",
        "INSERT INTO user (user_id, user_password) VALUES (1, ':B:{hex:8}:{hex:32}');",
        "INSERT INTO users (name, password_hash) VALUES ('kim', '{alnum:14}');",
        "INSERT INTO users (name, password, note) VALUES ('kim', NULL, '{alnum:14}');",
        "INSERT INTO users (name, password) VALUES ('kim', 'changeme'), ('sam', '<password>');",
        "INSERT INTO users (name, password) VALUES ('kim', decode('{alnum:14}', 'x'));",
        "INSERT INTO users (name, password) VALUES ('{alnum:14}', :password); SELECT '{alnum:14}', '{alnum:14}';",
        '$db->query("INSERT INTO users (name, password) VALUES (\'" . $name . "\', \'" . hash9(X4b) . "\')");',
        "INSERT INTO users (name, password) SELECT 'kim', '{alnum:14}';",
        "def save(name, password) values = ['kim', '{alnum:14}']",
        "COPY public.users (id, login, password_digest) FROM stdin;\n1\tkim\t{alnum:14}\n\\.\n",
        "COPY public.users (id, login, password) FROM stdin;\n1\tkim\t{hex:32}\n\\.\n",
    ],
)
def test_other_rows_of_sql_are_left_alone(text: str) -> None:
    assert found(text) == []


def test_statements_within_one_another_cost_no_more_than_their_length() -> None:
    text = b"into t(pass)values((" * 20_000
    assert list(tables(text, range(18, len(text), 20))) == []


@pytest.mark.parametrize(
    "text",
    [
        "user,password\nkim,<password>\nsam,\n",
        "user,password\nkim,changeme\n",
        "user,password\nkim,$2b$12$abcdefghijklmnopqrstuv\n",
        "| option | password | default |\n|---|---|---|\n| required | the password | none |\n",
        "def login(user, password, host):\n    return connect(user, password, host)\n",
        "user, password, host = read()\nopen(user, password1, host)\n",
        "user,\npassword,\nhost4\n",
        "id,token_count\n1,182736450\n",
    ],
)
def test_other_tables_are_left_alone(text: str) -> None:
    assert found_of("table-password", text) == []


@pytest.mark.parametrize(
    "text",
    [
        "The password is `{alnum:14}` until IT has made your account.",
        "The root password is {alnum:14}.",
        "the password for the staging host is now {alnum:14}, ask kim",
        "The password was changed to **{alnum:14}**.",
        "Das Passwort lautet {alnum:14}.",
        "Das Kennwort ist „{alnum:14}“",
        "Le mot de passe est {alnum:14}.",
        "La contraseña es {alnum:14}",
        "A senha é {alnum:14}",
        "Het wachtwoord is {alnum:14}",
        "密码\uff1a{alnum:14}",
        "初始密码为 {alnum:14}\uff0c请尽快修改",
        "パスワード\uff1a{alnum:14}",
        "パスワードは「{alnum:14}」です",
        "パスワードは{alnum:14}です。",
        "Пароль: {alnum:14}",
        "пароль — {alnum:14}",
        "login etl_user pw {alnum:14}",
        "login etl_user pw Winter!2019",
        "user kim, password: Winter2019*",
        "login: admin / {alnum:14}",
        "Login is admin / {alnum:14}",
        "user/pass: admin/{alnum:14}",
        "username/password: admin : {alnum:14}",
        "Zugangsdaten: admin / {alnum:14}",
        "credentials: admin/{alnum:14}",
        "log in as `admin` with password `{alnum:14}`",
        "temporary secret key for the partner: {alnum:32}",
        "API token for the build: {hex:40}",
        "password for kim: {alnum:14}",
    ],
)
def test_password_of_a_sentence_is_found(text: str) -> None:
    for seed in range(3):
        assert families(text, seed), expand(text, seed)


@pytest.mark.parametrize(
    "text",
    [
        "密码\uff1a必填",
        "密码\uff1a<password>",
        "パスワード\uff1apassword",
        "Пароль: изменён",
        "密码\uff1a{{password}}",
        "密码\uff1arequired",
        "The password is required.",
        "The password is stored in the vault.",
        "the password is `changeme`",
        "The password is `<password>`",
        "the password is case-sensitive",
        "the password is set to ${PASSWORD}",
        "login: admin / password",
        "login: user@corp.internal and password",
        "credentials: see https://wiki.corp.internal/login",
        "the token is base64-encoded",
        "the secret is base64url-encoded with SHA256",
        "log in as root with password authentication",
        "Passwort ist erforderlich.",
        "the API key is an opaque string of 32 characters",
        "password to use: getpass.getpass()",
        "The pwd is /home/kim/src2",
        "login user password required",
        "login form pw field_2",
        "a login with password protection2",
        "user name, password, host2",
    ],
)
def test_other_sentences_are_left_alone(text: str) -> None:
    assert found(text) == []


PIECES = [
    *(
        "machine ",
        "login ",
        "password ",
        "kind: Secret\n",
        '"kind": "Secret"',
        "data:\n",
        "  a: ",
        '{"data": {',
        "}",
        "}}",
        ":5432:",
        "|",
        "- ",
        "\n",
    ),
    *(
        "user,password\n",
        "\r\n",
        "---\n",
        "chpasswd:\n",
        "snmp-server community ",
        "secret 0 ",
        "userPassword:: ",
        "Wms5UTg=",
        "Zk3vQ8pLw92xTb",
    ),
    *("é", "\\", '"', " is ", "for x: ", "<auth-user-pass>\n", "login: a / "),
]
TEXT = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=24).map(lambda parts: "".join(parts).encode())


@settings(max_examples=150)
@given(TEXT)
def test_readers_stay_within_the_data(data: bytes) -> None:
    for reader in (netrc, pgpass, logins, devices, ldif, manifests, tables, sentences):
        for credential in reader(data, range(len(data) + 1)):
            assert 0 <= credential.start < credential.end <= len(data)


@settings(max_examples=100)
@given(TEXT)
def test_scan_of_anything_ends(data: bytes) -> None:
    for match in scanner().scan(data):
        assert 0 <= match.start < match.end <= len(data)


def test_every_reader_is_known() -> None:
    assert {family.reader for family in scanner()._families if family.reader} <= set(READERS)
