"""Credentials of identity providers, secret stores and web frameworks."""

from __future__ import annotations

from gates.core.finding import Severity
from gates.detect.families.context import REST_OF_NAME, TO_VALUE, near
from gates.detect.family import Family

# crypt(5): the scheme, its cost, a salt and the hash
_CRYPT = (
    r"\$(?:1\$[./A-Za-z0-9]{1,8}\$[./A-Za-z0-9]{22}|5\$(?:rounds=[0-9]{1,9}\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{43}"
    r"|6\$(?:rounds=[0-9]{1,9}\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{86}|g?y\$[./A-Za-z0-9]{1,20}\$[./A-Za-z0-9]{1,86}\$[./A-Za-z0-9]{43})"
)

FAMILIES = (
    Family(
        id="1password-secret-key",
        provider="1Password",
        title="a 1Password Secret Key",
        severity=Severity.CRITICAL,
        pattern="(A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5})",
        prefix="A3-",
        remedy="generate a new Secret Key on the profile page",
        url="https://support.1password.com/regenerate-secret-key/",
        matches=(
            "A3-{ualnum:6}-{ualnum:6}-{ualnum:5}-{ualnum:5}-{ualnum:5}-{ualnum:5}",
            "A3-{ualnum:6}-{ualnum:11}-{ualnum:5}-{ualnum:5}-{ualnum:5}",
        ),
        ignores=(
            "A3-{ualnum:6}-{ualnum:6}-{ualnum:5}-{ualnum:5}-{ualnum:5}-{ualnum:4}",
            "A3-{ualnum:6}-{ualnum:6}-{ualnum:5}-{ualnum:5}-{ualnum:5}-{ualnum:6}",
        ),
    ),
    Family(
        id="1password-service",
        provider="1Password",
        title="a 1Password service account token",
        severity=Severity.CRITICAL,
        pattern="(ops_eyJ[A-Za-z0-9+/_-]{250,1000}[A-Za-z0-9+/_-]{0,1000}={0,2})",
        prefix="ops_",
        remedy="rotate or delete the service account's token",
        url="https://developer.1password.com/docs/service-accounts/manage-service-accounts/",
        matches=("ops_eyJzaWduSW5BZGRyZXNzIjoi{alnum:380}",),
        ignores=(
            "ops_eyJ{alnum:249}",
            "ops_{alnum:380}",
        ),
        check="1password-json",
    ),
    Family(
        id="auth0-secret",
        provider="Auth0",
        title="an Auth0 client secret",
        severity=Severity.CRITICAL,
        pattern=near("auth0", "[A-Za-z0-9_-]{64}", bare=False),
        prefix="",
        remedy="rotate the client secret in the application's settings",
        url="https://auth0.com/docs/get-started/applications/rotate-client-secret",
        matches=("AUTH0_CLIENT_SECRET={alnum:64}",),
        ignores=(
            'value = "{alnum:64}"',
            "AUTH0_CLIENT_SECRET={alnum:63}",
        ),
        check="literal",
    ),
    Family(
        id="basic-auth-header",
        provider="HTTP",
        title="a user and password in a Basic authorization header",
        severity=Severity.HIGH,
        pattern=r"(?i:authorization[\"'\])]{0,3}[ \t]{0,4}[:=,][ \t]{0,4}[\"'`]{0,2}basic)[ \t]{1,4}([A-Za-z0-9+/]{8,600}={0,2})",
        prefix="",
        remedy="change the password that the header carries",
        url="https://www.rfc-editor.org/rfc/rfc7617",
        matches=(
            "Authorization: Basic {basic}",
            '"Authorization": "Basic {basic}"',
            "headers['authorization'] = 'Basic {basic}'",
        ),
        ignores=(
            "Authorization: Basic <credentials>",
            "Authorization: Bearer {b64:32}",
        ),
        check="basic",
    ),
    Family(
        id="django-insecure-key",
        provider="Django",
        title="a Django secret key of the start-up form",
        severity=Severity.LOW,
        pattern="(django-insecure-[a-z0-9!@#$%^&*(_=+)-]{50})",
        prefix="django-insecure-",
        remedy="generate a new SECRET_KEY for every deployment and keep it out of the settings file",
        url="https://docs.djangoproject.com/en/5.2/ref/settings/#secret-key",
        matches=("django-insecure-{lalnum:50}",),
        ignores=(
            "django-insecure-{lalnum:49}",
            "django-secure-{lalnum:50}",
        ),
    ),
    Family(
        id="django-secret-key",
        provider="Django",
        title="a Django secret key",
        severity=Severity.MEDIUM,
        # the alphabet and the length of django.core.management.utils.get_random_secret_key
        pattern=(
            r"(?:SECRET_KEY(?:_FALLBACKS)?|(?i:django[a-z0-9_. -]{0,16}secret[_. -]?key))[ \t\"'`\\=:>?,()\[\]{}|*-]{1,16}"
            r"(?:[A-Za-z]{3,10}[ \t]{0,2}=[ \t]{0,2})?[rbuRBU]{0,2}[\"'`]?([a-z0-9!@#$%^&*(_=+)-]{50})"
        ),
        prefix="",
        remedy="generate a new SECRET_KEY; move the old one to SECRET_KEY_FALLBACKS until sessions have ended",
        url="https://docs.djangoproject.com/en/5.2/ref/settings/#secret-key",
        matches=(
            "SECRET_KEY = '{django:50}'",
            "DJANGO_SECRET_KEY={django:50}",
            "SECRET_KEY = os.environ.get('SECRET_KEY', '{django:50}')",
            "SECRET_KEY = config('SECRET_KEY', default='{django:50}')",
        ),
        ignores=(
            "SECRET_KEY = '{django:49}'",
            "DIGEST = '{django:50}'",
        ),
        check="literal",
    ),
    Family(
        id="doppler-personal",
        provider="Doppler",
        title="a Doppler personal token",
        severity=Severity.CRITICAL,
        pattern=r"(dp\.(?:pt|ct|sa|scim|audit)\.[A-Za-z0-9]{40,44})",
        prefix="dp.",
        remedy="revoke it on the Tokens page of the workplace",
        url="https://docs.doppler.com/docs/personal-tokens",
        matches=("dp.pt.{alnum:43}",),
        ignores=(
            "dp.pt.{alnum:39}",
            "dp.pt.{alnum:45}",
        ),
    ),
    Family(
        id="doppler-service",
        provider="Doppler",
        title="a Doppler service token",
        severity=Severity.CRITICAL,
        pattern=r"(dp\.st\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44})",
        prefix="dp.st.",
        remedy="revoke it under Access of the config",
        url="https://docs.doppler.com/docs/service-tokens",
        matches=(
            "dp.st.prd.{alnum:43}",
            "dp.st.{alnum:43}",
        ),
        ignores=(
            "dp.st.prd.{alnum:39}",
            "dp.st.prd.{alnum:45}",
        ),
    ),
    Family(
        id="etc-shadow",
        provider="Linux",
        title="the hash of a login's password",
        severity=Severity.MEDIUM,
        # a line of /etc/shadow, or what sets one up: cloud-init, kickstart, Ansible
        pattern=(
            r"(?:[a-z_][a-z0-9_-]{0,31}:!?|(?i:passwd|password|rootpw)[a-z_-]{0,12}[ \t\"'=:]{1,6}(?:--iscrypted[ \t]{1,4})?[\"']?)("
            + _CRYPT
            + ")"
        ),
        prefix="",
        remedy="set a new password, and keep the shadow file and its copies readable to root only",
        url="https://man7.org/linux/man-pages/man5/shadow.5.html",
        matches=(
            "root:$6${alnum:16}${crypt:86}:19700:0:99999:7:::",
            "deploy:$y$j9T${crypt:22}${crypt:43}:19700:0:99999:7:::",
            "  passwd: $6$rounds=4096${alnum:16}${crypt:86}",
            "rootpw --iscrypted $6${alnum:16}${crypt:86}",
        ),
        ignores=(
            "root:!:19700:0:99999:7:::",
            "root:*:19700:0:99999:7:::",
            "hash = '$6${alnum:16}${crypt:86}'",
            "root:$6${alnum:16}${crypt:85}:19700:0:99999:7:::",
        ),
    ),
    Family(
        id="hashicorp-vault-batch",
        provider="HashiCorp",
        title="a Vault batch token",
        severity=Severity.HIGH,
        pattern=r"(hvb\.[A-Za-z0-9_-]{130,400})",
        prefix="hvb.",
        remedy="revoke it with vault token revoke",
        url="https://developer.hashicorp.com/vault/docs/commands/token/revoke",
        matches=("hvb.AAAAAQ{alnum:136}",),
        ignores=(
            "hvb.{alnum:129}",
            "hvb.{alnum:401}",
        ),
    ),
    Family(
        id="hashicorp-vault-legacy",
        provider="HashiCorp",
        title="a Vault token of the older form",
        severity=Severity.HIGH,
        pattern=near("vault", r"s\.[A-Za-z0-9]{24}"),
        prefix="s.",
        remedy="revoke it with vault token revoke",
        url="https://developer.hashicorp.com/vault/docs/commands/token/revoke",
        matches=(
            "VAULT_TOKEN=s.{alnum:24}",
            "X-Vault-Token: s.{alnum:24}",
        ),
        ignores=(
            'value = "s.{alnum:24}"',
            "VAULT_TOKEN=s.{alnum:23}",
        ),
        check="literal",
    ),
    Family(
        id="hashicorp-vault-service",
        provider="HashiCorp",
        title="a Vault service token",
        severity=Severity.CRITICAL,
        pattern=r"(hvs\.[A-Za-z0-9_-]{24,160})",
        prefix="hvs.",
        remedy="revoke it with vault token revoke",
        url="https://developer.hashicorp.com/vault/docs/commands/token/revoke",
        matches=(
            "hvs.CAES{alnum:92}",
            "hvs.{alnum:24}",
        ),
        ignores=(
            "hvs.{alnum:23}",
            "hvs.{alnum:161}",
        ),
        check="vault",
    ),
    Family(
        id="htpasswd",
        provider="Apache",
        title="the hash of a web user's password",
        severity=Severity.MEDIUM,
        pattern=(
            # in a compose file every dollar is doubled
            r"[A-Za-z0-9._@-]{1,64}:(\$\$?(?:apr1\$\$?[./A-Za-z0-9]{1,8}\$\$?[./A-Za-z0-9]{22}|2[abxy]\$\$?[0-9]{2}\$\$?[./A-Za-z0-9]{53})"
            r"|\{SHA\}[A-Za-z0-9+/]{27}=)"
        ),
        prefix="",
        remedy="set a new password with htpasswd, and serve the file from outside the repository",
        url="https://httpd.apache.org/docs/2.4/misc/password_encryptions.html",
        matches=(
            "admin:$apr1${alnum:8}${crypt:22}",
            "admin:$2y$05${crypt:53}",
            "admin:{SHA}{b64:27}=",
            "users=admin:$$apr1$${alnum:8}$${crypt:22}",
        ),
        ignores=("admin:$apr1${alnum:8}${crypt:21}", "'$2y$05${crypt:53}'", "admin:{SHA}{b64:26}="),
    ),
    Family(
        id="infisical",
        provider="Infisical",
        title="an Infisical service token",
        severity=Severity.HIGH,
        pattern=r"(st\.[0-9a-f]{24}\.[0-9a-f]{32}\.[0-9a-f]{32})",
        prefix="st.",
        remedy="delete the service token under Access control of the project",
        url="https://infisical.com/docs/documentation/platform/token",
        matches=("st.{hex:24}.{hex:32}.{hex:32}",),
        ignores=(
            "st.{hex:24}.{hex:32}.{hex:31}",
            "st.{hex:24}.{hex:32}.{hex:33}",
        ),
    ),
    Family(
        id="okta",
        provider="Okta",
        title="an Okta API token",
        severity=Severity.CRITICAL,
        pattern=near("okta", "00[A-Za-z0-9_-]{40}"),
        prefix="00",
        remedy="revoke the token under Security > API > Tokens",
        url="https://developer.okta.com/docs/guides/create-an-api-token/main/",
        matches=("OKTA_API_TOKEN=00{alnum:40}",),
        ignores=(
            'value = "00{alnum:40}"',
            "OKTA_API_TOKEN=00{alnum:39}",
        ),
        check="literal",
    ),
    Family(
        id="rails-master-key",
        provider="Rails",
        title="the key of a Rails application's credentials",
        severity=Severity.CRITICAL,
        pattern=(
            f"(?i:rails[_. -]?master[_. -]?key|master[_.]key|config/credentials/[a-z]{{3,16}}[.]key){REST_OF_NAME}{TO_VALUE}"
            "([0-9a-f]{32})"
        ),
        prefix="",
        remedy="encrypt the credentials with a new key, and replace every secret in them: old commits stay readable with the old one",
        url="https://guides.rubyonrails.org/security.html#custom-credentials",
        matches=("RAILS_MASTER_KEY={hex:32}", 'RAILS_MASTER_KEY: "{hex:32}"', "config.master_key = '{hex:32}'"),
        ignores=("RAILS_MASTER_KEY={hex:31}", "digest: {hex:32}", "RAILS_MASTER_KEY=${RAILS_MASTER_KEY}"),
    ),
    Family(
        id="wordpress-salts",
        provider="WordPress",
        title="a WordPress key or salt",
        severity=Severity.MEDIUM,
        pattern=(
            r"define\([ ]{0,4}[\"'](?:AUTH|SECURE_AUTH|LOGGED_IN|NONCE)_(?:KEY|SALT)[\"'][ ]{0,4},[ ]{0,8}"
            r"[\"']([^'\x00-\x1f\x7f-\xff]{64})[\"']"
        ),
        prefix="",
        remedy="replace all eight keys and salts with new ones; every user is signed out",
        url="https://developer.wordpress.org/advanced-administration/security/hardening/",
        matches=("define( 'SECURE_AUTH_KEY',  '{alnum:60}|{alnum:3}' );",),
        ignores=(
            "define( 'AUTH_KEY', 'put your unique phrase here' );",
            "define( 'OTHER_KEY', '{alnum:64}' );",
        ),
    ),
)
