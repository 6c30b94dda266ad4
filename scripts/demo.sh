#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# demo.sh: installs missing Debian packages, builds, and runs the main job: ring all-reduce over a
# 320-lane PCIe 6 switch with 20 x16 ports, then execution traces on the same switch.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

description=platforms/descriptions/scorpio_x_20x16.yaml
antares=build/release/bin/antares

step "Packages"
scripts/install_packages.sh build

step "Build"
configure release
cmake --build --preset release -j "$(nproc)" --target bin/antares

step "Ring all-reduce of 1 MiB, 16 MiB and 1 GiB over 20 accelerators"
"$antares" run "$description" --workload all_reduce --algorithm ring --bytes 1MiB,16MiB,1GiB \
  --out out/demo_all_reduce

step "A Chakra execution trace written by scripts/make_trace.py"
rm -rf out/demo_trace  # a folder holds one trace
python3 scripts/make_trace.py --ranks 20 --out out/demo_trace/training
"$antares" run "$description" --workload chakra --input out/demo_trace --out out/demo_chakra

resnet=../shared/data/chakra/resnet_ddp_rank.tar.gz
if [ -f "$resnet" ]; then
  step "One rank of a real ResNet training step, replayed on every rank"
  "$antares" run "$description" --workload chakra --input "$resnet" --out out/demo_resnet
fi

step "Where to look"
cat <<END
Tables: above. Machine-readable: results.json, links.csv and ports.csv in
$(for folder in out/demo_all_reduce out/demo_chakra out/demo_resnet; do
  if [ -d "$folder" ]; then echo "  $folder/"; fi
done)
The platform: $description; what it assumes: $antares describe $description
END
