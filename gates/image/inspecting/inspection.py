"""Inspects the images of an archive: each layer is read once, in the order of the archive, and then laid upon those below it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from gates.core.documents import DocumentError
from gates.core.finding import Finding, Location
from gates.core.gate import Context, Event, Scanned, Skipped, Unread
from gates.detect.scan import Scanner
from gates.image.archive import Archive, Image, Layer
from gates.image.inspecting import accounts, config, files, reading, secrets
from gates.image.inspecting.about import About, LayerFacts, instruction
from gates.image.inspecting.accounts import Table
from gates.image.inspecting.config import Config
from gates.image.inspecting.files import Standing
from gates.image.inspecting.lanes import Lanes, Scan
from gates.image.inspecting.owners import File, Owners
from gates.image.inspecting.reading import Contents
from gates.image.inspecting.secrets import Found
from gates.image.inspecting.walk import Stack
from gates.image.options import Options

_SHORT: Final = 12  # digits of an id
_DOCKER: Final = "application/vnd.docker."


class Where(NamedTuple):
    """`path` is how reports call the archive, `absolute` how errors of reading it do."""

    path: str
    absolute: str

    def shown(self, path: str) -> str:
        return self.path + path.removeprefix(self.absolute) if path.startswith(self.absolute) else path


_Key = tuple[str, str]  # of a layer: its blob and its diff id


def inspect(
    archive: Archive, where: Where, options: Options, context: Context, new_scanner: Callable[[], Scanner], worker: Scan | None
) -> Iterator[Event]:
    """`worker` scans in another process what `new_scanner` would here; None where that cannot be."""
    for left in archive.left:
        yield Skipped(f"{where.path}!{left.name}", left.reason)
    scanner = new_scanner()
    owners = Owners()
    known: dict[_Key, Contents] = {}
    unread: dict[_Key, Unread] = {}
    with Lanes(new_scanner, worker) as lanes:
        done = 0
        layers = archive.layers()
        for number, layer in enumerate(layers, 1):

            def progress(count: int, number: int = number) -> None:
                nonlocal done
                done += count
                context.progress(done, 0, f"files, layer {number} of {len(layers)}")

            lanes.begin(number)
            try:
                known[_key(layer)] = contents = reading.read(archive, layer, lanes, owners, progress)
            except DocumentError as error:
                unread[_key(layer)] = Unread(where.shown(error.path), error.line, error.message)
            else:
                yield Scanned(files=contents.files, bytes=contents.bytes)
        hits = lanes.finish()
    for number, layer in enumerate(layers, 1):
        if _key(layer) in known:  # of one that cannot be read, what was found may be part of something else
            known[_key(layer)] = known[_key(layer)]._replace(hits=[hit for hit in hits if hit.layer == number and secrets.told_of(hit)])
    yield from unread.values()
    packages = owners.packages(File(what.path, what.digests) for contents in known.values() for what in contents.found)
    for image, name in zip(archive.images, _names(archive.images), strict=True):
        yield Scanned(files=1)
        view = _laid(image, known, packages)
        skipped: dict[str, str] = {}
        for place in {*(found.place for found in view.found), *(note.path for note, _ in view.standing)}:
            if reason := context.excluded(f"{where.path}!{place}"):
                skipped[place] = reason
        yield from (Skipped(f"{where.path}!{place}", reason) for place, reason in skipped.items())
        yield from _image(image, where, name, len(archive.images) > 1, options, scanner, view.without(skipped))


def _image(image: Image, where: Where, name: str, several: bool, options: Options, scanner: Scanner, view: _View) -> Iterator[Event]:
    about = About(
        name,
        Location(where.path),
        tuple(LayerFacts(layer.diff_id, instruction(layer.created_by, scanner.masked)) for layer in image.layers),
        several,
    )
    try:
        said = config.read(image.config, f"{where.path}!{image.config_name}")
    except DocumentError as error:
        yield Unread(error.path, error.line, error.message)
        return
    yield from _configuration(about, said, image, scanner)
    if not image.layers:
        yield Unread(f"{where.path}!{image.config_name}", 0, "names no layer, so the image holds nothing that could be inspected")
    yield from secrets.findings(about, view.found)
    passwd = view.tables.get(accounts.PASSWD) if view.whole else None
    yield from config.user(about, said, accounts.accounts(passwd.data) if passwd else ())
    if not view.whole:
        return  # what can be seen at the end is not known
    yield from accounts.findings(about, passwd, view.tables.get(accounts.SHADOW))
    yield from files.findings(about, view.standing, options.setuid_allowed, build_tools=options.build_tools)


def _configuration(about: About, said: Config, image: Image, scanner: Scanner) -> Iterator[Finding]:
    yield from config.secrets(about, said, scanner.scan)
    types = [media_type for media_type in (image.media_type, image.config_media_type) if media_type]
    yield from config.healthcheck(about, said, docker=all(media_type.startswith(_DOCKER) for media_type in types))
    yield from config.labels(about, said)


class _View(NamedTuple):
    """What the layers hold, laid upon one another. Only `found` speaks of what cannot be seen at the end; the rest can be relied upon
    where the view is whole, which it is when every layer was read.
    """

    found: Sequence[Found]
    standing: Sequence[Standing]
    tables: Mapping[str, Table]
    whole: bool

    def without(self, places: Container[str]) -> _View:
        return self._replace(
            found=[each for each in self.found if each.place not in places],
            standing=[each for each in self.standing if each.note.path not in places],
        )


def _laid(image: Image, known: Mapping[_Key, Contents], packages: Mapping[File, str]) -> _View:
    stack = Stack()
    places: list[Mapping[str, str]] = []  # of each layer: path -> where it lies
    for number, layer in enumerate(image.layers, 1):
        stack.begin(number)
        contents = known.get(_key(layer))
        places.append(_places(stack, contents) if contents else {})
    found, standing, tables = list[Found](), list[Standing](), dict[str, Table]()
    for number, layer in enumerate(image.layers, 1):
        contents = known.get(_key(layer))
        if contents is None:
            continue
        at = places[number - 1]
        for what in contents.found:
            place = at[what.path]
            package = packages.get(File(what.path, what.digests), "")
            found.append(Found(place, number, stack.fate(place, number), package, what))
        standing += [
            Standing(note._replace(path=at[note.path]), number) for note in contents.notes if stack.fate(at[note.path], number) is None
        ]
        for path, data in contents.tables.items():
            if at[path] in (accounts.PASSWD, accounts.SHADOW) and stack.fate(at[path], number) is None:
                tables[at[path]] = Table(data, number)
    return _View(found, standing, tables, all(_key(layer) in known for layer in image.layers))


def _places(stack: Stack, contents: Contents) -> Mapping[str, str]:
    wanted = {note.path for note in contents.notes} | {what.path for what in contents.found} | contents.tables.keys()
    places = {}
    for step in contents.journal.steps():
        place = stack.lay(step)
        if place and step.path in wanted:
            places[step.path] = place
            stack.watch(place)
    return places


def _key(layer: Layer) -> _Key:
    return layer.name, layer.diff_id


def _names(images: Sequence[Image]) -> list[str]:
    """How messages and subjects call them, each in its own way: by name, and where that is not enough by platform, id and place too."""
    found = [image.names[0] if image.names else f"image {_short(image)}" for image in images]
    for more in ([image.platform for image in images], list(map(_short, images)), [f"number {place + 1}" for place in range(len(images))]):
        taken = Counter(found)
        found = [f"{name} ({told})" if taken[name] > 1 and told else name for name, told in zip(found, more, strict=True)]
    return found


def _short(image: Image) -> str:
    return image.config_digest.partition(":")[2][:_SHORT]
