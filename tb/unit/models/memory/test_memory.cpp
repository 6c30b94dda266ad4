// SPDX-License-Identifier: Apache-2.0
// The memory endpoint alone: storage, checks of a payload, LT and AT latency of a read, DMI.
#include <gtest/gtest.h>

#include "antares/models/memory/memory.h"
#include "antares/models/sockets/payload_pool.h"
#include "tb/support/fabric_fixture.h"
#include "tb/support/simulation.h"

namespace antares::models {
namespace {

TEST(BackingStore, IsZeroedAndCostsNothingUntouched) {
  BackingStore store(1ull << 40);
  EXPECT_EQ(store.data()[(1ull << 40) - 1], 0);
  store.data()[12345] = 7;
  EXPECT_EQ(store.data()[12345], 7) << "one address for life";
}

struct Listener : WriteListener {
  bool written(tlm::tlm_generic_payload&, Picoseconds) override { return true; }
};

TEST(Memory, RefusesWhatItCannotDo) {
  tb::ReportGuard reports;
  MemoryConfig config;
  config.memory_bytes = 4096;
  Memory memory("memory", config);
  tb::Initiator cpu("cpu");
  cpu.socket.bind(memory.target);
  unsigned char data[64] = {};
  const auto status = [&](auto change) {
    auto& payload = cpu.make(tlm::TLM_WRITE_COMMAND, 0, data, 64);
    change(payload);
    cpu.blocking(payload);
    return payload.get_response_status();
  };
  EXPECT_EQ(status([](auto&) {}), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(status([](auto& p) { p.set_address(4033); }), tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(status([](auto& p) { p.set_address(~0ull); }), tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(status([](auto& p) { p.set_data_ptr(nullptr); }), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(status([](auto& p) { p.set_streaming_width(8); }), tlm::TLM_BURST_ERROR_RESPONSE);
  EXPECT_EQ(status([&](auto& p) { p.set_byte_enable_ptr(data); }),
            tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
  EXPECT_EQ(status([](auto& p) { p.set_command(tlm::TLM_IGNORE_COMMAND); }),
            tlm::TLM_COMMAND_ERROR_RESPONSE);
}

TEST(Memory, ReadsTakeLatencyAndTransferWithAndWithoutDataOnBothPaths) {
  tb::ReportGuard reports;
  MemoryConfig config;
  config.rate_GBps = 3;  // 333.3 ps a byte: rounding must be the same everywhere
  Memory memory("memory", config);
  tb::Initiator cpu("cpu");
  cpu.socket.bind(memory.target);
  unsigned char data[100] = {};
  const auto expected = static_cast<Picoseconds>(config.latency_ns * 1000) +
                        static_cast<Picoseconds>(1000.0 / config.rate_GBps * 100);
  PacketHint hint;
  hint.kind = protocols::PacketKind::read;
  for (const auto command : {tlm::TLM_READ_COMMAND, tlm::TLM_IGNORE_COMMAND}) {
    auto& payload = cpu.make(command, 0, data, 100);
    payload.set_extension(&hint);
    EXPECT_EQ(cpu.blocking(payload), expected);
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay = tb::ps(command == tlm::TLM_READ_COMMAND ? 1'000'003 : 9'000'007);
    const sc_core::sc_time before = delay;
    EXPECT_EQ(cpu.socket->nb_transport_fw(payload, phase, delay), tlm::TLM_COMPLETED);
    EXPECT_EQ(delay - before, tb::ps(expected));
    payload.clear_extension(&hint);
  }
}

TEST(Memory, AWriteListenerExcludesDmi) {
  tb::ReportGuard reports;
  Memory memory("memory", MemoryConfig{});
  tb::Initiator cpu("cpu");
  cpu.socket.bind(memory.target);
  unsigned char data[4];
  auto& payload = cpu.make(tlm::TLM_READ_COMMAND, 0, data, 4);
  tlm::tlm_dmi grant;
  EXPECT_TRUE(cpu.socket->get_direct_mem_ptr(payload, grant));
  Listener listener;
  memory.set_write_listener(&listener);
  EXPECT_FALSE(cpu.socket->get_direct_mem_ptr(payload, grant));
}

TEST(PayloadPool, APayloadComesBackWithDefaultAttributes) {
  PayloadPool pool;
  unsigned char data[4];
  tlm::tlm_generic_payload& first = pool.get();
  first.set_command(tlm::TLM_WRITE_COMMAND);
  first.set_address(77);
  first.set_data_ptr(data);
  first.set_data_length(4);
  first.set_byte_enable_ptr(data);
  first.set_byte_enable_length(4);
  first.set_dmi_allowed(true);
  first.set_response_status(tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(pool.in_use(), 1u);
  first.release();
  EXPECT_EQ(pool.in_use(), 0u);
  tlm::tlm_generic_payload& second = pool.get();
  EXPECT_EQ(&second, &first);
  EXPECT_EQ(second.get_command(), tlm::TLM_IGNORE_COMMAND);
  EXPECT_EQ(second.get_address(), 0u);
  EXPECT_EQ(second.get_data_ptr(), nullptr);
  EXPECT_EQ(second.get_data_length(), 0u);
  EXPECT_EQ(second.get_byte_enable_ptr(), nullptr);
  EXPECT_EQ(second.get_byte_enable_length(), 0u);
  EXPECT_FALSE(second.is_dmi_allowed());
  EXPECT_EQ(second.get_response_status(), tlm::TLM_INCOMPLETE_RESPONSE);
  second.release();
}

TEST(PayloadPool, ACopyOwnsDataAndByteEnables) {
  unsigned char data[4] = {1, 2, 3, 4};
  unsigned char enables[1] = {0xFF};
  tlm::tlm_generic_payload original;
  original.set_command(tlm::TLM_WRITE_COMMAND);
  original.set_data_ptr(data);
  original.set_data_length(4);
  original.set_byte_enable_ptr(enables);
  original.set_byte_enable_length(1);
  tlm::tlm_generic_payload& copy = copy_of(original);
  data[3] = enables[0] = 0;
  EXPECT_EQ(copy.get_data_ptr()[3], 4);
  EXPECT_EQ(copy.get_byte_enable_ptr()[0], 0xFF);
  EXPECT_TRUE(copy.has_mm());
  copy.release();
}

}  // namespace
}  // namespace antares::models
