"""How large a process was at its largest."""

import resource
from pathlib import Path

KIB_PER_MIB = 1024


def peak_mib() -> float:
    """Return the largest resident set of this process since its program began, in MiB.

    What getrusage says would hold the parent's as well, before exec.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / KIB_PER_MIB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_PER_MIB / KIB_PER_MIB
