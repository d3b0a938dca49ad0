"""A BoltDB file, written in one piece: https://pkg.go.dev/go.etcd.io/bbolt and, for the pages, https://github.com/etcd-io/bbolt/tree/main/internal/common

Meta pages 0 and 1, an empty freelist on page 2, then the pages of the buckets, the deepest first, the root's last.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

Tree: TypeAlias = Mapping[str, "Tree | bytes"]
"""A bucket: a key leads to a value or to another bucket."""

PAGE: Final = 4096
_MAGIC: Final = 0xED0CDAED
_VERSION: Final = 2
_BRANCH, _LEAF, _META, _FREELIST = 0x01, 0x02, 0x04, 0x10
_BUCKET: Final = 1  # the flag of a leaf element whose value is a bucket
_HEADER: Final = struct.Struct("<QHHI")  # id, flags, count, overflow
_LEAF_ELEMENT: Final = struct.Struct("<IIII")  # flags, position, size of the key, size of the value
_BRANCH_ELEMENT: Final = struct.Struct("<IIQ")  # position, size of the key, page
_INLINE: Final = PAGE // 4  # a bucket of at most this size is kept in its parent


class _Item(NamedTuple):
    """`flags` of a leaf, `page` of a branch."""

    key: bytes
    value: bytes = b""
    flags: int = 0
    page: int = 0


def encode(root: Tree) -> bytes:
    pages: list[bytes] = []
    top = _place(_items(root, pages), pages)
    count = 3 + len(pages)
    metas = b"".join(_meta(number, top, count) for number in (0, 1))
    return metas + _filled(_HEADER.pack(2, _FREELIST, 0, 0)) + b"".join(pages)


def _items(bucket: Tree, pages: list[bytes]) -> list[_Item]:
    by_key = {key.encode(): value for key, value in bucket.items()}
    if b"" in by_key:
        raise ValueError("a key is never empty")
    return [_item(key, value, pages) for key, value in sorted(by_key.items())]


def _item(key: bytes, value: Tree | bytes, pages: list[bytes]) -> _Item:
    if isinstance(value, bytes):
        return _Item(key, value)
    items = _items(value, pages)
    inline = _page(0, _LEAF, items)
    if len(inline) <= _INLINE and not any(item.flags for item in items):
        return _Item(key, struct.pack("<QQ", 0, 0) + inline, _BUCKET)
    return _Item(key, struct.pack("<QQ", _place(items, pages), 0), _BUCKET)


def _place(items: Sequence[_Item], pages: list[bytes], flags: int = _LEAF) -> int:
    """The number of the page that the tree over `items` starts at."""
    placed = [_Item(group[0].key if group else b"", page=_append(group, pages, flags)) for group in _groups(items, flags)]
    return placed[0].page if len(placed) == 1 else _place(placed, pages, _BRANCH)


def _append(items: Sequence[_Item], pages: list[bytes], flags: int) -> int:
    number = 3 + len(pages)
    whole = _filled(_page(number, flags, items))
    pages += [whole[at : at + PAGE] for at in range(0, len(whole), PAGE)]
    return number


def _groups(items: Sequence[_Item], flags: int) -> Iterator[list[_Item]]:
    """What goes on one page: as many as fit, and never fewer than two where there are two, as a branch must have."""
    element = (_LEAF_ELEMENT if flags == _LEAF else _BRANCH_ELEMENT).size
    group: list[_Item] = []
    size = _HEADER.size
    for place, item in enumerate(items):
        needed = element + len(item.key) + len(item.value)
        if len(group) >= 2 and size + needed > PAGE and len(items) - place >= 2:
            yield group
            group, size = [], _HEADER.size
        group.append(item)
        size += needed
    yield group


def _page(number: int, flags: int, items: Sequence[_Item]) -> bytes:
    element = _LEAF_ELEMENT if flags == _LEAF else _BRANCH_ELEMENT
    elements, data = b"", b""
    for place, item in enumerate(items):
        position = (len(items) - place) * element.size + len(data)  # from the element itself
        if flags == _LEAF:
            elements += element.pack(item.flags, position, len(item.key), len(item.value))
        else:
            elements += element.pack(position, len(item.key), item.page)
        data += item.key + item.value
    overflow = (_HEADER.size + len(elements) + len(data) - 1) // PAGE
    return _HEADER.pack(number, flags, len(items), overflow) + elements + data


def _meta(number: int, root: int, pages: int) -> bytes:
    """The first one stands for the state before the last transaction, which is the same one here."""
    body = struct.pack("<IIIIQQQQQ", _MAGIC, _VERSION, PAGE, 0, root, 0, 2, pages, number)
    return _filled(_HEADER.pack(number, _META, 0, 0) + body + struct.pack("<Q", _fnv64a(body)))


def _fnv64a(data: bytes) -> int:
    """https://datatracker.ietf.org/doc/draft-eastlake-fnv/"""
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def _filled(data: bytes) -> bytes:
    return data + bytes(-len(data) % PAGE)
