#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs every sample file of other projects on a platform of this one, and prints what came of each.

  ANTARES_DATA=../shared/data scripts/run_samples.py             all; ten minutes or so
  ANTARES_DATA=../shared/data scripts/run_samples.py --only msccl    one folder

A file runs whole, or as the table says. Exit: 0 each file ran, or was refused with the words that are expected of
it; 1 one did not; 2 bad input."""
import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLANS = ["run", "hgx_h100"]


def program(collective, size, ranks):
    names = ",".join(f"gpu{rank}" for rank in range(ranks))
    return lambda path: PLANS + ["--workload", collective, "--program", path, "--bytes", size, "--ranks", names,
                               "--data", "check"]


def replay(description, *more):
    return lambda path: ["run", description, "--workload", "trace", "--input", path, *more]


# 18 GiB of transfers by 4 KiB pages are a minute of CPU, by 64 KiB four seconds, and 0.03 % of the time more.
COARSE_PLANES = ["--set", "endpoints[0].planes.granule_bytes=64KiB"]

# 326 GiB a rank: trains of 1 MiB, and buffers that hold four of them, are some minutes of CPU instead of hours.
COARSE_LINKS = ["--set", "run.train_bytes=1MiB", "--set", "run.max_simulated_ms=100000"] + [
    word for key, value in
    [(f"switches[{switch}].ports[{port}].ualink.request_{what}_credits", credits)
     for switch, port in ((0, 0), (0, 1), (1, 0)) for what, credits in (("data", 65536), ("command", 16384))] +
    [(f"switches[{switch}].crossbar.egress_queue_bytes", 4718592) for switch in (0, 1)]
    for word in ("--set", f"{key}={value}")]

# Folder, file, how it runs, what is expected instead of a run, what is not whole.
SAMPLES = [
    ("chakra", f"{name}.{ranks}npus_1MB", replay("scorpio_x_20x16"), None, "")
    for name in ("all_gather", "all_reduce", "all_to_all", "reduce_scatter") for ranks in (8, 16)
] + [
    ("chakra", "resnet_ddp_rank.tar.gz", replay("hgx_h100"), None, "one rank's file, on all eight"),
    ("msccl", "a2a2ll.xml", program("all_to_all", "64KiB", 8), None, ""),
    ("msccl", "ag-1k-512k.xml", program("all_gather", "64KiB", 8), None, ""),
    ("msccl", "ar_tree_12_LL.xml", program("all_reduce", "96KiB", 4), None, ""),
    ("msccl", "r48ll.xml", program("all_reduce", "96KiB", 8), None, ""),
    ("mscclpp", "allreduce.json", program("all_reduce", "64KiB", 2), None, ""),
    ("mscclpp", "reduce.json", program("all_reduce", "64KiB", 2), None, ""),
    ("mscclpp", "allreduce_pipeline.json", program("all_reduce", "64KiB", 4), None, ""),
    ("mscclpp", "reduce_nvls.json", program("all_reduce", "64KiB", 2), None, ""),
    ("simai", "microAllReduce.txt", replay("hgx_h100"), None, ""),
    ("simai", "llama7b_tp2.txt", replay("hgx_h100", "--job-ranks", "2"), None, "one tensor-parallel pair"),
    ("simai", "gpt175b_tp8.txt", replay("hgx_h100", "--job-ranks", "8", *COARSE_PLANES), None,
     "one tensor-parallel group, planes dealt 64 KiB"),
    ("simai", "moe_9216gpu.txt", replay("ualink_pod_1024"),
     "9216", "more ranks than any platform here has endpoints"),
    ("simai", "moe_9216gpu.txt", replay("ualink_pod_1024", "--job-ranks", "32", *COARSE_LINKS), None,
     "32 of its ranks: a tensor-parallel pair in an expert group, trains of 1 MiB"),
] + [
    ("nccl_topology", name, None, None, "")
    for name in ("aws_p4d.xml", "azure_ndv5.xml", "rccl_topo_4p_940.xml", "rccl_topo_8p6l_2nic.xml",
                 "rccl_topo_8p_940.xml", "rccl_topo_8p_pcie.xml")
]


def run(command, limit_s):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit_s)
    except subprocess.TimeoutExpired:
        return None, f"not done after {limit_s} s"
    return done.returncode, done.stderr + done.stdout


def imported(antares, path, limit_s):
    """A topology dump becomes a platform, and that runs."""
    with tempfile.TemporaryDirectory() as folder:
        description = str(Path(folder) / "server.yaml")
        status, text = run([antares, "import", "nccl-topology", path, "--out", description], limit_s)
        if status != 0:
            return status, text
        return run([antares, "run", description], limit_s)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="folder of the samples")
    parser.add_argument("--limit", type=int, default=900, metavar="S", help="seconds a file may take")
    parser.add_argument("--program", default=str(ROOT / "build/release/bin/antares"))
    arguments = parser.parse_args()
    data = Path(os.environ.get("ANTARES_DATA", ROOT / "../shared/data"))
    if not data.is_dir() or not os.access(arguments.program, os.X_OK):
        print(f"run_samples: {data} or {arguments.program} is not there; set ANTARES_DATA, build, or name --program",
              file=sys.stderr)
        return 2
    problems = 0
    known = {(folder, name) for folder, name, *_ in SAMPLES}
    print("| file | outcome | s |\n|---|---|---|")
    for folder, name, command, refusal, note in SAMPLES:
        if arguments.only not in (None, folder):
            continue
        path = str(data / folder / name)
        start = time.monotonic()
        status, text = run([arguments.program, *command(path)], arguments.limit) if command else \
            imported(arguments.program, path, arguments.limit)
        took = time.monotonic() - start
        if refusal is None:
            fine, outcome = status == 0, "runs"
        else:
            fine, outcome = status == 2 and refusal in text, f"refused: {refusal}"
        if not fine:
            problems += 1
            outcome = f"FAILED, status {status}: " + " ".join(text.strip().splitlines()[:2])
        print(f"| `{folder}/{name}` | {outcome}{', ' + note if note and fine else ''} | {took:.1f} |", flush=True)
    for path in sorted(data.glob("*/*")):
        folder, name = path.parent.name, path.name
        if arguments.only in (None, folder) and (folder, name) not in known:
            problems += 1
            print(f"| `{folder}/{name}` | FAILED: nobody runs it | |")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
