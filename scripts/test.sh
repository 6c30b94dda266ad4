#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# test.sh [--preset NAME] [ctest arguments...]: installs missing Debian packages, builds, runs the tests.
# Presets: release (default), dev, coverage; sanitizers (unit tests) and sanitizers_all (the whole suite, which
# takes long): address, leak and undefined-behaviour sanitizers, built by clang in the tree of scripts/fuzz.sh
# where clang has libFuzzer, so that both need one build, else by the system's compiler (asan, asan_all).
# Example: scripts/test.sh -R Scheduler
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

preset=release
if [ "${1:-}" = --preset ]; then
  preset=${2:?"--preset wants a name: release, dev, coverage, sanitizers, sanitizers_all"}
  shift 2
fi

step "Packages"
scripts/install_packages.sh build

if [[ $preset = sanitizers* ]]; then
  tree=asan
  if want_libfuzzer; then tree=fuzz; fi
  preset=${preset/sanitizers/$tree}
fi

step "Build ($preset)"
configure "${preset%_all}"
targets=()
[ "$preset" != fuzz ] || targets=(--target unit_tests)  # no fuzzers
cmake --build --preset "$preset" -j "$(nproc)" "${targets[@]}"

step "Tests ($preset)"
# No test at all is a failure: the test presets say noTestsAction error.
ctest --preset "$preset" -j "$(nproc)" "$@"
