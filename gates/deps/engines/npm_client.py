"""Runs `npm audit` on a lock file of our own making and reads its report as strictly as if it were hostile.

npm gets neither the repository's lock file nor anything else of it: only a folder with the names and versions to ask about, each as one
package that nothing depends on. So it never learns or sends a private name, serves the locks of pnpm and yarn as well, and no `.npmrc`,
workspace, omitted group or install script has a say. npm's own verdict is the worst over all copies of a package; what counts here is each
advisory's range, matched against each version.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, TypeVar

from gates.core import process
from gates.core.documents.node import quoted
from gates.core.errors import GateUnavailable
from gates.core.gate import Context
from gates.core.network import Network
from gates.core.patterns import lazy
from gates.deps.advisories.semver import parse
from gates.deps.advisory import Audit
from gates.deps.engines.npm_bulk import CANARY, Answer, Question, audited, believed, judge, notes, questions, records
from gates.deps.engines.registry import Registry, quiet
from gates.inventory.package import Package

REPORT_LIMIT: Final = 256 << 20  # bytes
_TOKEN: Final = "GATES_NPM_TOKEN"  # noqa: S105 - names of variables
_PROXY: Final = "GATES_NPM_PROXY"

_NAME = lazy(r"(?:@[A-Za-z0-9~!'()*_.-]+/)?[A-Za-z0-9~!'()*-][A-Za-z0-9~!'()*_.-]*")


class _Pin(NamedTuple):
    """One package of the lock file that npm reads."""

    name: str
    version: str


def audit(
    packages: Sequence[Package],
    context: Context,
    registry: Registry,
    network: Network,
    *,
    private: Sequence[str] = (),
    canary: tuple[str, str] | None = CANARY,
) -> Audit:
    """As the function of that name in `npm_bulk`, by the npm that is installed: one run for each registry, without further attempts.

    npm 7 or newer. An advisory without a severity counts as high and one without a range as speaking of every version, because npm writes
    that in. Besides the one POST npm asks for the versions of each package that it found vulnerable, which decides nothing here, and it
    follows redirects. Raises GateUnavailable and UsageError.
    """
    npm = process.find_tool("npm", context.environment, context.root)
    asked = questions(packages, registry, private, canary)
    if asked and (network.offline or context.offline):
        raise GateUnavailable("npm audit cannot run offline; give an advisory database, or run without --offline")
    with tempfile.TemporaryDirectory(prefix="gates-npm-") as place:
        version = _version(npm, place, context)
        answers = [
            (question, believed(question, registry, canary, lambda it: _ask(npm, place, it, network, context))) for question in asked
        ]
    return audited("npm", version, packages, registry, private, answers, notes(packages, private, canary, asked))


def _version(npm: str, place: str, context: Context) -> str:
    done = _run([npm, "--version", *quiet(place)], place, {}, context)
    version = done.stdout.decode("utf-8", "replace").strip()
    if done.status != 0 or not version.replace(".", "").replace("-", "").isalnum():
        raise GateUnavailable("npm does not tell its version; reinstall it")
    return version


def _ask(npm: str, place: str, question: Question, network: Network, context: Context) -> Answer:
    for pin in _pins(question):
        if not _can_ask(pin):
            raise GateUnavailable(f"npm cannot be asked about {quoted(f'{pin.name} {pin.version}')}, which no registry can hold")
    pins = {f"node_modules/p{count}": pin for count, pin in enumerate(_pins(question))}
    root = {"name": "gates-audit", "version": "0.0.0"}
    entries = {"": root, **{path: pin._asdict() for path, pin in pins.items()}}
    _put(place, "package.json", json.dumps(root))
    _put(place, "package-lock.json", json.dumps({**root, "lockfileVersion": 3, "requires": True, "packages": entries}))
    settings, variables = _settings(question.registry, network)
    _put(place, "npmrc", "".join(f"{line}\n" for line in settings))
    argv = [npm, "audit", "--json", "--audit-level=none", "--package-lock-only", "--ignore-scripts"]
    argv += ["--include=dev", "--include=optional", "--include=peer", f"--registry={question.registry.url}", *quiet(place)]
    # The prefix keeps npm from looking for a project in the folders above, and moves the global npmrc to where there is none.
    argv += [f"--prefix={place}", f"--userconfig={os.path.join(place, 'npmrc')}", "--fetch-retry-mintimeout=200"]
    done = _run([*argv, "--fetch-retry-maxtimeout=1000", f"--fetch-timeout={int(network.timeout * 1000)}"], place, variables, context)
    return _read(done, pins, question)


def _can_ask(pin: _Pin) -> bool:
    """npm passes over a version that it cannot read, and JavaScript over the name __proto__."""
    try:
        parse(pin.version)
    except ValueError:
        return False
    return _NAME.fullmatch(pin.name) is not None


def _pins(question: Question) -> list[_Pin]:
    return [_Pin(name, version) for name, versions in question.versions.items() for version in versions]


def _settings(registry: Registry, network: Network) -> tuple[list[str], dict[str, str]]:
    """The lines of the npmrc that npm is given and the variables they name: what is secret stands in no file and on no command line."""
    lines, variables = [], {}
    if registry.token:
        _, _, address = registry.url.partition(":")
        lines.append(f"{address}/:{'_authToken' if registry.scheme == 'Bearer' else '_auth'}=${{{_TOKEN}}}")
        variables[_TOKEN] = registry.token
    if network.proxy:
        proxy = network.proxy if "://" in network.proxy else f"http://{network.proxy}"
        lines += [f"proxy=${{{_PROXY}}}", f"https-proxy=${{{_PROXY}}}", "noproxy=localhost,127.0.0.1,::1"]
        variables[_PROXY] = proxy
    if network.ca_bundle:
        variables["NODE_EXTRA_CA_CERTS"] = os.path.abspath(network.ca_bundle)
    return lines, variables


def _put(place: str, name: str, content: str) -> None:
    try:
        with open(os.path.join(place, name), "w", encoding="utf-8") as file:
            file.write(content)
    except OSError as error:
        raise GateUnavailable(f"the temporary directory cannot be written: {error.strerror}") from error


def _run(argv: Sequence[str], place: str, variables: Mapping[str, str], context: Context) -> process.Completed:
    clean = process.clean_environment(context.environment, outside=context.root)
    done = process.run(
        argv,
        cwd=place,
        environment={**clean, "HOME": place, **variables},
        deadline=context.deadline,
        timeout=context.tool_timeout,
        output_limit=REPORT_LIMIT,
        name="npm",
    )
    stderr = done.stderr
    for secret in variables.values():
        stderr = stderr.replace(secret.encode(), b"***")
    return done._replace(stderr=stderr)


def _read(done: process.Completed, pins: Mapping[str, _Pin], question: Question) -> Answer:
    """What the report says of each name. Raises GateUnavailable unless it accounts for each pin."""
    try:
        report = json.loads(done.stdout)
    except (ValueError, RecursionError):
        raise GateUnavailable(f"npm audit gave no report (status {done.status}): {process.complaint(done.stderr)}") from None
    if done.status != 0 or not isinstance(report, dict) or "error" in report or "message" in report:
        raise GateUnavailable(f"npm audit could not ask {question.source}: {_cause(report)}")
    if report.get("auditReportVersion") != 2:
        raise GateUnavailable("npm audit wrote a report of an unknown kind; npm 7 or newer is needed")
    dependencies = _take(_take(report, "metadata", dict), "dependencies", dict)
    if _take(dependencies, "total", int) != len(pins):
        raise GateUnavailable("npm audit looked at another number of packages than it was given")
    answer: dict[str, list[object]] = {}
    marked: list[_Pin] = []
    for name, entry in _take(report, "vulnerabilities", dict).items():
        if name not in question.versions:
            raise GateUnavailable(f"npm audit reports {quoted(name)}, which it was not given")
        answer[name] = [_as_sent(item) for item in _take(entry, "via", list)]
        marked += [_pin(node, name, pins) for node in _take(entry, "nodes", list)]
    known = {name: records(items) for name, items in answer.items()}
    for pin in marked:
        if not any(judge(known[pin.name], pin.version)):
            raise GateUnavailable(f"npm audit calls {quoted(pin.name)} {quoted(pin.version)} vulnerable, but its report does not say why")
    return known


def _pin(node: object, name: str, pins: Mapping[str, _Pin]) -> _Pin:
    pin = pins.get(node) if isinstance(node, str) else None
    if pin is None or pin.name != name:
        raise GateUnavailable("npm audit reports a package at a place where there is none")
    return pin


def _as_sent(item: object) -> object:
    """An advisory of the report in the words of the bulk endpoint."""
    if not isinstance(item, dict):
        return item
    return {**item, "id": item.get("source"), "vulnerable_versions": item.get("range")}


def _cause(report: object) -> str:
    """Without npm's own words: they may quote what a server answered."""
    table = report if isinstance(report, dict) else {}
    error = table.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    status = table.get("statusCode")
    if isinstance(status, int):
        return f"it failed with status {status}; check its address, and the credentials for it"
    message = table.get("message")
    if isinstance(message, str) and "invalid json" in message.lower():
        return "it answered with something that is not JSON; check its address, or what stands between"
    if isinstance(code, str) and code.isalnum() and code.isascii():
        return f"it ended with {code[:40]}"
    return "it was not reached, or gave no answer that npm can read; check its address and [network] proxy in the policy"


_Kind = TypeVar("_Kind")


def _take(table: object, key: str, kind: type[_Kind]) -> _Kind:
    value = table.get(key) if isinstance(table, dict) else None
    if not isinstance(value, kind):
        raise GateUnavailable(f"npm audit wrote a report that has no {key} where one belongs")
    return value
