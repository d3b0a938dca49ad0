"""The part of the image gate that needs no tool: it reads an archive of images and judges what is in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial

from gates.core.background import Background
from gates.core.documents import DocumentError
from gates.core.gate import Context, Event, Gate, ToolUsed, Unread
from gates.core.process import is_inside
from gates.detect import cache, canary
from gates.detect.families import FAMILIES
from gates.detect.prefilter import open_engine
from gates.detect.scan import Scanner, new_identity_key
from gates.image.archive import opened
from gates.image.inspecting import workers
from gates.image.inspecting.inspection import Where, inspect
from gates.image.options import Options
from gates.image.rules import RULES


def inspect_gate(path: str) -> Gate:
    """For an archive at an absolute path: what `docker save` writes, or an OCI image layout, a folder or a tar."""

    def check(context: Context, options: Options) -> Iterator[Event]:
        where = Where(_shown(path, context.root), path)
        settings = workers.Settings(cache.folder(context.environment, context.root), new_identity_key())
        engine = Background(lambda: open_engine(FAMILIES, settings.cache))

        def new_scanner() -> Scanner:
            scanner = Scanner(FAMILIES, engine(), "", settings.identity_key)
            canary.prove(scanner)
            return scanner

        try:
            with opened(path, context.deadline) as archive:
                yield ToolUsed(engine().name, engine().version)
                worker = partial(workers.scan, settings=settings, context=context) if workers.possible(settings) else None
                yield from inspect(archive, where, options, context, new_scanner, worker)
        except DocumentError as error:
            yield Unread(where.shown(error.path), error.line, error.message)

    return Gate("image", "what an image's configuration and layers hold", RULES, Options, check)


def _shown(absolute: str, root: str) -> str:
    """Relative to the root, as everything in a report; the name alone where it lies outside, or is the root."""
    folder, name = os.path.split(absolute)
    place = os.path.join(os.path.realpath(folder), name)
    shown = os.path.relpath(place, root).replace(os.sep, "/") if is_inside(place, root) else name
    return name if shown == "." else shown
