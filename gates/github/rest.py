"""GitHub's REST API, as far as the protection of branches takes it: https://docs.github.com/rest

An `Api` is about one repository and holds the token, which it sends to the base address alone and shows to nobody. Whatever keeps it from
an answer is a GateUnavailable with one line that says why; what a caller may want to tell apart has a kind of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from time import sleep
from typing import Final, NamedTuple, TypeAlias
from urllib.parse import quote, urlsplit

from gates.core.deadline import Deadline
from gates.core.errors import GateUnavailable, UsageError
from gates.core.git import valid_branch_name
from gates.core.network import Client, Method, Network, Reply, Unreachable, checked_address, place
from gates.core.patterns import lazy

DEFAULT_BASE: Final = "https://api.github.com"
API_VERSION: Final = "2022-11-28"
LONGEST_WAIT: Final = 10.0  # seconds that are waited where the server asks for it; past that the limit is reported
MAX_PAGES: Final = 50  # of 100 entries each

Document: TypeAlias = dict[str, object]

_GIVEN_BACK: Final = frozenset({200, 201, 204, 401, 403, 404, 409, 410, 422, 429})
_TRIES: Final = 3  # of a request that a rate limit turned away: such a one was not carried out, whatever its method
_REPOSITORY: Final = lazy(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
_NEXT: Final = lazy(r"""<([^<>]*)>[^<,]*;\s*rel="?next"?""")
_HIDDEN: Final = lazy(r"[^\x20-\x7e]+")


class Refused(GateUnavailable):
    """No token, one that is not known, or one without the right to this."""


class Missing(GateUnavailable):
    """Status 404: it is not there, or this token may not know that it is. `said` is GitHub's own message."""

    def __init__(self, message: str, said: str) -> None:
        super().__init__(message)
        self.said = said


class Limited(GateUnavailable):
    """The rate limit is used up, for longer than is waited."""


class Rejected(GateUnavailable):
    """GitHub understood what should be written and will not have it; nothing was written."""


class Written(NamedTuple):
    status: int
    document: Document


class Repository(NamedTuple):
    default_branch: str


class Branch(NamedTuple):
    """`protected`: by whatever means. `contexts` are the required checks that everyone who can read the branch is told of."""

    protected: bool
    contexts: tuple[str, ...]


class RulesetEntry(NamedTuple):
    """A line of the list of rulesets. `own`: of the repository itself; else of its organization or enterprise, named by `source`."""

    id: int
    name: str
    own: bool
    source: str


def checked_base(url: str) -> str:
    """https://api.github.com, or https://host/api/v3 of an own server. Raises UsageError."""
    base = checked_address(url, "--api-url")
    address = urlsplit(base)
    if address.username is not None or address.password is not None or "?" in base or "#" in base:
        raise UsageError("--api-url holds more than scheme, host and path; the token goes into GITHUB_TOKEN or GH_TOKEN")
    return base


def checked_repository(text: str) -> str:
    """OWNER/NAME. Raises UsageError."""
    if not _REPOSITORY.fullmatch(text) or set(text.split("/")) & {".", ".."}:
        raise UsageError(f"{text[:100]!r} is no repository; write it as OWNER/NAME")
    return text


