"""One walk through one file: what neither ruff, nor the data of deploy.py, nor an import can tell."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from electra_flow.conventions import dates, loading, paths, rules
from electra_flow.conventions.credentials import (
    given_in,
    given_to,
    has_the_shape_of_one,
    is_mixed,
    is_secret,
)
from electra_flow.conventions.deploying import deploys_with
from electra_flow.conventions.finding import Finding
from electra_flow.conventions.source import Source
from electra_flow.conventions.tasks import flow_of, helpers_that_call_flows

_LOGGER_METHODS = {"obtener_logger_prefect", "cambiar_rotfile_handler_params"}
_IN_A_BLOCK = 'guardala en un bloque Secret y cargala en la tarea: Secret.load("nombre").get().'


@dataclass(frozen=True)
class Project:
    """What a file alone does not tell.

    Attributes:
        timezone: The project's zone, for what to write.
        from_git: Whether any environment takes the code from a repository.
        flows: The flows of all files: «ventas.cierre», the module and the function.
    """

    timezone: str = "America/Argentina/Buenos_Aires"
    from_git: bool = False
    flows: frozenset[str] = frozenset()


class Visitor(ast.NodeVisitor):
    """Walks through a file, and knows at each place whether it runs at import, and in which task."""

    def __init__(self, source: Source, project: Project) -> None:
        self._source, self._project = source, project
        self._needs_paths = project.from_git and source.path.startswith("src/")
        self._helpers = helpers_that_call_flows(source, project.flows)
        self._statement: ast.stmt | None = None
        self._at_import = True
        self._publishes = False
        self._task = ""
        self._said: set[ast.AST] = (
            set()
        )  # what is a part of something that was looked at as a whole
        self._blocks: set[str] = set()
        self._found: list[Finding] = []
        self._secrets: list[tuple[str, Finding]] = []
        self._paths: list[tuple[str, Finding]] = []
        self._used: dict[bool, set[str]] = {True: set(), False: set()}  # what is written, and read

    def check(self) -> list[Finding]:
        """Walk through the file, and return what is wrong in it."""
        self.visit(self._source.tree)
        # The name of a block that is loaded is no credential…
        secrets = [finding for text, finding in self._secrets if text not in self._blocks]
        # … and what a run writes and then reads is its own scratch file.
        scratch = self._used[True] & self._used[False]
        opened = [finding for path, finding in self._paths if path not in scratch]
        return [*self._found, *secrets, *opened]

    # --- Where one is ---------------------------------------------------------------------------

    def visit(self, node: ast.AST) -> None:
        """Remember the statement: an exemption may stand at its end."""
        before = self._statement
        if isinstance(node, ast.stmt):
            self._statement = node
        super().visit(node)
        self._statement = before

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for part in (*node.decorator_list, node.args):
            self.visit(part)
        for name, default in _defaults(node.args):
            self._check_secret(name, default)
        before = self._at_import, self._task, self._publishes
        self._at_import = False
        if kind := self._source.kind(node):
            self._task = node.name if kind == "task" else ""
        self._publishes |= (self._source.path, node.name) == ("deploy.py", "publish")
        for statement in node.body:
            self.visit(statement)
        self._at_import, self._task, self._publishes = before

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        before, self._at_import = self._at_import, False
        self.generic_visit(node)
        self._at_import = before

    def visit_If(self, node: ast.If) -> None:
        before = self._at_import
        if isinstance(node.test, ast.Compare) and self._source.name(node.test.left) == "__name__":
            self._at_import = False  # a script, which somebody runs
        self.generic_visit(node)
        self._at_import = before

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        self._source.add_import(node)  # one in a function

    visit_ImportFrom = visit_Import

    # --- What stands there ----------------------------------------------------------------------

    def visit_Call(self, node: ast.Call) -> None:
        name = self._source.name(node.func)
        self._check_load(node, name)
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if self._at_import and method in _LOGGER_METHODS:
            text = (
                "El logger se pide fuera de una ejecución; pedilo adentro del flujo o de la tarea."
            )
            self._report(node, rules.LOGS, text)
        if self._task and (flow := self._flow(node.func) or self._helpers.get(name)):
            instead = "llamalo desde un flujo, o hacé de él una tarea."
            self._report(
                node, rules.TASKS, f"La tarea {self._task} llama al flujo {flow}; {instead}"
            )
        self._check_deploying(node)
        if date := dates.given_a_zone(node):
            self._said.add(date)
        for naive in dates.naive_in(node, self._source) if node not in self._said else ():
            self._report(node, rules.DATES, dates.problem(naive, self._project.timezone))
        for given_for, value in given_to(node, self._source):
            self._check_secret(given_for, value)
        if self._needs_paths and node not in self._said:
            self._check_path(node)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self._check_target(target, node.value)
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        value = node.value
        if isinstance(value, ast.Call) and self._source.name(value.func).endswith("Field"):
            defaults = [item.value for item in value.keywords if item.arg == "default"]
            value = next(iter([*value.args, *defaults]), None)
        self._check_target(node.target, value)
        self.generic_visit(node)

    def visit_Dict(self, node: ast.Dict) -> None:
        for name, value in given_in(node, self._source):
            self._check_secret(name, value)
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        first, *_, last = node.values
        if isinstance(first, ast.Call) and len(first.args) == 1:  # os.getenv("…") or "…"
            self._check_secret(self._source.text(first.args[0]) or "", last)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if isinstance(node.op, ast.Div):
            self._said.add(node.right)  # CARPETA / Path("salida.csv")
            if self._needs_paths and paths.is_here(node.left, self._source):
                self._report(node, rules.PATHS, paths.HERE_PROBLEM)
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self._check_shape(node, node.value)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self._check_shape(node, self._source.text(node) or "")
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.visit(part.value)

    # --- What is asked of it --------------------------------------------------------------------

    def _check_load(self, node: ast.Call, name: str) -> None:
        if self._at_import and loading.loads(name):
            shown = ".".join(name.split(".")[-2:])
            text = f"{shown} corre al importar el archivo; llevalo adentro del flujo o de la tarea."
            self._report(node, rules.LOADS, text)
        given = loading.name_given(node, self._source)
        if given is not None:
            self._blocks.add(given)
            if text := loading.name_problem(node, given, self._source):
                self._report(node, rules.BLOCK_NAMES, text)

    def _flow(self, node: ast.AST) -> str:
        return flow_of(node, self._source, self._project.flows)

    def _check_deploying(self, node: ast.Call) -> None:
        of_flow = isinstance(node.func, ast.Attribute) and bool(self._flow(node.func.value))
        what = deploys_with(node, self._source, of_flow=of_flow)
        if not what or self._publishes or node in self._said:
            return
        if isinstance(node.func, ast.Attribute):
            self._said.add(node.func.value)  # of flow.from_source(…).deploy(…), once is enough
        instead = "declaralo como Deployment(…) en deploy.py y ejecutá: uv run deploy.py."
        text = f"{what} despliega por fuera de deploy.py, sin sus chequeos; {instead}"
        self._report(node, rules.DEPLOYING, text)

    def _check_path(self, node: ast.Call) -> None:
        if found := paths.relative_path(node, self._source):
            path, writes = found
            self._paths.append((path, self._finding(node, rules.PATHS, paths.problem(path))))
            if node not in self._source.constants.values():
                self._used[writes].add(path)
        elif used := paths.use_of_constant(node, self._source):
            path, writes = used
            self._used[writes].add(path)
        elif paths.joins_here(node, self._source):
            self._report(node, rules.PATHS, paths.HERE_PROBLEM)

    def _check_target(self, target: ast.expr, value: ast.expr | None) -> None:
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            for part, item in zip(target.elts, value.elts, strict=False):
                self._check_target(part, item)
            return
        key = self._source.text(target.slice) if isinstance(target, ast.Subscript) else ""
        name = getattr(target, "id", "") or getattr(target, "attr", "") or key or ""
        if name == "auth" and isinstance(value, ast.Tuple) and len(value.elts) == 2:
            self._check_secret("contraseña", value.elts[1])
        listed = value.values if isinstance(value, ast.Dict) else getattr(value, "elts", [])
        for item in listed:  # CLAVES = ["codigo", "IdCliente"] are names of columns
            if isinstance(item, ast.Constant) and is_mixed(str(item.value)):
                self._check_secret(name, item)
        self._check_secret(name, value)

    def _check_secret(self, name: str, node: ast.expr | None) -> None:
        if isinstance(node, ast.IfExp):
            self._check_secret(name, node.body)
            self._check_secret(name, node.orelse)
        elif isinstance(node, ast.BoolOp):
            self._check_secret(name, node.values[-1])
        elif isinstance(node, ast.Constant):
            value = node.value
            text = value.decode(errors="replace") if isinstance(value, bytes) else value
            if isinstance(text, str) and is_secret(name, text) and not has_the_shape_of_one(text):
                said = f"«{name}» lleva un valor escrito en el código; {_IN_A_BLOCK}"
                self._secrets.append((text, self._finding(node, rules.CREDENTIALS, said)))

    def _check_shape(self, node: ast.expr, text: str) -> None:
        if has_the_shape_of_one(text):
            said = f"Esto es una credencial, o lleva una adentro; {_IN_A_BLOCK}"
            self._report(node, rules.CREDENTIALS, said)

    def _report(self, node: ast.expr, rule: rules.Rule, text: str) -> None:
        self._found.append(self._finding(node, rule, text))

    def _finding(self, node: ast.expr, rule: rules.Rule, text: str) -> Finding:
        whole = self._statement
        assert whole
        lines = {node.lineno, node.end_lineno or node.lineno, whole.lineno}
        if not hasattr(whole, "body"):  # of an `if` or a function, only its head
            lines.add(whole.end_lineno or whole.lineno)
        line = self._source.lines[node.lineno - 1].encode()[: node.col_offset]
        column = len(line.decode(errors="replace")) + 1
        return Finding(self._source.path, node.lineno, column, str(rule), text, frozenset(lines))


def _defaults(arguments: ast.arguments) -> list[tuple[str, ast.expr | None]]:
    """Return the parameters of a function that have a default, and it."""
    positional = [*arguments.posonlyargs, *arguments.args]
    last = positional[len(positional) - len(arguments.defaults) :]
    pairs = [*zip(last, arguments.defaults, strict=True)]
    pairs += [*zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]  # type: ignore[list-item]
    return [(parameter.arg, default) for parameter, default in pairs]
