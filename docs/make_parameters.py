"""Write docs/parameters.md from the declarations of the knobs: `python -m docs.make_parameters`.

Knows no parameter by name; a test fails while the document differs from the declarations.
"""

import inspect
import json
from pathlib import Path

from knobs import Parameter
from training.config import SECTIONS, allowed, parameters
from training.forking import CHANGEABLE
from training.wording import SECTION_TITLES

DOCUMENT = Path(__file__).with_name("parameters.md")
HEAD = """# Parameters

Generated from the declarations by `make format`; edit those, not this file. A configuration is one flat JSON object of
these names; what is left out takes its default. Names in bold are the ones that the page shows unfolded.

A [fork](checkpoints.md#what-you-can-do-with-one) may change {changeable}.
"""
TABLE_HEAD = """| name | label | default | allowed | meaning |
| --- | --- | --- | --- | --- |"""


def text() -> str:
    """The whole document."""
    changeable = ", ".join(f"`{name}`" for name in CHANGEABLE)
    return "\n".join([HEAD.format(changeable=changeable), *(_section(section) for section in SECTIONS)])


def main() -> None:
    DOCUMENT.write_text(text(), encoding="utf-8", newline="\n")


def _section(section: str) -> str:
    members = [parameter for parameter in parameters() if parameter.section == section]
    title = f"## {SECTION_TITLES[section]}\n\n{inspect.getdoc(SECTIONS[section])}\n"
    table = "\n".join([TABLE_HEAD, *map(_row, members)])
    return "\n".join([title, table, *(_choices(parameter) for parameter in members if parameter.choices), ""])


def _row(parameter: Parameter) -> str:
    name = f"**`{parameter.name}`**" if parameter.primary else f"`{parameter.name}`"
    live = " *May change while a run goes on.*" if parameter.live else ""
    default = f"`{json.dumps(parameter.default)}`"
    return f"| {name} | {parameter.label} | {default} | {allowed(parameter)} | {parameter.help}{live} |"


def _choices(parameter: Parameter) -> str:
    lines = [f"- `{choice['name']}`: {choice['help']}" for choice in parameter.choices]
    return "\n".join([f"\n`{parameter.name}` is one of", "", *lines])


if __name__ == "__main__":
    main()
