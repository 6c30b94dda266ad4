#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# fuzz.sh [--seconds N] [--seed N] [--optional] [READER...]: builds the fuzzers (clang, libFuzzer, sanitizers) and
# lets each run for N seconds (default 60). Readers: yaml (a description), set (--set options), et
# (Chakra traces), msccl (XML), mscclpp (JSON plans), layers (SimAI), topology (dumps of NCCL), param
# (PARAM and PyTorch JSON); default all. What they learn stays in build/fuzz/corpus, what they find goes
# to build/fuzz/finds. With --seed, and no corpus from before, a run tries the same
# inputs again, as far as its time goes. With --optional a machine where clang can't be had skips them, in words.
# Exit: 0 nothing found, 1 a find or no clang, 2 bad input.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

seconds=60
seed=0  # libFuzzer chooses
optional=no
known=(yaml set et msccl mscclpp layers topology param)
readers=()
while [ $# -gt 0 ]; do
  case $1 in
    --seconds)
      seconds=${2:-}
      shift
      ;;
    --seed)
      seed=${2:-}
      shift
      ;;
    --optional) optional=yes ;;
    *)
      if [[ " ${known[*]} " != *" $1 "* ]]; then
        echo "fuzz.sh: no reader or option '$1'; there are ${known[*]}, --seconds N, --seed N and --optional" >&2
        exit 2
      fi
      readers+=("$1")
      ;;
  esac
  shift
done
[ ${#readers[@]} -gt 0 ] || readers=("${known[@]}")
case $seconds in
  '' | *[!0-9]* | 0*)
    echo "fuzz.sh: --seconds wants a whole number above 0, not '$seconds'" >&2
    exit 2
    ;;
esac

case $seed in
  '' | *[!0-9]*)
    echo "fuzz.sh: --seed wants a whole number, not '$seed'" >&2
    exit 2
    ;;
esac

step "Packages"
scripts/install_packages.sh build
if ! want_libfuzzer; then
  echo "fuzz.sh: there is no clang with libFuzzer here and it can't be installed: nothing was fuzzed"
  [ "$optional" = yes ]
  exit
fi

step "Build (fuzz)"
configure fuzz
cmake --build --preset fuzz -j "$(nproc)" --target "${readers[@]/#/fuzz_}"

finds=build/fuzz/finds
mkdir -p "$finds"
status=0
for reader in "${readers[@]}"; do
  step "Fuzz $reader for $seconds s"
  corpus=build/fuzz/corpus/$reader
  log=build/fuzz/$reader.log
  mkdir -p "$corpus"
  seeds=("tb/fuzz/corpus/$reader")
  [ "$reader" = yaml ] && seeds+=(platforms/descriptions)
  if build/fuzz/bin/fuzz_"$reader" -max_total_time="$seconds" -seed="$seed" -timeout=20 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="$finds/$reader-" "$corpus" "${seeds[@]}" \
    >"$log" 2>&1 </dev/null; then
    grep -E '^stat::(number_of_executed_units|new_units_added|slowest_unit|peak_rss)' "$log" |
      sed 's/^stat:://'
  else
    status=1
    tail -n 40 "$log"
    echo "fuzz.sh: a find in $reader; the whole log is $log, its last lines name the input;" \
      "once more: build/fuzz/bin/fuzz_$reader INPUT" >&2
  fi
done
[ $status = 0 ] && printf '\nNothing found.\n'
exit $status
