"""Modules and style sheets joined into one file do what they did one by one."""

from pathlib import Path

import pytest

from web.bundle import BundleError, join_modules, join_styles


def write(folder: Path, **sources: str) -> Path:
    for name, source in sources.items():
        (folder / f"{name}.js").write_text(source, encoding="utf-8")
    return folder


def test_each_module_is_a_function_behind_those_it_imports(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        main='import { one as first } from "./one.js";\nimport * as two from "./two.js";\nfirst(two.TWO);\n',
        one='import { TWO } from "./two.js";\nexport function one(n) {\n  return n + TWO;\n}\n',
        two="export const TWO = 2;\nexport async function wait() {}\n",
    )

    assert join_modules(folder, "main.js").splitlines() == [
        "const modules = {};",
        'modules["two.js"] = (() => { // two.js',
        "const TWO = 2;",
        "async function wait() {}",
        "",
        "return { TWO, wait };",
        "})();",
        'modules["one.js"] = (() => { // one.js',
        'const { TWO } = modules["two.js"];',
        "function one(n) {",
        "  return n + TWO;",
        "}",
        "",
        "return { one };",
        "})();",
        'modules["main.js"] = (() => { // main.js',
        'const { one: first } = modules["one.js"];',
        'const two = modules["two.js"];',
        "first(two.TWO);",
        "",
        "return {  };",
        "})();",
    ]


@pytest.mark.parametrize(
    "source",
    [
        'import one from "./one.js";',
        'import "./one.js";',
        "export default 1;",
        "export { one };",
        'export * from "./one.js";',
        "export let one = 1;",
        "import { one } from './one.js';",
    ],
)
def test_what_cannot_be_joined_is_refused_by_name(tmp_path: Path, source: str) -> None:
    folder = write(tmp_path, main=f"{source}\n", one="export const one = 1;\n")

    with pytest.raises(BundleError, match=r"^main\.js: cannot be joined: "):
        join_modules(folder, "main.js")


def test_an_import_on_demand_stays(tmp_path: Path) -> None:
    folder = write(tmp_path, main='import("/assets/library.js");\n')

    assert 'import("/assets/library.js");' in join_modules(folder, "main.js")


def test_a_circle_is_refused(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        main='import { one } from "./one.js";\nexport const main = one;\n',
        one='import { main } from "./main.js";\nexport const one = main;\n',
    )

    with pytest.raises(BundleError, match=r"in a circle: main.js → one.js → main.js"):
        join_modules(folder, "main.js")


def test_style_sheets_stand_where_they_were_imported(tmp_path: Path) -> None:
    (tmp_path / "main.css").write_text('@import "base.css";\nbody { margin: 0; }\n', encoding="utf-8")
    (tmp_path / "base.css").write_text(":root { --ink: black; }\n", encoding="utf-8")

    assert join_styles(tmp_path, "main.css") == ("/* base.css */\n:root { --ink: black; }\n\nbody { margin: 0; }\n")
