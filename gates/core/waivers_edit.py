"""Edits of the waiver file, line by line: comments, order, quotes and line ends of everything else stay as they are, byte for byte.

An edit looks at the text, so its result is read again and compared with what was meant: a file that is written in a way that this
module does not foresee is refused, never spoilt.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from gates.core.documents import DocumentError, Node, plain, read_yaml
from gates.core.errors import UsageError
from gates.core.patterns import lazy

Value = str | bool | tuple[str, ...]
Fields = Mapping[str, Value]  # of one entry, in the order they are written in

_NEW = "# The exceptions: each has an owner, a reason and a last day.\nversion: 1\nwaivers:\n"
_EMPTY = lazy(r"[ \t]*\[[ \t]*\]")
_KEY = lazy(r"""(waivers|"waivers"|'waivers')[ \t]*:""")
_DOCUMENT_MARK = lazy(r"(?:\.\.\.|---)(?:\s|\Z)")
_PLAIN = lazy(r"[A-Za-z0-9][A-Za-z0-9_./%+:@<>|()'&!?*#~$;=,-]*(?: [A-Za-z0-9_./%+:@<>|()'&!?*#~$;=,-]+)*")
_PLAIN_IN_FLOW = lazy(r"[A-Za-z][A-Za-z0-9_./-]*")
_LIKE_A_NUMBER = lazy(r"[-+.0-9][0-9_]*(?:[.eExXoO:][-+0-9a-fA-F_.:]*)?")


def add(data: bytes | None, path: str, new: Sequence[Fields]) -> bytes:
    """The file with the entries behind all others; None is a file that does not exist yet. Raises UsageError."""
    if data is None:
        data = _NEW.encode()
        text, layout = _NEW, None
    else:
        text = _text(data, path)
        layout = _Layout(text, read_yaml(data, path), path)
    end_of_line = _end_of_line(text)
    indent = " " * (layout.indent if layout else 2)
    blocks = [_block(fields, indent, end_of_line) for fields in new]
    gap = end_of_line if layout and layout.spaced else ""
    if layout is None:
        return (_NEW + "".join(blocks)).encode()
    if layout.empty:
        start, end = layout.empty
        line_end = text.find("\n", end) + 1 or len(text)
        head = text[:start] + text[end:line_end]
        changed = _ended(head, end_of_line) + "".join(blocks) + text[line_end:]
    else:
        place = layout.offset(layout.extents[-1][1])
        changed = _ended(text[:place], end_of_line) + gap + gap.join(blocks) + text[place:]
    wanted = _plain(data, path)
    wanted["waivers"] = [*_list(wanted), *(_as_read(fields) for fields in new)]
    return _checked(changed, data, path, wanted)


def remove(data: bytes, path: str, ids: Collection[str]) -> bytes:
    """The file without the entries of these ids. A comment within an entry, or behind it and indented deeper than its dash, goes along;
    every other stays. Raises UsageError.
    """
    text = _text(data, path)
    layout = _Layout(text, read_yaml(data, path), path)
    wanted = _plain(data, path)
    gone = [_id(entry) in ids for entry in _list(wanted)]
    lines = list(layout.lines)
    for (first, last), is_gone in zip(layout.extents, gone, strict=True):
        if is_gone:
            lines[first:last] = [""] * (last - first)
    if layout.extents and all(gone):
        line = layout.key_line
        lines[line] = _KEY.sub(r"\g<0> []", lines[line], count=1)
    wanted["waivers"] = [entry for entry, is_gone in zip(_list(wanted), gone, strict=True) if not is_gone]
    return _checked("".join(lines), data, path, wanted)


def change(data: bytes, path: str, entry: str, values: Mapping[str, str]) -> bytes:
    """The file with these texts in the entry of that id; a key that it lacks is added behind the others. Raises UsageError."""
    text = _text(data, path)
    root = read_yaml(data, path)
    layout = _Layout(text, root, path)
    wanted = _plain(data, path)
    place = next(number for number, each in enumerate(_list(wanted)) if _id(each) == entry)
    changed = layout.changed(place, values)
    wanted["waivers"] = [{**each, **values} if number == place else each for number, each in enumerate(_list(wanted))]
    return _checked(changed, data, path, wanted)


def remove_lines(data: bytes, lines: Collection[int]) -> bytes:
    """A plain list without these lines, which count from 1."""
    text = data.decode("utf-8")
    return "".join(line for number, line in enumerate(text.splitlines(keepends=True), 1) if number not in lines).encode()


def scalar(text: str, *, flow: bool = False) -> str:
    """The text as YAML writes it: plain where every reader takes it for this text, else in double quotes."""
    pattern = _PLAIN_IN_FLOW if flow else _PLAIN
    if pattern.fullmatch(text) and not _LIKE_A_NUMBER.fullmatch(text) and not text.endswith(":") and ": " not in text and " #" not in text:
        document = read_yaml(f"k: {text}".encode(), "").value
        if isinstance(document, dict) and document["k"].value == text:
            return text
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    code = ord(character)
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _block(fields: Fields, indent: str, end_of_line: str) -> str:
    lines: list[str] = []
    for key, value in fields.items():
        if isinstance(value, tuple):
            shown = f"[{', '.join(scalar(item, flow=True) for item in value)}]"
        else:
            shown = str(value).lower() if isinstance(value, bool) else scalar(value)
        lines.append(f"{indent}{'  ' if lines else '- '}{key}: {shown}{end_of_line}")
    return "".join(lines)


class _Layout:
    """Where the entries stand. `extents` are (first line, line behind the last) of each, from 0; `empty` are the offsets of the `[]`
    that stands for no entries. `spaced`: blank lines stand between the entries.
    """

    def __init__(self, text: str, root: Node, path: str) -> None:
        self._path = path
        self.lines = text.splitlines(keepends=True)
        self._starts = [0]
        for line in self.lines:
            self._starts.append(self._starts[-1] + len(line))
        self._text = text
        if not isinstance(root.value, dict) or "waivers" not in root.value or text[self._starts[root.line - 1] :].lstrip(" ")[:1] == "{":
            raise self._refusal(root)
        listed = root.value["waivers"]
        self.key_line = listed.key_line - 1
        self.indent, self.spaced = 2, False
        self.empty: tuple[int, int] | None = None
        self.extents: list[tuple[int, int]] = []
        self._entries = listed.value if isinstance(listed.value, list) else []
        at = self._at(listed)
        if not self._entries:
            match = _EMPTY.match(text, at - len(text[:at]) + len(text[:at].rstrip(" \t")))
            if match is None:
                raise self._refusal(listed)
            self.empty = match.span()
            return
        if text[at : at + 1] != "-":
            raise self._refusal(listed)
        self.indent = listed.column - 1
        following = [node.key_line - 1 for node in root.value.values() if node.key_line > listed.key_line]
        marks = [number for number, line in enumerate(self.lines) if number > self.key_line and _DOCUMENT_MARK.match(line)]
        boundary = min((*following, *marks, len(self.lines)))
        dashes = [self._dash(node) for node in self._entries]
        for first, limit in zip(dashes, (*dashes[1:], boundary), strict=True):
            self.extents.append((first, self._end(first, limit)))
        self.spaced = len(dashes) > 1 and any(not line.strip() for line in self.lines[self.extents[-2][1] : dashes[-1]])

    def offset(self, line: int) -> int:
        return self._starts[line]

    def _at(self, node: Node) -> int:
        return self._starts[node.line - 1] + node.column - 1

    def _refusal(self, node: Node) -> DocumentError:
        return DocumentError(
            "is written in a form that cannot be edited; write one entry per dash, as in '- id: W-0001'", self._path, node.line
        )

    def _dash(self, node: Node) -> int:
        for number in range(node.line - 1, self.key_line, -1):
            line = self.lines[number]
            if not line[: self.indent].strip() and line[self.indent : self.indent + 1] == "-":
                return number
        raise self._refusal(node)

    def _end(self, first: int, limit: int) -> int:
        """Behind the last line that is part of the entry: blank lines at its end, and comments no deeper than the dash, are not."""
        for number in range(limit - 1, first, -1):
            line = self.lines[number].strip()
            depth = len(self.lines[number]) - len(self.lines[number].lstrip(" "))
            if line and not (line.startswith("#") and depth <= self.indent):
                return number + 1
        return first + 1

    def changed(self, place: int, values: Mapping[str, str]) -> str:
        entry = self._entries[place]
        assert isinstance(entry.value, dict)  # noqa: S101 - the loader has read it
        flow = self._text[self._at(entry)] == "{"
        edits: list[tuple[int, int, str]] = []
        for key, value in values.items():
            if node := entry.value.get(key):
                edits.append(self._replaced(node, value, flow))
            elif flow:
                at = self._at(entry) + 1
                edits.append((at, at, f"{key}: {scalar(value, flow=True)}, "))
            else:
                edits.append(self._inserted(place, entry, key, value))
        text = self._text
        for start, end, new in sorted(edits, reverse=True):
            text = text[:start] + new + text[end:]
        return text

    def _inserted(self, place: int, entry: Node, key: str, value: str) -> tuple[int, int, str]:
        end_of_line = _end_of_line(self._text)
        at = self.offset(self.extents[place][1])
        lead = "" if self._text[:at].endswith(("\n", "\r")) else end_of_line
        return at, at, f"{lead}{' ' * (entry.column - 1)}{key}: {scalar(value)}{end_of_line}"

    def _replaced(self, node: Node, value: str, flow: bool) -> tuple[int, int, str]:
        start, old = self._at(node), str(node.value)
        mark = self._text[start : start + 1]
        if mark in "'\"":
            end = self._closing(start, mark)
            return start, end, _in_quotes(value, mark)
        if self._text.startswith(old, start):
            return start, start + len(old), scalar(value, flow=flow)
        if flow:
            raise self._refusal(node)
        return self._replaced_lines(node, start, value)

    def _closing(self, start: int, mark: str) -> int:
        body = r"(?:[^']|'')*'" if mark == "'" else r'(?:[^"\\]|\\.)*"'
        match = re.compile(mark + body, re.DOTALL).match(self._text, start)
        return match.end() if match else start

    def _replaced_lines(self, node: Node, start: int, value: str) -> tuple[int, int, str]:
        """A text over several lines, folded, literal or plain: those behind the first are indented deeper than the key."""
        last = node.line - 1
        block = self._text[start : start + 1] in ("|", ">")
        for number in range(node.line, len(self.lines)):
            line = self.lines[number]
            if line.strip():
                if not block and line.lstrip().startswith("#"):
                    break
                if len(line) - len(line.lstrip(" ")) < node.key_column:
                    break
                last = number
        line = self.lines[last].rstrip("\r\n")
        comment = ""
        if block:
            header = self.lines[node.line - 1].rstrip("\r\n")
            found = header.find(" #", node.column - 1)
            comment = header[found:].rstrip() if found >= 0 else ""
        return start, self._starts[last] + len(line), scalar(value) + comment


def _in_quotes(value: str, mark: str) -> str:
    if mark == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    return f'"{"".join(map(_escaped, value))}"'


# The check of what an edit made


def _text(data: bytes, path: str) -> str:
    read_yaml(data, path)  # says what is wrong, with its line
    return data.decode("utf-8").removeprefix("\ufeff")


def _plain(data: bytes, path: str) -> dict[str, object]:
    document = plain(read_yaml(data, path))
    return document if isinstance(document, dict) else {}


def _list(document: Mapping[str, object]) -> list[dict[str, object]]:
    listed = document.get("waivers")
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _id(entry: Mapping[str, object]) -> str:
    return str(entry.get("id", ""))


def _as_read(fields: Fields) -> dict[str, object]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in fields.items()}


def _checked(text: str, data: bytes, path: str, wanted: Mapping[str, object]) -> bytes:
    mark = "\ufeff" if data.startswith(b"\xef\xbb\xbf") else ""
    try:
        changed = (mark + text).encode()
        same = plain(read_yaml(changed, path)) == wanted
    except (DocumentError, UnicodeEncodeError):
        same = False
    if not same:
        raise UsageError("is written in a form that cannot be edited line by line; edit it by hand", path)
    return changed


def _end_of_line(text: str) -> str:
    first = next(iter(text.splitlines(keepends=True)), "")
    return next((end for end in ("\r\n", "\n", "\r") if first.endswith(end)), "\n")


def _ended(text: str, end_of_line: str) -> str:
    return text if text.endswith(("\n", "\r")) else text + end_of_line
