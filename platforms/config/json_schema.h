// SPDX-License-Identifier: Apache-2.0
// What the lists of fields say, for others to read: a JSON Schema (draft-07, what editors know),
// the tables of all keys as Markdown, and the list of assumptions of one platform. No unit of time.
#pragma once
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "antares/platforms/config/binder.h"
#include "antares/platforms/config/platform_config.h"
#include "antares/protocols/common/fields.h"

namespace antares::platforms {

/// Schema of a description. A value may be a parameter's reference wherever a scalar stands.
nlohmann::ordered_json schema();

/// One table a struct: key, unit, default, legal values, meaning.
std::string parameter_table_markdown();

/// A value in use that nobody has published, and why it is what it is.
struct AssumptionRow {
  std::string path;   ///< "switches[0].latency.crossbar_ns"
  std::string value;  ///< as a description writes it
  std::string unit;   ///< "ns", or empty
  std::string why;
};

/// Those of the parts in use, one row for equal values of equal parts. `origins` (of a loaded
/// platform) tells which values a preset has from a publication, and why it assumes others.
std::vector<AssumptionRow> assumptions(const PlatformConfig& config,
                                       const std::map<std::string, Origin>& origins = {});

}  // namespace antares::platforms
