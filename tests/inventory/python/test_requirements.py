from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from gates.core.documents import DocumentError
from gates.core.errors import UsageError
from gates.inventory.package import Inventory
from gates.inventory.python.requirements import MAX_FILES, is_requirements, read_requirements
from tests.inventory.python.support import lock, one, pins

HASH = "sha256:" + "0" * 64


def read(files: dict[str, str | bytes] | str | bytes, path: str = "requirements.txt") -> Inventory:
    tree = files if isinstance(files, dict) else {path: files}

    def load(name: str) -> bytes:
        if name not in tree:
            raise FileNotFoundError(name)
        data = tree[name]
        return data if isinstance(data, bytes) else data.encode()

    return read_requirements(path, load)


def test_reads_what_uv_exports() -> None:
    found = read(lock("exported.txt"))
    assert found.kind == "requirements"
    httpx = one(found, "httpx")
    assert (httpx.version, httpx.direct, httpx.chain, len(httpx.hashes)) == ("0.28.1", True, ("httpx",), 2)
    assert lock("exported.txt").splitlines()[httpx.line - 1].startswith(b"httpx==")
    assert (one(found, "h11").direct, one(found, "h11").chain) == (False, ("httpx", "httpcore", "h11"))
    assert one(found, "pyflakes" if False else "colorama").version == "0.4.6"  # for another platform
    assert {(item.name, item.source) for item in found.packages if item.source} == {("member", "./member"), ("vendored", "./vendored")}


def test_reads_notes_in_one_line() -> None:
    found = read(lock("exported-line.txt"))
    assert (one(found, "certifi").direct, one(found, "certifi").chain) == (False, ("httpx", "certifi"))
    assert one(found, "toolz").direct is True


def test_notes_name_files_names_and_constraints() -> None:
    found = read("a==1\n    # via -r base.in\nb==1\n    # via\n    #   -c limits.txt\n    #   a\nc==1\n# nothing of that kind\n")
    assert [(item.name, item.direct, item.chain) for item in found.packages] == [
        ("a", True, ("a",)),
        ("b", False, ("a", "b")),
        ("c", None, ()),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A.b_C==1.0\n", {("a-b-c", "1.0")}),
        ("a === 1.0", {("a", "1.0")}),
        ("a==1.0,>=0.5", {("a", "1.0")}),
        ("a (==1.0)", {("a", "1.0")}),
        ("a[x, y]==1.0 ; sys_platform == 'win32' # why\n", {("a", "1.0")}),
        ("a==1; python_version<'3.12'\na==2; python_version>='3.12'\n", {("a", "1"), ("a", "2")}),
        ("a==1.0+local", {("a", "1.0+local")}),
        ("\ufeffa==1.0\r\nb==2\r\n", {("a", "1.0"), ("b", "2")}),
        ("a==1 \\\n  --hash=" + HASH + " \\\n  --hash " + HASH.replace("0", "1"), {("a", "1")}),
        ("a==\\\n1\\\n", {("a", "1")}),
        ("a==1 \\\n# a comment ends it\nb==1\n", {("a", "1"), ("b", "1")}),
        ("# a comment is not continued \\\nb==1\n", {("b", "1")}),
        ("--require-hashes\n--index-url https://u:p@x.example.invalid --pre\n-f ./wheels\n--no-binary=:all:\na==1\n", {("a", "1")}),
        ("--extra-index-url ${URL}\n--trusted-host x\n--use-feature fast-deps\n--only-binary a,b\na==1\n", {("a", "1")}),
        ("a==1 --config-settings='--x=y' --global-option=\"-v\"", {("a", "1")}),
        ("# -*- coding: utf-8 -*-\na==1\n", {("a", "1")}),
        ("", set()),
        ("# nothing\n\n", set()),
    ],
)
def test_pins(text: str, expected: set[tuple[str, str]]) -> None:
    assert pins(read(text)) == expected


