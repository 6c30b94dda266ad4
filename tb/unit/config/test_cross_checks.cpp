// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "antares/platforms/config/expansion.h"
#include "tb/unit/config/description_text.h"

namespace antares::platforms {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

/// A switch with 320 lanes, its port groups and endpoints as given.
std::string platform(const std::string& ports, const std::string& endpoints) {
  return "antares: 1\nname: t\nswitches:\n  - name: sw\n    ports: " + ports +
         "\nendpoints: " + endpoints + "\n";
}

TEST(CrossChecks, AllLanesMayBeUsedAndNotOneMore) {
  const std::string endpoints = "[{name: g, count: 20, attach: sw.p}, {name: h, attach: sw.q}]";
  const std::string group = "{name: p, count: 20, pcie: {lanes: 16}}";
  EXPECT_THAT(mistakes(platform("[" + group + "]", "[{name: g, count: 20, attach: sw.p}]")),
              IsEmpty());
  EXPECT_THAT(
      mistakes(platform("[" + group + ", {name: q, pcie: {lanes: 1}}]", endpoints)),
      ElementsAre(AllOf(StartsWith("t.yaml:5:12: the ports use 321 lanes"), HasSubstr("has 320"),
                        HasSubstr("p 20 x16 = 320"), HasSubstr("q 1 x1 = 1"))));
}

TEST(CrossChecks, NamesAreUnique) {
  EXPECT_THAT(mistakes(platform("[{name: p, count: 2}, {name: p1}]",
                                "[{name: g, attach: 'sw.p[0]'}, {name: g, attach: 'sw.p[1]'}]")),
              testing::IsSupersetOf({HasSubstr("the port \"p1\" exists already"),
                                     HasSubstr("the endpoint \"g\" exists already")}));
}

TEST(CrossChecks, AMessageIsOneLineWhateverItQuotes) {
  EXPECT_THAT(mistakes(platform("[{name: \"p\\n\\tq\"}]", "[]")),
              testing::Contains(
                  AllOf(HasSubstr("\"p\\n\\tq\" can't be a name"), testing::Not(HasSubstr("\n")))));
}

TEST(CrossChecks, WhatIsNoEntryIsToldOnce) {
  const auto once = [](const char* line) {
    return ElementsAre(AllOf(StartsWith(line), HasSubstr("a single value")));
  };
  EXPECT_THAT(mistakes(platform("[{name: p, count: 2}]", "[a]")), once("t.yaml:6:13:"));
  const std::string fine = platform("[{name: p}]", "[{name: g, attach: sw.p}]");
  for (const char* list : {"links", "workloads", "groups"})
    EXPECT_THAT(mistakes(fine + list + ": [a]\n"), once("t.yaml:7:")) << list;
}

TEST(CrossChecks, TwoEndpointsOnAPort) {
  EXPECT_THAT(mistakes(platform("[{name: p, count: 2}]",
                                "[{name: g, count: 2, attach: sw.p}, {name: h, attach: sw.p1}]")),
              ElementsAre(AllOf(HasSubstr("two endpoints on port sw.p1"),
                                HasSubstr("the other is attached at t.yaml:6:"))));
}

TEST(CrossChecks, OpenPortsAreOpenOnPurpose) {
  const std::string endpoints = "[{name: g, attach: 'sw.p[0]'}]";
  EXPECT_THAT(mistakes(platform("[{name: p, count: 3}]", endpoints)),
              ElementsAre(AllOf(HasSubstr("nothing is attached to 2 port(s)"), HasSubstr("p1, p2"),
                                HasSubstr("connected: false"))));
  EXPECT_THAT(mistakes(platform("[{name: p, count: 1}, {name: spare, connected: false}]",
                                "[{name: g, attach: sw.p}]")),
              IsEmpty());
  EXPECT_THAT(mistakes(platform("[{name: p}, {name: spare, connected: false}]",
                                "[{name: g, attach: sw.p}, {name: h, attach: sw.spare}]")),
              ElementsAre(HasSubstr("which is connected: false")));
}

TEST(CrossChecks, ASizeThatNoOperationOfPairsHasIsRefused) {
  const auto pairs = [](const std::string& keys) {
    return mistakes(platform("[{name: p, count: 2}]", "[{name: g, count: 2, attach: sw.p}]") +
                    "workloads: [{name: w, kind: pairs, pairs: {" + keys + "}}]\n");
  };
  EXPECT_THAT(pairs("operations: [read], operand_bytes: 4"),
              ElementsAre(HasSubstr("operand_bytes would not be used")));
  EXPECT_THAT(pairs("operations: [swap], bytes: [64]"),
              ElementsAre(HasSubstr("bytes would not be used")));
  EXPECT_THAT(pairs("operations: [swap, read], bytes: [64], operand_bytes: 4"), IsEmpty());
  EXPECT_THAT(pairs("operations: [swap], operand_bytes: 16"),
              ElementsAre(HasSubstr("only a compare_and_swap has operands of 16 B")));
  EXPECT_THAT(pairs("operations: [swap, compare_and_swap], operand_bytes: 16"), IsEmpty());
  EXPECT_THAT(pairs("operations: [write, read, write]"),
              ElementsAre(HasSubstr("this operation is listed twice")));
}

TEST(CrossChecks, AVirtualChannelIsOneThatTheLinkHasForRequests) {
  const auto with = [](const std::string& link, const std::string& channel) {
    return mistakes(platform(
        "[{name: p, count: 2, " + link + "}]",
        "[{name: g, count: 2, attach: sw.p, accelerator: {virtual_channel: " + channel + "}}]"));
  };
  EXPECT_THAT(with("protocol: ualink, ualink: {virtual_channels: 2}", "1"), IsEmpty());
  EXPECT_THAT(with("protocol: ualink, ualink: {virtual_channels: 2}", "2"),
              ElementsAre(AllOf(StartsWith("t.yaml:6:"),
                                HasSubstr("the ualink port \"p\" has 0 to 1 for requests"))));
  EXPECT_THAT(with("protocol: nvlink", "1"), IsEmpty());
  EXPECT_THAT(with("protocol: ethernet, ethernet: {virtual_channels: 4}", "1"), IsEmpty());
  EXPECT_THAT(with("protocol: ethernet", "1"), ElementsAre(HasSubstr("has 0 only")));
  EXPECT_THAT(with("pcie: {virtual_channels: 4, uio_vc: 3}", "1"),
              ElementsAre(HasSubstr("the pcie port \"p\" has 0 only for requests")));
}

TEST(CrossChecks, AReceiverThatCannotHoldALinkPacketOfAnotherProtocol) {
  const auto with = [](const std::string& ualink, const std::string& more) {
    return mistakes(platform("[{name: n, protocol: nvlink}, {name: u, protocol: ualink, ualink: {" +
                                 ualink + "}}]" + more,
                             "[{name: g, attach: sw.n}, {name: h, attach: sw.u}, {name: h, attach: "
                             "sw.u}]"));
  };
  // A packet of 256 B that starts within a beat touches five; all mistakes are told together.
  EXPECT_THAT(
      with("request_data_credits: 4", ""),
      AllOf(testing::Contains(AllOf(StartsWith("t.yaml:5:"), HasSubstr("port \"n\" (nvlink)"),
                                    HasSubstr("5 data credits, but its receiver has"),
                                    HasSubstr("and 4: they would wait for ever"))),
            testing::Contains(HasSubstr("two endpoints on port sw.u"))));
  EXPECT_THAT(with("request_data_credits: 5", ""),
              testing::Not(testing::Contains(HasSubstr("wait for ever"))));
  EXPECT_THAT(with("request_data_credits: 4", "\n    bridge: {enabled: false}"),
              testing::Not(testing::Contains(HasSubstr("wait for ever"))))
      << "they never meet";
}

TEST(CrossChecks, ACardBehindABridgeDelayIsAWarning) {
  const auto warnings = [](const std::string& link) {
    return parse_platform(platform("[{name: p, count: 2, protocol: ethernet, ethernet: {framing: "
                                   "roce_v2" +
                                       link + "}}]",
                                   "[{name: g, count: 2, attach: sw.p, accelerator: {nic: {}}}]"),
                          "t.yaml")
        .warnings;
  };
  EXPECT_TRUE(warnings(", bridge_ns: 0").empty());
  const auto told = warnings("");
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].line, 6);
  EXPECT_THAT(told[0].message, HasSubstr("both are counted"));
}

