// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/moe_exchange.h"

#include <algorithm>

#include "antares/platforms/build/blocking_call.h"

namespace antares::platforms {
namespace {

using models::Picoseconds;

constexpr std::uint16_t kExchangePort = 0xFFC;  // its place in the order of events: after endpoints

}  // namespace

struct MoeExchange::Receiver : models::WriteListener {
  MoeExchange* exchange = nullptr;
  bool written(tlm::tlm_generic_payload& payload, Picoseconds at_ps) override {
    exchange->arrived(payload.get_data_length(), at_ps);
    return true;
  }
};

struct MoeExchange::Sender : models::RequesterClient {
  MoeExchange* exchange = nullptr;
  std::size_t index = 0;  ///< of its endpoint
  std::vector<MoeItem> items;

  /// An item in the window, or under way.
  struct Open {
    std::uint32_t item = 0;
    std::uint32_t sent = 0;      ///< requests
    std::uint32_t answered = 0;  ///< requests
    bool looked_up = false;
    bool usable = false;  ///< it may be sent
    bool holds = false;   ///< a group
    std::uint32_t entry = 0;
    Picoseconds asked_ps = 0;
    bool missed = false;
  };
  std::deque<Open> window;  ///< by item: not all sent
  std::vector<Open> sent;   ///< all sent, not all answered
  std::uint32_t next = 0;   ///< first item that is not in the window
  std::uint32_t in_flight = 0;
  Picoseconds stalled_since_ps = protocols::kNever;

  void look_up(Open& open, Picoseconds now_ps) {
    MoeItem& item = items[open.item];
    GroupDirectory* const directory = exchange->directory_;
    if (open.usable) return;
    if (item.set.empty() || directory == nullptr) {
      open.usable = true;
      return;
    }
    const bool first = !open.looked_up;
    if (first) {
      open.looked_up = true;
      open.asked_ps = now_ps;
      ++exchange->times_.looked_up;
    }
    if (!open.holds) {
      const auto found = directory->take(item.set, now_ps);
      if (found) {
        open.holds = true;
        open.entry = found->entry;
      } else {
        exchange->room_wanted_ = true;
      }
    }
    if (open.holds && directory->usable(open.entry)) {
      if (first) ++exchange->times_.hits;
      open.usable = true;
      if (open.missed) exchange->times_.miss_wait_ps += now_ps - open.asked_ps;
      auto naming = std::make_shared<models::GroupNaming>();
      naming->by = models::NamedBy::group;
      naming->group = directory->group(open.entry);
      item.requests.front().group = std::move(naming);
    } else if (first) {
      open.missed = true;
      if (item.instead.empty()) return;
      // It goes at once, without the group; what comes later will find it there.
      if (open.holds) directory->give_back(open.entry);
      open.holds = false;
      open.usable = true;
      item.requests = std::move(item.instead);
    }
  }

  void pump(Picoseconds now_ps) {
    while (true) {
      while (window.size() < exchange->limits_.lookahead && next < items.size()) {
        window.emplace_back();
        window.back().item = next++;
      }
      if (window.empty()) return stop_stalling(now_ps);
      for (Open& open : window) look_up(open, now_ps);
      const auto ready =
          std::find_if(window.begin(), window.end(), [](const Open& open) { return open.usable; });
      if (ready == window.end()) {
        if (stalled_since_ps == protocols::kNever) stalled_since_ps = now_ps;
        return;
      }
      stop_stalling(now_ps);
      if (in_flight >= exchange->limits_.requests_in_flight) return;
      models::Request request = items[ready->item].requests[ready->sent];
      request.cookie = ready->item;
      // Before the call: an answer may come within it.
      ++ready->sent;
      ++in_flight;
      ++exchange->in_flight_;
      const std::uint32_t item = ready->item;
      if (ready->sent == items[item].requests.size()) {
        sent.push_back(*ready);
        window.erase(ready);
      }
      if (exchange->platform_.endpoints()[index].requester->try_issue(request)) continue;
      take_back(item);
      return;
    }
  }

  /// The last request of this item was not taken.
  void take_back(std::uint32_t item) {
    --in_flight;
    --exchange->in_flight_;
    const auto of_item = [&](const Open& open) { return open.item == item; };
    const auto whole = std::find_if(sent.begin(), sent.end(), of_item);
    if (whole != sent.end()) {
      const auto place = std::find_if(window.begin(), window.end(),
                                      [&](const Open& open) { return open.item > item; });
      window.insert(place, *whole)->sent -= 1;
      sent.erase(whole);
    } else {
      std::find_if(window.begin(), window.end(), of_item)->sent -= 1;
    }
  }

