"""Bodies against GitHub's OpenAPI description, and values that satisfy it."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

DESCRIPTION = Path(__file__).parent.parent / "github" / "openapi" / "github.openapi.json"
_ROOT = "urn:github"


@cache
def description() -> Any:
    return json.loads(DESCRIPTION.read_text(encoding="utf-8"))


def operation(method: str, path: str) -> tuple[str, dict[str, str]] | None:
    """The path as the description has it, and what stands for its parameters; None where there is no such operation."""
    for template, methods in description()["paths"].items():
        names = re.findall(r"\{(\w+)\}", template)
        found = re.fullmatch(re.sub(r"\\\{\w+\\\}", "([^/]+)", re.escape(template)), path)
        if found and method.lower() in methods:
            return template, dict(zip(names, found.groups(), strict=True))
    return None


def request_problems(method: str, template: str, body: object) -> list[str]:
    described = description()["paths"][template][method.lower()].get("requestBody")
    if described is None:
        return [] if body is None else ["a body where none belongs"]
    if body is None:
        return ["no body"] if described.get("required") else []
    return _problems(f"/paths/{_escaped(template)}/{method.lower()}/requestBody/content/application~1json/schema", body)


def response_problems(method: str, template: str, status: int, body: object) -> list[str]:
    responses = description()["paths"][template][method.lower()]["responses"]
    described = responses.get(str(status))
    if described is None:  # limits, outages and refusals may come from anywhere
        return _problems("/components/schemas/basic-error", body) if status >= 400 else [f"status {status} is not described"]
    pointer = f"/paths/{_escaped(template)}/{method.lower()}/responses/{status}"
    if "$ref" in described:
        pointer = described["$ref"].removeprefix("#")
    return _problems(f"{pointer}/content/application~1json/schema", body)


def filled(name: str, /, **given: object) -> dict[str, Any]:
    """An object of that schema with something in every required key, and what is given."""
    sample: dict[str, Any] = _sample({"$ref": f"#/components/schemas/{name}"})
    return {**sample, **given}


def _sample(schema: Any) -> Any:
    if "$ref" in schema:
        return _sample(description()["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if schema.get("nullable"):
        return None
    if "enum" in schema:
        return schema["enum"][0]
    for key in ("oneOf", "anyOf"):
        if key in schema:
            return _sample(schema[key][0])
    kind = schema.get("type", "object")
    if kind == "string":
        return "2026-11-20T00:00:00Z" if schema.get("format") == "date-time" else "https://example.invalid/"
    if kind != "object":
        return {"integer": 1, "number": 1, "boolean": False, "array": []}[kind]
    return {key: _sample(schema["properties"][key]) for key in schema.get("required", ())}


def _escaped(template: str) -> str:
    return template.replace("~", "~0").replace("/", "~1")


def _problems(pointer: str, body: object) -> list[str]:
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in _validator(pointer).iter_errors(body)]


@cache
def _validator(pointer: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"{_ROOT}#{pointer}"}, registry=_registry())


@cache
def _registry() -> Any:
    converted = _converted(description())
    for path in converted["paths"].values():
        for described in path.values():
            for media in described.get("requestBody", {}).get("content", {}).values():
                media["schema"] = _closed(media["schema"])
    return Registry().with_resource(_ROOT, DRAFT202012.create_resource(converted))


def _converted(value: Any) -> Any:
    """OpenAPI 3.0 says `nullable` where JSON Schema has a second type."""
    if isinstance(value, list):
        return [_converted(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("nullable") is True:
        return {"anyOf": [_converted({key: item for key, item in value.items() if key != "nullable"}), {"type": "null"}]}
    return {key: _converted(item) for key, item in value.items()}


def _closed(schema: Any) -> Any:
    """Of a request, with no keys but the described ones: a misspelt setting would protect nothing. Shared schemas are left as they are."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(item) for key, item in schema.items()}
    return {**closed, "additionalProperties": False} if isinstance(schema.get("properties"), dict) else closed