TEST(CrossChecks, DanglingAttachIsRefusedWithAGuess) {
  const std::string ports = "[{name: gpu, count: 2}]";
  const auto attach = [&](const std::string& to) {
    return mistakes(platform(ports, "[{name: g, count: 2, attach: '" + to + "'}]"));
  };
  EXPECT_THAT(attach("sv.gpu"), ElementsAre(HasSubstr("did you mean \"sw\"?")));
  EXPECT_THAT(attach("sw.gpuu"), ElementsAre(HasSubstr("did you mean \"gpu\"?")));
  EXPECT_THAT(attach("sw"), ElementsAre(HasSubstr("switch.group")));
  EXPECT_THAT(attach("sw.gpu[0..2]"), ElementsAre(HasSubstr("has no port 2")));
  for (const char* bad : {"sw.gpu[", "sw.gpu[]", "sw.gpu[a]", "sw.gpu[1..0]", "sw.gpu[0..]",
                          "sw.gpu[-1]", "sw.", ".", "sw.gpu[0]x", "sw.gpu0[0]"})
    EXPECT_EQ(attach(bad).size(), 1u) << bad;
  EXPECT_THAT(attach("sw.gpu[0]"), testing::Contains(HasSubstr("count: 1 would fit")));
}

TEST(CrossChecks, LinkProblemsComeToTheirPlace) {
  // 14-bit tags exist in flit mode only (facts/pcie6.md 2.5).
  EXPECT_THAT(mistakes(platform("[{name: p, pcie: {generation: 5, tag_bits: 14}}]",
                                "[{name: g, attach: sw.p}]")),
              ElementsAre(StartsWith("t.yaml:5:29: port \"p\": ")));
}

