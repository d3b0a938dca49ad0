"""An OSV service: https://google.github.io/osv.dev/api/"""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping, Sequence
from typing import Any

from tests.doubles.http import Asked, Double, Fault

Record = dict[str, Any]


def record(
    identifier: str, name: str, versions: Sequence[str], *, fixed: Sequence[str] = (), ecosystem: str = "PyPI", **more: Any
) -> Record:
    """In the shape of the schema, https://ossf.github.io/osv-schema/; `more` are fields of it."""
    events = [{"introduced": "0"}, *({"fixed": version} for version in fixed)]
    affected = {
        "package": {"name": name, "ecosystem": ecosystem},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
        "versions": list(versions),
    }
    return {
        "schema_version": "1.7.0",
        "id": identifier,
        "modified": "2026-11-01T00:00:00Z",
        "published": "2026-01-01T00:00:00Z",
        "summary": f"{identifier} in {name}",
        "affected": [affected],
        **more,
    }


CANARY = record("PYSEC-2019-217", "jinja2", ["2.10"], fixed=["2.10.1"], aliases=["CVE-2019-10906"])


class OsvDouble(Double):
    """A record is given for the versions that it lists and no others. `page` is how many records one answer holds at most; with `endless`
    each page names a next one, and with `loop` that one is always the same.
    """

    def __init__(
        self,
        records: Sequence[Record] = (CANARY,),
        fault: Fault = "",
        times: int = 1_000_000,
        *,
        page: int = 1000,
        endless: bool = False,
        loop: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(fault, times, tls)
        self.records = list(records)
        self.page = page
        self.endless = endless
        self.loop = loop

    def answer(self, asked: Asked) -> tuple[int, bytes]:
        if (asked.method, asked.path) != ("POST", "/v1/query"):
            return 404, b'{"code": 5, "message": "Not Found"}'
        question = json.loads(asked.body)
        start = int(question.get("page_token") or 0)
        found = self.found(question)
        answer: Record = {"vulns": found[start : start + self.page]} if found[start : start + self.page] else {}
        if self.loop:
            answer["next_page_token"] = "0"
        elif self.endless or len(found) > start + self.page:
            answer["next_page_token"] = str(start + self.page)
        return 200, json.dumps(answer).encode()

    def found(self, question: Mapping[str, Any]) -> list[Record]:
        package, version = question["package"], question["version"]
        return [found for found in self.records if any(_speaks_of(part, package, version) for part in found.get("affected") or [])]

    def questions(self) -> list[tuple[str, str]]:
        """Name and version of each question, in order."""
        bodies = [json.loads(asked.body) for asked in self.asked]
        return [(body["package"]["name"], body["version"]) for body in bodies]


def _speaks_of(part: Any, package: Mapping[str, str], version: str) -> bool:
    known = part.get("package") or {}
    return known.get("name") == package["name"] and known.get("ecosystem") == package["ecosystem"] and version in part.get("versions", ())
