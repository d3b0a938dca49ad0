"""From a document to findings: of each kind the first few, and how many more there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from gates.core.documents.node import quoted
from gates.core.finding import NOTHING, Finding, Location, Rule, Severity, finding
from gates.core.purl import same_version
from gates.inventory.package import canonical
from gates.sbom import completeness, references, rules, validation
from gates.sbom.completeness import TITLES, Completeness, Row
from gates.sbom.options import Profile
from gates.sbom.reading import Document, Listed, at, items, text

SHOWN = 20  # findings of a rule in one document
_NAMED = 3  # components that a message names
_HIDDEN = ("supplier", "ntia")  # the element and the profile that no lock of npm can meet
_IN_DATA = 20  # components that a finding lists
_PROBLEMS = 500  # after which they are no longer counted
# What databases of advisories are about: a file or a data set has no package URL.
_LOOKED_UP = frozenset({"application", "framework", "library", "container", "operating-system", "platform", "firmware"})


class Draft(NamedTuple):
    subject: str
    line: int
    message: str
    data: Mapping[str, object] = NOTHING
    severity: Severity | None = None  # the rule's where it is None


def judge(document: Document, profile: Profile, keep: Callable[[Completeness], None] = lambda table: None) -> Iterator[Finding]:
    """What the document alone tells. `keep` gets the table that sbom/incomplete is taken from.

    Raises GateUnavailable without a validator.
    """
    yield from _invalid(document)
    found, edges = references.read(document), references.edges(document)
    yield from capped(rules.DUPLICATE, _duplicates(document, found, edges), document.path)
    yield from capped(rules.DANGLING, _dangling(found), document.path)
    yield from capped(rules.UNREACHABLE, _unreachable(document, edges), document.path)
    yield from capped(rules.IDENTITY_MISSING, _identities(document), document.path)
    yield from capped(rules.LICENCE_UNKNOWN, _folded(list(_licences(document)), len(document.components)), document.path)
    table = completeness.assess(document, profile, edges)
    keep(table)
    missing = [
        _incomplete(document, part, profile) for row in table.rows if row.required and row.held < row.of for part in _parts(row, profile)
    ]
    yield from (_found(rules.INCOMPLETE, draft, document.path, draft.subject) for draft in missing)


def capped(rule: Rule, drafts: Iterable[Draft], path: str) -> Iterator[Finding]:
    """Subjects that stand twice are numbered, so that each finding is told apart."""
    kept = list(drafts)
    times: Counter[str] = Counter()
    for draft in kept[:SHOWN]:
        times[draft.subject] += 1
        again = times[draft.subject]
        yield _found(rule, draft, path, draft.subject if again == 1 else f"{draft.subject} ({again})")
    if rest := kept[SHOWN:]:
        yield _found(rule, Draft("", rest[0].line, f"and {len(rest)} more like these, the first of them here"), path, f"{len(rest)} more")


def _found(rule: Rule, draft: Draft, path: str, subject: str) -> Finding:
    return finding(rule, draft.message, Location(path, draft.line), subject, severity=draft.severity, data=draft.data)


def _invalid(document: Document) -> Iterator[Finding]:
    found = [*validation.problems(document, _PROBLEMS), *validation.beyond(document)]
    drafts = [
        Draft(f"{problem.where or 'document'}: {problem.message}", problem.line, f"{problem.where or 'the document'}: {problem.message}")
        for problem in found
    ]
    yield from capped(rules.INVALID, drafts[:SHOWN], document.path)
    if rest := found[SHOWN:]:
        number = f"{len(rest)}" if len(found) <= _PROBLEMS else f"more than {_PROBLEMS - SHOWN}"
        yield _found(
            rules.INVALID, Draft("", rest[0].line, f"and {number} more problems, the next of them here"), document.path, f"{number} more"
        )


def _duplicates(document: Document, found: references.References, edges: references.Edges) -> Iterator[Draft]:
    for ref, lines in references.duplicates(found).items():
        yield Draft(ref, sorted(lines)[1], f"bom-ref {quoted(ref)} stands for {len(lines)} things, in {references.lines(lines)}")
    for ref, lines in edges.repeated.items():
        yield Draft(f"dependencies of {ref}", lines[0], f"the dependencies of {quoted(ref)} are listed {len(lines) + 1} times")


def _dangling(found: references.References) -> Iterator[Draft]:
    for ref, mentions in references.dangling(found).items():
        first = mentions[0]
        times = f" and is named {len(mentions)} times" if len(mentions) > 1 else ""
        yield Draft(ref, first.line, f"{first.key} refers to {quoted(ref)}, which nothing has as its bom-ref{times}")


def _unreachable(document: Document, edges: references.Edges) -> list[Draft]:
    components = len(document.components)
    if components and document.main is None:
        line = references.line_of(document, "metadata")
        return [
            Draft("metadata.component", line, "what the SBOM describes (metadata.component) is missing, so nothing leads to a component")
        ]
    alone = references.unreached(document, edges)
    if alone and len(alone) == components:
        line = references.line_of(document, "dependencies")
        why = "the SBOM lists no dependencies" if not edges.needs else "no dependency of what the SBOM describes is listed"
        return [Draft("dependencies", line, f"{why}, so nothing leads to any of its {components} components")]
    return [Draft(_versioned(component), component.line, f"nothing leads to {component.label}") for component in alone]


def _identities(document: Document) -> Iterator[Draft]:
    for component in document.components:
        if wrong := _mistaken(component):
            yield Draft(_versioned(component), component.line, f"{component.label} {wrong}", severity=Severity.HIGH)
        elif wrong := _identity(component):
            yield Draft(_versioned(component), component.line, f"{component.label} {wrong}")


def _mistaken(component: Listed) -> str:
    """Whether it says two things, of which its readers take either."""
    purl = component.purl
    if purl is None or purl.type not in ("pypi", "npm"):
        return ""
    if wrong := _other_version(component):
        return wrong
    if component.name.strip():
        name = component.name.strip().lower()
        if canonical(name.rpartition("/")[2]) != canonical(purl.name):
            return f"has the package URL of another package, {purl}"
    return ""


def _other_version(component: Listed) -> str:
    purl = component.purl
    if purl and purl.version and component.version and not _same_version(purl.type, purl.version, component.version):
        return f"has the package URL of another version, {purl}"
    return ""


def _identity(component: Listed) -> str:
    written, purl = text(component.node, "purl"), component.purl
    if written and purl is None:
        return f"has {quoted(written)} as its package URL, which is none"
    if wrong := _other_version(component):
        return wrong
    kind = text(component.node, "type")
    if kind in _LOOKED_UP and not completeness.identifier(component):
        return "has no package URL, CPE or other identifier"
    return ""


def _same_version(kind: str, one: str, other: str) -> bool:
    """Go and others write a v before some versions."""
    return same_version(kind, one, other) or one.removeprefix("v") == other.removeprefix("v")


def _licences(document: Document) -> Iterator[Draft]:
    for component in document.components:
        if completeness.licence(component):
            continue
        listed = items(component.node, "licenses")
        names = [text(each, "license", key) for each in listed for key in ("id", "name")] + [text(each, "expression") for each in listed]
        named = next(filter(None, names), "")
        says = f"has the licence {quoted(named)}, which SPDX does not know" if named else "tells no licence"
        node = at(component.node, "licenses")
        yield Draft(_versioned(component), node.key_line if node else component.line, f"{component.label} {says}")


def _folded(drafts: Sequence[Draft], components: int) -> list[Draft]:
    """One for the document, however many components it is about."""
    if len(drafts) < 2:
        return list(drafts)
    named = "; ".join(draft.message for draft in drafts[:_NAMED]) + (f"; and {len(drafts) - _NAMED} more" if len(drafts) > _NAMED else "")
    data = {"missing": len(drafts), "of": components, "components": [draft.subject for draft in drafts[:_IN_DATA]]}
    return [Draft("licences", drafts[0].line, f"{len(drafts)} of {components} components have no licence that SPDX knows: {named}", data)]


class _Part(NamedTuple):
    """Components that lack an element for one reason. `hidden`: their ecosystem's locks cannot tell it."""

    element: completeness.Element
    lacking: tuple[Listed, ...]
    of: int
    hidden: bool


