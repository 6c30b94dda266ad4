// SPDX-License-Identifier: Apache-2.0
// What was thrown, as sentences for a person and an exit status. No unit of time.
#pragma once
#include <exception>
#include <string>

namespace antares::platforms::cli {

struct Failure {
  std::string text;  ///< lines for standard error, without the last end of line
  int status = 1;
};

Failure failure_of(const std::exception_ptr& thrown);

}  // namespace antares::platforms::cli
