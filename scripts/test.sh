#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# test.sh [--preset NAME] [ctest arguments...]: installs missing Debian packages, builds, runs the tests.
# Presets: release (default), dev, asan (unit tests only), asan_all (the whole suite under the
# sanitizers, which takes long), coverage; sanitizers: the unit tests as in asan, but built by clang in the
# tree of scripts/fuzz.sh, where clang has libFuzzer, so that both need one build. Example: scripts/test.sh -R Scheduler
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

preset=release
if [ "${1:-}" = --preset ]; then
  preset=${2:?"--preset wants a name: release, dev, asan, asan_all, sanitizers or coverage"}
  shift 2
fi

step "Packages"
scripts/install_packages.sh build

if [ "$preset" = sanitizers ]; then
  preset=asan
  if want_libfuzzer; then preset=fuzz; fi
fi

step "Build ($preset)"
configure "${preset%_all}"
targets=()
[ "$preset" != fuzz ] || targets=(--target unit_tests)
cmake --build --preset "$preset" -j "$(nproc)" "${targets[@]}"

step "Tests ($preset)"
# No test at all is a failure: the test presets say noTestsAction error.
ctest --preset "$preset" -j "$(nproc)" "$@"
