"""Inspects the images of an archive: each layer is read once, in the order of the archive, and then laid upon those below it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from gates.core.deadline import Deadline
from gates.core.documents import DocumentError
from gates.core.errors import GateUnavailable
from gates.core.finding import Finding, Location
from gates.core.gate import Context, Event, Scanned, Skipped, Unread
from gates.detect.scan import Scanner
from gates.image.archive import Archive, Image, Layer
from gates.image.inspecting import accounts, config, files, reading, secrets
from gates.image.inspecting.about import About, LayerFacts, instruction
from gates.image.inspecting.accounts import Table
from gates.image.inspecting.config import Config
from gates.image.inspecting.files import Standing
from gates.image.inspecting.lanes import Closed, Hit, Lanes, Scan
from gates.image.inspecting.owners import File, Owners
from gates.image.inspecting.reading import Contents
from gates.image.inspecting.secrets import Found
from gates.image.inspecting.tables import Held, Watch, held
from gates.image.inspecting.walk import Journal, Stack
from gates.image.options import Options

_EVERY: Final = 4096  # entries between two looks at the clock
_SHOWN: Final = 3  # reasons
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
    with Lanes(new_scanner, context.deadline, worker) as lanes:
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
        hits, closed = lanes.finish()
    for number, layer in enumerate(layers, 1):
        if _key(layer) in known:  # of one that cannot be read, what was found may be part of something else
            known[_key(layer)] = known[_key(layer)]._replace(hits=[hit for hit in hits if hit.layer == number and secrets.told_of(hit)])
            if told := _not_opened([each for each in closed if each.layer == number]):
                yield Skipped(f"{where.path}!{layer.name}", told)
    yield from unread.values()
    packages = owners.packages(File(what.path, what.digests) for contents in known.values() for what in contents.found)
    judged = set[str]()  # manifests and indexes, which images may share
    for image, name in zip(archive.images, _names(archive.images), strict=True):
        name = scanner.masked(name.encode("utf-8", "surrogatepass")).decode("utf-8", "replace")  # tags are anybody's text
        yield Scanned(files=1)
        view = _laid(image, known, packages, context.deadline)
        tables = dict[str, Table]()
        for path in accounts.TABLES if view.whole else ():
            try:
                if table := _table(archive, where, image, known, view.tables, path):
                    tables[path] = table
            except DocumentError as error:
                yield Unread(where.shown(error.path), error.line, error.message)
        skipped: dict[str, str] = {}
        for place in {*(found.place for found in view.found), *(note.path for note, _ in view.standing)}:
            if reason := context.excluded(f"{where.path}!{place}"):
                skipped[place] = reason
        yield from (Skipped(f"{where.path}!{place}", reason) for place, reason in skipped.items())
        yield from _image(image, where, name, len(archive.images) > 1, options, scanner, view.without(skipped), tables, judged)


def _not_opened(closed: Sequence[Closed]) -> str:
    """One line for a layer: some have hundreds of lists that are packed in ways of their own."""
    if not closed:
        return ""
    first = {each.reason: each for each in reversed(closed)}
    shown = "; ".join(f"/{each.path} {each.reason}" for each in list(first.values())[: -_SHOWN - 1 : -1])
    count = f"{len(closed)} archives in it are" if closed[1:] else "an archive in it is"
    more = f"; and {len(closed) - min(len(first), _SHOWN)} more" if len(closed) > min(len(first), _SHOWN) else ""
    return f"{count} not opened, or not to the end: {shown}{more}"


def _image(
    image: Image,
    where: Where,
    name: str,
    several: bool,
    options: Options,
    scanner: Scanner,
    view: _View,
    tables: Mapping[str, Table],
    judged: set[str],
) -> Iterator[Event]:
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
    yield from _configuration(about, said, image, scanner, judged)
    if not image.layers:
        yield Unread(f"{where.path}!{image.config_name}", 0, "names no layer, so the image holds nothing that could be inspected")
    elif view.whole and not view.files:
        yield Unread(f"{where.path}!{image.config_name}", 0, "names layers that hold no file, so there is nothing that could be inspected")
    yield from secrets.findings(about, view.found)
    passwd = tables.get(accounts.PASSWD)
    yield from config.user(about, said, accounts.accounts(passwd.data) if passwd else ())
    if not view.whole:
        return  # what can be seen at the end is not known
    yield from accounts.findings(about, passwd, tables.get(accounts.SHADOW))
    yield from files.findings(about, view.standing, options.setuid_allowed, build_tools=options.build_tools)


def _configuration(about: About, said: Config, image: Image, scanner: Scanner, judged: set[str]) -> Iterator[Finding]:
    yield from config.secrets(about, said, scanner.scan)
    documents = [("its configuration's", image.config), *((name, node) for name, node in image.documents if name not in judged)]
    judged.update(name for name, _ in image.documents)
    yield from config.rest(about, said, documents, scanner.scan)
    types = [media_type for media_type in (image.media_type, image.config_media_type) if media_type]
    yield from config.healthcheck(about, said, docker=all(media_type.startswith(_DOCKER) for media_type in types))
    yield from config.labels(about, said)


class _View(NamedTuple):
    """What the layers hold, laid upon one another. Only `found` speaks of what cannot be seen at the end; the rest can be relied upon
    where the view is whole, which it is when every layer was read. `tables` are where those of accounts lie; None for one behind more
    links than anybody follows. `files` counts those of all layers.
    """

    found: Sequence[Found]
    standing: Sequence[Standing]
    tables: Mapping[str, Held | None]
    files: int
    whole: bool

    def without(self, places: Container[str]) -> _View:
        return self._replace(
            found=[each for each in self.found if each.place not in places],
            standing=[each for each in self.standing if each.note.path not in places],
        )


def _laid(image: Image, known: Mapping[_Key, Contents], packages: Mapping[File, str], deadline: Deadline) -> _View:
    stack, watch = Stack(), Watch(accounts.TABLES)
    layers = {number: known[_key(layer)] for number, layer in enumerate(image.layers, 1) if _key(layer) in known}
    places: dict[int, Mapping[str, str]] = {}  # of each layer: path -> where it lies
    for number, contents in layers.items():
        stack.begin(number)
        places[number] = _places(stack, watch, number, contents, deadline)
    found, standing = list[Found](), list[Standing]()
    for number, contents in layers.items():
        at = places[number]
        for what in contents.found:
            place = at.get(what.path, what.path)  # a whiteout lies nowhere
            package = packages.get(File(what.path, what.digests), "")
            inner = what.inner if isinstance(what, Hit) else ""
            found.append(Found(place + inner, number, stack.fate(place, number), package, what))
        standing += [
            Standing(note._replace(path=at[note.path]), number) for note in contents.notes if stack.fate(at[note.path], number) is None
        ]
    tables = _tables(stack, watch, {number: contents.journal for number, contents in layers.items()})
    return _View(found, standing, tables, sum(contents.files for contents in layers.values()), len(layers) == len(image.layers))


def _places(stack: Stack, watch: Watch, number: int, contents: Contents, deadline: Deadline) -> Mapping[str, str]:
    wanted = {note.path for note in contents.notes} | {what.path for what in contents.found}
    places = {}
    for entry, step in enumerate(contents.journal.steps()):
        if not entry % _EVERY and deadline.passed():
            raise GateUnavailable("the time limit passed before the layers were laid upon one another")
        place = stack.lay(step)
        watch.laid(stack, Held(number, entry), step, place)
        if place and step.path in wanted:
            places[step.path] = place
            stack.watch(place)
    return places


def _tables(stack: Stack, watch: Watch, journals: Mapping[int, Journal]) -> Mapping[str, Held | None]:
    real = {path: stack.real(path) for path in accounts.TABLES}
    found: dict[str, Held | None] = {path: None for path, place in real.items() if place is None}
    elsewhere = {place for path, place in real.items() if place and place not in accounts.TABLES}
    others = held(journals, elsewhere) if elsewhere else {}
    for path, place in real.items():
        if place and (at := others.get(place) or watch.standing(stack, place, journals)):
            found[path] = at
    return found


def _table(
    archive: Archive, where: Where, image: Image, known: Mapping[_Key, Contents], tables: Mapping[str, Held | None], path: str
) -> Table | None:
    """None where the image has none. Raises DocumentError for one that cannot be judged."""
    if path not in tables:
        return None
    at = tables[path]
    if at is None:
        raise DocumentError("lies behind more symbolic links than are followed", f"{where.path}!{image.config_name}!{path}")
    layer = image.layers[at.layer - 1]
    contents = known[_key(layer)]
    # With another name it was not kept when the layer was read.
    data = contents.tables[at.entry] if at.entry in contents.tables else reading.table(archive, layer, at.entry)
    if data is None:
        message = f"has more than {reading.LARGEST_TABLE} bytes, and no more are read of a list of accounts"
        raise DocumentError(message, f"{where.path}!{layer.name}!{path}")
    return Table(data, at.layer)


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
