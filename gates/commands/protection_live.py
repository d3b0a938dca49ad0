"""What `gates protection diff` and `gates protection apply` share: which files, which repository, and the way to its API."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Callable, Mapping
from typing import NamedTuple

from gates import registry
from gates.commands.options import Parser
from gates.core import git, policy, source
from gates.core.deadline import Deadline
from gates.core.documents import DocumentError
from gates.core.errors import UsageError
from gates.core.git import Repository
from gates.core.network import Network
from gates.core.world import World
from gates.github import rest
from gates.github.remotes import remote_of, serves
from gates.github.rest import Api
from gates.protection.live import asked
from gates.protection.live.asked import Asked
from gates.protection.live.comparing import Note, Unseen

_ELSEWHERE = {
    ".asf.yaml": "is applied by the ASF's infrastructure",
    ".github/settings.yml": "is applied by the Settings app",
    ".github/settings.yaml": "is applied by the Settings app",
    "branch-protection/gitlab.json": "is about GitLab",
    "branch-protection.json": "does not say which branch it is for",
    ".github/branch-protection.json": "does not say which branch it is for",
}
_LONGEST_SILENCE = 15.0  # seconds


class Opened(NamedTuple):
    """`unread` are files that cannot be understood, `notes` are about files of forms that are neither compared nor applied here.
    `connect` starts the time that GitHub is given; `repository` is OWNER/NAME.
    """

    files: tuple[Asked, ...]
    unread: tuple[Unseen, ...]
    notes: tuple[Note, ...]
    connect: Callable[[], Api]
    repository: str


def add_options(parser: Parser) -> None:
    add = parser.add_argument
    add("--repo", default="", metavar="DIR", help="the repository with the files (default: the git work tree around the current directory)")
    add("--repository", default="", metavar="OWNER/NAME", help="on GitHub (default: GITHUB_REPOSITORY, else what the remote origin says)")
    add(
        "--api-url",
        default="",
        metavar="URL",
        help=f"such as https://host/api/v3 (default: GITHUB_API_URL, else {rest.DEFAULT_BASE})",
    )
    add("--policy", default="", metavar="FILE", help="policy file instead of security/gates.toml")
    add("--timeout", default="120", metavar="SECONDS", help="time for all questions to GitHub (default: 120)")


def open_(parsed: Namespace, world: World) -> Opened:
    """Reads policy and files; GitHub is not asked yet. The token is taken from GH_TOKEN or GITHUB_TOKEN. Raises UsageError."""
    seconds = _seconds(parsed.timeout)
    deadline = Deadline(seconds)
    repository = _repository(parsed.repo, world, deadline)
    settings = _policy(parsed.policy, repository, world)
    base = parsed.api_url or world.environment.get("GITHUB_API_URL") or rest.DEFAULT_BASE
    name = _name(parsed.repository, repository, rest.checked_base(base), world, deadline)
    network = Network(
        proxy=settings.network.proxy,
        ca_bundle=settings.network.ca_bundle,
        offline=settings.network.offline,
        timeout=min(_LONGEST_SILENCE, seconds),
    )
    token = rest.token(world.environment)

    def connect() -> Api:
        return Api(base, name, token, network, Deadline(seconds))

    connect()  # what is wrong with its arguments is told before anything else is done
    return Opened(*_files(repository, _branch_of(settings), deadline), connect, name)


def _repository(repo: str, world: World, deadline: Deadline) -> Repository:
    start = os.path.realpath(os.path.join(world.directory, repo))
    repository = git.discover(start, world.environment, explicit=bool(repo), deadline=deadline)
    if repository is None:
        raise UsageError(f"{repo or world.directory} lies in no git work tree; name one with --repo")
    return repository


def _policy(chosen: str, repository: Repository, world: World) -> policy.Policy:
    gates = tuple(registry.load(name) for name in registry.NAMES if name == "protection")
    trusted = source.named_file(world.directory) if chosen else source.tree(repository.top)
    return policy.read(trusted, gates, registry.NAMES, chosen=chosen)


def _branch_of(settings: policy.Policy) -> Mapping[str, str]:
    """The branches of classic files that the policy names."""
    gate = settings.gates.get("protection")
    return {branch.file: branch.name for branch in getattr(gate.options, "branches", ())} if gate else {}


def _name(given: str, repository: Repository, base: str, world: World, deadline: Deadline) -> str:
    if named := given or world.environment.get("GITHUB_REPOSITORY", ""):
        return rest.checked_repository(named)
    url = git.remote_url(repository, "origin", deadline)
    remote = remote_of(url) if url else None
    if remote is None:
        raise UsageError("the repository on GitHub is not known: no remote origin names one; give --repository OWNER/NAME")
    if not serves(base, remote.host):
        raise UsageError(f"the remote origin is on {remote.host}, which is not the server that is asked; give --repository or --api-url")
    return rest.checked_repository(remote.repository)


def _files(
    repository: Repository, branch_of: Mapping[str, str], deadline: Deadline
) -> tuple[tuple[Asked, ...], tuple[Unseen, ...], tuple[Note, ...]]:
    """Tracked files, and those that are neither tracked nor ignored: what is about to be committed is compared too."""
    tree = source.tree(repository.top)
    paths = {entry.path for entry in git.tracked(repository, deadline)} | set(git.untracked(repository, deadline).paths)
    files: list[Asked] = []
    unread: list[Unseen] = []
    notes = [Note(f"{path} {why}, and is left out here") for path, why in _ELSEWHERE.items() if path in paths]
    for path in sorted(filter(asked.is_asked, paths)):
        try:
            data = tree.read(path)
            files += asked.read(data, path, branch_of) if data is not None else ()
        except DocumentError as error:
            unread.append(Unseen(path, f"line {error.line}" if error.line else "the file", error.message))
    return tuple(files), tuple(unread), tuple(notes)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 3600:
        raise UsageError(f"--timeout: {text!r} is no number of seconds between 0 and 3600")
    return seconds
