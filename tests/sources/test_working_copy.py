"""Whether this folder is what its commit is, and the commit published: with real repositories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from electra_flow.model.source import SourceError
from electra_flow.sources.working_copy import WorkingCopy

if TYPE_CHECKING:
    from pathlib import Path

    from sources.conftest import Clone

URL = "https://github.com/electra/ProyectosPython.git"
FILES = ["src/deuda.py", "pyproject.toml", "uv.lock"]
PUSH = f"«git remote add origin {URL}» y «git push origin HEAD:main»"


def copy_of(clone: Clone, branch: str = "main") -> WorkingCopy:
    return WorkingCopy(clone.project, URL, branch)


def said(clone: Clone, files: list[str] = FILES) -> list[str]:
    return [str(finding) for finding in copy_of(clone).check(files)]


def test_a_project_whose_files_are_in_the_commit_is_as_it_should_be(clone: Clone) -> None:
    copy = copy_of(clone)
    assert list(copy.check(FILES)) == []
    assert copy.prefix == "produccion/área de cobros/deuda/"
    assert copy.commit == clone.git("rev-parse", "HEAD")


def test_the_repository_may_be_the_project_itself(clone: Clone) -> None:
    (clone.project / ".git").mkdir()
    (clone.top / ".git").rename(clone.project / ".git")
    copy = copy_of(clone)
    assert copy.prefix == ""
    with pytest.raises(SourceError, match="Hay cambios sin commit"):
        list(copy.check(FILES))


def test_changes_without_a_commit_are_named(clone: Clone) -> None:
    clone.write("src/deuda.py", "SALUDO = 'Chau'\n")
    clone.write("src/nuevo.py", "")
    clone.git("mv", f"{clone.project}/deploy.py", f"{clone.project}/de otro modo.py")
    with pytest.raises(SourceError) as problem:
        said(clone)
    assert str(problem.value) == (
        "Hay cambios sin commit (de otro modo.py, deploy.py, src/deuda.py y 1 más): «git add .», "
        f"«git commit» y {PUSH}."
    )


def test_a_change_elsewhere_in_the_monorepo_is_nobody_s_business(clone: Clone) -> None:
    (clone.top / "otro.txt").write_text("Otro", "utf-8")
    assert said(clone) == []


def test_each_file_that_git_ignores_is_named(clone: Clone) -> None:
    clone.git(
        "rm", "--quiet", "--cached", f"{clone.project}/src/deuda.py", "--", ":(glob)**/uv.lock"
    )
    (clone.project / "uv.lock").unlink()
    (clone.top / ".gitignore").write_text("deuda.py\n", "utf-8")
    clone.commit()
    add = "«git add --force {0}», «git commit» y " + PUSH
    assert said(clone, ["src/deuda.py", "src/no está.py", "uv.lock"]) == [
        f"error  src/deuda.py no está en el commit: {add.format('src/deuda.py')}.",
        "error  src/no está.py no está en el commit: "
        f"{add.format(chr(34) + 'src/no está.py' + chr(34))}.",
        f"error  uv.lock no está en el commit: «uv lock», {add.format('uv.lock')}.",
    ]


def test_outside_of_any_repository_it_says_where_to_go(clone: Clone) -> None:
    (clone.top / ".git").rename(clone.top / "git")
    with pytest.raises(SourceError, match=rf"no está en un repositorio .* tu clon de {URL}"):
        said(clone)


def test_without_a_commit_it_says_how_to_make_one(tmp_path: Path, clone: Clone) -> None:
    clone.git("update-ref", "-d", "HEAD")
    with pytest.raises(SourceError) as problem:
        said(clone)
    assert str(problem.value) == f"No hay ningún commit: «git add .», «git commit» y {PUSH}."
    with pytest.raises(SourceError, match="No hay ningún commit"):
        copy_of(clone).export(tmp_path)


def test_what_a_worker_does_not_fetch_is_told(clone: Clone) -> None:
    clone.write(".gitattributes", "*.bin filter=lfs\n")
    clone.write("src/grande.bin", "un puntero\n")
    clone.write("src/común/x", "")
    place = "produccion/área de cobros/deuda/src/común"
    (clone.project / "src" / "común" / "x").unlink()
    link = f"160000,{clone.git('rev-parse', 'HEAD')},{place}"
    clone.git("update-index", "--add", "--cacheinfo", link)
    clone.commit()
    assert said(clone) == [
        f"aviso  src/{what}, que el worker no baja: no lo va a tener."
        for what in ("común está un submódulo", "grande.bin está en Git LFS")
    ]


# --- Published --------------------------------------------------------------------------------------


def published(clone: Clone, tip: str, *, follows_branch: bool) -> list[str]:
    found = copy_of(clone).check_published(tip, follows_branch=follows_branch)
    return [str(finding) for finding in found]


@pytest.mark.parametrize("follows_branch", [True, False])
def test_a_commit_that_is_not_in_the_branch_is_refused(clone: Clone, follows_branch: bool) -> None:
    pushed = clone.git("rev-parse", "HEAD")
    commit = clone.commit()
    clone.git("remote", "add", "origin", "https://github.com/ana/ProyectosPython.git")
    for name, remote in (("electra", "ssh://git@github.com/Electra/ProyectosPython"), (URL, "")):
        if remote:
            clone.git("remote", "add", name, remote)
        assert published(clone, pushed, follows_branch=follows_branch) == [
            f"error  El commit {commit[:12]} no está en la rama main de {URL}: "
            f"«git push {name} HEAD:main»."
        ]
        if remote:
            clone.git("remote", "remove", name)


def test_newer_changes_are_refused_where_runs_follow_the_branch(clone: Clone) -> None:
    commit = clone.git("rev-parse", "HEAD")
    (clone.top / "otro.txt").write_text("Otro", "utf-8")
    elsewhere = clone.commit()
    clone.write("src/deuda.py", "SALUDO = 'Chau'\n")
    newer = clone.commit()
    clone.git("reset", "--quiet", "--hard", commit)
    good = f"bien   Commit {commit[:12]}, en la rama main de {URL}."
    assert published(clone, commit, follows_branch=True) == [good]
    assert published(clone, elsewhere, follows_branch=True) == [good]
    (refused,) = published(clone, newer, follows_branch=True)
    assert "hay cambios de este proyecto que no están acá" in refused
    assert refused.endswith(f"«git pull {URL} main».")
    assert published(clone, newer, follows_branch=False) == [
        good,
        f"aviso  En la rama main de {URL} hay cambios más nuevos de este proyecto.",
    ]


def test_it_knows_the_commits_of_this_clone(clone: Clone) -> None:
    assert copy_of(clone).knows(clone.git("rev-parse", "HEAD"))
    assert not copy_of(clone).knows("1" * 40)


# --- Export -----------------------------------------------------------------------------------------


def test_the_export_is_the_project_s_part_of_the_commit(clone: Clone, tmp_path: Path) -> None:
    """Neither what is not in the commit, nor the rest of the repository; the index stays."""
    clone.write("src/deuda.py", "SALUDO = 'Chau'\n")
    clone.git("add", "--all")
    clone.write("src/aparte.py", "")
    before = clone.git("status", "--porcelain")
    folder = tmp_path / "copia"
    folder.mkdir()
    copy = copy_of(clone)
    copy.export(folder)
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    names = ("deploy.py", "src/deuda.py", "pyproject.toml", "uv.lock", ".gitignore")
    assert files == {f"{copy.prefix}{name}" for name in names}
    assert "Hola" in (folder / copy.prefix / "src" / "deuda.py").read_text("utf-8")
    assert clone.git("status", "--porcelain") == before


def test_the_export_leaves_lfs_pointers_as_a_worker_does(
    clone: Clone, tmp_path: Path, home: Path
) -> None:
    with (home / ".gitconfig").open("a", encoding="utf-8") as config:
        config.write(
            '[filter "lfs"]\nrequired\nclean = cat\n'
            'smudge = "test \\"$GIT_LFS_SKIP_SMUDGE\\" = 1 && cat"\n'
        )
    clone.write(".gitattributes", "*.bin filter=lfs\n")
    clone.write("grande.bin", "un puntero\n")
    clone.commit()
    copy = copy_of(clone)
    copy.export(tmp_path / "copia")
    assert (tmp_path / "copia" / copy.prefix / "grande.bin").read_text("utf-8") == "un puntero\n"


def test_a_hook_of_another_repository_does_not_lead_astray(
    clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "otro"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "otro" / "index"))
    assert said(clone) == []
