// SPDX-License-Identifier: Apache-2.0
// The card by the rules of the base protocol, and what it does with requests that fail.
#include "tb/system/nic/nic_rig.h"

namespace antares::tb {
namespace {

TEST(NicErrors, ComeBackAsCompletionsWithTheStatusAndTheSameTimeLtAndAt) {
  ReportGuard reports;
  ScriptedNics rig;
  unsigned char data[64] = {};
  struct Sample {
    std::uint64_t address;
    tlm::tlm_command command;
    tlm::tlm_generic_payload* at = nullptr;
    Picoseconds sent_ps = 0, lt_ps = 0;
  };
  // Nobody's address; an address in the window that the memory behind the card does not have.
  std::vector<Sample> samples = {{1 << 20, tlm::TLM_WRITE_COMMAND},
                                 {1 << 20, tlm::TLM_READ_COMMAND},
                                 {window(1) + kNicMemoryBytes, tlm::TLM_WRITE_COMMAND},
                                 {window(1) + kNicMemoryBytes, tlm::TLM_READ_COMMAND}};
  Picoseconds when = 1'000'000;
  for (Sample& sample : samples) {
    auto& lt = rig.initiator.make(sample.command, sample.address, data, 64);
    sample.lt_ps = rig.initiator.blocking(lt);
    EXPECT_EQ(lt.get_response_status(), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(lt.get_address(), sample.address);
    sample.at = &rig.initiator.make(sample.command, sample.address, data, 64);
    sample.sent_ps = when;
    at(when, [&rig, &sample] { rig.initiator.begin(*sample.at); });
    when += 20'000'000;
  }
  sc_core::sc_start();
  const models::NicConfig nic;
  for (const Sample& sample : samples) {
    EXPECT_EQ(sample.at->get_response_status(), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(sample.at->get_address(), sample.address);
    EXPECT_EQ(rig.initiator.response_ps(*sample.at) - sample.sent_ps, sample.lt_ps);
    // Also a failed request has been posted and is reported through the completion queue.
    EXPECT_GT(sample.lt_ps, 1000 * (nic.post_ns + nic.doorbell_ns + nic.cqe_write_ns));
  }
  EXPECT_EQ(rig.nics[0]->counts().failed, 8u);
  EXPECT_EQ(rig.initiator.in_use(), 0u);
  rig.expect_at_rest();
}

TEST(NicErrors, AMessageThatIsTooLargeIsRefusedAtOnce) {
  ReportGuard reports;
  models::NicConfig nic;
  nic.max_message_bytes = 128;
  ScriptedNics rig(nic);
  unsigned char data[129] = {};
  auto& lt = rig.initiator.make(tlm::TLM_WRITE_COMMAND, window(1), data, 129);
  rig.initiator.blocking(lt);
  EXPECT_EQ(lt.get_response_status(), tlm::TLM_BURST_ERROR_RESPONSE);
  auto& payload = rig.initiator.make(tlm::TLM_WRITE_COMMAND, window(1), data, 129);
  at(1'000'000, [&] { EXPECT_EQ(rig.initiator.begin(payload), tlm::TLM_COMPLETED); });
  sc_core::sc_start();
  EXPECT_EQ(payload.get_response_status(), tlm::TLM_BURST_ERROR_RESPONSE);
  EXPECT_EQ(rig.nics[0]->counts().refused, 2u);
  EXPECT_EQ(rig.nics[0]->counts().posted, 0u);
  rig.expect_at_rest();
}

TEST(NicProtocol, AFullSendQueueHoldsTheEndOfTheRequestUntilACompletion) {
  ReportGuard reports;
  models::NicConfig nic;
  nic.send_queue_depth = 1;
  ScriptedNics rig(nic);
  unsigned char data[64] = {};
  auto& first = rig.initiator.make(tlm::TLM_WRITE_COMMAND, window(1), data, 64);
  auto& second = rig.initiator.make(tlm::TLM_WRITE_COMMAND, window(1), data, 64);
  auto& alone = rig.initiator.make(tlm::TLM_WRITE_COMMAND, window(1), data, 64);
  const Picoseconds round_trip = rig.initiator.blocking(alone);
  at(1'000'000, [&] {
    EXPECT_EQ(rig.initiator.begin(first), tlm::TLM_UPDATED);
    EXPECT_EQ(rig.initiator.begin(second), tlm::TLM_ACCEPTED);
  });
  sc_core::sc_start();
  EXPECT_EQ(rig.initiator.response_ps(first), 1'000'000 + round_trip);
  EXPECT_EQ(rig.initiator.response_ps(second), 1'000'000 + 2 * round_trip);
  ASSERT_EQ(rig.initiator.phases().size(), 3u);
  const Phase& end_request = rig.initiator.phases()[1];
  EXPECT_EQ(end_request.phase, tlm::END_REQ);
  EXPECT_EQ(end_request.payload, &second);
  EXPECT_EQ(end_request.at_ps, 1'000'000 + round_trip);
  rig.expect_at_rest();
}

TEST(NicProtocol, ALateEndOfAResponseHoldsTheNextOne) {
  ReportGuard reports;
  ScriptedNics rig;
  unsigned char data[64] = {};
  auto& first = rig.initiator.make(tlm::TLM_WRITE_COMMAND, window(1), data, 64);
  auto& second = rig.initiator.make(tlm::TLM_WRITE_COMMAND, window(1), data, 64);
  rig.initiator.on_response = [&](tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
    return &payload == &first ? tlm::TLM_ACCEPTED : tlm::TLM_COMPLETED;
  };
  at(1'000'000, [&] {
    rig.initiator.begin(first);
    rig.initiator.begin(second);
  });
  constexpr Picoseconds kEnd = 90'000'000;
  at(kEnd, [&] { rig.initiator.end_response(first); });
  sc_core::sc_start();
  EXPECT_LT(rig.initiator.response_ps(first), kEnd);
  EXPECT_EQ(rig.initiator.response_ps(second), kEnd);
  EXPECT_EQ(rig.initiator.in_use(), 0u);
  rig.expect_at_rest();
}

TEST(NicProtocol, AnAtomicIsExecutedAtTheTargetAndBringsOneOperandBack) {
  ReportGuard reports;
  ScriptedNics rig;
  std::uint64_t operands[2] = {5, 77};  // if it is 5, make it 77
  unsigned char* memory = rig.memories[1]->store().data();
  memory[0] = 5;
  models::PacketHint hint;
  hint.kind = protocols::PacketKind::atomic;
  hint.atomic = protocols::AtomicOp::compare_and_swap;
  hint.operand_bytes = 8;
  auto* data = reinterpret_cast<unsigned char*>(operands);
  auto& swap = rig.initiator.make(tlm::TLM_IGNORE_COMMAND, window(1), data, 16);
  swap.set_extension(&hint);
  at(1'000'000, [&] { rig.initiator.begin(swap); });
  sc_core::sc_start();
  EXPECT_TRUE(swap.is_response_ok());
  EXPECT_TRUE(hint.executed);
  EXPECT_EQ(operands[0], 5u);
  EXPECT_EQ(memory[0], 77);
  auto& again = rig.initiator.make(tlm::TLM_IGNORE_COMMAND, window(1), data, 16);
  again.set_extension(&hint);
  memory[0] = 5;
  operands[0] = 5;
  operands[1] = 77;
  hint.executed = false;
  EXPECT_EQ(rig.initiator.blocking(again), rig.initiator.response_ps(swap) - 1'000'000);
  EXPECT_EQ(memory[0], 77);
  swap.clear_extension(&hint);
  again.clear_extension(&hint);
  rig.expect_at_rest();
}

TEST(NicProtocol, AnnotatedDelaysCount) {
  ReportGuard reports;
  ScriptedNics rig;
  unsigned char data[64] = {};
  auto& alone = rig.initiator.make(tlm::TLM_READ_COMMAND, window(1), data, 64);
  const Picoseconds round_trip = rig.initiator.blocking(alone);
  auto& delayed = rig.initiator.make(tlm::TLM_READ_COMMAND, window(1), data, 64);
  at(1'000'000, [&] { rig.initiator.begin(delayed, 777); });
  sc_core::sc_start();
  EXPECT_EQ(rig.initiator.response_ps(delayed), 1'000'777 + round_trip);
  rig.expect_at_rest();
}

TEST(NicProtocol, DebugAccessPassesAndDmiDoesNot) {
  ReportGuard reports;
  ScriptedNics rig;
  unsigned char data[4] = {1, 2, 3, 4};
  auto& write = rig.initiator.make(tlm::TLM_WRITE_COMMAND, window(1) + 12, data, 4);
  EXPECT_EQ(rig.initiator.socket->transport_dbg(write), 4u);
  EXPECT_TRUE(std::equal(data, data + 4, rig.memories[1]->store().data() + 12));
  EXPECT_EQ(write.get_address(), window(1) + 12);
  auto& hint = rig.initiator.make(tlm::TLM_READ_COMMAND, window(1) + 12, data, 4);
  tlm::tlm_dmi dmi;
  EXPECT_FALSE(rig.initiator.socket->get_direct_mem_ptr(hint, dmi));
  // Nor does a port of the switch get a pointer into a memory behind a card.
  EXPECT_FALSE(rig.nics[0]->wire_initiator->get_direct_mem_ptr(hint, dmi));
  EXPECT_EQ(rig.nics[0]->counts().posted, 0u);
  sc_core::sc_start();
  rig.expect_at_rest();
}

}  // namespace
}  // namespace antares::tb
