"""What names say of their values, over the spellings of many languages and products."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.detect.credentials.names import Kind, asks, kind

PASSWORDS = """
    password PASSWORD Password db_password dbPassword DB_PASSWORD db-password db.password DBPassword dbpassword userPassword
    password1 password_2 passwordProd password_value PASSWORD_DEV passwd PASSWD mysql_passwd pwd PWD dbPwd userpwd MYSQL_PWD pass
    smtp_pass SMTP_PASS smtpPass ftp_pass passphrase key_passphrase KeyPassphrase pass_phrase passPhrase pass_word passcode psk
    wifi_psk PGPASSWORD PGPASS keystorePassword keyStorePassword trustStorePassword storepass keypass requirepass root_pw kennwort
    passwort senha contraseña contrasena clave mot_de_passe motDePasse mdp wachtwoord haslo heslo parola lozinka adminPassword
    ADMIN_PASS masterUserPassword MasterUserPassword sa_password SA_PASSWORD spring.datasource.password
    hibernate.connection.password ansible_become_pass ansible_ssh_pass ansible_password vault_pass sshpass rabbitmq_default_pass
    GF_SECURITY_ADMIN_PASSWORD MYSQL_ROOT_PASSWORD POSTGRES_PASSWORD EMAIL_HOST_PASSWORD _password __password $password @password
    jdbc.password proxy_password proxyPassword loginPassword passwordString password_str plaintextPassword oldPassword newPassword
    currentPassword mysqlPw mysqlpw contrasenia contrasenia_bd clave_bd claveUsuario mdp_bdd senha_banco parola_chiave wachtwoord_db sifre
    losenord geheimnis passord jelszo palavra_passe palavraPasse kata_sandi matKhau
"""
SECRETS = """
    secret SECRET client_secret clientSecret CLIENT_SECRET app_secret appSecret consumer_secret token access_token accessToken
    ACCESS_TOKEN auth_token authToken authtoken AUTHTOKEN refresh_token refreshToken bot_token api_key apiKey API_KEY apikey APIKEY
    ApiKey api-key x-api-key X-API-Key api_token apiToken api_secret apiSecret secret_key secretKey SECRET_KEY SECRET_KEY_BASE
    private_key privateKey PRIVATE_KEY access_key accessKey access_key_secret encryption_key encryptionKey ENCRYPTION_KEY
    signing_key signingKey jwt_secret JWT_SECRET jwtSecret jwt_key hmac_key hmacKey session_secret sessionSecret cookie_secret
    COOKIE_SECRET webhook_secret WEBHOOK_SECRET bearer authorization auth Authorization salt pepper
    APP_KEY app_key master_key masterKey RAILS_MASTER_KEY storage_key account_key AccountKey SharedAccessKey shared_access_key
    sas_token subscription_key Ocp-Apim-Subscription-Key fernet_key FERNET_KEY aes_key aesKey deploy_key deploy_token npm_token
    NPM_TOKEN GITHUB_TOKEN GITLAB_TOKEN id_token device_token user_token DJANGO_SECRET_KEY flask_secret_key security_token
    oauth_token oauthToken oauth_token_secret personal_access_token GITHUB_PAT license_key licenseKey integration_key ingest_key write_key
    writeKey secret_access_key aws_secret_access_key AWS_SECRET_ACCESS_KEY service_key SERVICE_KEY symmetric_key wg_private_key
    admin_key adminKey rest_key maps_key server_key serverKey client_key gateway_key sandbox_key token_prod tokenProd secret2
    validationKey segredo segreto secreto SECRET_1 LOGENTRIES_TOKEN sid passwordSecret authSecret
"""
# Tokens of somebody else's choosing: what they are for, the name does not say.
TOKENS = """
    credential credentials creds
    user_defined_token deviceX_token slack_token slackToken logentries_token some_token mapbox_token myToken foo_token
