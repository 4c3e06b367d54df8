"""What becomes of each file of a project; nothing is written here."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from electra_flow.upgrading.text_merge import merge_hooks, merge_readme, merge_text
from electra_flow.upgrading.toml_merge import merge_toml
from migrations.deploy_file import Generated, thin_deploy
from migrations.moved_imports import MODULES, left_behind, rewrite_imports
from migrations.problem import CannotThinError
from migrations.tidy import tidy
from migrations.versions import Versions

DEPLOY, PYPROJECT = "deploy.py", "pyproject.toml"
# Modules that become the author's own where they were edited: each does one thing, and no more.
_REPORT = {
    f"src/{name}.py" for name in MODULES if name.startswith("report_") or name == "run_reader"
}
# Tests of the author's flow and deployments, in a file that is no longer generated.
_FLOW_TESTS = {"tests/test_report_deployments.py"}
_OWN_MERGES: dict[str, Callable[[str, str, str], str | None]] = {
    ".pre-commit-config.yaml": merge_hooks,
    "README.md": merge_readme,
}


@dataclass
class Plan:
    """What is to be written, and what is to be said.

    Attributes:
        writes: The new text of each file; None if it goes.
        rewritten: The author's files that change, by path in the project.
        gone: The files that the library has now.
        decisions: What is left to the author, a line each, in Spanish.
    """

    writes: dict[Path, str | None] = field(default_factory=dict)
    rewritten: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    decisions: list[str] = field(default_factory=list)


def make_plan(versions: Versions) -> Plan:
    """Decide what becomes of each file.

    Raises:
        CannotThinError: Something cannot be rewritten for certain.
    """
    plan, ours = Plan(), versions.ours
    staying = _staying(versions)
    as_generated = _flow_is_as_generated(versions) and not staying
    own_modules = {name for name in ours if name.startswith("src/") and name not in versions.base}
    modules = {Path(name).stem for name in staying | own_modules}
    for name in sorted({*ours, *versions.base, *versions.theirs} - {"uv.lock"}):
        base, own, new = (part.get(name) for part in (versions.base, ours, versions.theirs))
        if own is None:
            if base is None and new is not None:
                _write(plan, versions, name, new)
        elif name == DEPLOY:
            assert base and new
            _deploy(plan, versions, own, base, new)
        elif name == PYPROJECT:
            assert base and new
            _pyproject(plan, versions, own, base, new)
        elif base is not None and new is None and (as_generated or name not in _FLOW_TESTS):
            _machinery(plan, versions, name, edited=own != base, staying=staying)
            if versions.path(name) not in plan.writes:
                _imports(plan, versions, name, own, modules)
        elif name.endswith(".py") and (base is None or not as_generated):
            if base is None and new is not None and new != own:
                _beside(plan, versions, name, new)
            _imports(plan, versions, name, own, modules)
        elif base is not None and new is not None:
            _merge(plan, versions, name, base, own, new)
    return plan


def _staying(versions: Versions) -> set[str]:
    """Return the modules of the report that their author edited, which stay."""
    both = _REPORT & set(versions.ours) & set(versions.base)
    return {name for name in both if versions.ours[name] != versions.base[name]}


def _flow_is_as_generated(versions: Versions) -> bool:
    """Tell whether the flow and its tests are: they change together."""
    both = {name for name in versions.base if name.endswith(".py") and name in versions.theirs}
    both |= _FLOW_TESTS & set(versions.base)
    return all(versions.ours.get(name) == versions.base[name] for name in both - {DEPLOY})


def _machinery(
    plan: Plan, versions: Versions, name: str, *, edited: bool, staying: Collection[str]
) -> None:
    """Decide about a file that the library has now."""
    if name in staying:
        plan.decisions.append(f"{name} está editado: queda, y el informe lo sigue usando.")
    elif name.replace("tests/test_", "src/") in staying:
        pass  # its test
    elif not edited:
        plan.writes[versions.path(name)] = None
        plan.gone.append(name)
    elif name == "tests/conftest.py":
        plan.decisions.append(
            f"{name} está editado: queda. sin_prefect y servidor vienen ahora con la biblioteca: "
            "borralos de ahí, si no son tuyos."
        )
    elif name.endswith(".py"):
        aside = f"{name}.viejo"
        plan.writes[versions.path(name)] = None
        plan.writes[versions.path(aside)] = versions.ours[name]
        what = "la biblioteca no hace lo que le cambiaste: fijate si hace falta"
        if name.startswith("tests/"):
            what = "las pruebas que sean tuyas, pasalas a otro archivo"
        plan.decisions.append(f"{name} está editado: quedó en {aside}; {what}, y borralo.")
    else:
        plan.decisions.append(f"{name} está editado: queda; lo generado está en electra-flow docs.")


def _deploy(plan: Plan, versions: Versions, own: str, base: str, new: str) -> None:
    generated = Generated(base, new, f"~/.prefect/logs/{versions.folder.name}")
    _rewrite(plan, versions, DEPLOY, own, thin_deploy(own, generated))


def _pyproject(plan: Plan, versions: Versions, own: str, base: str, new: str) -> None:
    merged = merge_toml(base, own, new)
    if merged is None:
        raise CannotThinError(
            f"{PYPROJECT}: no se pudo juntar con el nuevo; dejá cada tabla escrita una vez, con su "
            "encabezado, y cada lista con un elemento por línea."
        )
    text, both = merged
    plan.decisions += [
        f"{PYPROJECT}: {key} quedó con tu valor; la plantilla lo cambió." for key in both
    ]
    _rewrite(plan, versions, PYPROJECT, own, text)


def _imports(plan: Plan, versions: Versions, name: str, own: str, staying: Collection[str]) -> None:
    if name.endswith(".py"):
        text = rewrite_imports(own, name, staying)
        plan.decisions += left_behind(text, name)
        _rewrite(plan, versions, name, own, text)


def _merge(plan: Plan, versions: Versions, name: str, base: str, own: str, new: str) -> None:
    merged = _OWN_MERGES.get(name, merge_text)(base, own, new)
    if merged is None:
        _beside(plan, versions, name, new)
    else:
        _write(plan, versions, name, merged)


def _beside(plan: Plan, versions: Versions, name: str, new: str) -> None:
    plan.writes[versions.path(f"{name}.nuevo")] = new
    plan.decisions.append(
        f"{name} es como lo dejaste; el nuevo quedó en {name}.nuevo: pasale lo tuyo y dejá uno solo."
    )


def _rewrite(plan: Plan, versions: Versions, name: str, own: str, text: str) -> None:
    if text != own:
        path = versions.path(name)
        _write(plan, versions, name, tidy(own, text, path) if name.endswith(".py") else text)


def _write(plan: Plan, versions: Versions, name: str, text: str) -> None:
    if versions.ours.get(name) != text:
        plan.writes[versions.path(name)] = text
        plan.rewritten.append(name)
