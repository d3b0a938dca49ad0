"""Untrusted text made safe, one function for each kind of output.

Names, messages and code come from the repository under test, and a report is read by terminals, CI logs, browsers and parsers.
Nothing is dropped: what could deceive or act is shown as an escape, so that a reader sees that it was there.
"""

from __future__ import annotations

import re

from gates.core.patterns import lazy

# Everything that acts on a terminal or does not show: C0 and C1 controls, soft hyphen, joiners and fillers, zero-width and
# bidirectional controls, line separators, variation selectors, interlinear marks, language tags, and lone surrogates.
# Spelled out, not asked of `str.isprintable`, which knows other characters in each version of Python.
_HIDDEN = lazy(
    r"[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    r"\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_SURROGATE = lazy(r"[\ud800-\udfff]")
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
# GitHub's runner acts on `##[command]` anywhere in a line, and on `::command::` at its start whatever blanks precede it.
_COMMAND = lazy(r"##\[|\A\s*:")


def visible(value: str) -> str:
    """Printable characters only; the rest as `\\n`, `\\xNN` (a byte that is not UTF-8, or ASCII), `\\uNNNN`, `\\UNNNNNNNN`."""
    return value if value.isascii() and value.isprintable() else _HIDDEN.sub(_shown, value)


def printable(value: str) -> str:
    """One line that neither a terminal nor a CI log acts on, wherever in a line it is put."""
    return _COMMAND.sub(_disarmed, visible(value))


def unicode(value: str) -> str:
    """Text that every Unicode encoding can hold: lone surrogates are shown, all else is kept for the format to escape."""
    return value if value.isascii() else _SURROGATE.sub(_shown, value)


def path_bytes(path: str) -> bytes | None:
    """The path's real bytes where they are not UTF-8, None where `path` already says it all."""
    if path.isascii() or not _SURROGATE.search(path):
        return None
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a lone UTF-16 half: names of Windows may hold one
        return path.encode("utf-8", "surrogatepass")


def command_data(*lines: str) -> str:
    """The message of a GitHub workflow command; the lines are joined by line feeds, which it alone may hold."""
    return "%0A".join(printable(line).replace("%", "%25") for line in lines)


def command_property(value: str) -> str:
    """A property of a GitHub workflow command."""
    return printable(value).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")


def markdown(value: str) -> str:
    """A code span: the one place where Markdown, HTML, links, mentions and emoji of the value stay letters."""
    shown = printable(value)
    if not shown:
        return ""
    # The fence is longer than any run inside, so that nothing in the value can close it.
    fence = "`" * (1 + max(map(len, re.findall("`+", shown)), default=0))
    # A reader takes one blank off both ends, unless there are only blanks.
    pad = " " if shown.strip(" ") and (shown[0] in "` " or shown[-1] in "` ") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def markdown_cell(value: str) -> str:
    """A code span for a cell of a table, which a bare `|` would split even there."""
    # Parsers disagree on `\\|`, so a backslash never stands before a pipe of the value.
    return re.sub(r"\\(?=\\*\|)", r"\\x5c", markdown(value)).replace("|", "\\|")


def markdown_prose(value: str) -> str:
    """Text of our own rules, where `code` is meant: only HTML, emphasis and links are kept from happening."""
    parts = re.split(r"(`[^`]+`)", visible(value))
    return "".join(part if index % 2 else _escaped_prose(part) for index, part in enumerate(parts))


def sarif_text(value: str) -> str:
    """A SARIF message: `](` would make a link of it."""
    return printable(value).replace("](", "] (")


def _escaped_prose(text: str) -> str:
    return re.sub(r"[\\*_\[\]|`]", r"\\\g<0>", text.replace("&", "&amp;").replace("<", "&lt;"))


def _shown(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    if character in _NAMED:
        return _NAMED[character]
    if 0xDC80 <= code <= 0xDCFF:  # how os.fsdecode stands in for a byte that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _disarmed(match: re.Match[str]) -> str:
    return "\\x23#[" if match[0] == "##[" else match[0].replace(":", "\\x3a")
