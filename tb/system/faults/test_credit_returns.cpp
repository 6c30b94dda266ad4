// SPDX-License-Identifier: Apache-2.0
// A peer that returns credits twice: the switch counts them, names the pool and the time, and goes
// on with what it had.
#include <gmock/gmock.h>

#include "tb/system/faults/link_rig.h"

namespace antares::tb {
namespace {

using protocols::TrafficClass;
using protocols::VcId;

class CreditReturns : public LinkRig, public testing::WithParamInterface<bool> {};

TEST_P(CreditReturns, TwiceAreCountedAndNamedAndNothingElse) {
  const bool into_switch = GetParam();
  constexpr Picoseconds kQuiet = 50'000'000;
  constexpr protocols::CreditAmount kTwice{1, 16};
  auto& link = into_switch ? port(0).ingress_link() : port(1).egress().link();
  const auto all = link.ledger().available(VcId(0), TrafficClass::posted, 0);
  std::vector<tlm::tlm_generic_payload*> writes;
  for (const Picoseconds when : {Picoseconds{1'000'000}, kQuiet + 1'000'000})
    writes.push_back(&access(true, 1, when, 4096));
  // Everything is home then.
  at(kQuiet, [&] { link.give_back(VcId(0), TrafficClass::posted, kTwice, kQuiet, kQuiet); });
  sc_core::sc_start();
  for (const auto* payload : writes)
    EXPECT_EQ(payload->get_response_status(), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(link.ledger().surplus(), kTwice.header + kTwice.data);
  const Picoseconds end = now_ps() + kQuiet;
  EXPECT_EQ(link.ledger().available(VcId(0), TrafficClass::posted, end).header, all.header);
  EXPECT_EQ(link.ledger().available(VcId(0), TrafficClass::posted, end).data, all.data);
  EXPECT_THAT(rig->fabric.quiescence_problems(),
              testing::ElementsAre(testing::AllOf(
                  testing::HasSubstr(into_switch ? "dev0" : "dev1"),
                  testing::HasSubstr("1 header and 16 data credits returned at 50000000 ps"),
                  testing::HasSubstr("returned twice?"))));
}

INSTANTIATE_TEST_SUITE_P(Directions, CreditReturns, testing::Bool(), [](const auto& instance) {
  return std::string(instance.param ? "IntoTheSwitch" : "ToTheDevice");
});

}  // namespace
}  // namespace antares::tb
