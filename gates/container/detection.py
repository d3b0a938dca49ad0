"""Which files build images or start containers: by their names, and where a name says too little by what is in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, Literal

from gates.container.apparmor import reading as policies
from gates.container.compose import keys
from gates.core.documents import DocumentError, Node, read_yamls
from gates.core.patterns import lazy
from gates.github import reading

Kind = Literal[
    "dockerfile", "compose", "kubernetes", "seccomp", "apparmor", "workflow", "action", "script", "makefile", "markdown", "template"
]
FIRST: Final = 4096  # bytes that tell whether a file without an extension may be one of these: more than any licence above a profile

# A name may hold a line break: a dot has to match that too.
_NAME: Final = re.IGNORECASE | re.DOTALL

_DOCKERFILE = lazy(r"(?:dockerfile|containerfile)(?:[.-].+)?|.+\.(?:dockerfile|containerfile)", _NAME)
_LIKE_DOCKERFILE = lazy(r".*dockerfile.*", _NAME)
_CODE = lazy(r".+\.(?:py[iwx]?|go|rs|c|h|cc|cpp|hpp|java|kt|rb|pl|php|cs|swift|scala|lua|[cm]?[jt]sx?)", _NAME)
_IGNORE = lazy(r".*\.(?:docker|container)?ignore", _NAME)
_COMPOSE = lazy(r"(?:(?:docker|podman|container)[-_.]?)?compose(?:[._-].*)?\.ya?ml|.+[._-]compose\.ya?ml", _NAME)
_YAML = lazy(r".+\.ya?ml", _NAME)
_JSON = lazy(r".+\.json", _NAME)
_MAKEFILE = lazy(r"(?:gnu|bsd)?makefile(?:[.-].+)?|.+\.mk", _NAME)
_MARKDOWN = lazy(r".+\.(?:md|markdown|mdx)", _NAME)
_SCRIPT = lazy(r".+\.(?:sh|bash|ash|dash|ksh|zsh)", _NAME)
# Names such as Dockerfile.md and dockerfile-copy.test.js are about Dockerfiles; what is in them tells.
_ABOUT = lazy(
    r".+\.(?:md|markdown|mdx|rst|adoc|txt|html?|[cm]?[jt]sx?|py|rb|go|rs|java|kt|json|ya?ml|toml|lock|cs|php|sh|patch|diff|png|svg)",
    _NAME,
)
_TEMPLATE_NAME = lazy(r".+\.(?:j2|jinja2?|tmpl|tpl|template|erb|mustache|hbs|gotmpl|in|m4)", _NAME)
_TEMPLATE_LINE = lazy(rb"^[ \t]*(?:\{\{|\{%|<%)", re.MULTILINE)
_INSTRUCTION_FIRST = lazy(rb"(?:\xef\xbb\xbf)?(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*(?:FROM|ARG)[ \t]+\S", re.IGNORECASE)
_SERVICES = lazy(rb"^[\"']?services[\"']?[ \t]*:", re.MULTILINE)
_BUILT_OR_PULLED = lazy(rb"^[ \t]+[\"']?(?:image|build)[\"']?[ \t]*:", re.MULTILINE)
_ONLY: Final = rb"privileged|cap_add|cap_drop|security_opt|network_mode|userns_mode|volumes_from|device_cgroup_rules|use_api_socket"
_ONLY_OF_A_SERVICE = lazy(rb"^[ \t]+[\"']?(?:" + _ONLY + rb")[\"']?[ \t]*:", re.MULTILINE)
_OF_A_SERVICE = lazy(
    rb"[\"'\s{,](?:" + _ONLY + rb"|volumes|devices|ports|pid|ipc|uts|cgroup|user|sysctls|tmpfs|env_file|environment|command|entrypoint"
    rb"|read_only|extends|secrets|configs|labels|annotations|post_start|pre_stop|networks|restart|deploy|gpus)[\"']?[ \t]*:"
)
_API = lazy(rb"[\"']?\bapiVersion[\"']?[ \t]*:")
_PODS = lazy(
    rb"[\"']?\bkind[\"']?[ \t]*:[ \t]*[\"']?(?:Pod|PodTemplate|Deployment|StatefulSet|DaemonSet|ReplicaSet|ReplicationController"
    rb"|Job|CronJob|PersistentVolume|List|[A-Z][A-Za-z]*List)\b|[\"']?\b(?:initContainers|containers)[\"']?[ \t]*:"
)
_OF_A_WORKFLOW = lazy(rb"[\"']?\b(?:container|services)[\"']?[ \t]*:")
_ENGINE = lazy(
    rb"\b(?:docker|podman|nerdctl|ctr)\b|\$[({]*(?i:[a-z_]*(?:docker|podman|container|oci)_?(?:engine|runtime|tool|cmd|cli|bin|manager)?)\b"
)
_SHEBANG = lazy(rb"#![ \t]*\S*?(?:env[ \t]+(?:-S[ \t]+)?\S*?)?\b(?:sh|bash|ash|dash|ksh|zsh)\b")
_APPARMOR_PLACE = lazy(r"(?:.*[/._-])?apparmor(?:[/._-].*)?", _NAME)
_APPARMOR_NAME = lazy(r".+\.(?:aa|apparmor|armor|prof|profile)|(?:usr|bin|sbin|lib|opt|etc|snap)\..+", _NAME)
_APPARMOR = lazy(rb"^[ \t]*(?:profile[ \t]+\S[^\n]*\{|#?include[ \t]+<(?:tunables|abstractions)/)", re.MULTILINE)
_OF_A_PROGRAM = lazy(rb"^[ \t]*/[^/*\s]\S*[ \t][^\n]*\{", re.MULTILINE)
_CONFINES = lazy(rb"^[ \t]*(?:profile[ \t]|#?include[ \t]+(?:if[ \t]+exists[ \t]+)?<|abi[ \t]+<)", re.MULTILINE)
_ENTRIES = lazy(rb"\"syscalls\"\s*+:\s*+\[", re.IGNORECASE)
_ACTION = lazy(r"action\.ya?ml")
_RUNS = lazy(rb"^[\"']?runs[\"']?[ \t]*:", re.MULTILINE)


def certain(path: str) -> bool:
    """Whether the name alone says that containers depend on the file, so that one which cannot be read is an error."""
    name = path.rpartition("/")[2]
    if _IGNORE.fullmatch(name):
        return False
    return bool(_COMPOSE.fullmatch(name)) or (bool(_DOCKERFILE.fullmatch(name)) and not _ABOUT.fullmatch(name))


def possible(path: str) -> bool:
    """Whether a file of that name is looked into; where it has no extension, its first bytes have to tell."""
    return "." not in path.rpartition("/")[2] or fits(path)


def promising(path: str, first: bytes) -> bool:
    """Whether a file without an extension is worth reading, by its name and its FIRST bytes."""
    return first.startswith(b"#!") or fits(path) or bool(_CONFINES.search(first))


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
        if (fit(path, name) or (named and judged in _BY_CONTENT)) and (found := judged(name, data)):
            return found
    if "." in name:
        return None
    if _is_policy(data):
        return "apparmor"
    return "script" if (named or _SHEBANG.match(data)) and _ENGINE.search(data) else None


def _is_policy(data: bytes) -> bool:
    return bool(_CONFINES.search(data)) and policies.looks_like(data.decode("utf-8", "replace"))


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
    if not _SERVICES.search(data):
        return None
    return "compose" if _BUILT_OR_PULLED.search(data) or (_OF_A_SERVICE.search(data) and _is_fragment(data)) else None


def _is_fragment(data: bytes) -> bool:
    """Whether it adds to the services of another file: each has some of their keys and no other. What is no YAML counts as one, since
    it has one of the keys that nothing else has.
    """
    try:
        documents = read_yamls(data, "", local_tags=True, core_numbers=True, repeated_merges=True)
    except DocumentError:
        return _ONLY_OF_A_SERVICE.search(data) is not None
    tables = [document.value for document in documents if isinstance(document.value, dict)]
    services = [table["services"].value for table in tables if "services" in table]
    each = [service.value for found in services if isinstance(found, dict) for service in found.values()]
    known = [service for service in each if isinstance(service, dict)]
    return bool(known) and len(known) == len(each) and all(_is_service(service) for service in known)


def _is_service(service: Mapping[str, Node]) -> bool:
    return bool(service) and all(key in keys.SERVICE.keys or key.startswith(("x-", "<<")) for key in service)


def _kubernetes(name: str, data: bytes) -> Kind | None:
    if not (_API.search(data) and _PODS.search(data)):
        return None
    return "template" if b"{{" in data else "kubernetes"


def _seccomp(name: str, data: bytes) -> Kind | None:
    """Docker does not care for the case of a key, and takes a profile without a default for one."""
    if b"SCMP_ACT_" in data and _ENTRIES.search(data):
        return "seccomp"
    lowered = data.lower()
    return "seccomp" if b'"defaultaction"' in lowered and (b'"syscalls"' in lowered or b"SCMP_ACT_" in data) else None


def _apparmor(name: str, data: bytes) -> Kind | None:
    sure = _APPARMOR.search(data) or (_OF_A_PROGRAM.search(data) and policies.looks_like(data.decode("utf-8", "replace")))
    return "apparmor" if sure else None


def _action(name: str, data: bytes) -> Kind | None:
    return "action" if _RUNS.search(data) and _ENGINE.search(data) else None


def _starting(found: Kind) -> Callable[[str, bytes], Kind | None]:
    return lambda _, data: found if _ENGINE.search(data) else None


# By name, and by what is in a file of that name; the first that answers decides.
_KINDS: tuple[tuple[Callable[[str, str], object], Callable[[str, bytes], Kind | None]], ...] = (
    (lambda path, _: reading.is_workflow(path), _workflow),
    (lambda _, name: _ACTION.fullmatch(name), _action),
    (lambda _, name: _DOCKERFILE.fullmatch(name), _dockerfile),
    (lambda _, name: _LIKE_DOCKERFILE.fullmatch(name) and not _ABOUT.fullmatch(name), _dockerfile),
    (lambda _, name: _YAML.fullmatch(name), _compose),
    (lambda _, name: _YAML.fullmatch(name) or _JSON.fullmatch(name), _kubernetes),
    (lambda _, name: _JSON.fullmatch(name), _seccomp),
    (lambda path, name: _APPARMOR_PLACE.fullmatch(path) and not _CODE.fullmatch(name), _apparmor),
    (lambda _, name: _APPARMOR_NAME.fullmatch(name), lambda _, data: "apparmor" if _is_policy(data) else None),
    (lambda _, name: _MAKEFILE.fullmatch(name), _starting("makefile")),
    (lambda _, name: _MARKDOWN.fullmatch(name), _starting("markdown")),
    (lambda _, name: _SCRIPT.fullmatch(name), _starting("script")),
)
# What is in a file tells, whatever it is called.
_BY_CONTENT: Final = (_dockerfile, _compose, _kubernetes, _seccomp, _apparmor)
