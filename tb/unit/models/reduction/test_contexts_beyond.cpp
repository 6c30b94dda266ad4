// SPDX-License-Identifier: Apache-2.0
// Load-reduces over a chain of switches, each of which holds a context while it waits for one of
// the next: whatever fills the engines, from whichever side, all of them end.
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>
#include <random>

#include "antares/models/reduction/context_table.h"

namespace antares::models {
namespace {

/// Engines in a row; what happens next is drawn at random, there is no time.
class Chain {
 public:
  Chain(unsigned switches, std::uint32_t contexts, std::uint32_t parking, unsigned seed)
      : random_(seed) {
    for (unsigned s = 0; s < switches; ++s)
      engines_.push_back(
          std::make_unique<Engine>(*this, ContextLimits{contexts, 128, contexts * 128, parking}));
  }

  /// A rank of switch `s` asks for the sum over all switches; again when it is told to retry.
  void load(unsigned s, std::uint32_t bytes) {
    const unsigned last = static_cast<unsigned>(engines_.size()) - 1;
    ++open_;
    ask(s, bytes, true, s<last, s> 0, [this, s, bytes](ReductionStatus status) {
      --open_;
      if (status == ReductionStatus::retry)
        load(s, bytes);
      else
        ASSERT_EQ(status, ReductionStatus::ok);
    });
  }
  /// False: it stands still and somebody waits.
  bool run() {
    while (!todo_.empty()) {
      std::swap(todo_[random_() % todo_.size()], todo_.back());
      const auto next = std::move(todo_.back());
      todo_.pop_back();
      next();
    }
    return open_ == 0;
  }
  void expect_idle() const {
    for (const auto& engine : engines_) {
      EXPECT_EQ(engine->table.contexts_taken(), 0u);
      EXPECT_EQ(engine->table.parked(), 0u);
    }
  }

 private:
  using Told = std::function<void(ReductionStatus)>;
  struct Request {
    std::uint32_t bytes = 0;
    bool right = false, left = false;
    Told told;
  };
  struct Engine : ContextTable::Client {
    Engine(Chain& chain, const ContextLimits& limits) : chain(chain), table(limits, *this) {}
    void opened(ContextTable::Context& context, Picoseconds) override {
      chain.opened(*this, context.key.address);
    }
    void reduced(ContextTable::Context& context, Picoseconds) override {
      chain.end(*this, context.key.address, ReductionStatus::ok);
      chain.later([this, taken = context.taken, bytes = context.bytes] {
        table.give_back(taken, bytes, 0);
      });
    }
    void over(const Contribution& what, ReductionStatus status, Picoseconds) override {
      if (what.is_request) chain.end(*this, what.key.address, status);
    }
    void wait_for(ContextTable::Slot&) override {}
    Chain& chain;
    ContextTable table;
    std::map<std::uint64_t, Request> requests;
  };

  void later(std::function<void()> what) { todo_.push_back(std::move(what)); }
  unsigned place(const Engine& engine) const {
    unsigned s = 0;
    while (engines_[s].get() != &engine) ++s;
    return s;
  }
  /// A local rank's request goes both ways, one that another switch sends on goes on its way.
  void ask(unsigned s, std::uint32_t bytes, bool local, bool right, bool left, Told told) {
    const unsigned last = static_cast<unsigned>(engines_.size()) - 1;
    Contribution what;
    what.key = {ContextKey::kByTag, ++tags_};
    what.source = protocols::EndpointId(static_cast<std::uint16_t>(s));
    what.contributors = 1u + (right ? 1 : 0) + (left ? 1 : 0);
    what.bytes = bytes;
    what.is_request = true;
    what.beyond = std::max(right ? last - s : 0, left ? s : 0);
    what.serves = !local;
    engines_[s]->requests[tags_] = {bytes, right, left, std::move(told)};
    engines_[s]->table.offer(what, 0);
  }
  void opened(Engine& engine, std::uint64_t tag) {
    const Request& request = engine.requests[tag];
    const unsigned s = place(engine);
    unsigned index = 0;
    const auto answer = [this, &engine, tag, bytes = request.bytes,
                         contributors = 1u + (request.right ? 1 : 0) + (request.left ? 1 : 0)](
                            unsigned at, ReductionStatus how) {
      Contribution one;
      one.key = {ContextKey::kByTag, tag};
      one.index = at;
      one.contributors = contributors;
      one.bytes = bytes;
      one.defect = how;
      engine.table.whole(engine.table.offer(one, 0), 0);
    };
    later([answer] { answer(0, ReductionStatus::ok); });
    for (const bool to_right : {true, false}) {
      if (!(to_right ? request.right : request.left)) continue;
      ++index;
      const unsigned next = to_right ? s + 1 : s - 1;
      const bool on = to_right ? next + 1 < engines_.size() : next > 0;
      later([this, answer, index, next, on, to_right, bytes = request.bytes] {
        ask(next, bytes, false, on && to_right, on && !to_right,
            [this, answer, index](ReductionStatus how) {
              later([answer, index, how] { answer(index, how); });
            });
      });
    }
  }
  void end(Engine& engine, std::uint64_t tag, ReductionStatus status) {
    const auto found = engine.requests.find(tag);
    const Told told = std::move(found->second.told);
    engine.requests.erase(found);
    later([told, status] { told(status); });
  }

  std::mt19937 random_;
  std::vector<std::unique_ptr<Engine>> engines_;
  std::vector<std::function<void()>> todo_;
  std::uint64_t tags_ = 0;
  unsigned open_ = 0;
};

// No request is told to retry (there is room to park all): only what admits() leaves to others
// helps.
TEST(ContextsBeyond, LoadsOfAllSwitchesOfAChainEnd) {
  std::mt19937 random(7);
  for (unsigned round = 0; round < 200; ++round) {
    const unsigned switches = 2 + random() % kMostBeyond;  // 2 to kMostBeyond + 1
    const std::uint32_t contexts = 4 * (1 + random() % 3);
    Chain chain(switches, contexts, 1000, round);
    for (unsigned n = 0; n < 60; ++n)
      chain.load(random() % switches, 128 * (1 + random() % (contexts / 4)));
    ASSERT_TRUE(chain.run()) << "round " << round << ": " << switches << " switches stand still";
    chain.expect_idle();
  }
}

}  // namespace
}  // namespace antares::models
