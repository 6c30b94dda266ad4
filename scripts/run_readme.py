#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the command blocks of the READMEs, in order, from the top of the tree: what a reader is told to
type has to work. A block is fenced as ```sh or ```bash (all of it is commands) or as ```console (lines
behind "$ " are commands, the rest is output that is not compared). A block after a line
<!-- not run: reason --> is left out; so is one fenced as ```sh skip. A `cd` holds for the blocks
behind it in the same file. Exit status: 0 all ran, 1 a command failed, 2 a file or an argument is wrong."""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LANGUAGES = {"sh", "bash", "shell", "console"}
FENCE = re.compile(r"^(\s*)(```+|~~~+)\s*([\w+-]*)\s*(.*)$")
NOT_RUN = re.compile(r"^\s*<!--\s*not run:\s*(.*?)\s*-->\s*$")


class Block:
    def __init__(self, line, language, skip_reason):
        self.line = line  # of the opening fence
        self.language = language
        self.skip_reason = skip_reason  # None: to be run
        self.text = []

    def commands(self):
        if self.language != "console":
            return "\n".join(self.text)
        commands = []
        continued = False
        for line in self.text:
            if line.startswith("$ ") or continued:
                commands.append(line if continued else line[2:])
                continued = line.endswith("\\")
        return "\n".join(commands)


class Unclosed(Exception):
    pass


def command_blocks(text):
    """The command blocks of a Markdown text; other fenced blocks are passed over."""
    blocks = []
    block = fence = None
    reason = None
    for number, line in enumerate(text.splitlines(), 1):
        found = FENCE.match(line)
        if fence is None and found:
            indent, fence, language, info = found.groups()
            if "skip" in info.split():
                reason = reason or "marked skip"
            block = Block(number, language, reason)
            reason = None
        elif fence is not None and found and found.group(2).startswith(fence) and not found.group(3):
            if block.language in LANGUAGES:
                blocks.append(block)
            fence = None
        elif fence is not None:
            block.text.append(line[len(indent):] if line.startswith(indent) else line)
        elif NOT_RUN.match(line):
            reason = NOT_RUN.match(line).group(1) or "no reason given"
        elif line.strip():
            reason = None
    if fence is not None:
        raise Unclosed(f"{block.line}: this fence is never closed")
    return blocks


def without(commands, already_run):
    """The commands less those lines that the caller has run before."""
    kept = [line for line in commands.splitlines() if line.split("#")[0].strip() not in already_run]
    return "\n".join(kept)


def end_session(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def run_block(commands, folder, timeout_s):
    """Returns (None or what went wrong, folder the block ended in)."""
    with tempfile.NamedTemporaryFile("r", suffix=".cwd") as end:
        script = f'trap \'pwd > "{end.name}"\' EXIT\n{commands}\n'
        # A session of its own, so that whatever a block leaves running ends with it.
        process = subprocess.Popen(["bash", "-euo", "pipefail", "-c", script], cwd=folder,
                                   stdin=subprocess.DEVNULL, start_new_session=True)
        try:
            status = process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return f"still running after {timeout_s} s", folder
        finally:
            end_session(process)
        error = f"exit status {status}" if status else None
        return error, Path(end.read().strip() or folder)


def run_file(readme, top, options):
    """Runs one file's blocks; returns (blocks run, blocks left out). Exits with 1 on a failure."""
    try:
        blocks = command_blocks((top / readme).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        sys.exit(fail(f"{readme}: cannot be read: {error}", 2))
    except Unclosed as error:
        sys.exit(fail(f"{readme}:{error}", 2))
    folder = top
    ran = left_out = 0
    for block in blocks:
        where = f"{readme}:{block.line}"
        if block.skip_reason:
            print(f"== {where}: not run: {block.skip_reason}", flush=True)
            left_out += 1
            continue
        commands = without(block.commands(), options.already_run)
        if not commands.strip():
            print(f"== {where}: nothing left to run", flush=True)
            left_out += 1
            continue
        print(f"== {where}", flush=True)
        for line in commands.splitlines():
            print(f"$ {line}", flush=True)
        if options.list:
            continue
        begin_s = time.monotonic()
        error, folder = run_block(commands, folder, options.timeout)
        if error:
            sys.exit(fail(f"{where}: this block failed: {error}", 1))
        print(f"== {where}: fine, {time.monotonic() - begin_s:.1f} s", flush=True)
        ran += 1
    return ran, left_out


def fail(message, status):
    print(f"run_readme: {message}", file=sys.stderr)
    return status


def tracked_files(root):
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-z"], capture_output=True, check=True)
    return [name for name in listed.stdout.decode().split("\0") if name]


def copy_tree(root, target):
    for name in tracked_files(root):
        destination = target / name
        destination.parent.mkdir(parents=True, exist_ok=True)
        if (root / name).exists():
            shutil.copy2(root / name, destination, follow_symlinks=False)


def default_readmes(root):
    """The top README first, then those of the rooms."""
    found = [p for p in root.rglob("README.md") if not any(
        part.startswith((".", "build")) or part == "out" for part in p.relative_to(root).parts[:-1])]
    return sorted((p.relative_to(root) for p in found), key=lambda p: (len(p.parts), p.as_posix()))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, help="Markdown files, relative to the top (default: each README.md)")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent, help="top of the source tree")
    parser.add_argument("--copy", action="store_true", help="run in a temporary copy of the tracked files, nothing built yet")
    parser.add_argument("--list", action="store_true", help="print the commands, run nothing")
    parser.add_argument("--already-run", action="append", default=[], metavar="COMMAND",
                        help="leave out lines that are this command; may be given several times")
    parser.add_argument("--timeout", type=float, default=1800, help="seconds a block may take (default 1800)")
    options = parser.parse_args()
    root = options.root.resolve()
    files = options.files or default_readmes(root)
    if not files:
        return fail(f"no README.md under {root}", 2)
    ran = left_out = 0
    with tempfile.TemporaryDirectory() as temporary:
        top = root
        if options.copy:
            top = Path(temporary)
            copy_tree(root, top)
        os.environ["SYSTEMC_DISABLE_COPYRIGHT_MESSAGE"] = "1"
        for readme in files:
            file_ran, file_left_out = run_file(readme, top, options)
            ran += file_ran
            left_out += file_left_out
    print(f"run_readme: {len(files)} files, {ran} blocks ran, {left_out} left out")
    return 0


if __name__ == "__main__":
    sys.exit(main())
