// SPDX-License-Identifier: Apache-2.0
#include "tb/support/collective_line.h"

#include <algorithm>
#include <cstring>

#include "antares/models/hypercast/scatter.h"

namespace antares::tb {

using tlm::tlm_generic_payload;

namespace {
std::uint64_t memory_of(unsigned line) {
  constexpr std::uint64_t kFirst = 1ull << 28;  // behind that of ShadowLines
  return kFirst + kGroupBytes * line;
}
}  // namespace

GroupConfig CollectiveLine::group_of(unsigned line, const std::vector<unsigned>& members) {
  GroupConfig group = tb::group_of(line, members);
  for (auto& member : group.members) member.offset_bytes = memory_of(line);
  group.copy_to_sender = true;
  return group;
}

CollectiveLine::CollectiveLine(const Plan& plan)
    : plan_(plan),
      engine_(plan.seed),
      left_(plan.count),
      base_(memory_of(plan.number)),
      next_free_(base_ + kBytes),
      shadow_(kBytes, 0),
      known_(kBytes, 1),
      doubt_(kBytes, 0) {}

std::uint64_t CollectiveLine::fresh(std::uint64_t bytes) {
  const std::uint64_t at = next_free_;
  next_free_ += (bytes + 63) / 64 * 64;
  return at;
}

tlm_generic_payload& CollectiveLine::make(unsigned from, tlm::tlm_command command,
                                          std::uint64_t address, std::size_t bytes) {
  data_.emplace_back(bytes);
  return plan_.initiators[from]->make(command, address, data_.back().data(),
                                      static_cast<unsigned>(bytes));
}

void CollectiveLine::name(tlm_generic_payload& payload, std::uint32_t scatter_unit_bytes) {
  name_members(payload, pick(0, 1) == 0 ? NamedBy::list : NamedBy::bitmap, plan_.members,
               scatter_unit_bytes);
}

models::ReductionNaming& CollectiveLine::reduce(tlm_generic_payload& payload) {
  name(payload);
  auto naming = std::make_shared<models::ReductionNaming>();
  naming->kind.type = models::ElementType::u32;
  payload.get_extension<models::PacketHint>()->reduction = naming;
  return *naming;
}

void CollectiveLine::begin(unsigned from, tlm_generic_payload& payload) {
  payloads_.push_back(&payload);
  ++open_;
  plan_.initiators[from]->begin_in_turn(payload, pick(0, 1) * pick(0, 20'000));
}

void CollectiveLine::next() {
  if (left_ == 0) return;
  --left_;
  payloads_.clear();
  scatter_unit_bytes_ = 0;
  from_ = plan_.members[pick(0, static_cast<unsigned>(plan_.members.size()) - 1)];
  do {
    operation_ = static_cast<Operation>(1u << pick(0, 3));
  } while ((plan_.operations & operation_) == 0);
  switch (operation_) {
    case kWrite:
      return pick(0, 3) == 0 ? scatter() : write();
    case kFetchAdd:
      return fetch_add();
    case kStoreReduce:
      return store_reduce();
    case kLoadReduce:
      return load_reduce();
  }
}

void CollectiveLine::write() {
  const unsigned bytes = pick(0, 3) == 0 ? pick(1, 6000) : pick(1, 300);
  const unsigned offset = pick(0, kBytes - bytes);
  const bool by_number = plan_.by_window && pick(0, 1) == 1;
  const std::uint64_t base = by_number ? 0 : plan_.by_window ? group_window(plan_.number) : base_;
  auto& payload = make(from_, tlm::TLM_WRITE_COMMAND, base + offset, bytes);
  for (unsigned i = 0; i < bytes; ++i) data_.back()[i] = static_cast<unsigned char>(pick(0, 255));
  std::memcpy(&shadow_[offset], data_.back().data(), bytes);
  local_ = base_ + offset;
  if (by_number) name_members(payload, NamedBy::group, {plan_.number});
  if (!plan_.by_window) name(payload);
  begin(from_, payload);
}

void CollectiveLine::scatter() {
  const unsigned bytes = pick(1, 3000);
  local_ = fresh(bytes);
  auto& payload = make(from_, tlm::TLM_WRITE_COMMAND, local_, bytes);
  for (unsigned char& byte : data_.back()) byte = static_cast<unsigned char>(pick(1, 255));
  scatter_unit_bytes_ = pick(1, 128);
  name(payload, scatter_unit_bytes_);
  begin(from_, payload);
}

void CollectiveLine::fetch_add() {
  if (cell_ == 0) {
    cell_ = fresh(64);
    cell_value_ = 0;
  }
  auto& payload = make(from_, tlm::TLM_IGNORE_COMMAND, cell_, 8);
  const std::uint64_t operand = pick(1, 1'000'000'000);
  cell_value_ += operand;
  std::memcpy(data_.back().data(), &operand, 8);
  models::PacketHint& hint = add_hint(payload);
  hint.kind = protocols::PacketKind::atomic;
  hint.atomic = protocols::AtomicOp::fetch_add;
  hint.operand_bytes = 8;
  name(payload);
  begin(from_, payload);
}

void CollectiveLine::store_reduce() {
  const unsigned count = pick(1, 3) == 1 ? pick(1, 1024) : pick(1, 64);
  const bool owned = pick(0, 2) == 0;
  sums_.push_back({fresh(4 * count), std::vector<std::uint32_t>(count, 0), plan_.members});
  Sum& sum = sums_.back();
  if (owned) sum.members = {from_};
  ++open_;  // one may be answered before the next is begun
  for (const unsigned member : plan_.members) {
    if (owned && member == from_) continue;  // it gets the sum, and adds nothing
    auto& payload = make(member, tlm::TLM_WRITE_COMMAND, sum.address, 4 * count);
    for (unsigned i = 0; i < count; ++i) {
      const std::uint32_t value = pick(1, 1'000'000);
      sum.elements[i] += value;
      std::memcpy(&data_.back()[4 * i], &value, 4);
    }
    models::ReductionNaming& naming = reduce(payload);
    if (owned) naming.owner = EndpointId(static_cast<std::uint16_t>(from_));
    begin(member, payload);
  }
  one_is_answered();
}

void CollectiveLine::load_reduce() {
  const unsigned count = pick(1, 3) == 1 ? pick(1, 1024) : pick(1, 64);
  const std::uint64_t address = fresh(4 * count);
  expected_.assign(count, 0);
  for (const unsigned member : plan_.members) {
    for (unsigned i = 0; i < count; ++i) {
      const std::uint32_t value = pick(1, 1'000'000);
      expected_[i] += value;
      for (unsigned b = 0; b < 4; ++b)
        plan_.targets[member]->byte(address + 4 * i + b) =
            static_cast<unsigned char>(value >> 8 * b);
    }
  }
  auto& payload = make(from_, tlm::TLM_READ_COMMAND, address, 4 * count);
  reduce(payload);
  begin(from_, payload);
}

void CollectiveLine::expect_bytes(unsigned member, std::uint64_t address,
                                  const unsigned char* bytes, std::size_t count) {
  unsigned wrong = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const bool shared = address + i >= base_ && address + i < base_ + kBytes;
    if (shared && doubt_[address + i - base_] != 0) continue;
    wrong += plan_.targets[member]->byte(address + i) != bytes[i];
  }
  EXPECT_EQ(wrong, 0u) << "of " << count << " B of member " << member << " at " << address;
}

void CollectiveLine::written(unsigned bytes, bool good) {
  const auto sender = static_cast<unsigned char>(from_ + 1);
  const std::size_t first = local_ - base_;
  for (std::size_t i = 0; good && i < kBytes; ++i) {
    if (doubt_[i] != sender) continue;
    doubt_[i] = known_[i] = 0;  // whatever came last is there
  }
  for (std::size_t i = first; i < first + bytes; ++i) {
    if (!good) doubt_[i] = sender;
    known_[i] = doubt_[i] == 0 ? 1 : 0;
  }
}

void CollectiveLine::check(const tlm_generic_payload& payload, bool good) {
  const std::uint64_t address = payload.get_address();
  const unsigned bytes = payload.get_data_length();
  if (operation_ == kStoreReduce) {
    sums_.back().made = sums_.back().made || good;
    return;
  }
  if (operation_ == kLoadReduce) {
    if (good)
      EXPECT_EQ(std::memcmp(payload.get_data_ptr(), expected_.data(), bytes), 0)
          << "load-reduce of " << bytes << " B at " << address;
    return;
  }
  if (operation_ == kFetchAdd && !good) cell_ = 0;
  const auto count = static_cast<unsigned>(plan_.members.size());
  if (operation_ == kWrite && scatter_unit_bytes_ == 0) written(bytes, good);
  if (!good || plan_.may_leave) return;
  for (unsigned k = 0; k < count; ++k) {
    const unsigned member = plan_.members[k];
    if (operation_ == kFetchAdd) {
      expect_bytes(member, cell_, reinterpret_cast<const unsigned char*>(&cell_value_), 8);
    } else if (scatter_unit_bytes_ != 0) {
      const models::Slice slice = models::scatter_slice(bytes, scatter_unit_bytes_, count, k);
      expect_bytes(member, local_, payload.get_data_ptr() + slice.offset_bytes, slice.bytes);
    } else {
      expect_bytes(member, local_, payload.get_data_ptr(), bytes);
    }
  }
}

bool CollectiveLine::answered(tlm_generic_payload& payload) {
  if (std::find(payloads_.begin(), payloads_.end(), &payload) == payloads_.end()) return false;
  ++answers_;
  const auto status = payload.get_response_status();
  const bool good = status == tlm::TLM_OK_RESPONSE;
  const bool alone = plan_.ports_move || plan_.may_leave;
  const bool may_be = (plan_.links_fail && status == tlm::TLM_GENERIC_ERROR_RESPONSE) ||
                      (alone && status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_TRUE(good || may_be) << payload.get_response_string() << ", operation " << operation_;
  (good ? compared : errors) += 1;
  check(payload, good);
  one_is_answered();
  return true;
}

void CollectiveLine::one_is_answered() {
  // The next operation starts from a process of its own: the fabric is in the middle of a call.
  if (--open_ == 0 && left_ != 0) at(now_ps() + pick(1, 2) * pick(1, 300'000), [this] { next(); });
}

void CollectiveLine::check_memories() {
  if (plan_.may_leave) return;
  for (const unsigned member : plan_.members) {
    unsigned wrong = 0;
    for (unsigned i = 0; i < kBytes; ++i)
      wrong += known_[i] != 0 && plan_.targets[member]->byte(base_ + i) != shadow_[i];
    EXPECT_EQ(wrong, 0u) << "of the bytes that were written to member " << member;
  }
  for (const Sum& sum : sums_) {
    for (const unsigned member : plan_.members) {
      const bool gets = std::count(sum.members.begin(), sum.members.end(), member) != 0;
      unsigned old = 0;
      unsigned wrong = 0;
      for (std::size_t i = 0; i < sum.elements.size(); ++i) {
        std::uint32_t found = 0;
        for (unsigned b = 0; b < 4; ++b)
          found |= std::uint32_t{plan_.targets[member]->byte(sum.address + 4 * i + b)} << 8 * b;
        old += found == 0;
        wrong += found != 0 && (!gets || found != sum.elements[i]);
      }
      EXPECT_EQ(wrong, 0u) << "elements of a sum at " << sum.address << ", member " << member;
      EXPECT_TRUE(old == 0 || old == sum.elements.size()) << "part of a sum, member " << member;
      copies_missed_ += gets && sum.made && old != 0;
    }
  }
}

}  // namespace antares::tb
