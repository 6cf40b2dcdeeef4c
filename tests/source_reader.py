"""The program as its source shows it: every module, parsed, and every import, resolved.

Knows no rule about them; the tests that use it do.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOOLS = ("tests", "docs", "benchmarks")  # may import every part; no part imports them


@dataclass(frozen=True)
class Source:
    """One parsed module: its path below the root and its dotted name."""

    path: str
    name: str
    tree: ast.Module

    @property
    def part(self) -> str:
        return self.name.partition(".")[0]

    def at(self, node: ast.stmt | ast.expr) -> str:
        return f"{self.path}:{node.lineno}"


@dataclass(frozen=True)
class Import:
    """One imported name, resolved to a module of the program where it is one."""

    source: Source
    place: str
    target: str
    is_inside_function: bool

    @property
    def part(self) -> str:
        return self.target.partition(".")[0]


Program = Mapping[str, Source]


def read_program(root: Path) -> Program:
    """Every module of the program by dotted name; tools, environments and build leftovers are not part of it."""
    packages = [package.parent for package in root.glob("*/__init__.py") if package.parent.name not in TOOLS]
    paths = [*root.glob("*.py"), *(path for package in packages for path in package.rglob("*.py"))]
    return parse_program(
        {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in sorted(paths)}
    )


def parse_program(texts: Mapping[str, str]) -> Program:
    sources = [Source(path, _module_name(path), ast.parse(text, path)) for path, text in texts.items()]
    return {source.name: source for source in sources}


def all_imports(modules: Program) -> Iterator[Import]:
    for source in modules.values():
        yield from _imports_of(source, modules)


def _imports_of(source: Source, modules: Program) -> Iterator[Import]:
    functions = [node for node in ast.walk(source.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    inside = {id(node) for function in functions for node in ast.walk(function)}
    for node in ast.walk(source.tree):
        for target in dict.fromkeys(_targets(node, source, modules)):
            assert isinstance(node, ast.Import | ast.ImportFrom), "only import statements have targets"
            yield Import(source, source.at(node), target, id(node) in inside)


def _targets(node: ast.AST, source: Source, modules: Program) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        package = source.name if source.path.endswith("__init__.py") else source.name.rpartition(".")[0]
        for _ in range(node.level - 1):
            package = package.rpartition(".")[0]
        base = ".".join(filter(None, [package if node.level else "", node.module]))
        for alias in node.names:
            full = f"{base}.{alias.name}"
            yield full if full in modules else base


def _module_name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
