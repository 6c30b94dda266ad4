#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check_embedded.sh [BUILD_DIR]: configures a project that has Antares as a folder and checks that it
# stays quiet there: no tests, no tool, no install rules, no folders of its own beside the project's.
# Configures only; that the libraries compile is seen by every other build.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
cmake=${CMAKE_COMMAND:-cmake}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "check_embedded: $1" >&2
  exit 1
}

"$cmake" -S "$here/embedded" -B "$work/build" -G Ninja -DANTARES_ROOT="$root" | tee "$work/log"

ctest=${cmake%cmake}ctest
"$ctest" --test-dir "$work/build" -N | grep -q '^Total Tests: 0$' ||
  fail "Antares adds tests to the surrounding project"
ninja -C "$work/build" -t targets all >"$work/targets"
grep -q 'antares_models' "$work/targets" || fail "the models are not among the targets"
if grep -E '(^|/)(antares_platforms|antares_cli|antares_test_main|antares):' "$work/targets"; then
  fail "Antares adds the targets above to the surrounding project"
fi
if ! grep -q '^CMAKE_BUILD_TYPE:STRING=$' "$work/build/CMakeCache.txt"; then
  fail "Antares sets CMAKE_BUILD_TYPE for the surrounding project"
fi
"$cmake" --install "$work/build" --prefix "$work/prefix" >/dev/null || fail "cmake --install fails"
[ -z "$(find "$work/prefix" -type f 2>/dev/null)" ] || fail "Antares installs files from a surrounding project"
echo "embedded: quiet"
