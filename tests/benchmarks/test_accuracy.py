"""The corpus of the accuracy benchmark and how it is scored; the benchmark itself is never part of the test run."""

from __future__ import annotations

import ast
import binascii
import json
import tomllib
import warnings
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from benchmarks import tables
from benchmarks.accuracy import corpus, peers, report, score, values
from benchmarks.accuracy.corpus import PARTS, Sample
from benchmarks.accuracy.peers import Hit


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    return corpus.corpus(1)


@pytest.fixture(scope="module")
def others() -> list[Sample]:
    return corpus.corpus(2)


def text(sample: Sample) -> str:
    return sample.content.decode("utf-16" if sample.content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8")


def test_a_seed_gives_the_same_files_each_time(samples: list[Sample]) -> None:
    assert corpus.corpus(1) == samples


def test_another_seed_draws_other_values(samples: list[Sample], others: list[Sample]) -> None:
    first, second = ({sample.name: sample.content for sample in each if sample.part == "published"} for each in (samples, others))
    assert all(first[name] != second[name] for name in first.keys() & second.keys())


def test_every_sample_has_a_file_of_its_own(samples: list[Sample]) -> None:
    assert not [path for path, count in Counter(sample.path for sample in samples).items() if count > 1]


@pytest.mark.parametrize("part", ["published", "wrapped"])
def test_every_family_has_samples(samples: list[Sample], part: str) -> None:
    count = Counter(sample.kind for sample in samples if sample.part == part)
    assert min(count[family.name] for family in corpus.families()) >= 4


def test_there_are_as_many_kinds_of_files_as_a_result_needs() -> None:
    for part in ("odd", "harmless"):
        assert len(corpus.templates(*(corpus.HERE / part).glob("*.txt"))) >= 150


def test_names_of_templates_are_unique_in_their_file() -> None:
    for file in corpus.HERE.rglob("*.txt"):
        names = [template.name for template in corpus.templates(file)]
        assert len(names) == len(set(names)), file.name


def test_labels_name_lines_that_exist(samples: list[Sample]) -> None:
    for sample in samples:
        lines = len(text(sample).splitlines())
        if sample.part == "harmless":
            assert (sample.first, sample.last) == (0, 0)
        else:
            assert 1 <= sample.first <= sample.last <= lines, sample.path


def test_what_is_not_labelled_is_the_same_with_every_seed(samples: list[Sample], others: list[Sample]) -> None:
    plain = {sample.name: sample for sample in samples if sample.part == "published" and sample.first == sample.last}
    compared = 0
    for other in others:
        one = plain.get(other.name)
        if one and other.first == other.last:
            left, right = (text(sample).splitlines() for sample in (one, other))
            if len(left) == len(right):
                assert {number for number, pair in enumerate(zip(left, right, strict=True), 1) if pair[0] != pair[1]} <= {one.first}
                compared += 1
    assert compared > 6000


def test_every_credential_is_drawn_and_none_is_stored() -> None:
    for template in corpus.templates(*(corpus.HERE / "odd").glob("*.txt")):
        assert [place for place in corpus.PLACE.finditer(template.text) if not place[1]], template.name


def test_files_are_valid_in_their_format(samples: list[Sample]) -> None:
    class Loader(yaml.SafeLoader):
        """Takes every tag: `!vault`, `!secret`."""

    Loader.add_multi_constructor("!", lambda *_: None)
    readers: dict[str, Callable[[str], object]] = {
        "toml": tomllib.loads,
        "py": ast.parse,
        "jsonl": lambda lines: [json.loads(line) for line in lines.splitlines() if line],
    }
    readers |= dict.fromkeys(("json", "ipynb", "har", "tfstate"), json.loads)
    readers |= dict.fromkeys(("xml", "config", "plist"), ElementTree.fromstring)
    readers |= dict.fromkeys(("yml", "yaml"), lambda stream: list(yaml.load_all(stream, Loader)))
    read = Counter[str]()
    for sample in samples[::3] + [sample for sample in samples if sample.part in ("odd", "harmless")]:
        suffix = sample.path.rpartition(".")[2]
        content = text(sample)
        if suffix not in readers or "{{ " in content or (suffix == "config" and not content.startswith("<")):
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            readers[suffix](content)
        read[suffix] += 1
    assert min(read[suffix] for suffix in readers) >= 1


def test_checksums_hold_where_they_should_and_nowhere_else() -> None:
    def holds(value: str) -> bool:
        if value.startswith("ATATT"):
            return f"{binascii.crc32(value[:-8].encode()):08X}" == value[-8:]
        return values.base62(binascii.crc32(value[-36:-6].encode()), 6) == value[-6:]

    checked = [family for family in corpus.families() if family.shape.startswith(corpus.CHECKED)]
    assert len(checked) == 7
    for family in checked:
        for seed in range(20):
            value = values.expand(family.shape, values.Random(seed))
            assert holds(value)
            assert not holds(corpus.damaged(value, values.Random(seed)))


def test_a_field_that_nothing_makes_is_an_error() -> None:
    with pytest.raises(KeyError):
        values.expand("{nonsense:12}", values.Random(1))


def test_the_seed_phrase_has_its_checksum() -> None:
    words = values.mnemonic(values.Random(3), "").split()
    assert len(words) == 12
    assert set(words) <= set(values.SEED_WORDS)


def test_spellings_are_those_of_the_languages() -> None:
    spelled = corpus.spellings("ACME_API_KEY")
    assert (spelled["name"], spelled["nameCamel"], spelled["NamePascal"], spelled["name.dotted"]) == (
        "acme_api_key", "acmeApiKey", "AcmeApiKey", "acme.api.key",
    )  # fmt: skip


def test_encodings_and_what_is_no_secret(tmp_path: Path) -> None:
    file = tmp_path / "x.txt"
    file.write_text("=== one | a.txt | crlf\nid=<<~digits:4>>\n\nkey=<<a:{digits:4}/base64>>\n\n=== two | b.txt | utf-16\n<<alnum:8>>\n")
    one, two = (corpus.drawn("odd", "x", template, values.Random(1)) for template in corpus.templates(file))
    assert one.first == one.last == 3
    assert one.content.count(b"\r\n") == 3
    assert two.content[:2] in (b"\xff\xfe", b"\xfe\xff")


def test_the_corpus_replaces_only_itself(tmp_path: Path, samples: list[Sample]) -> None:
    folder = tmp_path / "corpus"
    corpus.write(samples[:20], folder)
    corpus.write(samples[:10], folder)
    assert sum(path.is_file() for path in folder.rglob("*")) == 11
    assert len(json.loads((folder / "labels.json").read_text())) == 10
    (folder / "mine.txt").write_text("")
    with pytest.raises(FileExistsError):
        corpus.write(samples[:10], folder)


def sample(part: str, number: int, first: int = 0, name: str = "x in env") -> Sample:
    return Sample(part, name, "x", f"{part}/{number:04d}/a.env", b"", first, first, part in ("published", "odd"))


def test_a_finding_counts_where_the_secret_is() -> None:
    corpus_ = [sample("odd", 1, 4), sample("odd", 2, 4), sample("odd", 3, 4)]
    hits = [Hit("odd/0001/a.env", 5, "r", "medium"), Hit("odd/0002/a.env", 6, "r", "high")]
    scored = score.scored(corpus_, hits)
    assert scored["reported"]["odd"] == 1
    assert scored["reported"]["blocked"] == 0
    assert [line.partition(" ")[0] for line in scored["wrong"]["odd"]] == ["odd/0002/a.env", "odd/0003/a.env"]


def test_a_broken_token_counts_when_it_would_block() -> None:
    corpus_ = [sample("broken", number, 4) for number in range(4)]
    hits = [Hit(f"broken/{number:04}/a.env", 4, "r", severity) for number, severity in enumerate(("medium", "high", ""))]
    hits.append(Hit("broken/0003/a.env", 1, "about-the-file", "high"))
    assert score.scored(corpus_, hits)["reported"]["broken"] == 2


def test_any_finding_in_a_harmless_file_is_wrong() -> None:
    scored = score.scored([sample("harmless", 1)], [Hit("harmless/0001/a.env", 9, "r", "low")])
    assert (scored["reported"]["harmless"], scored["reported"]["harmless-blocked"]) == (1, 0)


@pytest.mark.parametrize(
    ("form", "measure"),
    [
        ("base64-yaml", "wrapped"),
        ("base64-line", "wrapped"),
        ("base64-twice", "encoded"),
        ("base64-powershell", "encoded"),
        ("hex", "encoded"),
    ],
)
def test_plain_base64_is_measured_apart(form: str, measure: str) -> None:
    assert score.measure_of(sample("wrapped", 1, 1, f"x in {form}")) == measure


def test_every_measure_has_samples(samples: list[Sample]) -> None:
    total = score.scored(samples, [])["total"]
    assert set(total) == set(score.MEASURES)


def test_noise_is_counted_in_the_clean_trees_only() -> None:
    hits = [Hit("stdlib/a.py", 1, "r", "high"), Hit("node_modules/b.js", 2, "r", "low"), Hit("elsewhere/c", 1, "r", "high")]
    noise = score.noise(hits, {"stdlib": 1000, "node_modules": 1000})
    assert (noise["findings"], noise["blocking"], noise["lines"]) == (2, 1, 2000)


def test_reports_of_peers_are_read() -> None:
    kingfisher = json.dumps({"findings": [{"rule": {"id": "r"}, "finding": {"path": "/x/a", "line": 3}}]})
    assert list(peers.read_kingfisher(kingfisher, "")) == [Hit("/x/a", 3, "r", "")]
    detected = json.dumps({"results": {"a": [{"line_number": 3, "type": "r"}]}})
    assert list(peers.read_detect_secrets("", detected)) == [Hit("a", 3, "r", "")]
    swept = json.dumps(
        [{"rule": "r", "severity": "high", "line_data_list": [{"path": "/x/a", "line_num": 3}, {"path": "/x/a", "line_num": 4}]}]
    )
    assert [hit.line for hit in peers.read_credsweeper(swept, "")] == [3, 4]


def test_an_incomplete_run_of_gates_does_not_count() -> None:
    document = {"complete": False, "gates": [{"gate": "secrets", "status": "error", "reason": "", "errors": [], "findings": []}]}
    with pytest.raises(ValueError, match="not complete"):
        list(peers.read_gates(json.dumps(document), ""))


def test_a_tool_that_is_missing_says_so_in_the_table() -> None:
    missing = {"name": "credsweeper", "version": "", "wrong": {"corpus": "not installed", "clean": "not installed"}, "wall": {}}
    assert report.table([missing]).count("| not installed |") == len(score.MEASURES) + 2


def test_the_section_on_accuracy_and_the_works_leave_each_other_alone() -> None:
    old = tables.HEAD + "## Works\n"
    page = tables.with_accuracy("## Accuracy\n", tables.with_accuracy("old", old))
    assert page.startswith(old)
    assert page.count("accuracy") == 3  # two marks, and the command in the first
    assert "old" not in page.removeprefix(old)
    assert tables.page({}, page).count("## Accuracy") == 1


def test_parts_are_named_in_the_table_of_the_corpus() -> None:
    assert all(f"| {part} |" in str(corpus.__doc__) for part in PARTS)
