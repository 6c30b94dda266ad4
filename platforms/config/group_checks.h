// SPDX-License-Identifier: Apache-2.0
// Whom the groups of a description name, and what is wrong with it. No unit of time.
#pragma once
#include <string>
#include <vector>

#include "antares/platforms/config/access_checks.h"
#include "antares/platforms/config/expansion.h"

namespace antares::platforms {

/// What an entry of `members` refers to.
struct EndpointList {
  std::vector<std::size_t> endpoints;  ///< positions in expand_endpoints()
  std::string error;                   ///< a sentence; empty when all is well
  std::string hint;
};
EndpointList resolve_members(const PlatformConfig& config,
                             const std::vector<ExpandedEndpoint>& endpoints,
                             const std::string& text);

/// Endpoints that such entries name, one by one; an entry that refers to nothing stands for itself.
std::vector<std::string> names_in(const PlatformConfig& config,
                                  const std::vector<std::string>& entries);

/// Attachments and names of endpoints must have been found right.
void check_groups(const PlatformConfig& config, const TellMistake& tell);

}  // namespace antares::platforms
