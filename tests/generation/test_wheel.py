"""The library's wheel: valid, the same bytes from the same source, another version from another."""

from __future__ import annotations

import base64
import csv
import email
import hashlib
import io
import os
import shutil
import sys
import tomllib
import zipfile
from typing import TYPE_CHECKING

import pytest

from electra_flow.generation.wheel import ANSWERS, PROJECT, TEMPLATE, Wheel, read_project
from harness import ROOT, TOOLS, UV, run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A small library in a template's folder."""
    package = tmp_path / "template" / "src" / "electra_flow"
    (package / "docs").mkdir(parents=True)
    (package / "logger").mkdir()
    (package / "__init__.py").write_bytes(b'"""La biblioteca."""\n')
    (package / "py.typed").write_bytes(b"")
    (package / "logger" / "__init__.py").write_bytes("# ñandú\n".encode())
    (package / "docs" / "logs.md").write_bytes(b"# Logs\n\nUno\n")
    (package / "docs" / "logo.bin").write_bytes(b"\0\r\n")
    shutil.copy(ROOT / "pyproject.toml", tmp_path / "template" / "pyproject.toml")
    (tmp_path / "template" / "cookiecutter.json").write_bytes(b"{}\n")
    (tmp_path / "template" / ANSWERS).mkdir()
    (tmp_path / "template" / ANSWERS / "__init__.py").write_bytes(b"")
    (tmp_path / "template" / PROJECT / ".github").mkdir(parents=True)
    (tmp_path / "template" / PROJECT / ".github" / "x.yml").write_bytes(b"on: push\n")
    return tmp_path / "template"


def made(template: Path) -> Wheel:
    return Wheel(str(template), read_project(str(template)))


def archive(wheel: Wheel) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(wheel.content))


def test_it_is_an_archive_of_what_the_package_holds(template: Path) -> None:
    wheel = made(template)
    with archive(wheel) as opened:
        assert opened.testzip() is None
        assert opened.read("electra_flow/logger/__init__.py") == "# ñandú\n".encode()
        assert opened.read("electra_flow/py.typed") == b""
        assert {entry.compress_type for entry in opened.infolist()} == {zipfile.ZIP_STORED}
        assert {entry.external_attr >> 16 for entry in opened.infolist()} == {0o100644}


def test_it_carries_what_a_project_is_rendered_from(template: Path) -> None:
    with archive(made(template)) as opened, opened.open(TEMPLATE) as inner:
        files = zipfile.ZipFile(io.BytesIO(inner.read()))
    assert files.namelist() == [
        "cookiecutter.json",
        "electra_answers/__init__.py",
        "{{cookiecutter.project_slug}}/.github/x.yml",
    ]


def test_its_record_names_every_file_with_its_checksum(template: Path) -> None:
    with archive(made(template)) as opened:
        (record,) = (name for name in opened.namelist() if name.endswith("/RECORD"))
        rows = list(csv.reader(opened.read(record).decode().splitlines()))
        assert [row[0] for row in rows] == opened.namelist()
        for name, checksum, size in rows[:-1]:
            content = opened.read(name)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode()
            assert (checksum, int(size)) == (f"sha256={digest.rstrip('=')}", len(content))
        assert rows[-1] == [record, "", ""]


