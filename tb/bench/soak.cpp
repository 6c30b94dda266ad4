// SPDX-License-Identifier: Apache-2.0
// soak [DESCRIPTION] [--hops N] [--seed S]: runs the description's first workload, a traffic, with
// faults on until N packet-hops are through, in ten steps. Links go down and come up, units of them
// fail, credits get stuck and are released, at random times from the seed. After each step the
// fabric has to be at rest (nothing in flight, every credit home, every packet delivered once or
// dropped with a reason), and memory must not have grown. Exit: 0 fine, 1 not, 2 bad input.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <systemc>

#include "antares/platforms/build/run_workloads.h"
#include "antares/platforms/config/descriptions.h"
#include "antares/protocols/common/random_stream.h"
#include "tb/bench/process_meter.h"

namespace {

using namespace antares;
using models::Picoseconds;

constexpr unsigned kSteps = 10;
constexpr double kMeasureUs = 20;  ///< of one run of the workload
constexpr unsigned kFailuresARun = 1;
/// Between two looks: what is planted ahead, and how full the pools of the kernel happen to be.
constexpr double kNoiseMib = 0.25;

class Silence : public platforms::ResultSink {
 public:
  void collective(const platforms::CollectiveRow&) override {}
  void traffic(const platforms::TrafficRow&) override {}
  void trace(const platforms::TraceRow&) override {}
  void links(const std::vector<platforms::LinkRow>&) override {}
  void progress(const std::string&, double) override {}
};

class Soak {
 public:
  Soak(const platforms::LoadedPlatform& loaded, std::uint64_t seed)
      : platform_(loaded.config),
        workloads_(platforms::prepare_workloads(loaded)),
        random_(seed, "soak") {
    workloads_.resize(1);
  }

  void run_until(std::uint64_t hops) {
    while (platform_.totals().packet_hops < hops) {
      for (unsigned i = 0; i < kFailuresARun; ++i) plant();
      platforms::run_workloads(platform_, workloads_, silence_);
    }
  }

  void print(unsigned step) const {
    const auto totals = platform_.totals();
    std::printf("%4u %13llu %13llu %14.0f %9llu %13llu %11llu %9.2f %13.2f\n", step,
                static_cast<unsigned long long>(totals.packet_hops),
                static_cast<unsigned long long>(totals.packets_delivered.value_or(0)),
                totals.simulated_us, static_cast<unsigned long long>(link_failures()),
                static_cast<unsigned long long>(failed_units()),
                static_cast<unsigned long long>(stuck_), heap_mib(),
                static_cast<double>(tb::ProcessMeter::resident_bytes()) / (1 << 20));
    std::fflush(stdout);
  }
  static double heap_mib() {
    return static_cast<double>(tb::ProcessMeter::heap_bytes()) / (1 << 20);
  }

 private:
  Picoseconds later(double most_us) {
    return platform_.scheduler().now_ps() + 1 +
           static_cast<Picoseconds>(random_.uniform01() * most_us * 1e6);
  }
  models::PortAdapter& any_port() {
    const auto& fabric = *platform_.switches()[random_.uniform_below(platform_.switches().size())];
    return fabric
        .port(
            models::PortId(static_cast<std::uint16_t>(random_.uniform_below(fabric.port_count()))))
        .adapter();
  }
  /// One link goes down for up to 5 us, and one class of another keeps its credits for as long.
  void plant() {
    models::PortAdapter& fails = any_port();
    const Picoseconds down = later(0.8 * kMeasureUs);
    fails.schedule_link(protocols::LinkEvent::lose, down);
    fails.schedule_link(protocols::LinkEvent::restore, down + 1 + random_.uniform_below(5'000'000));
    models::PortAdapter& sticks = any_port();
    protocols::CreditFault fault;
    fault.traffic_class =
        static_cast<protocols::TrafficClass>(random_.uniform_below(protocols::kTrafficClasses));
    const bool into_switch = random_.uniform_below(2) == 0;
    const Picoseconds from = later(0.8 * kMeasureUs);
    fault.kind = protocols::CreditFault::Kind::stick;
    sticks.schedule_credit_fault(fault, into_switch, from);
    fault.kind = protocols::CreditFault::Kind::release;
    sticks.schedule_credit_fault(fault, into_switch, from + 1 + random_.uniform_below(5'000'000));
    ++stuck_;
  }
  template <class Count>
  std::uint64_t sum(Count&& count) const {
    std::uint64_t all = 0;
    for (const auto& fabric : platform_.switches()) {
      for (std::uint16_t p = 0; p < fabric->port_count(); ++p)
        all += count(fabric->port(models::PortId(p)).adapter());
    }
    return all;
  }
  std::uint64_t link_failures() const {
    return sum([](models::PortAdapter& port) { return port.counts().link_failures; });
  }
  std::uint64_t failed_units() const {
    return sum([](models::PortAdapter& port) {
      return port.ingress_link().errors()->counts().failed +
             port.egress().link().errors()->counts().failed;
    });
  }

  platforms::Platform platform_;
  std::vector<platforms::ReadyWorkload> workloads_;
  Silence silence_;
  protocols::RandomStream random_;
  std::uint64_t stuck_ = 0;
};

int soak(const std::string& description, std::uint64_t hops, std::uint64_t seed) {
  const auto loaded = platforms::load_platform(
      platforms::locate_description(description),
      {"run.seed=" + std::to_string(seed), "faults.events=[]",
       "faults.ports.errors.flit_failure_probability=1e-5", "workloads[0].traffic.warmup_us=0",
       "workloads[0].traffic.measure_us=" + std::to_string(kMeasureUs)});
  Soak run(loaded, seed);
  std::printf("# %s: at rest after each step, or the run ends here\n", loaded.config.name.c_str());
  std::printf("%4s %13s %13s %14s %9s %13s %11s %9s %13s\n", "step", "packet_hops", "delivered",
              "simulated_us", "failures", "failed_units", "stuck", "heap_MiB", "resident_MiB");
  double heap_mib = 0;
  for (unsigned step = 1; step <= kSteps; ++step) {
    run.run_until(hops / kSteps * step);
    run.print(step);
    // Pools and tables have their sizes after half the run.
    if (step == kSteps / 2) heap_mib = run.heap_mib();
  }
  const double growth = run.heap_mib() - heap_mib;
  const double cpu_s = tb::ProcessMeter::cpu_s();
  std::printf("# heap since step %u: %+.3f MiB; %.0f s of CPU, %.2f million packet-hops a second\n",
              kSteps / 2, growth, cpu_s, static_cast<double>(hops) / cpu_s * 1e-6);
  if (growth <= kNoiseMib) return 0;
  std::printf("# memory grows: more than %.2f MiB since step %u\n", kNoiseMib, kSteps / 2);
  return 1;
}

}  // namespace

int sc_main(int argc, char* argv[]) {
  CLI::App app("A long run with faults on: memory flat, credits home");
  std::string description = "link_failures";
  std::uint64_t hops = 100'000'000;
  std::uint64_t seed = 1;
  app.add_option("description", description, "with faults and a traffic as its first workload");
  app.add_option("--hops", hops, "packet-hops")->check(CLI::Range(10ull, 1ull << 40));
  app.add_option("--seed", seed);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    return soak(description, hops, seed);
  } catch (const platforms::ConfigError& error) {
    std::fprintf(stderr, "soak: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "soak: %s\n", error.what());
    return 1;
  }
}
