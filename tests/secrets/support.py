"""What the runner would give the secrets gate for a repository, or for a folder outside of any."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

from gates.core.deadline import Deadline
from gates.core.gate import Context, Selection
from tests.core.conftest import Maker


def context_of(place: Maker | Path, selection: Selection | None = None) -> Context:
    repository = place.found() if isinstance(place, Maker) else None
    return Context(
        root=os.fspath(place.top if isinstance(place, Maker) else place),
        repository=repository,
        selection=selection or (Selection() if repository else Selection("paths", (".",))),
        excluded=lambda path: "",
        today=date(2026, 11, 20),
        deadline=Deadline(60.0),
        tool_timeout=60.0,
        environment=os.environ,
        offline=True,
        progress=lambda done, total, unit: None,
    )
