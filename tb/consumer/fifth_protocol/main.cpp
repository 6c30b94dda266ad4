// SPDX-License-Identifier: Apache-2.0
// The protocol of cell_policy.h on one switch with PCIe: a write, a read and an atomic across the
// bridge in both directions, loosely and approximately timed, through plain TLM-2.0 sockets. Checks
// the data, and the latency against a closed form of its own (to the picosecond). Installed headers
// only.
#include <tlm_utils/passthrough_target_socket.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <cstring>
#include <iostream>
#include <systemc>
#include <tlm>

#include "antares/models/fabric_switch/fabric_switch.h"
#include "antares/models/sockets/packet_hint.h"
#include "antares/protocols/pcie/pcie_policy.h"
#include "cell_policy.h"

namespace {

using namespace antares;
using models::PacketHint;
using protocols::PacketKind;
using protocols::Picoseconds;

constexpr std::uint64_t kWindowBytes = 4096;
constexpr std::uint64_t kCellWindow = 0x4'0000'0000;
constexpr std::uint64_t kPcieWindow = 0x8'0000'0000;

struct Ram : sc_core::sc_module {
  tlm_utils::passthrough_target_socket<Ram> target{"target"};
  unsigned char bytes[kWindowBytes] = {};

  explicit Ram(const sc_core::sc_module_name& name) : sc_core::sc_module(name) {
    target.register_b_transport(this, &Ram::b_transport);
    target.register_nb_transport_fw(this, &Ram::nb_transport_fw);
  }
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
    unsigned char* at = bytes + payload.get_address() % sizeof bytes;
    if (payload.is_write()) std::memcpy(at, payload.get_data_ptr(), payload.get_data_length());
    if (payload.is_read()) std::memcpy(payload.get_data_ptr(), at, payload.get_data_length());
    auto* hint = payload.get_extension<PacketHint>();
    if (payload.get_command() == tlm::TLM_IGNORE_COMMAND && hint != nullptr) {
      std::uint64_t old, operand;  // fetch-and-add of 8 B is all this memory can do
      std::memcpy(&old, at, sizeof old);
      std::memcpy(&operand, payload.get_data_ptr(), sizeof operand);
      operand += old;
      std::memcpy(at, &operand, sizeof operand);
      std::memcpy(payload.get_data_ptr(), &old, sizeof old);
      hint->executed = true;
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) {
    if (phase == tlm::BEGIN_REQ) b_transport(payload, delay);
    return tlm::TLM_COMPLETED;
  }
};

struct Access {
  PacketKind kind;
  std::uint64_t value;
  Picoseconds loosely = 0;
  Picoseconds approximately = 0;
  tlm::tlm_response_status status = tlm::TLM_INCOMPLETE_RESPONSE;
};

/// Writes, reads, and adds to what it has written: once loosely, once approximately timed.
struct Cpu : sc_core::sc_module, tlm::tlm_mm_interface {
  typedef Cpu SC_CURRENT_USER_MODULE;
  tlm_utils::simple_initiator_socket<Cpu> initiator{"initiator"};
  sc_core::sc_event answered;
  std::uint64_t address;
  sc_core::sc_time start;
  Access accesses[3] = {
      {PacketKind::write, 0xC0FFEE}, {PacketKind::read, 0}, {PacketKind::atomic, 2}};

