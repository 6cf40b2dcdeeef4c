"""Writes what a benchmark printed into a document, so that no number there is typed by hand."""

import platform
from datetime import UTC, datetime
from pathlib import Path

PERFORMANCE = Path(__file__).parents[1] / "docs" / "performance.md"


def write_section(name: str, text: str, document: Path = PERFORMANCE) -> None:
    """Replace what stands between `<!-- name -->` and `<!-- /name -->`; the markers must be there.

    Raises:
        ValueError: the document has no such section.
    """
    start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    whole = document.read_text(encoding="utf-8")
    before, found, rest = whole.partition(start)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"{document.name} has no section between <!-- {name} --> and <!-- /{name} -->")
    document.write_text(f"{before}{start}{text.rstrip()}\n{end}{after}", encoding="utf-8")


def verdict(is_met: bool) -> str:
    return "met" if is_met else "missed"


def circumstances() -> str:
    """When and on what: "2026-11-23, AMD EPYC, 2 cores, Python 3.11.7"."""
    cores = sum(line.startswith("processor") for line in _cpu_lines()) or "?"
    names = [line.partition(":")[2].strip() for line in _cpu_lines() if line.startswith("model name")]
    processor = names[0] if names else platform.processor() or platform.machine()
    return f"{datetime.now(UTC):%Y-%m-%d}, {processor}, {cores} cores, Python {platform.python_version()}"


def _cpu_lines() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []
