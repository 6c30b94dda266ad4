#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes Chakra execution traces (PREFIX.<rank>.et) of synthetic training steps.

Patterns, each for --layers layers and --steps steps; --compute-us is the compute of one layer and
direction, --bytes the comm_size of each transfer:

  dp   data parallel: forward and backward compute; each layer's gradients are reduced (--collective,
       default all_reduce) while the backward pass goes on; an optimizer step waits for all of them
  tp   tensor parallel: compute, collective, compute, ...: nothing overlaps
  moe  expert parallel: a layer is compute, all_to_all (dispatch), compute, all_to_all (combine)
  pp   pipeline parallel: each rank is a stage; --micro-batches go forward, then backward, over send
       and receive nodes

No packages needed, no randomness: the same options give the same bytes. An all_gather's comm_size is
what one rank contributes, as in other Chakra traces. Each file names all ranks, as PyTorch's do, so
that a set which lost a file can't pass for a smaller job.
"""
import argparse
import json
import os
import sys

COLLECTIVES = {
    "all_reduce": 0, "reduce": 1, "all_gather": 2, "gather": 3, "scatter": 4, "broadcast": 5,
    "all_to_all": 6, "reduce_scatter": 7, "barrier": 9,
}
METADATA, COMPUTE, SEND, RECEIVE, COLLECTIVE = 1, 4, 5, 6, 7
MOST_NODES = 20_000_000


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number, value):
    """A varint field, or a length-delimited one for bytes; zero and empty are left out (proto3)."""
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value if value else b""
    return varint(number << 3) + varint(value) if value else b""


def attribute(name, number, value):
    # A member of a oneof is written even when it is zero.
    return field(10, field(1, name.encode()) + varint(number << 3) + varint(value))


def delimited(message):
    return varint(len(message)) + message


class Rank:
    """One rank's nodes, in order; add() returns the new node's id."""

    def __init__(self, ranks):
        self.messages = [delimited(field(1, b"0.0.4"))]
        self.nodes = 0
        groups = json.dumps([{"pg_name": "0", "pg_desc": "default_pg", "ranks": list(range(ranks))}])
        self.add("## process_group:init ##", METADATA, values=groups)

    def add(self, name, node_type, after=(), duration_us=0, values="", **attributes):
        node_id = self.nodes
        self.nodes += 1
        body = field(1, node_id) + field(2, name.encode()) + field(3, node_type)
        body += field(5, b"".join(varint(dependency) for dependency in after))
        body += field(7, duration_us)
        body += field(8, field(1, values.encode()))
        body += attribute("is_cpu_op", 27, 0)
        for key, value in attributes.items():
            body += attribute(key, 9, value)
        self.messages.append(delimited(body))
        return node_id

    def compute(self, name, after, options):
        return self.add(name, COMPUTE, after, duration_us=options.compute_us)

    def collective(self, name, after, options, collective=None):
        return self.add(name, COLLECTIVE, after,
                        comm_type=COLLECTIVES[collective or options.collective],
                        comm_size=options.bytes)

    def send(self, name, after, options, rank, to, tag):
        return self.add(name, SEND, after, comm_src=rank, comm_dst=to, comm_tag=tag,
                        comm_size=options.bytes)

    def receive(self, name, after, options, rank, source, tag):
        return self.add(name, RECEIVE, after, comm_src=source, comm_dst=rank, comm_tag=tag,
                        comm_size=options.bytes)


def data_parallel(trace, options, rank):
    last = []
    for step in range(options.steps):
        for layer in range(options.layers):
            last = [trace.compute(f"step{step}.layer{layer}.forward", last, options)]
        reduced = []
        for layer in reversed(range(options.layers)):
            last = [trace.compute(f"step{step}.layer{layer}.backward", last, options)]
            reduced.append(trace.collective(f"step{step}.layer{layer}.{options.collective}", last,
                                            options))
        last = [trace.compute(f"step{step}.optimizer", last + reduced, options)]


def tensor_parallel(trace, options, rank):
    last = []
    for step in range(options.steps):
        for direction in ("forward", "backward"):
            for layer in range(options.layers):
                name = f"step{step}.layer{layer}.{direction}"
                last = [trace.compute(name, last, options)]
                last = [trace.collective(f"{name}.{options.collective}", last, options)]


def expert_parallel(trace, options, rank):
    last = []
    for step in range(options.steps):
        for layer in range(options.layers):
            for part, move in (("router", "dispatch"), ("experts", "combine")):
                name = f"step{step}.layer{layer}"
                last = [trace.compute(f"{name}.{part}", last, options)]
                last = [trace.collective(f"{name}.{move}", last, options, "all_to_all")]


def pipeline_parallel(trace, options, rank):
    last = []
    for step in range(options.steps):
        # Backward, the stages pass gradients the other way: tags keep the two apart.
        for direction, hop in (("forward", 1), ("backward", -1)):
            for batch in range(options.micro_batches):
                name = f"step{step}.batch{batch}.{direction}"
                tag = 2 * batch + (direction == "backward")
                arrived = []
                if 0 <= rank - hop < options.ranks:
                    arrived = [trace.receive(f"{name}.receive", (), options, rank, rank - hop, tag)]
                for layer in range(options.layers):
                    last = [trace.compute(f"{name}.layer{layer}", last + arrived, options)]
                    arrived = []
                if 0 <= rank + hop < options.ranks:
                    trace.send(f"{name}.send", last, options, rank, rank + hop, tag)


PATTERNS = {"dp": data_parallel, "tp": tensor_parallel, "moe": expert_parallel,
            "pp": pipeline_parallel}


def size(text):
    units = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "KiB": 1 << 10, "MiB": 1 << 20,
             "GiB": 1 << 30, "kB": 10**3, "MB": 10**6, "GB": 10**9, "B": 1}
    digits = text.rstrip("KMGiBk")
    if not digits.isdigit() or text[len(digits):] not in units:
        raise argparse.ArgumentTypeError(f"'{text}' is no size; try 4194304, 4MiB or 4MB")
    value = int(digits) * units[text[len(digits):]]
    if value > 1 << 50:
        raise argparse.ArgumentTypeError(f"'{text}' is more than 2^50 bytes")
    return value


def number(least, most):
    def convert(text):
        if not text.isdigit() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"'{text}' is no whole number of {least} to {most}")
        return int(text)
    return convert


def write(path, content):
    # A file appears whole or not at all.
    temporary = path + ".part"
    with open(temporary, "wb") as stream:
        stream.write(content)
    os.replace(temporary, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ranks", type=number(1, 65535), default=8, help="files to write (8)")
    parser.add_argument("--layers", type=number(1, 100000), default=4,
                        help="layers, in a pipeline per stage (4)")
    parser.add_argument("--steps", type=number(1, 100000), default=1, help="training steps (1)")
    parser.add_argument("--micro-batches", type=number(1, 100000), default=4, help="pp only (4)")
    parser.add_argument("--compute-us", type=number(0, 10**9), default=200,
                        help="compute of one layer and direction in microseconds (200)")
    parser.add_argument("--bytes", type=size, default=4 << 20,
                        help="size of each transfer, with K, M, G or KiB, MB, ... (4MiB)")
    parser.add_argument("--collective", choices=sorted(COLLECTIVES), default="all_reduce",
                        help="for dp and tp (all_reduce)")
    parser.add_argument("--pattern", choices=sorted(PATTERNS), default="dp", help="see above (dp)")
    parser.add_argument("--out", required=True, metavar="DIR/PREFIX",
                        help="writes DIR/PREFIX.0.et, DIR/PREFIX.1.et, ...; DIR is made if needed")
    options = parser.parse_args()
    if options.pattern == "pp" and options.ranks < 2:
        parser.error("a pipeline needs at least 2 ranks")
    folder, prefix = os.path.split(options.out)
    if not prefix:
        parser.error(f"--out '{options.out}' ends in a slash; give DIR/PREFIX, as traces/dp")
    batches = 2 * options.micro_batches if options.pattern == "pp" else 4
    if options.steps * options.layers * batches > MOST_NODES:
        parser.error(f"more than {MOST_NODES} nodes a rank: fewer layers, steps or micro-batches")
    try:
        os.makedirs(folder or ".", exist_ok=True)
        nodes = 0
        for rank in range(options.ranks):
            trace = Rank(options.ranks)
            PATTERNS[options.pattern](trace, options, rank)
            write(f"{options.out}.{rank}.et", b"".join(trace.messages))
            nodes += trace.nodes
    except OSError as error:
        print(f"make_trace.py: cannot write {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    last = f" to {options.out}.{options.ranks - 1}.et" if options.ranks > 1 else ""
    print(f"wrote {options.out}.0.et{last}: {options.ranks} rank(s), {nodes} nodes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
