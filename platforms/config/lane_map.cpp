// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/config/lane_map.h"

#include <optional>

#include "antares/platforms/config/expansion.h"

namespace antares::platforms {
namespace {

using protocols::LaneNeed;

std::string width_text(const LaneNeed& need) {
  return need.units == 1
             ? "x" + std::to_string(need.unit_lanes)
             : std::to_string(need.units) + " links of x" + std::to_string(need.unit_lanes);
}

class Placer {
 public:
  explicit Placer(const SwitchDescription& part) : part_(part), taken_(part.lanes) {}

  LaneMap place() {
    if (!enough_lanes()) return std::move(map_);
    for (std::size_t g = 0; g < part_.ports.size() && map_.problems.empty(); ++g) {
      const PortGroup& group = part_.ports[g];
      const LaneNeed need = group.lane_need();
      unsigned from = group.first_lane < 0 ? 0 : static_cast<unsigned>(group.first_lane);
      for (std::size_t i = 0; i < group.count && map_.problems.empty(); ++i) {
        const bool fixed = group.first_lane >= 0;
        const auto place = fixed ? fixed_place(g, i, need, from) : next_place(need);
        if (!place) {
          if (!fixed) no_place(g, i, need);
          break;
        }
        for (unsigned lane = *place; lane < *place + need.lanes(); ++lane)
          taken_[lane] = numbered_name(group.name, group.count, i);
        map_.ports.push_back({*place, need.lanes()});
        from = *place + need.lanes();
      }
    }
    return std::move(map_);
  }

 private:
  bool enough_lanes() {
    std::size_t lanes = 0;
    std::string users;
    for (const PortGroup& group : part_.ports) {
      const LaneNeed need = group.lane_need();
      if (need.units == 0) continue;
      lanes += std::size_t{need.lanes()} * group.count;
      users += (users.empty() ? "" : ", ") + group.name + " " + std::to_string(group.count) + " x" +
               std::to_string(need.lanes()) + " = " + std::to_string(need.lanes() * group.count);
    }
    if (lanes <= part_.lanes) return true;
    map_.problems.push_back({kNoGroup, false,
                             "the ports use " + std::to_string(lanes) + " lanes, the switch \"" +
                                 part_.name + "\" has " + std::to_string(part_.lanes),
                             users});
    return false;
  }

  /// Empty when the lanes from `first` on would do, else why not.
  std::string objection(unsigned first, const LaneNeed& need) const {
    if (first + need.lanes() > part_.lanes)
      return "the switch has only " + std::to_string(part_.lanes) + " lanes";
    for (unsigned lane = first; lane < first + need.lanes(); ++lane)
      if (!taken_[lane].empty())
        return "lane " + std::to_string(lane) + " belongs to " + taken_[lane];
    if (first % need.unit_lanes != 0)
      return width_text(need) + " starts at a multiple of " + std::to_string(need.unit_lanes);
    if (need.unit_lanes > part_.lane_block)
      return width_text(need) + " is wider than a block of " + std::to_string(part_.lane_block) +
             " lanes";
    return {};
  }

  std::optional<unsigned> next_place(const LaneNeed& need) {
    if (need.units == 0) return 0;
    for (unsigned first = 0; first + need.lanes() <= part_.lanes; first += need.unit_lanes)
      if (objection(first, need).empty()) return first;
    return std::nullopt;
  }

  std::optional<unsigned> fixed_place(std::size_t g, std::size_t index, const LaneNeed& need,
                                      unsigned first) {
    if (need.units == 0) return 0;
    const std::string why = objection(first, need);
    if (why.empty()) return first;
    const PortGroup& group = part_.ports[g];
    const auto free = next_place(need);
    map_.problems.push_back(
        {g, true,
         "port \"" + numbered_name(group.name, group.count, index) + "\" cannot start at lane " +
             std::to_string(first) + ": " + why,
         free ? "lane " + std::to_string(*free) + " is free for it" : "no lanes are left for it"});
    return std::nullopt;
  }

  void no_place(std::size_t g, std::size_t index, const LaneNeed& need) {
    const PortGroup& group = part_.ports[g];
    const std::string why =
        need.unit_lanes > part_.lane_block
            ? " is wider than a block of " + std::to_string(part_.lane_block) + " lanes"
            : " finds no free lanes that start at a multiple of " +
                  std::to_string(need.unit_lanes) + " within one block";
    map_.problems.push_back({g, false,
                             "port \"" + numbered_name(group.name, group.count, index) + "\" (" +
                                 width_text(need) + ")" + why,
                             "list wide groups before narrow ones, or give first_lane"});
  }

  const SwitchDescription& part_;
  std::vector<std::string> taken_;  ///< name of the port on each lane
  LaneMap map_;
};

}  // namespace

LaneMap place_lanes(const SwitchDescription& part) { return Placer(part).place(); }

}  // namespace antares::platforms