class Api:
    """For one thread; leave the `with` block to close its connection."""

    __slots__ = ("_base", "_client", "_deadline", "_repository", "_token")

    def __init__(self, base: str, repository: str, token: str, network: Network, deadline: Deadline) -> None:
        """`token` is "" for none. Raises UsageError for a base or a repository that is none."""
        self._base = checked_base(base)
        self._repository = checked_repository(repository)
        self._token = token
        self._client = Client(network)
        self._deadline = deadline
        if not all("!" <= letter <= "~" for letter in token):
            raise UsageError("the token of the environment holds a character that no token has; check GITHUB_TOKEN and GH_TOKEN")

    def __repr__(self) -> str:
        return f"Api({place(self._base)}, {self._repository})"

    def __enter__(self) -> Api:
        return self

    def __exit__(self, *error: object) -> None:
        self._client.__exit__(*error)

    @property
    def name(self) -> str:
        return self._repository

    @property
    def has_token(self) -> bool:
        return bool(self._token)

    # what can be asked

    def repository(self) -> Repository:
        return Repository(_text(self._document("GET", ""), "default_branch", self._host))

    def branch(self, name: str) -> Branch:
        document = self._document("GET", f"/branches/{segment(name)}")
        protected = document.get("protected")
        if not isinstance(protected, bool):
            raise Unreachable(f"{self._host} does not say whether branch {name!r} is protected; check --api-url")
        protection = document.get("protection")
        checks = protection.get("required_status_checks") if isinstance(protection, dict) else None
        contexts = checks.get("contexts") if isinstance(checks, dict) else None
        return Branch(protected, tuple(map(str, contexts)) if isinstance(contexts, list) else ())

    def protection(self, branch: str) -> Document:
        """The classic protection of the branch. Missing where there is none, and where the token may not see it."""
        return self._document("GET", f"/branches/{segment(branch)}/protection")

    def branch_rules(self, branch: str) -> list[Document]:
        """The rules that are in force on the branch, of the repository's rulesets and of those above it; reading takes no admin right."""
        return self._list(f"/rules/branches/{segment(branch)}")

    def rulesets(self) -> list[RulesetEntry]:
        return [self._entry(document) for document in self._list("/rulesets?includes_parents=true")]

    def ruleset(self, number: int) -> Document:
        """Without `bypass_actors` where the token may not write it."""
        return self._document("GET", f"/rulesets/{number}")

    # what can be written; none of it deletes

    def put_protection(self, branch: str, body: Document) -> Written:
        return self._write("PUT", f"/branches/{segment(branch)}/protection", body)

    def patch_checks(self, branch: str, body: Document) -> Written:
        return self._write("PATCH", f"/branches/{segment(branch)}/protection/required_status_checks", body)

    def require_signatures(self, branch: str) -> Written:
        return self._write("POST", f"/branches/{segment(branch)}/protection/required_signatures", None)

    def create_ruleset(self, body: Document) -> Written:
        return self._write("POST", "/rulesets", body)

    def update_ruleset(self, number: int, body: Document) -> Written:
        return self._write("PUT", f"/rulesets/{number}", body)

    def path(self, tail: str) -> str:
        """For records: without the base, which may be a host of nobody's business."""
        owner, _, name = self._repository.partition("/")
        return f"/repos/{quote(owner, safe='')}/{quote(name, safe='')}{tail}"

    @property
    def _host(self) -> str:
        return place(self._base)

    def _write(self, method: Method, tail: str, body: Document | None) -> Written:
        reply = self._ask(method, self._base + self.path(tail), f"{method} {tail}", body)
        return Written(reply.status, _table(reply.document, self._host))

    def _document(self, method: Method, tail: str) -> Document:
        return _table(self._ask(method, self._base + self.path(tail), f"{method} {tail}".rstrip()).document, self._host)

    def _list(self, tail: str) -> list[Document]:
        entries: list[Document] = []
        url = f"{self._base}{self.path(tail)}{'&' if '?' in tail else '?'}per_page=100"
        for _ in range(MAX_PAGES):
            reply = self._ask("GET", url, f"GET {tail}")
            if not isinstance(reply.document, list):
                raise Unreachable(f"{self._host} answered with no list; check --api-url")
            entries += [_table(entry, self._host) for entry in reply.document]
            url = self._next(reply.headers.get("link", ""))
            if not url:
                return entries
        what = tail.partition("?")[0]
        raise Unreachable(f"{self._host} has more than {MAX_PAGES} pages for {what}, or never stops; nothing was concluded")

    def _next(self, header: str) -> str:
        """The address of the page that follows, "" at the last one. Raises Unreachable unless it is one of this API."""
        found = _NEXT.search(header)
        if found is None:
            if re.search(r"\bnext\b", header):
                raise Unreachable(f"{self._host} names a next page in a way that cannot be read; nothing was concluded")
            return ""
        url = found[1]
        try:
            ours, theirs = urlsplit(self._base), urlsplit(url)
            same = (ours.scheme, ours.netloc.lower()) == (theirs.scheme, theirs.netloc.lower()) and theirs.path.startswith(ours.path + "/")
        except ValueError:
            same = False
        if not same:
            raise Unreachable(f"{self._host} names a next page that lies elsewhere, which is not followed")
        return url

    def _entry(self, document: Document) -> RulesetEntry:
        number = document.get("id")
        if not isinstance(number, int) or isinstance(number, bool):
            raise Unreachable(f"{self._host} lists a ruleset without an id; check --api-url")
        source = _text(document, "source", self._host)
        return RulesetEntry(number, _text(document, "name", self._host), document.get("source_type", "Repository") == "Repository", source)

    def _ask(self, method: Method, url: str, what: str, body: Document | None = None) -> Reply:
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": API_VERSION}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        for attempt in range(1, _TRIES + 1):
            reply = self._client.ask(method, url, self._deadline, body=body, headers=headers, given_back=_GIVEN_BACK)
            if reply.status < 300:
                return reply
            wait = _asked_wait(reply)
            if not _is_limit(reply) or attempt == _TRIES or wait is None or wait > min(LONGEST_WAIT, self._deadline.remaining()):
                break
            sleep(wait)
        raise self._failure(reply, what)

    def _failure(self, reply: Reply, what: str) -> GateUnavailable:
        said = self._said(reply.document)
        told = f"{self._host} answers {what} with status {reply.status}" + (f" ({said})" if said else "")
        if _is_limit(reply):
            return Limited(f"{told}: the rate limit is used up{_until(reply)}; try again then")
        if reply.status == 401:
            way_out = "the token is not accepted; check it" if self._token else "this takes a token; set GITHUB_TOKEN or GH_TOKEN"
            return Refused(f"{told}: {way_out}")
        if reply.status == 403:
            lacks = "this token lacks the right" if self._token else "this takes a token"
            way_out = "set GITHUB_TOKEN or GH_TOKEN to one with the Administration permission, which the token of Actions never has"
            return Refused(f"{told}: {lacks}; {way_out}")
        if reply.status in (404, 410):
            return Missing(f"{told}: it is not there, or this token may not see it", said)
        return Rejected(f"{told}: nothing was written; correct the file")

    def _said(self, document: object) -> str:
        """GitHub's words, short and on one line; the token is not among them, whatever the server sent back."""
        if not isinstance(document, dict):
            return ""
        errors = document.get("errors")
        details = [str(each.get("message") or each.get("field") or "") if isinstance(each, dict) else str(each) for each in _items(errors)]
        text = "; ".join(filter(None, [str(document.get("message", "")).strip(), *details]))
        text = text.replace(self._token, "***") if self._token else text
        text = _HIDDEN.sub(" ", text).strip()
        return text if len(text) <= 200 else text[:197] + "..."


