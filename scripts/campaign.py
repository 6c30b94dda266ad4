#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs randomised faulty transfers in each protocol and checks every one: data right or an error
told, nothing lost, duplicated, out of order or left over. Reads and writes, and what is for several:
multicast writes (named in each way, and scattered) and fetch-adds, store-reduces, load-reduces. The
faults: links that go down, are turned off, trained anew, lose lanes or rate; units that fail, alone
and in bursts past what replay takes, and what the protocol does then; damaged data, blocked at egress
or not; credits that come home late, or not before the link is trained; containment; members that are given up; ports that move between
partitions, partitions that are reset.

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
           "moved", "undrained", "held", "broken", "resent", "gave_up", "bursts", "poisoned", "blocked",
           "degraded", "recovered", "disabled", "stuck", "leaks", "resets", "grouped", "copies", "copies_failed",
           "reduced"]
# What a case may draw, the values (0 mostly: a case with all of it at once shows little), and the
# least to which it is shrunk.
FAULTS = {"failures": [0, 0, 1, 3, 10, 30], "units": [0, 0, 0, 1000, 10000, 30000],
          "bursts": [0, 0, 0, 1, 5], "poison": [0, 0, 0, 2, 10], "degradations": [0, 0, 0, 1, 4],
          "recoveries": [0, 0, 0, 2, 8], "disables": [0, 0, 0, 1, 4], "stuck": [0, 0, 0, 1, 6],
          "leaks": [0, 0, 0, 1, 4],
          "contain": [0, 0, 0, 1, 2], "moves": [0, 0, 5, 40], "resets": [0, 0, 0, 1, 6],
          "groups": [0, 1, 3, 8]}
ON_ONE_SWITCH = ["moves", "resets"]
# What a replay does, or after it gave up, where the protocol leaves a choice (test_campaign.cpp, Case).
GIVING_UP = {"pcie6_x16": ("selective", [0, 1]), "ualink_x4": ("gives_up", [1, 2]), "nvlink4_x2": ("gives_up", [1, 2]),
             "nvlink4_x2_acknowledged": ("gives_up", [1, 2]), "sue_x4": ("flush", [0, 1, 2, 3]),
             "roce_x4": ("flush", [0, 1, 2, 3])}
TIMEOUT_S = 300
MOST_HOPS = 8  # protocols::kMostHops
# The least of each number of a case, to which it is shrunk; what it may be, where that is not 0 to 1e6.
SMALLEST = dict({"devices": 2, "lines": 1, "accesses": 1, "train_bytes": 0, "chain": 0, "partitions": 1,
                 "burst_units": 1, "block": 0, "gives_up": 0, "flush": 0, "selective": 0, "operations": 15,
                 "slow_members": 0, "quota_bytes": 0}, **dict.fromkeys(FAULTS, 0))
RANGES = {"devices": (2, 16), "lines": (1, 64), "accesses": (1, 1000000), "partitions": (1, 16),
          "burst_units": (1, 1000000), "chain": (0, 1), "block": (0, 1), "contain": (0, 2),
          "gives_up": (0, 2), "flush": (0, 3), "selective": (0, 1), "groups": (0, 64), "operations": (1, 15),
          "slow_members": (0, 2)}


def words(case):
    return " ".join(f"{key}={value}" for key, value in case.items())


def wrong_word(case_words):
    """What is wrong with the words of a case; None: nothing that the program would not say itself."""
    known = dict(SMALLEST, kind="", seed=0)
    for word in case_words.split():
        key, equals, value = word.partition("=")
        if not equals or key not in known:
            return f"'{word}' is no key=value of a case; keys: {', '.join(sorted(known))}"
        if key == "kind" and value not in PROTOCOLS:
            return f"kind={value}: none of {', '.join(PROTOCOLS)}"
        if key != "kind" and not (value.isascii() and value.isdigit()):
            return f"'{word}': a whole number, not '{value}'"
        low, high = RANGES.get(key, (0, 1000000))
        if key != "kind" and not low <= int(value) <= high:
            return f"'{word}': {low} to {high}"
    case = dict({"kind": "pcie6_x16", "devices": 3, "partitions": 1, "chain": 0, "moves": 0, "resets": 0},
                **dict(word.split("=") for word in case_words.split()))
    if int(case["partitions"]) > int(case["devices"]):
        return f"partitions={case['partitions']}: at most one a device ({case['devices']})"
    if int(case["chain"]) and (case["kind"] == "mixed" or int(case["partitions"]) != 1 or
                               int(case["moves"]) + int(case["resets"]) or int(case["devices"]) > MOST_HOPS):
        return (f"chain=1: of one kind, with one partition, no moves, no resets and at most {MOST_HOPS} "
                "devices")
    return None


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
    case = {"kind": protocol, "seed": stream.randint(1, 900000), "devices": devices, "lines": lines,
            "accesses": max(1, round(transfers / devices / lines)),
            "train_bytes": stream.choice([0, 0, 1024, 4096, 65536]), "chain": chain,
            "partitions": 1 if chain else stream.choice([1, 1, 2])}
    for fault, values in FAULTS.items():
        drawn = stream.choice(values)
        case[fault] = 0 if chain and fault in ON_ONE_SWITCH else drawn
    case["burst_units"] = stream.choice([1, 4]) if case["units"] else 1
    case["block"] = stream.choice([0, 1]) if case["poison"] else 0
    case["operations"] = stream.choice([15, 15, 3, 12]) if case["groups"] else 15
    case["slow_members"] = stream.choice([0, 0, 1, 2]) if case["groups"] else 0
    case["quota_bytes"] = stream.choice([0, 0, 8192]) if case["groups"] else 0
    case["gives_up"] = case["flush"] = case["selective"] = 0
    key, values = GIVING_UP.get(protocol, ("gives_up", [0]))
    if case["units"] or case["bursts"]:
        case[key] = stream.choice(values)
    return case