  void stop_stalling(Picoseconds now_ps) {
    if (stalled_since_ps == protocols::kNever) return;
    exchange->times_.stalled_ps += now_ps - stalled_since_ps;
    stalled_since_ps = protocols::kNever;
  }

  void request_done(const models::Request& request, bool ok, Picoseconds now_ps) override {
    if (!ok && exchange->retries_.again(index, request, now_ps)) return;
    if (!ok && exchange->failure_.empty())
      exchange->failure_ =
          "a request of '" + exchange->platform_.endpoints()[index].name +
          "' was answered with an error" +
          (request.reduction_status != models::ReductionStatus::ok
               ? std::string(": the reduction ended with ") + name(request.reduction_status)
               : refusal_of(exchange->platform_, exchange->platform_.endpoints()[index], request));
    --in_flight;
    --exchange->in_flight_;
    answered(static_cast<std::uint32_t>(request.cookie));
    exchange->end_if_done();
    pump(now_ps);
    if (std::exchange(exchange->room_wanted_, false)) exchange->wake(now_ps);
  }

  void answered(std::uint32_t item) {
    for (Open& open : window)
      if (open.item == item) ++open.answered;
    for (std::size_t i = 0; i < sent.size(); ++i) {
      if (sent[i].item != item) continue;
      if (++sent[i].answered < sent[i].sent) return;
      if (sent[i].holds) exchange->directory_->give_back(sent[i].entry);
      sent[i] = sent.back();
      sent.pop_back();
      return;
    }
  }

  void may_issue(Picoseconds now_ps) override {
    if (exchange->retries_.send_waiting(index)) pump(now_ps);
  }
};

MoeExchange::MoeExchange(Platform& platform, MoeItems items, Limits limits,
                         GroupDirectory* directory)
    : platform_(platform),
      items_(std::move(items)),
      limits_(limits),
      directory_(directory),
      origin_(models::Origin::kEndpoints, kExchangePort),
      retries_(platform) {
  for (std::size_t i = 0; i < platform_.endpoints().size(); ++i) {
    const PlatformEndpoint& endpoint = platform_.endpoints()[i];
    receivers_.push_back(std::make_unique<Receiver>());
    receivers_.back()->exchange = this;
    endpoint.memory->set_write_listener(receivers_.back().get());
    if (i >= items_.of_endpoint.size() || items_.of_endpoint[i].empty()) continue;
    senders_.push_back(std::make_unique<Sender>());
    senders_.back()->exchange = this;
    senders_.back()->index = i;
    senders_.back()->items = std::move(items_.of_endpoint[i]);
    endpoint.requester->set_client(senders_.back().get());
  }
  if (directory_ != nullptr) directory_->set_listener([this](Picoseconds now_ps) { wake(now_ps); });
}

MoeExchange::~MoeExchange() {
  if (directory_ != nullptr) directory_->set_listener({});
  for (const auto& sender : senders_)
    platform_.endpoints()[sender->index].requester->set_client(nullptr);
  for (const PlatformEndpoint& endpoint : platform_.endpoints())
    endpoint.memory->set_write_listener(nullptr);
}

MoeTimes MoeExchange::run(ResultSink& sink, const std::string& label) {
  if (items_.arriving_bytes == 0) return times_;
  started_ps_ = platform_.scheduler().now_ps() + 1;
  platform_.scheduler().post(started_ps_, models::Phase::arrival, origin_, *this);
  platform_.run_until(
      [&] { return done() || !failure_.empty(); },
      [&] {
        return std::vector<std::string>{std::to_string(in_flight_) + " requests are under way"};
      },
      sink, label,
      [&] {
        return static_cast<double>(arrived_bytes_) / static_cast<double>(items_.arriving_bytes);
      });
  if (!failure_.empty()) platform_.fail(label + ": " + failure_, {});
  platform_.drain();
  times_.time_ps = ended_ps_ - started_ps_;
  return times_;
}

void MoeExchange::fire(std::uint64_t, Picoseconds now_ps) { wake(now_ps); }

void MoeExchange::wake(Picoseconds now_ps) {
  for (const auto& sender : senders_) sender->pump(now_ps);
}

void MoeExchange::arrived(std::uint64_t bytes, Picoseconds at_ps) {
  arrived_bytes_ += bytes;
  ended_ps_ = std::max(ended_ps_, at_ps);
  end_if_done();
}

void MoeExchange::end_if_done() {
  if (done() || !failure_.empty()) sc_core::sc_pause();
}

}  // namespace antares::platforms
