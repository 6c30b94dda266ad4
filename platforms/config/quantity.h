// SPDX-License-Identifier: Apache-2.0
// Numbers as people write them: "1.5 us" for a key that ends in _ns, "256 KiB", "64 GT/s", 4096.
// The unit of a key is its last word (latency_ns, memory_rate_GBps, bytes); a plain number is in
// that unit, a text may carry any unit of the same kind.
#pragma once
#include <string>
#include <vector>

#include "antares/protocols/common/fields.h"

namespace antares::platforms {

/// The unit that a key's suffix states ("ns", "bytes", "GBps"), or empty when it states none.
std::string unit_of_key(const std::string& key);

/// As a person writes it: "GB/s" for "GBps", "B" for "bytes".
std::string written_unit(const std::string& unit);

/// Units that a value of a key with this unit may carry, as they are written.
std::vector<std::string> compatible_units(const std::string& unit);

struct Quantity {
  bool ok = false;
  long double value = 0;  ///< in the unit asked for
  double rounded = 0;     ///< the same, rounded once
  std::string problem;    ///< why not, a clause such as "is no number"
  std::string hint;
};

/// Parses `text` as a number in `unit` (empty: none may be given). Integers up to 2^64 are exact.
Quantity parse_quantity(const std::string& text, const std::string& unit);

/// A number without what its unit says: for comparing two values of one parameter. The value is in
/// the base unit of its kind (seconds, bytes, bytes a second, ...), `kind` is empty without a unit.
struct FreeQuantity {
  bool ok = false;
  long double value = 0;
  std::string kind;
};
FreeQuantity parse_free_quantity(const std::string& text);

/// Shortest text that reads back as the same value.
std::string format_number(double value);

}  // namespace antares::platforms
