#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check_installed.sh BUILD_DIR: installs that build into a temporary prefix, moves the prefix (an
# installed copy may be relocated), builds tb/consumer against it with CMake and with pkg-config,
# and runs both programs.
set -euo pipefail
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cmake=${CMAKE_COMMAND:-cmake}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "== install"
"$cmake" --install "$build" --prefix "$work/first" >"$work/install.log" || { cat "$work/install.log"; exit 1; }
mv "$work/first" "$work/prefix"

if grep -rIl -e "$build" -e "$work/first" "$work/prefix"; then
  echo "the files above name the build folder or the first prefix: the installed copy can't be moved" >&2
  exit 1
fi

echo "== find_package(antares)"
"$cmake" -S "$here" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$work/prefix"
"$cmake" --build "$work/build"
"$work/build/consumer"

echo "== a protocol added from outside"
"$cmake" -S "$here/fifth_protocol" -B "$work/build_fifth" -G Ninja -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_PREFIX_PATH="$work/prefix"
"$cmake" --build "$work/build_fifth"
"$work/build_fifth/fifth_protocol"

if [ -f "$build/platforms/libantares_platforms.a" ]; then
  echo "== find_package(antares COMPONENTS platforms)"
  "$cmake" -S "$here/with_platforms" -B "$work/build_platforms" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_PREFIX_PATH="$work/prefix"
  "$cmake" --build "$work/build_platforms"
  "$work/build_platforms/consumer"
fi

echo "== pkg-config antares"
pc=$(find "$work/prefix" -name antares.pc)
export PKG_CONFIG_PATH=${pc%/*}
# shellcheck disable=SC2046  # the flags are words
"${CXX:-c++}" -std=c++17 "$here/main.cpp" -o "$work/by_pkg_config" $(pkg-config --cflags --libs antares)
"$work/by_pkg_config"
