#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What scripts/demo.sh and scripts/test.sh share; to be sourced. Goes to the top of the tree.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The kernel's copyright lines say nothing that a reader of these scripts' output needs.
export SYSTEMC_DISABLE_COPYRIGHT_MESSAGE=1

step() { printf '\n== %s\n' "$*"; }

# configure PRESET: from anew where the build folder was made by another generator or for another
# place of the tree (copied, moved), which CMake would refuse.
configure() {
  local cache=build/$1/CMakeCache.txt fresh=()
  if [ -f "$cache" ] && ! { grep -qx 'CMAKE_GENERATOR:INTERNAL=Ninja' "$cache" &&
    grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" "$cache"; }; then
    fresh=(--fresh)
  fi
  cmake --preset "$1" "${fresh[@]}"
}

# Can clang build fuzzers here?
has_libfuzzer() {
  echo 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }' |
    clang++ -x c++ -fsanitize=fuzzer,address -o /dev/null - 2>/dev/null
}

# Installs clang and libFuzzer where they are missing and can be had; false: there are none.
want_libfuzzer() {
  has_libfuzzer && return
  scripts/install_packages.sh fuzz || true
  has_libfuzzer
}
