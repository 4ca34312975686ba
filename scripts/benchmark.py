#!/usr/bin/env python3
"""Speed and memory, measured here and now: the workloads beside other engines, the benchmarks of every room, the program
as a whole.

    scripts/benchmark.py BUILD_FOLDER

Wall time and peak memory are those of the whole process, data loading included. The machine is named first: numbers
of two machines do not compare.
"""

import os
import pathlib
import statistics
import subprocess
import sys
import time


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown processor"


def measure(command):
    """Wall seconds and peak MiB of one run."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: exit status {process.returncode}")
    return wall_s, usage.ru_maxrss / 1024


def report(title, command, runs):
    measure(command)  # once unmeasured: files in the cache
    results = [measure(command) for _ in range(runs)]
    walls = [wall for wall, _ in results]
    print(f"{title:<66} median {statistics.median(walls) * 1000:10.1f} ms  (best {min(walls) * 1000:.1f})   "
          f"peak {max(peak for _, peak in results):7.1f} MiB")


def main(build):
    print(f"{processor()}, {len(os.sched_getaffinity(0))} processors for this process")
    racemate = str(build / "bin" / "racemate")
    print("\n== racemate bench", flush=True)
    subprocess.run([racemate, "bench"], check=True)
    for benchmark in sorted((build / "bin").glob("racemate_*_benchmarks")):
        print(f"\n== {benchmark.name}", flush=True)
        subprocess.run([benchmark], check=True)
    print("\n== the program")
    report("racemate --version", [racemate, "--version"], 20)
    report("racemate model list (loads every model, pattern and cohort)", [racemate, "model", "list"], 10)
    report("racemate compare (defaults)", [racemate, "compare", "--quiet", "--json", "/dev/null"], 5)
    report("racemate compare --threads 1", [racemate, "compare", "--quiet", "--json", "/dev/null", "--threads", "1"], 3)
    report("racemate compare --subjects 100000 (memory must not grow)",
           [racemate, "compare", "--quiet", "--json", "/dev/null", "--subjects", "100000"], 1)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(pathlib.Path(sys.argv[1]))
