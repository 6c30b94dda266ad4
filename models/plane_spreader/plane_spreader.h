// SPDX-License-Identifier: Apache-2.0
// Between an endpoint and its ports on several switches (planes): requests go out by the plane that
// their address belongs to (PlaneTable), or by load (AdaptivePlanes), cut where that changes; what
// comes in by any plane reaches the one memory. It takes no time of its own.
//
//   requester -> host_target [PlaneSpreader] wire_initiator(p) -> port on plane p
//   memory <- memory_initiator [PlaneSpreader] wire_target(p) <- port on plane p
//
// TLM-2.0 base protocol, LT, AT, debug access, DMI (clipped to what goes over one plane). A request
// that is cut is answered once, when its last piece is, with the first error that came. Requests of
// different planes overtake each other: whoever needs their order waits for answers. The requester
// gets END_REQ at once; what its limits let it have in flight may wait here for its plane, reads
// also for a tag of the plane's link. Atomics and messages are never cut. In LT the pieces of a
// request take the time of the slowest, as if each had its plane for itself; planes there, for
// debug access and for DMI are those of the addresses.
//
// Left out: a memory that answers later than within the call (models::Memory does not). Unit of
// time: picoseconds.
#pragma once
#include <systemc>

#include "antares/models/plane_spreader/adaptive_planes.h"
#include "antares/models/plane_spreader/plane_table.h"
#include "antares/models/scheduler/scheduler.h"
#include "antares/models/sockets/payload_pool.h"
#include "antares/models/sockets/tlm_edge.h"

namespace antares::models {

/// What the link of a plane lets a requester have in flight; as Requester::limit_tags().
struct PlaneTags {
  std::uint32_t tags = ~std::uint32_t{0};
  std::uint32_t largest_read_bytes = ~std::uint32_t{0};
};

struct SpreaderCounts {
  std::uint64_t requests = 0;         ///< from the endpoint, AT and LT
  std::uint64_t cut = 0;              ///< ... that became several
  std::vector<std::uint64_t> pieces;  ///< by plane; a whole request is one
};

class PlaneSpreader : public sc_core::sc_module, private EventTarget {
  class Host;
  class Wire;

 public:
  using HostTarget = tlm_utils::passthrough_target_socket_optional<TlmEdge>;
  using WireInitiator = tlm_utils::simple_initiator_socket_optional<TlmEdge>;
  using WireTarget = tlm_utils::passthrough_target_socket_optional<Wire>;

  /// endpoint: number of the endpoint it serves, for its place within an instant of the wheel.
  /// `tags`: one a plane.
  PlaneSpreader(const sc_core::sc_module_name& name, std::uint16_t endpoint, PlaneTable table,
                const std::vector<PlaneTags>& tags, Scheduler& scheduler);
  ~PlaneSpreader() override;

  tlm_utils::simple_initiator_socket<PlaneSpreader> memory_initiator;
  HostTarget& host_target();
  WireInitiator& wire_initiator(std::size_t plane);
  WireTarget& wire_target(std::size_t plane);

  const PlaneTable& table() const { return table_; }
  /// With PlaneSpread::adaptive: planes whose link is down at this endpoint are passed by.
  void watch_links(AdaptivePlanes::LinkUp up) { load_.watch(std::move(up)); }
  const SpreaderCounts& counts() const { return counts_; }
  /// What it still holds, one text each: nothing at the end of a simulation.
  std::vector<std::string> quiescence_problems() const;

 private:
  struct Whole;
  struct Piece;

  void fire(std::uint64_t what, Picoseconds now_ps) override;
  RequestVerdict request(tlm::tlm_generic_payload& payload, Picoseconds at_ps);
  void begin(Whole& whole);
  void send(Piece& piece);
  void piece_done(Piece& piece, Picoseconds at_ps);
  void give_back(Whole& whole);
  void lt_request(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  bool dmi_request(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  unsigned debug_request(tlm::tlm_generic_payload& payload);
  void memory_invalidated(sc_dt::uint64 first, sc_dt::uint64 last);
  /// What of the payload, from `offset` on, goes over one plane.
  PlanePiece piece_at(const tlm::tlm_generic_payload& payload, std::uint64_t offset) const;
  /// The same for what is sent now: where any plane would do, up to the end of the granule and by
  /// load, among the planes with these weights.
  PlanePiece piece_to_send(const tlm::tlm_generic_payload& payload, std::uint64_t offset,
                           const std::vector<std::uint32_t>*& by_load) const;
  tlm::tlm_generic_payload& part_of(const tlm::tlm_generic_payload& payload, std::uint64_t offset,
                                    std::uint64_t bytes, std::vector<unsigned char>& enables);

  PlaneTable table_;
  AdaptivePlanes load_;
  Picoseconds retry_ps_;
  Scheduler& scheduler_;
  Origin origin_;
  PayloadPool parts_;
  std::unique_ptr<Host> host_;
  std::vector<std::unique_ptr<Wire>> wires_;  ///< by plane
  std::vector<std::unique_ptr<Whole>> wholes_;
  std::vector<Whole*> free_wholes_;
  std::vector<std::unique_ptr<Piece>> pieces_;
  std::vector<Piece*> free_pieces_;
  SpreaderCounts counts_;
};

}  // namespace antares::models
