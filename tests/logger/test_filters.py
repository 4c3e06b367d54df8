"""The filters for a logging YAML of one's own, which Prefect reads while it is being imported."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from electra_flow import RemoveSpecificLogs, RemoveUnicodeErrorLogs

YAML = """
version: 1
disable_existing_loggers: False
filters:
  specific:
    (): electra_flow.RemoveSpecificLogs
handlers:
  console: {class: logging.StreamHandler, filters: [specific], stream: "ext://sys.stdout"}
root: {level: INFO, handlers: [console]}
"""


@pytest.mark.parametrize(
    ("text", "stays"),
    [("Created task run 'x'", False), ("Finished in state Completed()", False), ("hola", True)],
)
def test_lines_of_routine_are_removed(text: str, stays: bool) -> None:
    assert RemoveSpecificLogs().filter(logging.makeLogRecord({"msg": text})) is stays


def test_the_notice_of_a_line_that_is_no_utf_8_is_removed() -> None:
    text = "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xe9"
    assert not RemoveUnicodeErrorLogs().filter(logging.makeLogRecord({"msg": text}))
    assert RemoveUnicodeErrorLogs().filter(logging.makeLogRecord({"msg": "hola"}))


@pytest.mark.real
@pytest.mark.parametrize("first", ["electra_flow import PrefectLogger", "prefect import flow"])
def test_prefect_finds_them_whichever_is_imported_first(tmp_path: Path, first: str) -> None:
    (tmp_path / "logging.yml").write_text(YAML, "utf-8")
    code = f"from {first}\nimport prefect.main, logging\n"
    code += "logging.getLogger('x').info('Executing'); logging.getLogger('x').info('hola')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PREFECT_LOGGING_SETTINGS_PATH": str(tmp_path / "logging.yml")},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "hola\n"), done.stderr
