"""The container gate: whatever builds an image or starts a container, judged by one set of rules, whatever the syntax.

Nothing is built and nothing is started: the files of the repository decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from posixpath import dirname
from typing import NamedTuple

from gates.container import files, models, quoting
from gates.container.apparmor import judging as apparmor
from gates.container.defect import Defect
from gates.container.dockerfile.instruction import Dockerfile
from gates.container.files import Found, Tree
from gates.container.findings import findings
from gates.container.judging import build, runtime, runtime_keys, users
from gates.container.judging.around import Around
from gates.container.judging.facts import Facts
from gates.container.models import Models
from gates.container.options import Options, terms
from gates.container.rules.table import RULES
from gates.container.seccomp import judging as seccomp
from gates.container.spec import RuntimeSpec
from gates.core.documents import DocumentError
from gates.core.errors import NothingToJudge
from gates.core.finding import Finding
from gates.core.gate import Context, Event, Flag, Gate, Unread
from gates.detect import cache, canary
from gates.detect.families import FAMILIES
from gates.detect.prefilter import open_engine
from gates.detect.scan import Scanner, new_identity_key


def check(context: Context, options: Options) -> Iterator[Event]:
    found: list[Found] = []
    unread = False
    for event in files.find(context):
        if isinstance(event, Found):
            found.append(event)
        else:
            unread = unread or isinstance(event, Unread)
            yield event
    if not found:
        if unread:
            return
        raise NothingToJudge("no Dockerfile, no compose file, and nothing else that builds an image or starts a container")
    tree, own = files.tree(context), list[Finding]()
    scanner = Scanner(FAMILIES, open_engine(FAMILIES, cache.folder(context.environment, context.root)), "", new_identity_key())
    canary.prove(scanner)
    masking = quoting.masking((each.data for each in found), scanner)
    for read in models.read(found, tree):
        if isinstance(read, Models):
            texts = {each.path: each.data for each in found}
            own = list(findings(defects(read, tree, context, options, texts, scanner), options, context.profile))
            yield from own
        else:
            yield read._replace(message=masking(read.message)) if isinstance(read, Unread) else read
    if "hadolint" in options.engines:
        from gates.container import hadolint

        dockerfiles = [(each.path, each.data) for each in found if each.kind == "dockerfile"]
        yield from hadolint.without_duplicates(own, hadolint.judge(dockerfiles, context, options))


def defects(read: Models, tree: Tree, context: Context, options: Options, texts: Mapping[str, bytes], scanner: Scanner) -> Iterator[Defect]:
    """In the order of the files of a kind. `texts` are all files that were found, by their paths: no secret of theirs is repeated."""
    judged = list(_defects(read, tree, context, options, scanner))
    paths = dict.fromkeys((*texts, *(defect.location.path for defect in judged)))
    contents = (data for path in paths if (data := texts.get(path) or _read(tree, path)) is not None)
    yield from quoting.masked(judged, quoting.masking(contents, scanner))


def _read(tree: Tree, path: str) -> bytes | None:
    try:
        return tree.read(path)
    except DocumentError:
        return None


def _defects(read: Models, tree: Tree, context: Context, options: Options, scanner: Scanner) -> Iterator[Defect]:
    repository = _Repository(read, tree)
    facts = Facts(
        today=context.today,
        scan=scanner.scan,
        tracked=tree.tracked,
        exists=tree.exists,
        read=tree.read,
        image_user=repository.image_user,
        built=repository.built(),
        profiles=frozenset(name for policy in read.apparmor for name in policy.names),
    )
    for dockerfile in read.dockerfiles:
        yield from build.judge(dockerfile, repository.around(dockerfile, facts))
    for compose in read.composes:
        yield from map(runtime_keys.judge, compose.unknown)
    for spec in read.specs:
        own = terms(options, context.profile, spec.name, spec.location.path)
        yield from runtime.judge(spec, facts._replace(capabilities=own.capabilities, required_env=own.required_env))
    for profile in read.seccomp:
        yield from seccomp.judge(profile, profile.path)
    for policy in read.apparmor:
        yield from apparmor.judge(policy, policy.path)


class _Repository(NamedTuple):
    """What files say of each other."""

    read: Models
    tree: Tree

    def around(self, dockerfile: Dockerfile, facts: Facts) -> Around:
        started = tuple(spec for spec in self.read.specs if spec.build and spec.build.dockerfile == dockerfile.path)
        contexts = tuple(dict.fromkeys(spec.build.context for spec in started if spec.build and spec.build.context is not None))
        contexts = contexts or (dirname(dockerfile.path),)
        return Around(self.tree.read, self.tree.exists, contexts, started, facts.today, facts.scan, self.tree.files)

    def built(self) -> frozenset[str]:
        return frozenset(spec.image.value for spec in self.read.specs if spec.build and spec.image and spec.image.value)

    def image_user(self, spec: RuntimeSpec) -> str | None:
        if spec.build is None:
            return None
        path = spec.build.dockerfile
        found = next((each for each in self.read.dockerfiles if each.path == path), None)
        return users.user_of(found, spec.build.target) if found else None


GATE = Gate(
    name="container",
    summary="hardening of what builds images and starts containers",
    rules=RULES,
    options=Options,
    check=check,
    flags=(Flag("--hardened", "hardened", "judge by the hardened profile, in which the absence of hardening counts too", policy=False),),
    selections=frozenset({"paths"}),
)
