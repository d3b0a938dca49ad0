"""Why Trivy gave up, in one line with a way out: its own error goes over many, one for each place where it looked for the image."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from gates.core.process import Completed
from gates.image.engines.running import last_words

FATAL: Final = ("FATAL", "Fatal error")


class _Cause(NamedTuple):
    """`mark` occurs in its error output. In `told`, {image} stands for what was asked for."""

    mark: re.Pattern[str]
    told: str


# The first that fits: an error about a database also says that the scan failed.
_CAUSES: Final = tuple(
    _Cause(re.compile(mark), told)
    for mark, told in (
        (
            r"unable to find the specified image",
            (
                "neither a container engine that runs here nor a registry without a log-in gives the image {image}; "
                "start one, or save the image and give the file: docker save -o image.tar {image}"
            ),
        ),
        (
            r"skip-java-db-update",
            (
                "the image holds Java archives, and there is no java-db beside the vulnerability database; "
                "fetch it with `trivy image --download-java-db-only --cache-dir DIR`"
            ),
        ),
        (r"db corrupted|invalid database|failed to open db|checksum error", "the vulnerability database is damaged; fetch it again"),
        (r"may be in use by another process", "the vulnerability database is in use by another program; give each run its own with --db"),
        (r"DB schema", "the vulnerability database has another form than this trivy reads; fetch one with the same version of trivy"),
        (r"init error: DB error|failed to download", "the vulnerability database cannot be fetched; try again, or give one with --db"),
        (r"must contain only a single image", "{image} holds several images, and one is scanned at a time; save them one by one"),
        (
            r"unable to open .* as an OCI Image",
            "{image} is no image that can be read; give what docker save or an OCI export wrote, and no gzip around an OCI archive",
        ),
        (r"no space left on device", "the disk is full: trivy unpacks layers into the temporary folder"),
        (r"context deadline exceeded", "trivy ran out of time; raise --timeout"),
    )
)


def why(done: Completed, image: str) -> str:
    log = done.stderr.decode("utf-8", "replace")
    for cause in _CAUSES:
        if cause.mark.search(log):
            return cause.told.replace("{image}", image)
    return f"trivy failed with status {done.status}: {last_words(done, FATAL)}"
