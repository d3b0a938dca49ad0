from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.core import network
from gates.core.deadline import Deadline
from gates.core.errors import GateUnavailable, UsageError
from gates.core.network import Network, Unreachable
from gates.github import rest
from gates.github.remotes import remote_of, serves
from gates.github.rest import Api, Limited, Missing, Refused, Rejected
from tests.doubles.github import TOKEN, GitHub
from tests.doubles.http import Asked, Double, Fault

QUICK = Network(timeout=5)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "PAUSES", (0.0, 0.0))


@pytest.fixture
def github() -> Iterator[GitHub]:
    with GitHub() as double:
        yield double
        assert double.violations == []


def api(github: GitHub, token: str = TOKEN, timeout: float = 5) -> Api:
    return Api(github.api, "acme/widget", token, Network(timeout=timeout), Deadline(30))


def test_the_token_the_version_and_the_type_are_sent(github: GitHub) -> None:
    github.protect("main")
    with api(github) as client:
        assert client.protection("main")["allow_deletions"] == {"enabled": False}
    (asked,) = github.asked
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    assert asked.headers["x-github-api-version"] == "2022-11-28"
    assert asked.path == "/api/v3/repos/acme/widget/branches/main/protection"


def test_without_a_token_none_is_sent(github: GitHub) -> None:
    with api(github, token="") as client:
        assert client.branch_rules("main") == []
        with pytest.raises(Refused, match="this takes a token; set GITHUB_TOKEN or GH_TOKEN"):
            client.protection("main")
    assert not any("authorization" in asked.headers for asked in github.asked)


def test_a_slash_in_a_branch_is_encoded(github: GitHub) -> None:
    github.protect("release/1")
    with api(github) as client:
        client.protection("release/1")
    assert github.asked[0].path.endswith("/branches/release%2F1/protection")


@given(st.text(max_size=30))
def test_any_name_of_a_branch_stays_one_segment_or_is_refused(name: str) -> None:
    try:
        segment = rest.segment(name)
    except UsageError:
        return
    assert not set(segment) & set("/?#%") - {"%"}
    assert segment not in (".", "..", "")
    assert segment.isascii()


@pytest.mark.parametrize("name", ["..", ".", "", "release/*", "a/../b", "a b", "main?x=1"])
def test_what_is_no_branch_is_not_asked_for(github: GitHub, name: str) -> None:
    with api(github) as client, pytest.raises(UsageError, match="is no name of a branch"):
        client.protection(name)
    assert github.asked == []


def test_all_pages_are_read(github: GitHub) -> None:
    github.page_size = 2
    for number in range(5):
        github.add_ruleset(name=f"r{number}", rules=[{"type": "deletion"}])
    with api(github) as client:
        assert [each.name for each in client.rulesets()] == ["r0", "r1", "r2", "r3", "r4"]
        assert len(client.branch_rules("main")) == 5
    assert [asked.path.rpartition("page=")[2] for asked in github.asked] == ["100", "2", "3", "100", "2", "3"]


@pytest.mark.parametrize("elsewhere", ["https://other.example.invalid/x", "http://127.0.0.1:1/api/v3/x", "//x.example.invalid/", "/x"])
def test_a_next_page_elsewhere_is_not_asked_for(github: GitHub, elsewhere: str) -> None:
    github.next_page = elsewhere
    with api(github) as client, pytest.raises(Unreachable, match="lies elsewhere"):
        client.branch_rules("main")
    assert len(github.asked) == 1


def test_a_next_page_outside_the_api_is_not_asked_for(github: GitHub) -> None:
    github.next_page = f"{github.url}/login"
    with api(github) as client, pytest.raises(Unreachable, match="lies elsewhere"):
        client.branch_rules("main")


def test_pages_without_end_are_given_up(github: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest, "MAX_PAGES", 3)
    github.next_page = f"{github.api}/repos/acme/widget/rules/branches/main?page=1"
    with api(github) as client, pytest.raises(Unreachable, match="more than 3 pages"):
        client.branch_rules("main")
    assert len(github.asked) == 3


def test_a_next_page_that_cannot_be_read_is_no_last_page(github: GitHub) -> None:
    with api(github) as client:
        for header in ("<https://x.example.invalid/>; rel=next, <", 'rel="next"', '<a>; title="next"'):
            with pytest.raises(Unreachable):
                client._next(header)
        assert client._next("") == ""
        assert client._next(f'<{github.api}/x>; rel="prev"') == ""


def test_a_limit_that_is_soon_over_is_waited_for(github: GitHub) -> None:
    github.refusal, github.retry_after = "429", "0"
    github.strikes = lambda asked: len(github.asked) < 3
    with api(github) as client:
        assert client.branch_rules("main") == []
    assert len(github.asked) == 3


