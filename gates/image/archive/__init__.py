"""Images in files: docker-archives and OCI layouts, read as streams and never extracted, with every digest proved.

with opened("app.tar", deadline) as archive:
    for layer in archive.layers():
        for entry in archive.entries(layer):
            ...
"""

from __future__ import annotations

from gates.image.archive.layers import OPAQUE, WHITEOUT
from gates.image.archive.limits import Limits
from gates.image.archive.opening import Archive, opened
from gates.image.archive.records import Entry, Image, Kind, Layer, Left

__all__ = ["OPAQUE", "WHITEOUT", "Archive", "Entry", "Image", "Kind", "Layer", "Left", "Limits", "opened"]
