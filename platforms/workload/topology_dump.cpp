// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/topology_dump.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <pugixml.hpp>

#include "antares/platforms/config/plain_text.h"
#include "antares/platforms/workload/text_place.h"
#include "antares/platforms/workload/trace_graph.h"

namespace antares::platforms {
namespace {

// assumption: the largest published dump has some hundred elements, eight deep.
constexpr std::size_t kMostDumpBytes = 8u << 20;
constexpr std::size_t kMostDumpElements = 20'000;
constexpr unsigned kDeepestDump = 32;

/// Rates of PCIe by generation, in tenths of a GT/s (facts/pcie6.md 1).
constexpr unsigned kTenthsOfGTps[] = {25, 50, 80, 160, 320, 640};

class DumpReader {
 public:
  DumpReader(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  TopologyDump read() {
    if (text_.size() > kMostDumpBytes)
      throw TraceError(file_ + ": " + std::to_string(text_.size()) +
                       " bytes; the most that is read of a topology is " +
                       std::to_string(kMostDumpBytes >> 20) + " MiB");
    if (const std::size_t at = first_non_text(text_); at != std::string_view::npos)
      fail(at, "this is not text (UTF-8); expected a topology dump of NCCL or RCCL");
    // Entities that stand for entities need a DOCTYPE; no library writes one.
    if (const std::size_t at = text_.find("<!DOCTYPE"); at != std::string_view::npos)
      fail(at, "a DOCTYPE; a topology dump has none, and entities are not expanded");
    pugi::xml_document document;
    const pugi::xml_parse_result parsed =
        document.load_buffer(text_.data(), text_.size(), pugi::parse_minimal, pugi::encoding_utf8);
    if (!parsed)
      fail(static_cast<std::size_t>(parsed.offset),
           std::string("not valid XML: ") + parsed.description());
    const pugi::xml_node system = document.child("system");
    if (!system) fail(0, "no <system>: expected a topology dump of NCCL or RCCL");
    for (const pugi::xml_node child : system.children()) {
      if (std::string_view(child.name()) == "cpu")
        read_cpu(child);
      else
        ignore(child, std::string("<") + printable(child.name()) + "> in <system>");
    }
    if (dump_.cpus.empty()) fail(system, "<system> has no <cpu>: there is nothing to import");
    tell_counted();
    return std::move(dump_);
  }

 private:
  [[noreturn]] void fail(std::size_t offset, const std::string& what) const {
    const TextPlace at = text_place(text_, offset);
    throw TraceError(file_ + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) +
                     ": " + what);
  }
  static std::size_t offset(const pugi::xml_node& node) {
    return static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, node.offset_debug()));
  }
  [[noreturn]] void fail(const pugi::xml_node& node, const std::string& what) const {
    fail(offset(node), what);
  }
  /// Counts on from where it was asked last: elements are met in the order of the text, and a count
  /// from the beginning for each of them would take seconds for a large file.
  std::size_t line(const pugi::xml_node& node) {
    const std::size_t at = std::min(offset(node), text_.size());
    if (at < counted_to_) {
      counted_to_ = 0;
      lines_before_ = 0;
    }
    lines_before_ += static_cast<std::size_t>(
        std::count(text_.begin() + static_cast<std::ptrdiff_t>(counted_to_),
                   text_.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    counted_to_ = at;
    return lines_before_ + 1;
  }

  void ignore(const pugi::xml_node& node, const std::string& what) {
    dump_.ignored.push_back("line " + std::to_string(line(node)) + ": " + what);
  }

  std::string needed(const pugi::xml_node& node, const char* name) const {
    const std::string value = node.attribute(name).as_string();
    if (value.empty()) fail(node, std::string("<") + node.name() + "> has no " + name);
    if (value.size() > 40) fail(node, std::string(name) + " is longer than any that is written");
    return printable(value);
  }

  void unique(const pugi::xml_node& node, const std::string& kind, const std::string& name) {
    const auto [found, is_new] = lines_.emplace(kind + name, line(node));
    if (!is_new)
      fail(node,
           kind + " \"" + name + "\" is there already, in line " + std::to_string(found->second));
  }

  void count(const pugi::xml_node& node) {
    if (++elements_ > kMostDumpElements)
      fail(node, "more than " + std::to_string(kMostDumpElements) + " elements");
  }

  void read_cpu(const pugi::xml_node& cpu) {
    count(cpu);
    DumpNode node;
    node.kind = DumpKind::cpu;
    node.name = needed(cpu, "numaid");
    node.line = line(cpu);
    unique(cpu, "numaid", node.name);
    read_children(cpu, node, 1);
    dump_.cpus.push_back(std::move(node));
  }

  void read_children(const pugi::xml_node& parent, DumpNode& into, unsigned depth) {
    if (depth > kDeepestDump)
      fail(parent, "deeper than " + std::to_string(kDeepestDump) + " elements");
    for (const pugi::xml_node child : parent.children()) {
      const std::string_view name = child.name();
      if (name == "pci")
        read_pci(child, into, depth);
      else if (name != "gpu" && name != "nic")
        ignore(child, "<" + printable(name) + "> in <" + parent.name() + ">");
    }
  }

  void read_pci(const pugi::xml_node& pci, DumpNode& into, unsigned depth) {
    count(pci);
    DumpNode node;
    node.name = needed(pci, "busid");
    node.vendor = printable(pci.attribute("vendor").as_string());
    node.device = printable(pci.attribute("device").as_string());
    node.line = line(pci);
    unique(pci, "busid", node.name);
    const std::string pci_class = needed(pci, "class");
    const auto is = [&](const char* beginning) { return pci_class.rfind(beginning, 0) == 0; };
    if (is("0x0604")) {
      node.kind = DumpKind::bridge;
    } else if (is("0x03") || is("0x12")) {
      node.kind = DumpKind::gpu;
    } else if (is("0x02")) {
      node.kind = DumpKind::nic;
    } else {
      return ignore(pci, "a device of class " + pci_class + " (" + node.name + ")");
    }
    node.link = link_of(pci);
    note_leaves(pci);
    read_children(pci, node, depth + 1);
    if (node.kind != DumpKind::bridge && !node.children.empty())
      fail(pci,
           "a device of class " + pci_class + " with more devices below it; a bridge is 0x0604");
    into.children.push_back(std::move(node));
  }

  /// Links that join GPUs directly, speed of ports to a network.
  void note_leaves(const pugi::xml_node& pci) {
    for (const pugi::xml_node gpu : pci.children("gpu"))
      for (const pugi::xml_node peer : gpu.children()) ++direct_[printable(peer.name())];
    for (const pugi::xml_node nic : pci.children("nic"))
      for (const pugi::xml_node net : nic.children("net")) {
        (void)net;
        ++nets_;
      }
  }

  DumpLink link_of(const pugi::xml_node& pci) {
    DumpLink link;
    const std::string speed = printable(pci.attribute("link_speed").as_string());
    const std::string width = printable(pci.attribute("link_width").as_string());
    // sysfs, where the libraries look, has "Unknown" or "Unknown speed" for a link that is down.
    if (speed.empty() || speed == "0" || speed.rfind("Unknown", 0) == 0)
      assume(pci, "link_speed", "8 GT/s");
    else
      link.generation = generation_of(pci, speed);
    if (width.empty() || width == "0")
      assume(pci, "link_width", "16");
    else
      link.lanes = lanes_of(pci, width);
    return link;
  }

  void assume(const pugi::xml_node& pci, const char* what, const char* value) {
    dump_.assumed.push_back("line " + std::to_string(line(pci)) + ": " +
                            printable(pci.attribute("busid").as_string()) + " says no " + what +
                            ": taken as " + value);
  }

  /// "16 GT/s", "16.0 GT/s PCIe", "2.5GT/s".
  std::uint32_t generation_of(const pugi::xml_node& pci, const std::string& speed) const {
    const char* at = speed.data();
    const char* const end = speed.data() + speed.size();
    unsigned whole = 0;
    unsigned tenth = 0;
    auto parsed = std::from_chars(at, end, whole);
    bool is_speed = parsed.ec == std::errc() && whole < 1000;
    at = parsed.ptr;
    if (is_speed && at != end && *at == '.') {
      is_speed = at + 1 != end && at[1] >= '0' && at[1] <= '9';
      if (is_speed) tenth = static_cast<unsigned>(at[1] - '0');
      at += is_speed ? 2 : 0;
    }
    std::string unit;
    for (; at != end; ++at)
      if (*at != ' ') unit += *at;
    is_speed = is_speed && (unit == "GT/s" || unit == "GT/sPCIe");
    for (std::uint32_t g = 0; is_speed && g < std::size(kTenthsOfGTps); ++g)
      if (kTenthsOfGTps[g] == whole * 10 + tenth) return g + 1;
    fail(pci, "link_speed is \"" + speed +
                  "\"; expected 2.5, 5, 8, 16, 32 or 64 GT/s, or nothing where it isn't known");
  }

  std::uint32_t lanes_of(const pugi::xml_node& pci, const std::string& width) const {
    for (const std::uint32_t lanes : {1u, 2u, 4u, 8u, 16u})
      if (width == std::to_string(lanes)) return lanes;
    fail(pci,
         "link_width is \"" + width + "\"; expected 1, 2, 4, 8 or 16, or 0 where it isn't known");
  }

  void tell_counted() {
    for (const auto& [kind, count] : direct_)
      dump_.ignored.push_back(
          std::to_string(count) + " <" + kind +
          "> of GPUs: direct links between them; endpoints have ports on switches "
          "only");
    if (nets_ != 0)
      dump_.ignored.push_back(std::to_string(nets_) +
                              " <net>: what is beyond the network cards is not in the file");
  }

  std::string_view text_;
  std::size_t counted_to_ = 0;
  std::size_t lines_before_ = 0;
  const std::string& file_;
  TopologyDump dump_;
  std::map<std::string, std::size_t> lines_;
  std::map<std::string, std::size_t> direct_;  ///< by element name
  std::size_t nets_ = 0;
  std::size_t elements_ = 0;
};

}  // namespace

TopologyDump read_topology_dump(std::string_view text, const std::string& file) {
  return DumpReader(text, file).read();
}

}  // namespace antares::platforms
