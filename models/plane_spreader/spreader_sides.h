// SPDX-License-Identifier: Apache-2.0
// The sides of a PlaneSpreader: towards the endpoint's requester, and one towards each plane, as
// modules of their own so that their sockets have names of their own. Internal to
// plane_spreader.cpp. Picoseconds.
#pragma once
#include <algorithm>
#include <deque>

#include "antares/models/plane_spreader/plane_spreader.h"
#include "antares/models/report_ids.h"

namespace antares::models {

/// A request of the endpoint until its answer has been taken.
struct PlaneSpreader::Whole : Transaction {
  std::uint32_t left = 0;  ///< pieces not answered
  bool in_call = false;    ///< BEGIN_REQ is being handed on: an answer becomes its return value
  bool cut = false;        ///< its pieces have payloads of their own
};

struct PlaneSpreader::Piece : Transaction {
  Whole* whole = nullptr;
  std::uint32_t plane = 0;
  std::uint64_t tags = 0;        ///< of the plane's link; 0: it needs none
  std::uint64_t load_bytes = 0;  ///< counted for AdaptivePlanes; 0: it is not
  std::uint64_t granule = 0;
  const std::vector<std::uint32_t>* weights = nullptr;  ///< it was chosen among
  std::vector<unsigned char> enables;                   ///< byte enables that had to be turned
};

class PlaneSpreader::Host : public sc_core::sc_module, private EdgeClient, private EventTarget {
 public:
  Host(const sc_core::sc_module_name& name, PlaneSpreader& spreader)
      : sc_core::sc_module(name), edge(*this, spreader.scheduler_), spreader_(spreader) {}

  TlmEdge edge;

 private:
  RequestVerdict at_request(tlm::tlm_generic_payload& payload, Picoseconds at_ps) override {
    return spreader_.request(payload, at_ps);
  }
  void at_request_taken(Transaction&, Picoseconds) override {}
  void at_response(Transaction&, Picoseconds) override {}
  void at_response_taken(Transaction& transaction, Picoseconds) override {
    spreader_.give_back(static_cast<Whole&>(transaction));
  }
  void retry_at(Picoseconds at_ps) override {
    spreader_.scheduler_.post(at_ps, Phase::arrival, spreader_.origin_, *this);
  }
  void fire(std::uint64_t, Picoseconds) override { edge.retry(); }
  void lt_request(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override {
    spreader_.lt_request(payload, delay);
  }
  bool dmi_request(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) override {
    return spreader_.dmi_request(payload, dmi);
  }
  unsigned debug_request(tlm::tlm_generic_payload& payload) override {
    return spreader_.debug_request(payload);
  }
  void dmi_invalidated(std::uint64_t, std::uint64_t) override {}  // nothing is bound there

  PlaneSpreader& spreader_;
};

/// Requests of the endpoint leave by `edge`; what comes from the plane goes through to the memory.
class PlaneSpreader::Wire : public sc_core::sc_module, private EdgeClient, private EventTarget {
 public:
  Wire(const sc_core::sc_module_name& name, PlaneSpreader& spreader, const PlaneTags& tags)
      : sc_core::sc_module(name),
        edge(*this, spreader.scheduler_),
        from_plane("from_plane"),
        spreader_(spreader),
        limit_(tags) {
    from_plane.register_nb_transport_fw(this, &Wire::nb_fw);
    from_plane.register_b_transport(this, &Wire::b_transport);
    from_plane.register_transport_dbg(this, &Wire::debug);
    from_plane.register_get_direct_mem_ptr(this, &Wire::dmi);
  }

  TlmEdge edge;
  WireTarget from_plane;

  /// Reads wait for a tag; one always goes, however many it needs. Others never wait.
  bool admits(const Piece& piece) const {
    return piece.tags == 0 || (waiting_.empty() && has_tags(piece));
  }
  void wait(Piece& piece) { waiting_.push_back(&piece); }
  void send(Piece& piece) {
    tags_out_ += piece.tags;
    edge.deliver_request(piece);
  }
  /// The piece is answered: what waited for its tags may go.
  void done(const Piece& piece) {
    tags_out_ -= piece.tags;
    while (!waiting_.empty() && has_tags(*waiting_.front())) {
      Piece& next = *waiting_.front();
      waiting_.pop_front();
      send(next);
    }
  }
  std::uint64_t tags_of(std::uint64_t bytes, std::uint32_t request_bytes) const {
    const std::uint64_t unit = request_bytes == 0
                                   ? limit_.largest_read_bytes
                                   : std::min(request_bytes, limit_.largest_read_bytes);
    return (bytes + unit - 1) / unit;
  }
  std::size_t waiting() const { return waiting_.size(); }

 private:
  bool has_tags(const Piece& piece) const {
    return tags_out_ == 0 || tags_out_ + piece.tags <= limit_.tags;
  }
  RequestVerdict at_request(tlm::tlm_generic_payload& payload, Picoseconds) override {
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);  // nothing is bound there
    return RequestVerdict::refused;
  }
  void at_request_taken(Transaction&, Picoseconds) override {}
  void at_response(Transaction& transaction, Picoseconds at_ps) override {
    spreader_.piece_done(static_cast<Piece&>(transaction), at_ps);
  }
  void at_response_taken(Transaction&, Picoseconds) override {}
  void retry_at(Picoseconds at_ps) override {
    spreader_.scheduler_.post(at_ps, Phase::arrival, spreader_.origin_, *this);
  }
  void fire(std::uint64_t, Picoseconds) override { edge.retry(); }
  void lt_request(tlm::tlm_generic_payload&, sc_core::sc_time&) override {}
  bool dmi_request(tlm::tlm_generic_payload&, tlm::tlm_dmi&) override { return false; }
  unsigned debug_request(tlm::tlm_generic_payload&) override { return 0; }
  void dmi_invalidated(std::uint64_t first, std::uint64_t last) override {
    if (spreader_.host_->edge.has_device_initiator())
      spreader_.host_->edge.target->invalidate_direct_mem_ptr(first, last);
  }

  tlm::tlm_sync_enum nb_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                           sc_core::sc_time& delay) {
    const auto status = spreader_.memory_initiator->nb_transport_fw(payload, phase, delay);
    // The planes share the memory's request channel: none may hold it beyond the call.
    if (status != tlm::TLM_COMPLETED)
      SC_REPORT_ERROR(kReportProtocolError,
                      (std::string(spreader_.memory_initiator.name()) +
                       ": a memory behind planes has to answer within nb_transport_fw")
                          .c_str());
    return status;
  }
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    spreader_.memory_initiator->b_transport(payload, delay);
  }
  unsigned debug(tlm::tlm_generic_payload& payload) {
    return spreader_.memory_initiator->transport_dbg(payload);
  }
  bool dmi(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
    return spreader_.memory_initiator->get_direct_mem_ptr(payload, dmi);
  }

  PlaneSpreader& spreader_;
  PlaneTags limit_;
  std::uint64_t tags_out_ = 0;
  std::deque<Piece*> waiting_;
};

}  // namespace antares::models