def test_its_metadata_is_that_of_the_template_s_pyproject(template: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wheel = made(template)
    info = f"electra_flow-{wheel.version}.dist-info"
    with archive(wheel) as opened:
        metadata = email.message_from_bytes(opened.read(f"{info}/METADATA"))
        entry_points = opened.read(f"{info}/entry_points.txt").decode()
    assert metadata["Name"] == "electra-flow"
    assert metadata["Version"] == wheel.version
    assert metadata["Requires-Python"] == project["requires-python"]
    extras = project["optional-dependencies"]
    extra = [f"{wanted} ; extra == '{name}'" for name in extras for wanted in extras[name]]
    assert metadata.get_all("Requires-Dist") == project["dependencies"] + extra
    assert metadata.get_all("Provides-Extra") == list(extras)
    assert "electra-flow = electra_flow.command.main:main" in entry_points
    assert "electra_flow = electra_flow.testing.plugin" in entry_points


def test_its_name_says_its_version(template: Path) -> None:
    wheel = made(template)
    base, _, local = wheel.version.partition("+s")
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert base == version and len(local) == 10
    assert wheel.name == f"electra_flow-{wheel.version}-py3-none-any.whl"


def test_the_same_source_gives_the_same_bytes_anywhere(template: Path, tmp_path: Path) -> None:
    """In another folder, later, checked out by Git for Windows, with what Python and editors leave."""
    copy = tmp_path / "otra carpeta ñ"
    shutil.copytree(template, copy)
    package = copy / "src" / "electra_flow"
    texts = [path for path in copy.rglob("*") if path.suffix in (".py", ".md", ".toml", ".yml")]
    for path in texts:
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
        os.utime(path, (1_000_000_000, 1_000_000_000))
        path.chmod(0o755)
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "x.cpython-311.pyc").write_bytes(b"x")
    (package / "logger" / "x.pyc").write_bytes(b"x")
    (package / ".DS_Store").write_bytes(b"x")
    (package / "docs" / "logs.md~").write_bytes(b"x")
    (package / "vacía").mkdir()
    assert made(copy).content == made(template).content


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("src/electra_flow/__init__.py", "La", "Una"),
        ("src/electra_flow/docs/logs.md", "Uno", "Dos"),
        ("src/electra_flow/nuevo.py", "", ""),
        (f"{PROJECT}/.github/x.yml", "push", "pull_request"),
        ("cookiecutter.json", "{}", "{} "),
        ("electra_answers/__init__.py", "", "x = 1"),
        ("pyproject.toml", '"tzdata"', '"tzdata>=2025"'),
        ("pyproject.toml", "prefect-email>=0.4.3", "prefect-email>=0.4.4"),
        ("pyproject.toml", "testing.plugin", "testing.otro"),
    ],
)
def test_another_source_is_another_version(template: Path, file: str, old: str, new: str) -> None:
    before = made(template).version
    path = template / file
    text = path.read_text("utf-8") if path.exists() else ""
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    assert made(template).version != before


def test_moving_a_file_is_another_version(template: Path) -> None:
    before = made(template).version
    docs = template / "src" / "electra_flow" / "docs"
    (docs / "logs.md").rename(docs / "otro.md")
    assert made(template).version != before


def test_the_template_s_own_tools_are_no_part_of_the_version(template: Path) -> None:
    before = made(template).version
    path = template / "pyproject.toml"
    text = path.read_text("utf-8")
    assert "ruff==" in text
    path.write_text(text.replace("ruff==", "ruff>="), "utf-8")
    assert made(template).version == before


def test_the_hook_makes_it_without_what_takes_long_to_import() -> None:
    code = (
        "import sys; from electra_flow.generation.wheel import Wheel; Wheel(sys.argv[1], PROJECT);"
        "slow = {'re', 'zipfile', 'pathlib', 'subprocess', 'tomllib', 'typing', 'prefect'};"
        "print(slow & set(sys.modules))"
    ).replace("PROJECT", repr(read_project(str(ROOT))))
    command = (sys.executable, "-S", "-c", code, ROOT)
    done = run(*command, cwd=ROOT, env={"PYTHONPATH": str(ROOT / "src"), "PYTHONUTF8": "1"})
    assert done.lines == ["set()"]


@pytest.mark.real
def test_the_build_backend_puts_the_same_files_into_its_wheel(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    build = (UV, "build", "--quiet", "--wheel", "--out-dir", tmp_path, ROOT)
    env = environment | {"PATH": f"{TOOLS}{os.pathsep}{environment['PATH']}"}
    done = run(*build, cwd=tmp_path, env=env)
    assert done.code == 0, done.output
    (built,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(built) as theirs, archive(made(ROOT)) as ours:
        names = {name for name in theirs.namelist() if not name.endswith("/")}
        assert {n for n in names if ".dist-info/" not in n} == {
            n for n in ours.namelist() if ".dist-info/" not in n and n != TEMPLATE
        }