def shrink(program, case):
    """The smallest case found, by halving one number after the other, that still fails."""
    again = True
    while again:
        again = False
        for key, least in SMALLEST.items():
            if case[key] == least:
                continue
            # All of it at once, where that does not matter to the failure; else by halves.
            for value in [least, max(least, case[key] // 2)]:
                smaller = dict(case, **{key: value})
                if smaller["partitions"] > smaller["devices"] or smaller == case:
                    continue
                if run(program, words(smaller))[1]:
                    case = smaller
                    again = True
                    break
        # Operations of groups are a sum of four: one of them, if that fails alone.
        for one in [1, 2, 4, 8] if case["groups"] and case["operations"] not in (1, 2, 4, 8) else []:
            if run(program, words(dict(case, operations=one)))[1]:
                case["operations"] = one
                again = True
                break
    return case


def find_program(given):
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    program = given or os.path.join(here, "build", "release", "bin", "test_faults")
    if not os.access(program, os.X_OK):
        print(f"campaign.py: {program} is not there; build it first (scripts/test.sh), or name it with "
              "--program", file=sys.stderr)
        sys.exit(2)
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
        with_fault = {fault: [0, 0] for fault in FAULTS}  # transfers, failed cases
        cases = 0
        while sums["transfers"] < arguments.runs:
            case = draw(stream, protocol, min(500, arguments.runs))
            counts, output = run(program, words(case))
            cases += 1
            for fault in FAULTS:
                if case[fault]:
                    with_fault[fault][0] += counts["transfers"] if counts else 0
                    with_fault[fault][1] += counts is None
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
        table.append((protocol, cases, sums, with_fault))
    print_tables(table)
    print(f"# {failed} case(s) failed" if failed else "# every case passed")
    return 1 if failed else 0


def print_tables(table):
    def rows(columns):
        print(("{:<24} {:>6}" + " {:>9}" * len(columns)).format("# protocol", "cases", *columns))
        for protocol, cases, sums, _ in table:
            values = [sums[column] for column in columns]
            print(("{:<24} {:>6}" + " {:>9}" * len(columns)).format(protocol, cases, *values))

    rows(COLUMNS[:11])
    print("# transfers: answered, each once; errors: told as such; unmapped: other partitions; compared:\n"
          "# reads whose data was checked; failures: of links; lost, dropped: trains; timeouts: answered by\n"
          "# the requester's timer; moved, undrained: ports on their way to another partition; held: requests\n"
          "# that waited for them\n#")
    rows(COLUMNS[11:23])
    print("# broken: units that arrived so; resent: by replay; gave_up: replays at their limit (PCIe and\n"
          "# NVLink train anew, UALink drops, Ethernet flushes); bursts, degraded, recovered, disabled, stuck\n"
          "# and leaked credits, resets of partitions: planted; poisoned: trains; blocked: kept from a link for\n"
          "# it\n#")
    rows(COLUMNS[23:])
    print("# grouped: transfers that are for several, each contribution one; copies: made of multicasts and\n"
          "# results, and how many of them failed; reduced: results that engines made\n#")
    faults = list(FAULTS)
    form = "{:<24}" + " {:>12}" * len(faults)
    print(form.format("# transfers with", *faults))
    for protocol, _, _, with_fault in table:
        cells = [f"{done}" + (f" ({bad} BAD)" if bad else "") for done, bad in with_fault.values()]
        print(form.format(protocol, *cells))
    print("# transfers of the cases that drew the fault (units: failures of a million; contain: links that\n"
          "# errors hold down)")


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
    if arguments.case is not None and (problem := wrong_word(arguments.case)):
        parser.error(f"--case: {problem}")
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