TEST(CrossChecks, TooManyPortsOrEndpoints) {
  EXPECT_THAT(mistakes(platform("[{name: p, count: 100, protocol: ideal}, "
                                "{name: q, count: 61, protocol: ideal}]",
                                "[{name: g, count: 100, attach: sw.p}, "
                                "{name: h, count: 61, attach: sw.q}]")),
              ElementsAre(HasSubstr("161 ports")));
}

TEST(CrossChecks, WorkloadsNameWhatExists) {
  EXPECT_THAT(mistakes(small_description("bytes: [4 KiB, 1 MiB]", "ranks: [gpu0, gpu2]")),
              ElementsAre(HasSubstr("there is no endpoint \"gpu2\"")));
  EXPECT_THAT(mistakes(small_description("bytes: [4 KiB, 1 MiB]", "ranks: [gpu0, gpu0]")),
              ElementsAre(HasSubstr("listed twice")));
  EXPECT_THAT(mistakes(small_description("name: reduce", "name: uniform")),
              ElementsAre(HasSubstr("the workload \"uniform\" exists already")));
  EXPECT_THAT(mistakes(small_description("packets:", "measure_slots: 5\n      packets:")),
              ElementsAre(HasSubstr("no switch of this platform is slotted")));
  EXPECT_THAT(mistakes(small_description("packets: [{bytes: 256}]", "sweep: {from: 0.9, to: 0.5}")),
              ElementsAre(HasSubstr("from is larger than to")));
}

TEST(CrossChecks, PairsWorkloadsAreChecked) {
  const auto pairs = [](const std::string& keys) {
    return mistakes(small_description("kind: collective\n    collective: {bytes: [4 KiB, 1 MiB]}",
                                      "kind: pairs\n    pairs: {" + keys + "}"));
  };
  EXPECT_THAT(pairs("bytes: [64, 4 KiB], parts: true"), IsEmpty());
  EXPECT_THAT(pairs("operations: [deferrable_write], bytes: [32]"), IsEmpty());
  EXPECT_THAT(pairs("bytes: [0]"), ElementsAre(StartsWith("t.yaml:26:21: ")));
  EXPECT_THAT(pairs("bytes: [1 GiB]"), ElementsAre(StartsWith("t.yaml:26:21: ")));
  EXPECT_THAT(pairs("bytes: []"), ElementsAre(HasSubstr("bytes")));
  EXPECT_THAT(pairs("operations: [store]"),
              ElementsAre(AllOf(StartsWith("t.yaml:26:26: "), HasSubstr("fetch_add"))));
  EXPECT_THAT(pairs("operations: []"), ElementsAre(HasSubstr("operations")));
  EXPECT_THAT(pairs("operand_bytes: 5"), ElementsAre(HasSubstr("operand_bytes")));
  EXPECT_THAT(pairs("measure_requests: 0"), ElementsAre(HasSubstr("measure_requests")));
  EXPECT_THAT(pairs("pattern: uniform"), ElementsAre(HasSubstr("unknown key")));
  EXPECT_THAT(
      mistakes(small_description("collective: {bytes: [4 KiB, 1 MiB]}", "pairs: {bytes: [64]}")),
      ElementsAre(AllOf(HasSubstr("pairs"), HasSubstr("kind"))));
}

