"""Why `dev` does not start or go on."""

from __future__ import annotations


class DevError(Exception):
    """One line in Spanish: what it is, and what would work."""
