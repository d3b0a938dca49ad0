"""The list of what a release is made of, as CycloneDX (https://cyclonedx.org/docs/1.6/json/)."""
