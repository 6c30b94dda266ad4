// SPDX-License-Identifier: Apache-2.0
// Antares in a simulation of somebody else's: plain SystemC around it, installed headers only.
#include <iostream>
#include <systemc>
#include <tlm>

#include "antares/models/scheduler/scheduler.h"

namespace {

// Posts one event into the wheel and notes when it fires.
class Alarm : public antares::models::EventTarget {
 public:
  void fire(std::uint64_t, antares::protocols::Picoseconds now_ps) override { fired_ps_ = now_ps; }
  antares::protocols::Picoseconds fired_ps() const { return fired_ps_; }

 private:
  antares::protocols::Picoseconds fired_ps_ = 0;
};

}  // namespace

int sc_main(int, char*[]) {
  constexpr antares::protocols::Picoseconds kAlarm_ps = 1234;
  antares::models::Scheduler wheel("wheel");
  antares::models::Origin origin(antares::models::Origin::kEndpoints, 0);
  Alarm alarm;
  wheel.post(kAlarm_ps, antares::models::Phase::arrival, origin, alarm);
  sc_core::sc_start();
  std::cout << "alarm at " << alarm.fired_ps() << " ps, simulation ended at "
            << sc_core::sc_time_stamp() << '\n';
  return alarm.fired_ps() == kAlarm_ps ? 0 : 1;
}
