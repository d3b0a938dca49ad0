"""What a file is by its name and content: each kind with what bears it out, and what only looks like it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from hypothesis import given
from hypothesis import strategies as st

from gates.detect import kinds as table
from gates.detect import proofs
from gates.detect.kinds import EXAMPLE, KINDS, kinds
from tests.detect.expand import expand

SECRET = "{alnum:24}"
SQLITE = b"SQLite format 3\0"
JSON = '{"a": {"%s": "{alnum:24}"}}'

# (path, content that bears it out, kind). Templates are expanded, so that no credential is stored.
FOUND: list[tuple[str, str | bytes, str]] = [
    (".env", f"A=1\nDB_PASSWORD={SECRET}", "dotenv"),
    (".ENV", f"SECRET='{SECRET}'", "dotenv"),
    (".env.local", f"export API_KEY={SECRET}", "dotenv"),
    (".env~", f"dbPassword: {SECRET}", "dotenv"),
    (".env_prod", f"PGPASSWORD={SECRET}", "dotenv"),
    ("docker/web.env", f"AWS_SECRET_ACCESS_KEY={SECRET}", "dotenv"),
    (".dev.vars", f'TOKEN = "{SECRET}"', "dotenv"),
    (".env.test", f"DATABASE_URL=postgres://app:{SECRET}@db/app", "dotenv"),
    (".env", b"\xff\xfe" + f"SECRET={'Q7' * 3}kz9m".encode("utf-16-le"), "dotenv"),
    (".envrc", f"export NPM_TOKEN={SECRET}", "direnv"),
    ("home/.ssh/old", "{pem:rsa}", "ssh-key"),
    ("id_ed25519", "{pem:pkcs8}", "ssh-key"),
    ("identity", "SSH PRIVATE KEY FILE FORMAT 1.1\n", "ssh-key"),
    ("a.ppk", "PuTTY-User-Key-File-3: ssh-ed25519\n", "ssh-key"),
    ("ta.key", "-----BEGIN " + "OpenVPN Static key V1-----\n", "private-key"),
    ("export.gpg", b"\x95\x03\x98\x04rest", "private-key"),
    ("export.gpg", b"\xc5\x58\x04rest", "private-key"),
    ("secring.gpg", b"\x95\x03\x98\x04rest", "gnupg"),
    (".gnupg/private-keys-v1.d/0A.key", "Key: (private-key (rsa", "gnupg"),
    ("tls.P12", b"\x30\x82\x04\x00\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x02", "key-store"),
    ("http.keytab", b"\x05\x02\0\0", "keytab"),
    ("wallet.dat", b"\0\0\0\0\1\0\0\0", "wallet"),
    ("keystore/UTC--2026-01-01--0a", '{"crypto": {"ciphertext": "00"}}', "wallet"),
    ("office.ovpn", "client\n<key>\n{pem:rsa}\n</key>\n", "vpn"),
    ("wireguard/home.conf", "[Interface]\nPrivateKey = {b64:43}=\n", "vpn"),
    ("config/master.key", "{hex:32}", "rails-key"),
    ("config/credentials/production.key", "{hex:32}\n", "rails-key"),
    ("team.kdbx", b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5", "password-store"),
    ("x.agilekeychain/data/default/1.js", "{}", "password-store"),
    ("login.keychain-db", b"kych\0\1", "keychain"),
    ("Login Data", SQLITE, "browser-store"),
    ("profile/key4.db", SQLITE, "browser-store"),
    ("profile/logins.json", '{"logins": [{"encryptedPassword": "M"}]}', "browser-store"),
    ("cookies.txt", f"# Netscape HTTP Cookie File\n.a.org\tTRUE\t/\tTRUE\t0\tsid\t{SECRET}\n", "cookies"),
    ("playwright/.auth/user.json", '{"cookies": [{"name": "sid"}]}', "cookies"),
    (".netrc", f"machine a\n  login b\n  password {SECRET}\n", "netrc"),
    ("_netrc", f"machine a login b password {SECRET}", "netrc"),
    (".git-credentials", f"https://u:{SECRET}@git.example.org", "git-credentials"),
    (".npmrc", f"//r.example.org/:_authToken={SECRET}", "package-registry"),
    (".npmrc", "_auth = {b64:24}", "package-registry"),
    (".pypirc", f"[pypi]\nusername = __token__\npassword = {SECRET}", "package-registry"),
    ("pip.conf", f"[global]\nindex-url = https://u:{SECRET}@r.example.org/simple", "package-registry"),
    (".yarnrc.yml", f'npmAuthToken: "{SECRET}"', "package-registry"),
    (".cargo/credentials.toml", f'[registry]\ntoken = "{SECRET}"', "package-registry"),
    ("NuGet.Config", f'<add key="ClearTextPassword" value="{SECRET}" />', "package-registry"),
    (".m2/settings.xml", f"<server><password>{SECRET}</password></server>", "package-registry"),
    ("auth.json", '{"http-basic": {"r.example.org": {"username": "u", "password": "{alnum:24}"}}}', "package-registry"),
    (".htpasswd", "u:$apr1${alnum:8}${alnum:22}", "htpasswd"),
    ("etc/shadow", "root:$6${alnum:16}${alnum:86}:19000:0:99999:7:::", "shadow"),
    (".docker/config.json", '{"auths": {"r": {"auth": "{b64:32}"}}}', "container-registry"),
    ("kubeconfig", "users:\n- user:\n    client-key-data: {b64:64}", "kubeconfig"),
    (".kube/config", f"users:\n- user:\n    token: {SECRET}", "kubeconfig"),
    (".aws/credentials", "[default]\naws_secret_access_key = {alnum:40}", "cloud-credentials"),
    ("gcloud/application_default_credentials.json", JSON % "refresh_token", "cloud-credentials"),
    ("gcloud/legacy_credentials/u@e.org/adc.json", JSON % "client_secret", "cloud-credentials"),
    ("gcloud/credentials.db", SQLITE, "cloud-credentials"),
    (".azure/accessTokens.json", JSON % "accessToken", "cloud-credentials"),
    ("client_secret_12.json", JSON % "client_secret", "cloud-credentials"),
    (".s3cfg", f"secret_key = {SECRET}", "cloud-credentials"),
    ("accessKeys.csv", "Access key ID,Secret access key\nA,B", "cloud-credentials"),
    ("terraform.tfstate", '{"version": 4, "resources": [{"a": 1}]}', "terraform-state"),
    ("x.tfstate.backup", '{"outputs": {"a": {"value": "b"}}}', "terraform-state"),
    ("prod.auto.tfvars", f'db_password = "{SECRET}"', "terraform-variables"),
    (".terraform.d/credentials.tfrc.json", JSON % "token", "terraform-credentials"),
    (".vault-token", "s.{alnum:24}", "vault-token"),
    (".vault_pass.txt", "{alnum:20}\n", "ansible-vault"),
    (".claude/.credentials.json", JSON % "accessToken", "agent-credentials"),
    ("home/u/.config/cursor/auth.json", JSON % "refreshToken", "agent-credentials"),
    (".codex/auth.json", JSON % "OPENAI_API_KEY", "agent-credentials"),
    (".gemini/oauth_creds.json", JSON % "refresh_token", "agent-credentials"),
    (".config/github-copilot/apps.json", JSON % "oauth_token", "agent-credentials"),
    (".config/gh/hosts.yml", f"github.com:\n  oauth_token: {SECRET}", "forge-credentials"),
    (".gemini/glab-token", SECRET, "forge-credentials"),
    ("kaggle.json", JSON % "key", "service-credentials"),
    (".erlang.cookie", "ABCDEFGHIJ", "erlang-cookie"),
    (".pgpass", f"# mine\nh:5432:d:u:{SECRET}", "pgpass"),
    (".my.cnf", f"[client]\npassword={SECRET}", "database-client"),
    ("sitemanager.xml", '<Pass encoding="base64">{b64:20}</Pass>', "file-transfer"),
    (".vscode/sftp.json", JSON % "password", "file-transfer"),
    ("rclone.conf", f"[r]\npass = {SECRET}", "file-transfer"),
    (".msmtprc", f"account a\npassword {SECRET}", "mail-client"),
    (".bash_history", "ls\n", "history"),
    ("run-logs/a/b/payload.json", "{}", "run-log"),
    ("session.har", f'{{"name": "Authorization", "value": "Bearer {SECRET}"}}', "recorded-requests"),
    ("core.4242", b"\x7fELF\2\1\1" + bytes(9) + b"\4\0", "memory-dump"),
    ("heap.hprof", b"JAVA PROFILE 1.0.2\0", "memory-dump"),
    (
        "backup.sql",
        "-- PostgreSQL database dump\nCREATE TABLE u (\n  password_hash character varying(9)\n);\nCOPY u (a) FROM stdin;\n",
        "data-dump",
    ),
    ("dump.rdb", b"REDIS0009", "data-dump"),
]  # fmt: skip

CLEAN: list[tuple[str, str | bytes]] = [
    (".env", ""),
    (".env", " \n\0\n"),
    (".env", "FLASK_APP=app\nDEBUG=true\nLOG_LEVEL=info\nPORT=8000\nTZ=Europe/Berlin\nHOST=0.0.0.0\n"),
    (".env", "DB_PASSWORD=\nAPI_KEY=''\nSECRET_KEY=changeme\nTOKEN=<token>\nJWT_SECRET=${JWT_SECRET}\nPASSWORD=xxxxxxxx\n"),
    (".env", f"# DB_PASSWORD={SECRET}\n"),
    (".env", "MAX_TOKENS=4096\nCACHE_KEY=user_id\nTOKEN_TTL=3600\nSECRET_NAME=prod/db\nPASSWORD_FILE=/run/secrets/db\nAUTH_MODE=basic\n"),
    (".env", "POSTGRES_USER=postgres\nPOSTGRES_PASSWORD=postgres\nDB_PASSWORD=postgres\nURL=postgres://app:app@db/app\n"),
    (".env", "KEY=arn:aws:secretsmanager:eu-1:1:secret:a1B2\nPASSWORD=ENC[AES256_GCM,data:x1Y2,type:str]\nTOKEN=op://vault/item/t1\n"),
    (".env", f"STRIPE_PUBLISHABLE_KEY=pk{SECRET}\nPUBLIC_KEY={SECRET}\n"),
    (".env", "GIT_SHA={hex:40}\nBUILD_ID={digits:12}\nTRACE_ID={hex:32}\n"),
    (".env.vault", f'DOTENV_VAULT_PRODUCTION="{SECRET}"'),
    (".env.example", f"DB_PASSWORD={SECRET}"),
    ("example.env", f"DB_PASSWORD={SECRET}"),
    (".env.d.ts", f"SECRET={SECRET}"),
    ("environment", f"SECRET={SECRET}"),
    ("id_rsa.pub", "ssh-rsa {b64:372}"),
    (".ssh/known_hosts", "git.example.org ssh-ed25519 {b64:68}"),
    (".ssh/config", "Host a\n  IdentityFile ~/.ssh/id_rsa\n"),
    ("cacert.pem", "-----BEGIN CERTIFICATE-----\n{b64:64}\n-----END CERTIFICATE-----\n"),
    ("public.pem", "-----BEGIN PUBLIC KEY-----\n{b64:64}\n-----END PUBLIC KEY-----\n"),
    ("pubring.gpg", b"\x99\x01\x0d\x04rest"),
    ("mail.gpg", b"\x85\x02\x0c\x03rest"),
    ("slides.key", b"PK\x03\x04" + bytes(40)),
    ("de.key", "greeting = Hallo\n"),
    ("android/app/debug.keystore", b"\xfe\xed\xfe\xed\0\0\0\2\0\0\0\1\0\0\0\1"),
    ("apt.keyring", b"\x99\x01\x0d\x04"),
    ("logins.json", '{"logins": []}'),
    ("cookies", "recipes for cookies"),
    (".netrc", "machine a login b password ${TOKEN}"),
    (".npmrc", "//r.example.org/:_authToken=${NPM_TOKEN}\nregistry=https://r.example.org/\nalways-auth=true\nengine-strict=true\n"),
    (".pypirc", "[distutils]\nindex-servers = pypi\n[pypi]\nusername = __token__\n"),
    ("lang/en/auth.json", '{"password": "The password is wrong.", "token": "This token has expired."}'),
    ("nuget.config", '<add key="nuget.org" value="https://api.nuget.org/v3/index.json" />'),
    (".docker/config.json", '{"credsStore": "desktop", "auths": {"r": {}}}'),
    ("kubeconfig.yaml", "users:\n- user:\n    exec:\n      command: aws\n"),
    (".aws/config", "[default]\nregion = eu-1\nsso_start_url = https://a.example.org/start\n"),
    ("terraform.tfstate", '{"version": 4, "outputs": {}, "resources": []}'),
    ("terraform.tfstate", '{"encrypted_data": "x", "resources": [{"a": 1}]}'),
    ("dev.tfvars", 'region = "eu-1"\nkey_name = "deploy"\nkms_key_id = "alias/app1"\n'),
    (".vault_pass", "#!/bin/sh\npass show vault\n"),
    (".vault-token", ""),
    (".aider.conf.yml", "model: sonnet\nauto-commits: false\n"),
    ("components/run-logs/RunLogs.tsx", "export default 1"),
    ("page.har", '{"name": "Accept", "value": "text/html; charset=utf-8"}'),
    ("core", "the core\n"),
    ("core.py", f"PASSWORD = '{SECRET}'"),
    ("lib/core.1.so", b"\x7fELF\2\1\1" + bytes(9) + b"\3\0"),
    ("structure.sql", "-- PostgreSQL database dump\nCREATE TABLE u (\n  password character varying(9)\n);\n"),
    ("master.key.md", "{hex:32}"),
]  # fmt: skip


def first(path: str, content: str | bytes) -> str:
    data = expand(content) if isinstance(content, str) else content
    return next((kind.id for kind in kinds(path) if kind is not EXAMPLE and kind.proof(data[: proofs.HEAD])), "")


@pytest.mark.parametrize(("path", "content", "kind"), FOUND, ids=lambda value: None if isinstance(value, bytes) else value[:24])
def test_what_a_file_is(path: str, content: str | bytes, kind: str) -> None:
    assert first(path, content) == kind
    assert first(f"some/where/{path}", content) == kind


@pytest.mark.parametrize(("path", "content"), CLEAN, ids=lambda value: None if isinstance(value, bytes) else value[:24])
def test_what_only_looks_like_one(path: str, content: str | bytes) -> None:
    assert first(path, content) == ""


def test_every_kind_has_a_case() -> None:
    assert {kind.id for kind in KINDS} == {kind for _, _, kind in FOUND}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.title)
def test_the_words_of_a_kind(kind: table.Kind) -> None:
    assert not kind.title.endswith(".")
    assert not kind.rotate.endswith(".")
    assert kind.rotate[0].islower()
    assert kind.names
    assert all(re.fullmatch(r"(?:\*?[\w.-]+/(?:\*\*/)?)*(?:\*[\w.-]*|[\w .-]+\*?)", name) and name == name.lower() for name in kind.names)


@pytest.mark.parametrize("form", [serialization.PrivateFormat.TraditionalOpenSSL, serialization.PrivateFormat.PKCS8])
@pytest.mark.parametrize("key", [rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())])
def test_a_binary_key_is_known_from_a_public_one(key: rsa.RSAPrivateKey, form: serialization.PrivateFormat) -> None:
    der = serialization.Encoding.DER
    assert proofs.key(key.private_bytes(der, form, serialization.NoEncryption()))
    assert not proofs.key(key.public_key().public_bytes(der, serialization.PublicFormat.SubjectPublicKeyInfo))
    locked = key.private_bytes(der, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"password"))
    assert proofs.key(locked)


def test_a_store_of_certificates_alone_is_none() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    assert proofs.key_store(pkcs12.serialize_key_and_certificates(b"me", key, None, None, serialization.BestAvailableEncryption(b"x")))
    jks = b"\xfe\xed\xfe\xed\0\0\0\2"
    trusted = b"\0\0\0\2\0\2ca" + bytes(8) + b"\0\5X.509\0\0\0\3abc"
    private = b"\0\0\0\1\0\2me" + bytes(8) + b"\0\0\0\3abc\0\0\0\0"
    assert not proofs.key_store(jks + b"\0\0\0\2" + trusted * 2 + bytes(20))
    assert proofs.key_store(jks + b"\0\0\0\2" + trusted + private + bytes(20))


@given(st.binary(max_size=300), st.sampled_from(KINDS))
def test_no_content_breaks_a_proof(data: bytes, kind: table.Kind) -> None:
    assert kind.proof(data) in (True, False)


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_no_path_breaks_the_table(path: str) -> None:
    assert isinstance(kinds(path), tuple)


def test_time_is_linear_in_the_content() -> None:
    """64 KiB of what each expression has to look at again and again takes no longer than a moment."""
    for unit in (
        b"a",
        b"a=",
        b"a:",
        b'"',
        b"<a",
        b"a.b/",
        b"://",
        b"x://a:",
        b"\t",
        b"a:b:",
        b'key="',
        b"#",
        b" ",
        b"-- MySQL ",
        b"password ",
    ):
        data = unit * (proofs.HEAD // len(unit))
        for kind in KINDS:
            kind.proof(data)


def test_nothing_in_our_own_tree_is_taken_for_one() -> None:
    root = Path(__file__).parents[2]
    assert not [path for path in (root / "gates").rglob("*.py") if first(path.relative_to(root).as_posix(), path.read_bytes())]
