#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Simulates the collectives that others have measured on real boards, and prints how far off the model is.

  scripts/calibration.py                  every table; half an hour of CPU time
  scripts/calibration.py --quick          only the sizes that take seconds
  scripts/calibration.py --predict        instead: boards that nothing was fitted to; in-switch algorithms beside
                                          the time that no fabric with these links can beat
  scripts/calibration.py --predict --quick
                                          only those
  scripts/calibration.py --quick --check platforms/descriptions/README.md
                                          also: each row stands in that file as it was simulated now

Measured values stand in scripts/data/all_reduce_measured.csv with grade and source. Errors are of time. Every row
is simulated whole, to its last byte. Exit: 0 all bounds hold; 1 one does not, or a run failed; 2 bad input."""
import argparse
import csv
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MEASURED = ROOT / "scripts/data/all_reduce_measured.csv"
MIB, GIB = 1 << 20, 1 << 30
# Percent: the median of a table, its worst row, and every row of 1 GiB and more.
MEDIAN, WORST, LARGE = 10, 20, 5
WORST_IN_SWITCH = 10
# Tables of in-switch collectives begin so; the others are rings.
IN_SWITCH = "in_switch_"
# What all ranks' links carry as payload for each byte of an in-switch all-reduce is flat over ranks
# (facts/ualink_nvlink.md B.5): within so many percent of 309 GB/s where messages are large.
FLAT_WIREBW_GBPS, FLAT = 309, 3
FLAT_FROM = 8 * GIB
IN_SWITCH_COST = 3  # a request of 4 KiB with its copies and operands, in stores of a ring
QUICK_BYTES = 4 * GIB  # moved by all ranks together
PREDICTED = {"hgx_b200": [2, 8], "nvl72": [72]}
PREDICTED_SIZES = [32 << 10, 1 * MIB, 64 * MIB]
IN_SWITCH_ALGORITHMS = [("all_reduce", "in_switch_pull"), ("all_reduce", "in_switch_push"),
                        ("all_gather", "hypercast"), ("broadcast", "hypercast")]
# Sizes of all algorithms that are simulated beside the bound: seconds each.
PREDICTED_IN_SWITCH = {"scorpio_x_20x16": (20, [1 * MIB, 64 * MIB, 1 * GIB]), "hgx_b200": (8, [1 * MIB, 64 * MIB]),
                       "nvl72": (72, [32 << 10, 1 * MIB])}
# No simulation is below the bound; at this size and above it is at most so many percent above it. What the bound
# leaves out: on the switch alone reads on their way (6 % by pull) and trains that wait for each other at speed-ups of 2;
# on the board 25 us of launch (facts/product_and_collectives.md 3.4), engines that fill, a flit with each multicast.
NEAR_BOUND = {("scorpio_x_20x16", "in_switch_pull"): (GIB, 17), ("scorpio_x_20x16", "in_switch_push"): (GIB, 4),
              ("scorpio_x_20x16", "hypercast"): (GIB, 2), ("hgx_b200", "in_switch_pull"): (64 * MIB, 80),
              ("hgx_b200", "in_switch_push"): (64 * MIB, 70), ("hgx_b200", "hypercast"): (64 * MIB, 70)}


class Failed(Exception):
    pass


def readable(size):
    for unit, name in ((GIB, "GiB"), (MIB, "MiB"), (1024, "KiB")):
        if size % unit == 0:
            return f"{size // unit} {name}"
    return f"{size} B"


def bus_factor(ranks):
    return 2 * (ranks - 1) / ranks  # nccl-tests, all_reduce (facts/product_and_collectives.md 3.0)


def read_measured(path):
    """Rows with the time in microseconds, whichever of time and bus bandwidth was published."""
    rows = []
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            row["ranks"], row["size_bytes"] = int(row["ranks"]), int(row["size_bytes"])
            value = float(row["value"])
            if row["measure"] == "time_us":
                row["time_us"] = value
            elif row["measure"] == "busbw_GBps":
                row["time_us"] = row["size_bytes"] * bus_factor(row["ranks"]) / value * 1e-3
            elif row["measure"] == "algbw_GBps":
                row["time_us"] = row["size_bytes"] / value * 1e-3
            else:
                raise SystemExit(f"calibration: {path}: {row['measure']} is none of time_us, busbw_GBps and algbw_GBps")
            rows.append(row)
    return rows


def moved(row):
    """Bytes that all ranks send in a ring: what a simulation takes its time for."""
    if in_switch(row):
        return row["size_bytes"] * (row["ranks"] + 1) * IN_SWITCH_COST
    return row["size_bytes"] * bus_factor(row["ranks"]) * row["ranks"]


def in_switch(row):
    return row["table"].startswith(IN_SWITCH)


def simulate(program, description, ranks, size, algorithm, collective="all_reduce"):
    """Time in microseconds, and the payload of the busiest link in GB/s."""
    names = ", ".join(f"gpu{rank}" for rank in range(ranks))
    workload = f"{{name: w, kind: collective, collective: {{collective: {collective}, algorithm: {algorithm}, " \
               f"bytes: [{size}], ranks: [{names}]}}}}"
    with tempfile.TemporaryDirectory() as out:
        command = [program, "run", description, "--set", f"workloads=[{workload}]", "--out", out]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise Failed(f"{' '.join(command)} ended with exit status {done.returncode}:\n{done.stderr}")
        row = json.loads((Path(out) / "results.json").read_text())["collectives"][0]
    return row["time_us"], row["wirebw_GBps"]


def simulate_all(program, rows):
    """Adds what was simulated to each row; the longest first, one process a core."""
    def one(row):
        algorithm = row.get("algorithm", "in_switch_pull" if in_switch(row) else "ring")
        row["simulated_us"], row["wirebw_GBps"] = simulate(program, row["description"], row["ranks"],
                                                           row["size_bytes"], algorithm,
                                                           row.get("collective", "all_reduce"))
        print(f"\r{row['table']}: {readable(row['size_bytes'])}, {row['ranks']} ranks   ", end="",
              file=sys.stderr, flush=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(one, sorted(rows, key=moved, reverse=True)))
    print(file=sys.stderr)


def busbw(row, time_us):
    return row["size_bytes"] * bus_factor(row["ranks"]) / time_us * 1e-3


def line(row):
    cells = [readable(row["size_bytes"]), str(row["ranks"])]
    if "time_us" in row:
        error = 100 * (row["simulated_us"] / row["time_us"] - 1)
        cells += [f"{row['time_us']:.2f}", f"{row['simulated_us']:.2f}", f"{busbw(row, row['time_us']):.2f}",
                  f"{busbw(row, row['simulated_us']):.2f}", f"{error:+.1f} %"]
    else:
        cells += [f"{row['simulated_us']:.2f}", f"{busbw(row, row['simulated_us']):.2f}"]
    return "| " + " | ".join(cells + [f"{row['wirebw_GBps']:.2f}"]) + " |"


def print_table(rows, headings):
    print("| " + " | ".join(headings) + " |\n" + "|---" * len(headings) + "|")
    for row in rows:
        print(line(row))


def broken_bounds(name, rows):
    errors = [abs(row["simulated_us"] / row["time_us"] - 1) * 100 for row in rows]
    large = [error for error, row in zip(errors, rows) if row["size_bytes"] >= GIB]
    median, worst = statistics.median(errors), max(errors)
    print(f"\n{name}: median {median:.1f} %, worst {worst:.1f} %" +
          (f", 1 GiB and more {max(large):.1f} %" if large else "") + "\n")
    checks = [("median", median, MEDIAN), ("worst", worst, WORST_IN_SWITCH if in_switch(rows[0]) else WORST),
              ("1 GiB and more", max(large, default=0), LARGE)]
    if in_switch(rows[0]):
        flat = [abs(row["wirebw_GBps"] / FLAT_WIREBW_GBPS - 1) * 100 for row in rows if row["size_bytes"] >= FLAT_FROM]
        checks.append((f"distance of wirebw to {FLAT_WIREBW_GBPS} GB/s", max(flat, default=0), FLAT))
    return [f"{name}: {what} {value:.1f} % is above {most} %" for what, value, most in checks if value > most]


def compare(program, rows, check):
    simulate_all(program, rows)
    problems = []
    for name in dict.fromkeys(row["table"] for row in rows):
        table = [row for row in rows if row["table"] == name]
        print(f"`{name}`, {table[0]['description']}; measured ({table[0]['grade']}): {table[0]['source']}\n")
        print_table(table, ["size", "ranks", "measured us", "simulated us", "measured busbw GB/s",
                            "simulated busbw GB/s", "error of time", "simulated wirebw GB/s"])
        problems += broken_bounds(name, table)
    if check:
        text = check.read_text()
        problems += [f"{check}: not there, or not as simulated now: {line(row)}" for row in rows
                     if line(row) not in text]
    return problems


def bound(collective, algorithm, ranks, size, fabric):
    """Time in microseconds that the busiest part takes alone, and which: bytes of
    facts/product_and_collectives.md 3.0 on a link, and of models/reduction/README.md at a crossbar port and an
    engine, at the fabric's rates. No launch, no latency, no engine that fills: nothing can be faster."""
    n = ranks
    operands = copies = inputs = size
    if algorithm == "in_switch_pull":
        copies, inputs = (1 + 1 / n) * size, (1 + 1 / n) * size
    elif algorithm == "hypercast":
        operands, inputs = 0, size
        if collective == "all_gather":
            copies, inputs = (n - 1) / n * size, size / n
    rate = fabric["payload_GBps"]
    parts = {"link": max(copies, inputs) / rate,
             "crossbar output": (operands + copies) / (fabric["output_speedup"] * rate),
             "crossbar input": inputs / (fabric["input_speedup"] * rate)}
    if operands and fabric["alu_Gops"]:
        parts["ALU"] = size / 4 / (fabric["engines"] * fabric["alu_Gops"])
    slowest = max(parts, key=parts.get)
    return parts[slowest] * 1e-3, slowest


