"""The conventions of a project, each with its reason: what is checked, and where it is seen.

Whatever reports one names it from here, and the table of the page `convenciones` is made from here.
"""

from __future__ import annotations

from dataclasses import dataclass

DATA = "datos"
IMPORT = "import"
RUFF = "ruff"
CODE = "código"
PLACES = {
    DATA: "lo que arma `deploy.py`, ya evaluado: `uv run deploy.py --check`, cada despliegue y las pruebas",
    IMPORT: "importar cada módulo en una carpeta vacía, con un Prefect que no contesta: las pruebas",
    RUFF: "lo que dice ruff: `uv run electra-flow check`, en castellano",
    CODE: "cada archivo por separado: `uv run electra-flow check`",
}


@dataclass(frozen=True, order=True)
class Rule:
    """A convention.

    Attributes:
        code: What an exemption names: «EF04».
        name: A name for who reads a finding: «carga-al-importar».
        says: The rule, in Spanish.
        why: Its reason, in Spanish.
        seen: Where it is checked: some of `PLACES`.
    """

    code: str
    name: str
    says: str
    why: str
    seen: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


EXEMPTIONS = Rule(
    "EF00",
    "excepción",
    "una excepción (`noqa`) nombra su regla, dice por qué y hace falta",
    "la que calla todo, o la que sobra, esconde el próximo error",
    (RUFF, CODE),
)
ZONES = Rule(
    "EF01",
    "huso-horario",
    "las programaciones corren en el huso del proyecto, o en el de otro lugar si lo dicen",
    "sin huso, Prefect corre en UTC: tres horas antes",
    (DATA,),
)
ENVIRONMENTS = Rule(
    "EF02",
    "pool-y-entorno",
    "cada entorno tiene su pool, y el nombre de un pool o de un despliegue no dice otro entorno",
    "lo que es de dev no corre en la máquina de prod, ni al revés",
    (DATA,),
)
LOGS = Rule(
    "EF03",
    "logger",
    "se escribe con `logger_global`, pedido adentro del flujo o de la tarea: sin `print` ni `logging`",
    "lo demás no llega ni a la interfaz ni al archivo",
    (RUFF, CODE, IMPORT),
)
LOADS = Rule(
    "EF04",
    "carga-al-importar",
    "secretos, bloques y variables se cargan adentro del flujo o de la tarea",
    "al importar, rompen las pruebas, el despliegue y cualquier máquina sin servidor",
    (CODE, IMPORT),
)
CREDENTIALS = Rule(
    "EF05",
    "credencial-en-el-código",
    "ni claves ni cadenas de conexión en el código, ni referencias a bloques en `env`",
    "quedan a la vista en Git, y en claro en el servidor",
    (CODE, DATA),
)
BLOCK_NAMES = Rule(
    "EF06",
    "nombre-de-bloque",
    "los bloques se llaman con minúsculas, números y guiones (`clave-sql`)",
    "Prefect no acepta otros, y se vería recién al correr",
    (CODE, DATA),
)
TASKS = Rule(
    "EF07",
    "tarea-llama-flujo",
    "una tarea no llama a un flujo",
    "las tareas son lo más chico: lo que llama a flujos es un flujo",
    (CODE,),
)
PATHS = Rule(
    "EF08",
    "ruta-relativa",
    "lo que corre desde Git abre sus archivos desde `Path(__file__).parent`; lo que importa, se declara",
    "en el worker, la carpeta desde donde se corre es otra, y falta lo que acá está por casualidad",
    (CODE, IMPORT),
)
DATES = Rule(
    "EF09",
    "fecha-sin-huso",
    "las fechas llevan huso, con `zoneinfo` y no con `pytz`",
    "la hora del worker no siempre es la de acá",
    (RUFF, CODE),
)
DEPLOYING = Rule(
    "EF10",
    "despliegue-por-fuera",
    "se despliega solo con `deploy.py`, y cada despliegue tiene nombre, descripción y etiquetas",
    "por fuera no hay chequeos, ni límites, ni huso; sin etiquetas no se lo encuentra",
    (CODE, DATA),
)
RULES = (
    EXEMPTIONS,
    ZONES,
    ENVIRONMENTS,
    LOGS,
    LOADS,
    CREDENTIALS,
    BLOCK_NAMES,
    TASKS,
    PATHS,
    DATES,
    DEPLOYING,
)


def table() -> str:
    """Return the documentation of the rules, as the page `convenciones` has it."""
    rows = [f"- **{name}**: {place}" for name, place in PLACES.items()]
    rows += ["", "| | qué | se ve en | por qué |", "|---|---|---|---|"]
    rows += [
        f"| {rule.code} | {rule.says} | {', '.join(rule.seen)} | {rule.why} |" for rule in RULES
    ]
    return "\n".join(rows)
