"""Every family of secrets that is known by its own form, sorted by id."""

from __future__ import annotations

from gates.detect.families import (
    ai,
    aws,
    cloud,
    commands,
    databases,
    delivery,
    formats,
    generic,
    google_cloud,
    identity,
    keys,
    messaging,
    microsoft,
    observability,
    payments,
    saas,
    source_hosting,
)
from gates.detect.family import Family


def _id(family: Family) -> str:
    return family.id


FAMILIES: tuple[Family, ...] = tuple(
    sorted(
        (
            *ai.FAMILIES,
            *aws.FAMILIES,
            *cloud.FAMILIES,
            *commands.FAMILIES,
            *databases.FAMILIES,
            *delivery.FAMILIES,
            *formats.FAMILIES,
            *generic.FAMILIES,
            *google_cloud.FAMILIES,
            *identity.FAMILIES,
            *keys.FAMILIES,
            *messaging.FAMILIES,
            *microsoft.FAMILIES,
            *observability.FAMILIES,
            *payments.FAMILIES,
            *saas.FAMILIES,
            *source_hosting.FAMILIES,
        ),
        key=_id,
    )
)