def told(program, *words):
    done = subprocess.run([program, *words], capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed(f"antares {' '.join(words)} ended with exit status {done.returncode}:\n{done.stderr}")
    return done.stdout


def fabric_of(program, description):
    """What bound() needs: gpu0's links together, all switches alike."""
    switches = json.loads(told(program, "describe", description, "--json"))["switches"]
    links = [port["payload_GBps"] for part in switches for port in part["ports"] if port.get("endpoint") == "gpu0"]
    dump = told(program, "run", description, "--dump-config")
    def number(key):
        return float(re.search(rf"^\s*{key}: (\S+)", dump, re.MULTILINE).group(1))
    return {"payload_GBps": sum(links), "engines": len(links), "output_speedup": number("output_speedup"),
            "input_speedup": number("input_speedup"), "alu_Gops": number("alu_Gops")}


def beside_bounds(rows):
    """Problems of simulated rows that have their bound."""
    problems = []
    for row in rows:
        if "simulated_us" not in row:
            continue
        what = f"{row['description']}, {row['collective']} by {row['algorithm']}, {readable(row['size_bytes'])}"
        above = 100 * (row["simulated_us"] / row["bound_us"] - 1)
        size, most = NEAR_BOUND.get((row["description"], row["algorithm"]), (float("inf"), 0))
        if above < 0:
            problems.append(f"{what}: {row['simulated_us']:.2f} us are less than the bound of {row['bound_us']:.2f} us")
        if row["size_bytes"] >= size and above > most:
            problems.append(f"{what}: {above:.1f} % above the bound, more than {most} %")
    return problems


def predict_in_switch(program):
    problems = []
    for name, (ranks, simulated) in PREDICTED_IN_SWITCH.items():
        fabric = fabric_of(program, name)
        rows = []
        for collective, algorithm in IN_SWITCH_ALGORITHMS:
            for size in sorted({*PREDICTED_SIZES, *simulated, 1 * GIB}):
                row = {"table": name, "description": name, "ranks": ranks, "size_bytes": size,
                       "collective": collective, "algorithm": algorithm}
                row["bound_us"], row["binds"] = bound(collective, algorithm, ranks, size, fabric)
                rows.append(row)
        simulate_all(program, [row for row in rows if row["size_bytes"] in simulated])
        print(f"`{name}`, {ranks} ranks, in-switch: bound by closed form, from bytes and rates alone; beside it what "
              f"was simulated (-: not)\n")
        headings = ["collective", "algorithm", "size", "bound us", "bound by", "simulated us", "times the bound"]
        print("| " + " | ".join(headings) + " |\n" + "|---" * len(headings) + "|")
        for row in rows:
            cells = [row["collective"], row["algorithm"], readable(row["size_bytes"]), f"{row['bound_us']:.2f}",
                     row["binds"]]
            cells += [f"{row['simulated_us']:.2f}", f"{row['simulated_us'] / row['bound_us']:.3f}"] \
                if "simulated_us" in row else ["-", "-"]
            print("| " + " | ".join(cells) + " |")
        print()
        problems += beside_bounds(rows)
    return problems


def predict(program, quick):
    for name, ranks in () if quick else PREDICTED.items():
        rows = [{"table": name, "description": name, "ranks": each, "size_bytes": size}
                for each in ranks for size in PREDICTED_SIZES]
        simulate_all(program, rows)
        print(f"`{name}`: predicted, nothing was fitted to it\n")
        print_table(rows, ["size", "ranks", "simulated us", "simulated busbw GB/s", "simulated wirebw GB/s"])
        print()
    return predict_in_switch(program)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help=f"what moves {readable(QUICK_BYTES)} at most")
    parser.add_argument("--table", action="append", help="only this one; may be given again")
    parser.add_argument("--predict", action="store_true")
    parser.add_argument("--check", type=Path, metavar="FILE")
    parser.add_argument("--program", default=str(ROOT / "build/release/bin/antares"))
    arguments = parser.parse_args()
    if not os.access(arguments.program, os.X_OK):
        print(f"calibration: {arguments.program} is not there; build it first, or name it with --program",
              file=sys.stderr)
        return 2
    rows = read_measured(MEASURED)
    tables = list(dict.fromkeys(row["table"] for row in rows))
    for name in arguments.table or []:
        if name not in tables:
            print(f"calibration: there is no table {name}; there are {', '.join(tables)}", file=sys.stderr)
            return 2
    rows = [row for row in rows if not arguments.table or row["table"] in arguments.table]
    if arguments.quick:
        rows = [row for row in rows if moved(row) <= QUICK_BYTES]
    try:
        problems = predict(arguments.program, arguments.quick) if arguments.predict else \
            compare(arguments.program, rows, arguments.check)
    except Failed as problem:
        print(f"calibration: {problem}", file=sys.stderr)
        return 1
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
