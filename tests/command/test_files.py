"""What is looked for in every file before a commit.

Secrets are written from parts: this repository has hooks of its own.
"""

from __future__ import annotations

import os
import random
import re
import string
import subprocess
from typing import TYPE_CHECKING

import pytest

from electra_flow.command.main import main
from harness import TOOLS, Result, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LETTERS = string.ascii_letters + string.digits


def some(length: int, characters: str = LETTERS) -> str:
    """Return a secret that is the same in each run of the tests, and in no file."""
    return "".join(random.Random(length).choices(characters, k=length))


PASSWORD = "xK9#m" + "Q2$vL7!pR4z"
LEAKED = {
    "github.py": f'TOKEN = "ghp_{some(36)}"\n',
    "github.md": f"Para entrar, usá ghp_{some(36)}.\n",
    "fino.py": f'TOKEN = crear(github="github_pat_{some(22)}_{some(59)}")\n',
    "prefect.yaml": f"clave: pnu_{some(36)}\n",
    "aws.py": f'CLIENTE = conectar("AKIA{some(16, string.ascii_uppercase)}")\n',
    "aws.yaml": f"aws_secret_access_key: {some(40)}\n",
    "privada.py": "CLAVE = '''-----BEGIN RSA " + f"PRIVATE KEY-----\n{some(60)}\n'''\n",
    "privada.pem": "-----BEGIN " + f"PRIVATE KEY-----\n{some(60)}\n",
    "en_codigo.py": f'db_password = "{PASSWORD}"\n',
    "config.yaml": f'base:\n  password: "{PASSWORD}"\n',
    "suelto.yml": f"base:\n  password: {PASSWORD}\n",
    "config.toml": f'password = "{PASSWORD}"\n',
    ".env": f"SQL_PASSWORD={PASSWORD}\n",
    "notas.md": f"- password: {PASSWORD}\n",
    "castellano.py": f'contraseña = "{PASSWORD}"\n',
    "avila.py": f'SALUDO = "Ávila, Íbero, ¿€?"\npassword = "{PASSWORD}"\n',
    "url.py": f'URL = "mssql://ana:{some(14)}@servidor-sql:1433/ventas"\n',
}
HARMLESS = {
    ".electra-flow.json": '{"answers": {"secrets": "clave-2-sql, x9f8a7b6", "github_secret": "gh-0a1b2c3d"}}\n',
    "bloques.py": 'secret = "desarrollos-electra-access-token"\nvalor = Secret.load("token-api").get()\n',
    "pedir.py": 'password = getpass("Clave: ")\nclave_sql = Secret.load("clave-sql").get()\n',
    "ids.py": 'despliegue = "2aee22c7-711a-49b8-b09c-ac9b56aeb6be"\nsecrets = ["token-api", "clave-sql"]\n',
    "prosa.md": "Los secretos: se crean una vez. Password: la de siempre, del bloque `clave-sql`.\n",
    "prefect.yaml": 'secret: "{{ prefect.blocks.secret.token-api }}"\n',
    "accion.yml": f"      - uses: actions/checkout@{some(40, '0123456789abcdef')} # v7.0.1\n",
    "datos.csv": f"id;nombre\n{some(12)};Ana\n",
    "url.py": 'URL = "postgresql://usuario:clave@servidor-sql:5432/ventas"\nAPI = "http://servidor-prefect:4200/api"\n',
    "eximido.py": f'password = "{PASSWORD}"  # pragma: allowlist secret\n',
    "latin.txt": "Córdoba\n".encode("latin-1"),
}  # fmt: skip


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    return tmp_path


def write(folder: Path, written: dict[str, str | bytes]) -> None:
    """Write files, and stage them."""
    for name, content in written.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    subprocess.run(["git", "add", "--force", "--", *written], cwd=folder, check=True)


@pytest.fixture
def files(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[dict[str, str | bytes]], Result]:
    """Return a function that writes files, stages them, and checks them."""
    monkeypatch.chdir(repository)

    def files(written: dict[str, str | bytes]) -> Result:
        write(repository, written)
        code = main(["files", *written])
        return Result(code, "".join(capsys.readouterr()))

    return files


