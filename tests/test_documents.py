"""What the documents claim about parameters, dependencies and files is compared with the thing itself."""

import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from docs import make_parameters
from tests.source_reader import ROOT, all_imports, read_program
from training.config import parameters

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def required(file: str) -> list[str]:
    """Names in a requirements file, without versions, comments and options."""
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    return [re.split(r"[=<>~!]", line)[0].strip() for line in lines if line[:1] not in ("", "#", "-")]


def documented(heading: str) -> list[str]:
    """First cells of the table under a heading of docs/dependencies.md."""
    text = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    section = text.split(f"\n## {heading}", 1)[1].split("\n## ", 1)[0]
    rows = [line.split("|")[1].strip() for line in section.splitlines() if line.startswith("| ")]
    return [name for name in rows if name not in ("package", "---")]


def test_parameter_table_is_what_the_declarations_say() -> None:
    written = make_parameters.DOCUMENT.read_text(encoding="utf-8")

    assert written == make_parameters.text(), "docs/parameters.md is stale: run `make format`"


def test_every_parameter_and_choice_explains_itself_in_sentences() -> None:
    helps = {parameter.name: parameter.help for parameter in parameters()}
    helps |= {choice["name"]: choice["help"] for parameter in parameters() for choice in parameter.choices}

    assert [name for name, help_text in helps.items() if not re.match(r"[A-Z].*\.$", help_text)] == []


@pytest.mark.parametrize(
    ("file", "heading"), [("requirements.txt", "To run"), ("requirements-dev.txt", "To test and check")]
)
def test_every_requirement_is_documented_in_the_same_order(file: str, heading: str) -> None:
    assert documented(heading) == required(file)


def test_every_imported_library_is_required_by_name() -> None:
    names = {name.partition("[")[0].removeprefix("./").lower() for name in required("requirements.txt")}
    names |= {"warmgate-browser-client", "werkzeug", "pydantic-core"}  # the latter two are flask's and pydantic's own
    modules = read_program(ROOT)
    known = {source.part for source in modules.values()} | sys.stdlib_module_names | {"_typeshed"}
    providers = packages_distributions()

    missing = [
        f"{found.place}: {found.part} is not in requirements.txt"
        for found in all_imports(modules)
        if found.part not in known
        if not names & {provider.lower().replace("_", "-") for provider in providers.get(found.part, [])}
    ]

    assert not missing, "\n" + "\n".join(missing)


def headings(document: Path) -> set[str]:
    """The names by which a link finds the headings of a document."""
    titles = re.findall(r"^#+ (.*)$", document.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def leads_somewhere(document: Path, link: str) -> bool:
    path, _, heading = link.partition("#")
    target = document.parent / path if path else document
    return target.exists() and (not heading or heading in headings(target))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_relative_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)]+)\)", document.read_text(encoding="utf-8"))
    local = [link for link in links if not re.match(r"[a-z]+:", link)]

    assert [link for link in local if not leads_somewhere(document, link)] == []


def test_the_readme_leads_to_every_document() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    others = [document.relative_to(ROOT).as_posix() for document in DOCUMENTS if document.name != "README.md"]

    assert [document for document in others if f"]({document})" not in text] == []


def test_documents_agree_on_how_many_opens_repeat_the_close_before() -> None:
    baselines, fill_modes = (
        (ROOT / f"docs/{name}.md").read_text(encoding="utf-8") for name in ("baselines", "fill_modes")
    )
    shares = re.findall(r"(train|test) ([\d.]+) %", baselines.rpartition("Opens that repeat")[2])
    [train, _, test] = re.findall(r"^Of the opens, ([\d.]+) %", fill_modes, flags=re.MULTILINE)

    assert shares == [("train", train), ("test", test)]
