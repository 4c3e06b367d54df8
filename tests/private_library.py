"""The private library of `prefect_logger=consulterscommons`, played.

A package in a Git repository of this machine, with the interface that flows rely on and a file of
its own.
"""

from __future__ import annotations

import os
import re
import shlex
from typing import TYPE_CHECKING

from electra_flow.command.docs import PAGES
from harness import SYSTEM_PATH, TOOLS, UV, Project, git, run

if TYPE_CHECKING:
    from pathlib import Path

    from harness import Result

ADDRESS = "https://github.com/Technological-Consulters/consulterscommons.git"

LIBRARY = """
import logging
from pathlib import Path


class PrefectLogger:
    def __init__(self, script_path, log_path=None, when="D", interval=30, backup_count=12,
                 encoding="utf-8"):
        script = Path(script_path)
        self.path = Path(log_path or script.parent / "logs" / f"{script.stem}.log")

    def obtener_logger_prefect(self):
        from prefect import get_run_logger

        logger = get_run_logger()
        self.path.parent.mkdir(exist_ok=True)
        if not any(isinstance(own, logging.FileHandler) for own in logger.logger.handlers):
            handler = logging.FileHandler(self.path, encoding="utf-8")
            logger.logger.addHandler(handler)
        return logger

    def cambiar_rotfile_handler_params(self, log_path=None, when=None, interval=None,
                                       backup_count=None, encoding=None):
        return self.obtener_logger_prefect()


class RemoveSpecificLogs(logging.Filter):
    def filter(self, record):
        return "Created task run" not in str(record.msg) and "ruido" not in str(record.msg)


class RemoveUnicodeErrorLogs(logging.Filter):
    def filter(self, record):
        return "UnicodeDecodeError" not in str(record.msg)
"""


def make_library(folder: Path, env: dict[str, str]) -> str:
    """Write the played library into a repository, and return its address."""
    package = folder / "consulterscommons"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "log_tools.py").write_text(LIBRARY, "utf-8")
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "consulterscommons"\nversion = "0.1.0"\n'
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n',
        "utf-8",
    )
    for command in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "uno")):
        assert git(*command, cwd=folder, env=env).code == 0
    return folder.as_uri()


def private_project(path: Path, address: str, environment: dict[str, str]) -> Project:
    """Point a generated project at the library's address, for an author who has uv."""
    pyproject = path / "pyproject.toml"
    pyproject.write_text(pyproject.read_text("utf-8").replace(ADDRESS, address), "utf-8")
    env = environment | {"PATH": f"{TOOLS}{os.pathsep}{SYSTEM_PATH}"}
    return Project(path, path / ".venv" / "bin" / "python", env)


def uv(project: Project, *arguments: str, **env: str) -> Result:
    return run(UV, *arguments, cwd=project.path, env=project.env | env)


def give_access(project: Project, address: str) -> None:
    """Do what the page `logs` says, once, by someone who can read the library's repository."""
    project.edit("pyproject.toml", 'exclude-dependencies = ["consulterscommons"]\n', "")
    page = (PAGES / "logs.md").read_text("utf-8").replace(ADDRESS, address)
    from_folder, from_git = re.findall(r"^```\nuv (sync|add .*)\n```$", page, re.M)
    somewhere_from_git = "GitSource(" in (project.path / "deploy.py").read_text("utf-8")
    result = uv(project, *shlex.split(from_git if somewhere_from_git else from_folder))
    assert result.code == 0, result.output
