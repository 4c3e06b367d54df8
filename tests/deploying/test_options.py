"""The command line of `deploy.py`."""

from __future__ import annotations

import pytest

from electra_flow.deploying.options import Options, read_options

USAGE = "uv run deploy.py --env prod    despliega en prod"


def read(*arguments: str, environments: tuple[str, ...] = ("dev", "prod")) -> Options:
    return read_options(arguments, environments, USAGE)


def test_without_words_it_deploys_to_dev() -> None:
    assert read() == Options(
        "dev", check=False, run=False, activate=False, dates=(), deployment=None
    )


def test_where_there_is_no_dev_the_first_environment_is_the_default() -> None:
    assert read(environments=("produccion", "otro")).environment == "produccion"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--env", "qa"],
        ["--enviar"],
        ["prod"],
        ["--check", "--run"],
        ["--check", "--activate"],
        ["--deployment", "x"],
    ],
)
def test_a_wrong_usage_shows_the_right_one_and_ends_with_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        read(*arguments)
    assert ended.value.code == 2
    said = capsys.readouterr().err.splitlines()
    assert said[0] == f"No entiendo «{' '.join(arguments)}». Así se usa:" and USAGE in said


def test_help_is_the_docstring_of_deploy_py(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        read("--help")
    assert ended.value.code == 0 and capsys.readouterr().out.strip() == USAGE
