// SPDX-License-Identifier: Apache-2.0
// Virtual switches of a description: which ports see each other, what may enter by them, and when
// they move from one to another. Ports are named as in `attach`, without the switch, which is the
// one that the section belongs to. Unit of time: in each key.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "antares/models/fabric_switch/switch_config.h"
#include "antares/platforms/config/schedule_limit.h"

namespace antares::platforms {

inline constexpr unsigned kMaxPartitions = 160;  ///< a port each
/// What the ports that are in no partition are called; no partition may have this name.
inline constexpr const char* kSpare = "spare";

struct PartitionDescription {
  std::string name;
  std::vector<std::string> ports;
  std::optional<models::BridgeConfig> bridge;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = PartitionDescription;
    visit("name", &C::name, "Name of the partition").required().identifier();
    visit(
        "ports", &C::ports,
        "Ports that see each other and nobody else: group, group[3], group[0..9] or a port's name")
        .required()
        .items(1, kMaxPartitions);
    visit("bridge", &C::bridge,
          "Where its ports of different protocols meet; without it as the switch's");
  }
};

/// A part of one endpoint's memory.
struct AccessRangeDescription {
  std::string endpoint;
  std::uint64_t from_bytes = 0;
  std::uint64_t size_bytes = 0;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = AccessRangeDescription;
    visit("endpoint", &C::endpoint, "Endpoint whose memory it is").required();
    visit("from_bytes", &C::from_bytes, "Offset of the first byte in its memory")
        .range(0, 1ull << 44);
    visit("size_bytes", &C::size_bytes, "How much of it").range(1, 1ull << 44).required();
  }
};

/// Rules of some ports: a request that breaks one is answered as an unmapped address is.
struct AccessDescription {
  std::vector<std::string> ports;
  std::vector<std::string> partitions;
  std::vector<std::string> sources;
  std::vector<std::string> destinations;
  std::vector<AccessRangeDescription> addresses;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = AccessDescription;
    visit("ports", &C::ports,
          "Ports whose devices are bound: group, group[3], group[0..9] or a port's name")
        .items(0, kMaxPartitions);
    visit("partitions", &C::partitions, "And all ports that start in these partitions")
        .items(0, kMaxPartitions);
    visit("sources", &C::sources,
          "Endpoints whose ids requests may claim (source validation); empty: any")
        .items(0, 1024);
    visit("destinations", &C::destinations, "Endpoints that may be asked; empty: any")
        .items(0, 1024);
    visit("addresses", &C::addresses, "Memory that may be touched; empty: any").items(0, 1024);
  }
};

struct PortMoveEvent {
  double at_us = 0;
  std::string port;
  std::string to;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = PortMoveEvent;
    visit("at_us", &C::at_us, "Simulated time; events stand in the order of their times")
        .range(0.001, 1e9)
        .required();
    visit("port", &C::port, "Port that moves: group[3] or a port's name; a group: each of it")
        .required();
    visit("to", &C::to, "Partition, or spare: into none").required();
  }
};

struct PartitionResetEvent {
  double at_us = 0;
  std::string partition;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = PartitionResetEvent;
    visit("at_us", &C::at_us, "Simulated time; events stand in the order of their times")
        .range(0.001, 1e9)
        .required();
    visit("partition", &C::partition,
          "Partition of this switch: its links are reset, what is in flight in it is lost")
        .required();
  }
};

/// Resets of partitions with all of their parts, on whichever switches.
struct PodResetEvent {
  double at_us = 0;
  std::string pod;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = PodResetEvent;
    visit("at_us", &C::at_us, "Simulated time; events stand in the order of their times")
        .range(0.001, 1e9)
        .required();
    visit("pod", &C::pod,
          "Partition with all that links join to it on other switches: by its name, or switch.name "
          "of any of its parts")
        .required();
  }
};

struct PortMovesDescription {
  models::PortMoveConfig drain;
  std::vector<PortMoveEvent> events;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = PortMovesDescription;
    visit("drain", &C::drain, "How a port leaves its partition");
    visit("events", &C::events, "Schedule").items(0, kMaxScheduleEntries);
  }
};

}  // namespace antares::platforms
