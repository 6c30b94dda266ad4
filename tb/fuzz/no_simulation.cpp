// SPDX-License-Identifier: Apache-2.0
// libsystemc asks for sc_main; a fuzzer's main is libFuzzer's and never starts the kernel.
#include <systemc>

int sc_main(int, char*[]) { return 1; }