TEST(CrossChecks, MemoriesThatALinkCannotAddress) {
  // The n-th memory begins at n x 2^44: two of them lie within 46 bits, four do not.
  const auto two_kinds = [](const std::string& nvlink, const std::string& more) {
    return mistakes(platform(
        "[{name: a, count: 4}, {name: n, protocol: nvlink, nvlink: " + nvlink + "}" + more + "]",
        "[{name: a, count: 4, attach: sw.a}, {name: n, attach: sw.n}]"));
  };
  EXPECT_THAT(two_kinds("{links: 1}", ""), IsEmpty());
  EXPECT_THAT(
      two_kinds("{links: 1, address_bits: 46}", ""),
      ElementsAre(AllOf(StartsWith("t.yaml:5:"), HasSubstr("port \"n\" cannot address"),
                        HasSubstr("endpoint \"a3\", which begins at 0x400000000000"),
                        HasSubstr("NVLink: the address lies beyond"), HasSubstr("address_bits"))));
  // Who only answers needs no addresses.
  EXPECT_THAT(mistakes(platform("[{name: a, count: 4}, {name: n, protocol: nvlink, nvlink: {links: "
                                "1, address_bits: 46}}]",
                                "[{name: a, count: 4, attach: sw.a}, {name: n, kind: memory, "
                                "attach: sw.n}]")),
              IsEmpty());
}

TEST(CrossChecks, OneMistakeIsNotReportedTwice) {
  // The misspelt list of ports is the mistake; that nothing can be attached follows from it.
  EXPECT_THAT(
      mistakes(small_description("    ports:", "    prots:")),
      ElementsAre(HasSubstr("the key \"ports\" is missing"), HasSubstr("did you mean \"ports\"?")));
}

TEST(CheckPlatform, ChecksWhatWasMadeInCpp) {
  PlatformConfig config = parse_platform(small_description(), "t.yaml").config;
  EXPECT_THAT(check_platform(config), IsEmpty());
  config.switches[0].lanes = 15;
  config.workloads[0].traffic.offered_load = {0.5, 1.5};
  config.endpoints[0].attach = "sw.q";
  std::vector<std::string> found;
  for (const Diagnostic& diagnostic : check_platform(config))
    found.push_back(to_string(diagnostic));
  EXPECT_THAT(found, ElementsAre(StartsWith("endpoints[0].attach: "),
                                 StartsWith("switches[0].ports: the ports use 16 lanes"),
                                 StartsWith("workloads[0].traffic.offered_load[1]: 1.5 is out")));
}

TEST(Expansion, NumbersPortsAndEndpoints) {
  const PlatformConfig config =
      parse_platform(
          platform("[{name: h}, {name: g, count: 3}]",
                   "[{name: cpu, kind: host, attach: sw.h}, "
                   "{name: x, attach: sw.g0}, {name: y, count: 2, attach: 'sw.g[1..2]'}]"),
          "t.yaml")
          .config;
  const auto ports = expand_ports(config.switches[0]);
  ASSERT_EQ(ports.size(), 4u);
  EXPECT_EQ(ports[0].name, "h");
  EXPECT_EQ(ports[3].name, "g2");
  EXPECT_EQ(ports[3].group, 1u);
  const auto endpoints = expand_endpoints(config);
  ASSERT_EQ(endpoints.size(), 4u);
  EXPECT_EQ(endpoints[1].name, "x");
  EXPECT_EQ(endpoints[1].port, 1u);
  EXPECT_EQ(endpoints[3].name, "y1");
  EXPECT_EQ(endpoints[3].port, 3u);
}

TEST(CrossChecks, AWatchdogWaitsLongerThanAPacketTakes) {
  const std::string text =
      platform("[{name: p, count: 2, propagation_ns: 400}]", "[{name: g, count: 2, attach: sw.p}]");
  // 108 of the hop, 50 of the bridge, 200 of the root, 2 x 400 of cables and 20 for credits.
  EXPECT_THAT(mistakes(text + "run: {watchdog_us: 1.178}\n"),
              ElementsAre(AllOf(HasSubstr("t.yaml:7:20"), HasSubstr("1.178 us is no longer than"),
                                HasSubstr("\"sw\""))));
  EXPECT_THAT(mistakes(text + "run: {watchdog_us: 1.179}\n"), IsEmpty());
  EXPECT_THAT(mistakes(text + "run: {watchdog_us: 1}\nobserve: {watchdog: false}\n"), IsEmpty());
}