def segment(name: str) -> str:
    """A branch's name as one segment of a path: release/1 is release%2F1. Raises UsageError for what is no name."""
    if not valid_branch_name(name):
        raise UsageError(f"{name[:100]!r} is no name of a branch; the API knows no patterns")
    return quote(name, safe="")


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else [value] if isinstance(value, str) else []


def _table(document: object, host: str) -> Document:
    if not isinstance(document, dict):
        raise Unreachable(f"{host} answered with something else than was asked for; check --api-url")
    return document


def _text(document: Document, key: str, host: str) -> str:
    value = document.get(key)
    if not isinstance(value, str) or not value:
        raise Unreachable(f"{host} left {key!r} out of its answer; check --api-url")
    return value


# https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api


def _is_limit(reply: Reply) -> bool:
    """A 403 is either a limit or a missing right; the headers and the message tell which."""
    if reply.status == 429:
        return True
    message = str(reply.document.get("message", "")).lower() if isinstance(reply.document, dict) else ""
    spent = reply.headers.get("x-ratelimit-remaining") == "0" or "retry-after" in reply.headers
    return reply.status == 403 and (spent or "rate limit" in message)


def _asked_wait(reply: Reply) -> float | None:
    """Seconds, None where the server does not say."""
    text = reply.headers.get("retry-after", "").strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def _until(reply: Reply) -> str:
    wait, reset = _asked_wait(reply), reply.headers.get("x-ratelimit-reset", "")
    if wait is not None:
        return f" for {wait:.0f} s"
    if reset.isascii() and reset.isdigit() and len(reset) < 12:
        from datetime import UTC, datetime

        return f" until {datetime.fromtimestamp(int(reset), UTC):%H:%M:%S} UTC"
    return ""


def token(environment: Mapping[str, str]) -> str:
    """GH_TOKEN, else GITHUB_TOKEN, as GitHub's own command line has it; "" where neither is set."""
    return (environment.get("GH_TOKEN") or environment.get("GITHUB_TOKEN") or "").strip()
