// SPDX-License-Identifier: Apache-2.0
// Ctrl-C and kill end a run in good order: the run notices at its next report of progress, closes
// its files and leaves. A second one ends the process at once. No unit of time.
#pragma once
#include <stdexcept>

namespace antares::platforms::cli {

class Interrupted : public std::runtime_error {
 public:
  explicit Interrupted(int signal)
      : std::runtime_error("interrupted; rows finished so far are kept"), signal_(signal) {}
  int exit_status() const { return 128 + signal_; }

 private:
  int signal_;
};

/// From now on SIGINT and SIGTERM are noticed instead of ending the process.
void catch_interrupts();
/// Throws Interrupted once one has come.
void throw_if_interrupted();

}  // namespace antares::platforms::cli
