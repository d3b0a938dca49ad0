"""Compose files as `docker compose` reads them."""