@pytest.mark.parametrize(
    ("text", "name", "version", "source"),
    [
        ("a @ https://u:p@x.example.invalid/a.zip?token=1#sha256=2", "a", "", "https://x.example.invalid/a.zip"),
        ("a @ git+https://${TOKEN}@x.example.invalid/a@v1", "a", "", "git+https://x.example.invalid/a@v1"),
        ("git+https://x.example.invalid/o/Some.Name.git@v1", "some-name", "", "git+https://x.example.invalid/o/Some.Name.git@v1"),
        ("git+ssh://git@x.example.invalid/o/r.git#egg=B_c&subdirectory=s", "b-c", "", "git+ssh://x.example.invalid/o/r.git"),
        ("-e git+https://x.example.invalid/o/r#egg=b[x]", "b", "", "git+https://x.example.invalid/o/r"),
        ("--editable=./sub/thing[x]", "thing", "", "./sub/thing"),
        ("-e .", "unnamed", "", "."),
        ("-e .[dev]", "unnamed", "", "."),
        ("./wheels/some_name-1.0-py3-none-any.whl", "some-name", "1.0", "./wheels/some_name-1.0-py3-none-any.whl"),
        ("https://x.example.invalid/some_name-1.0.tar.gz ; python_version>'3'", "some-name", "1.0", None),
        ("file:///src/thing", "thing", "", "file:///src/thing"),
        ("vendor/thing", "thing", "", "vendor/thing"),
        ("thing-1.0.zip", "thing", "1.0", "thing-1.0.zip"),
    ],
)
def test_addresses_and_paths_are_packages_with_a_source(text: str, name: str, version: str, source: str | None) -> None:
    (found,) = read(text).packages
    assert (found.name, found.version) == (name, version)
    assert found.source == source if source else found.source


def test_files_are_included_relative_to_the_one_that_names_them() -> None:
    tree: dict[str, str | bytes] = {
        "reqs/all.txt": "-r sub/base.txt\n--requirement=../other.txt\n-rsub/more.txt\n",
        "reqs/sub/base.txt": "a==1\n-r more.txt\n",
        "reqs/sub/more.txt": "b==1\n",
        "other.txt": "c==1\n",
    }
    found = read(tree, "reqs/all.txt")
    assert [(item.name, item.path, item.line) for item in found.packages] == [
        ("a", "reqs/sub/base.txt", 1),
        ("b", "reqs/sub/more.txt", 1),
        ("c", "other.txt", 1),
    ]


def test_constraints_only_narrow() -> None:
    tree: dict[str, str | bytes] = {
        "requirements.txt": "-c limits.txt\na>=1\nb==1\n",
        "limits.txt": f"a==1.5 --hash={HASH}\nb<2\nunused==1\n",
    }
    found = read(tree)
    assert pins(found) == {("a", "1.5"), ("b", "1")}
    assert (one(found, "a").path, one(found, "a").line, one(found, "a").hashes) == ("limits.txt", 1, (HASH,))


@pytest.mark.parametrize(
    "limits",
    ["", "a<2", "a==0.5", "a==1.5; sys_platform == 'win32'", "b==1.5"],
)
def test_constraints_that_do_not_pin(limits: str) -> None:
    with pytest.raises(DocumentError, match=r"requirements.txt:2: a>=1 is (not pinned|pinned by constraints for some)"):
        read({"requirements.txt": "-c limits.txt\na>=1\n", "limits.txt": limits})


def test_an_address_among_the_constraints_is_where_the_package_comes_from() -> None:
    for wanted in ("a", "a==1"):
        found = read({"requirements.txt": f"-c limits.txt\n{wanted}\n", "limits.txt": "a @ https://x.example.invalid/a.zip"})
        assert "https://x.example.invalid/a.zip" in {item.source for item in found.packages}


