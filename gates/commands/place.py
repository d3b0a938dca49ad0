"""Where a run looks: the repository around the current directory, the one named, or a tree outside of any."""

import os
from collections.abc import Mapping
from typing import NamedTuple

from gates.core import git
from gates.core.deadline import Deadline
from gates.core.errors import UsageError
from gates.core.gate import Selection
from gates.core.git import Repository
from gates.core.process import is_inside
from gates.core.world import World


class Place(NamedTuple):
    """`root` is what locations are relative to. `repository` is None for a tree that has no say in how it is judged."""

    root: str
    repository: Repository | None
    selections: Mapping[str, Selection]  # by gate; their paths are relative to `root`


def locate(repo: str, selections: Mapping[str, Selection], world: World, deadline: Deadline, *, anywhere: bool = False) -> Place:
    """`anywhere`: a file outside of the repository is judged by it all the same; its path stays absolute.

    Raises UsageError for what is not there and for what lies outside where it must lie inside.
    """
    start = os.path.join(world.directory, repo)
    if repo and not os.path.isdir(start):
        raise UsageError(f"--repo: {repo} is no directory")
    repository = git.discover(os.path.realpath(start), world.environment, explicit=bool(repo), deadline=deadline)
    if repo and repository is None:
        raise UsageError(f"--repo: {repo} is no git work tree; give a plain directory as PATH instead")
    given = {path: _resolved(path, world) for selection in selections.values() for path in selection.paths}
    top = os.path.realpath(repository.top) if repository else ""
    outside = [path for path, place in given.items() if not is_inside(place, top)]
    if anywhere and repository is not None and not any(map(os.path.isdir, given.values())):
        return Place(top, repository, _relative(selections, given, top))
    if outside or repository is None:
        return _outside(outside, given, selections, world)
    return Place(top, repository, _relative(selections, given, top))


def _outside(outside: list[str], given: Mapping[str, str], selections: Mapping[str, Selection], world: World) -> Place:
    """A tree that is no part of the repository: nothing in it is policy."""
    kinds = {selection.kind for selection in selections.values()}
    if kinds in ({"stdin"}, {"message"}):
        return Place(world.directory, None, selections)
    if not outside:
        raise UsageError(f"{world.directory} lies in no git work tree; name one with --repo, or give a PATH")
    if kinds != {"paths"}:
        raise UsageError(f"{outside[0]}: lies in no git work tree, or outside the one that is judged")
    roots = {os.path.realpath(place) if os.path.isdir(place) else os.path.dirname(place) for place in given.values()}
    if len(roots) > 1:
        message = "lies in no git work tree, or outside the one that is judged; what is given with it must lie in the same folder"
        raise UsageError(f"{outside[0]}: {message}")
    (root,) = roots
    return Place(root, None, _relative(selections, given, root))


def _resolved(path: str, world: World) -> str:
    """Absolute, with the links of its folder followed but not its own last step, which is judged as the link that it is."""
    place = os.path.normpath(os.path.join(world.directory, path))
    if not os.path.lexists(place):
        raise UsageError(f"{path}: no such file or directory")
    folder, name = os.path.split(place)
    return os.path.join(os.path.realpath(folder), name) if name else place


def _relative(selections: Mapping[str, Selection], given: Mapping[str, str], root: str) -> dict[str, Selection]:
    def relative(path: str) -> str:
        place = given[path]
        if not is_inside(place, root):
            return place.replace(os.sep, "/")
        return "." if os.path.realpath(place) == root else os.path.relpath(place, root).replace(os.sep, "/")

    return {name: selection._replace(paths=tuple(map(relative, selection.paths))) for name, selection in selections.items()}
