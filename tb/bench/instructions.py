#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Instructions a packet-hop, counted by callgrind: the figure that guards against regressions, since
it does not depend on how busy the machine is. The program runs twice, with N and with 2N packets, and
the difference is divided by the difference in packet-hops: what it takes to start cancels out.

  instructions.py count PROGRAM [-- SCENARIO_ARGUMENTS]   prints one line of JSON
  instructions.py check --bound FILE PROGRAM              exit 1 above the bound, 77 where it says nothing
  instructions.py profile PROGRAM                         the functions with the most instructions
  instructions.py profile --packets 33554432 PROGRAM -- ring --train-bytes 65536   the same of an all-reduce
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

DEFAULT_SCENARIO = ["crossbar64", "--load", "0.9", "--warmup-us", "2"]
DEFAULT_PACKETS = 8000
EXIT_SKIPPED = 77
SUMMARY = re.compile(r"Collected\s*:\s*(\d+)")
# A line of callgrind_annotate: "1,234,567 ( 3.21%)  file:function [object]".
FUNCTION = re.compile(r"^\s*([\d,]+)\s*(?:\(\s*[\d.]+%\))?\s+(\S.*)$")


class Failure(Exception):
    pass


def run_under_callgrind(program, scenario, packets, out_file):
    # A ring has no packets to count: there N are its bytes.
    amount = "--bytes" if scenario[0] == "ring" else "--packets"
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out_file}",
               str(program), *scenario, amount, str(packets)]
    done = subprocess.run(command, capture_output=True, text=True)
    collected = SUMMARY.search(done.stderr)
    if done.returncode != 0 or not collected:
        raise Failure(f"{' '.join(command)} ended with exit status {done.returncode}:\n{done.stderr}")
    return int(collected.group(1)), json.loads(done.stdout)["packet_hops"]


def count(program, scenario, packets, out_files=("/dev/null", "/dev/null")):
    few_instructions, few_hops = run_under_callgrind(program, scenario, packets, out_files[0])
    many_instructions, many_hops = run_under_callgrind(program, scenario, 2 * packets, out_files[1])
    hops = many_hops - few_hops
    if hops <= 0:
        raise Failure(f"N = {2 * packets} made no more packet-hops than N = {packets}")
    return {"scenario": " ".join(scenario), "packet_hops": hops,
            "instructions_per_packet_hop": round((many_instructions - few_instructions) / hops, 1)}


def self_instructions(callgrind_file):
    """Instructions by function, those of what it calls not counted."""
    text = subprocess.run(["callgrind_annotate", "--threshold=100", "--auto=no", str(callgrind_file)],
                          capture_output=True, text=True, check=True).stdout
    functions = {}
    for line in text.splitlines():
        match = FUNCTION.match(line)
        if match and ":" in match.group(2):
            name = re.sub(r"^[^:]*:", "", match.group(2), count=1)
            name = re.sub(r"\s*\[[^\[\]]*\]$", "", name)
            functions[name] = functions.get(name, 0) + int(match.group(1).replace(",", ""))
    return functions


def profile(program, scenario, packets, top):
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, "few"), Path(folder, "many")]
        result = count(program, scenario, packets, files)
        few, many = (self_instructions(file) for file in files)
    hops = result["packet_hops"]
    rows = sorted(((many[name] - few.get(name, 0)) / hops, name) for name in many)[::-1]
    total = result["instructions_per_packet_hop"]
    print(f"{result['scenario']}: {total} instructions a packet-hop")
    for instructions, name in rows[:top]:
        print(f"{instructions:9.1f}  {100 * instructions / total:5.1f} %  {name}")


def check(program, bound_file, toolchain, packets):
    bound = json.loads(bound_file.read_text())
    if toolchain and toolchain != bound["toolchain"]:
        print(f"skipped: the bound holds for '{bound['toolchain']}', this build is '{toolchain}'")
        return EXIT_SKIPPED
    result = count(program, bound["scenario"].split(), packets)
    value, most = result["instructions_per_packet_hop"], bound["most_instructions_per_packet_hop"]
    print(f"{result['scenario']}: {value} instructions a packet-hop; the bound is {most}, set when it was "
          f"{bound['measured']} ({bound['when']})")
    if value <= most:
        return 0
    print(f"above the bound: '{sys.argv[0]} profile {program}' shows where they go. Where the feature is "
          f"worth it, raise the bound in {bound_file} and say why in 'when'.")
    return 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=["count", "check", "profile"])
    parser.add_argument("program", type=Path, help="bench_fabric")
    parser.add_argument("scenario", nargs="*", help="after --, without --packets (ring: --bytes); " + " ".join(DEFAULT_SCENARIO))
    parser.add_argument("--packets", type=int, default=DEFAULT_PACKETS, help="N (ring: bytes)")
    parser.add_argument("--bound", type=Path, help="check: the file with the bound")
    parser.add_argument("--toolchain", default="", help="check: skip unless the bound was set with this one")
    parser.add_argument("--top", type=int, default=25, help="profile: how many functions")
    arguments = parser.parse_args()
    if not shutil.which("valgrind"):
        print("skipped: there is no valgrind (Debian package: valgrind)")
        return EXIT_SKIPPED
    scenario = arguments.scenario or DEFAULT_SCENARIO
    try:
        if arguments.verb == "check":
            if not arguments.bound:
                parser.error("check needs --bound FILE")
            return check(arguments.program, arguments.bound, arguments.toolchain, arguments.packets)
        if arguments.verb == "profile":
            profile(arguments.program, scenario, arguments.packets, arguments.top)
        else:
            print(json.dumps(count(arguments.program, scenario, arguments.packets)))
    except Failure as failure:
        print(f"instructions.py: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
