// SPDX-License-Identifier: Apache-2.0
// bench_fabric SCENARIO [options]: runs one scenario and prints what it cost as one line of JSON.
// scripts/bench.py runs them all and compares with the goals. Exit: 0 fine, 1 the run failed a
// check, 2 the command line is wrong.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <systemc>

#include "tb/bench/scenarios.h"

int sc_main(int argc, char* argv[]) {
  using namespace antares::tb;
  CLI::App app("What one scenario costs, as one line of JSON");
  app.require_subcommand(1);
  std::function<nlohmann::ordered_json()> run;

  CrossbarScenario crossbar;
  CLI::App* crossbar64 = app.add_subcommand("crossbar64", "64-port VOQ crossbar, uniform traffic");
  crossbar64->add_option("--load", crossbar.load)->check(CLI::Range(0.001, 1.0));
  crossbar64->add_option("--packets", crossbar.packets, "offered in the measured window")
      ->check(CLI::Range(1ull, 1ull << 40));
  crossbar64->add_option("--warmup-us", crossbar.warmup_us)->check(CLI::Range(0.0, 1e6));
  crossbar64->add_option("--seed", crossbar.seed);
  crossbar64->add_flag("--statistics,!--no-statistics", crossbar.statistics, "on unless said so");
  crossbar64->add_flag("--scoreboard,!--no-scoreboard", crossbar.scoreboard, "on unless said so");
  crossbar64->add_option("--trace", crossbar.trace, "file for a packet trace of all packets");
  crossbar64->callback([&] { run = [&] { return run_crossbar64(crossbar); }; });

  RingScenario ring;
  CLI::App* ring_app = app.add_subcommand("ring", "all-reduce on one switch, x4 PCIe 6 ports");
  ring_app->add_option("--ranks", ring.ranks)->check(CLI::Range(2u, 80u));
  ring_app->add_option("--bytes", ring.bytes)->check(CLI::Range(1024ull, 1ull << 40));
  ring_app->add_option("--train-bytes", ring.train_bytes)->check(CLI::Range(0, 1 << 20));
  ring_app->add_option("--algorithm", ring.algorithm)
      ->check(CLI::IsMember({"ring", "in_switch_push", "in_switch_pull"}));
  ring_app->add_option("--input-speedup", ring.input_speedup)->check(CLI::Range(1.0, 16.0));
  ring_app->add_option("--output-speedup", ring.output_speedup)->check(CLI::Range(1.0, 16.0));
  ring_app->callback([&] { run = [&] { return run_ring(ring); }; });

  std::uint32_t ports = 160;
  CLI::App* elaborate = app.add_subcommand("elaborate", "a platform built up to time 0");
  elaborate->add_option("--ports", ports)->check(CLI::Range(2u, 160u));
  elaborate->callback([&] { run = [&] { return run_elaborate(ports); }; });

  std::uint32_t window = 256;
  CLI::App* in_flight = app.add_subcommand("in_flight", "many packets waiting in a switch");
  in_flight->add_option("--window", window, "packets a source")->check(CLI::Range(1u, 16384u));
  in_flight->callback([&] { run = [&] { return run_in_flight(window); }; });

  double simulated_us = 1000;
  CLI::App* idle = app.add_subcommand("idle", "a switch that nobody asks anything of");
  idle->add_option("--simulated-us", simulated_us)->check(CLI::Range(0.001, 1e9));
  idle->callback([&] { run = [&] { return run_idle(simulated_us); }; });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    std::printf("%s\n", run().dump().c_str());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_fabric: %s\n", error.what());
    return 1;
  }
  return 0;
}

int main(int argc, char* argv[]) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 0);  // standard output is one line of JSON
  return sc_core::sc_elab_and_sim(argc, argv);
}