"""
# Names of places, kinds, counts, checks and public halves; and words that only hold the letters.
NEITHER = """
    password_field passwordField password_hash passwordHash hashed_password PASSWORD_HASH password_digest password_reset
    reset_password passwordReset password_length min_password_length passwordLabel password_hint password_policy password_error
    PasswordError passwordInput password_input password_prompt password_file passwordFile password_changed passwords_match
    forgot_password  tokenizer tokenize tokenization token_type tokenType token_count
    tokens_used max_tokens maxTokens token_limit next_token nextToken next_page_token nextPageToken page_token continuation_token
    csrf_token csrfToken CSRF_TOKEN xsrf_token XSRF-TOKEN csrfmiddlewaretoken cancellation_token cancellationToken CancellationToken
    sync_token secret_name secretName secret_id secretArn secret_path secretKeyRef public_key publicKey PUBLIC_KEY PublicKeyToken
    primary_key primaryKey foreign_key foreignKey partition_key partitionKey sort_key sortKey cache_key cacheKey keyboard keycode
    keyCode keydown key keys monkey author authority authors authenticate authenticated authentication authenticator AuthType
    auth_type authMethod auth_url authorize authorized sessionStorage session_timeout cookie_name cookie_domain credential_type
    credentials_file secretary bypass compass trespass surpass compassion passenger passive passing passed passport pathway
    asset_key object_key row_key api_url apiVersion api_version access access_log accessor accessibility key_id keyId api_key_id
    access_key_id kid encrypted_password encrypted_secret password_encrypted ciphertext sealed_secret token_url tokenUrl token_uri
    password_url token_expiry token_expires_in idempotency_key idempotencyKey integrity_key fingerprint etag checksum sha256 hash
    clave_primaria clave_producto pattern regex turkey whiskey donkey jockey hockey salted basalt pepperoni patch path pattern pats sessions
"""
TABLES: tuple[tuple[Kind, str], ...] = (("password", PASSWORDS), ("secret", SECRETS), ("token", TOKENS), ("", NEITHER))


@pytest.mark.parametrize(("wanted", "name"), [(wanted, name) for wanted, names in TABLES for name in names.split()])
def test_a_name_says_what_its_value_is(wanted: Kind, name: str) -> None:
    assert kind(name.encode()) == wanted


_COMPOUNDS = [
    *("db password", "smtp pass", "client secret", "api key", "secret key", "access token", "auth token", "private key"),
    *("encryption key", "jwt secret", "webhook secret", "refresh token", "admin password", "session secret", "storage account key"),
    *("password hash", "public key", "csrf token", "next page token", "primary key", "token type", "secret name", "password field"),
]


def spellings(words: list[str]) -> list[str]:
    titles = [word.title() for word in words]
    return [
        *("_".join(words), "-".join(words), ".".join(words), "_".join(words).upper(), "-".join(titles), "".join(titles)),
        *(words[0] + "".join(titles[1:]), "_" + "_".join(words), "$" + "_".join(words), "self." + "_".join(words)),
    ]


@pytest.mark.parametrize("compound", _COMPOUNDS)
def test_the_spelling_of_a_compound_does_not_matter(compound: str) -> None:
    words = compound.split()
    assert {kind(spelling.encode()) for spelling in spellings(words)} == {kind("_".join(words).encode())}


@pytest.mark.parametrize("compound", ["api key", "auth token", "access token", "secret key", "db password", "private key", "access key"])
def test_a_compound_may_be_one_word(compound: str) -> None:
    glued = compound.replace(" ", "")
    assert {kind(each.encode()) for each in (glued, glued.upper(), glued.title())} == {kind(compound.replace(" ", "_").encode())}


@pytest.mark.parametrize("tail", ["_value", "_prod", "Dev", "_2", "1", "_base64", "_default", "Old", "_staging", "_v2", "-test"])
@pytest.mark.parametrize("name", ["db_password", "apiKey", "CLIENT_SECRET"])
def test_what_stands_behind_the_noun_changes_nothing(name: str, tail: str) -> None:
    assert kind((name + tail).encode()) == kind(name.encode()) != ""


@pytest.mark.parametrize("word", ["hash", "field", "Length", "_hint", "_error", "Policy", "_reset", "_placeholder", "_regex", "_checksum"])
@pytest.mark.parametrize("name", ["db_password", "client_secret", "access_token"])
def test_a_word_that_says_that_the_value_is_public_settles_it(name: str, word: str) -> None:
    assert kind(f"{name}_{word.lstrip('_')}".encode()) == ""


@pytest.mark.parametrize(
    "name", ["parse_cookie", "getPassword", "hash_password", "CheckToken", "validateSecret", "encode_auth", "printToken"]
)
def test_a_function_that_does_something_with_a_credential_asks_for_it(name: str) -> None:
    assert asks(name.encode())


@pytest.mark.parametrize("name", ["setPassword", "password", "withToken", "basic_auth", "Authorization", "define", "login", ""])
def test_a_function_that_takes_a_credential_does_not_ask(name: str) -> None:
    assert not asks(name.encode())


@given(st.binary(max_size=60))
def test_any_bytes_are_a_name(name: bytes) -> None:
    assert kind(name) in ("password", "secret", "token", "")
    assert asks(name) in (True, False)


@given(
    st.lists(st.sampled_from(["quick", "brown", "fox", "lazy", "dog", "color", "width", "index", "buffer", "stream", "node"]), max_size=5)
)
def test_other_words_are_no_credentials(words: list[str]) -> None:
    assert kind("_".join(words).encode()) == ""
