// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/common/config_checks.h"

#include <algorithm>
#include <sstream>

namespace antares::protocols {

std::string number_text(double value) {
  std::ostringstream text;
  text.precision(12);
  text << value;
  return text.str();
}

void require_one_of(std::vector<std::string>& found, const char* key, double value,
                    std::initializer_list<double> legal) {
  if (std::find(legal.begin(), legal.end(), value) != legal.end()) return;
  std::string list;
  for (const double* each = legal.begin(); each != legal.end(); ++each) {
    if (!list.empty()) list += each + 1 == legal.end() ? " or " : ", ";
    list += number_text(*each);
  }
  found.push_back(std::string(key) + " is " + number_text(value) + "; it must be " + list);
}

void require_range(std::vector<std::string>& found, const char* key, double value, double low,
                   double high) {
  // Written so that not-a-number is refused, too.
  if (value >= low && value <= high) return;
  found.push_back(std::string(key) + " is " + number_text(value) + "; it must be from " +
                  number_text(low) + " to " + number_text(high));
}

}  // namespace antares::protocols
