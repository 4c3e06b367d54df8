"""Where the log file of a run goes whose code is in no folder of its own: that is gone after it."""

from __future__ import annotations

LOG_FOLDER = "FLOW_LOG_DIR"  # the variable that PrefectLogger reads


def log_folder(project: str) -> dict[str, str]:
    """Return the variable for the runs of a project."""
    return {LOG_FOLDER: f"~/.prefect/logs/{project}"}
