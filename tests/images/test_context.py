"""What an image is built from: the files of the project at their places, and no other."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from electra_flow.images.context import place_of, write_context
from electra_flow.model.source import SourceError
from electra_flow.sources.fingerprint import parts_of
from electra_flow.sources.working_copy import WorkingCopy
from images.conftest import PLACE, WHEEL, Repository

DEPENDENCIES = {
    WHEEL,
    "comun/pyproject.toml",
    "comun/comun.py",
    f"{PLACE}/pyproject.toml",
    f"{PLACE}/uv.lock",
}
CODE = {f"{PLACE}/deploy.py", f"{PLACE}/src/ventas.py"}


def written(project: Path, into: Path, *, exported: bool = False) -> tuple[set[str], set[str]]:
    """Return what goes into both folders of a context."""
    into.mkdir()
    write_context(project, into, exported=exported, ending='ENV A="1"\n')
    dependencies, code = (
        {
            path.relative_to(into / name).as_posix()
            for path in (into / name).rglob("*")
            if not path.is_dir()
        }
        for name in ("dependencias", "codigo")
    )
    return dependencies, code


def test_the_project_lies_as_in_its_repository(repository: Repository, tmp_path: Path) -> None:
    assert written(repository.project, tmp_path / "imagen") == (DEPENDENCIES, CODE)
    assert place_of(repository.project) == PLACE


def test_the_same_of_an_export_of_its_commit(repository: Repository, tmp_path: Path) -> None:
    """Where there is no Git, and a folder may begin with a dot."""
    repository.write(".streamlit/config.toml")
    repository.commit()
    copy = WorkingCopy(repository.project, "", "")
    copy.export(tmp_path / "copia", parts_of(repository.project))
    assert not (tmp_path / "copia/produccion/otro").exists()
    found = written(tmp_path / "copia" / PLACE, tmp_path / "imagen", exported=True)
    assert found == (DEPENDENCIES, CODE | {f"{PLACE}/.streamlit/config.toml"})


def test_secrets_stay_outside_though_git_does_not_ignore_them(
    repository: Repository, tmp_path: Path
) -> None:
    (repository.top / ".gitignore").write_text("logs/\n", "utf-8")
    repository.write(".venv/bin/python")
    repository.commit()
    assert written(repository.project, tmp_path / "imagen") == (DEPENDENCIES, CODE)


def test_a_project_without_git_and_with_all_that_it_needs_inside(tmp_path: Path) -> None:
    project = tmp_path / "ventas"
    for name in ("pyproject.toml", "uv.lock", "src/a.py", ".venv/x.py", ".prefect/y", ".env"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("", "utf-8")
    found = written(project, tmp_path / "imagen")
    assert found == ({"pyproject.toml", "uv.lock"}, {"src/a.py"})
    assert place_of(project) == "."


def test_the_dockerfile_is_the_library_s_or_the_project_s(
    repository: Repository, tmp_path: Path
) -> None:
    written(repository.project, tmp_path / "imagen")
    text = (tmp_path / "imagen" / "Dockerfile").read_text("utf-8")
    assert "FROM ${BASE}" in text
    assert text.endswith('ENV PATH="/opt/venv/bin:${PATH}"\nENV A="1"\n')
    repository.write("Dockerfile", "FROM otra\r\nRUN algo")
    written(repository.project, tmp_path / "imagen-2")
    text = (tmp_path / "imagen-2" / "Dockerfile").read_text("utf-8")
    assert text == 'FROM otra\nRUN algo\nENV A="1"\n'


def test_files_are_for_everybody_and_programs_stay_programs(
    repository: Repository, tmp_path: Path
) -> None:
    repository.write("src/ventas.py").chmod(0o600)
    repository.write("bajar.sh").chmod(0o700)
    before = os.umask(0o077)
    try:
        written(repository.project, tmp_path / "imagen")
    finally:
        os.umask(before)
    project = tmp_path / "imagen" / "codigo" / PLACE
    modes = [
        (project / name).stat().st_mode & 0o777 for name in ("src", "src/ventas.py", "bajar.sh")
    ]
    assert modes == [0o755, 0o644, 0o755]


def test_a_link_stays_one_and_none_leads_out(repository: Repository, tmp_path: Path) -> None:
    (repository.project / "aca").symlink_to("src")
    repository.commit()
    written(repository.project, tmp_path / "imagen")
    assert (tmp_path / "imagen" / "codigo" / PLACE / "aca").readlink() == Path("src")
    (repository.project / "afuera").symlink_to("/etc/hostname")
    with pytest.raises(SourceError, match="afuera es un enlace a /etc/hostname, que no va en la"):
        written(repository.project, tmp_path / "imagen-2")


def test_what_is_missing_is_said(repository: Repository, tmp_path: Path) -> None:
    shutil.rmtree(repository.top / ".git")
    repository.write("Dockerfile").write_bytes(b"FROM \xff")
    with pytest.raises(
        SourceError, match="No se pudo juntar lo que va en la imagen: 'utf-8' codec"
    ):
        written(repository.project, tmp_path / "imagen")
