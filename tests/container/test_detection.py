"""What a file is taken for, by its name and by what is in it."""

import pytest

from gates.container.detection import Kind, kind, possible

PROFILE = b"profile x {\n}\n"


@pytest.mark.parametrize(
    ("path", "data", "what"),
    [
        ("Dockerfile_x", b"FROM a\n", "dockerfile"),
        ("myDockerfile", b"# a\nARG A\nFROM a\n", "dockerfile"),
        ("myDockerfile", b"see FROM\n", None),
        ("test_dockerfile.py", b"FROM a\n", None),
        ("Dockerfile.md", b"FROM a\n", None),
        ("apparmor/x", PROFILE, "apparmor"),
        ("apparmor/policies.py", PROFILE, None),
        ("apparmor/policies.go", PROFILE, None),
    ],
)
def test_names_and_contents(path: str, data: bytes, what: Kind | None) -> None:
    assert kind(path, data) == what
    assert what is None or possible(path)
