#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# install_packages.sh [build|format|coverage|fuzz]...: installs those Debian packages of the groups that are
# missing (default group: build). Where nothing is missing it returns at once and needs no network.
set -euo pipefail

say() { printf '%s\n' "install_packages: $*"; }

# package:command says that the command, wherever it comes from, does as well as the package.
packages_of() {  # GROUP
  case $1 in
    build)
      echo g++:c++ cmake:cmake ninja-build:ninja pkg-config:pkg-config python3:python3 git:git \
        libsystemc-dev libboost-dev libyaml-cpp-dev nlohmann-json3-dev libcli11-dev libfmt-dev \
        libprotozero-dev libeigen3-dev libarchive-dev libpugixml-dev zlib1g-dev libgtest-dev libgmock-dev libbenchmark-dev libvalijson-dev valgrind
      ;;
    format) echo clang-format-14:clang-format-14 ;;
    coverage) echo gcovr:gcovr ;;
    fuzz) echo clang:clang++ libclang-rt-14-dev ;;
    *)
      say "no group '$1'; there are build, format, coverage and fuzz" >&2
      exit 2
      ;;
  esac
}

installed() {  # PACKAGE[:COMMAND]
  case $1 in
    *:*) command -v "${1#*:}" >/dev/null && return 0 ;;
  esac
  [ "$(dpkg-query -W -f '${db:Status-Status}' "${1%%:*}" 2>/dev/null)" = installed ]
}

missing_of() {  # PACKAGE[:COMMAND]... -> names of those missing
  local entry
  for entry in "$@"; do
    installed "$entry" || printf '%s ' "${entry%%:*}"
  done
}

wanted=""
for group in "${@:-build}"; do
  wanted+=" $(packages_of "$group")"
done

# shellcheck disable=SC2086  # the lists are words
missing=$(missing_of $wanted)
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null; then
  say "this is no Debian system, and these packages (Debian's names) or their like are missing: $missing" >&2
  say "install them by hand; then cmake --preset release && cmake --build --preset release" >&2
  exit 1
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    as_root=(sudo)
  else
    say "missing packages: $missing" >&2
    say "installing them takes root; run as root: apt-get install --no-install-recommends $missing" >&2
    exit 1
  fi
fi

apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 \
    -o DPkg::Lock::Timeout=300 -o Acquire::Retries=2 -o Acquire::http::Timeout=30 "$@" </dev/null
}

say "missing: $missing"
updated=yes
apt update || updated=no
# shellcheck disable=SC2086
if ! apt install --no-install-recommends $missing; then
  # One name that can't be had must not hide the others: say which.
  # shellcheck disable=SC2086
  missing=$(missing_of $wanted)
  say "these packages can't be had: $missing" >&2
  if [ "$updated" = no ]; then
    say "the package lists could not be fetched: is there a network? Once they are installed no network is needed" >&2
  else
    say "known to work: Debian 12 with its main archive; elsewhere install what stands for them by hand" >&2
  fi
  exit 1
fi
