// SPDX-License-Identifier: Apache-2.0
// Messages at one port. They are routed by their code and routing, not by an address window: where
// to, the protocol of the link says that they came by. Where that posts them (PCIe), the requester
// has its answer when the switch has the message; else (UALink, RoCE) when the completer's comes
// back. A broadcast crosses the ingress link once; the switch makes the copies. Made where one is
// needed; it has no state. Unit of time: picoseconds.
#pragma once
#include "antares/models/port/port.h"

namespace antares::models {

class PortMessages {
 public:
  explicit PortMessages(PortAdapter& port) : port_(port) {}

  RequestVerdict send(Transaction& message, tlm::tlm_generic_payload& payload, Picoseconds at_ps);
  void lt(Transaction& message, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  /// Messages that are gathered in the partition no longer wait for this port's device.
  void left();

 private:
  struct Way {
    protocols::MessageRoute route;
    tlm::tlm_response_status status = tlm::TLM_OK_RESPONSE;
  };
  protocols::MessagePorts ports() const;
  bool hears(const PortAdapter& to) const;
  std::optional<PortId> target_of(protocols::MessageRouting routing,
                                  const tlm::tlm_generic_payload& payload) const;
  Way way_of(Transaction& message, const tlm::tlm_generic_payload& payload);
  void gather(std::uint8_t code, const protocols::MessagePorts& ports,
              protocols::MessageRoute& route);
  void admit(Transaction& message, Way& way);
  void refuse(Transaction& message, const protocols::MessageRoute& route, Way& way);
  void direct(Transaction& message, PortAdapter& to) const;
  void call(Transaction& message, const tlm::tlm_generic_payload& payload, sc_core::sc_time delay);
  void send_up(std::uint8_t code);

  PortAdapter& port_;
};

}  // namespace antares::models