  Cpu(const sc_core::sc_module_name& name, std::uint64_t its_window, const sc_core::sc_time& begin)
      : sc_core::sc_module(name), address(its_window), start(begin) {
    initiator.register_nb_transport_bw(this, &Cpu::nb_transport_bw);
    SC_THREAD(run);
  }
  static Picoseconds picoseconds(const sc_core::sc_time& time) {
    return static_cast<Picoseconds>(time.to_seconds() * 1e12 + 0.5);
  }
  void run() {
    wait(start);
    for (Access& access : accesses) {
      Access other = access;
      send(access, true);
      send(other, false);
      access.approximately = other.approximately;
      if (other.status != tlm::TLM_OK_RESPONSE) access.status = other.status;
    }
  }
  void send(Access& access, bool loosely) {
    tlm::tlm_generic_payload payload(this);
    payload.acquire();
    payload.set_command(access.kind == PacketKind::write  ? tlm::TLM_WRITE_COMMAND
                        : access.kind == PacketKind::read ? tlm::TLM_READ_COMMAND
                                                          : tlm::TLM_IGNORE_COMMAND);
    payload.set_address(address);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&access.value));
    payload.set_data_length(sizeof access.value);
    payload.set_streaming_width(sizeof access.value);
    PacketHint hint;
    hint.kind = PacketKind::atomic;
    hint.operand_bytes = sizeof access.value;
    if (access.kind == PacketKind::atomic) payload.set_extension(&hint);
    sc_core::sc_time delay;
    if (loosely) {
      initiator->b_transport(payload, delay);
      access.loosely = picoseconds(delay);
    } else {
      tlm::tlm_phase phase = tlm::BEGIN_REQ;
      const sc_core::sc_time begin = sc_core::sc_time_stamp();
      if (initiator->nb_transport_fw(payload, phase, delay) != tlm::TLM_COMPLETED) wait(answered);
      access.approximately = picoseconds(sc_core::sc_time_stamp() - begin);
      wait(10, sc_core::SC_US);  // credits come home: the next access meets an idle switch
    }
    payload.clear_extension(&hint);
    access.status = payload.get_response_status();
  }
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload&, tlm::tlm_phase& phase,
                                     sc_core::sc_time&) {
    if (phase != tlm::BEGIN_RESP) return tlm::TLM_ACCEPTED;
    answered.notify();
    return tlm::TLM_COMPLETED;
  }
  void free(tlm::tlm_generic_payload*) override {}  // the payload lives on send()'s stack
};

Picoseconds from_ns(double ns) { return static_cast<Picoseconds>(ns * 1000 + 0.5); }

/// What an end of a path does to one frame or TLP: when the other side may use its first bytes and
/// all of it, how long it occupies the link, and the link's fixed delay.
struct Leg {
  Picoseconds head_ps, whole_ps, occupied_ps, fixed_ps;
};
Leg cell_leg(std::uint32_t payload, Picoseconds cable_ps) {
  const Picoseconds cell_ps = cells::kCellBytes * cells::kByte_ps;
  const Picoseconds all_ps = (cells::kCommandBytes + payload + 59) / 60 * cell_ps;
  return {cell_ps, all_ps, all_ps, cable_ps + 12'000};
}
Leg pcie_leg(const protocols::PciePolicy& policy, PacketKind kind, std::uint32_t bytes,
             Picoseconds cable_ps) {
  protocols::Packet packet;
  packet.kind = kind;
  packet.bytes = bytes;
  packet.flags = protocols::kLongAddress;
  policy.classify(packet);
  const std::uint64_t wire = policy.wire_cost(packet).bytes;
  const protocols::LinkRate& rate = policy.rate();
  return {rate.collect_ps(1), rate.collect_ps(wire), rate.occupancy_ps(wire), cable_ps};
}
/// One way: collected far enough not to run dry on the way out, the switch, the bridge, the link
/// out. (Beyond one link packet the crossbar would come in.)
Picoseconds one_way_ps(const Leg& in, const Leg& out, Picoseconds before_ps, Picoseconds after_ps) {
  const Picoseconds head = in.head_ps + in.fixed_ps;
  const Picoseconds whole = in.whole_ps + in.fixed_ps;
  const Picoseconds granted = whole > out.occupied_ps + head ? whole - out.occupied_ps : head;
  return granted + before_ps + after_ps + out.whole_ps + out.fixed_ps;
}

int mistakes = 0;
void check(const std::string& what, std::uint64_t found, std::uint64_t expected) {
  std::cout << what << ": " << found << '\n';
  if (found == expected) return;
  std::cerr << what << ": " << found << ", expected " << expected << '\n';
  ++mistakes;
}

}  // namespace

