"""The command line of `deploy.py`."""

from __future__ import annotations

import pytest

from electra_flow.deploying.options import Options, read_options

USAGE = "uv run deploy.py --env prod    despliega en prod"


def read(*arguments: str, environments: tuple[str, ...] = ("dev", "prod")) -> Options:
    return read_options(arguments, environments, USAGE)


def test_without_words_it_deploys_to_dev() -> None:
    assert read() == Options(
        "dev", check=False, run=False, activate=False, prune=False, dates=(), deployment=None
    )


def test_what_goes_with_deploying_goes_together() -> None:
    options = read("--run", "--activate", "--prune")
    assert options.run and options.activate and options.prune


def test_where_there_is_no_dev_the_first_environment_is_the_default() -> None:
    assert read(environments=("produccion", "otro")).environment == "produccion"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--enviar"],
        ["prod"],
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


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--check", "--run"], "--check y --run no van juntos"),
        (["--activate", "--check"], "--check y --activate no van juntos"),
        (["--activate", "--schedule", "x"], "--schedule y --activate no van juntos"),
        (["--prune", "--check"], "--check y --prune no van juntos"),
        (["--schedule", "x", "--prune"], "--schedule y --prune no van juntos"),
    ],
)
def test_what_does_not_go_together_is_said(
    capsys: pytest.CaptureFixture[str], arguments: list[str], why: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        read(*arguments)
    assert ended.value.code == 2
    assert f"No entiendo «{' '.join(arguments)}»: {why}. Así se usa:" in capsys.readouterr().err


def test_an_environment_that_is_not_there_is_named_with_those_that_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        read("--env", "prdo")
    assert ended.value.code == 2
    assert capsys.readouterr().err == "No hay un entorno «prdo» en PROJECT; hay dev, prod.\n"


def test_help_is_the_docstring_of_deploy_py(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        read("--help")
    assert ended.value.code == 0 and capsys.readouterr().out.strip() == USAGE
