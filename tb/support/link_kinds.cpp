// SPDX-License-Identifier: Apache-2.0
#include "tb/support/link_kinds.h"

#include "antares/models/memory/atomics.h"
#include "antares/protocols/ethernet/ethernet_policy.h"
#include "antares/protocols/ideal/ideal_policy.h"
#include "antares/protocols/nvlink/nvlink_policy.h"
#include "antares/protocols/ualink/ualink_policy.h"

namespace antares::tb {

using models::PacketHint;
using tlm::tlm_generic_payload;

const char* name_of(LinkKind kind) {
  switch (kind) {
    case LinkKind::pcie6_x16:
      return "pcie6_x16";
    case LinkKind::pcie5_x8_non_flit:
      return "pcie5_x8_non_flit";
    case LinkKind::ualink_x4:
      return "ualink_x4";
    case LinkKind::nvlink4_x2:
      return "nvlink4_x2";
    case LinkKind::nvlink4_x2_acknowledged:
      return "nvlink4_x2_acknowledged";
    case LinkKind::sue_x4:
      return "sue_x4";
    case LinkKind::roce_x4:
      return "roce_x4";
    case LinkKind::ideal:
      return "ideal";
  }
  return "";
}

std::shared_ptr<const protocols::LinkPolicy> make_policy(LinkKind kind,
                                                         const LinkChoices& choices) {
  using namespace protocols;
  const auto choose = [&](auto link) {
    link.replay.gives_up = choices.gives_up.value_or(link.replay.gives_up);
    return link;
  };
  switch (kind) {
    case LinkKind::pcie6_x16: {
      PcieLinkConfig link;
      link.selective_nak = choices.selective_nak;
      return std::make_shared<PciePolicy>(choose(link));
    }
    case LinkKind::pcie5_x8_non_flit: {
      PcieLinkConfig link;
      link.generation = 5;
      link.lanes = 8;
      link.flit_mode = FlitMode::off;
      return std::make_shared<PciePolicy>(choose(link));
    }
    case LinkKind::ualink_x4:
      return std::make_shared<UalinkPolicy>(choose(UalinkLinkConfig{}));
    case LinkKind::nvlink4_x2:
    case LinkKind::nvlink4_x2_acknowledged: {
      NvlinkLinkConfig link;
      link.links = 2;
      link.write_ack_bytes = kind == LinkKind::nvlink4_x2 ? 0 : 16;
      return std::make_shared<NvlinkPolicy>(choose(link));
    }
    case LinkKind::sue_x4:
    case LinkKind::roce_x4: {
      EthernetLinkConfig link;
      if (kind == LinkKind::roce_x4) link.framing = EthernetFraming::roce_v2;
      link.llr = choices.llr;
      return std::make_shared<EthernetPolicy>(link);
    }
    case LinkKind::ideal:
      return std::make_shared<IdealPolicy>();
  }
  return nullptr;
}

SwitchConfig mixed_switch(const std::vector<std::shared_ptr<const protocols::LinkPolicy>>& links) {
  SwitchConfig config;
  for (std::size_t i = 0; i < links.size(); ++i) {
    const auto id = static_cast<std::uint16_t>(i);
    models::PortConfig port;
    port.name = "dev" + std::to_string(i);
    port.policy = links[i];
    config.ports.push_back(port);
    config.windows.push_back(
        {window(id), kWindowBytes, protocols::EndpointId(id), protocols::PortId(id), 0});
  }
  return config;
}

SwitchConfig mixed_switch(const std::vector<LinkKind>& kinds) {
  std::vector<std::shared_ptr<const protocols::LinkPolicy>> links;
  for (const LinkKind kind : kinds) links.push_back(make_policy(kind));
  return mixed_switch(links);
}

PacketHint& add_hint(tlm_generic_payload& payload) {
  auto* hint = new PacketHint;
  payload.set_auto_extension(hint);
  return *hint;
}

tlm_generic_payload& make_atomic(Initiator& initiator, const AtomicShape& shape,
                                 std::uint64_t address, unsigned char* data) {
  auto& payload = initiator.make(tlm::TLM_IGNORE_COMMAND, address, data, shape.bytes());
  PacketHint& hint = add_hint(payload);
  hint.kind = protocols::PacketKind::atomic;
  hint.atomic = shape.op;
  hint.operand_bytes = shape.operand_bytes;
  return payload;
}

void serve_any(Target& target, tlm_generic_payload& payload) {
  auto* hint = payload.get_extension<PacketHint>();
  if (payload.get_command() != tlm::TLM_IGNORE_COMMAND || hint == nullptr ||
      hint->kind != protocols::PacketKind::atomic) {
    target.serve(payload);
    return;
  }
  unsigned char cell[16] = {};
  for (unsigned i = 0; i < hint->operand_bytes; ++i) {
    cell[i] = target.byte(payload.get_address() + i);
  }
  hint->executed =
      models::execute_atomic(hint->atomic, hint->operand_bytes, cell, payload.get_data_ptr());
  for (unsigned i = 0; i < hint->operand_bytes; ++i) {
    target.byte(payload.get_address() + i) = cell[i];
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

void serve_with_atomics(Target& target) {
  target.on_request = [&target](tlm_generic_payload& payload, auto&, auto&) {
    serve_any(target, payload);
    return tlm::TLM_COMPLETED;
  };
  target.on_blocking = [&target](tlm_generic_payload& payload, auto&) {
    serve_any(target, payload);
  };
}

}  // namespace antares::tb
