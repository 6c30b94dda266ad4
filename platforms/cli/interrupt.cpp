// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/cli/interrupt.h"

#include <csignal>

namespace antares::platforms::cli {
namespace {

volatile std::sig_atomic_t received = 0;

void note(int signal) { received = signal; }

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = note;
  sigemptyset(&action.sa_mask);
  // The handler goes after its first use: whoever insists is not made to wait.
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

void throw_if_interrupted() {
  if (received != 0) throw Interrupted(received);
}

}  // namespace antares::platforms::cli