def _parts(row: Row, profile: Profile) -> Iterator[_Part]:
    hidden = tuple(each for each in row.lacking if each.purl and each.purl.type == "npm") if (row.element.name, profile) == _HIDDEN else ()
    others = tuple(each for each in row.lacking if each not in hidden) if hidden else row.lacking
    if others or row.element.document:
        yield _Part(row.element, others, row.of, hidden=False)
    if hidden:
        yield _Part(row.element, hidden, row.of, hidden=True)


def _incomplete(document: Document, row: _Part, profile: Profile) -> Draft:
    element, lacking = row.element, row.lacking
    asked = f"{element.title}, required by {TITLES[profile]}"
    listed = [component.label for component in lacking[:_IN_DATA]]
    data = {"profile": profile, "element": element.name, "missing": len(lacking) or 1, "of": row.of, "components": listed}
    if element.document:
        return Draft(element.name, references.line_of(document, "metadata"), f"the SBOM is without {asked}", data)
    named = ", ".join(listed[:_NAMED]) + (f" and {len(lacking) - _NAMED} more" if len(lacking) > _NAMED else "")
    message = f"{len(lacking)} of {row.of} components are without {asked}: {named}"
    if row.hidden:
        return Draft(f"{element.name} of npm", lacking[0].line, f"{message}; locks of npm do not tell it", data, Severity.MEDIUM)
    return Draft(element.name, lacking[0].line, message, data)


def _versioned(component: Listed) -> str:
    """With the version: an SBOM can hold two of one package."""
    return str(component.purl) if component.purl else f"{component.subject} {component.version}".rstrip()