@pytest.mark.parametrize(
    ("refusal", "kind", "says"),
    [
        ("401", Refused, "the token is not accepted"),
        ("403", Refused, "this token lacks the right"),
        ("403-limit", Limited, "the rate limit is used up until "),
        ("403-secondary", Limited, "the rate limit is used up for 60 s"),
        ("429", Limited, "the rate limit is used up for 60 s"),
        ("404", Missing, "it is not there, or this token may not see it"),
        ("409", Rejected, "nothing was written"),
    ],
)
def test_a_refusal_says_what_is_wrong(github: GitHub, refusal: Any, kind: type[Exception], says: str) -> None:
    github.refusal = refusal
    with api(github) as client, pytest.raises(kind, match=says) as failure:
        client.protection("main")
    assert_silent(failure)
    assert str(failure.value).startswith(f"127.0.0.1:{github.port} answers GET /branches/main/protection with status {refusal[:3]}")
    assert len(github.asked) == 1


FAULTS: tuple[tuple[Fault, str], ...] = (
    ("500", "failed with status 500"),
    ("slow", "did not answer within"),
    ("drop", "broke"),
    ("silent", "broke the connection off"),
    ("truncated", "instead of JSON"),
    ("long-length", "broke"),
    ("html", "a web page instead of JSON"),
    ("noise", "does not speak HTTP"),
)


@pytest.mark.parametrize(("fault", "says"), FAULTS)
def test_a_question_that_fails_is_tried_again_and_then_told(github: GitHub, fault: Fault, says: str) -> None:
    github.protect("main")
    github.fault = fault
    with api(github, timeout=0.2) as client, pytest.raises(Unreachable, match=says) as failure:
        client.protection("main")
    assert_silent(failure)
    assert len(github.asked) == (1 if fault in ("truncated", "html") else 3)


@pytest.mark.parametrize(("fault", "says"), FAULTS)
def test_a_write_is_sent_once(github: GitHub, fault: Fault, says: str) -> None:
    github.fault = fault
    with api(github, timeout=0.2) as client, pytest.raises(Unreachable, match=says) as failure:
        client.create_ruleset({"name": "main", "enforcement": "active"})
    assert_silent(failure)
    assert len(github.asked) == 1


def test_an_empty_table_is_no_list(github: GitHub) -> None:
    github.fault = "empty"
    with api(github) as client, pytest.raises(Unreachable, match="answered with no list"):
        client.branch_rules("main")


class Other(Double):
    def answer(self, asked: Asked) -> tuple[int, bytes]:
        return 200, b"{}"


def test_a_redirect_is_refused_and_the_token_stays_here(github: GitHub) -> None:
    with Other() as other:
        github.fault, github.elsewhere = "redirect", f"{other.url}/repos/acme/widget"
        with api(github) as client:
            for ask in (lambda: client.protection("main"), lambda: client.put_protection("main", _off())):
                with pytest.raises(Unreachable, match=r"sends us on to .*, which is not followed") as failure:
                    ask()
                assert_silent(failure)
        assert other.asked == []


@pytest.mark.parametrize(
    "base", ["http://api.example.invalid", "http://10.0.0.1/api/v3", "ftp://api.github.com", "api.github.com", "https://"]
)
def test_the_token_goes_to_https_or_this_machine(base: str) -> None:
    with pytest.raises(UsageError) as failure:
        Api(base, "acme/widget", TOKEN, QUICK, Deadline(5))
    assert TOKEN not in str(failure.value)


@pytest.mark.parametrize("base", ["https://me:pw@api.github.com", "https://api.github.com?x=y", "https://api.github.com/#a"])
def test_a_base_holds_no_credentials_and_no_query(base: str) -> None:
    with pytest.raises(UsageError, match="--api-url"):
        rest.checked_base(base)


def test_bases_that_will_do() -> None:
    assert rest.checked_base("https://api.github.com") == "https://api.github.com"
    assert rest.checked_base("https://ghe.example.invalid/api/v3/") == "https://ghe.example.invalid/api/v3"


@pytest.mark.parametrize("name", ["acme", "acme/widget/x", "../..", "acme/..", "acme/wid get", "/widget", "acme/", "acme/a?b"])
def test_what_is_no_repository(name: str) -> None:
    with pytest.raises(UsageError, match="OWNER/NAME"):
        rest.checked_repository(name)


def test_a_token_with_a_line_break_is_a_usage_error_that_does_not_show_it(github: GitHub) -> None:
    with pytest.raises(UsageError) as failure:
        api(github, token=f"{TOKEN}\r\nX-Evil: 1")
    assert TOKEN not in str(failure.value)


def test_nobody_is_shown_the_token(github: GitHub) -> None:
    with api(github) as client:
        assert TOKEN not in repr(client)
        assert TOKEN not in str(client)
        assert not hasattr(client, "__dict__")


def test_where_the_token_comes_from() -> None:
    assert rest.token({}) == ""
    assert rest.token({"GITHUB_TOKEN": "a\n"}) == "a"
    assert rest.token({"GITHUB_TOKEN": "a", "GH_TOKEN": "b"}) == "b"
    assert rest.token({"GITHUB_TOKEN": "a", "GH_TOKEN": ""}) == "a"


def test_what_github_says_is_cut_and_harmless(github: GitHub) -> None:
    with api(github) as client:
        said = client._said({"message": f"a\n::error::b\x1b[31m {TOKEN}", "errors": [{"message": "x" * 500}, "y", {"field": "z"}]})
    assert len(said) <= 200
    assert TOKEN not in said
    assert said.isprintable()


