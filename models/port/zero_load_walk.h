// SPDX-License-Identifier: Apache-2.0
// Zero load where one train does not tell it: a transaction of several link packets over links that
// are unlike each other, remember what they sent, or grant fewer credits than it needs. It goes
// link packet by link packet through the same links, queues and ledgers as in AT, each as if nobody
// had ever used it. Time grows with the number of link packets. Pure; picoseconds.
#pragma once
#include <optional>
#include <vector>

#include "antares/models/port/egress_queue.h"
#include "antares/models/port/zero_load.h"

namespace antares::models {

/// Bytes that the next train of a bridge's acknowledgement stands for; `rest` is what is left of
/// it, classified for `policy`; `pool`: what a receiver grants its class. A train may hold a
/// quarter of a pool, as others do: more would wait for ever where a receiver has fewer credits
/// than the write has link packets.
std::uint32_t acknowledged_at_once(const protocols::LinkPolicy& policy, const Packet& rest,
                                   protocols::CreditAmount pool);

class ZeroLoadWalk {
 public:
  /// freed_ps: from the far end of the last link until a credit of it is usable again.
  ZeroLoadWalk(const protocols::LinkPolicy& first_link, Picoseconds first_propagation_ps,
               const ZeroLoadWay& way, Picoseconds freed_ps);

  /// Could the closed form of one train be wrong about `packet`, classified for the first link?
  static bool wanted(const Packet& packet, const protocols::LinkPolicy& first_link,
                     const ZeroLoadWay& way);
  /// Head of the first link packet, tail of the last; nothing where one of them needs more credits
  /// than a receiver has. Once.
  std::optional<Sent> pass(const Packet& whole);

  /// A completion that the bridge of the way's first hop makes at time 0: in as many trains as
  /// acknowledged_at_once() cuts it into, all ready together. freed_ps: as above.
  static Sent from_bridge(const Packet& answer, const ZeroLoadWay& way, Picoseconds freed_ps);

 private:
  /// One switch, and the link out of it.
  struct Station {
    ZeroLoadHop hop;
    LinkTransmitter link;
    EgressQueue queue;
    Picoseconds input_free_ps = 0;
    Picoseconds output_free_ps = 0;
  };
  struct Step {
    Packet packet;  ///< as the link carries it
    TrainCost cost;
    Sent sent;
  };

  bool first(Step& step, std::uint64_t address);
  /// in == nullptr: a bridge made it here.
  bool next(Station& station, LinkTransmitter* in, Step& step, std::uint64_t address);
  bool through(Step& step, LinkTransmitter*& in, std::uint64_t address);
  std::optional<Sent> pass_made_here(const Packet& answer);

  LinkTransmitter first_;
  Picoseconds freed_ps_;
  std::vector<Station> stations_;
};

}  // namespace antares::models
