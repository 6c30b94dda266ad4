// SPDX-License-Identifier: Apache-2.0
// Parameters of a switch port. The latency of a Scorpio hop was not published: the parts below add
// up to 110 ns for x16 at 64 GT/s (108 ns here + 2 ns to collect the first flit), the working
// default of facts/pcie6.md 7.1 with a public range of 70-150 ns for the class of part.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "antares/protocols/common/access_control.h"
#include "antares/protocols/common/error_model.h"
#include "antares/protocols/common/link_policy.h"
#include "antares/protocols/common/link_state.h"

namespace antares::models {

using protocols::PortId;

/// When a posted write is answered on the TLM socket.
enum class PostedResponse : std::uint8_t {
  at_delivery,  ///< with the target's status, once the write is there (latency = request path)
  at_accept,    ///< as PCIe does: when all of it is in the switch; the data is copied first
};

/// Fixed delays of one pass through the switch, by the part that causes them. Nanoseconds.
struct HopLatency {
  double serdes_rx_ns = 28;
  double fec_crc_ns = 2;
  double route_lookup_ns = 12;
  double arbitration_ns = 10;
  double crossbar_ns = 26;
  double serdes_tx_ns = 30;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = HopLatency;
    const char* why =
        "not published; parts of the 110 ns working default, class range 70-150 ns (facts/pcie6.md "
        "7.1)";
    visit("serdes_rx_ns", &C::serdes_rx_ns, "Receive SerDes and PCS").range(0, 1e6).assumption(why);
    visit("fec_crc_ns", &C::fec_crc_ns, "FEC decode and CRC check of a flit")
        .range(0, 1e6)
        .assumption(
            "under 2 ns for encode and decode in public decks (facts/pcie6.md 1.6, grade D)");
    visit("route_lookup_ns", &C::route_lookup_ns, "Address or id lookup at ingress")
        .range(0, 1e6)
        .assumption(why);
    visit("arbitration_ns", &C::arbitration_ns, "Arbitration at zero load")
        .range(0, 1e6)
        .assumption(why);
    visit("crossbar_ns", &C::crossbar_ns, "Crossbar traversal").range(0, 1e6).assumption(why);
    visit("serdes_tx_ns", &C::serdes_tx_ns, "Transmit pipeline and SerDes")
        .range(0, 1e6)
        .assumption(why);
  }
};

/// Where two protocols meet inside the switch. That a real part translates between its port kinds
/// is not published (design: an assumption with a latency of its own).
struct BridgeConfig {
  bool enabled = true;
  double latency_ns = 50;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = BridgeConfig;
    visit("enabled", &C::enabled,
          "Translate between ports of different protocols; false: such requests get a command "
          "error")
        .assumption("no public statement that the part translates between its port kinds");
    visit("latency_ns", &C::latency_ns, "Added to each packet that changes its protocol")
        .range(0, 1e6)
        .assumption("no public figure; about half of a hop");
  }
};

/// At which of its errors a link is held down, so that damage goes no further.
enum class Containment : std::uint8_t { never, fatal, uncorrectable };

/// A port whose link may fail, or whose requester gives up waiting.
struct PortFaultConfig {
  double completion_timeout_us = 10'000;
  protocols::LinkStateConfig state;
  Containment containment = Containment::never;
  bool block_poisoned = false;
  protocols::ErrorConfig errors;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = PortFaultConfig;
    visit("completion_timeout_us", &C::completion_timeout_us,
          "Time after which the requester behind the port answers itself with an error what nobody "
          "else has answered")
        .range(1, 1e7)
        .assumption(
            "PCIe leaves 50 us to 50 ms (facts/pcie6.md 4.8); what an accelerator waits is not "
            "published");
    visit("state", &C::state, "How long the link takes from one state to the next");
    visit("containment", &C::containment,
          "The link goes down by itself at an uncorrectable error of its device, and stays down "
          "until it is released (PCIe's DPC): never, at fatal errors, or at any uncorrectable one. "
          "What a replay that gave up does is its protocol's own (replay.gives_up, "
          "llr.flush_action)")
        .names({{"never", Containment::never},
                {"fatal", Containment::fatal},
                {"uncorrectable", Containment::uncorrectable}})
        .source(
            "public: facts/pcie6.md 4.4 and 4.8 (DPC's two triggers), ualink_nvlink.md A.4 and "
            "A.8 (drop mode)");
    visit("block_poisoned", &C::block_poisoned,
          "The switch sends no data that is marked as damaged out by this port: it is dropped "
          "there, a request is answered with an error")
        .source("public: facts/pcie6.md 4.8 (poisoned TLP egress blocking), grade A, D")
        .assumption("off, and so damaged data reaches its end: PCIe's default");
    visit("errors", &C::errors, "When units of the link fail, in both directions");
  }
};

/// Place of a port in a PCIe tree. Only access control (ACS) asks for it.
enum class PortRole : std::uint8_t { downstream, upstream };

/// One port of a switch, as C++ users describe it. The protocol is in the policy.
struct PortConfig {
  std::string name;
  std::shared_ptr<const protocols::LinkPolicy> policy;
  double propagation_ns = 5;     ///< cable or trace, one way; assumption: about 1 m
  double credit_update_ns = 20;  ///< buffer freed until its credit is usable, less propagation
  PostedResponse posted_response = PostedResponse::at_delivery;
  PortRole role = PortRole::downstream;
  /// Asked about each request of the device, and about completions: PCIe's ACS of a downstream
  /// port, AccessRules of any. Empty: everything goes directly.
  std::vector<std::shared_ptr<const protocols::AccessControl>> access;
  /// None: the link never fails and requests wait for ever, at no cost.
  std::optional<PortFaultConfig> faults;
  std::vector<PortId> egress_blocked;  ///< ports that egress control keeps requests from
};

}  // namespace antares::models
