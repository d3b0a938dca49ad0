"""Where the tools that decide about messages are configured, in the order in which each of them looks."""

from __future__ import annotations

from typing import Final

COMMITIZEN: Final = (".cz.toml", "cz.toml", ".cz.json", "cz.json", ".cz.yaml", "cz.yaml", "pyproject.toml")
COMMITLINT: Final = (
    "package.json",
    "package.yaml",
    ".commitlintrc",
    *(f".commitlintrc.{end}" for end in ("json", "yaml", "yml", "js", "cjs", "mjs")),
    *(f"commitlint.config.{end}" for end in ("js", "cjs", "mjs")),
    *(f"{name}.{end}" for name in (".commitlintrc", "commitlint.config") for end in ("ts", "cts", "mts")),
)
COMMITTED: Final = ("committed.toml",)
GITLINT: Final = (".gitlint",)
