"""The conventions: what is caught in a project, what is not, and by which tool.

`tests/conventions/*.md` hold the examples, one file for each rule. A line of an example that ends
with `# <- EF01` is where that finding has to be; everywhere else there must be none. `tests/samples/`
are flows as the team writes them.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING, NamedTuple

import pytest

from electra_flow.conventions.check import check
from harness import ROOT, TOOLS, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness import Generated, Project

EXAMPLES = ROOT / "tests" / "conventions"
SAMPLES = ROOT / "tests" / "samples"
EXPECTED = re.compile(r"\s*# <- ((?:[A-Z]+\d+ ?)+)$")


class Example(NamedTuple):
    """Some files, and the findings that they have to give."""

    name: str
    caught: bool
    github: bool
    files: dict[str, str]
    expected: set[tuple[str, int, str]]


def read_examples() -> Iterator[Example]:
    for path in sorted(EXAMPLES.glob("*.md")):
        _, *sections = re.split(r"^## ", path.read_text("utf-8"), flags=re.M)
        for section in sections:
            kind, *examples = re.split(r"^### ", section, flags=re.M)
            for text in examples:
                title, _, body = text.partition("\n")
                name = f"{path.stem}: {kind.strip().lower()}: {title.removesuffix(' (github)')}"
                files, expected = {}, set()
                for file, code in re.findall(r"^```\w+ ?(\S*)\n(.*?)^```", body, re.M | re.S):
                    file = file or "src/ejemplo.py"
                    lines = code.splitlines()
                    for number, line in enumerate(lines, 1):
                        if match := EXPECTED.search(line):
                            expected |= {(file, number, rule) for rule in match[1].split()}
                            lines[number - 1] = line[: match.start()]
                    files[file] = "\n".join(lines) + "\n"
                github = title.endswith("(github)")
                yield Example(name, kind.startswith("Caught"), github, files, expected)


ALL = list(read_examples())


@pytest.fixture(scope="session")
def plain(
    tmp_path_factory: pytest.TempPathFactory, generate: Callable[..., Generated]
) -> Generated:
    """A generated project, to take the settings from."""
    return generate(tmp_path_factory.mktemp("plain"), server_check="skip")


# What makes a project one that runs from Git.
FROM_GITHUB = """from electra_flow import GitSource

