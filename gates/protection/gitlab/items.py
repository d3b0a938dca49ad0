"""The values of a pipeline configuration, each with the file and the line it comes from, after what GitLab does file by file.

That is: merge keys (https://docs.gitlab.com/ci/yaml/yaml_optimization/), `!reference` tags, and inputs
(https://docs.gitlab.com/ci/inputs/). Configurations of several files become one by `merged`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple, TypeAlias

from gates.core.documents import DocumentError, Node, read_yamls
from gates.core.patterns import lazy


class Reference(NamedTuple):
    """`!reference [job, keyword, ...]`: the value that stands there once all files are merged."""

    keys: tuple[str, ...]


class Unknown(NamedTuple):
    """A value that no file of the repository tells."""

    why: str


ItemValue: TypeAlias = "dict[str, Item] | list[Item] | Reference | Unknown | str | int | float | bool | None"


class Item(NamedTuple):
    """`line` is that of the key where there is one."""

    value: ItemValue
    path: str
    line: int

    def error(self, message: str) -> DocumentError:
        return DocumentError(message, self.path, self.line)


Inputs: TypeAlias = Mapping[str, Item]
_REFERENCE: Final = "!reference"
_INPUT = lazy(r"\$\[\[([^\]]*)\]\]")
_INPUT_NAME = lazy(r"inputs\.([A-Za-z0-9_-]+)")
_NO_INPUT: Final = "an input that has no value in the repository"
# Ruby reads YAML 1.1, where these are booleans too.
_BOOLEANS: Final = {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}


def read(data: bytes, path: str, given: Inputs) -> Item:
    """One configuration file; `given` are the inputs of whoever includes it. Raises DocumentError."""
    documents = read_yamls(data, path, local_tags=True, repeated_merges=True)
    inputs: Inputs = given
    if len(documents) > 1 and isinstance(documents[0].value, dict) and "spec" in documents[0].value:
        inputs = {**_defaults(documents[0].value["spec"], path), **given}
        documents = documents[1:]
    if len(documents) > 1:
        raise DocumentError("a document with spec may stand before the configuration, and nothing else", path, documents[1].line)
    if not documents or documents[0].value is None:
        return Item({}, path, 1)
    root = _item(documents[0], path, inputs)
    if not isinstance(root.value, dict):
        raise root.error("a pipeline configuration must be a table of jobs and keywords")
    return root


def merged(below: Item, above: Item) -> Item:
    """Tables are merged at any depth; of anything else the later one counts.

    https://docs.gitlab.com/ci/yaml/includes/#merge-method-for-include
    """
    if not isinstance(below.value, dict) or not isinstance(above.value, dict):
        return above
    table = dict(below.value)
    for key, item in above.value.items():
        table[key] = merged(table[key], item) if key in table else item
    return Item(table, above.path, above.line)


def flag(item: Item) -> bool:
    """Raises DocumentError."""
    value = item.value
    found = value if isinstance(value, bool) else _BOOLEANS.get(value.lower()) if isinstance(value, str) else None
    if found is None:
        raise item.error("must be true or false")
    return found


def texts(item: Item) -> list[Item]:
    """A text, or a list of texts however nested, as items whose value is text. Raises DocumentError."""
    found = []
    for one in flat(item):
        if isinstance(one.value, bool) or not isinstance(one.value, str | int | float):
            raise one.error("must be text, or a list of texts")
        found.append(one._replace(value=str(one.value)))
    return found


def flat(item: Item) -> list[Item]:
    """The items of a list, and of the lists in it; a list of one where it is none, and nothing for null."""
    if item.value is None:
        return []
    if not isinstance(item.value, list):
        return [item]
    return [one for inner in item.value for one in flat(inner)]


def _defaults(spec: Node, path: str) -> Inputs:
    header = _item(spec, path, {})
    inputs = header.value.get("inputs") if isinstance(header.value, dict) else None
    if inputs is None or inputs.value is None:
        return {}
    if not isinstance(inputs.value, dict):
        raise inputs.error("'inputs' must be a table")
    return {
        name: entry.value["default"]._replace(line=entry.line)
        for name, entry in inputs.value.items()
        if isinstance(entry.value, dict) and "default" in entry.value
    }


def _item(node: Node, path: str, inputs: Inputs) -> Item:
    line = node.key_line or node.line
    if node.tag and node.tag != _REFERENCE:
        raise DocumentError(f"GitLab knows no tag {node.tag}", path, node.line)
    value = node.value
    if isinstance(value, dict):
        return Item(_table(value, path, inputs), path, line)
    if isinstance(value, list):
        items = [_item(one, path, inputs) for one in value]
        if node.tag:
            return Item(Reference(tuple(str(key.value) for key in items for key in texts(key))), path, line)
        return Item(items, path, line)
    if node.tag:
        raise DocumentError("!reference takes a list: the job, the keyword and what is below it", path, node.line)
    if isinstance(value, str):
        return Item(_text(value, inputs), path, line)
    if value is None or isinstance(value, int | float):
        return Item(value, path, line)
    raise DocumentError("a date is no value here; put it in quotes", path, line)


def _table(value: Mapping[str, Node], path: str, inputs: Inputs) -> dict[str, Item]:
    """Merge keys as GitLab's parser applies them: at their place, so that they win over the keys before them and lose to those after."""
    table: dict[str, Item] = {}
    for key, node in value.items():
        item = _item(node, path, inputs)
        if key == "<<" or key.startswith("<<\0"):
            sources = item.value if isinstance(item.value, list) else [item]
            for source in reversed(sources):
                if not isinstance(source.value, dict):
                    raise item.error("<< takes a table, or a list of tables")
                table.update(source.value)
        else:
            name = _text(key, inputs)
            table[name if isinstance(name, str) else key] = item
    return table


def _text(text: str, inputs: Inputs) -> ItemValue:
    """With the inputs filled in; as the input's own type where there is nothing else in the text."""
    if "$[[" not in text:
        return text
    found = [(match, _input(match[1], inputs)) for match in _INPUT.finditer(text)]
    if not found or any(item is None for _, item in found):
        return Unknown(_NO_INPUT)
    if len(found) == 1 and found[0][0][0] == text:
        return found[0][1].value if found[0][1] else None
    written = []
    end = 0
    for match, item in found:
        if item is None or isinstance(item.value, dict | list | Unknown | Reference):
            return Unknown(_NO_INPUT)
        shown = str(item.value).lower() if isinstance(item.value, bool) else str(item.value)
        written += [text[end : match.start()], shown]
        end = match.end()
    return "".join([*written, text[end:]])


def _input(body: str, inputs: Inputs) -> Item | None:
    """None also for one that passes through a function: what it makes of the value is GitLab's to say."""
    name = _INPUT_NAME.fullmatch(body.strip())
    return inputs.get(name[1]) if name else None
