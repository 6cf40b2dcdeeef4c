"""The page's own scripts and style sheets as one file each: a browser asks for two of them instead of a hundred.

The sources are plain ES modules and style sheets that work as they are. Joining keeps their text and their lines: each
module becomes a function of its own, which returns what it exports, after those that it imports. Knows no server.
"""

import re
from pathlib import Path, PurePosixPath
from posixpath import normpath

_IMPORT = re.compile(r'^import (?:(\{[^}]*\})|\* as (\w+)) from "(\.[^"]+)";', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?(?:function|const|class) (\w+))", re.MULTILINE)
_UNKNOWN = re.compile(r"^(?:import|export)\b(?! ?\().*", re.MULTILINE)
_CSS_IMPORT = re.compile(r'^@import "([^"]+)";$', re.MULTILINE)


class BundleError(ValueError):
    """A source is written in a way that cannot be joined; the message names it."""


def join_modules(folder: Path, entry: str) -> str:
    """The ES module `entry` with all that it imports from `folder`, as one ES module.

    Raises:
        BundleError: an import or export of another form than `import { a as b } from "./c.js"`,
            `import * as a from "./b.js"` and `export` before a function, a constant or a class; or modules in a circle.
    """
    joined: dict[str, str] = {}
    waiting: list[str] = []

    def add(name: str) -> None:
        if name in waiting:
            raise BundleError(f"modules import each other in a circle: {' → '.join([*waiting, name])}")
        if name in joined:
            return
        waiting.append(name)
        source = (folder / name).read_text(encoding="utf-8")
        for _, _, target in _IMPORT.findall(source):
            add(_resolved(name, target))
        joined[name] = _as_function(name, source)
        waiting.remove(name)

    add(entry)
    return "\n".join(["const modules = {};", *joined.values(), ""])


def join_styles(folder: Path, entry: str) -> str:
    """The style sheet `entry` with those that it imports in their places."""
    source = (folder / entry).read_text(encoding="utf-8")
    return _CSS_IMPORT.sub(lambda found: f"/* {found[1]} */\n{join_styles(folder, found[1])}", source)


def _as_function(name: str, source: str) -> str:
    def bound(found: re.Match[str]) -> str:
        names, whole, target = found.groups()
        return f'const {whole or names.replace(" as ", ": ")} = modules["{_resolved(name, target)}"];'

    exported = [found[2] for found in _EXPORT.finditer(source)]
    body = _EXPORT.sub(r"\1", _IMPORT.sub(bound, source))
    if left := _UNKNOWN.search(body):
        raise BundleError(f"{name}: cannot be joined: {left.group()}")
    return f'modules["{name}"] = (() => {{ // {name}\n{body}\nreturn {{ {", ".join(exported)} }};\n}})();'


def _resolved(importer: str, target: str) -> str:
    return normpath(str(PurePosixPath(importer).parent / target))