def test_one_pin_in_several_files_is_one_package() -> None:
    found = read({"requirements.txt": f"-r b.txt\na==1.0 --hash={HASH}", "b.txt": "A==1.0"})
    assert [(item.path, item.hashes) for item in found.packages] == [("b.txt", (HASH,))]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n\nrequests>=2\n", "requirements.txt:3: requests>=2 is not pinned; write a lock with uv lock or pip-compile"),
        ("requests\n", "requirements.txt:1: requests is not pinned"),
        ("a==2.*", "a==2.* is not pinned"),
        ("a~=1.0", "a~=1.0 is not pinned"),
        ("a==1,==2", "no version can be all of"),
        ("a==1,>2", "no version can be all of"),
        ("a===one", "no version of a Python package"),
        ("a==1 ; (", "is no requirement"),
        ("a==1 b==2", "is no requirement"),
        ("a == 1\t--hash=x", "is no requirement"),
        ("a==${V}", "a variable stands in a requirement"),
        ("${A}", "a variable stands in a requirement"),
        ("${A}/x", "a variable decides what is installed"),
        ("https://x.example.invalid/a.zip#egg=${A}", "a variable decides what is installed"),
        ("-r ${A}.txt", "a variable decides which file"),
        ("-r https://x.example.invalid/r.txt", "nothing is fetched"),
        ("-r a.txt -r b.txt", "several requirements or included files"),
        ("-e ./a -r b.txt", "several requirements or included files"),
        ("a==1 -r b.txt", "--requirement stands behind a requirement"),
        ("a==1 --pre", "--pre stands behind a requirement"),
        ("--hash=" + HASH, "a --hash stands without"),
        ("--hash=" + HASH + " a==1", "a word stands behind an option"),
        ("a==1 --hash=sha256:xyz", "is no hash"),
        ("a==1 --hash=", "--hash lacks its value"),
        ("a==1 --hash", "--hash lacks its value"),
        ("--pre=yes", "takes no value"),
        ("--requir b.txt", "the option '--requir' is not known"),
        ("-x", "belongs to none"),
        ("--process-dependency-links", "is not known"),
        ("--find-links 'x", "a quotation mark is not closed"),
        ("-e x#egg=a%b", "is no name"),
        ("./a\t--hash=x", "holds a blank"),
        ("# coding: utf-7\na==1", "is encoded in 'utf-7'"),
        ("#!x\n# vim: set fileencoding=latin-1 :\na==1", "is encoded in 'latin-1'"),
        ("# c\x0ba==1", "a control character"),
        ("b==1\n# c\u2028a==1", "requirements.txt:2: the line holds a control character"),
        ("a==1 ; " + "(" * 3000, "is no requirement"),
        ("a" * 5000, "more than 4000 characters"),
        ("-r requirements.txt", "includes itself"),
        (b"\xff\xfea\x00=\x00", "store it as UTF-8"),
    ],
)
def test_refuses(text: str | bytes, message: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read(text)
    assert message in str(caught.value)
    assert caught.value.line


def test_no_password_is_in_a_message() -> None:
    for text in ("a @ https://u:s3cret@x.example.invalid ; (", "--pre https://u:s3cret@x.example.invalid", "-i a https://u:s3cret@x"):
        with pytest.raises(DocumentError) as caught:
            read(text)
        assert "s3cret" not in str(caught.value)


def test_constraints_may_not_be_paths() -> None:
    for text in ("-e ./a", "./a", "https://x.example.invalid/a.zip"):
        with pytest.raises(DocumentError, match=r"limits.txt:1: a constraint must be"):
            read({"requirements.txt": "-c limits.txt", "limits.txt": text})


def test_a_missing_file_is_a_usage_error() -> None:
    for text, place in (("-r no.txt\n", ("requirements.txt", 1)), ("a==1\n-c no.txt\n", ("requirements.txt", 2))):
        with pytest.raises(UsageError, match=r"no.txt cannot be read") as caught:
            read(text)
        assert not isinstance(caught.value, DocumentError)
        assert (caught.value.path, caught.value.line) == place
    with pytest.raises(UsageError, match=r"gone.txt: the file cannot be read"):
        read({}, "gone.txt")


def test_cycles_and_floods_end() -> None:
    with pytest.raises(DocumentError, match=r"b.txt:1: a.txt includes itself"):
        read({"a.txt": "-r b.txt", "b.txt": "-r ./a.txt"}, "a.txt")
    with pytest.raises(DocumentError, match=r"a.txt:1: a.txt includes itself"):
        read({"./a.txt": "-r a.txt"}, "./a.txt")
    many: dict[str, str | bytes] = {f"{number}.txt": f"-r {number + 1}.txt" for number in range(MAX_FILES + 10)}
    with pytest.raises(DocumentError, match="more than 200 files"):
        read(many, "0.txt")
    twice: dict[str, str | bytes] = {f"{n}.txt": f"-r {n + 1}.txt\n-c {n + 1}.txt\n" for n in range(40)}
    assert read({**twice, "40.txt": "a==1"}, "0.txt").packages


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("requirements.txt", True),
        ("sub/requirements-dev.txt", True),
        ("dev-requirements.txt", True),
        ("requirements/prod.txt", True),
        ("a/Requirements/prod.txt", True),
        ("requirements/constraints.txt", False),
        ("requirements.in", False),
        ("requirements/prod.in", False),
        ("myrequirements.txt", False),
        ("notes.txt", False),
        ("requirements/sub/notes.txt", False),
        ("requirements.txt/notes.md", False),
    ],
)
def test_files_are_found_by_name(name: str, expected: bool) -> None:
    assert is_requirements(name) is expected


