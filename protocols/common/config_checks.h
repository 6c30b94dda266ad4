// SPDX-License-Identifier: Apache-2.0
// Sentences about configuration values that are out of bounds, the same for every protocol:
// "lanes is 3; it must be 1, 2 or 4". For structs that are filled in C++, where no reader has
// checked the ranges of fields(). Pure.
#pragma once
#include <initializer_list>
#include <string>
#include <vector>

namespace antares::protocols {

/// Up to 12 digits, without trailing zeros.
std::string number_text(double value);

/// Adds a sentence unless the value is one of `legal`.
void require_one_of(std::vector<std::string>& found, const char* key, double value,
                    std::initializer_list<double> legal);

/// Adds a sentence unless low <= value <= high; what is not a number is refused, too.
void require_range(std::vector<std::string>& found, const char* key, double value, double low,
                   double high);

}  // namespace antares::protocols
