#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check_format.sh [--fix]: checks that C++ sources are formatted as .clang-format says, or formats them.
# The version is fixed: another clang-format breaks lines elsewhere.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

case ${1:-} in
  --fix) mode=(-i) ;;
  "") mode=(--dry-run -Werror) ;;
  *)
    echo "check_format: unknown argument '$1'; there is only --fix" >&2
    exit 2
    ;;
esac
scripts/install_packages.sh format
mapfile -d '' files < <(git ls-files -z -- '*.h' '*.cpp')
clang-format-14 --style=file "${mode[@]}" -- "${files[@]}" ||
  { echo "check_format: run scripts/check_format.sh --fix" >&2; exit 1; }
echo "check_format: ${#files[@]} files are formatted"
