// SPDX-License-Identifier: Apache-2.0
// Topology dumps of NCCL and RCCL: what becomes of them, what is assumed, ignored and refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "antares/platforms/config/expansion.h"
#include "antares/platforms/config/linked_ports.h"
#include "antares/platforms/config/platform_loader.h"
#include "antares/platforms/workload/topology_dump.h"
#include "antares/platforms/workload/trace_graph.h"

namespace antares::platforms {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string pci(const std::string& busid, const std::string& pci_class,
                const std::string& inside = "",
                const std::string& link = "link_speed=\"16 GT/s\" link_width=\"16\"") {
  return "<pci busid=\"" + busid + "\" class=\"" + pci_class + "\" " + link + ">" + inside +
         "</pci>\n";
}
std::string cpu(const std::string& inside, const std::string& id = "0") {
  return "<cpu numaid=\"" + id + "\">\n" + inside + "</cpu>\n";
}
std::string system(const std::string& inside) {
  return "<system version=\"1\">\n" + inside + "</system>\n";
}

constexpr const char* kBridge = "0x060400";
constexpr const char* kGpu = "0x030200";
constexpr const char* kNic = "0x020000";

ImportedPlatform import(const std::string& text) {
  const std::string file = "t.xml";
  return import_topology(read_topology_dump(text, file), "server", file);
}
PlatformConfig platform(const std::string& text) {
  return parse_platform(import(text).description, "imported").config;
}
std::string dump_refusal(const std::string& text) {
  try {
    import(text);
  } catch (const TraceError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(TopologyDump, BridgesWithSeveralDevicesAreSwitches) {
  // A switch as real dumps have it: an upstream port, and a downstream port for each device.
  const std::string below = pci("d0", kBridge, pci("g0", kGpu)) +
                            pci("d1", kBridge, pci("g1", kGpu)) +
                            pci("n0", kNic, "<nic><net name=\"a\"/></nic>");
  const std::string text = system(cpu(pci("up", kBridge, below) + pci("g2", kGpu)));
  const PlatformConfig config = platform(text);
  ASSERT_EQ(config.switches.size(), 2u);
  const auto endpoints = expand_endpoints(config);
  ASSERT_EQ(endpoints.size(), 4u);
  std::map<std::string, std::string> seats;
  for (const ExpandedEndpoint& endpoint : endpoints)
    seats[endpoint.name] = config.switches[endpoint.switch_index].name;
  EXPECT_EQ(seats, (std::map<std::string, std::string>{
                       {"gpu0", "sw0"}, {"gpu1", "sw0"}, {"nic0", "sw0"}, {"gpu2", "cpu0"}}));
  EXPECT_EQ(expand_links(config).size(), 1u);
  EXPECT_THAT(
      import(text).understood,
      ElementsAre("1 CPU(s) as root complexes, 1 PCIe switch(es), 3 GPU(s), 1 network card(s)",
                  HasSubstr("2 bridge(s) with one device below")));
  EXPECT_THAT(import(text).ignored, Contains(HasSubstr("1 <net>")));
}

TEST(TopologyDump, AChainOfBridgesIsAsFastAsItsSlowestLink) {
  const std::string slow = "link_speed=\"8 GT/s\" link_width=\"16\"";
  const std::string narrow = "link_speed=\"16.0 GT/s PCIe\" link_width=\"4\"";
  const PlatformConfig config =
      platform(system(cpu(pci("a", kBridge, pci("b", kBridge, pci("g0", kGpu), slow)) +
                          pci("c", kBridge, pci("g1", kGpu, "", narrow)))));
  ASSERT_EQ(config.switches.size(), 1u);
  const auto link_of = [&](const char* name) {
    for (const PortGroup& group : config.switches[0].ports)
      if (group.name == name) return std::pair(group.pcie.generation, group.pcie.lanes);
    return std::pair(0u, 0u);
  };
  EXPECT_EQ(link_of("gpu0"), std::pair(3u, 16u));
  EXPECT_EQ(link_of("gpu1"), std::pair(4u, 4u));
}

TEST(TopologyDump, EveryTwoSocketsAreJoined) {
  constexpr unsigned kCpus = 4;
  std::string text;
  for (unsigned c = 0; c < kCpus; ++c)
    text += cpu(pci("g" + std::to_string(c), kGpu), std::to_string(c));
  const PlatformConfig config = platform(system(text));
  EXPECT_EQ(config.switches.size(), kCpus);
  EXPECT_EQ(expand_links(config).size(), kCpus * (kCpus - 1) / 2);
  EXPECT_THAT(import(system(text)).assumed, Contains(HasSubstr("each two of the 4 CPUs")));
}

TEST(TopologyDump, UnknownSpeedsAreAssumedAndTold) {
  for (const char* link : {"link_speed=\"\" link_width=\"0\"", "", "link_speed=\"0\"",
                           "link_speed=\"Unknown\"", "link_speed=\"Unknown speed\""}) {
    const ImportedPlatform imported =
        import(system(cpu(pci("g0", kGpu, "", link) + pci("g1", kGpu))));
    EXPECT_THAT(imported.assumed, Contains("line 3: g0 says no link_speed: taken as 8 GT/s"));
    EXPECT_THAT(imported.assumed, Contains("line 3: g0 says no link_width: taken as 16"));
    EXPECT_THAT(imported.description, HasSubstr("# assumption: line 3: g0 says no link_speed"));
    EXPECT_THAT(imported.description,
                HasSubstr("gpu0, protocol: pcie, pcie: {generation: 3, lanes: 16}"));
  }
}

TEST(TopologyDump, WhatIsNotUsedIsTold) {
  const std::string peers =
      "<gpu dev=\"0\"><xgmi target=\"x\" count=\"1\"/><xgmi target=\"y\"/></gpu>";
  const std::string text =
      system("<net/>" + cpu(pci("g0", kGpu, peers) + pci("g1", kGpu) + pci("disk", "0x010802") +
                            pci("e", kBridge) + "<odd/>"));
  EXPECT_THAT(import(text).ignored,
              ::testing::AllOf(Contains(HasSubstr("<net> in <system>")),
                               Contains(HasSubstr("2 <xgmi> of GPUs")),
                               Contains(HasSubstr("class 0x010802")),
                               Contains(HasSubstr("bridge e with nothing below")),
                               Contains(HasSubstr("<odd> in <cpu>"))));
}

TEST(TopologyDump, KnownDevicesHaveTheirPreset) {
  const std::string known = "vendor=\"0x10de\" device=\"0x2330\"";
  EXPECT_EQ(platform(system(cpu(pci("g0", kGpu, "", known) + pci("g1", kGpu))))
                .endpoints.at(0)
                .accelerator.memory_rate_GBps,
            3350);
}

TEST(TopologyDump, OddValuesAreRefusedWithTheirPlace) {
  const auto with_link = [](const std::string& link) {
    return dump_refusal(system(cpu(pci("g0", kGpu, "", link))));
  };
  for (const char* speed : {"fast", "17 GT/s", "-8 GT/s", "16 GB/s", "16.5 GT/s", "16. GT/s",
                            "99999999999999999999 GT/s", "16 GT/s PCIe7"}) {
    const std::string text = with_link("link_speed=\"" + std::string(speed) + "\"");
    EXPECT_THAT(text, HasSubstr("t.xml:3:")) << speed;
    EXPECT_THAT(text,
                HasSubstr("link_speed is \"" + std::string(speed) + "\"; expected 2.5, 5, 8"));
  }
  for (const char* width : {"3", "12", "32", "-1", "x16", "16.0"})
    EXPECT_THAT(with_link("link_speed=\"8 GT/s\" link_width=\"" + std::string(width) + "\""),
                HasSubstr("expected 1, 2, 4, 8 or 16"))
        << width;
}

TEST(TopologyDump, MissingAndDoubleNamesAreRefused) {
  EXPECT_THAT(dump_refusal(system("<cpu>" + pci("g0", kGpu) + "</cpu>")),
              HasSubstr("<cpu> has no numaid"));
  EXPECT_THAT(dump_refusal(system(cpu("<pci class=\"0x030200\"/>"))),
              HasSubstr("<pci> has no busid"));
  EXPECT_THAT(dump_refusal(system(cpu("<pci busid=\"a\"/>"))),
              HasSubstr("t.xml:3:2: <pci> has no class"));
  EXPECT_THAT(dump_refusal(system(cpu(pci("a", kGpu) + pci("a", kGpu)))),
              HasSubstr("t.xml:4:2: busid \"a\" is there already, in line 3"));
  EXPECT_THAT(dump_refusal(system(cpu(pci("a", kGpu)) + cpu(pci("b", kGpu)))),
              HasSubstr("numaid \"0\" is there already"));
  EXPECT_THAT(dump_refusal(system(cpu(pci("a", kGpu, pci("b", kGpu))))),
              HasSubstr("more devices below it; a bridge is 0x0604"));
  EXPECT_THAT(dump_refusal(system(cpu(pci("a", kNic)))), HasSubstr(":2: no GPU is in it"));
  EXPECT_THAT(dump_refusal(system("")), HasSubstr("<system> has no <cpu>"));
  EXPECT_THAT(dump_refusal("<graph/>"), HasSubstr("no <system>"));
  EXPECT_THAT(dump_refusal(system(cpu(pci(std::string(500, 'x'), kGpu)))),
              HasSubstr("longer than any"));
}

TEST(TopologyDump, WhatIsNoTextIsRefused) {
  // It would be part of a description that nobody can read.
  EXPECT_THAT(dump_refusal(system(cpu(pci("g\xff", kGpu)))),
              HasSubstr("t.xml:3:14: this is not text"));
  EXPECT_THAT(dump_refusal(system(cpu(pci("g\x01", kGpu)))), HasSubstr("not text"));
  // A line break would end the comment that tells what was assumed.
  EXPECT_EQ(
      platform(system(cpu(pci("g&#10;x: y", kGpu, "", "") + pci("g1", kGpu)))).switches.size(), 1u);
}

TEST(TopologyDump, BombsEndAtOnce) {
  EXPECT_THAT(dump_refusal("<!DOCTYPE lolz [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]>\n" +
                           system(cpu(pci("&b;", kGpu)))),
              HasSubstr("t.xml:1:1: a DOCTYPE"));
  std::string deep;
  for (unsigned i = 0; i < 100'000; ++i)
    deep += "<pci busid=\"" + std::to_string(i) + "\" class=\"0x060400\">";
  EXPECT_THAT(dump_refusal("<system><cpu numaid=\"0\">" + deep), HasSubstr("t.xml:1:"));
  std::string closed = deep.substr(0, deep.size());
  for (unsigned i = 0; i < 100'000; ++i) closed += "</pci>";
  EXPECT_THAT(dump_refusal(system(cpu(closed))), HasSubstr("deeper than 32"));
  std::string many;
  for (unsigned i = 0; i < 30'000; ++i) many += pci(std::to_string(i), kGpu);
  EXPECT_THAT(dump_refusal(system(cpu(many))), HasSubstr("more than 20000 elements"));
  EXPECT_THAT(dump_refusal(system(cpu(std::string(9u << 20, ' ')))), HasSubstr("8 MiB"));
  std::string wide;
  for (unsigned i = 0; i < 21; ++i) wide += pci(std::to_string(i), kGpu);
  EXPECT_THAT(dump_refusal(system(cpu(wide))), HasSubstr("has 336 lanes below it"));
  EXPECT_THAT(dump_refusal("<system><cpu"), HasSubstr("not valid XML"));
}

}  // namespace
}  // namespace antares::platforms
