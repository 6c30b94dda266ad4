// SPDX-License-Identifier: Apache-2.0
// Lists that bound what may enter the fabric by a port: source ids that are believed, endpoints
// that may be asked, addresses that may be touched. What breaks a rule is hidden: answered as an
// unmapped address is, so that a requester learns nothing about others. Requests only: a completion
// answers one that was let in. Pure; no unit of time.
#pragma once
#include <string>
#include <vector>

#include "antares/protocols/common/access_control.h"

namespace antares::protocols {

/// An empty list allows all.
struct AccessLists {
  std::vector<EndpointId> sources;       ///< ids that requests may claim
  std::vector<EndpointId> destinations;  ///< endpoints that may be asked
  std::vector<AddressRange> addresses;   ///< a request lies in them whole; any order, may touch
};

/// Mistakes, one sentence each; empty: none.
std::vector<std::string> problems(const AccessLists& lists);

class AccessRules : public AccessControl {
 public:
  /// `lists` must be free of problems.
  explicit AccessRules(AccessLists lists);
  AccessVerdict ask(const AccessQuestion& question) const override;
  AddressRange alike(std::uint64_t address) const override;

 private:
  /// The range that holds an address; nullptr: none.
  const AddressRange* find(std::uint64_t address) const;

  AccessLists lists_;  ///< addresses: sorted, those that touch are one
};

}  // namespace antares::protocols
