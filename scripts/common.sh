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
