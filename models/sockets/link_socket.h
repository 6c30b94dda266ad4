// SPDX-License-Identifier: Apache-2.0
// The typed socket of a link between two switches. Each end models its own egress only: it puts
// trains on the link with all their times at the far end, and the far end returns the credits of
// its ingress buffer. Both are told ahead, with times in the future, so that the two switches may
// stand under one wheel or two. Binding is symmetric:
//
//   leaf.port("up0").link().bind(spine.port("down3").link());
//
// A recorder or checker is slid in by binding each end to an object of its own that passes on.
// Left out: TLM generic payloads; no device binds here. Time: picoseconds.
#pragma once
#include <systemc>

#include "antares/models/sockets/train_cost.h"
#include "antares/protocols/common/credits.h"

namespace antares::models {

class PortAdapter;

/// One end of a link, as the other end sees it.
class LinkEnd : public virtual sc_core::sc_interface {
 public:
  /// A train is on the link towards this end. The packet is copied during the call; all times of
  /// `sent` but its start lie in the future.
  virtual void arrive(const protocols::Packet& packet, const Sent& sent) = 0;
  /// Credits that this end's transmitter has used come home linearly between the two times, which
  /// lie in the future.
  virtual void credits_home(protocols::VcId vc, protocols::TrafficClass traffic_class,
                            protocols::CreditAmount amount, protocols::Picoseconds from_ps,
                            protocols::Picoseconds at_ps) = 0;
  /// The port at this end, for what takes no time: paths, LT, debug access, DMI.
  virtual PortAdapter& adapter() = 0;
};

class LinkSocket {
 public:
  /// Inside the constructor of the module that owns it.
  explicit LinkSocket(LinkEnd& own) : in("link_in"), out("link_out") { in.bind(own); }

  void bind(LinkSocket& other) {
    out.bind(other.in);
    other.out.bind(in);
  }
  /// From end_of_elaboration on.
  bool bound() const { return out.size() != 0; }
  /// The far end; bound() must be true.
  LinkEnd& far() { return *out[0]; }

  sc_core::sc_export<LinkEnd> in;                                    ///< what reaches this end
  sc_core::sc_port<LinkEnd, 1, sc_core::SC_ZERO_OR_MORE_BOUND> out;  ///< what this end says
};

}  // namespace antares::models
