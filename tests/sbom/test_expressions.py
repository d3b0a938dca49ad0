"""Licence expressions of SPDX."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.sbom.expressions import is_valid
from gates.sbom.validation import licence_ids

IDS = frozenset(map(str.lower, licence_ids()))


@pytest.mark.parametrize(
    "text",
    [
        *("MIT", "mit", " MIT ", "GPL-2.0+", "Apache-2.0 OR MIT", "(MIT)", "MIT OR (BSD-3-Clause AND ISC)", "((MIT))", "MIT or ISC"),
        *("GPL-2.0-only WITH Classpath-exception-2.0", "LicenseRef-acme", "DocumentRef-x:LicenseRef-acme", "MIT WITH AdditionRef-acme"),
        "Apache-2.0 WITH LLVM-exception AND (MIT OR GPL-3.0-or-later WITH GCC-exception-3.1)",
    ],
)
def test_an_expression_is_known(text: str) -> None:
    assert is_valid(text, IDS)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "()",
            "(",
            "MIT)",
            "(MIT",
            "MIT AND",
            "OR MIT",
            "MIT ISC",
            "MIT OR OR ISC",
            "MIT And ISC",
            "Apache 2.0",
            "Apache-2",
            "MIT/ISC",
        ),
        *(
            "NOASSERTION",
            "NONE",
            "UNKNOWN",
            "SEE LICENSE IN LICENSE",
            "MIT WITH",
            "WITH MIT",
            "MIT WITH (ISC)",
            "(MIT) WITH LLVM-exception",
        ),
        *(
            "MIT WITH LLVM-exception WITH LLVM-exception",
            "AdditionRef-acme",
            "MIT WITH LicenseRef-acme",
            "MIT, ISC",
            "Proprietary",
            "(" * 5000,
        ),
    ],
)
def test_what_is_no_expression_is_not_known(text: str) -> None:
    assert not is_valid(text, IDS)


_EXPRESSIONS = st.recursive(
    st.sampled_from(["MIT", "ISC", "Apache-2.0", "LicenseRef-x", "GPL-2.0-only WITH Classpath-exception-2.0"]),
    lambda inner: st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"),
    max_leaves=8,
)


@given(_EXPRESSIONS)
def test_expressions_of_any_depth_are_known_and_with_a_part_missing_are_not(text: str) -> None:
    assert is_valid(text, IDS)
    assert not is_valid(f"{text} AND", IDS)
    assert not is_valid(f"({text}", IDS)
