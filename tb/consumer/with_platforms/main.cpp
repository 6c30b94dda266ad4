// SPDX-License-Identifier: Apache-2.0
// A tool of somebody else's on top of antares::platforms; no simulation runs in it.
#include <iostream>
#include <systemc>

#include "antares/platforms/build/version.h"

int sc_main(int, char*[]) {
  std::cout << "antares " << antares::platforms::version() << '\n';
  return 0;
}
