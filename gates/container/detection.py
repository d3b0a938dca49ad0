"""Which files build images or start containers: by their names, and where a name says too little by what is in them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from gates.core.patterns import lazy
from gates.github import reading

Kind = Literal["dockerfile", "compose", "kubernetes", "seccomp", "apparmor", "workflow", "script", "makefile", "markdown", "template"]

_DOCKERFILE = lazy(r"(?:dockerfile|containerfile)(?:[.-].+)?|.+\.(?:dockerfile|containerfile)", re.IGNORECASE)
_LIKE_DOCKERFILE = lazy(r".*dockerfile.*", re.IGNORECASE)
_CODE = lazy(r".+\.(?:py[iwx]?|go|rs|c|h|cc|cpp|hpp|java|kt|rb|pl|php|cs|swift|scala|lua|[cm]?[jt]sx?)", re.IGNORECASE)
_IGNORE = lazy(r".*\.(?:docker|container)?ignore", re.IGNORECASE)
_COMPOSE = lazy(r"(?:(?:docker|podman|container)[-_.]?)?compose(?:[._-].*)?\.ya?ml|.+[._-]compose\.ya?ml", re.IGNORECASE)
_YAML = lazy(r".+\.ya?ml", re.IGNORECASE)
_JSON = lazy(r".+\.json", re.IGNORECASE)
_MAKEFILE = lazy(r"(?:gnu|bsd)?makefile(?:[.-].+)?|.+\.mk", re.IGNORECASE)
_MARKDOWN = lazy(r".+\.(?:md|markdown|mdx)", re.IGNORECASE)
_SCRIPT = lazy(r".+\.(?:sh|bash|ash|dash|ksh|zsh)", re.IGNORECASE)
# Names such as Dockerfile.md and dockerfile-copy.test.js are about Dockerfiles; what is in them tells.
_ABOUT = lazy(
    r".+\.(?:md|markdown|mdx|rst|adoc|txt|html?|[cm]?[jt]sx?|py|rb|go|rs|java|kt|json|ya?ml|toml|lock|cs|php|sh|patch|diff|png|svg)",
    re.IGNORECASE,
)
_TEMPLATE_NAME = lazy(r".+\.(?:j2|jinja2?|tmpl|tpl|template|erb|mustache|hbs|gotmpl|in|m4)", re.IGNORECASE)
_TEMPLATE_LINE = lazy(rb"^[ \t]*(?:\{\{|\{%|<%)", re.MULTILINE)
_INSTRUCTION_FIRST = lazy(rb"(?:\xef\xbb\xbf)?(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*(?:FROM|ARG)[ \t]+\S", re.IGNORECASE)
_SERVICES = lazy(rb"^[\"']?services[\"']?[ \t]*:", re.MULTILINE)
_BUILT_OR_PULLED = lazy(rb"^[ \t]+[\"']?(?:image|build)[\"']?[ \t]*:", re.MULTILINE)
_API = lazy(rb"[\"']?\bapiVersion[\"']?[ \t]*:")
_WORKLOAD = lazy(
    rb"[\"']?\bkind[\"']?[ \t]*:[ \t]*[\"']?(?:Pod|PodTemplate|PodList|Deployment|StatefulSet|DaemonSet|ReplicaSet|ReplicationController"
    rb"|Job|CronJob|List)\b"
)
_OF_A_WORKFLOW = lazy(rb"[\"']?\b(?:container|services)[\"']?[ \t]*:")
_ENGINE = lazy(rb"\b(?:docker|podman|nerdctl)\b")
_SHEBANG = lazy(rb"#![ \t]*\S*?(?:env[ \t]+(?:-S[ \t]+)?\S*?)?\b(?:sh|bash|ash|dash|ksh|zsh)\b")
_APPARMOR_PLACE = lazy(r"(?:.*[/._-])?apparmor(?:[/._-].*)?", re.IGNORECASE)
_APPARMOR = lazy(rb"^[ \t]*(?:profile[ \t]+\S[^\n]*\{|#?include[ \t]+<(?:tunables|abstractions)/)", re.MULTILINE)


def certain(path: str) -> bool:
    """Whether the name alone says that containers depend on the file, so that one which cannot be read is an error."""
    name = path.rpartition("/")[2]
    if _IGNORE.fullmatch(name):
        return False
    return bool(_COMPOSE.fullmatch(name)) or (bool(_DOCKERFILE.fullmatch(name)) and not _ABOUT.fullmatch(name))


def possible(path: str) -> bool:
    """Whether a file of that name is looked into; where it has no extension, its first bytes have to tell."""
    return "." not in path.rpartition("/")[2] or fits(path)


def fits(path: str) -> bool:
    """Whether the name is that of a file which may build an image or start a container."""
    name = path.rpartition("/")[2]
    return not _IGNORE.fullmatch(name) and any(fit(path, name) for fit, _ in _KINDS)


def kind(path: str, data: bytes, *, named: bool = False) -> Kind | None:
    """What the file is; None for one that containers do not depend on. `named`: somebody asked for this very file, so that its name
    need not fit.
    """
    name = path.rpartition("/")[2]
    if _IGNORE.fullmatch(name):
        return None
    for fit, judged in _KINDS:
        if (fit(path, name) or (named and judged is not _workflow)) and (found := judged(name, data)):
            return found
    return "script" if "." not in name and _SHEBANG.match(data) and _ENGINE.search(data) else None


def _workflow(name: str, data: bytes) -> Kind | None:
    return "workflow" if _OF_A_WORKFLOW.search(data) or _ENGINE.search(data) else None


def _dockerfile(name: str, data: bytes) -> Kind | None:
    if _MARKDOWN.fullmatch(name):
        return None
    sure = _DOCKERFILE.fullmatch(name) and not _ABOUT.fullmatch(name)
    if _TEMPLATE_NAME.fullmatch(name) or (sure and _TEMPLATE_LINE.search(data)):
        return "template" if sure else None
    return "dockerfile" if sure or _INSTRUCTION_FIRST.match(data) else None


def _compose(name: str, data: bytes) -> Kind | None:
    if _COMPOSE.fullmatch(name):
        return "compose"
    return "compose" if _SERVICES.search(data) and _BUILT_OR_PULLED.search(data) else None


def _kubernetes(name: str, data: bytes) -> Kind | None:
    if not (_API.search(data) and _WORKLOAD.search(data)):
        return None
    return "template" if b"{{" in data else "kubernetes"


def _seccomp(name: str, data: bytes) -> Kind | None:
    return "seccomp" if b'"defaultAction"' in data and (b'"syscalls"' in data or b"SCMP_ACT_" in data) else None


def _starting(found: Kind) -> Callable[[str, bytes], Kind | None]:
    return lambda _, data: found if _ENGINE.search(data) else None


# By name, and by what is in a file of that name; the first that answers decides.
_KINDS: tuple[tuple[Callable[[str, str], object], Callable[[str, bytes], Kind | None]], ...] = (
    (lambda path, _: reading.is_workflow(path), _workflow),
    (lambda _, name: _DOCKERFILE.fullmatch(name), _dockerfile),
    (lambda _, name: _LIKE_DOCKERFILE.fullmatch(name) and not _ABOUT.fullmatch(name), _dockerfile),
    (lambda _, name: _YAML.fullmatch(name), _compose),
    (lambda _, name: _YAML.fullmatch(name) or _JSON.fullmatch(name), _kubernetes),
    (lambda _, name: _JSON.fullmatch(name), _seccomp),
    (
        lambda path, name: _APPARMOR_PLACE.fullmatch(path) and not _CODE.fullmatch(name),
        lambda _, data: "apparmor" if _APPARMOR.search(data) else None,
    ),
    (lambda _, name: _MAKEFILE.fullmatch(name), _starting("makefile")),
    (lambda _, name: _MARKDOWN.fullmatch(name), _starting("markdown")),
    (lambda _, name: _SCRIPT.fullmatch(name), _starting("script")),
)
