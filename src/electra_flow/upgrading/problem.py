"""Why a project is not upgraded."""


class CannotUpgradeError(Exception):
    """Why, and what to do, in one line of Spanish."""