CODIGO = GitSource(__file__, url="https://git.example/flujos.git", credentials_block="token")
"""


@pytest.fixture(scope="session")
def folders(plain: Generated, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """All the examples, each in a project of its own with the generated settings."""
    top = tmp_path_factory.mktemp("examples")
    settings = (plain.path / "pyproject.toml").read_text("utf-8")
    folders = {}
    for number, example in enumerate(ALL):
        folder = folders[example.name] = top / str(number)
        own = {"pyproject.toml": settings} | ({"deploy.py": FROM_GITHUB} if example.github else {})
        for file, text in (own | example.files).items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text, "utf-8")
    return folders


@pytest.mark.parametrize("example", ALL, ids=[example.name for example in ALL])
def test_example(
    example: Example,
    folders: dict[str, Path],
) -> None:
    folder = folders[example.name]
    assert bool(example.expected) == example.caught, "the example is in the wrong section"
    found = {(item.path, item.line, item.code) for item in check(folder)}
    assert found == example.expected


@pytest.mark.parametrize("number", range(11))
def test_each_rule_has_evasions_and_as_many_honest_examples(number: int) -> None:
    of_rule = [example for example in ALL if example.name.startswith(f"{number:02}-")]
    caught = sum(example.caught for example in of_rule)
    assert caught >= 6
    assert len(of_rule) - caught >= caught


def test_names_of_examples_are_unique() -> None:
    assert len({example.name for example in ALL}) == len(ALL)


# --- Whole projects -----------------------------------------------------------------------------

VARIANTS: dict[str, dict[str, str]] = {
    "default": {},
    "github": {"source": "github", "secrets": "token-api"},
    "secrets": {"secrets": "token-api, clave-sql, a--b"},
    "title": {
        "project_name": "Costos de producción",
        "description": "Clave: «postgresql://ana:clave@base» no, {nada} de UTC",
    },
    "named prod": {"project_slug": "ventas-prod"},
    "named dev": {"project_slug": "dev"},
    "pools": {"pool_dev": "Pruebas", "pool_prod": "Electra producción"},
    "both words in a pool": {"pool_dev": "prod-dev", "pool_prod": "prod"},
    "zone": {"timezone": "America/Lima"},
    "cron": {
        "cron": "0,5,10,15,20,25,30,35,40,45,50,55 0,1,2,3,4,5,6,7 1,15 jan,feb,mar,apr mon-fri"
    },
} | {
    f"{kind}-{source}-{logger}": {
        "flow_kind": kind,
        "source": source,
        "prefect_logger": logger,
        "secrets": "token-api",
    }
    for kind in ("basic", "subflows", "monitoring")
    for source in ("local", "github")
    for logger in ("bundled", "consulterscommons")
}


@pytest.mark.parametrize("answers", VARIANTS.values(), ids=VARIANTS)
def test_nothing_is_found_in_a_generated_project(
    answers: dict[str, str],
    tmp_path: Path,
    generate: Callable[..., Generated],
) -> None:
    generated = generate(tmp_path, server_check="skip", **answers)
    assert generated.code == 0, generated.output
    (project,) = tmp_path.iterdir()
    assert check(project) == []


def samples(folder: Path, plain: Generated, source: str) -> None:
    """Make a project of the sample flows."""
    settings = (plain.path / "pyproject.toml").read_text("utf-8")
    libraries = "pandas httpx openpyxl paramiko prefect-email pydantic pyodbc".split()
    libraries += "anyio pydantic-settings selenium sqlalchemy".split()
    declared = "".join(f'"{name}", ' for name in libraries)
    settings = settings.replace("dependencies = [", f"dependencies = [{declared}", 1)
    (folder / "pyproject.toml").write_text(settings, "utf-8")
    shutil.copytree(SAMPLES, folder / "src")
    if source == "github":
        (folder / "deploy.py").write_text(FROM_GITHUB, "utf-8")


@pytest.mark.parametrize("source", ["local", "github"])
def test_nothing_is_found_in_the_sample_flows(
    source: str, plain: Generated, tmp_path: Path
) -> None:
    samples(tmp_path, plain, source)
    assert len(list(SAMPLES.glob("*.py"))) == 20
    assert [str(item) for item in check(tmp_path)] == []
    for arguments in (("check",), ("format", "--check")):
        command = (TOOLS / "ruff", *arguments, "--no-cache", ".")
        done = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=tmp_path)
        assert done.returncode == 0, done.stdout


# --- The command --------------------------------------------------------------------------------


def checker(folder: Path, env: dict[str, str], **variables: str):
    return run(TOOLS / "electra-flow", "check", cwd=folder, env=env | variables)


@pytest.fixture
def author(tmp_path: Path, plain: Generated) -> Path:
    """A generated project, for one test to write in."""
    return shutil.copytree(plain.path, tmp_path / "project", ignore=shutil.ignore_patterns(".git"))


def test_the_command_of_a_clean_project(author: Path, environment: dict[str, str]) -> None:
    result = checker(author, environment)
    assert (result.code, result.output) == (0, "Convenciones: todo bien.\n")


def test_the_command_says_where_what_and_what_to_write(
    author: Path, environment: dict[str, str]
) -> None:
    deploy = author / "deploy.py"
    text = deploy.read_text("utf-8").replace('1,13,17 * * *")', '1,13,17 * * *", timezone="UTC")')
    deploy.write_text(text.replace('"pool-dev"', '"pool-prod"', 1), "utf-8")
    lines = deploy.read_text("utf-8").splitlines()
    pool = 1 + next(number for number, line in enumerate(lines) if "pool=" in line)
    cron = 1 + next(number for number, line in enumerate(lines) if "[Cron(" in line)
    result = checker(author, environment, PYTHONIOENCODING="ascii")
    assert result.code == 1
    assert result.lines == [
        f"deploy.py:{pool}:18: EF02 pool-y-entorno  El entorno «dev» usa «pool-prod», que es de prod; "
        "escribí el pool de dev.",
        f"deploy.py:{cron}:58: EF01 huso-horario  El huso «UTC» es UTC o una hora fija, no la hora de "
        'un lugar; escribí timezone="America/Argentina/Buenos_Aires".',
        "Convenciones: 2 hallazgos. Una excepción se escribe en la línea: # noqa: EF02 - motivo",
    ]


AUTHORED: dict[str, tuple[str, bytes, str]] = {
    "syntax": ("src/roto.py", b"x = 1\ndef f(:\n", "src/roto.py:2:7: EF00 no-se-puede-leer"),
    "indentation": ("src/roto.py", b"if x:\npass\n", "src/roto.py:2:1: EF00 no-se-puede-leer"),
    "latin-1": ("src/viejo.py", "x = 'año'\n".encode("latin-1"), "src/viejo.py:1:1: EF00"),
    "null": ("src/nulo.py", b"x = '\0'\n", "src/nulo.py:1:1: EF00"),
    "nested": ("src/hondo.py", b"x = " + b"(" * 5000 + b")" * 5000, "src/hondo.py:1:"),
    "long sum": ("src/suma.py", b"x = " + b"1+" * 900 + b"1\n", ""),
    "longer sum": ("src/suma.py", b"x = " + b"1+" * 20000 + b"1\n", "src/suma.py:1:1: EF00"),
    "long text": ("src/texto.py", b"x = " + b"'a' + " * 900 + b"'b'\n", ""),
    "long chain": ("src/cadena.py", b"x = a" + b".b()" * 900 + b"\n", ""),
    "long chain of keywords": ("src/cadena.py", b"x = a" + b".b(c=1)" * 900 + b"\n", ""),
    "bytes": (
        "src/bytes.py",
        b"clave = b'hola'\n\n\ndef f(clave=b'hola'):\n    return f(clave=b'hola')\n",
        "src/bytes.py:1:9: EF05",
    ),
    "its own name": ("src/yo.py", b"a = b\nb = a\na.deploy(**a)\nc = [*c]\nd = {**d}\n", ""),
    "a partial of itself": (
        "src/yo.py",
        b"from functools import partial\np = partial(p)\np(1)\n@p\ndef f(): p()\n",
        "",
    ),
    "a class of itself": ("src/yo.py", b"class A(B): pass\nclass B(A): pass\nA().x.y()\nA()\n", ""),
    "a method by a name of its own": ("src/yo.py", b"leer = {'a': 1}.get\nleer('a')\n", ""),
    "an import of itself": ("src/yo.py", b"from yo import x\nfrom yo import *\nx()\ny()\n", ""),
    "empty": ("src/vacio.py", b"", ""),
    "byte order mark": ("src/bom.py", b"\xef\xbb\xbfx = 1\n", ""),
    "Windows": ("src/windows.py", b"x = 1\r\ny = 2\r\n", ""),
    "only a comment": ("src/nota.py", b"# nada", ""),
    "bad yaml": ("prefect.yaml", b"deployments: [\n", "prefect.yaml:2:1: EF00 no-se-puede-leer"),
    "odd yaml": ("prefect.yaml", b"- 1\n- deployments: 3\n", ""),
    "odder yaml": (
        "prefect.yaml",
        b"deployments: &a\n  - [x, *a]\n  - 3\n  - {schedules: 5, work_pool: [], tags: {}}\n",
        "prefect.yaml:2:5: EF10",
    ),
    "empty yaml": ("prefect.yaml", b"", ""),
    "latin-1 yaml": ("prefect.yaml", "a: año\n".encode("latin-1"), "prefect.yaml:1:1: EF00"),
    "bad toml": ("pyproject.toml", b"[tool", "pyproject.toml:1:1: EF00 no-se-puede-leer"),
    "odd toml": (
        "pyproject.toml",
        b"tool = 3\nproject = []\ndependency-groups = 1\n",
        "",
    ),
    "UTC in the project": (
        "deploy.py",
        b"from electra_flow import Project\n\nProject(timezone='UTC')\n",
        "deploy.py:3:18: EF01",
    ),
}


@pytest.mark.parametrize(("file", "content", "expected"), AUTHORED.values(), ids=AUTHORED)
def test_nothing_that_is_written_ends_in_a_traceback(
    file: str, content: bytes, expected: str, author: Path, environment: dict[str, str]
) -> None:
    (author / file).write_bytes(content)
    result = checker(author, environment)
    assert "Traceback" not in result.output
    assert result.lines[0].startswith(expected or "Convenciones: todo bien."), result.output
    assert result.code == bool(expected)


def test_folders_links_and_environments_are_no_files_of_the_author(
    author: Path, environment: dict[str, str]
) -> None:
    (author / "src" / "carpeta.py").mkdir()
    (author / "src" / "roto.py").symlink_to(author / "no-existe.py")
    for name in (".oculta", "entorno/lib"):
        (author / name).mkdir(parents=True)
        (author / name / "mal.py").write_text("clave = 'Secreta123'\n", "utf-8")
    (author / "entorno" / "pyvenv.cfg").touch()
    result = checker(author, environment)
    assert result.lines[0] == "src/roto.py:1:1: EF00 no-se-puede-leer  El archivo no está."
    assert len(result.lines) == 2, result.output


@pytest.mark.real
def test_a_load_that_cannot_be_read_is_seen_by_the_projects_own_tests(
    project: Callable[..., Project],
) -> None:
    """A helper that the checker cannot follow, and whose failure is swallowed."""
    created = project()
    (created.path / "src" / "ayuda.py").write_text(
        "import contextlib\nimport prefect.variables\n\n\ndef leer():\n"
        "    with contextlib.suppress(Exception):\n"
        '        return vars(prefect.variables)["Variable"].get("servidor")\n',
        "utf-8",
    )
    flow = created.path / "src" / "mi_flujo.py"
    flow.write_text("import ayuda\n\nSERVIDOR = ayuda.leer()\n" + flow.read_text("utf-8"), "utf-8")
    assert created.run("-m", "electra_flow.command.main", "check").code == 0
    result = created.run("-m", "pytest", "-q", "tests/test_project.py")
    assert "test_al_importar_no_se_carga_nada_de_prefect" in result.output
    assert "1 failed, 7 passed" in result.output, result.output
