// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "antares/platforms/workload/topology_dump.h"
#include "antares/platforms/workload/trace_graph.h"

namespace antares::platforms {
namespace {

constexpr std::size_t kMostLanes = 320;
constexpr DumpLink kSocketLink{5, 16};

/// Devices whose preset there is, by PCI id. public: the PCI id list (R).
struct KnownDevice {
  const char* vendor;
  const char* device;
  const char* preset;
};
constexpr KnownDevice kKnownDevices[] = {{"0x10de", "0x2330", "h100"},
                                         {"0x10de", "0x2335", "h200"},
                                         {"0x10de", "0x2901", "b200"},
                                         {"0x1002", "0x74a1", "mi300x"}};

bool slower(const DumpLink& a, const DumpLink& b) {
  const auto rate = [](const DumpLink& link) { return link.lanes * (1u << link.generation); };
  return std::tuple(rate(a), a.generation) < std::tuple(rate(b), b.generation);
}

std::string port_text(const std::string& name, const DumpLink& link) {
  return fmt::format("      - {{name: {}, protocol: pcie, pcie: {{generation: {}, lanes: {}}}}}\n",
                     name, link.generation, link.lanes);
}

class Importer {
 public:
  Importer(const TopologyDump& dump, std::string name, const std::string& file)
      : dump_(dump), name_(std::move(name)), file_(file) {
    result_.assumed = dump.assumed;
    result_.ignored = dump.ignored;
  }

  ImportedPlatform run() {
    for (std::size_t c = 0; c < dump_.cpus.size(); ++c) add_cpu(c);
    if (gpus_ == 0)
      throw TraceError(
          fmt::format("{}:{}: no GPU is in it (class 0x03.... or 0x12....) from here on: "
                      "nothing to run on",
                      file_, dump_.cpus.front().line));
    result_.understood.push_back(fmt::format(
        "{} CPU(s) as root complexes, {} PCIe switch(es), {} GPU(s), {} network card(s)",
        dump_.cpus.size(), switches_, gpus_, nics_));
    if (merged_ != 0)
      result_.understood.push_back(
          fmt::format("{} bridge(s) with one device below: ports of what is above them", merged_));
    if (dump_.cpus.size() > 1)
      result_.assumed.push_back(
          fmt::format("each two of the {} CPUs are joined by a link like PCIe {} x{}; the file has "
                      "nothing on it",
                      dump_.cpus.size(), kSocketLink.generation, kSocketLink.lanes));
    result_.assumed.push_back(
        "a pass through a root complex costs as much as one through a switch");
    result_.description = text();
    return std::move(result_);
  }

 private:
  struct Part {
    std::string ports;
    std::size_t lanes = 0;
  };

  void add_port(Part& part, const std::string& port, const DumpLink& link) {
    part.ports += port_text(port, link);
    // A port starts at a multiple of its width.
    part.lanes = (part.lanes + link.lanes - 1) / link.lanes * link.lanes + link.lanes;
  }

  void finish(const std::string& name, const Part& part, const DumpNode& from) {
    if (part.lanes > kMostLanes)
      throw TraceError(fmt::format("{}:{}: {} has {} lanes below it; a switch of this model has {}",
                                   file_, from.line, from.name, part.lanes, kMostLanes));
    parts_ += fmt::format(
        "  - name: {}                   # {} {}, line {}\n    lanes: {}\n    ports:\n{}", name,
        from.kind == DumpKind::cpu ? "numaid" : "busid", from.name, from.line,
        std::max<std::size_t>(part.lanes, 16), part.ports);
  }

  void add_cpu(std::size_t c) {
    const std::string name = "cpu" + std::to_string(c);
    Part part;
    for (std::size_t other = 0; other < dump_.cpus.size(); ++other) {
      if (other == c) continue;
      const std::string port = "socket" + std::to_string(other);
      add_port(part, port, kSocketLink);
      if (other > c)
        links_ += fmt::format("  - {{from: {}.{}, to: cpu{}.socket{}}}\n", name, port, other, c);
    }
    add_children(dump_.cpus[c], name, part);
    if (part.lanes != 0) finish(name, part, dump_.cpus[c]);
  }

  void add_children(const DumpNode& parent, const std::string& name, Part& part) {
    for (const DumpNode& child : parent.children) add(child, child.link, name, part);
  }

  /// `link`: the slowest on the way from `node` up to the part.
  void add(const DumpNode& node, const DumpLink& link, const std::string& above, Part& part) {
    switch (node.kind) {
      case DumpKind::gpu:
        return add_endpoint("gpu" + std::to_string(gpus_++), "accelerator", node, link, above,
                            part);
      case DumpKind::nic:
        return add_endpoint("nic" + std::to_string(nics_++), "memory", node, link, above, part);
      default:
        break;
    }
    if (node.children.empty()) {
      result_.ignored.push_back(
          fmt::format("line {}: bridge {} with nothing below it", node.line, node.name));
      return;
    }
    if (node.children.size() == 1) {
      const DumpNode& only = node.children.front();
      ++merged_;
      return add(only, slower(link, only.link) ? link : only.link, above, part);
    }
    const std::string name = "sw" + std::to_string(switches_++);
    add_port(part, name, link);
    links_ += fmt::format("  - {{from: {}.{}, to: {}.up}}\n", above, name, name);
    Part own;
    add_port(own, "up", link);
    add_children(node, name, own);
    finish(name, own, node);
  }

  void add_endpoint(const std::string& name, const char* kind, const DumpNode& node,
                    const DumpLink& link, const std::string& above, Part& part) {
    add_port(part, name, link);
    std::string preset;
    for (const KnownDevice& known : kKnownDevices)
      if (node.vendor == known.vendor && node.device == known.device)
        preset = fmt::format(", accelerator: {{preset: {}}}", known.preset);
    endpoints_ += fmt::format("  - {{name: {}, kind: {}, attach: {}.{}{}}}   # busid {}, line {}\n",
                              name, kind, above, name, preset, node.name, node.line);
  }

  static std::string comments(const char* title, const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += fmt::format("# {}: {}\n", title, line);
    return text;
  }

  std::string text() const {
    std::string yaml = fmt::format(
        "# The PCIe tree of a server, from a topology dump of NCCL or RCCL.\n#\n{}{}{}\n",
        comments("understood", result_.understood), comments("assumption", result_.assumed),
        comments("ignored", result_.ignored));
    yaml +=
        fmt::format("antares: 1\nname: {}\ndescription: imported from a topology dump\n\n", name_);
    yaml += "switches:\n" + parts_;
    if (!links_.empty()) yaml += "\nlinks:\n" + links_;
    yaml += "\nendpoints:\n" + endpoints_;
    yaml += R"(
workloads:
  - name: all_reduce
    kind: collective
    collective: {collective: all_reduce, algorithm: ring, bytes: [1 MiB, 16 MiB]}
  - name: all_to_all
    kind: collective
    collective: {collective: all_to_all, bytes: [1 MiB]}

run: {train_bytes: 16 KiB}
)";
    return yaml;
  }

  const TopologyDump& dump_;
  std::string name_;
  const std::string& file_;
  ImportedPlatform result_;
  std::string parts_, links_, endpoints_;
  std::size_t switches_ = 0, gpus_ = 0, nics_ = 0, merged_ = 0;
};

}  // namespace

ImportedPlatform import_topology(const TopologyDump& dump, const std::string& name,
                                 const std::string& file) {
  return Importer(dump, name, file).run();
}

}  // namespace antares::platforms
