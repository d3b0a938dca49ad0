"""Tokens, passwords and sessions in headers of HTTP."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gates.core.finding import Severity
from gates.detect.credentials.headers import bearers, cookies
from tests.detect.samples import families, found


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer {alnum:40}",
        "authorization: bearer {b64url:43}",
        "curl -H 'Authorization: Bearer {alnum:40}' https://api.corp.internal",
        'headers = {"Authorization": "Bearer {alnum:40}"}',
        "{ 'Authorization' => 'Bearer {alnum:40}' }",
        'request.Header.Set("Authorization", "Bearer {alnum:40}")',
        '{"key": "Authorization", "value": "Bearer {alnum:40}"}',
        '{ "name": "Authorization",\n  "value": "Bearer {alnum:40}" }',
        '"Authorization": "Bearer " + "{alnum:40}"',
        "Authorization: Token {hex:40}",
        "Authorization: token {hex:40}",
        "Authorization: Bot {alnum:24}.{alnum:6}.{alnum:27}",
        "Authorization: ApiKey {alnum:56}==",
        "Authorization: GenieKey {uuid}",
        "Authorization: SSWS 00{alnum:40}",
        'Authorization: Token token="{hex:40}"',
        '{"name": "Authorization", "value": "Token {hex:40}"}',
        "?header=Bearer%20{alnum:40}",
    ],
)
def test_token_of_a_header_is_found(text: str) -> None:
    for seed in range(3):
        assert len(families(text, seed)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer <token>",
        "Authorization: Bearer $TOKEN",
        "Authorization: Bearer ${TOKEN}",
        "Authorization: Bearer {{ token }}",
        "Authorization: Bearer YOUR_ACCESS_TOKEN",
        "Authorization: Bearer xxxxxxxxxxxxxxxxxxxxxxxx",
        "Authorization: Bearer mF_9.B5f-4.1JqM",
        "Authorization: Bearer eyJhbGciOi...",
        "Authorization: Bearer {alnum:16}…",
        'f"Bearer {self.access_token}"',
        '"Bearer " + accessTokenProvider.get()',
        "Bearer authentication_required",
        "Authorization: Token ${{ secrets.GITHUB_TOKEN }}",
        "the bearer of_this_document_may",
        "WWW-Authenticate: Bearer realm=corp.internal",
    ],
)
def test_headers_without_a_token_are_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        'proxy_set_header Authorization "Basic {basic}";',
        'RequestHeader set Authorization "Basic {basic}"',
        "Proxy-Authorization: Basic {basic}",
        '{"name": "Authorization", "value": "Basic {basic}"}',
        'setRequestProperty("Authorization", "Basic " + "{basic}")',
        "<Authorization>Basic {basic}</Authorization>",
    ],
)
def test_basic_credentials_are_found_wherever_they_stand(text: str) -> None:
    assert families(text)[:1] in (["basic-credentials"], ["basic-auth-header"])


@pytest.mark.parametrize(
    "text", ["Basic understanding", "basic dXNlcjpwYXNzd29yZA==", 'Authorization "Basic $AUTH"', "Basic Zm9vYmFyYmF6cXV4"]
)
def test_words_behind_basic_are_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Cookie: lang=en; sessionid={lalnum:32}",
        "Set-Cookie: PHPSESSID={lalnum:26}; path=/; HttpOnly",
        "curl -b 'JSESSIONID={HEX:32}' https://corp.internal",
        "Cookie: connect.sid=s%3A{alnum:32}.{alnum:43}",
        "Set-Cookie: remember_token={alnum:22}; Max-Age=1209600",
        "Cookie: _ga=GA1.2.3; _orders_session={alnum:64}",
        "Cookie: .ASPXAUTH={HEX:128}",
        "document.cookie = 'auth_token={alnum:40}'",
        '{"name": "JSESSIONID", "value": "{HEX:32}"}',
        'cookies = {"li_at": "{alnum:32}", "theme": "dark"}',
        "cookies={\n    'lang': 'en',\n    'sessionid': '{alnum:32}',\n}",
        'requests.get(url, cookies={"sessionid": "{lalnum:32}"})',
        "const cookies = { 'theme': 'dark', 'connect.sid': 's%3A{alnum:32}.{alnum:43}' };",
        ".corp.internal\tTRUE\t/\tTRUE\t1999999999\tsessionid\t{b64url:43}",
        "#HttpOnly_corp.internal\tFALSE\t/app\tFALSE\t0\tauth_token\t{hex:40}\n",
        "Cookie: wordpress_logged_in_{hex:32}=kim%7C1700000000%7C{alnum:43}",
    ],
)
def test_session_of_a_cookie_is_found(text: str) -> None:
    assert families(text), text


def test_session_is_medium() -> None:
    assert [severity for _, severity, _ in found("Cookie: a=b; PHPSESSID={lalnum:26}")] == [Severity.MEDIUM]


@pytest.mark.parametrize(
    "text",
    [
        "Cookie: sessionid=<session>",
        "Cookie: sessionid=${SESSION}; csrftoken={alnum:32}",
        "Set-Cookie: theme=dark; Max-Age=31536000",
        "Cookie: _ga=GA1.2.1234567890.1600000000",
        "session.cookie_samesite = lax",
        "SESSION_COOKIE_NAME = 'sessionid'",
        "Set-Cookie: sessionid=deleted; expires=Thu, 01 Jan 1970 00:00:00 GMT",
        'cookies = {"sessionid": "deleted", "theme": "{alnum:32}"}',
        'cookies = {"sessionid": session_id, "theme": "{alnum:32}"}',
        "cookies = {'sessionid': '<your session id>'}",
        ".corp.internal\tTRUE\t/\tTRUE\t1999999999\ttheme\t{b64url:43}",
        ".corp.internal\tTRUE\t/\tTRUE\t1999999999\tsessionid\tdeleted",
        "kim\tTRUE\t4711\tsession-timeout\tnever-again-never",
        "PHPSESSID=xxxxxxxxxxxxxxxxxxxxxxxxxx",
    ],
)
def test_cookies_without_a_session_are_left_alone(text: str) -> None:
    assert found(text) == []


PIECES = ["Bearer ", "Authorization: ", "token ", "Cookie: ", "PHPSESSID", "session", "=", ";", '"', "\n", "Zk3vQ8pLw92xTb", "+", "%20"]
TEXT = st.lists(st.sampled_from(PIECES) | st.text()).map(lambda parts: "".join(parts).encode())


@settings(max_examples=150)
@given(TEXT)
def test_readers_stay_within_the_data(data: bytes) -> None:
    for reader in (bearers, cookies):
        for credential in reader(data, range(len(data) + 1)):
            assert 0 <= credential.start < credential.end <= len(data)
            assert data[credential.start : credential.end] == credential.value
