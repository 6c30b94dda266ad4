#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks what the compiler does not: the direction of includes between the rooms, where SystemC may
appear, the licence line, the length of files. Each finding is `file:line: what is wrong; what would
be right`. Exit status: 0 nothing found, 1 something found, 2 the folder is no source tree of Antares."""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

ROOMS = ["protocols", "models", "platforms", "tb"]  # each may include itself and what stands before it
SOURCE_SUFFIXES = {".h", ".cpp", ".c", ".S", ".py", ".sh", ".cmake", ".yaml", ".yml", ".cff"}
SOURCE_NAMES = {"CMakeLists.txt", ".ci/run"}
MAX_LINES = 400
SPDX = "SPDX-License-Identifier: Apache-2.0"
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
SYSTEMC = re.compile(r"^(systemc|tlm)(\.h)?$|^(sysc|tlm_core|tlm_utils|scv)(/|$)")
USING_NAMESPACE = re.compile(r"^\s*using\s+namespace\b")
SKIPPED_FOLDERS = re.compile(r"^(build.*|out|\..*|__pycache__)$")


def source_files(root):
    """Files git tracks or would track; all files where there is no git (an unpacked archive)."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True).stdout.decode()
        names = [name for name in listed.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        names = []
    if not names:
        for folder, folders, files in os.walk(root):
            folders[:] = [f for f in folders if f == ".ci" or not SKIPPED_FOLDERS.match(f)]
            names += [Path(folder, f).relative_to(root).as_posix() for f in files]
    for name in sorted(set(names)):
        path = Path(name)
        if path.suffix in SOURCE_SUFFIXES or path.name in SOURCE_NAMES or name in SOURCE_NAMES:
            if (root / path).is_file():
                yield path


def may_use_systemc(path):
    """In protocols/: nowhere. In models/: <unit>/<unit>.{h,cpp}, scheduler/, sockets/."""
    room, *rest = path.parts
    if room == "protocols":
        return False
    if room == "models":
        if rest[0] in ("scheduler", "sockets"):
            return True
        return len(rest) == 2 and path.stem == rest[0]
    return True


def check_licence(lines):
    first = 1 if lines and lines[0].startswith("#!") else 0
    line = lines[first].strip() if first < len(lines) else ""
    if line not in (f"// {SPDX}", f"# {SPDX}"):
        yield first + 1, f"no licence line; '// {SPDX}' or '# {SPDX}' comes first (a #! line may precede)"


def check_length(lines):
    if len(lines) > MAX_LINES:
        yield MAX_LINES + 1, f"{len(lines)} lines; at most {MAX_LINES}: this file wants to be two"


def prefixed(root, path, name):
    """How an include without its prefix should have been written, where the file can be found."""
    for candidate in (path.parent / name, Path(name)):
        candidate = Path(os.path.normpath(candidate))
        if candidate.parts[0] in ROOMS and (root / candidate).is_file():
            prefix = "" if candidate.parts[0] == "tb" else "antares/"
            return f'write #include "{prefix}{candidate.as_posix()}"'
    return 'own headers are written "antares/<room>/...", those of others <...>'


def included_room(name):
    parts = name.split("/")
    if parts[0] == "antares" and len(parts) > 1 and parts[1] in ROOMS:
        return parts[1]
    return "tb" if parts[0] == "tb" else None


def check_include(root, path, bracket, name):
    room = path.parts[0]
    target = included_room(name)
    if target is None:
        # The projects of tb/consumer stand outside the tree: their own headers lie beside them.
        outside = path.parts[:2] == ("tb", "consumer") and (root / path.parent / name).is_file()
        if bracket == '"' and not outside:
            yield f'"{name}" lacks its include prefix; {prefixed(root, path, name)}'
        elif bracket == "<" and SYSTEMC.match(name) and not may_use_systemc(path):
            if room == "protocols":
                yield f"<{name}> in protocols/, which is pure C++; what needs SystemC belongs in models/"
            else:
                unit = path.parts[1] if len(path.parts) > 2 else "<unit>"
                yield (f"<{name}> in a plain file of models/; only {unit}/{unit}.h and .cpp, scheduler/ "
                       "and sockets/ include SystemC")
        return
    if bracket == "<":
        yield f'<{name}> is our own header; write #include "{name}"'
    if room in ROOMS and ROOMS.index(target) > ROOMS.index(room):
        yield (f'{room}/ includes "{name}"; includes point one way: '
               "tb may include platforms, platforms models, models protocols")
    if path.parts[:2] == ("protocols", "common") and target == "protocols":
        if not name.startswith("antares/protocols/common/"):
            yield f'protocols/common includes "{name}"; common knows none of the protocols built on it'


def check_cpp(root, path, lines):
    for number, line in enumerate(lines, 1):
        found = INCLUDE.match(line)
        if found:
            for message in check_include(root, path, *found.groups()):
                yield number, message
        if path.suffix == ".h" and USING_NAMESPACE.match(line):
            yield number, "'using namespace' in a header reaches every file that includes it; name what is used"


def check_file(root, path):
    text = (root / path).read_text(encoding="utf-8", errors="replace")
    lines = text.splitlines()
    yield from check_licence(lines)
    yield from check_length(lines)
    if path.suffix in (".h", ".cpp"):
        yield from check_cpp(root, path, lines)


def check_tree(root):
    """Returns (number of files, list of findings)."""
    files = list(source_files(root))
    findings = [f"{path}:{line}: {message}" for path in files for line, message in check_file(root, path)]
    return len(files), findings


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", nargs="?", type=Path, default=Path(__file__).resolve().parent.parent,
                        help="source tree to check (default: the one this script is in)")
    root = parser.parse_args().root.resolve()
    if not any((root / room).is_dir() for room in ROOMS):
        print(f"check_rooms: {root} has none of the folders {', '.join(ROOMS)}; give the top of the source tree",
              file=sys.stderr)
        return 2
    count, findings = check_tree(root)
    for finding in findings:
        print(finding)
    print(f"check_rooms: {count} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
