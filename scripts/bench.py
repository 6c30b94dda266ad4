#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the benchmarks of tb/bench on this machine and prints a table: figure, value, goal, met or missed.

Builds nothing of Antares. Times are CPU times, medians of runs that take turns with the bare core (a
64-port switch with no protocol, statistics or configuration: ../shared/bench/mini_switch.cpp), so that
a busy minute hits both: trust the ratios and the counts, not a single time. Exit: 0 all figures were
taken, met or not; 1 a program failed; 2 there is nothing to run."""

import argparse
import json
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INSTRUCTIONS = ROOT / "tb/bench/instructions.py"
LATENCY_AT_HALF_LOAD_FLIT_TIMES = 37.6  # the comparison runs' packet latency net of fixed delays
SATURATION = 0.967
DEFAULT = "statistics and scoreboard"
# Written to nowhere: what a disk takes is not the model's.
OBSERVERS = {"nobody": ("--no-statistics", "--no-scoreboard"), "statistics alone": ("--no-scoreboard",),
             "scoreboard alone": ("--no-statistics",), DEFAULT: (), "and trace": ("--trace", "/dev/null"),
             "trace alone": ("--no-statistics", "--no-scoreboard", "--trace", "/dev/null")}


class Table:
    def __init__(self):
        self.rows = []

    def add(self, figure, value, unit, goal="", met=None):
        self.rows.append({"figure": figure, "value": value, "unit": unit, "goal": goal, "met": met})
        verdict = {None: "", True: "met", False: "MISSED"}[met]
        shown = value if isinstance(value, str) else f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"
        print(f"{figure:<58} {shown:>13} {unit:<14} {goal:<24} {verdict}".rstrip(), flush=True)

    def at_least(self, figure, value, unit, goal):
        self.add(figure, value, unit, f">= {goal:,.9g}", value >= goal)

    def at_most(self, figure, value, unit, goal):
        self.add(figure, value, unit, f"<= {goal:,.9g}", value <= goal)

    def within(self, figure, value, unit, goal, tolerance):
        self.add(figure, value, unit, f"{goal:,.9g} +- {tolerance:.3g}", abs(value - goal) <= tolerance)


class Bench:
    def __init__(self, program, packets, repeats, quick):
        self.program, self.packets, self.repeats, self.quick = program, packets, repeats, quick

    def run(self, *arguments):
        command = [str(self.program), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"bench: {' '.join(command)} ended with exit status {done.returncode}:\n{done.stderr}")
        return json.loads(done.stdout)

    def crossbar(self, load, packets=None, options=()):
        return self.run("crossbar64", "--load", load, "--packets", packets or self.packets, *options)

    def instructions(self, *scenario):
        command = [sys.executable, "-B", str(INSTRUCTIONS), "count", str(self.program)]
        done = subprocess.run(command + (["--", *scenario] if scenario else []), capture_output=True, text=True)
        if done.returncode != 0:
            print(done.stdout.strip() or done.stderr.strip())
            return None
        return json.loads(done.stdout)["instructions_per_packet_hop"]


class BareCore:
    """The yardstick, compiled into a folder of its own; `program` is None where it is not there."""

    def __init__(self, source, folder, packets):
        self.program, self.packets = None, packets
        if not source.is_file():
            print(f"skipped: no ratio to the bare core, {source} is not there")
            return
        program = Path(folder, "mini_switch")
        command = ["c++", "-std=c++17", "-O3", str(source), "-o", str(program), "-lsystemc"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode == 0:
            self.program = program
        else:
            print(f"skipped: no ratio to the bare core, {source} does not compile:\n{done.stderr[-500:]}")

    def ns_per_packet_hop(self, load):
        command = [str(self.program), "wheel", str(self.packets), "64", str(load), "16"]
        line = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip().splitlines()[-1]
        return float(dict(field.split("=") for field in line.split(",")[1:])["ns_per_pkt"])


def crossbar(bench, bare, table):
    last = {}
    for load in (0.5, 0.9, 1.0):
        ours, ratios = [], []
        for _ in range(bench.repeats):
            ours.append(bench.crossbar(load))
            if bare.program:
                ratios.append(ours[-1]["ns_per_packet_hop"] / bare.ns_per_packet_hop(load))
        result = last[load] = ours[-1]
        rate = statistics.median(each["packet_hops_per_cpu_s"] for each in ours)
        name = f"crossbar64 at load {load}: "
        if load < 1:
            table.at_least(name + "packet-hops", rate, "1/CPU s", 3_000_000)
        else:
            table.add(name + "packet-hops", rate, "1/CPU s")
        table.add(name + "cost of a packet-hop", 1e9 / rate, "ns CPU")
        if ratios and load < 1:
            table.at_most(name + "cost / bare core", statistics.median(ratios), "", 4)
        elif ratios:
            table.add(name + "cost / bare core", statistics.median(ratios), "")
        table.add(name + "model events a packet-hop", result["model_events_per_packet_hop"], "")
        table.add(name + "kernel events a packet-hop", result["kernel_events_per_packet_hop"], "")
        table.add(name + "mean latency net of fixed delays", result["mean_latency_flit_times"], "flit times",
                  *half_load_verdict(load, result))
        if load < 1:
            table.add(name + "accepted load", result["accepted_load"], "")
        else:
            table.within(name + "accepted load", result["accepted_load"], "", SATURATION, 0.02)
    return last


def half_load_verdict(load, result):
    if load != 0.5:
        return ()
    goal, tolerance = LATENCY_AT_HALF_LOAD_FLIT_TIMES, 0.03 * LATENCY_AT_HALF_LOAD_FLIT_TIMES
    return f"{goal} +- {tolerance:.3g}", abs(result["mean_latency_flit_times"] - goal) <= tolerance


def observers(bench, table):
    """What statistics, scoreboard and trace cost: one switched at a time, beside what is on by default."""
    times = {name: [] for name in OBSERVERS}
    for _ in range(bench.repeats):  # taking turns
        for name, options in OBSERVERS.items():
            result = bench.crossbar(0.9, options=options)
            times[name].append(result["ns_per_packet_hop"])
    counts = {}
    if shutil.which("valgrind"):
        base = ["crossbar64", "--load", "0.9", "--warmup-us", "2"]
        counts = {name: bench.instructions(*base, *options) for name, options in OBSERVERS.items()}
    else:
        print("skipped: no instruction counts, there is no valgrind (Debian package: valgrind)")
    default = statistics.median(times[DEFAULT])
    for name, taken in times.items():
        ns = statistics.median(taken)
        figure = f"crossbar64 at load 0.9, {name}: "
        table.add(figure + "packet-hops", 1e9 / ns, "1/CPU s")
        table.add(figure + "cost / default", ns / default, "")
        if counts.get(name) is not None:
            table.add(figure + "instructions a packet-hop", counts[name], "")
    traced = bench.crossbar(0.9, bench.packets // 10, OBSERVERS["and trace"])
    table.add("packet trace: file size a packet", traced["trace_bytes_per_packet"], "bytes")


def ring(bench, table):
    size = 1 << 28 if bench.quick else 1 << 30
    runs = {}
    for train_bytes, goal_s in ((65536, 0.8), (4096, 13)):
        repeats = 1 if bench.quick or train_bytes == 4096 else bench.repeats
        results = [bench.run("ring", "--bytes", size, "--train-bytes", train_bytes) for _ in range(repeats)]
        result = runs[train_bytes] = results[-1]
        name = f"ring all-reduce of {size >> 20} MiB, 72 ranks, {train_bytes >> 10} KiB trains: "
        cpu_s = statistics.median(each["cpu_s"] for each in results)
        if bench.quick:
            table.add(name + "CPU", cpu_s, "s")
        else:
            table.add(name + "CPU", cpu_s, "s", f"< {goal_s}", cpu_s < goal_s)
        table.add(name + "model events a hop", result["model_events_per_packet_hop"], "")
        table.within(name + "time / bound", result["time_over_bound"], "", 1, 0.02)
    table.within("ring: time at 64 KiB / time at 4 KiB", runs[65536]["time_us"] / runs[4096]["time_us"], "", 1, 0.02)


def in_switch(bench, table):
    """What an all-reduce by the switch's engines costs beside the ring of the same size, taking turns."""
    size = 1 << 28 if bench.quick else 1 << 30
    goals = {"in_switch_push": 1.1, "in_switch_pull": 1.6}
    times = {name: [] for name in ("ring", *goals)}
    last = {}
    for _ in range(1 if bench.quick else bench.repeats):
        for name in times:
            last[name] = bench.run("ring", "--algorithm", name, "--bytes", size, "--train-bytes", 65536)
            times[name].append(last[name]["cpu_s"])
    for name, goal in goals.items():
        figure = f"{name} of {size >> 20} MiB, 72 ranks, 64 KiB trains: "
        ratio = statistics.median(mine / ring for mine, ring in zip(times[name], times["ring"]))
        table.at_most(figure + "CPU / ring's", ratio, "", goal)
        table.add(figure + "packet-hops / ring's", last[name]["packet_hops"] / last["ring"]["packet_hops"], "")
        table.add(figure + "model events a hop", last[name]["model_events_per_packet_hop"], "")
        table.add(figure + "time / bound", last[name]["time_over_bound"], "")


