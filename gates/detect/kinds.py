"""Files that should not be in a repository or an image: what they are called, what bears it out, what to do about what was in them."""

from __future__ import annotations

from typing import NamedTuple

from gates.core.finding import Severity
from gates.detect import proofs
from gates.detect.proofs import Proof, assigned, present, starts_with


class Kind(NamedTuple):
    """`names` are patterns over the end of a path in small letters: `name`, `start*` or `*end` for the last part, with as many folders
    before it as are needed; `folder/**/*end` is such a name anywhere below such a folder. `proof` judges the content.
    """

    id: str  # the subject of its findings
    title: str  # what it is, with its article
    names: tuple[str, ...]
    rotate: str  # what to do about what was in it
    proof: Proof = present
    severity: Severity = Severity.HIGH
    key: bool = False  # holds a key and nothing else, so a secret that was found in it is the same news


# A copy for others to fill in; any such word among the parts of a file's name.
EXAMPLES = frozenset(
    ("example", "examples", "sample", "template", "tmpl", "tpl", "dist", "default", "defaults", "schema", "skeleton", "stub")
)
_BACKUPS = (".bak", ".backup", ".old", ".orig", ".save", ".copy", ".tmp", ".swp", "~")

_VALUES = "change every password, key and token that is in it"
_TOKENS = "log out and in again where the token is from, so that it ends"
_PASSWORDS = "change the passwords that are in it"

DOTENV = Kind(
    "dotenv",
    "an environment file with credentials in it",
    (".env", ".env.*", ".env-*", ".env_*", "*.env", ".dev.vars", ".dev.vars.*", ".secrets"),
    _VALUES,
    assigned,
)
# No finding by itself: it says that people are to write a `.env` beside it.
EXAMPLE = Kind("dotenv-example", "an example of an environment file", (), "", present)

