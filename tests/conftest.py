"""What every test may rely on: git behaves the same for everybody, and a busy machine fails no property."""

from __future__ import annotations

import os
import tempfile

from hypothesis import settings

# A hook that runs the tests hands down GIT_DIR and GIT_INDEX_FILE: a test that commits would then write into this repository.
for _name in [name for name in os.environ if name.startswith("GIT_")]:
    del os.environ[_name]

os.environ |= {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "Test",
    "GIT_AUTHOR_EMAIL": "test@example.org",
    "GIT_COMMITTER_NAME": "Test",
    "GIT_COMMITTER_EMAIL": "test@example.org",
}

# One cache of compiled patterns for the whole run, and none of anybody's home.
os.environ.setdefault("GATES_TEST_CACHE", tempfile.mkdtemp(prefix="gates-tests-"))
os.environ["XDG_CACHE_HOME"] = os.environ["GATES_TEST_CACHE"]

settings.register_profile("gates", deadline=None, max_examples=100)
settings.load_profile("gates")
