// SPDX-License-Identifier: Apache-2.0
// PCIe's multicast in a description (hypercast.pcie): windows, overlay and block bits in names of
// endpoints and groups, and every mistake with its place.
#include <gmock/gmock.h>

#include "antares/models/sockets/payload_pool.h"
#include "antares/platforms/build/group_plan.h"
#include "antares/platforms/config/dump.h"
#include "tb/system/traffic/traffic_run.h"

namespace antares::tb {
namespace {

using platforms::PlatformConfig;
using testing::AllOf;
using testing::HasSubstr;

/// Four accelerators; `pcie` is the value of the key.
std::string text_of(const std::string& pcie, const std::string& more = "") {
  return "antares: 1\nname: t\nswitches:\n  - name: s\n    lanes: 64\n    hypercast:\n"
         "      table_groups: 128\n      pcie: " +
         pcie +
         "\n    ports:\n      - {name: gpu, count: 4, protocol: pcie, pcie: {lanes: 16}}\n"
         "endpoints:\n  - {name: gpu, count: 4, kind: accelerator, attach: s.gpu}\n"
         "groups:\n  - {name: all, members: [gpu], window_bytes: 64 KiB}\n"
         "  - {name: pair, members: [gpu0, gpu3], window_bytes: 64 KiB}\n"
         "  - {name: own, members: [gpu]}\n"
         "workloads:\n  - {name: w, kind: traffic, traffic: {pattern: multicast" +
         more +
         ", arrivals: poisson, offered_load: 0.2, packets: [{bytes: 512}], warmup_us: 2, "
         "measure_us: 5}}\n";
}

PlatformConfig parsed(const std::string& pcie, const std::string& more = "") {
  return platforms::parse_platform(text_of(pcie, more), "t").config;
}

constexpr unsigned kIndex = 16;
const char* const kTwo = "{index_position: 16, groups: 2}";

TEST(PcieMulticastDescription, WindowsStandBehindEachOtherFromTheBaseOn) {
  const PlatformConfig config = parsed(kTwo);
  const auto bases = platforms::group_bases(config);
  EXPECT_EQ(bases[1] - bases[0], 1u << kIndex);
  EXPECT_EQ(bases[0] % (1u << kIndex), 0u);
  EXPECT_EQ(bases[0], platforms::pcie_multicast_base(config));
  // The third group keeps a window of its own, and nothing overlaps.
  EXPECT_LT(bases[2] + config.groups[2].window_bytes - 1, bases[0]);
  EXPECT_GE(platforms::table_window_base(config), bases[0] + (2u << kIndex));
  const auto fixed =
      platforms::group_bases(parsed("{base: 18014398509481984, index_position: 16, groups: 2}"));
  EXPECT_EQ(fixed[0], 1ull << 54);
  EXPECT_EQ(fixed[1], (1ull << 54) + (1u << kIndex));
}

TEST(PcieMulticastDescription, TheDumpSaysItAgain) {
  const auto loaded = platforms::parse_platform(
      text_of("{index_position: 16, groups: 2, blocks: [{sender: gpu1, all: [all]}], overlays: "
              "[{member: \"gpu[2..3]\", offset_bytes: 1 MiB, size_bits: 20}]}"),
      "t");
  const std::string once = platforms::dump(loaded.config);
  EXPECT_EQ(platforms::dump(platforms::parse_platform(once, "t").config), once);
  EXPECT_THAT(once, HasSubstr("index_position: 16"));
}

/// What the platform's switch tells of traffic to `more` groups.
platforms::MulticastRow run(const PlatformConfig& config) {
  ReportGuard reports;
  RecordingSink sink;
  platforms::Platform platform(config);
  platforms::TrafficDriver(platform, config.workloads[0], sink).run();
  platforms::MulticastRow sum;
  for (const auto& row : platforms::multicast_rows(platform.switches())) {
    sum.packets += row.packets;
    sum.copies += row.copies;
    sum.refused += row.refused + row.copies_refused + row.copies_failed;
  }
  return sum;
}

TEST(PcieMulticastDescription, TrafficGoesByTheWindows) {
  const platforms::MulticastRow all = run(parsed(kTwo, ", groups: [all]"));
  EXPECT_GT(all.packets, 100u);
  EXPECT_EQ(all.copies, 3 * all.packets);
  EXPECT_EQ(all.refused, 0u);
}

TEST(PcieMulticastDescription, WhoIsBlockedIsRefusedByName) {
  const PlatformConfig config = parsed(
      "{index_position: 16, groups: 2, blocks: [{sender: gpu3, all: [pair]}]}", ", groups: [pair]");
  try {
    run(config);
    ADD_FAILURE() << "nothing was refused";
  } catch (const platforms::RunFailure& told) {
    EXPECT_THAT(told.what(), AllOf(HasSubstr("'gpu3' sent to 'pair'"), HasSubstr("blocked")));
  }
}

TEST(PcieMulticastDescription, TheOverlaySaysWhereAMemberSeesIt) {
  ReportGuard reports;
  constexpr std::uint64_t kOverlay = 0x30'0000;
  platforms::Platform platform(
      parsed("{index_position: 16, groups: 2, overlays: [{member: gpu2, offset_bytes: 3 MiB, "
             "size_bits: 12}]}"));
  platform.elaborate();
  unsigned char data[64];
  for (unsigned i = 0; i < sizeof data; ++i) data[i] = static_cast<unsigned char>(i + 1);
  constexpr std::uint64_t kOffset = 0x1240;
  tlm::tlm_generic_payload payload;
  payload.set_command(tlm::TLM_WRITE_COMMAND);
  payload.set_address(platforms::group_bases(platform.config())[0] + kOffset);
  payload.set_data_ptr(data);
  payload.set_data_length(sizeof data);
  payload.set_streaming_width(sizeof data);
  sc_core::sc_time delay;
  platform.endpoints()[0].requester->initiator->b_transport(payload, delay);
  ASSERT_EQ(payload.get_response_status(), tlm::TLM_OK_RESPONSE);
  const auto at = [&](unsigned gpu, std::uint64_t address) {
    return platform.endpoints()[gpu].memory->store().data() + address;
  };
  EXPECT_EQ(std::memcmp(at(1, kOffset), data, sizeof data), 0) << "no overlay: its offset";
  EXPECT_EQ(std::memcmp(at(2, kOverlay + kOffset % 4096), data, sizeof data), 0);
  EXPECT_EQ(*at(2, kOffset), 0);
}

TEST(PcieMulticastDescription, MistakesAreToldWithTheirPlace) {
  const std::pair<const char*, const char*> mistakes[] = {
      {"{index_position: 11}", "12..57"},
      {"{groups: 65}", "1..64"},
      {"{index_position: 16, groups: 2, base: 4097}", "0x1001 is no multiple of 4096"},
      {"{index_position: 16, groups: 2, base: 17592186044416}", "overlap the memory of \"gpu0\""},
      {"{index_position: 16, groups: 2, base: 18446744073709547520}", "reach beyond 64 bits"},
      {"{index_position: 20, groups: 2}", "set window_bytes: 1048576"},
      {"{index_position: 16, groups: 2, blocks: [{sender: gpu9, all: [all]}]}",
       "there is no endpoint \"gpu9\""},
      {"{index_position: 16, groups: 2, blocks: [{sender: gpu1}]}", "nothing is blocked"},
      {"{index_position: 16, groups: 2, blocks: [{sender: gpu1, all: [pear]}]}",
       "did you mean \"pair\"?"},
      {"{index_position: 16, groups: 2, blocks: [{sender: gpu1, all: [own]}]}",
       "none of PCIe's multicast, which has the first 2"},
      {"{index_position: 16, groups: 2, blocks: [{sender: gpu1, all: [all, pair, all]}]}",
       "group \"all\" is listed twice"},
      {"{index_position: 16, groups: 2, base: 0x1001}", "0x1001 is no multiple of 4096"},
      {"{index_position: 16, groups: 2, base: 0xg000}", "0xg000 is no hexadecimal number"},
      {"{index_position: 16, groups: 2, base: 0x10000000000000000}", "is beyond 64 bits"},
      {"{index_position: 16, groups: 2, blocks: [{sender: gpu, all: [all]}, {sender: gpu1, all: "
       "[pair]}]}",
       "\"gpu1\" has an entry already"},
      {"{index_position: 16, groups: 2, overlays: [{member: gpu1, offset_bytes: 64, size_bits: "
       "12}]}",
       "4096 would be a multiple"},
      {"{index_position: 16, groups: 2, overlays: [{member: gpu1, offset_bytes: 0, size_bits: "
       "44}]}",
       "do not fit into the memory of \"gpu1\""},
      {"{index_position: 16, groups: 2, overlays: [{member: gpu1, offset_bytes: 0, size_bits: 5}]}",
       "6..44"},
  };
  for (const auto& [pcie, says] : mistakes) {
    try {
      parsed(pcie);
      ADD_FAILURE() << says << ": accepted";
    } catch (const std::exception& told) {
      EXPECT_THAT(told.what(), HasSubstr(says));
      EXPECT_THAT(told.what(), testing::ContainsRegex("t:[0-9]+:[0-9]+: "));
    }
  }
}

TEST(PcieMulticastDescription, TheBaseMayBeWrittenAsAddressesAre) {
  const std::string rest = "{index_position: 16, groups: 2, base: ";
  EXPECT_EQ(platforms::pcie_multicast_base(parsed(rest + "0x40000000000000}")), 1ull << 54);
  EXPECT_EQ(platforms::dump(parsed(rest + "0x40000000000000}")),
            platforms::dump(parsed(rest + std::to_string(1ull << 54) + "}")));
}

/// "accepted", or what is told of traffic of accelerators on UALink (chip0, chip1) and PCIe.
std::string told_of_mixed(const std::string& traffic) {
  try {
    platforms::parse_platform(
        "antares: 1\nname: t\nswitches:\n  - name: s\n    hypercast: {pcie: {index_position: 16, "
        "groups: 1}}\n    ports:\n      - {name: gpu, count: 2, protocol: pcie, pcie: {lanes: "
        "16}}\n      - {name: chip, count: 2, protocol: ualink}\n"
        "endpoints:\n  - {name: gpu, count: 2, kind: accelerator, attach: s.gpu}\n"
        "  - {name: chip, count: 2, kind: accelerator, attach: s.chip}\n"
        "groups:\n  - {name: all, members: [gpu], window_bytes: 64 KiB}\n"
        "  - {name: own, members: [gpu]}\n"
        "workloads:\n  - {name: w, kind: traffic, traffic: {" +
            traffic + "offered_load: 0.2, packets: [{bytes: 512}]}}\n",
        "t");
  } catch (const std::exception& error) {
    return error.what();
  }
  return "accepted";
}

// What UALink writes is answered: refused before the run, where its senders are named.
TEST(PcieMulticastDescription, SendersWhoseWritesAreAnsweredAreRefused) {
  const auto refused = AllOf(HasSubstr("t:16:"), HasSubstr("\"chip0\" sends to groups of PCIe's"),
                             HasSubstr("ualink port \"chip\""));
  EXPECT_THAT(told_of_mixed("pattern: multicast, "), refused);
  EXPECT_THAT(told_of_mixed("pattern: multicast, sources: [gpu0, chip0], "), refused);
  EXPECT_EQ(told_of_mixed("pattern: multicast, sources: [gpu0, gpu1], "), "accepted");
  EXPECT_EQ(told_of_mixed("pattern: multicast, groups: [own], "), "accepted");
  EXPECT_EQ(told_of_mixed("pattern: uniform, "), "accepted");
}

TEST(PcieMulticastDescription, SwitchesThatDisagreeAreRefused) {
  const auto told = [](const std::string& first, const std::string& second) -> std::string {
    const std::string ports =
        ", ports: [{name: gpu, count: 2, protocol: pcie, pcie: {lanes: 16}}]}\n";
    try {
      platforms::parse_platform(
          "antares: 1\nname: t\nswitches:\n  - {name: a, hypercast: " + first + ports +
              "  - {name: b, hypercast: " + second + ports +
              "endpoints:\n  - {name: x, count: 2, kind: accelerator, attach: a.gpu}\n"
              "  - {name: y, count: 2, kind: accelerator, attach: b.gpu}\n",
          "t");
    } catch (const std::exception& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(told("{pcie: {groups: 4}}", "{pcie: {groups: 4}}"), "accepted");
  EXPECT_THAT(told("{pcie: {groups: 4}}", "{pcie: {groups: 8}}"),
              HasSubstr("not those of the other switches"));
  EXPECT_THAT(told("{pcie: {groups: 4}}", "{}"), HasSubstr("not those of the other switches"));
  EXPECT_THAT(told("{table_groups: 4, pcie: {groups: 8}}", "{table_groups: 4, pcie: {groups: 8}}"),
              HasSubstr("8 windows, but the table holds 4 groups"));
}

}  // namespace
}  // namespace antares::tb