KINDS = (
    DOTENV,
    Kind("direnv", "a direnv file with credentials in it", (".envrc", ".envrc.*"), _VALUES, assigned),
    # keys
    Kind(
        "gnupg",
        "a secret part of a GnuPG home",
        ("secring.gpg", "private-keys-v1.d/*.key", ".gnupg/openpgp-revocs.d/*.rev"),
        "revoke the key with its revocation certificate, publish that, and make a new one",
    ),
    Kind(
        "ssh-key",
        "a private SSH key",
        ("id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "id_ecdsa_sk", "id_ed25519_sk", "id_xmss", "identity", ".ssh/**/*", "*.ppk"),
        "make a new key pair and take the old public key out of every authorized_keys and account",
        proofs.key,
        key=True,
    ),
    Kind(
        "private-key",
        "a private key",
        ("*.pem", "*.key", "*.der", "*.p8", "*.pk8", "*.pvk", "*.asc", "*.gpg", "*.pgp", "*.rsa"),
        "revoke the key and whatever certificate belongs to it, and make new ones",
        proofs.key,
        key=True,
    ),
    Kind(
        "key-store",
        "a key store with a private key",
        ("*.p12", "*.pfx", "*.jks", "*.jceks", "*.bks", "*.keystore", "*.ks"),
        "revoke the certificates of the keys in it and make new ones; its password can be guessed offline for ever",
        proofs.key_store,
    ),
    Kind("keytab", "a Kerberos keytab", ("*.keytab",), "change the keys of the principals in it", starts_with(b"\x05\x02", b"\x05\x01")),
    Kind("wallet", "a wallet of a crypto-currency", ("wallet.dat",), "move everything to a new wallet"),
    Kind("wallet", "a wallet of Ethereum", ("utc--*",), "move everything to a new wallet", proofs.holds(b'"ciphertext"')),
    Kind(
        "vpn",
        "a VPN profile with its key",
        ("*.ovpn", "wg0.conf", "wg1.conf", "wireguard/*.conf"),
        "revoke the client's certificate or key on the VPN server",
        lambda data: proofs.key(data) or assigned(data),
    ),
    Kind(
        "rails-key",
        "the key that opens the encrypted credentials of a Rails application",
        ("master.key", "config/credentials/*.key"),
        "change every credential that it opens, and encrypt them with a new key",
        proofs.one_word,
    ),
    # password stores
    Kind(
        "password-store",
        "a KeePass database",
        ("*.kdbx", "*.kdb"),
        "change the passwords in it: its own can be guessed offline for ever",
        starts_with(b"\x03\xd9\xa2\x9a"),
    ),
    Kind(
        "password-store",
        "a password manager's store",
        ("*.psafe3", "*.enpass", "*.agilekeychain/**/*", "*.opvault/**/*", "*.1pif", "*.1pux"),
        "change the passwords in it: its own can be guessed offline for ever",
    ),
    Kind(
        "keychain",
        "a system's keychain",
        ("*.keychain", "*.keychain-db", "*.keyring", "*.kwl"),
        _PASSWORDS,
        starts_with(b"kych", b"GnomeKeyring", b"KWALLET", b"[keyring]"),
    ),
    Kind(
        "browser-store",
        "a browser's store of passwords and sessions",
        ("key3.db", "key4.db", "signons.sqlite", "cookies.sqlite", "login data", "cookies"),
        "change the passwords in it and log out of every session",
        starts_with(b"SQLite format 3", b"\0\x06\x15\x61"),
    ),
    Kind("browser-store", "a browser's stored passwords", ("logins.json",), _PASSWORDS, proofs.holds(b'"encryptedPassword"')),
    Kind("cookies", "cookies of a session", ("cookies.txt",), "log out of every session in it", proofs.cookies),
    Kind(
        "cookies",
        "the state of a logged-in browser",
        ("storage_state.json", "storagestate.json", "playwright/.auth/*.json"),
        "log out of every session in it",
        proofs.cookie_jar,
    ),
    # credentials of programs
    Kind("netrc", "a .netrc with passwords", (".netrc", "_netrc"), _PASSWORDS, proofs.netrc),
    Kind("git-credentials", "git's stored passwords", (".git-credentials", "git/credentials"), _PASSWORDS, proofs.addressed),
    Kind(
        "package-registry",
        "a package manager's settings with a credential",
        (
            ".npmrc", ".yarnrc", ".yarnrc.yml", ".pypirc", "pip.conf", "pip.ini", ".gem/credentials", ".bundle/config",
            ".cargo/credentials", ".cargo/credentials.toml", "nuget.config", ".m2/settings.xml",
            ".m2/settings-security.xml", ".sbt/.credentials", ".ivy2/.credentials", ".hex/hex.config", ".condarc",
        ),
        "revoke the token in it, or change the password, at the registry",
        assigned,
    ),
    Kind(
        "package-registry",
        "Composer's credentials",
        ("auth.json",),
        "revoke the token in it, or change the password, at the registry",
        lambda data: assigned(data) and proofs.holds(b"-basic", b"-oauth", b"-token", b'"bearer"')(data),
    ),
    Kind("htpasswd", "a web server's passwords", (".htpasswd", "htpasswd", "*.htpasswd"), _PASSWORDS, proofs.htpasswd),
    Kind("shadow", "a system's password hashes", ("etc/shadow", "etc/gshadow", "etc/master.passwd"), _PASSWORDS, proofs.shadow),
    Kind(
        "container-registry",
        "a container registry's credentials",
        (".docker/config.json", ".dockercfg", ".dockerconfigjson", "containers/auth.json"),
        "revoke the token in it, or change the password, at the registry",
        assigned,
    ),
    Kind(
        "kubeconfig",
        "a kubeconfig with credentials",
        ("kubeconfig", "*.kubeconfig", "kubeconfig.yaml", "kubeconfig.yml", ".kube/config", "kubernetes/admin.conf"),
        "revoke the client certificate or token in the cluster",
        assigned,
    ),
    Kind(
        "cloud-credentials",
        "a cloud provider's credentials",
        (
            ".aws/credentials", ".aws/config", ".aws/sso/cache/*.json", ".aws/cli/cache/*.json", ".boto", ".s3cfg", "rootkey.csv",
            "application_default_credentials.json", "legacy_credentials/**/*", ".azure/accesstokens.json", ".azure/msal_token_cache.json",
            ".azure/service_principal_entries.json", "*.publishsettings", ".config/doctl/config.yaml", ".fly/config.yml", "hcloud/cli.toml",
            ".wrangler/config/default.toml", ".bluemix/config.json", ".config/scw/config.yaml", "client_secret*", ".ossutilconfig",
            "local.settings.json",
        ),
        "deactivate the key or revoke the session in the provider's console",
        assigned,
    ),
    Kind(
        "cloud-credentials",
        "a cloud provider's access key, as its console hands it out",
        ("accesskeys.csv", "*_accesskeys.csv", "credentials.csv", "new_user_credentials.csv"),
        "deactivate the key in the provider's console",
        proofs.holds(b"Secret access key"),
    ),
    Kind(
        "cloud-credentials",
        "the token database of gcloud",
        ("gcloud/credentials.db", "gcloud/access_tokens.db"),
        "run gcloud auth revoke --all",
        starts_with(b"SQLite format 3"),
    ),
    Kind(
        "terraform-state",
        "a Terraform state, which holds the secrets of what it describes as they are",
        ("*.tfstate",),
        "keep the state in a backend that encrypts it, and change the secrets that it holds",
        proofs.terraform_state,
    ),
    Kind("terraform-variables", "Terraform variables with credentials", ("*.tfvars", "*.tfvars.json"), _VALUES, assigned),
    Kind(
        "terraform-credentials",
        "Terraform's or Pulumi's own token",
        (".terraform.d/credentials.tfrc.json", ".terraformrc", "terraform.rc", ".pulumi/credentials.json"),
        _TOKENS,
        assigned,
    ),
    Kind("vault-token", "a token of HashiCorp Vault", (".vault-token",), "run vault token revoke for it", proofs.one_word),
    Kind(
        "ansible-vault",
        "the password of an Ansible vault",
        (
            ".vault_pass", ".vault_pass.txt", ".vault-pass", ".vault-pass.txt", "vault_pass", "vault_pass.txt", "vault-pass.txt",
            ".vault_password", ".vault_password.txt", "vault_password", "vault_password.txt", "vault-password.txt", ".vault_pass_file",
            ".vault_password_file", "vault_password_file", "ansible_vault_password",
        ),
        "change every secret in the vault and rekey it",
        proofs.one_word,
    ),
    Kind(
        "agent-credentials",
        "a coding agent's login",
        (
            ".claude/.credentials.json", ".claude.json", "cursor/auth.json", ".cursor/auth.json", ".codex/auth.json",
            ".gemini/oauth_creds.json", ".qwen/oauth_creds.json", "github-copilot/hosts.json", "github-copilot/apps.json",
            "opencode/auth.json", "goose/secrets.yaml", "amp/secrets.json", ".codeium/config.json", ".aider.conf.yml",
            ".continue/config.json",
        ),
        _TOKENS,
        assigned,
    ),
    Kind(
        "forge-credentials",
        "the login of a code host's command-line tool",
        ("gh/hosts.yml", "glab-cli/config.yml", ".config/hub", ".config/tea/config.yml"),
        _TOKENS,
        assigned,
    ),
    Kind("forge-credentials", "a token of a code host", ("glab-token", "gh-token"), _TOKENS, proofs.one_word),
    Kind(
        "service-credentials",
        "a service's credentials",
        ("kaggle.json", ".streamlit/secrets.toml", ".sentryclirc", ".config/ngrok/ngrok.yml", "ngrok2/ngrok.yml", ".snowsql/config"),
        _TOKENS,
        assigned,
    ),
    Kind("service-credentials", "a token of Hugging Face", ("huggingface/token", ".huggingface/token"), _TOKENS, proofs.one_word),
    Kind("erlang-cookie", "the cookie that lets a node into an Erlang cluster", (".erlang.cookie",), "write a new one to every node"),
    Kind("pgpass", "PostgreSQL passwords", (".pgpass", "pgpass.conf"), _PASSWORDS, proofs.pgpass),
    Kind(
        "database-client",
        "a database client's settings with a password",
        (".my.cnf", "my.cnf", ".mylogin.cnf", ".dbeaver/credentials-config.json", ".mongorc.js"),
        _PASSWORDS,
        lambda data: assigned(data) or data.startswith(b"\0\0\0\0"),
    ),
    Kind(
        "file-transfer",
        "a file transfer client's settings with a password",
        (
            ".ftpconfig", ".ftppass", "sftp-config.json", ".vscode/sftp.json", ".vscode/ftp-sync.json", ".remote-sync.json", ".sftp.json",
            "deployment-config.json", "recentservers.xml", "sitemanager.xml", "filezilla.xml", ".idea/webservers.xml", "winscp.ini",
            "ws_ftp.ini", "rclone.conf", ".davfs2/secrets", "confcons.xml", "*.rdg",
        ),
        _PASSWORDS,
        assigned,
    ),
    Kind(
        "mail-client",
        "a mail client's settings with a password",
        (".msmtprc", ".fetchmailrc", ".getmailrc", ".offlineimaprc", ".mbsyncrc", ".esmtprc", ".smbcredentials"),
        _PASSWORDS,
        lambda data: assigned(data) or proofs.netrc(data),
    ),
    # what happened
    Kind(
        "history",
        "a history of commands or queries, with whatever was typed into them",
        (
            ".bash_history", ".zsh_history", ".sh_history", ".ksh_history", ".ash_history", ".histfile", "fish_history",
            "consolehost_history.txt", ".python_history", ".node_repl_history", ".irb_history", ".pry_history", ".psql_history",
            ".mysql_history", ".sqlite_history", ".rediscli_history", ".mongo_history", ".mongosh_repl_history", ".dbshell",
        ),
        "change what was typed into it",
        severity=Severity.MEDIUM,
    ),
    Kind(
        "run-log",
        "the log or payload of a run",
        tuple(f"{folder}/**/*.{end}" for folder in ("run-logs", "run_logs") for end in ("log", "json", "jsonl", "ndjson", "txt", "out")),
        "change every token and password that it shows",
    ),
    Kind(
        "recorded-requests",
        "recorded requests with their session",
        ("*.har",),
        "log out of the session that was recorded",
        proofs.recorded_requests,
        Severity.MEDIUM,
    ),
    Kind(
        "memory-dump",
        "the memory of a process",
        ("core", *(f"core.{digit}*" for digit in range(1, 10)), "*.core", "*.dmp", "*.mdmp", "*.hprof", "*.heapsnapshot"),
        "change every secret that the process had",
        lambda data: proofs.core_dump(data) or data.startswith((b"MDMP", b"JAVA PROFILE ", b'{"snapshot":{"meta"')),
        Severity.MEDIUM,
    ),
    Kind(
        "data-dump",
        "a dump of a database with a column of passwords",
        ("*.sql", "*.dump"),
        "have the passwords in it changed",
        proofs.data_dump,
        Severity.MEDIUM,
    ),
    Kind("data-dump", "a dump of a Redis database", ("dump.rdb",), _VALUES, starts_with(b"REDIS"), Severity.MEDIUM),
)  # fmt: skip


def kinds(path: str) -> tuple[Kind, ...]:
    """What the file may be by its name and place; in most cases nothing."""
    path = path.lower()
    folder, _, name = path.rpartition("/")
    for backup in _BACKUPS:
        name = name.removesuffix(backup)
    exact = name in _NAMES
    if not (exact or name.startswith(_STARTS) or name.endswith(_ENDS) or any(below in f"/{path}" for below in _BELOW)):
        return ()
    if name.endswith(_PUBLIC):
        return ()
    if not exact and not EXAMPLES.isdisjoint(parts(name)):
        return (EXAMPLE,) if name.startswith((".env", ".dev.vars")) else ()
    return tuple(kind for kind in KINDS if any(_matches(pattern, folder, name) for pattern in kind.names))


def parts(name: str) -> list[str]:
    return name.replace("-", ".").replace("_", ".").split(".")


def _matches(pattern: str, folder: str, name: str) -> bool:
    where, _, last = pattern.rpartition("/")
    if not _fits(last, name):
        return False
    if where.endswith("/**"):
        return any(_fits(where[:-3], part) for part in folder.split("/"))
    return not where or f"/{folder}".endswith(f"/{where}")


def _fits(pattern: str, name: str) -> bool:
    if pattern.startswith("*"):
        return name.endswith(pattern[1:])
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


# The question for nearly every file is whether it is none of these, so that is answered first and for all patterns at once.
_PATTERNS = tuple(pattern for kind in KINDS for pattern in kind.names)
_LAST = {pattern.rpartition("/")[2] for pattern in _PATTERNS if "/**/" not in pattern}
_NAMES = frozenset(last for last in _LAST if "*" not in last)
_STARTS = tuple(last[:-1] for last in _LAST if last.endswith("*"))
_ENDS = tuple(last[1:] for last in _LAST if last.startswith("*"))
_BELOW = {f"{pattern.partition('/**/')[0].removeprefix('*')}/" for pattern in _PATTERNS if "/**/" in pattern}
# What lies among the others and is for everybody; Android's debug.keystore has a password that is published.
_PUBLIC = (".pub", ".md", ".d.ts", ".env.vault", ".gitkeep", ".gitignore", "debug.keystore")
