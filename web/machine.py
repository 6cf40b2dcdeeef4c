"""What the server's process takes of the machine. Knows no route."""

import os
import shutil
import threading
import time
from dataclasses import dataclass
from pathlib import Path

_STATISTICS = Path("/proc/self/statm")  # sizes in pages; the second is what lies in memory


@dataclass(frozen=True, slots=True)
class Machine:
    """One reading. Two of them give the processor's load: `cpu_s` by `clock_s`, both in seconds and ever rising."""

    clock_s: float
    cpu_s: float  # of all threads together
    cpu_count: int  # processors that the process may use
    threads: int
    memory_bytes: int | None  # in memory, None where the system does not tell
    machine_memory_bytes: int | None
    free_disk_bytes: int | None  # where runs are kept


def read_machine(data_dir: Path) -> Machine:
    return Machine(
        clock_s=time.monotonic(),
        cpu_s=time.process_time(),
        cpu_count=_cpu_count(),
        threads=threading.active_count(),
        memory_bytes=_memory_bytes(),
        machine_memory_bytes=_machine_memory_bytes(),
        free_disk_bytes=_free_disk_bytes(data_dir),
    )


def _cpu_count() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory_bytes() -> int | None:
    try:
        pages = int(_STATISTICS.read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):  # not Linux
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def _machine_memory_bytes() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _free_disk_bytes(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None
