"""`.github/settings.yml`, from which the apps "Settings" (https://github.com/repository-settings/app) and safe-settings
(https://github.com/github/safe-settings) protect branches.
"""

from __future__ import annotations

from typing import Final

from gates.core.documents import Node, Table, read_yaml
from gates.github.requirement import Protection
from gates.github.requirements import classic, rulesets
from gates.github.requirements.reading import Source, items, of_key, source, table, text

EXTERNAL: Final = "{{EXTERNALLY_DEFINED}}"  # safe-settings: the list of checks is kept by others, and the file does not know it


def read(data: bytes, path: str) -> list[Protection]:
    """Nothing where the file says nothing about branches. Raises DocumentError.

    Silence about a key leaves alone what is set: safe-settings lays the file over those of the organization.
    """
    document = read_yaml(data, path)
    if document.value is None:
        return []
    where = source(data, path)
    settings = Table(document, path)
    found: list[Protection] = []
    if (branches := settings.node("branches")) is not None and branches.value is not None:
        found += [_branch(where, item) for item in items(where, branches, "'branches'")]
    if (listed := settings.node("rulesets")) is not None and listed.value is not None:
        for item in items(where, listed, "'rulesets'"):
            found += rulesets.read(where, item)
    return [_without_external(each) for each in found]


def _branch(source: Source, node: Node) -> Protection:
    entries = table(source, node, "an entry of 'branches'", ("name", "protection"))
    if "name" not in entries:
        raise source.error("'name' is missing in an entry of 'branches'", node)
    if "protection" not in entries:
        raise source.error("'protection' is missing in an entry of 'branches'; null there removes what there is", node)
    name = text(source, entries["name"], "'name'")
    body = entries["protection"]
    label = f"branch {name!r} in {source.path}"
    include = ("~DEFAULT_BRANCH",) if name == "default" else (name,)
    if not body.value and (body.value is None or isinstance(body.value, dict)):
        # Both apps remove the protection then.
        return Protection("settings", of_key(source, body, "protection"), label, include, (), True, (), None)
    return classic.protection(source, body, include, kind="settings", label=label, whole=False, known=classic.KEYS)


def _without_external(asked: Protection) -> Protection:
    if all(each.name != EXTERNAL for each in asked.contexts):
        return asked
    return asked._replace(contexts=(), checks_location=None, whole=False)
