"""Answers are data: how each one is checked, and how it is quoted in each format.

cookiecutter loads `Answers` as a Jinja extension (`_extensions` in cookiecutter.json), the only
place where a template can refuse an answer right after it was given, in one line and without a
traceback: every question is followed by a private variable that runs `check` on it.

cruft renders two versions of the template in one process and imports this package only once. So
the filters are frozen (add, never change or remove), a question that is not known here passes
unchecked, and a version that needs more than that has to rename this package.
"""

from __future__ import annotations

import logging

from electra_answers.extension import Answers

__all__ = ["Answers"]


def _keep_quiet(record: logging.LogRecord) -> bool:
    """Drop what cookiecutter logs of a hook that failed: a traceback of its own code.

    The hook has said in its own words why nothing was generated.
    """
    return False


logging.getLogger("cookiecutter.hooks").addFilter(_keep_quiet)
