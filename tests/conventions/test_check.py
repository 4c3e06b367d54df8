"""What is read of a project, and what is said of what cannot be read."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from electra_flow.command.main import main
from electra_flow.conventions.check import check

UNREADABLE = "EF00 no-se-puede-leer"
AUTHORED: dict[str, tuple[str, bytes, str]] = {
    "syntax": ("src/roto.py", b"x = 1\ndef f(:\n", f"src/roto.py:2:7: {UNREADABLE}"),
    "indentation": ("src/roto.py", b"if x:\npass\n", f"src/roto.py:2:1: {UNREADABLE}"),
    "latin-1": ("src/viejo.py", "x = 'año'\n".encode("latin-1"), f"src/viejo.py:1:1: {UNREADABLE}"),
    "null": ("src/nulo.py", b"x = '\0'\n", f"src/nulo.py:1:1: {UNREADABLE}"),
    "nested": ("src/hondo.py", b"x = " + b"(" * 5000 + b")" * 5000, "src/hondo.py:1:"),
    "long sum": ("src/suma.py", b"x = " + b"1+" * 150 + b"1\n", ""),
    "longer sum": (
        "src/suma.py",
        b"x = " + b"1+" * 2000 + b"1\n",
        f"src/suma.py:1:1: {UNREADABLE}",
    ),
    "long chain": ("src/cadena.py", b"x = a" + b".b(c=1)" * 900 + b"\n", "src/cadena.py:1:1: EF00"),
    "bytes": ("src/bytes.py", b"def f(clave=b'Hola2024x'):\n    pass\n", "src/bytes.py:1:13: EF05"),
    "its own name": ("src/yo.py", b"a = b\nb = a\na.deploy(**a)\nopen(a)\n", ""),
    "empty": ("src/vacio.py", b"", ""),
    "byte order mark": ("src/bom.py", b"\xef\xbb\xbfx = 1\n", ""),
    "Windows": ("src/windows.py", b"x = 1\r\nprint(x)\r\n", "src/windows.py:2:1: T201"),
    "a letter before": ("src/ancho.py", "ñ = 1; print(ñ)\n".encode(), "src/ancho.py:1:8: T201"),
    "prefect.yaml": ("prefect.yaml", b"deployments: [\n", "prefect.yaml:1:1: EF10"),
    "bad toml": ("pyproject.toml", b"[tool", ""),
    "bad noqa": ("src/yo.py", b"x = '''\n# noqa: EF05\n'''\n", ""),
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "deploy.py").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("file", "content", "expected"), AUTHORED.values(), ids=AUTHORED)
def test_nothing_that_is_written_ends_in_a_traceback(
    file: str, content: bytes, expected: str, project: Path
) -> None:
    (project / file).write_bytes(content)
    found = [str(item) for item in check(project)]
    assert bool(found) == bool(expected), found
    assert not found or found[-1].startswith(expected)  # ruff may not survive one, and say so first


def test_links_hidden_folders_and_environments_are_no_files_of_the_author(project: Path) -> None:
    (project / "src" / "carpeta.py").mkdir()
    for name in (".oculta", "entorno/lib", "__pycache__"):
        (project / name).mkdir(parents=True)
        (project / name / "mal.py").write_text("clave = 'Secreta123'\n", "utf-8")
    (project / "entorno" / "pyvenv.cfg").touch()
    (project / "src" / "roto.py").symlink_to(project / "no-existe.py")
    (found,) = check(project)
    assert str(found) == f"src/roto.py:1:1: {UNREADABLE}  El archivo no está."


def test_the_conventions_are_not_for_the_tests(project: Path) -> None:
    (project / "tests").mkdir()
    (project / "tests" / "test_ventas.py").write_text(
        "CLAVE = 'Secreta123'\nprint(CLAVE)\n", "utf-8"
    )
    assert check(project) == []


def test_without_ruff_the_rest_is_checked_and_that_is_said(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("ruff.__main__.find_ruff_bin", lambda: str(project / "no-existe"))
    (project / "src" / "mal.py").write_text("clave = 'Secreta123'\n", "utf-8")
    found = [str(item) for item in check(project)]
    assert found[0].endswith("Falta ruff; ejecutá: uv sync.") and "EF05" in found[1]


def test_settings_that_ruff_cannot_read_do_not_matter(project: Path) -> None:
    (project / "ruff.toml").write_text("[lint", "utf-8")
    (project / "src" / "mal.py").write_text("print('hola')\n", "utf-8")
    assert [item.code for item in check(project)] == ["T201"]


def test_the_command_says_where_what_and_what_to_write(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(project / "src")
    text = 'from electra_flow import Project\n\nPROJECT = Project(timezone="America/Lima")\n'
    text += "import datetime\n\nHOY = datetime.date.today()\nprint(HOY)\n"
    (project / "deploy.py").write_text(text, "utf-8")
    assert main(["check"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "deploy.py:6:7: DTZ011 fecha-sin-huso  datetime.date.today da acá una fecha sin huso; usá "
        'datetime.now(ZoneInfo("America/Lima")).date().',
        "deploy.py:7:1: T201 logger  print no llega al log; usá logger_global.obtener_logger_prefect() "
        "en el flujo o la tarea.",
        "Convenciones: 2 hallazgos. Una excepción se escribe en la línea: # noqa: DTZ011 - motivo",
    ]


def test_the_command_of_a_clean_project(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    assert capsys.readouterr().out == "Convenciones: todo bien.\n"
