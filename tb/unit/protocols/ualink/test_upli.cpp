// SPDX-License-Identifier: Apache-2.0
// The rows of facts/ualink_nvlink.md A.3: channels and widths, commands and their bits, status.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "antares/protocols/ualink/ualink_policy.h"
#include "antares/protocols/ualink/upli.h"
#include "tb/unit/protocols/ualink/piece_oracle.h"

namespace antares::protocols {
namespace {

TEST(UalinkUpli, FourChannelsTwoEachWay) {
  const std::string_view names[] = {"Req", "OrigData", "RdRsp", "WrRsp"};
  for (unsigned i = 0; i < kUpliChannels; ++i) {
    const UpliChannelRow& row = upli_channel(static_cast<UpliChannel>(i));
    EXPECT_EQ(static_cast<unsigned>(row.channel), i);
    EXPECT_EQ(row.name, names[i]);
    EXPECT_EQ(row.from_originator, i < 2);
  }
}

TEST(UalinkUpli, FieldWidths) {
  const auto request = [](std::string_view name) {
    return upli_field_bits(UpliChannel::request, name);
  };
  EXPECT_EQ(request("addr"), kUalinkAddressBits);
  EXPECT_EQ(1u << request("src_id"), kUalinkIds);
  EXPECT_EQ(1u << request("dst_id"), kUalinkIds);
  EXPECT_EQ(1u << request("tag"), 2048u);
  EXPECT_EQ(1u << request("vc"), 4u);
  EXPECT_EQ(1u << request("num_beats"), 4u) << "beats of 64 B in 256 B";
  EXPECT_EQ(request("cmd"), 6u);
  EXPECT_EQ(upli_field_bits(UpliChannel::originator_data, "data"), 64u * 8);
  EXPECT_EQ(upli_field_bits(UpliChannel::originator_data, "byte_en"), 64u);
  EXPECT_EQ(upli_field_bits(UpliChannel::read_response, "data"), 64u * 8);
  EXPECT_EQ(upli_field_bits(UpliChannel::read_response, "byte_en"), 0u);
  for (const UpliChannel tagged :
       {UpliChannel::request, UpliChannel::read_response, UpliChannel::write_response}) {
    EXPECT_EQ(upli_field_bits(tagged, "auth_tag"), 8u * 8);
    EXPECT_EQ(upli_field_bits(tagged, "tag"), 11u);
  }
}

TEST(UalinkUpli, CommandsAndTheirBits) {
  const std::map<UpliCommand, std::uint8_t> codes = {
      {UpliCommand::read, 0x03},          {UpliCommand::write, 0x28},
      {UpliCommand::write_full, 0x29},    {UpliCommand::write_message, 0x2A},
      {UpliCommand::atomic_return, 0x30}, {UpliCommand::atomic_no_return, 0x32}};
  for (const auto& [command, code] : codes) {
    const UpliCommandRow* row = upli_command(code);
    ASSERT_NE(row, nullptr);
    EXPECT_EQ(row->command, command);
    EXPECT_FALSE(row->vendor);
    EXPECT_EQ(static_cast<std::uint8_t>(command), code);
  }
  std::set<unsigned> used;
  for (const UpliCommandRow& row : upli_commands()) {
    SCOPED_TRACE(row.name);
    const bool read = row.command == UpliCommand::read;
    const bool atomic =
        row.command == UpliCommand::atomic_return || row.command == UpliCommand::atomic_no_return;
    for (unsigned code = row.first_code; code <= row.last_code; ++code) {
      EXPECT_LT(code, 64u) << "six bits";
      EXPECT_TRUE(used.insert(code).second) << "a code of two rows";
      EXPECT_EQ(upli_command(static_cast<std::uint8_t>(code)), &row);
      EXPECT_EQ(upli_carries_data(static_cast<std::uint8_t>(code)), !read);
      EXPECT_EQ(upli_is_read(static_cast<std::uint8_t>(code)), read);
      EXPECT_EQ(upli_is_atomic(static_cast<std::uint8_t>(code)), atomic);
      EXPECT_EQ(upli_is_write(static_cast<std::uint8_t>(code)), !read && !atomic);
    }
  }
  // 8 vendor reads, 4 vendor writes, 4 vendor atomics and the six above; nothing else.
  EXPECT_EQ(used.size(), 8u + 4 + 4 + 6);
  for (const unsigned code : {0x00u, 0x10u, 0x2Bu, 0x31u, 0x40u, 0xFFu}) {
    EXPECT_EQ(upli_command(static_cast<std::uint8_t>(code)), nullptr) << code;
  }
}

TEST(UalinkUpli, StatusCodes) {
  const std::map<unsigned, std::string_view> meanings = {{0x0, "OK"},
                                                         {0x2, "target abort"},
                                                         {0x3, "decode error"},
                                                         {0x6, "protection violation"},
                                                         {0x8, "completion timeout"},
                                                         {0xF, "isolate"}};
  for (unsigned code = 0; code < 16; ++code) {
    const UpliStatusRow* row = upli_status(static_cast<std::uint8_t>(code));
    const auto meaning = meanings.find(code);
    ASSERT_EQ(row != nullptr, meaning != meanings.end()) << code;
    if (row == nullptr) continue;
    EXPECT_EQ(row->meaning, meaning->second);
    EXPECT_EQ(row->write_response_only, code == 0xF);
  }
}

TEST(UalinkUpli, ErrorsAndTheirStatuses) {
  // A refused access must not tell what is behind it: as an address that is nobody's.
  EXPECT_EQ(upli_status_of(ErrorKind::unsupported_request), UpliStatus::decode_error);
  EXPECT_EQ(upli_status_of(ErrorKind::access_violation), UpliStatus::decode_error);
  EXPECT_EQ(upli_status_of(ErrorKind::completer_abort), UpliStatus::target_abort);
  EXPECT_EQ(upli_status_of(ErrorKind::completion_timeout), UpliStatus::completion_timeout);
  EXPECT_EQ(upli_status_of(ErrorKind::surprise_down), std::nullopt);
  EXPECT_EQ(upli_status_of(ErrorKind::unexpected_completion), std::nullopt);
  EXPECT_EQ(UalinkPolicy().status_name(ErrorKind::completer_abort), "target abort");
  EXPECT_EQ(UalinkPolicy().status_name(ErrorKind::surprise_down), "");
  for (std::size_t kind = 0; kind < kErrorKinds; ++kind) {
    const auto status = upli_status_of(static_cast<ErrorKind>(kind));
    if (status) EXPECT_NE(upli_status(static_cast<std::uint8_t>(*status)), nullptr) << kind;
  }
}

// Types of facts/ualink_nvlink.md A.3, to the accelerator behind a port and nowhere else.
TEST(UalinkUpli, WriteMessagesGoToAnAccelerator) {
  using R = MessageRouting;
  const PortId kA(1), kB(2);
  const MessagePorts ports{std::nullopt, {kA, kB}, true};
  for (unsigned type = 0; type < 256; ++type) {
    SCOPED_TRACE(type);
    const MessageHead head{static_cast<std::uint8_t>(type), R::by_id};
    const MessageRoute route = UalinkPolicy().route_message(head, kA, ports, kB);
    if (type == 0) {
      EXPECT_EQ(route.fate, MessageFate::terminate);
    } else if (type <= 3 || type >= 0xF0) {
      EXPECT_EQ(route.fate, MessageFate::forward);
      EXPECT_EQ(route.ports, std::vector<PortId>{kB});
    } else {
      EXPECT_EQ(route.fate, MessageFate::refuse);
    }
  }
  EXPECT_EQ(route_upli_message({0x10, R::by_id}, kA, ports, kB).fault, MessageFault::malformed);
  for (const R routing :
       {R::to_root_complex, R::by_address, R::broadcast_from_root, R::local, R::gathered})
    EXPECT_EQ(route_upli_message({0xF0, routing}, kA, ports, kB).fate, MessageFate::refuse);
  const MessageHead vendor{0xF0, R::by_id};
  EXPECT_EQ(route_upli_message(vendor, kA, ports, std::nullopt).fault, MessageFault::no_target);
  EXPECT_EQ(route_upli_message(vendor, kA, ports, kA).fate, MessageFate::refuse) << "itself";
  EXPECT_EQ(route_upli_message(vendor, kA, ports, PortId(7)).fault, MessageFault::no_way)
      << "a port with nobody behind it";
  const MessagePorts tree{kB, {kA}, true}, deaf{kB, {kA}, false};
  EXPECT_EQ(route_upli_message(vendor, kA, tree, kB).ports, std::vector<PortId>{kB});
  EXPECT_EQ(route_upli_message(vendor, kA, deaf, kB).fault, MessageFault::no_way);
}

TEST(UalinkUpli, PacketsAndTheirCommands) {
  const auto command = [](PacketKind kind, std::uint32_t bytes, std::uint32_t address,
                          std::uint8_t flags = 0) {
    return upli_command_of(ualink_packet(kind, bytes, address, flags));
  };
  EXPECT_EQ(command(PacketKind::read, 10, 3), UpliCommand::read);
  EXPECT_EQ(command(PacketKind::write, 256, 0), UpliCommand::write_full);
  EXPECT_EQ(command(PacketKind::write, 64, 192), UpliCommand::write_full);
  EXPECT_EQ(command(PacketKind::write, 64, 32), UpliCommand::write);
  EXPECT_EQ(command(PacketKind::write, 60, 0), UpliCommand::write);
  EXPECT_EQ(command(PacketKind::write, 256, 0, kByteEnables), UpliCommand::write);
  EXPECT_EQ(command(PacketKind::atomic, 8, 0), UpliCommand::atomic_return);
  EXPECT_EQ(command(PacketKind::message, 0, 0), UpliCommand::write_message);
}

}  // namespace
}  // namespace antares::protocols