def sizes(bench, table):
    small, large = (bench.run("elaborate", "--ports", ports) for ports in (32, 160))
    table.add("elaboration of 160 ports", large["cpu_s"] * 1e3, "ms CPU")
    for kind in ("heap", "resident"):
        a_port = (large[f"{kind}_bytes"] - small[f"{kind}_bytes"]) / (160 - 32)
        table.add(f"memory a port with its endpoint ({kind})", a_port, "bytes")
    few, many = (bench.run("in_flight", "--window", window) for window in (64, 1024))
    packets = many["packets_in_flight"] - few["packets_in_flight"]
    table.add("memory a packet in flight (heap)", (many["heap_bytes"] - few["heap_bytes"]) / packets, "bytes")
    idle = bench.run("idle")
    table.add("idle switch: model events in 2 ms simulated", idle["model_events"], "", "0", idle["model_events"] == 0)
    table.add("idle switch: kernel events in 2 ms simulated", idle["kernel_events"], "", "0", idle["kernel_events"] == 0)


def flat_memory(bench, table):
    packets = bench.packets // 5
    short, long = (bench.crossbar(0.9, packets=count) for count in (packets, 10 * packets))
    growth = long["heap_bytes"] - short["heap_bytes"]
    # What grows is the largest queue met so far, with the logarithm of the run's length.
    goal = 0.05 * short["heap_bytes"]
    table.add(f"memory of {10 * packets:,} packets - of {packets:,} (heap)", growth, "bytes", "< 5 % of the run's",
              growth < goal)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, default=ROOT / "build/release/bin", help="where bench_fabric is")
    parser.add_argument("--bare-core", type=Path, default=ROOT.parent / "shared/bench/mini_switch.cpp",
                        help="source of the bare core")
    parser.add_argument("--quick", action="store_true", help="short runs, once each: for CI")
    parser.add_argument("--json", type=Path, help="write the table there as well")
    arguments = parser.parse_args()
    program = arguments.bin / "bench_fabric"
    if not program.is_file():
        print(f"bench: {program} is not there; build it first: cmake --preset release && "
              "cmake --build --preset release", file=sys.stderr)
        return 2
    # 60,000 flit times, below which saturation reads low, are 240,000 packets at load 1.
    packets, repeats = (250_000, 1) if arguments.quick else (2_000_000, 5)
    table = Table()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(program, packets, repeats, arguments.quick)
        bare = BareCore(arguments.bare_core, folder, packets)
        print(f"{'figure':<58} {'value':>13} {'unit':<14} {'goal':<24}".rstrip())
        crossbar(bench, bare, table)
        observers(bench, table)
        ring(bench, table)
        in_switch(bench, table)
        sizes(bench, table)
        flat_memory(bench, table)
    missed = [row["figure"] for row in table.rows if row["met"] is False]
    print(f"\n{len(missed)} missed" + "".join(f"\n  {figure}" for figure in missed) if missed else "\nall goals met")
    if arguments.json:
        machine = {"processor": platform.processor() or platform.machine(), "quick": arguments.quick,
                   "packets": packets, "repeats": repeats}
        arguments.json.write_text(json.dumps({"machine": machine, "figures": table.rows}, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
