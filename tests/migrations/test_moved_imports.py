"""The author's own modules and tests import from the library what moved there."""

from __future__ import annotations

import pytest

from migrations.moved_imports import MODULES, left_behind, rewrite_imports
from migrations.problem import CannotThinError


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("from prefect_logger import PrefectLogger", "from electra_flow import PrefectLogger"),
        (
            "from prefect_logger import PrefectLogger as Log",
            "from electra_flow import PrefectLogger as Log",
        ),
        ("from run_info import run_info  # eso", "from electra_flow import run_info  # eso"),
        ("import run_info", "from electra_flow.logger import run_info"),
        ("import run_info as info", "from electra_flow.logger import run_info as info"),
        ("import os, run_info", "import os\nfrom electra_flow.logger import run_info"),
        (
            "from report_data import Outcome, Run",
            "from electra_flow.report.data import Outcome, Run",
        ),
        ("import report_mail", "from electra_flow.report import mail as report_mail"),
        ("from run_reader import read_runs", "from electra_flow.report.reader import read_runs"),
        ("from src.run_info import run_info", "from electra_flow import run_info"),
        ("from deployment.model import Watchdog", "from electra_flow import Watchdog"),
        ("from ventas_api import pedir", "from ventas_api import pedir"),
        ("from . import run_info", "from . import run_info"),
    ],
)
def test_an_import(line: str, becomes: str) -> None:
    text = '"""Lo mío: ñandú."""\n{}\n\n\ndef f():\n    {}\n'
    indented = becomes.replace("\n", "\n    ")
    assert rewrite_imports(text.format(line, line), "src/a.py", ()) == text.format(
        becomes, indented
    )


@pytest.mark.parametrize("module", MODULES)
def test_a_module_that_stays_is_imported_as_before(module: str) -> None:
    text = f"import {module}\nfrom {module} import cosa\n"
    assert rewrite_imports(text, "src/a.py", {module}) == text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "from prefect_logger import mi_formato",
            "src/a.py:2: importa mi_formato de prefect_logger",
        ),
        (
            "from deployment.dates import read_dates",
            "src/a.py:2: importa read_dates de deployment.dates",
        ),
        ("import src.run_info", "src/a.py:2: importa src.run_info; escribilo"),
        ("import conventions", "src/a.py:2: importa conventions"),
        ("def f(:", "src/a.py:2: no es Python válido"),
    ],
)
def test_what_the_library_does_not_have_is_refused(line: str, said: str) -> None:
    with pytest.raises(CannotThinError, match=said.replace("(", r"\(")):
        rewrite_imports(f"import os\n{line}\n", "src/a.py", ())


def test_what_no_import_shows_is_named() -> None:
    text = 'parche("run_info.PROJECT", 1)\nx = deploy.PROJECT.pools["dev"]\ny = PROJECT.timezone\n'
    first, second = left_behind(text, "tests/test_a.py")
    assert first.startswith("tests/test_a.py:1: nombra «run_info.PROJECT»")
    assert second.startswith("tests/test_a.py:2: usa PROJECT.pools")