names = st.from_regex(r"\A[A-Za-z0-9]([A-Za-z0-9._-]{0,8}[A-Za-z0-9])?\Z")
versions = st.from_regex(r"\A[0-9]{1,3}(\.[0-9]{1,3}){0,3}((a|b|rc)[0-9])?(\.post[0-9])?(\.dev[0-9])?(\+[a-z0-9]{1,4})?\Z")
markers = st.sampled_from(["", " ; python_version < '3.9'", ";sys_platform=='win32' and extra == 'x'", " ; (os_name=='a' or os_name=='b')"])
extras = st.sampled_from(["", "[a]", "[a, b_c]", " [a] "])
layouts = st.sampled_from(
    ["{}", "  {}  ", "{} # why", "{} \\", "{}\\\n", "{} --hash=" + HASH, "{} \\\n    --hash=" + HASH + "\n    # via x"]
)


@given(st.lists(st.tuples(names, extras, st.sampled_from(["==", " == ", "==="]), versions, markers, layouts), max_size=6))
def test_agrees_with_packaging(parts: list[tuple[str, str, str, str, str, str]]) -> None:
    written = [(name + extra + operator + version + marker, layout) for name, extra, operator, version, marker, layout in parts]
    expected = set()
    for text, _ in written:
        requirement = Requirement(text)
        (specifier,) = requirement.specifier
        expected.add((canonicalize_name(requirement.name), specifier.version))
    # A line that ends in a backslash takes the next one with it, so that one is blank.
    found = read("\n".join(layout.format(text) + "\n" for text, layout in written))
    from packaging.version import Version

    assert {(name, Version(version)) for name, version in pins(found)} == {(name, Version(version)) for name, version in expected}


@given(
    st.dictionaries(
        st.sampled_from(["a.txt", "s/b.txt", "s/c.txt"]),
        st.lists(st.sampled_from(["-r a.txt", "-c s/b.txt", "-r c.txt", "-r ../a.txt", "x==1", "x"])),
    )
)
def test_any_tree_of_files_ends(tree: dict[str, list[str]]) -> None:
    files: dict[str, str | bytes] = {name: "\n".join(lines) for name, lines in tree.items()}
    try:
        found = read(files, "a.txt")
    except UsageError:
        return
    assert {PurePosixPath(item.path).as_posix() for item in found.packages} <= set(files)
