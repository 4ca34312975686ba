#!/usr/bin/env python3
"""Checks the order of the rooms: a room includes only itself and the rooms before it.

    scripts/check_layers.py [SOURCE_FOLDER]        (default: src/racemate beside this script)

The order stands in one place, the list RACEMATE_ROOMS of SOURCE_FOLDER/CMakeLists.txt. Some outside headers have one
home each: a heavy or delicate library must not spread. Prints every breach as file:line and exits with 1.
"""

import pathlib
import re
import sys

# Outside header (prefix) -> the only places, relative to the source folder, that may include it.
HOMES = {
    "hwy/": ["engine/kernels/"],
    "toml++/": ["core/document.cc"],
    "Random123/": ["core/"],
    "sodium": ["core/"],
    "zlib.h": ["core/gzip.cc"],
    "cvode/": ["engine/ode/cvode.cc", "bench/cvode_peer.cc"],
    "nvector/": ["engine/ode/cvode.cc", "bench/cvode_peer.cc"],
    "sunlinsol/": ["engine/ode/cvode.cc", "bench/cvode_peer.cc"],
    "sunmatrix/": ["engine/ode/cvode.cc", "bench/cvode_peer.cc"],
    "nlohmann/": ["report/", "bench/bench_json.cc"],
    "CLI/": ["cli/"],
    "boost/": ["bench/odeint_peer.cc", "*_test.cc", "*_test.h", "*testing.h"],
    "rapidcheck": ["*_test.cc", "*_test.h", "*testing.h"],
    "gtest/": ["*_test.cc", "*_test.h", "*testing.h"],
    "gmock/": ["*_test.cc", "*_test.h", "*testing.h"],
    "benchmark/": ["*_benchmark.cc"],
}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def read_rooms(source_folder):
    text = (source_folder / "CMakeLists.txt").read_text(encoding="utf-8")
    match = re.search(r"set\(RACEMATE_ROOMS\s+([^)]*)\)", text)
    if not match:
        raise SystemExit(f"{source_folder}/CMakeLists.txt: no list RACEMATE_ROOMS")
    return match.group(1).split()


def at_home(relative, homes):
    for home in homes:
        if home.startswith("*"):
            if relative.endswith(home[1:]):
                return True
        elif relative == home or (home.endswith("/") and relative.startswith(home)):
            return True
    return False


def breaches_of_file(path, relative, rooms):
    room = relative.split("/")[0]
    if room not in rooms:
        yield 1, f"folder '{room}' is not a room (rooms: {' '.join(rooms)})"
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        match = INCLUDE.match(line)
        if not match:
            continue
        quote, header = match.groups()
        if header.startswith("racemate/"):
            parts = header.split("/")
            if quote == "<":
                yield number, f"write \"{header}\" in quotes"
            if len(parts) < 3 or parts[1] not in rooms:
                yield number, f"'{header}' names no room"
            elif rooms.index(parts[1]) > rooms.index(room):
                yield number, f"room '{room}' includes '{header}', a room after it"
            continue
        if quote == '"' and "/" not in header and (path.parent / header).exists():
            yield number, f"'{header}' must be written as racemate/room/file.h"
        for prefix, homes in HOMES.items():
            if header.startswith(prefix) and not at_home(relative, homes):
                yield number, f"'{header}' belongs in {', '.join(homes)} only"


def find_breaches(source_folder):
    rooms = read_rooms(source_folder)
    for path in sorted(source_folder.rglob("*")):
        if path.suffix not in (".h", ".cc"):
            continue
        relative = path.relative_to(source_folder).as_posix()
        for number, message in breaches_of_file(path, relative, rooms):
            yield f"{path}:{number}: {message}"


def main(arguments):
    default = pathlib.Path(__file__).resolve().parent.parent / "src" / "racemate"
    source_folder = pathlib.Path(arguments[0]) if arguments else default
    found = list(find_breaches(source_folder))
    for line in found:
        print(line)
    if found:
        print(f"check_layers: {len(found)} breach(es)")
        return 1
    print("check_layers: every include keeps the order of the rooms")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