TEST(CrossChecks, ASlotIsAPicosecondOrMore) {
  const auto slotted = [](const std::string& slot_ns) {
    return "antares: 1\nname: t\nswitches:\n  - name: sw\n    crossbar: {slot_ns: " + slot_ns +
           "}\n    ports: [{name: p, count: 2}]\nendpoints: [{name: g, count: 2, attach: sw.p}]\n";
  };
  EXPECT_THAT(mistakes(slotted("0.0001")),
              ElementsAre(AllOf(HasSubstr("t.yaml:5:25"), HasSubstr("shorter than a picosecond"))));
  EXPECT_THAT(mistakes(slotted("0.001")), IsEmpty());
}

TEST(CrossChecks, RedirectionNeedsAnUpstreamPort) {
  const std::string group = "{name: p, count: 2, acs: {request_redirect: true}}";
  EXPECT_THAT(mistakes(platform("[" + group + "]", "[{name: g, count: 2, attach: sw.p}]")),
              ElementsAre(HasSubstr("redirects upstream, and switch \"sw\" has no upstream port")));
  EXPECT_THAT(mistakes(platform("[" + group + ", {name: root, role: upstream}]",
                                "[{name: g, count: 2, attach: sw.p}, {name: h, attach: sw.root}]")),
              IsEmpty());
}

TEST(CrossChecks, RequestsFitIntoWhatTheyAreFor) {
  const auto with = [](const std::string& more) {
    return mistakes(
        "antares: 1\nname: t\nswitches:\n  - {name: sw, hypercast: {}, ports: [{name: p, count: "
        "3}]}\n"
        "endpoints: [{name: g, count: 2, attach: sw.p},"
        " {name: m, kind: memory, attach: 'sw.p[2]', memory: {memory_bytes: 4 KiB}}]\n"
        "groups: [{name: small, members: [g], window_bytes: 64 KiB},"
        " {name: large, members: [g], window_bytes: 1 MiB}]\n"
        "workloads: [{name: w, kind: traffic, traffic: {" +
        more + "}}]\n");
  };
  EXPECT_THAT(with("packets: [{bytes: 4096}]"), IsEmpty());
  EXPECT_THAT(with("packets: [{bytes: 4096}, {bytes: 4097}]"),
              ElementsAre(AllOf(StartsWith("t.yaml:7:"),
                                HasSubstr("4097 B is larger than the memory of \"m\" (4096 B)"))));
  EXPECT_THAT(
      with("pattern: multicast, packets: [{bytes: 128 KiB}]"),
      ElementsAre(AllOf(StartsWith("t.yaml:7:"), HasSubstr("the window of the group \"small\""),
                        HasSubstr("65536 B"))));
  EXPECT_THAT(with("pattern: multicast, groups: [large], packets: [{bytes: 128 KiB}]"), IsEmpty());
  EXPECT_THAT(with("sources: [g0, m], packets: [{bytes: 64}]"),
              ElementsAre(AllOf(StartsWith("t.yaml:7:"), HasSubstr("\"m\" is a memory"))));
}

TEST(CrossChecks, JobsThatRunAtOnceSeeTheirRanks) {
  EXPECT_THAT(
      mistakes("antares: 1\nname: t\nswitches:\n  - name: sw\n    ports: [{name: p, count: 4}]\n"
               "    partitions: [{name: a, ports: ['p[0..1]']}, {name: b, ports: ['p[2..3]']}]\n"
               "endpoints: [{name: g, count: 4, attach: sw.p}]\n"
               "workloads:\n  - name: w\n    kind: concurrent\n    concurrent:\n      jobs:\n"
               "        - {name: one, collective: {bytes: [1024], ranks: [g0, g1]}}\n"
               "        - {name: two, collective: {bytes: [1024], ranks: [g1, g2]}}\n"),
      ElementsAre(AllOf(StartsWith("t.yaml:14:"), HasSubstr("must see each other"))));
}

}  // namespace
}  // namespace antares::platforms
