"""File modes as chmod, umask, mkdir and install are told them (https://man7.org/linux/man-pages/man1/chmod.1.html)."""

from __future__ import annotations

from gates.core.patterns import lazy

_OCTAL = lazy(r"[0-7]{1,5}")
_CLAUSE = lazy(r"([ugoa]*)((?:[-+=][rwxXstugo]*)+)")
_ACTION = lazy(r"([-+=])([rwxXstugo]*)")


def gives_world_write(mode: str) -> bool:
    """Whether everybody may write afterwards; not where the sticky bit keeps others' files from them."""
    if _OCTAL.fullmatch(mode):
        number = int(mode, 8)
        # with a setuid bit besides, it is no shared folder
        return bool(number & 0o002) and (not number & 0o1000 or bool(number & 0o6000))
    clauses = mode.split(",")
    sticky = any("t" in clause and "+" in clause for clause in clauses)
    # o=u: what the owner may
    return not sticky and any(sign in "+=" and set("wu") & set(what) and who & set("oa") for who, sign, what in _actions(mode))


def lets_others_read(mode: str) -> bool:
    """Whether a group or everybody may read, write or enter afterwards; for symbols, whether it says so."""
    if _OCTAL.fullmatch(mode):
        return bool(int(mode, 8) & 0o077)
    return any(sign in "+=" and set(what) & set("rw") and who & set("goa") for who, sign, what in _actions(mode))


def is_mode(word: str) -> bool:
    return bool(_OCTAL.fullmatch(word)) or all(_CLAUSE.fullmatch(clause) for clause in word.split(","))


def masks_nothing(mask: str) -> bool:
    """Of umask: whether new files are for everybody to write."""
    if _OCTAL.fullmatch(mask):
        return not int(mask, 8) & 0o002
    return any(sign in "+=" and "w" in what and who & set("oa") for who, sign, what in _actions(mask))


def masks_others(mask: str) -> bool:
    """Of umask: whether new files are for their owner alone."""
    if _OCTAL.fullmatch(mask):
        return int(mask, 8) & 0o077 in (0o077, 0o066)
    return any(sign == "=" and not what and {"g", "o"} <= who for who, sign, what in _actions(mask))


def _actions(mode: str) -> list[tuple[set[str], str, str]]:
    """Without a class the umask decides, so that nothing is given to everybody."""
    found = []
    for clause in mode.split(","):
        match = _CLAUSE.fullmatch(clause)
        if match:
            found += [(set(match[1]), sign, what) for sign, what in _ACTION.findall(match[2])]
    return found
