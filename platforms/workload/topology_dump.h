// SPDX-License-Identifier: Apache-2.0
// Reads the XML that NCCL and RCCL write of a server (NCCL_TOPO_DUMP_FILE): CPUs, the tree of PCIe
// bridges below each, GPUs and network cards at its leaves. Names and meaning:
// facts/ecosystem.md 1.5. A speed or width that is empty, 0, "Unknown" or missing, as virtual
// machines have it, is taken to be generation 3 x16, which is what those libraries do (R), and
// told. Left out: links that join GPUs directly, and what hangs on a tree besides (disks). No unit
// of time.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace antares::platforms {

/// The link of a device or bridge to what is above it.
struct DumpLink {
  std::uint32_t generation = 3;
  std::uint32_t lanes = 16;
};

enum class DumpKind : std::uint8_t { cpu, bridge, gpu, nic };

struct DumpNode {
  DumpKind kind = DumpKind::bridge;
  std::string name;    ///< numaid of a CPU, else the busid
  std::string vendor;  ///< "0x10de"; may be empty
  std::string device;
  DumpLink link;  ///< of all but CPUs
  std::size_t line = 0;
  std::vector<DumpNode> children;
};

struct TopologyDump {
  std::vector<DumpNode> cpus;
  std::vector<std::string> assumed;  ///< what the file does not say, with its line
  std::vector<std::string> ignored;  ///< what is there and not used
};

/// Throws TraceError with file, line and column: no such XML, a DOCTYPE, too large or deep,
/// attributes that are missing or mean nothing, names that are there twice.
TopologyDump read_topology_dump(std::string_view text, const std::string& file);

struct ImportedPlatform {
  std::string description;              ///< YAML
  std::vector<std::string> understood;  ///< lines for a person
  std::vector<std::string> assumed;
  std::vector<std::string> ignored;
};

/// The dump as a description: CPUs (their root complexes) and bridges with several devices are
/// switches, links join them. `name` becomes the platform's. Throws TraceError where it does not
/// fit.
ImportedPlatform import_topology(const TopologyDump& dump, const std::string& name,
                                 const std::string& file);

}  // namespace antares::platforms
