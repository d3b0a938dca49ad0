import pytest

from gates.container.dockerignore import lacking, load, parse
from gates.core.documents import DocumentError


@pytest.mark.parametrize(
    ("text", "path", "excluded"),
    [
        (".env", ".env", True),
        (".env", "a/.env", False),
        ("**/.env", ".env", True),
        ("**/.env", "a/b/.env", True),
        ("/.env", ".env", True),
        ("./.env", ".env", True),
        (".env*", ".env.local", True),
        ("*", ".env", True),
        ("*\n!.env", ".env", False),
        ("*\n!src\n", "src/a.py", False),
        ("*\n!src\nsrc/*.env", "src/a.env", True),
        ("!.env\n.env", ".env", True),
        (".git/", ".git/config", True),
        (".git", ".git/config", True),
        (".git/*", ".git/config", True),
        (".git/*", ".git", False),
        ("**/*.key", "a/b/c.key", True),
        ("a/**/b", "a/b", True),
        ("a/**/b", "a/x/y/b", True),
        ("a/**", "a/x/y", True),
        ("a**", "abc/d", True),
        ("# .env", ".env", False),
        ("  .env  \r", ".env", True),
        ("! .env\n", ".env", False),
        ("[.]env", ".env", True),
        ("[^a]env", ".env", True),
        ("\\.env", ".env", True),
        ("?env", ".env", True),
        ("[", ".env", False),
        ("a.env", "aXenv", False),
        (".env(1)", ".env(1)", True),
        ("", ".env", False),
    ],
)
def test_patterns(text: str, path: str, excluded: bool) -> None:
    assert parse(text.encode(), ".dockerignore").excludes(path) is excluded


def test_the_file_of_the_dockerfile_counts_first() -> None:
    files = {"docker/Dockerfile.dockerignore": b"a", ".dockerignore": b"b"}
    found = load("docker/Dockerfile", "", files.get)
    assert found is not None
    assert found.path == "docker/Dockerfile.dockerignore"
    other = load("Dockerfile", "", files.get)
    assert other is not None
    assert other.path == ".dockerignore"
    assert load("Dockerfile", "web", files.get) is None


def test_without_a_file_nothing_is_kept_out() -> None:
    assert lacking(None, (".env", ".git")) == [".env", ".git"]


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(DocumentError):
        parse(b"\xff\x00", ".dockerignore")


def test_a_pattern_that_would_take_long_takes_no_time() -> None:
    assert not parse(b"**/*a" * 30, ".dockerignore").excludes(".env")
    assert not parse(b"*a" * 400, ".dockerignore").excludes(".env")
