// SPDX-License-Identifier: Apache-2.0
#include "antares/models/fabric_switch/port_mover.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <stdexcept>

#include "antares/models/fabric_switch/far_routes.h"
#include "antares/models/reduction/reduction_part.h"

namespace antares::models {
namespace {

constexpr std::uint16_t kMoverPort = 0xFFE;   ///< behind all ports; the crossbar has 0xFFF
constexpr Picoseconds kLookAgainPs = 10'000;  ///< for what no transaction's end tells of
constexpr unsigned kWhatBits = 2;

std::string name_of(const Partition& partition, bool spare) {
  return spare ? std::string() : partition.name;
}

std::string in_words(const std::string& partition) {
  return partition.empty() ? "no partition" : "partition '" + partition + "'";
}

}  // namespace

const char* to_string(MoveOutcome outcome) {
  switch (outcome) {
    case MoveOutcome::draining:
      return "draining";
    case MoveOutcome::updating:
      return "updating";
    case MoveOutcome::moved:
      return "moved";
    case MoveOutcome::timed_out:
      return "timed_out";
    case MoveOutcome::refused:
      return "refused";
  }
  return "?";
}

PortMover::PortMover(const SwitchConfig& config, FabricContext& context,
                     const std::vector<std::unique_ptr<Partition>>& partitions)
    : config_(config),
      context_(context),
      partitions_(partitions),
      origin_(context.switch_index, kMoverPort) {
  if (config.partitions.empty())
    throw std::logic_error("a switch without partitions has nothing to move ports between");
}

void PortMover::schedule(PortId port, const std::string& partition, Picoseconds at_ps) {
  if (port.value() >= context_.ports.size())
    throw std::invalid_argument("there is no port " + std::to_string(port.value()) + " to move; " +
                                "the switch has " + std::to_string(context_.ports.size()));
  for (const auto& each : partitions_) {
    if (name_of(*each, each == partitions_.back()) != partition) continue;
    orders_.push_back({port, each.get()});
    return post(kStart, orders_.size() - 1, at_ps, Phase::arrival);
  }
  throw std::invalid_argument("there is no partition '" + partition + "' to move port " +
                              std::to_string(port.value()) + " to");
}

void PortMover::post(What what, std::size_t number, Picoseconds at_ps, Phase phase) {
  context_.scheduler->post(at_ps, phase, origin_, *this, number << kWhatBits | what);
}

void PortMover::fire(std::uint64_t what, Picoseconds now_ps) {
  const std::size_t number = what >> kWhatBits;
  switch (static_cast<What>(what & ((1u << kWhatBits) - 1))) {
    case kStart:
      return start(orders_[number], now_ps);
    case kCheck:
      return check_all(now_ps);
    case kCommit:
      return commit(number, now_ps);
    case kTimeout:
      return time_out(number, now_ps);
  }
}

// --- the four steps
// ---------------------------------------------------------------------------------

void PortMover::start(const Order& order, Picoseconds now_ps) {
  PortAdapter& port = *context_.ports[order.port.value()];
  PortMove move;
  move.port = order.port;
  move.from = name_of(port.partition(), &port.partition() == partitions_.back().get());
  move.to = name_of(*order.to, order.to == partitions_.back().get());
  move.started_ps = now_ps;
  move.reason = port.moving()
                    ? "port '" + port.config().name + "' is on its way to another partition already"
                    : objection(port, *order.to);
  if (!move.reason.empty()) move.outcome = MoveOutcome::refused;
  targets_.push_back(order.to);
  moves_.push_back(move);
  if (move.outcome == MoveOutcome::refused) return;  // it never stopped
  port.close_for_move();
  for (FabricContext* fabric : context_.linked) {
    fabric->draining.push_back(this);
    for (PortAdapter* each : fabric->ports) each->guard_requests(true);
  }
  const std::size_t number = moves_.size() - 1;
  moves_[number].in_flight = in_flight(port) + port.blocking_calls();
  last_end_ps_ = now_ps;
  post(kTimeout, number, now_ps + timeout_ps(), Phase::departure);
  check(number, now_ps);
}

Picoseconds PortMover::timeout_ps() const {
  return std::max<Picoseconds>(1, to_picoseconds(config_.moves.timeout_us * 1000));
}

void PortMover::drained_one(Picoseconds now_ps) {
  last_end_ps_ = now_ps;
  if (check_posted_) return;
  check_posted_ = true;
  // A device may have ended it from a process of its own: never in the current instant.
  const Picoseconds at_ps = context_.scheduler->running() ? now_ps : now_ps + 1;
  post(kCheck, 0, at_ps, Phase::departure);
}

void PortMover::check_all(Picoseconds now_ps) {
  check_posted_ = false;
  const auto over = [](MoveOutcome outcome) {
    return outcome != MoveOutcome::draining && outcome != MoveOutcome::updating;
  };
  while (first_open_ < moves_.size() && over(moves_[first_open_].outcome)) ++first_open_;
  for (std::size_t i = first_open_; i < moves_.size(); ++i)
    if (moves_[i].outcome == MoveOutcome::draining) check(i, now_ps);
}

void PortMover::check(std::size_t number, Picoseconds now_ps) {
  PortMove& move = moves_[number];
  PortAdapter& port = port_of(move);
  if (in_flight(port) != 0) return;  // what is new since the last look is marked now, too
  if (!what_it_waits_for(port).empty()) {
    if (check_posted_) return;
    check_posted_ = true;
    return post(kCheck, 0, now_ps + kLookAgainPs, Phase::departure);
  }
  move.outcome = MoveOutcome::updating;
  move.drained_ps = move.in_flight == 0 ? move.started_ps : last_end_ps_;
  post(kCommit, number, now_ps + to_picoseconds(config_.moves.table_update_us * 1000),
       Phase::departure);
}

void PortMover::commit(std::size_t number, Picoseconds now_ps) {
  PortMove& move = moves_[number];
  PortAdapter& port = port_of(move);
  if (port.blocking_calls() != 0) {  // begun since it was drained
    move.outcome = MoveOutcome::draining;
    if (now_ps < move.started_ps + timeout_ps()) return check(number, now_ps);
    return time_out(number, now_ps);
  }
  Partition& from = const_cast<Partition&>(port.partition());
  Partition& to = *targets_[number];
  // Another port may have come there in the meantime.
  move.reason = objection(port, to);
  if (!move.reason.empty()) {
    move.outcome = MoveOutcome::refused;
    port.open_after_move();
    return restart(move, now_ps);
  }
  const bool has_id =
      from.routes.knows(port.endpoint()) && from.routes.port_of(port.endpoint()) == port.id();
  from.routes.remove(port.id());
  from.ports.erase(std::remove(from.ports.begin(), from.ports.end(), &port), from.ports.end());
  if (from.upstream == &port) from.upstream = nullptr;
  if (&to != partitions_.back().get()) enter(port, to.routes);
  if (has_id) {
    to.routes.add_id(port.endpoint(), port.id());
    tell_others(port, to);
  }
  // In the order of the configuration, whatever the history.
  const auto place = std::find_if(to.ports.begin(), to.ports.end(),
                                  [&](const PortAdapter* each) { return port.id() < each->id(); });
  to.ports.insert(place, &port);
  if (port.config().role == PortRole::upstream) to.upstream = &port;
  port.set_partition(to);
  for (FabricContext* fabric : context_.linked)
    if (fabric->reduction != nullptr) fabric->reduction->known.clear();
  port.open_after_move();
  move.outcome = MoveOutcome::moved;
  move.moved_ps = now_ps;
  restart(move, now_ps);
}

void PortMover::time_out(std::size_t number, Picoseconds now_ps) {
  PortMove& move = moves_[number];
  if (move.outcome != MoveOutcome::draining) return;
  char limit[32];
  std::snprintf(limit, sizeof limit, "%g us", config_.moves.timeout_us);
  move.outcome = MoveOutcome::timed_out;
  move.reason = "port '" + port_of(move).config().name + "' is not drained after " + limit + " (" +
                what_it_waits_for(port_of(move)) + "): it stays in " + in_words(move.from);
  port_of(move).open_after_move();
  restart(move, now_ps);
}

void PortMover::restart(PortMove& move, Picoseconds now_ps) {
  move.restarted_ps = now_ps;
  for (FabricContext* fabric : context_.linked) {
    auto& listeners = fabric->draining;
    listeners.erase(
        std::find(listeners.begin(), listeners.end(), static_cast<DrainListener*>(this)));
    for (PortAdapter* each : fabric->ports) {
      each->guard_requests(false);
      move.held += each->waits_for_move() ? 1 : 0;
    }
  }
  // Devices are called back from here and may ask for anything, another move included.
  for (FabricContext* fabric : context_.linked)
    for (PortAdapter* each : fabric->ports) each->ask_again();
}

// --- what may be, and what is left
// ---------------------------------------------------------------------------------

std::string PortMover::objection(PortAdapter& port, const Partition& to) const {
  const std::string me = "port '" + port.config().name + "'";
  const bool to_spare = &to == partitions_.back().get();
  if (&port.partition() == &to)
    return me + " is in " + in_words(name_of(to, to_spare)) + " already";
  if (port.link.bound()) return me + " leads to another switch: such ports stay where they are";
  if (to_spare) return {};
  if (port.config().role == PortRole::upstream && to.upstream != nullptr)
    return me + " would be a second upstream port of partition '" + to.name + "'";
  RouteTable routes = to.routes;
  try {
    enter(port, routes);
    if (!port.partition().routes.knows(port.endpoint())) return {};
    routes.add_id(port.endpoint(), port.id());
    for (const FarRoute& far : partitions_joined_to(to))
      with(far.partition->routes, port.endpoint(), far.exit, windows_of(port));
  } catch (const std::invalid_argument& problem) {
    return me + " cannot be in partition '" + to.name + "': " + problem.what();
  }
  return {};
}

std::vector<AddressWindow> PortMover::windows_of(const PortAdapter& port) const {
  std::vector<AddressWindow> windows;
  for (const AddressWindow& window : config_.windows)
    if (window.port == port.id()) windows.push_back(window);
  return windows;
}

void PortMover::enter(PortAdapter& port, RouteTable& routes) const {
  for (const AddressWindow& window : windows_of(port)) routes.add(window);
}

void PortMover::tell_others(const PortAdapter& port, const Partition& to) const {
  const EndpointId endpoint = port.endpoint();
  for (const FabricContext* fabric : context_.linked) {
    if (fabric == &context_) continue;
    for (PortAdapter* each : fabric->ports) {
      RouteTable& routes = const_cast<Partition&>(each->partition()).routes;
      if (routes.knows(endpoint) || routes.window_of(endpoint) != nullptr) routes.remove(endpoint);
    }
  }
  if (&to == partitions_.back().get()) return;  // a spare is seen by nobody
  for (const FarRoute& far : partitions_joined_to(to))
    far.partition->routes = with(far.partition->routes, endpoint, far.exit, windows_of(port));
}

std::size_t PortMover::in_flight(const PortAdapter& port, const Transaction** oldest) {
  std::size_t count = 0;
  for (FabricContext* fabric : context_.linked) {
    fabric->transactions->for_each_in_use([&](Transaction& transaction) {
      if (!port.takes_part(transaction)) return;
      ++count;
      transaction.ending |= Transaction::kDrains;
      if (oldest != nullptr &&
          (*oldest == nullptr || transaction.entered_ps < (*oldest)->entered_ps))
        *oldest = &transaction;
    });
  }
  return count;
}

std::string PortMover::what_it_waits_for(PortAdapter& port) {
  const Transaction* oldest = nullptr;
  const std::size_t count = in_flight(port, &oldest);
  if (count != 0) {
    char text[192];
    std::snprintf(text, sizeof text,
                  "%zu transaction(s) in flight, the oldest of %s to %s, address 0x%" PRIx64
                  ", since %.3f us",
                  count, oldest->requester == nullptr ? "?" : oldest->requester->name(),
                  oldest->completer == nullptr ? "?" : oldest->completer->name(),
                  oldest->global_address, static_cast<double>(oldest->entered_ps) * 1e-6);
    return text;
  }
  for (const auto& [code, gather] : port.partition().gathering) {
    const auto& missing = gather.missing();
    if (std::find(missing.begin(), missing.end(), port.id()) == missing.end()) continue;
    char text[96];
    std::snprintf(text, sizeof text, "a gathered message of code 0x%02x waits for that port",
                  unsigned{code});
    return text;
  }
  if (port.blocking_calls() != 0)
    return std::to_string(port.blocking_calls()) + " blocking call(s) of its device or to it";
  std::vector<std::string> problems;
  port.collect_problems(problems);
  return problems.empty() ? std::string() : problems.front();
}

}  // namespace antares::models
