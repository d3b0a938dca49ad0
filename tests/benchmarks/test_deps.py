"""The material and the table of the benchmark of the deps engines; the programs are timed by nobody here."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from benchmarks import advisories, deps
from benchmarks.measure import Sample


def test_a_seed_draws_the_same_material_again(tmp_path: Path) -> None:
    one, again, other = (advisories.draw(seed, records=300, pins=20) for seed in (1, 1, 2))
    assert one == again != other
    assert (len(one.records), len(one.pins)) == (300, 20)
    assert all(version in one.releases[name] for name, version in one.pins)
    advisories.write_zip(tmp_path / "PyPI" / "all.zip", one.records)
    with zipfile.ZipFile(tmp_path / "PyPI" / "all.zip") as archive:
        assert [json.loads(archive.read(name)) for name in archive.namelist()] == one.records


def test_the_service_answers_for_pins_that_are_vulnerable() -> None:
    material = advisories.draw(1, records=400, pins=40)
    answers = deps._answers(material)
    assert 0 < len(answers) < 40
    assert all(json.loads(body)["vulns"] for body in answers.values())


def test_the_table_has_every_engine_beside_the_first() -> None:
    material = advisories.draw(1, records=300, pins=20)
    lines = deps.table({"peer": [Sample(2.0, 1.0, 0)] * 3, "ours": [Sample(1.0, 1.0, 0)] * 3}, material).splitlines()
    assert lines[-2].startswith("| peer | 2.00 | 1.00 | 1.00")
    assert lines[-1] == "| ours | 1.00 | 1.00 | 0.50 (0.50 to 0.50) |"
