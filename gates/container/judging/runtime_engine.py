"""Rules on engines that are spoken to over TCP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gates.container.defect import Defect
from gates.container.judging.runtime_defects import Fix, by_default, told, unsettled
from gates.container.quoting import shown
from gates.container.references import reference
from gates.container.rules.runtime_isolation import DOCKER_TCP
from gates.container.setting import Setting
from gates.container.spec import RuntimeSpec
from gates.core.finding import Severity
from gates.core.patterns import lazy

_PLAIN: Final = "2375"  # https://www.iana.org/assignments/service-names-port-numbers: docker, plain text
_ADDRESS = lazy(r"tcp://(\[[0-9A-Fa-f:.]*\]|[^\s:/,\"']*)(?::([0-9]+))?")
_PROXY = lazy(r"(?i).*(?:proxy|proxies).*")
_TLS = lazy(r"--tls(?:verify)?(?:=(?:true|1))?")

_FIX = Fix(
    'DOCKER_HOST: tcp://…:2376 and DOCKER_TLS_VERIFY: "1"',
    "-e DOCKER_HOST=tcp://…:2376 -e DOCKER_TLS_VERIFY=1",
    'DOCKER_HOST: tcp://…:2376 and DOCKER_TLS_VERIFY: "1"',
    'DOCKER_HOST: tcp://…:2376 and DOCKER_TLS_VERIFY: "1"',
)


def judge(spec: RuntimeSpec) -> Iterator[Defect]:
    variables = {variable.name: variable for variable in spec.environment if variable.origin == "environment"}
    host, verify = variables.get("DOCKER_HOST"), variables.get("DOCKER_TLS_VERIFY")
    if host is not None and host.value is not None and not (verify is not None and (verify.value is None or verify.value.value != "")):
        if host.value.value is None and not _ADDRESS.search(host.value.text):
            yield unsettled(spec, DOCKER_TCP, "how it speaks to an engine", host.value, "DOCKER_HOST", fix=_FIX)
        else:
            yield from _host(spec, host.value)
    folder = variables.get("DOCKER_TLS_CERTDIR")
    if folder is not None and folder.value is not None and folder.value.value == "" and _is_engine(spec):
        what = "an empty DOCKER_TLS_CERTDIR makes its engine listen without TLS, and whoever reaches it is root there"
        yield told(
            spec,
            DOCKER_TCP,
            what,
            folder.location,
            "DOCKER_TLS_CERTDIR",
            fix=Fix("DOCKER_TLS_CERTDIR: /certs", "-e DOCKER_TLS_CERTDIR=/certs"),
        )
    for setting in (spec.entrypoint, spec.command):
        if setting is not None:
            yield from _command(spec, setting)
    for port in spec.ports:
        if "ports" not in spec.unsaid and port.target.partition("/")[0] == _PLAIN:
            what = f"it publishes port {_PLAIN}, on which an engine obeys without asking who speaks"
            yield told(spec, DOCKER_TCP, what, port.location, f"port {port.target}")


def _host(spec: RuntimeSpec, setting: Setting[str]) -> Iterator[Defect]:
    found = _ADDRESS.search(setting.value if setting.value is not None else setting.text)
    if found is None or (found[2] or _PLAIN) != _PLAIN:
        return
    yield _spoken(spec, setting, found[1], "DOCKER_HOST", f"DOCKER_HOST is {shown(found[0])}{by_default(setting)}")


def _command(spec: RuntimeSpec, setting: Setting[tuple[str, ...]]) -> Iterator[Defect]:
    text = " ".join(setting.value) if setting.value is not None else setting.text
    if any(_TLS.fullmatch(word) for word in text.split()):
        return
    for found in _ADDRESS.finditer(text):
        if found[2] == _PLAIN:
            yield _spoken(spec, setting, found[1], f"command {found[0]}", f"its command line names {shown(found[0])}")


def _spoken(spec: RuntimeSpec, setting: Setting[str] | Setting[tuple[str, ...]], host: str, key: str, what: str) -> Defect:
    if _PROXY.fullmatch(host):
        what += ", an engine's port without TLS; medium, since by its name it is a proxy that filters"
        return told(spec, DOCKER_TCP, what, setting.location, key, fix=_FIX, severity=Severity.MEDIUM)
    return told(
        spec,
        DOCKER_TCP,
        f"{what}, an engine that obeys over TCP without TLS: who reaches it is root there",
        setting.location,
        key,
        fix=_FIX,
    )


def _is_engine(spec: RuntimeSpec) -> bool:
    return spec.image is not None and reference(spec.image.value or spec.image.text).official == "docker"
