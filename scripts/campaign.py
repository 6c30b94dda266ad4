#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs randomised faulty transfers in each protocol, with links that go down and come up, and
checks every one: data right or an error told, nothing lost, duplicated, out of order or left over.

  scripts/campaign.py --runs 10000 --seed 1             all protocols, 10,000 transfers in each
  scripts/campaign.py --runs 2000 --protocol ualink_x4  one of them
  scripts/campaign.py --case "kind=sue_x4 seed=7 ..."   one case again

A case that fails is made smaller while it still fails, and printed as the command that repeats it.
Rows are written to --out as they come. Exit: 0 all right, 1 a case failed, 2 bad input."""
import argparse
import csv
import os
import random
import subprocess
import sys

PROTOCOLS = ["pcie6_x16", "pcie5_x8_non_flit", "ualink_x4", "nvlink4_x2", "nvlink4_x2_acknowledged",
             "sue_x4", "roce_x4", "ideal", "mixed"]
COLUMNS = ["transfers", "errors", "unmapped", "compared", "failures", "lost", "dropped", "timeouts",
           "moved", "undrained", "held"]
TIMEOUT_S = 300


def words(case):
    return " ".join(f"{key}={value}" for key, value in case.items())


def run(program, case_words):
    """(counts, None) of a case that passed, (None, output) of one that did not."""
    environment = dict(os.environ, ANTARES_CAMPAIGN_CASE=case_words)
    try:
        done = subprocess.run([program, "--gtest_filter=Campaign.Case"], env=environment,
                              capture_output=True, text=True, timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        return None, f"no end after {TIMEOUT_S} s"
    result = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if done.returncode != 0 or len(result) != 1:
        return None, done.stdout + done.stderr
    pairs = dict(word.split("=") for word in result[0].split()[1:])
    return {column: int(pairs[column]) for column in COLUMNS}, None


def draw(stream, protocol, transfers):
    """A case of about `transfers` accesses."""
    devices = stream.randint(2, 6)
    lines = stream.randint(1, 12)
    chain = int(protocol != "mixed" and stream.random() < 0.3)
    return {"kind": protocol, "seed": stream.randint(1, 900000), "devices": devices, "lines": lines,
            "accesses": max(1, round(transfers / devices / lines)),
            "failures": stream.choice([0, 1, 3, 10, 30]),
            "train_bytes": stream.choice([0, 0, 1024, 4096, 65536]), "chain": chain,
            "partitions": 1 if chain else stream.choice([1, 1, 2]),
            "moves": 0 if chain else stream.choice([0, 0, 5, 40])}


def shrink(program, case):
    """The smallest case found, by halving one number after the other, that still fails."""
    smallest = {"devices": 2, "lines": 1, "accesses": 1, "failures": 0, "train_bytes": 0,
                "chain": 0, "partitions": 1, "moves": 0}
    again = True
    while again:
        again = False
        for key, least in smallest.items():
            if case[key] == least:
                continue
            smaller = dict(case, **{key: max(least, case[key] // 2)})
            if smaller["partitions"] <= smaller["devices"] and run(program, words(smaller))[1]:
                case = smaller
                again = True
    return case


def find_program(given):
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    program = given or os.path.join(here, "build", "release", "bin", "test_faults")
    if not os.access(program, os.X_OK):
        sys.exit(f"campaign.py: {program} is not there; build it first (scripts/test.sh), or name "
                 "it with --program")
    return program


def campaign(arguments, program):
    table = []
    failed = 0
    out = None
    if arguments.out:
        try:
            out = csv.writer(open(arguments.out, "w", newline="", buffering=1))
        except OSError as problem:
            print(f"campaign.py: {arguments.out}: {problem.strerror}", file=sys.stderr)
            return 2
        out.writerow(["case", "passed"] + COLUMNS)
    for protocol in [arguments.protocol] if arguments.protocol else PROTOCOLS:
        stream = random.Random(f"{arguments.seed} {protocol}")
        sums = dict.fromkeys(COLUMNS, 0)
        cases = 0
        while sums["transfers"] < arguments.runs:
            case = draw(stream, protocol, min(500, arguments.runs))
            counts, output = run(program, words(case))
            cases += 1
            if out:
                out.writerow([words(case), int(counts is not None)] +
                             [counts[c] if counts else "" for c in COLUMNS])
            if counts is None:
                failed += 1
                small = shrink(program, case)
                print(f"FAILED: scripts/campaign.py --case \"{words(small)}\"\n  (found as "
                      f"\"{words(case)}\")\n" + run(program, words(small))[1][-2000:])
                sums["transfers"] += case["devices"] * case["lines"] * case["accesses"]
                continue
            for column in COLUMNS:
                sums[column] += counts[column]
            if sys.stderr.isatty():
                print(f"\r{protocol}: {sums['transfers']} of {arguments.runs} ", end="",
                      file=sys.stderr)
        if sys.stderr.isatty():
            print("\r" + " " * 60 + "\r", end="", file=sys.stderr)
        table.append((protocol, cases, sums))
    form = "{:<24} {:>6} {:>10} {:>8} {:>9} {:>9} {:>9} {:>8} {:>9} {:>9} {:>7} {:>9} {:>7}"
    print(form.format("# protocol", "cases", *COLUMNS))
    for protocol, cases, sums in table:
        print(form.format(protocol, cases, *sums.values()))
    print("# transfers: answered, each once; errors: told as such; unmapped: other partitions; compared: "
          "reads whose data\n# was checked; failures: of links; lost, dropped: trains; timeouts: answered "
          "by the requester's timer; moved, undrained: ports on their way to another partition; held: "
          "requests that\n# waited for them")
    print(f"# {failed} case(s) failed" if failed else "# every case passed")
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10000, help="transfers in each protocol")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--protocol", choices=PROTOCOLS)
    parser.add_argument("--case", help="one case, as a failure prints it")
    parser.add_argument("--out", help="CSV file, a row a case, as they come")
    parser.add_argument("--program", help="test_faults; default: that of build/release")
    arguments = parser.parse_args()
    if arguments.runs < 1:
        parser.error("--runs: at least 1")
    program = find_program(arguments.program)
    if arguments.case is None:
        return campaign(arguments, program)
    counts, output = run(program, arguments.case)
    print(output if counts is None else counts)
    return 1 if counts is None else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("campaign.py: interrupted")
