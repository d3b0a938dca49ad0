"""What a command knows of the outside: read once, at the start of the process, and passed down."""

from collections.abc import Mapping
from datetime import date
from typing import BinaryIO, NamedTuple, TextIO


class World(NamedTuple):
    environment: Mapping[str, str]
    directory: str  # the current directory, absolute
    today: date  # the system's date in UTC; `--today` overrides it
    stdin: BinaryIO
    stdout: TextIO
    stderr: TextIO
