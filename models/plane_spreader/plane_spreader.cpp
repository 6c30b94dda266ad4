// SPDX-License-Identifier: Apache-2.0
#include "antares/models/plane_spreader/plane_spreader.h"

#include <algorithm>

#include "antares/models/plane_spreader/spreader_sides.h"
#include "antares/models/sockets/packet_hint.h"

namespace antares::models {
namespace {

/// Stands where a card would, within an instant: an endpoint has one or the other.
constexpr std::uint16_t kFirstSpreader = 2048;

enum Stage : std::uint64_t { kBegin, kPieceDone };
constexpr std::uint64_t kPlaneStageMask = 1;

tlm::tlm_generic_payload& request_payload(const Transaction& transaction) {
  return *static_cast<tlm::tlm_generic_payload*>(transaction.payload);
}

PacketKind kind_of(const tlm::tlm_generic_payload& payload) {
  if (payload.is_read()) return PacketKind::read;
  const auto* hint = payload.get_extension<PacketHint>();
  return payload.is_write() || hint == nullptr ? PacketKind::write : hint->kind;
}

bool goes_whole(const tlm::tlm_generic_payload& payload) {
  const PacketKind kind = kind_of(payload);
  return kind == PacketKind::atomic || kind == PacketKind::message ||
         payload.get_data_length() == 0 ||
         // the port says what it thinks of it
         payload.get_streaming_width() < payload.get_data_length();
}

template <class Item>
Item& take(std::vector<std::unique_ptr<Item>>& all, std::vector<Item*>& free) {
  if (free.empty()) {
    all.push_back(std::make_unique<Item>());
    free.push_back(all.back().get());
  }
  Item& item = *free.back();
  free.pop_back();
  static_cast<Transaction&>(item) = Transaction{};
  return item;
}

}  // namespace

PlaneSpreader::PlaneSpreader(const sc_core::sc_module_name& name, std::uint16_t endpoint,
                             PlaneTable table, const std::vector<PlaneTags>& tags,
                             Scheduler& scheduler)
    : sc_core::sc_module(name),
      memory_initiator("memory_initiator"),
      table_(std::move(table)),
      load_(tags.size()),
      retry_ps_(static_cast<Picoseconds>(table_.config().retry_us * 1e6 + 0.5)),
      scheduler_(scheduler),
      origin_(Origin::kEndpoints, static_cast<std::uint16_t>(kFirstSpreader + endpoint)),
      host_(std::make_unique<Host>("host", *this)) {
  memory_initiator.register_invalidate_direct_mem_ptr(this, &PlaneSpreader::memory_invalidated);
  for (std::size_t p = 0; p < tags.size(); ++p)
    wires_.push_back(std::make_unique<Wire>(("plane" + std::to_string(p)).c_str(), *this, tags[p]));
  counts_.pieces.assign(tags.size(), 0);
}

PlaneSpreader::~PlaneSpreader() = default;

PlaneSpreader::HostTarget& PlaneSpreader::host_target() { return host_->edge.target; }
PlaneSpreader::WireInitiator& PlaneSpreader::wire_initiator(std::size_t plane) {
  return wires_.at(plane)->edge.initiator;
}
PlaneSpreader::WireTarget& PlaneSpreader::wire_target(std::size_t plane) {
  return wires_.at(plane)->from_plane;
}

PlanePiece PlaneSpreader::piece_at(const tlm::tlm_generic_payload& payload,
                                   std::uint64_t offset) const {
  const std::uint64_t bytes = payload.get_data_length();
  if (goes_whole(payload)) return {table_.plane_of(payload.get_address()), bytes};
  // What names its group has an offset into each member's window for an address; their windows are
  // dealt to the planes alike.
  const auto* hint = payload.get_extension<PacketHint>();
  const bool several = hint != nullptr && hint->group != nullptr;
  const std::uint64_t base = several ? table_.first_base() : 0;
  const std::uint64_t address = base + payload.get_address() + offset;
  // Each member gets a slice at this address: what the slices have together says nothing of it.
  if (several && hint->group->scatter_unit_bytes != 0) return {table_.plane_of(address), bytes};
  return table_.first_piece(address, bytes - offset);
}

PlanePiece PlaneSpreader::piece_to_send(const tlm::tlm_generic_payload& payload,
                                        std::uint64_t offset,
                                        const std::vector<std::uint32_t>*& by_load) const {
  PlanePiece piece = piece_at(payload, offset);
  const std::uint64_t address = payload.get_address() + offset;
  const auto* hint = payload.get_extension<PacketHint>();
  const bool meets_others =
      hint != nullptr && (hint->group != nullptr || hint->reduction != nullptr);
  by_load = meets_others || kind_of(payload) == PacketKind::message ? nullptr
                                                                    : table_.any_plane_to(address);
  if (by_load == nullptr) return piece;
  if (!goes_whole(payload)) piece.bytes = table_.left_in_granule(address, piece.bytes);
  piece.plane =
      load_.choose(table_.granule_of(address), *by_load, piece.plane, scheduler_.now_ps());
  return piece;
}

tlm::tlm_generic_payload& PlaneSpreader::part_of(const tlm::tlm_generic_payload& payload,
                                                 std::uint64_t offset, std::uint64_t bytes,
                                                 std::vector<unsigned char>& enables) {
  tlm::tlm_generic_payload& part = parts_.get();
  PacketHint& hint = PayloadPool::hint(part);
  const auto* original = payload.get_extension<PacketHint>();
  hint = original != nullptr ? *original : PacketHint{};
  part.set_command(payload.get_command());
  part.set_address(payload.get_address() + offset);
  part.set_data_ptr(payload.get_data_ptr() == nullptr ? nullptr : payload.get_data_ptr() + offset);
  part.set_data_length(static_cast<unsigned>(bytes));
  part.set_streaming_width(static_cast<unsigned>(bytes));
  const unsigned period = payload.get_byte_enable_length();
  if (payload.get_byte_enable_ptr() == nullptr || period == 0) return part;
  enables.resize(std::min<std::uint64_t>(bytes, period));
  for (std::size_t i = 0; i < enables.size(); ++i)
    enables[i] = payload.get_byte_enable_ptr()[(offset + i) % period];
  part.set_byte_enable_ptr(enables.data());
  part.set_byte_enable_length(static_cast<unsigned>(enables.size()));
  return part;
}

RequestVerdict PlaneSpreader::request(tlm::tlm_generic_payload& payload, Picoseconds at_ps) {
  Whole& whole = take(wholes_, free_wholes_);
  payload.acquire();
  whole.payload = &payload;
  whole.left = 0;
  whole.cut = false;
  ++counts_.requests;
  if (at_ps > scheduler_.now_ps()) {
    scheduler_.post(at_ps, Phase::arrival, origin_, *this,
                    reinterpret_cast<std::uintptr_t>(&whole) | kBegin);
    return RequestVerdict::accepted;
  }
  whole.in_call = true;
  begin(whole);
  whole.in_call = false;
  if (whole.left != 0) return RequestVerdict::accepted;
  give_back(whole);
  return RequestVerdict::refused;  // every plane has; the status says why
}

void PlaneSpreader::begin(Whole& whole) {
  tlm::tlm_generic_payload& payload = request_payload(whole);
  const std::uint64_t bytes = payload.get_data_length();
  const std::uint32_t request_bytes = payload.get_extension<PacketHint>() == nullptr
                                          ? 0
                                          : payload.get_extension<PacketHint>()->request_bytes;
  const PacketKind kind = kind_of(payload);
  const bool tagged = kind == PacketKind::read || kind == PacketKind::atomic;
  whole.left = 1;  // this loop's own: pieces may be answered within it
  std::uint64_t offset = 0;
  do {
    const std::vector<std::uint32_t>* by_load = nullptr;
    const PlanePiece cut = piece_to_send(payload, offset, by_load);
    Piece& piece = take(pieces_, free_pieces_);
    if (offset == 0 && cut.bytes < bytes) {
      whole.cut = true;
      payload.set_dmi_allowed(true);  // until a piece says otherwise
      payload.set_response_status(tlm::TLM_OK_RESPONSE);
      ++counts_.cut;
    }
    piece.whole = &whole;
    piece.plane = cut.plane;
    piece.payload = piece.forwarded =
        whole.cut ? &part_of(payload, offset, cut.bytes, piece.enables) : &payload;
    piece.local_address = request_payload(piece).get_address();
    piece.load_bytes = 0;
    if (by_load != nullptr) {
      piece.weights = by_load;
      piece.load_bytes = std::max<std::uint64_t>(1, cut.bytes);
      piece.granule = table_.granule_of(payload.get_address() + offset);
      load_.sent(piece.granule, cut.plane, piece.load_bytes);
    }
    piece.tags = tagged ? wires_[cut.plane]->tags_of(cut.bytes, request_bytes) : 0;
    ++whole.left;
    ++counts_.pieces[cut.plane];
    offset += cut.bytes;
    send(piece);
  } while (offset < bytes);
  --whole.left;
}

void PlaneSpreader::send(Piece& piece) {
  Wire& wire = *wires_[piece.plane];
  if (wire.admits(piece))
    wire.send(piece);
  else
    wire.wait(piece);
}

void PlaneSpreader::piece_done(Piece& piece, Picoseconds at_ps) {
  if (at_ps > scheduler_.now_ps()) {
    scheduler_.post(at_ps, Phase::arrival, origin_, *this,
                    reinterpret_cast<std::uintptr_t>(&piece) | kPieceDone);
    return;
  }
  Whole& whole = *piece.whole;
  if (piece.load_bytes != 0 && request_payload(piece).is_response_error())
    load_.failed(*piece.weights, piece.plane, scheduler_.now_ps() + retry_ps_);
  if (whole.cut) {
    tlm::tlm_generic_payload& part = request_payload(piece);
    tlm::tlm_generic_payload& payload = request_payload(whole);
    if (part.is_response_error() && payload.is_response_ok())
      payload.set_response_status(part.get_response_status());
    payload.set_dmi_allowed(payload.is_dmi_allowed() && part.is_dmi_allowed());
    const ReductionStatus status = PayloadPool::hint(part).reduction_status;
    auto* hint = payload.get_extension<PacketHint>();
    if (hint != nullptr && status != ReductionStatus::ok) hint->reduction_status = status;
    part.release();
  }
  if (piece.load_bytes != 0) load_.answered(piece.granule, piece.load_bytes);
  Wire& wire = *wires_[piece.plane];
  const bool last = --whole.left == 0;
  free_pieces_.push_back(&piece);
  wire.done(piece);
  if (last && !whole.in_call) host_->edge.deliver_response(whole);
}

void PlaneSpreader::fire(std::uint64_t what, Picoseconds now_ps) {
  if ((what & kPlaneStageMask) == kPieceDone)
    return piece_done(*reinterpret_cast<Piece*>(what & ~kPlaneStageMask), now_ps);
  Whole& whole = *reinterpret_cast<Whole*>(what);
  begin(whole);
  if (whole.left == 0) host_->edge.deliver_response(whole);
}

void PlaneSpreader::give_back(Whole& whole) {
  request_payload(whole).release();
  free_wholes_.push_back(&whole);
}

void PlaneSpreader::lt_request(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  ++counts_.requests;
  const std::uint64_t bytes = payload.get_data_length();
  PlanePiece cut = piece_at(payload, 0);
  if (cut.bytes == bytes) {
    ++counts_.pieces[cut.plane];
    wires_[cut.plane]->edge.initiator->b_transport(payload, delay);
    return;
  }
  ++counts_.cut;
  payload.set_dmi_allowed(true);  // until a piece says otherwise
  const sc_core::sc_time start = delay;
  auto status = tlm::TLM_OK_RESPONSE;
  std::vector<unsigned char> enables;
  for (std::uint64_t offset = 0; offset < bytes; offset += cut.bytes) {
    cut = piece_at(payload, offset);
    ++counts_.pieces[cut.plane];
    tlm::tlm_generic_payload& part = part_of(payload, offset, cut.bytes, enables);
    sc_core::sc_time taken = start;
    wires_[cut.plane]->edge.initiator->b_transport(part, taken);
    delay = std::max(delay, taken);
    if (part.is_response_error() && status == tlm::TLM_OK_RESPONSE)
      status = part.get_response_status();
    payload.set_dmi_allowed(payload.is_dmi_allowed() && part.is_dmi_allowed());
    part.release();
  }
  payload.set_response_status(status);
}

bool PlaneSpreader::dmi_request(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  const std::uint64_t address = payload.get_address();
  Wire& wire = *wires_[table_.plane_of(address)];
  const bool granted = wire.edge.initiator->get_direct_mem_ptr(payload, dmi);
  // The neighbouring granules belong to other planes, with other links and perhaps other latencies.
  const std::uint64_t granule = address & ~(table_.granule_bytes() - 1);
  const std::uint64_t first = std::max<std::uint64_t>(dmi.get_start_address(), granule);
  const std::uint64_t last =
      std::min<std::uint64_t>(dmi.get_end_address(), granule + (table_.granule_bytes() - 1));
  if (granted) dmi.set_dmi_ptr(dmi.get_dmi_ptr() + (first - dmi.get_start_address()));
  dmi.set_start_address(first);
  dmi.set_end_address(last);
  return granted;
}

unsigned PlaneSpreader::debug_request(tlm::tlm_generic_payload& payload) {
  const unsigned bytes = payload.get_data_length();
  PlanePiece cut = piece_at(payload, 0);
  if (cut.bytes == bytes) return wires_[cut.plane]->edge.initiator->transport_dbg(payload);
  unsigned done = 0;
  std::vector<unsigned char> enables;
  while (done < bytes) {
    cut = piece_at(payload, done);
    tlm::tlm_generic_payload& part = part_of(payload, done, cut.bytes, enables);
    const unsigned moved = wires_[cut.plane]->edge.initiator->transport_dbg(part);
    payload.set_response_status(part.get_response_status());
    part.release();
    done += moved;
    if (moved < cut.bytes) break;
  }
  return done;
}

void PlaneSpreader::memory_invalidated(sc_dt::uint64 first, sc_dt::uint64 last) {
  for (const auto& wire : wires_)
    if (wire->from_plane.get_base_port().size() != 0)
      wire->from_plane->invalidate_direct_mem_ptr(first, last);
}

std::vector<std::string> PlaneSpreader::quiescence_problems() const {
  std::vector<std::string> problems;
  const auto say = [&](std::size_t count, const std::string& what) {
    if (count != 0) problems.push_back(this->name() + (": " + std::to_string(count)) + what);
  };
  say(wholes_.size() - free_wholes_.size(), " request(s) not answered");
  say(pieces_.size() - free_pieces_.size(), " piece(s) of requests under way");
  say(parts_.in_use(), " payload(s) held");
  say(load_.granules_under_way(), " granule(s) held on their planes");
  for (std::size_t p = 0; p < wires_.size(); ++p)
    say(wires_[p]->waiting(), " read(s) wait for a tag of plane " + std::to_string(p));
  return problems;
}

}  // namespace antares::models
