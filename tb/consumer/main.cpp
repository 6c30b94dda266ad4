// SPDX-License-Identifier: Apache-2.0
// Antares in a simulation of somebody else's: a switch between a CPU and a memory that know nothing
// of it, plain TLM-2.0, loosely timed (b_transport) and approximately timed (nb_transport). Both
// take the same time on an idle switch. Installed headers only.
#include <tlm_utils/passthrough_target_socket.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <cstring>
#include <iostream>
#include <systemc>
#include <tlm>

#include "antares/models/fabric_switch/fabric_switch.h"
#include "antares/protocols/pcie/pcie_policy.h"

namespace {

struct Ram : sc_core::sc_module {
  tlm_utils::passthrough_target_socket<Ram> target{"target"};
  unsigned char bytes[4096] = {};

  explicit Ram(const sc_core::sc_module_name& name) : sc_core::sc_module(name) {
    target.register_b_transport(this, &Ram::b_transport);
    target.register_nb_transport_fw(this, &Ram::nb_transport_fw);
  }
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
    unsigned char* at = bytes + payload.get_address() % sizeof bytes;
    if (payload.is_write()) std::memcpy(at, payload.get_data_ptr(), payload.get_data_length());
    if (payload.is_read()) std::memcpy(payload.get_data_ptr(), at, payload.get_data_length());
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase&,
                                     sc_core::sc_time& delay) {
    b_transport(payload, delay);
    return tlm::TLM_COMPLETED;
  }
};

struct Cpu : sc_core::sc_module, tlm::tlm_mm_interface {
  typedef Cpu SC_CURRENT_USER_MODULE;
  tlm_utils::simple_initiator_socket<Cpu> initiator{"initiator"};
  sc_core::sc_event answered;
  sc_core::sc_time loosely, approximately;
  unsigned value = 0;

  explicit Cpu(const sc_core::sc_module_name& name) : sc_core::sc_module(name) {
    initiator.register_nb_transport_bw(this, &Cpu::nb_transport_bw);
    SC_THREAD(run);
  }
  void run() {
    unsigned sent = 0xC0FFEE;
    tlm::tlm_generic_payload payload(this);
    payload.acquire();
    payload.set_command(tlm::TLM_WRITE_COMMAND);
    payload.set_address(0x40000000);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&sent));
    payload.set_data_length(sizeof sent);
    payload.set_streaming_width(sizeof sent);
    initiator->b_transport(payload, loosely);  // adds its time to `loosely`

    payload.set_command(tlm::TLM_WRITE_COMMAND);
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay;
    const sc_core::sc_time begin = sc_core::sc_time_stamp();
    initiator->nb_transport_fw(payload, phase, delay);
    wait(answered);
    approximately = sc_core::sc_time_stamp() - begin;

    payload.set_command(tlm::TLM_READ_COMMAND);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    initiator->b_transport(payload, delay);
  }
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload&, tlm::tlm_phase& phase,
                                     sc_core::sc_time&) {
    if (phase != tlm::BEGIN_RESP) return tlm::TLM_ACCEPTED;
    answered.notify();
    return tlm::TLM_COMPLETED;
  }
  void free(tlm::tlm_generic_payload*) override {}  // the payload lives on run()'s stack
};

}  // namespace

int sc_main(int, char*[]) {
  using namespace antares;
  models::SwitchConfig config;
  models::PortConfig port;
  port.policy = std::make_shared<protocols::PciePolicy>();  // Gen6 x16
  for (const char* name : {"cpu", "ram"}) {
    port.name = name;
    config.ports.push_back(port);
  }
  config.windows.push_back(
      {0x40000000, 4096, protocols::EndpointId(1), protocols::PortId(1), /*local_base=*/0});

  Cpu cpu("cpu");
  Ram ram("ram");
  models::FabricSwitch fabric("fabric", config);
  cpu.initiator.bind(fabric.port("cpu").target());
  fabric.port("ram").initiator().bind(ram.target);
  sc_core::sc_start();
  std::cout << "write: " << cpu.loosely << " loosely, " << cpu.approximately
            << " approximately timed; read back 0x" << std::hex << cpu.value << '\n';
  return cpu.value == 0xC0FFEE && cpu.loosely == cpu.approximately ? 0 : 1;
}