TOKEN = f"Para entrar, github_pat_{some(30)}\n"
WRONG: dict[str, tuple[dict[str, str | bytes], str]] = {
    "secret": ({"entorno.env": "DB_PASSWORD=" + "x9kQ2" * 3 + "\n"}, "Secretos, que van"),
    "token": ({"i.txt": TOKEN}, "Tokens, que van"),
    "token in Python": ({"i.py": f"# {TOKEN}"}, "Tokens, que van"),
    "spaces": ({"a.md": "Uno \nDos  \ntres\n"}, "Espacios al final"),
    "end": ({"b.txt": "sin salto"}, "El final del archivo"),
    "line ends": ({"c.csv": b"a;b\r\n1;2\n"}, "Finales de línea"),
    "conflict": ({"d.sql": "<" * 7 + " HEAD\nSELECT 1\n" + ">" * 7 + " otra\n"}, "Conflictos"),
    "large": ({"e.csv": ("1;2;3;" * 50_000 + "\n") * 2}, "Archivos de más de 500 KB"),
    "YAML": ({"f.yaml": "a: [1\n"}, "YAML que no"),
    "YAML in Latin-1": ({"f.yaml": "a: año\n".encode("latin-1")}, "YAML que no"),
    "TOML": ({"g.toml": "a = [\n"}, "TOML que no"),
    "TOML in Latin-1": ({"g.toml": "a = 'ñ'\n".encode("latin-1")}, "TOML que no"),
    "JSON": ({"h.json": "{'a': 1}\n"}, "JSON que no"),
    "a deep JSON": ({"h.json": "[" * 100_000 + "\n"}, "JSON que no"),
    "case": ({"LEEME.md": "uno\n", "Leeme.md": "dos\n"}, "Nombres que Windows"),
}

HEADINGS = tuple(heading for _, heading in WRONG.values())


@pytest.mark.parametrize(("written", "heading"), WRONG.values(), ids=WRONG)
def test_each_check_finds_what_it_is_for_and_nothing_else(
    written: dict[str, str | bytes], heading: str, files: Callable[..., Result]
) -> None:
    result = files(written)
    assert result.code == 1
    headings = [line for line in result.lines if line.startswith(HEADINGS)]
    assert len(headings) == 1 and headings[0].startswith(heading), result.output
    assert "Traceback" not in result.output
    assert any(name in result.output for name in written), "it says where"


def test_what_can_be_mended_is(repository: Path, files: Callable[..., Result]) -> None:
    assert files({"ñandú/a b.txt": b"uno  \r\ndos"}).code == 1
    assert (repository / "ñandú" / "a b.txt").read_bytes() == b"uno\ndos\n"
    assert files({"ñandú/a b.txt": b"uno\ndos\n"}).output == ""


def test_a_token_is_not_shown(files: Callable[..., Result]) -> None:
    result = files({"i.txt": f"uno\n{TOKEN}"})
    assert "i.txt:2" in result.lines
    assert some(30) not in result.output


def test_what_is_not_looked_at(files: Callable[..., Result]) -> None:
    """The lock, the library's wheel, what is no text; and of Python, what ruff sees to."""
    result = files(
        {
            "uv.lock": f"hash = '{some(64, '0123456789abcdef')}'\n" * 9_000,
            "vendor/electra_flow-1.0.0-py3-none-any.whl": b"PK\3\4" + b"\0" * 600_000,
            "logo.png": b"\x89PNG\r\n\x1a\n\0 \n",
            "src/forma.py": "x = 1  \ny = 2",
        },
    )
    assert (result.code, result.output) == (0, "")


def test_links_and_files_that_are_not_there(repository: Path) -> None:
    (repository / "roto.txt").symlink_to("nada.txt")
    command = (TOOLS / "electra-flow", "files", "roto.txt", "falta.txt", ".")
    result = run(*command, cwd=repository, env=dict(os.environ))
    assert result.code == 1
    assert result.lines == [
        "«falta.txt» no está, o es una carpeta.",
        "«.» no está, o es una carpeta.",
    ]


@pytest.mark.real
@pytest.mark.parametrize(
    "locale",
    [{}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}],
    ids=["utf-8", "another-encoding-as-on-windows"],
)
def test_no_secret_passes_and_nothing_else_is_one(repository: Path, locale: dict[str, str]) -> None:
    def files(written: dict[str, str | bytes]) -> Result:
        write(repository, written)
        command = (TOOLS / "electra-flow", "files", *written)
        return run(*command, cwd=repository, env={**os.environ, "LANG": "C.UTF-8", **locale})

    leaked = files(dict(LEAKED))
    assert leaked.code == 1
    assert set(re.findall(r"^Location: +(.+):\d+$", leaked.output, re.M)) == set(LEAKED)
    assert "bloque Secret" in leaked.output, "it says what to do"

    harmless = files(dict(HARMLESS))
    assert harmless.output == ""
