// SPDX-License-Identifier: Apache-2.0
// What a port counts beside the bytes of its links: requests by what became of them. No unit of
// time.
#pragma once
#include <cstdint>

namespace antares::models {

struct PortCounts {
  std::uint64_t refused_requests = 0;    ///< bad length, streaming width, command
  std::uint64_t unmapped_requests = 0;   ///< no window holds the address range
  std::uint64_t refused_crossings = 0;   ///< the completer's protocol or the bridge said no
  std::uint64_t access_violations = 0;   ///< blocked or hidden by access control
  std::uint64_t messages = 0;            ///< sent on, ended in the switch or gathered
  std::uint64_t multicast_packets = 0;   ///< transactions that came in for several
  std::uint64_t multicast_copies = 0;    ///< made of them here, one a member or next switch
  std::uint64_t multicast_refused = 0;   ///< requests to a group, answered with an error
  std::uint64_t copies_refused = 0;      ///< a member that cannot be reached or cannot take it
  std::uint64_t copies_failed = 0;       ///< ended with an error, lost ones among them
  std::uint64_t copies_timed_out = 0;    ///< given up by the policy for slow members
  std::uint64_t members_dropped = 0;     ///< that left their groups for it
  std::uint64_t reductions = 0;          ///< results made by this port's engine
  std::uint64_t partial_results = 0;     ///< made by this port's engine for another switch's
  std::uint64_t reductions_refused = 0;  ///< contributions and load-reduces refused at the door
  std::uint64_t reductions_failed = 0;   ///< ... that ended with another status than ok
  std::uint64_t held_requests = 0;       ///< waited while a port moved to another partition
  std::uint64_t redirected = 0;          ///< sent round by the upstream port, answers included
  std::uint64_t error_responses = 0;     ///< the target answered with an error
  std::uint64_t lost_posted_errors = 0;  ///< ... to a write that had been answered at_accept
  std::uint64_t stray_responses = 0;     ///< answers to what the target was not asked, or twice
  std::uint64_t lt_transactions = 0;
  std::uint64_t at_transactions = 0;
  std::uint64_t dmi_grants = 0;
  std::uint64_t recoveries = 0;  ///< trainings of a link that was up
  std::uint64_t link_failures = 0;
  std::uint64_t trains_lost = 0;             ///< on the wire when the link failed
  std::uint64_t trains_dropped = 0;          ///< at the egress of a dead link
  std::uint64_t completion_timeouts = 0;     ///< answered by the requester's own timer
  std::uint64_t unexpected_completions = 0;  ///< of requests that had been given up
};

}  // namespace antares::models
