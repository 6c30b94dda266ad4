// SPDX-License-Identifier: Apache-2.0
// The tests' own main. libsystemc exports a main of its own: with gtest_main a program can exit 0
// having run no test at all. Zero tests is a failure here, except where a filter asked for it.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <systemc>

int sc_main(int argc, char* argv[]) {
  testing::InitGoogleTest(&argc, argv);
  const int result = RUN_ALL_TESTS();
  const auto* unit = testing::UnitTest::GetInstance();
  if (!testing::GTEST_FLAG(list_tests) && unit->test_to_run_count() == 0) {
    std::fprintf(stderr, "no test ran: is the filter right?\n");
    return 1;
  }
  return result;
}

int main(int argc, char* argv[]) {
  // The kernel's copyright lines, once a test and process, would bury what a failing test says.
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 0);
  return sc_core::sc_elab_and_sim(argc, argv);
}
