// SPDX-License-Identifier: Apache-2.0
// A pod: all that partitions of one or several switches have in common, since links join them. The
// partitions of one switch without links to others are pods of their own; of a platform without
// partitions everything is one. Ways, rows and resets go by pods. No unit of time.
#pragma once
#include <string>
#include <vector>

#include "antares/platforms/config/linked_ports.h"
#include "antares/platforms/config/partition_map.h"

namespace antares::platforms {

bool has_partitions(const PlatformConfig& config);

/// A partition of a switch, by their indices; of a switch without partitions: kWhole.
struct PodPart {
  static constexpr std::size_t kWhole = 0;
  std::size_t switch_index = 0;
  std::size_t partition = 0;
};

class Pods {
 public:
  /// What the description says, when the simulation starts.
  explicit Pods(const PlatformConfig& config);

  std::size_t size() const { return names_.size(); }
  /// The partitions' name, where they have one and no other pod has it, else that of the first with
  /// its switch in front: "leaf0.a".
  const std::string& name(std::size_t pod) const { return names_[pod]; }
  const std::vector<std::string>& names() const { return names_; }
  const std::vector<PodPart>& parts(std::size_t pod) const { return parts_[pod]; }
  /// kNoPartition: a spare port, which belongs to none.
  std::size_t of(const PortRef& port) const;
  std::size_t of(const PodPart& part) const { return pods_[part.switch_index][part.partition]; }

 private:
  void give_names(const PlatformConfig& config);

  std::vector<std::vector<std::size_t>> places_;  ///< partition by switch and port
  std::vector<std::vector<std::size_t>> pods_;    ///< by switch and partition
  std::vector<std::vector<PodPart>> parts_;       ///< by pod
  std::vector<std::string> names_;                ///< by pod
};

/// By its name, or "switch.partition" of any part of it; kNoPod: there is none.
std::size_t find_pod(const PlatformConfig& config, const Pods& pods, const std::string& name);

/// The pod of each of attached_ports().
std::vector<std::size_t> pods_of(const Pods& pods, const std::vector<ExpandedEndpoint>& endpoints);

/// Which endpoints see each other when the simulation starts, as far as partitions and links
/// decide.
class PartitionView {
 public:
  explicit PartitionView(const PlatformConfig& config) : config_(config), pods_(config) {}

  /// Endpoints by position in expand_endpoints().
  bool sees(const ExpandedEndpoint& one, const ExpandedEndpoint& other) const;
  /// "gpu3 (partition a)", for a person.
  std::string text(const ExpandedEndpoint& endpoint) const;

 private:
  const PlatformConfig& config_;
  Pods pods_;
};

}  // namespace antares::platforms
