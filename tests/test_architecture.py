"""The shape of the program, read from its source: which module may know which, and the one reader of the gate.

A rule is a function from the program's sources to findings, so that each is also tried on small programs that
break it. Knows nothing of what the modules do.
"""

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.source_reader import ROOT, TOOLS, Program, all_imports, parse_program, read_program

# Each part of the program, and the parts directly below it; it may import those and whatever is below them.
BELOW: dict[str, tuple[str, ...]] = {
    "knobs": (),
    "warmup_gate": ("knobs",),
    "market": ("warmup_gate",),
    "learner": ("knobs",),
    "sac_config": ("learner",),
    "sac_learned": ("sac_config",),
    "sac_update": ("sac_learned",),
    "sac_compiled": ("sac_learned",),
    "sac_agent": ("sac_update", "sac_compiled"),
    "trading_env": ("market",),
    "trading_vector_env": ("trading_env",),
    "training": ("trading_vector_env", "sac_agent", "warmup_gate"),
    "runs": ("training",),
    "web": ("runs",),
    "web_app": ("web",),
}
OPTIONAL_EXTRAS: frozenset[str] = frozenset()  # libraries that a function may import when it is called

GATE = "warmup_gate"
GATE_KNOB = "no_trading_warmup_steps"
THRESHOLD_WORDS = ("warmup_steps", "learning_starts")


@dataclass(frozen=True)
class Reserved:
    """Libraries that only some modules may import, and why."""

    libraries: frozenset[str]
    allowed: tuple[str, ...]  # beginnings of module names
    reason: str


RESERVED = (
    Reserved(
        frozenset({"flask", "flask_socketio", "socketio", "engineio", "werkzeug", "jinja2"}),
        ("web",),
        "only web* knows the web framework",
    ),
    Reserved(frozenset({"sqlalchemy", "sqlite3"}), ("runs.store",), "only runs/store* talks SQL"),
    Reserved(
        frozenset(
            {"threading", "_thread", "concurrent", "multiprocessing", "asyncio", "queue", "sched", "time", "uuid"}
        ),
        ("runs", "web", "learner.crew"),
        "nothing below runs but the crew knows threads, clocks or run ids",
    ),
)

Rule = Callable[[Program], list[str]]

Scripts = Mapping[str, str]  # the page's modules: their texts by path
MOST_LINES = 200
NETWORK = "static/js/network.js"
REACHES_OUT = re.compile(r"\b(?:fetch|io|WebSocket|EventSource|XMLHttpRequest|sendBeacon)\(")


def everything_below(part: str) -> set[str]:
    return {lower for direct in BELOW[part] for lower in {direct, *everything_below(direct)}}


def parts_without_a_place(modules: Program) -> list[str]:
    return [
        f"{source.path}:1: {source.part!r} has no place in BELOW: say what it stands on"
        for source in modules.values()
        if source.part not in BELOW
    ]


def wrong_way_arrows(modules: Program) -> list[str]:
    return [
        f"{found.place}: {found.source.name} imports {found.target}, but {found.source.part} stands only on "
        f"{', '.join(sorted(everything_below(found.source.part))) or 'nothing'}"
        for found in all_imports(modules)
        if found.source.part in BELOW and found.part in {*BELOW, *TOOLS} - {found.source.part}
        if found.part not in everything_below(found.source.part)
    ]


def misplaced_libraries(modules: Program) -> list[str]:
    return [
        f"{found.place}: {found.source.name} imports {found.part}, but {reserved.reason}"
        for found in all_imports(modules)
        for reserved in RESERVED
        if found.part in reserved.libraries and not found.source.name.startswith(reserved.allowed)
    ]


def stores_known_outside(modules: Program) -> list[str]:
    return [
        f"{found.place}: {found.source.name} imports {found.target}, but only runs* knows the store: the values that "
        "both sides use stand beside it in runs"
        for found in all_imports(modules)
        if found.target.startswith("runs.store") and found.source.part != "runs"
    ]


