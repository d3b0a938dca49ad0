"""Licence expressions, and what stands in for one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.sbom import licences
from gates.sbom.component import Licence
from gates.sbom.licence_ids import exceptions
from gates.sbom.licence_ids import licences as identifiers


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("MIT", "MIT"),
        ("mit", "MIT"),
        ("(MIT)", "MIT"),
        ("apache-2.0 or mit", "Apache-2.0 OR MIT"),
        ("(MIT OR Apache-2.0)", "MIT OR Apache-2.0"),
        ("MIT AND (BSD-2-Clause OR ISC)", "MIT AND (BSD-2-Clause OR ISC)"),
        ("(MIT AND ISC) OR Zlib", "MIT AND ISC OR Zlib"),
        ("GPL-2.0+", "GPL-2.0+"),
        ("Apache-2.0+", "Apache-2.0+"),
        ("gpl-2.0-only with classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"),
        ("LicenseRef-own AND DocumentRef-x:LicenseRef-y", "LicenseRef-own AND DocumentRef-x:LicenseRef-y"),
        ("MIT  AND\tISC", "MIT AND ISC"),
    ],
)
def test_an_expression_is_put_into_the_spelling_of_spdx(text: str, expression: str) -> None:
    assert licences.parse(text) == expression


@pytest.mark.parametrize(
    "text",
    [
        *("", "MIT OR", "OR MIT", "MIT MIT", "(MIT", "MIT)", "()", "MIT Or ISC", "MIT WITH", "MIT WITH MIT", "Classpath-exception-2.0"),
        *("No-Such-1.0", "MIT/ISC", "MIT, ISC", "LicenseRef-", "LicenseRef-a_b", "MIT++"),
        *("(" * 40 + "MIT" + ")" * 40, "MIT OR " * 400 + "MIT"),
    ],
)
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        licences.parse(text)


_SIMPLE = st.sampled_from(["MIT", "Apache-2.0", "GPL-2.0+", "LicenseRef-x", "GPL-3.0-only WITH Bison-exception-2.2"])
_COMPOUND = st.recursive(
    _SIMPLE, lambda inner: st.builds(lambda a, o, b: f"({a} {o} {b})", inner, st.sampled_from(["AND", "OR"]), inner), max_leaves=12
)


@given(_COMPOUND)
def test_what_was_put_into_shape_stays_as_it_is(text: str) -> None:
    once = licences.parse(text)
    assert licences.parse(once) == once


@pytest.fixture(scope="module")
def other() -> Any:
    return pytest.importorskip("license_expression").get_spdx_licensing()


@given(text=_COMPOUND)
def test_it_means_the_same_to_another_parser(other: Any, text: str) -> None:
    assert other.parse(licences.parse(text)).simplify() == other.parse(text).simplify()


@given(st.text(max_size=60))
def test_any_text_gives_an_expression_or_a_name_or_nothing(text: str) -> None:
    for licence in licences.written(text):
        assert bool(licence.expression) != bool(licence.name)


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("MIT License", "MIT"),
        ("The MIT License (MIT)", "MIT"),
        ("Apache 2.0", "Apache-2.0"),
        ("Apache License, Version 2.0", "Apache-2.0"),
        ("Apache-2.0 license", "Apache-2.0"),
        ("  Apache License\n   Version 2.0, January 2004\n\n   TERMS AND CONDITIONS", "Apache-2.0"),
        ("3-Clause BSD License", "BSD-3-Clause"),
        ('BSD 3-Clause "New" or "Revised" License', "BSD-3-Clause"),
        ("BSD 2-Clause License", "BSD-2-Clause"),
        ("ISC license", "ISC"),
        ("MPL 2.0", "MPL-2.0"),
        ("LGPLv3+", "LGPL-3.0-or-later"),
        ("GNU General Public License v3 or later (GPLv3+)", ""),
        ("PSFL", "PSF-2.0"),
    ],
)
def test_names_that_are_in_use_are_known(text: str, identifier: str) -> None:
    (licence,) = licences.written(text)
    assert (licence.expression, licence.declared) == (identifier, not identifier)


@pytest.mark.parametrize("text", ["BSD", "GPL", "LGPL", "BSD License", "Dual License", "SEE LICENSE IN LICENSE.txt", "UNLICENSED"])
def test_what_could_mean_several_licences_is_kept_as_a_name(text: str) -> None:
    assert licences.written(text) == (Licence("", text),)


@pytest.mark.parametrize("text", ["", "  ", "UNKNOWN", "None"])
def test_a_field_that_says_nothing_is_no_licence(text: str) -> None:
    assert licences.written(text) == ()


def test_a_whole_licence_leaves_a_short_name() -> None:
    (licence,) = licences.written("x" * 5_000 + "\nmore")
    assert len(licence.name) == 200


def test_the_expression_goes_before_the_field_and_that_before_classifiers() -> None:
    apache = ("License :: OSI Approved :: Apache Software License",)
    assert licences.declared("MIT", "ISC", apache) == (Licence("MIT"),)
    assert licences.declared("", "ISC", apache) == (Licence("ISC"),)
    assert licences.declared("", "", apache) == (Licence("Apache-2.0", declared=False),)
    assert licences.declared("", "see the file", apache) == (Licence("Apache-2.0", declared=False),)
    assert licences.declared("", "BSD", ("License :: OSI Approved :: BSD License",)) == (Licence("", "BSD"),)
    assert licences.declared("", "", ("License :: OSI Approved", "License :: OSI Approved :: BSD License")) == (
        Licence("", "BSD License", declared=False),
    )


def test_every_identifier_of_the_tables_is_one_of_spdx() -> None:
    for text in (*licences._NAMES.values(), *licences._CLASSIFIERS.values()):
        assert licences.is_identifier(text)


def test_the_list_is_that_of_the_schema() -> None:
    from gates.sbom.validation import schema

    enumerated = schema("spdx.SNAPSHOT.schema.json")["enum"]
    assert isinstance(enumerated, list)
    assert {*identifiers().values(), *exceptions().values()} == set(enumerated)
    assert not identifiers().keys() & exceptions().keys()


def test_every_classifier_is_mapped_or_has_several_meanings() -> None:
    known = pytest.importorskip("trove_classifiers").classifiers
    names = {each.removeprefix("License :: ").removeprefix("OSI Approved :: ") for each in known if each.startswith("License :: ")}
    assert set(licences._CLASSIFIERS) <= names
