"""Credentials of Google and Google Cloud."""

from __future__ import annotations

from gates.core.finding import Severity
from gates.detect.families.context import near
from gates.detect.families.keys import DER, pem
from gates.detect.family import Family

FAMILIES = (
    Family(
        id="firebase-fcm",
        provider="Google",
        title="a Firebase Cloud Messaging server key",
        severity=Severity.MEDIUM,
        pattern="(AAAA[A-Za-z0-9_-]{7}:[A-Za-z0-9_-]{140})",
        prefix="AAAA",
        remedy="disable the legacy Cloud Messaging API in the Firebase console and move to the HTTP v1 API",
        url="https://firebase.google.com/docs/cloud-messaging/migrate-v1",
        matches=("AAAA{alnum:7}:{alnum:140}",),
        ignores=(
            "AAAA{alnum:7}:{alnum:139}",
            "AAAA{alnum:7}:{alnum:141}",
        ),
    ),
    Family(
        id="gcp-service-account",
        provider="Google",
        title="a Google Cloud service account key",
        severity=Severity.CRITICAL,
        pattern=(
            r"private_key\\{0,3}[\"'][ \t\r\n]{0,8}:[ \t\r\n]{0,8}\\{0,3}[\"']"
            f"({pem('PRIVATE KEY', DER, 44)})"  # the check looks for the other members
        ),
        prefix="",
        remedy="delete the service account's key in IAM and read its audit logs",
        url="https://cloud.google.com/iam/docs/keys-create-delete",
        matches=(
            '{"type": "service_account", "private_key": "{pem-json:pkcs8}", "client_email": "ci@corp.iam.gserviceaccount.com"}',
            '{"private_key_id": "{hex:12}", "private_key": "{pem-json:pkcs8}", "token_uri": "https://oauth2.googleapis.com/token"}',
        ),
        ignores=(
            '"private_key_id": "{hex:40}", "private_key": "-----BEGIN PRIVATE KEY-----\\\\n...\\\\n-----END PRIVATE KEY-----"',
            '"private_key_id": "{hex:40}", "private_key": ""',
        ),
        check="service-account",
    ),
    Family(
        id="google-api-key",
        provider="Google",
        title="a Google API key",
        severity=Severity.HIGH,
        pattern="(AIza[A-Za-z0-9_-]{35})",
        prefix="AIza",
        remedy="delete the key under APIs & Services > Credentials, or restrict it to the API and callers that need it",
        url="https://cloud.google.com/docs/authentication/api-keys",
        matches=(
            "AIza{alnum:35}",
            "AIza{b64url:35}",
        ),
        ignores=(
            "AIza{alnum:34}",
            "AIza{alnum:36}",
            "AIza{x:35}",
        ),
    ),
    Family(
        id="google-oauth-access",
        provider="Google",
        title="a Google OAuth access token",
        severity=Severity.MEDIUM,
        pattern=r"(ya29\.[A-Za-z0-9_-]{60,1000})",
        prefix="ya29.",
        remedy="revoke it at https://oauth2.googleapis.com/revoke; it expires within an hour",
        url="https://developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke",
        matches=("ya29.{alnum:120}",),
        ignores=(
            "ya29.{alnum:40}",
            "ya30.{alnum:120}",
        ),
    ),
    Family(
        id="google-oauth-secret",
        provider="Google",
        title="a Google OAuth client secret",
        severity=Severity.HIGH,
        pattern="(GOCSPX-[A-Za-z0-9_-]{28})",
        prefix="GOCSPX-",
        remedy="reset the client secret under APIs & Services > Credentials",
        url="https://support.google.com/cloud/answer/15549257",
        matches=("GOCSPX-{alnum:28}",),
        ignores=(
            "GOCSPX-{alnum:27}",
            "GOCSPX-{alnum:29}",
        ),
    ),
    Family(
        id="google-recaptcha-secret",
        provider="Google",
        title="a reCAPTCHA secret key",
        severity=Severity.LOW,
        pattern=near("captcha", "6L[A-Za-z0-9_-]{38}", bare=False, noun="secret|priv"),
        prefix="6L",
        remedy="create a new key pair in the reCAPTCHA console and remove the old site",
        url="https://developers.google.com/recaptcha/docs/settings",
        matches=('RECAPTCHA_SECRET_KEY="6L{alnum:38}"',),
        ignores=(
            'RECAPTCHA_SITE_KEY="6L{alnum:38}"',
            'RECAPTCHA_SECRET_KEY="6L{alnum:37}"',
        ),
    ),
    Family(
        id="google-refresh",
        provider="Google",
        title="a Google OAuth refresh token",
        severity=Severity.HIGH,
        pattern="(1//0[A-Za-z0-9_-]{80,120})",
        prefix="1//0",
        remedy="revoke it at https://oauth2.googleapis.com/revoke or in the account's third-party connections",
        url="https://developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke",
        matches=("1//0{alnum:100}",),
        ignores=(
            "1//0{alnum:60}",
            "1//0{alnum:121}",
        ),
    ),
)