def hidden_imports(modules: Program) -> list[str]:
    return [
        f"{found.place}: {found.target} is imported inside a function; import it at the top of the module"
        for found in all_imports(modules)
        if found.is_inside_function and found.part not in OPTIONAL_EXTRAS
    ]


def cycles(modules: Program) -> list[str]:
    graph: dict[str, set[str]] = {name: set() for name in modules}
    for found in all_imports(modules):
        if found.target in modules and found.target != found.source.name:
            graph[found.source.name].add(found.target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = list(reversed(error.args[1]))
        return [f"{modules[circle[0]].path}:1: modules import each other in a circle: {' → '.join(circle)}"]
    return []


def second_readers_of_the_gate(modules: Program) -> list[str]:
    reads = [(source, node) for source in modules.values() for node in ast.walk(source.tree) if _reads_knob(node)]
    outside = [
        f"{source.at(node)}: reads {GATE_KNOB}; only {GATE} does, ask its decision instead"
        for source, node in reads
        if source.name != GATE and isinstance(node, ast.expr)
    ]
    inside = len(reads) - len(outside)
    return outside if inside == 1 else [*outside, f"{GATE}.py:1: reads {GATE_KNOB} {inside} times, not once"]


def _reads_knob(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == GATE_KNOB and isinstance(node.ctx, ast.Load)


def second_decisions(modules: Program) -> list[str]:
    return [
        f"{source.at(node)}: compares with a warm-up threshold; only {GATE} decides, obey env.gate_decision instead"
        for source in modules.values()
        if source.name != GATE
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Compare) and any(_names_threshold(part) for part in ast.walk(node))
    ]


def _names_threshold(node: ast.AST) -> bool:
    names = {ast.Name: "id", ast.Attribute: "attr", ast.Constant: "value"}
    name = str(getattr(node, names[type(node)])) if type(node) in names else ""
    return name.endswith(THRESHOLD_WORDS)


RULES: tuple[Rule, ...] = (
    parts_without_a_place,
    wrong_way_arrows,
    misplaced_libraries,
    stores_known_outside,
    hidden_imports,
    cycles,
    second_readers_of_the_gate,
    second_decisions,
)
ONE_READER = {"warmup_gate.py": "def open(config): return config.no_trading_warmup_steps"}


@pytest.fixture(scope="module")
def warmgate() -> Program:
    return read_program(ROOT)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_program_keeps(rule: Rule, warmgate: Program) -> None:
    findings = rule(warmgate)

    assert not findings, "\n" + "\n".join(findings)


def test_the_whole_program_is_read(warmgate: Program) -> None:
    assert {source.part for source in warmgate.values()} >= {
        "knobs",
        "warmup_gate",
        "market",
        "trading_env",
        "training",
    }
    assert any(found.target == "market.episode" for found in all_imports(warmgate))


@pytest.mark.parametrize(
    ("rule", "texts", "place"),
    [
        (parts_without_a_place, {"helpers.py": ""}, "helpers.py:1"),
        (wrong_way_arrows, {"sac_agent.py": "import torch\nfrom market import data"}, "sac_agent.py:2"),
        (wrong_way_arrows, {"market/a.py": "import runs.store"}, "market/a.py:1"),
        (wrong_way_arrows, {"training/a.py": "from benchmarks import speed"}, "training/a.py:1"),
        (wrong_way_arrows, {"runs/a.py": "if True:\n    import web_app"}, "runs/a.py:2"),
        (misplaced_libraries, {"runs/a.py": "from flask import Flask"}, "runs/a.py:1"),
        (misplaced_libraries, {"runs/controller.py": "import sqlalchemy.orm"}, "runs/controller.py:1"),
        (misplaced_libraries, {"training/a.py": "from time import monotonic"}, "training/a.py:1"),
        (misplaced_libraries, {"sac_agent.py": "import threading"}, "sac_agent.py:1"),
        (stores_known_outside, {"web/a.py": "from runs.store.run_store import RunStore"}, "web/a.py:1"),
        (hidden_imports, {"web/a.py": "def f():\n    import json"}, "web/a.py:2"),
        (cycles, {"runs/a.py": "from runs import b", "runs/b.py": "from .a import x"}, "runs/"),
        (second_readers_of_the_gate, {**ONE_READER, "runs/a.py": "\nx = c.no_trading_warmup_steps"}, "runs/a.py:2"),
        (second_readers_of_the_gate, {"warmup_gate.py": "steps = 5"}, "warmup_gate.py:1"),
        (second_decisions, {"training/a.py": "if step >= config.no_trading_warmup_steps: pass"}, "training/a.py:1"),
        (second_decisions, {"web/a.py": "x = step < gate['warmup_steps']"}, "web/a.py:1"),
        (second_decisions, {"sac_agent.py": "\n\nx = learning_starts > n"}, "sac_agent.py:3"),
    ],
)
def test_rule_finds(rule: Rule, texts: dict[str, str], place: str) -> None:
    [finding] = rule(parse_program(texts))

    assert finding.startswith(place)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rules_accept_a_program_in_order(rule: Rule) -> None:
    texts = {
        **ONE_READER,
        "market/__init__.py": "",
        "market/a.py": "import numpy\nfrom market import b\nfrom knobs import Knobs",
        "market/b.py": "from datetime import UTC",
        "runs/store.py": "import sqlalchemy, threading",
        "runs/a.py": "from market.a import x\nfrom .store import y",
        "web/a.py": "import time\nfrom flask import Flask\nfrom training import config",
        "web_app.py": "from web import a\nTradingConfig(no_trading_warmup_steps=1)",
    }

    assert rule(parse_program(texts)) == []


def long_scripts(scripts: Scripts) -> list[str]:
    lengths = {path: len(text.splitlines()) for path, text in scripts.items()}
    return [
        f"{path}:1: has {length} lines; split what has an idea of its own from it, {MOST_LINES} are the most"
        for path, length in lengths.items()
        if length > MOST_LINES
    ]


def second_ways_to_the_network(scripts: Scripts) -> list[str]:
    return [
        f"{path}:{number}: reaches the network; only {NETWORK} does, use what it exports"
        for path, text in scripts.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if path != NETWORK and REACHES_OUT.search(line)
    ]


def markup_from_texts(scripts: Scripts) -> list[str]:
    return [
        f"{path}:{number}: makes markup from a text; use element() and setText() of dom.js"
        for path, text in scripts.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if re.search(r"\b(?:innerHTML|outerHTML|insertAdjacentHTML)\b", line)
    ]


SCRIPT_RULES = (long_scripts, second_ways_to_the_network, markup_from_texts)


@pytest.mark.parametrize("rule", SCRIPT_RULES, ids=lambda rule: rule.__name__)
def test_the_page_keeps(rule: Callable[[Scripts], list[str]]) -> None:
    paths = sorted((ROOT / "static/js").rglob("*.js"))
    scripts = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}

    assert NETWORK in scripts
    assert rule(scripts) == []


@pytest.mark.parametrize(
    ("rule", "text", "line"),
    [
        (long_scripts, "\n" * (MOST_LINES + 1), 1),
        (second_ways_to_the_network, "const a = 1;\nawait fetch(path);", 2),
        (second_ways_to_the_network, "new WebSocket(url);", 1),
        (markup_from_texts, "\n\nnode.innerHTML = name;", 3),
    ],
)
def test_rule_of_the_page_finds(rule: Callable[[Scripts], list[str]], text: str, line: int) -> None:
    [finding] = rule({"static/js/a.js": text, NETWORK: "fetch(path);" + "\n" * MOST_LINES})

    assert finding.startswith(f"static/js/a.js:{line}:")
