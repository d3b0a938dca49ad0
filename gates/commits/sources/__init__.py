"""Readers of the places that list commit types, one module for each tool."""
