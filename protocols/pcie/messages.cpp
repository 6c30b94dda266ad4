// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/pcie/messages.h"

#include <algorithm>

namespace antares::protocols {
namespace {

using R = MessageRouting;

MessageRoute malformed(const char* why) {
  return MessageRoute::refused(MessageFault::malformed, why);
}

MessageRoute go_up(const MessagePorts& ports) {
  if (ports.upstream_hears) return MessageRoute::to({*ports.upstream});
  return MessageRoute::refused(MessageFault::no_way,
                               "PCIe: the upstream port has no device, or its link is down");
}

MessageRoute route_to_target(PortId ingress, const MessagePorts& ports,
                             std::optional<PortId> target) {
  if (!target) {
    if (ingress != *ports.upstream) return go_up(ports);
    return MessageRoute::refused(MessageFault::no_target,
                                 "PCIe: no downstream port holds the target of this message");
  }
  if (*target == *ports.upstream) return MessageRoute::ends_here();
  if (*target == ingress) {
    return MessageRoute::refused(
        MessageFault::unsupported,
        "PCIe: the target of this message lies behind the port that it came from");
  }
  const auto& downstream = ports.downstream;
  if (std::find(downstream.begin(), downstream.end(), *target) == downstream.end()) {
    return MessageRoute::refused(
        MessageFault::no_way,
        "PCIe: the port of this message's target has no device, or its link is down");
  }
  return MessageRoute::to({*target});
}

}  // namespace

const std::vector<MessageRow>& message_rows() {
  // public: facts/pcie6.md 2.3: codes graded as below. The routing of LTR, OBFF, ATS, PTM and of
  // vendor-defined messages is recollection (D).
  // clang-format off
  static const std::vector<MessageRow> rows = {
      // code  name                     routing                data   any    ignored  grade
      {0x01, "ATS_Invalidate_Request",    R::by_id,               2,  false, false, 'D'},
      {0x02, "ATS_Invalidate_Completion", R::by_id,               0,  false, false, 'D'},
      {0x04, "Page_Request",              R::to_root_complex,     0,  false, false, 'D'},
      {0x05, "Page_Response",             R::by_id,               0,  false, false, 'D'},
      {0x10, "LTR",                       R::local,               0,  false, false, 'D'},
      {0x12, "OBFF",                      R::local,               0,  false, false, 'D'},
      {0x14, "PM_Active_State_Nak",       R::local,               0,  false, false, 'D'},
      {0x18, "PM_PME",                    R::to_root_complex,     0,  false, false, 'D'},
      {0x19, "PME_Turn_Off",              R::broadcast_from_root, 0,  false, false, 'A'},
      {0x1B, "PME_TO_Ack",                R::gathered,            0,  false, false, 'D'},
      {0x20, "Assert_INTA",               R::local,               0,  false, false, 'A'},
      {0x21, "Assert_INTB",               R::local,               0,  false, false, 'A'},
      {0x22, "Assert_INTC",               R::local,               0,  false, false, 'A'},
      {0x23, "Assert_INTD",               R::local,               0,  false, false, 'A'},
      {0x24, "Deassert_INTA",             R::local,               0,  false, false, 'A'},
      {0x25, "Deassert_INTB",             R::local,               0,  false, false, 'A'},
      {0x26, "Deassert_INTC",             R::local,               0,  false, false, 'A'},
      {0x27, "Deassert_INTD",             R::local,               0,  false, false, 'A'},
      {0x30, "ERR_COR",                   R::to_root_complex,     0,  false, false, 'D'},
      {0x31, "ERR_NONFATAL",              R::to_root_complex,     0,  false, false, 'D'},
      {0x33, "ERR_FATAL",                 R::to_root_complex,     0,  false, false, 'D'},
      {0x50, "Set_Slot_Power_Limit",      R::local,               1,  false, false, 'D'},
      {0x52, "PTM_Request",               R::local,               0,  false, false, 'D'},
      {0x53, "PTM_Response",              R::local,               0,  false, false, 'D'},
      {0x7E, "Vendor_Defined_Type_0",     R::by_id,               0,  true,  false, 'D'},
      {0x7F, "Vendor_Defined_Type_1",     R::by_id,               0,  true,  true,  'D'},
  };
  // clang-format on
  return rows;
}

const MessageRow* find_message(std::uint8_t code) {
  for (const MessageRow& row : message_rows()) {
    if (row.code == code) return &row;
  }
  return nullptr;
}

bool is_legal(std::uint8_t code, MessageRouting routing) {
  const MessageRow* row = find_message(code);
  if (row == nullptr) return false;
  if (!row->any_routing) return routing == row->routing;
  return routing == R::to_root_complex || routing == R::by_id || routing == R::local ||
         routing == R::broadcast_from_root;
}

MessageRoute route_pcie_message(MessageRouting routing, PortId ingress, const MessagePorts& ports,
                                std::optional<PortId> target) {
  if (!ports.upstream) {
    return MessageRoute::refused(MessageFault::unsupported,
                                 "PCIe: messages need a switch with an upstream port");
  }
  const bool from_above = ingress == *ports.upstream;
  switch (routing) {
    case R::to_root_complex:
      if (from_above) return malformed("PCIe: a message to the root complex came from above");
      return go_up(ports);
    case R::by_address:
    case R::by_id:
      return route_to_target(ingress, ports, target);
    case R::broadcast_from_root:
      if (!from_above) return malformed("PCIe: a broadcast of the root complex came from below");
      return MessageRoute::to(ports.downstream);
    case R::local:
      return MessageRoute::ends_here();
    case R::gathered:
      if (from_above)
        return malformed("PCIe: a message to be gathered for the root came from above");
      return {MessageFate::gather, {}, "", MessageFault::none};
  }
  return malformed("PCIe: message routing 6 and 7 are reserved");
}

MessageRoute route_pcie_message(const MessageHead& head, PortId ingress, const MessagePorts& ports,
                                std::optional<PortId> target) {
  // public: facts/pcie6.md 4.8, S8 A: an unknown code is unsupported, a wrong routing malformed
  if (find_message(head.code) == nullptr)
    return MessageRoute::refused(MessageFault::unsupported, "PCIe: no message has this code");
  if (!is_legal(head.code, head.routing))
    return malformed("PCIe: a message of this code is not routed so");
  return route_pcie_message(head.routing, ingress, ports, target);
}

}  // namespace antares::protocols