def test_writes_are_those_of_the_description(github: GitHub) -> None:
    with api(github) as client:
        assert client.put_protection("main", _off()).status == 200
        assert client.require_signatures("main").status == 200
        everywhere = {"ref_name": {"include": ["~ALL"], "exclude": []}}
        made = client.create_ruleset({"name": "x", "enforcement": "active", "rules": [], "conditions": everywhere})
        assert made.status == 201
        number = made.document["id"]
        assert isinstance(number, int)
        assert client.update_ruleset(number, {"enforcement": "disabled"}).document["enforcement"] == "disabled"
        with pytest.raises(Missing, match="Required status checks not enabled"):
            client.patch_checks("main", {"strict": True, "checks": []})
    assert github.written[1] == "POST /repos/acme/widget/branches/main/protection/required_signatures"
    assert github.asked[1].body == b""
    assert "content-type" not in github.asked[1].headers


def test_the_double_refuses_what_github_does_not_document() -> None:
    wrong: list[tuple[Callable[[Api], object], str]] = [
        (lambda client: client.put_protection("main", _off() | {"allow_force_push": True}), "allow_force_push"),
        (lambda client: client.put_protection("main", _off() | {"restrictions": 1}), "restrictions"),
        (lambda client: client.put_protection("main", {"enforce_admins": True}), "required"),
        (lambda client: client.create_ruleset({"name": "x", "enforcement": "on"}), "'on'"),
        (lambda client: client.create_ruleset({"name": "y", "enforcement": "active", "rules": [{"type": "no_such_rule"}]}), "no_such_rule"),
        (lambda client: client._document("DELETE", "/branches/main/protection"), "is no operation"),
    ]
    for call, said in wrong:
        with GitHub() as double, api(double) as client:
            with pytest.raises((Rejected, Missing)):
                call(client)
            assert said in "\n".join(double.violations)
            assert not double.rulesets
            assert not double.protections


def test_the_double_notices_an_answer_that_github_does_not_document() -> None:
    with GitHub() as double, api(double) as client:
        double.protect("main", required_linear_history="yes")
        client.protection("main")
        assert "answer to GET" in double.violations[0]


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        (lambda client: client.repository(), {"name": "x"}),
        (lambda client: client.branch("main"), {"protected": "yes"}),
        (lambda client: client.rulesets(), [{"id": "1", "name": "x", "source": "y"}]),
        (lambda client: client.rulesets(), ["x"]),
        (lambda client: client.protection("main"), []),
        (lambda client: client.ruleset(1), None),
    ],
)
def test_an_answer_of_another_form_is_none(call: Callable[[Api], object], answer: object) -> None:
    class Odd(Double):
        def answer(self, asked: Asked) -> tuple[int, bytes]:
            return 200, json.dumps(answer).encode() if answer is not None else b""

    with Odd() as double, Api(double.url, "acme/widget", TOKEN, QUICK, Deadline(5)) as client, pytest.raises(GateUnavailable):
        call(client)


@pytest.mark.parametrize(
    ("url", "host", "repository"),
    [
        ("https://github.com/acme/widget.git", "github.com", "acme/widget"),
        ("https://github.com/acme/widget/", "github.com", "acme/widget"),
        ("https://x-access-token:abc@GitHub.com/acme/widget", "github.com", "acme/widget"),
        ("git@github.com:acme/widget.git", "github.com", "acme/widget"),
        ("github.com:acme/widget", "github.com", "acme/widget"),
        ("ssh://git@ssh.github.com:443/acme/widget.git", "ssh.github.com", "acme/widget"),
        ("git://ghe.example.invalid/acme/wid.get", "ghe.example.invalid", "acme/wid.get"),
    ],
)
def test_addresses_of_remotes(url: str, host: str, repository: str) -> None:
    assert remote_of(url) == (host, repository)


@pytest.mark.parametrize(
    "url", ["", "/srv/git/widget.git", "../widget", "file:///srv/acme/widget", "https://github.com/widget", "https://[x/a/b", "C:\a\b"]
)
def test_addresses_that_name_no_repository(url: str) -> None:
    assert remote_of(url) is None


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_none(url: str) -> None:
    remote_of(url)


def test_which_api_serves_which_host() -> None:
    assert serves("https://api.github.com", "github.com")
    assert serves("https://api.github.com", "ssh.github.com")
    assert serves("https://ghe.example.invalid/api/v3", "ghe.example.invalid")
    assert serves("https://api.acme.ghe.com", "acme.ghe.com")
    assert not serves("https://api.github.com", "gitlab.com")
    assert not serves("https://api.example.invalid/api/v3", "example.invalid")


def _off() -> dict[str, object]:
    return {"required_status_checks": None, "enforce_admins": None, "required_pull_request_reviews": None, "restrictions": None}


def assert_silent(failure: pytest.ExceptionInfo[BaseException]) -> None:
    """The token is in no message of the chain of causes."""
    shown = "".join(traceback.format_exception(failure.value)) + repr(failure.value)
    assert TOKEN not in shown
    assert "\n" not in str(failure.value)