int sc_main(int, char*[]) {
  models::SwitchConfig config;
  const auto pcie = std::make_shared<protocols::PciePolicy>();  // Gen6 x16
  models::PortConfig port;
  port.name = "cell_device";
  port.policy = std::make_shared<cells::CellPolicy>();
  config.ports.push_back(port);
  port.name = "pcie_device";
  port.policy = pcie;
  config.ports.push_back(port);
  config.windows.push_back(
      {kCellWindow, kWindowBytes, protocols::EndpointId(0), protocols::PortId(0), 0});
  config.windows.push_back(
      {kPcieWindow, kWindowBytes, protocols::EndpointId(1), protocols::PortId(1), 0});

  Cpu cell_cpu("cell_cpu", kPcieWindow + 64, sc_core::SC_ZERO_TIME);
  Cpu pcie_cpu("pcie_cpu", kCellWindow + 64, sc_core::sc_time(1, sc_core::SC_MS));
  Ram cell_ram("cell_ram");
  Ram pcie_ram("pcie_ram");
  models::FabricSwitch fabric("fabric", config);
  cell_cpu.initiator.bind(fabric.port("cell_device").target());
  pcie_cpu.initiator.bind(fabric.port("pcie_device").target());
  fabric.port("cell_device").initiator().bind(cell_ram.target);
  fabric.port("pcie_device").initiator().bind(pcie_ram.target);
  sc_core::sc_start();

  const auto& hop = config.latency;
  const Picoseconds bridge = from_ns(config.bridge.latency_ns);
  const Picoseconds before =
      from_ns(hop.serdes_rx_ns) + from_ns(hop.fec_crc_ns) + from_ns(hop.route_lookup_ns) + bridge;
  const Picoseconds after =
      from_ns(hop.arbitration_ns) + from_ns(hop.crossbar_ns) + from_ns(hop.serdes_tx_ns);
  const Picoseconds cable = from_ns(port.propagation_ns);
  constexpr std::uint32_t kBytes = 8;
  const char* names[] = {"write", "read", "atomic"};
  for (unsigned i = 0; i < 3; ++i) {
    const PacketKind kind = cell_cpu.accesses[i].kind;
    const std::uint32_t there = kind == PacketKind::read ? 0 : kBytes;
    const Leg request_cells = cell_leg(there, cable);
    const Leg request_pcie = pcie_leg(*pcie, kind, kBytes, cable);
    const Leg answer_cells = cell_leg(kBytes, cable);
    const Leg answer_pcie = pcie_leg(*pcie, PacketKind::completion, kBytes, cable);
    const bool write = kind == PacketKind::write;
    // PCIe posts the write: its acknowledge is made in the switch, one cell from there. The other
    // way round the acknowledge of the cells ends in the switch and costs the requester nothing.
    const Leg acknowledge = cell_leg(0, cable);
    const Picoseconds from_cells =
        one_way_ps(request_cells, request_pcie, before, after) +
        (write ? bridge + after + acknowledge.whole_ps + acknowledge.fixed_ps
               : one_way_ps(answer_pcie, answer_cells, before, after));
    const Picoseconds from_pcie =
        one_way_ps(request_pcie, request_cells, before, after) +
        (write ? 0 : one_way_ps(answer_cells, answer_pcie, before, after));
    const std::string name = names[i];
    check("cells to PCIe, " + name + ", loosely timed, ps", cell_cpu.accesses[i].loosely,
          from_cells);
    check("cells to PCIe, " + name + ", approximately timed, ps",
          cell_cpu.accesses[i].approximately, from_cells);
    check("PCIe to cells, " + name + ", loosely timed, ps", pcie_cpu.accesses[i].loosely,
          from_pcie);
    check("PCIe to cells, " + name + ", approximately timed, ps",
          pcie_cpu.accesses[i].approximately, from_pcie);
  }
  for (const auto& [cpu, ram, who] :
       {std::tuple(&cell_cpu, &pcie_ram, "cells"), std::tuple(&pcie_cpu, &cell_ram, "PCIe")}) {
    const std::string name = std::string(who) + " device: ";
    for (const Access& access : cpu->accesses)
      check(name + "status", static_cast<std::uint64_t>(access.status), tlm::TLM_OK_RESPONSE);
    check(name + "read back", cpu->accesses[1].value, 0xC0FFEE);
    check(name + "value before the loosely timed atomic", cpu->accesses[2].value, 0xC0FFEE);
    std::uint64_t sum;
    std::memcpy(&sum, ram->bytes + 64, sizeof sum);
    check(name + "value after two atomics", sum, 0xC0FFEE + 4);
  }
  for (const std::string& problem : fabric.quiescence_problems()) {
    std::cerr << problem << '\n';
    ++mistakes;
  }
  return mistakes == 0 ? 0 : 1;
}
