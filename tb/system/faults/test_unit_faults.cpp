// SPDX-License-Identifier: Apache-2.0
// Scheduled faults of one link direction: damaged (poisoned) data that reaches its end and is used
// by nobody, and bursts of units that the replay repairs.
#include "antares/models/sockets/packet_hint.h"
#include "tb/system/faults/link_rig.h"

namespace antares::tb {
namespace {

using models::UnitFault;
using protocols::ErrorKind;

constexpr UnitFault kPoison{UnitFault::Kind::poison, 1};

class UnitFaults : public LinkRig {
 protected:
  explicit UnitFaults(const std::function<void(models::PortFaultConfig&)>& adjust = {})
      : LinkRig(adjust) {}
  std::uint64_t poisoned(std::uint16_t i) {
    return port(i).errors() == nullptr ? 0 : port(i).errors()->count(ErrorKind::poisoned);
  }
  tlm::tlm_generic_payload& store(unsigned char value, Picoseconds when, unsigned bytes = 64) {
    auto& initiator = rig->initiator(0);
    std::fill_n(values[stores], bytes, value);
    auto& payload = initiator.make(tlm::TLM_WRITE_COMMAND, window(1), values[stores++], bytes);
    at(when, [&initiator, &payload] { initiator.begin(payload); });
    return payload;
  }
  unsigned char values[4][16384] = {};
  unsigned stores = 0;
};

TEST_F(UnitFaults, APoisonedWriteIsNotPerformed) {
  at(1000, [&] { port(0).schedule_unit_fault(kPoison, true, kDown); });
  auto& good = store(1, kDown / 2);
  auto& bad = store(2, kDown + 1000);
  run();
  EXPECT_TRUE(good.is_response_ok());
  EXPECT_EQ(bad.get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(rig->target(1).byte(0), 1) << "the damaged data must not get there";
  EXPECT_EQ(rig->target(1).requests(), 1u);
  EXPECT_EQ(poisoned(0), 1u) << "the switch's port logs it on the way in";
  EXPECT_EQ(poisoned(1), 1u) << "and the completer's side";
  EXPECT_EQ(port(1).errors()->records().front().header->address, window(1));
}

TEST_F(UnitFaults, OneDamagedTrainSpoilsTheWholeWrite) {
  at(1000, [&] { port(1).schedule_unit_fault(kPoison, false, kDown); });
  auto& bad = store(2, kDown + 1000, 16384);
  auto& good = store(3, 3 * kDown, 16384);
  run();
  EXPECT_FALSE(bad.is_response_ok());
  EXPECT_TRUE(good.is_response_ok());
  EXPECT_EQ(rig->target(1).requests(), 1u);
  EXPECT_EQ(rig->target(1).byte(0), 3);
  EXPECT_EQ(poisoned(1), 1u);
  EXPECT_EQ(poisoned(0), 0u);
}

TEST_F(UnitFaults, APoisonedAnswerIsAnErrorToWhoAsked) {
  at(1000, [&] { port(0).schedule_unit_fault(kPoison, false, kDown); });
  auto& bad = access(false, 1, kDown + 1000);
  auto& good = access(false, 1, 3 * kDown);
  run();
  EXPECT_EQ(bad.get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_TRUE(good.is_response_ok());
  EXPECT_EQ(poisoned(0), 1u);
  EXPECT_EQ(poisoned(1), 0u);
}

TEST_F(UnitFaults, ARequestWithoutDataCannotBeDamaged) {
  at(1000, [&] { port(0).schedule_unit_fault(kPoison, true, kDown); });
  auto& read = access(false, 1, kDown + 1000);
  auto& write = store(2, 3 * kDown);
  run();
  EXPECT_TRUE(read.is_response_ok());
  EXPECT_FALSE(write.is_response_ok()) << "the next train with data";
}

// The replay makes the train's end later than the reset, which takes no time here: by its times
// alone it would have begun behind it.
TEST_F(UnitFaults, WhatAReplayStretchesPastAResetIsLostAllTheSame) {
  constexpr Picoseconds kBetween = 2 * kTimeout;
  auto& lt = rig->initiator(0).make(tlm::TLM_WRITE_COMMAND, window(1), data, 64);
  Picoseconds zero_load = 0;
  at(1000, [&] { zero_load = rig->initiator(0).blocking(lt); });
  const Picoseconds starts[] = {kDown, kDown + kBetween, kDown + 2 * kBetween};
  // Fails on its way to the switch, on its way to the device, and no reset: repaired.
  auto& up = store(1, starts[0]);
  auto& down = store(2, starts[1]);
  auto& whole = store(3, starts[2]);
  at(starts[0] - 1000, [&] {
    port(0).schedule_unit_fault({UnitFault::Kind::fail, 1}, true, starts[0] - 500);
    port(0).schedule_link(LinkEvent::hot_reset, starts[0] + 1000);
    port(1).schedule_unit_fault({UnitFault::Kind::fail, 1}, false, starts[1] - 500);
    port(1).schedule_link(LinkEvent::hot_reset, starts[1] + zero_load - 1000);
    port(1).schedule_unit_fault({UnitFault::Kind::fail, 1}, false, starts[2] - 500);
  });
  run();
  EXPECT_EQ(answer_ps(up), starts[0] + kTimeout);
  EXPECT_EQ(answer_ps(down), starts[1] + kTimeout);
  EXPECT_TRUE(whole.is_response_ok());
  EXPECT_GT(answer_ps(whole), starts[2] + zero_load) << "replayed";
  EXPECT_EQ(rig->target(1).byte(0), 3);
  EXPECT_EQ(rig->target(1).requests(), 1u) << "but for the blocking call";
  EXPECT_EQ(port(0).counts().trains_lost, 1u);
  EXPECT_EQ(port(1).counts().trains_lost, 1u);
}

TEST_F(UnitFaults, ADeviceMaySendItsDataPoisoned) {
  models::PacketHint hint;
  hint.flags = protocols::kPoisoned;
  auto& sent = store(2, kDown);
  sent.set_extension(&hint);
  auto& lt = rig->initiator(0).make(tlm::TLM_WRITE_COMMAND, window(1), data, 64);
  lt.set_extension(&hint);
  at(2 * kDown, [&] { rig->initiator(0).blocking(lt); });
  run();
  for (auto* payload : {&sent, &lt}) {
    EXPECT_EQ(payload->get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
    payload->clear_extension(&hint);
  }
  EXPECT_EQ(rig->target(1).requests(), 0u);
  EXPECT_EQ(poisoned(1), 2u);
}

TEST_F(UnitFaults, ADeviceMayMarkTheDataOfItsAnswer) {
  models::PacketHint hints[4];
  const auto mark = [&](tlm::tlm_generic_payload& payload) {
    rig->target(1).serve(payload);
    payload.get_extension<models::PacketHint>()->answer_poisoned = true;
  };
  rig->target(1).on_request = [&](tlm::tlm_generic_payload& payload, auto&, auto&) {
    mark(payload);
    return tlm::TLM_COMPLETED;
  };
  rig->target(1).on_blocking = [&](tlm::tlm_generic_payload& payload, auto&) { mark(payload); };
  auto& read = access(false, 1, kDown);
  auto& write = access(true, 1, 2 * kDown);  // has no data in its answer
  auto& lt = rig->initiator(0).make(tlm::TLM_READ_COMMAND, window(1), data, 64);
  auto& other = access(false, 2, 4 * kDown);
  tlm::tlm_generic_payload* const all[] = {&read, &write, &lt, &other};
  for (unsigned i = 0; i < 4; ++i) all[i]->set_extension(&hints[i]);
  hints[3].answer_poisoned = true;  // not for a requester to set
  at(3 * kDown, [&] { rig->initiator(0).blocking(lt); });
  run();
  for (auto* payload : all) payload->clear_extension<models::PacketHint>();
  EXPECT_EQ(read.get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(lt.get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_TRUE(write.is_response_ok());
  EXPECT_TRUE(other.is_response_ok());
  EXPECT_EQ(poisoned(1), 2u) << "where it comes in";
  EXPECT_EQ(poisoned(0), 2u) << "where it would have been used";
}

class Blocking : public UnitFaults {
 protected:
  Blocking() : UnitFaults([](models::PortFaultConfig& faults) { faults.block_poisoned = true; }) {}
  std::uint64_t blocked(std::uint16_t i) {
    return port(i).errors() == nullptr ? 0 : port(i).errors()->count(ErrorKind::poison_blocked);
  }
};

TEST_F(Blocking, DamagedDataDoesNotLeaveTheSwitch) {
  at(1000, [&] { port(0).schedule_unit_fault(kPoison, true, kDown); });
  auto& bad = store(2, kDown + 1000);
  auto& good = store(3, 3 * kDown);
  run();
  EXPECT_EQ(bad.get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_LT(answer_ps(bad) - kDown, 400'000u) << "the switch answers, no timer has to";
  EXPECT_TRUE(good.is_response_ok());
  EXPECT_EQ(rig->target(1).byte(0), 3);
  EXPECT_EQ(blocked(1), 1u);
  EXPECT_EQ(poisoned(0), 1u);
  EXPECT_EQ(poisoned(1), 0u) << "it did not get there";
  EXPECT_EQ(port(1).counts().trains_dropped, 1u);
  EXPECT_EQ(port(1).counts().link_failures, 0u);
}

TEST_F(Blocking, ADamagedAnswerIsDroppedAndItsRequesterTimesOut) {
  at(1000, [&] { port(1).schedule_unit_fault(kPoison, true, kDown); });
  auto& bad = access(false, 1, kDown + 1000);
  run();
  EXPECT_EQ(bad.get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(answer_ps(bad), kDown + 1000 + kTimeout);
  EXPECT_EQ(blocked(0), 1u);
}

TEST_F(UnitFaults, ABurstIsRepairedByTheReplay) {
  constexpr std::uint32_t kUnits = 3;
  constexpr unsigned kBytes = 16384;  // fills flits: only whole ones fail
  at(1000, [&] { port(0).schedule_unit_fault({UnitFault::Kind::fail, kUnits}, true, kDown); });
  auto& before = store(6, kDown / 4, kBytes);
  auto& late = store(7, kDown + 1000, kBytes);
  auto& after = store(8, 20 * kDown, kBytes);
  run();
  const Picoseconds usual = answer_ps(before) - kDown / 4;
  EXPECT_TRUE(late.is_response_ok());
  // A request for replay that is lost costs a replay timer, some microseconds: over by then.
  EXPECT_GT(answer_ps(late), kDown + 1000 + usual) << "sent again";
  EXPECT_LT(answer_ps(late), 20 * kDown);
  EXPECT_EQ(answer_ps(after), 20 * kDown + usual) << "nothing of it stays";
  EXPECT_EQ(rig->target(1).byte(0), 8);
  const auto& errors = *port(0).ingress_link().errors();
  EXPECT_GE(errors.replay()->counts().failed, 1u);
  EXPECT_LE(errors.replay()->counts().failed, kUnits) << "requests for replay may fail, too";
  EXPECT_EQ(errors.counts().failed, 1u) << "one episode";
  EXPECT_STREQ(errors.why_gave_up(), "");
}

}  // namespace
}  // namespace antares::tb
