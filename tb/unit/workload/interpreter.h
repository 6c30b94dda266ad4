// SPDX-License-Identifier: Apache-2.0
// Runs a collective program on real data in a random legal order, with no clock: the proof that no
// dependency is missing. Each message is cut into slices; a slice may be read at its sender any
// time after its dependencies are in (aligned: the same slice of each), and is applied at its
// receiver any time after it was read. Slices overtake one another freely, more than any fabric
// would allow. What the switch makes of operands appears any time after the last was read; copies
// of a multicast arrive one by one.
#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <stdexcept>
#include <vector>

#include "antares/models/accelerator/program.h"
#include "antares/platforms/workload/collective.h"

namespace antares::platforms::testing {

template <class Element>
struct RankMemory {
  std::vector<Element> input, output, scratch;
  std::vector<Element>& at(models::Buffer buffer) {
    return buffer == models::Buffer::input    ? input
           : buffer == models::Buffer::output ? output
                                              : scratch;
  }
};

template <class Element>
class Interpreter {
 public:
  Interpreter(const models::Program& program, std::vector<RankMemory<Element>>& ranks,
              std::uint64_t slice_bytes, std::mt19937_64& random)
      : program_(program), ranks_(ranks), slice_bytes_(slice_bytes), random_(random) {}

  /// Throws if some messages never become ready.
  void run() {
    for (const models::LocalCopy& copy : program_.initial_copies) {
      apply(copy.rank, copy.to, read(copy.rank, copy.from, 0, copy.bytes), 0,
            models::OnArrival::copy);
    }
    make_slices();
    std::vector<std::size_t> active;
    for (std::size_t i = 0; i < slices_.size(); ++i) {
      if (slices_[i].missing == 0) active.push_back(i);
    }
    std::size_t applied = 0;
    while (!active.empty()) {
      std::swap(active[random_() % active.size()], active.back());
      const std::size_t index = active.back();
      Slice& slice = slices_[index];
      const models::Message& message = program_.messages[slice.message];
      if (!slice.read) {
        if (!models::is_passive(message.kind)) slice.data = operand(message, slice);
        slice.read = true;
        for (std::size_t carried : slice.carries) {
          carry(slices_[carried], slice, message);
          if (--slices_[carried].missing == 0) active.push_back(carried);
        }
        continue;
      }
      active.pop_back();
      if (message.kind != models::MessageKind::contribution)
        apply(message.to_rank, message.to, slice.data, slice.offset_bytes, message.on_arrival);
      ++applied;
      for (std::size_t waiting : slice.wakes) {
        if (--slices_[waiting].missing == 0) active.push_back(waiting);
      }
    }
    if (applied != slices_.size()) throw std::runtime_error("some messages never become ready");
  }

 private:
  struct Slice {
    std::uint32_t message = 0;
    std::uint64_t offset_bytes = 0, bytes = 0;
    std::size_t missing = 0;
    bool read = false;
    std::vector<Element> data;
    std::vector<std::size_t> wakes;
    std::vector<std::size_t> carries;  ///< copies or results that its data goes into
  };

  std::vector<Element> operand(const models::Message& message, const Slice& slice) {
    if (message.kind != models::MessageKind::load_reduce)
      return read(message.from_rank, message.from, slice.offset_bytes, slice.bytes);
    std::vector<Element> sum(slice.bytes / sizeof(Element));
    for (std::uint32_t rank = 0; rank < program_.ranks; ++rank)
      add(sum, read(rank, message.from, slice.offset_bytes, slice.bytes));
    return sum;
  }

  static void add(std::vector<Element>& sum, const std::vector<Element>& operand) {
    sum.resize(operand.size());
    for (std::size_t i = 0; i < operand.size(); ++i) sum[i] += operand[i];
  }

  void carry(Slice& carried, const Slice& from, const models::Message& message) {
    if (message.kind == models::MessageKind::contribution)
      add(carried.data, from.data);
    else if (message.kind == models::MessageKind::scatter)
      carried.data = read(message.from_rank, program_.messages[carried.message].from,
                          carried.offset_bytes, carried.bytes);
    else
      carried.data = from.data;
  }

  /// What comes of which: copies of their multicast, results of all contributions to them.
  void link_carried(const std::vector<std::size_t>& first) {
    using models::MessageKind;
    for (std::uint32_t m = 0; m < program_.messages.size(); ++m) {
      const models::Message& message = program_.messages[m];
      const MessageKind wanted = message.kind == MessageKind::multicast      ? MessageKind::copy
                                 : message.kind == MessageKind::scatter      ? MessageKind::slice
                                 : message.kind == MessageKind::contribution ? MessageKind::result
                                                                             : MessageKind::store;
      if (wanted == MessageKind::store) continue;
      for (std::uint32_t c = message.first; c < program_.messages.size(); ++c) {
        const models::Message& carried = program_.messages[c];
        if (c != m && carried.first != message.first) break;
        if (carried.kind != wanted) continue;
        if (carried.bytes != message.bytes)
          throw std::runtime_error("a copy or result of another size");
        for (std::size_t k = 0; first[m] + k < first[m + 1]; ++k) {
          slices_[first[m] + k].carries.push_back(first[c] + k);
          ++slices_[first[c] + k].missing;
        }
      }
    }
  }

  void make_slices() {
    std::vector<std::size_t> first;
    for (std::uint32_t m = 0; m < program_.messages.size(); ++m) {
      first.push_back(slices_.size());
      const std::uint64_t bytes = program_.messages[m].bytes;
      if (bytes == 0) throw std::runtime_error("a message without bytes");
      for (std::uint64_t offset = 0; offset < bytes; offset += slice_bytes_) {
        Slice slice;
        slice.message = m;
        slice.offset_bytes = offset;
        slice.bytes = std::min(slice_bytes_, bytes - offset);
        slices_.push_back(slice);
      }
    }
    first.push_back(slices_.size());
    link_carried(first);
    for (std::uint32_t m = 0; m < program_.messages.size(); ++m) {
      const models::Message& message = program_.messages[m];
      for (std::uint32_t d = 0; d < message.dependency_count; ++d) {
        const models::Dependency& need = program_.dependencies.at(message.first_dependency + d);
        const models::Message& other = program_.messages.at(need.message);
        if (other.to_rank != message.from_rank) {
          throw std::runtime_error("a dependency that does not arrive at the sender");
        }
        if (need.aligned && other.bytes != message.bytes) {
          throw std::runtime_error("an aligned dependency of another size");
        }
        for (std::size_t mine = first[m]; mine < first[m + 1]; ++mine) {
          for (std::size_t its = first[need.message]; its < first[need.message + 1]; ++its) {
            if (need.aligned && slices_[its].offset_bytes != slices_[mine].offset_bytes) continue;
            slices_[its].wakes.push_back(mine);
            ++slices_[mine].missing;
          }
        }
      }
    }
  }

  std::vector<Element> read(std::uint32_t rank, models::Region from, std::uint64_t offset_bytes,
                            std::uint64_t bytes) {
    std::vector<Element>& memory = ranks_.at(rank).at(from.buffer);
    const std::uint64_t begin = (from.offset_bytes + offset_bytes) / sizeof(Element);
    const std::uint64_t end = begin + bytes / sizeof(Element);
    if (end > memory.size()) throw std::runtime_error("a read beyond the buffer");
    return {memory.begin() + static_cast<std::ptrdiff_t>(begin),
            memory.begin() + static_cast<std::ptrdiff_t>(end)};
  }

  void apply(std::uint32_t rank, models::Region to, const std::vector<Element>& data,
             std::uint64_t offset_bytes, models::OnArrival on_arrival) {
    std::vector<Element>& memory = ranks_.at(rank).at(to.buffer);
    const std::uint64_t begin = (to.offset_bytes + offset_bytes) / sizeof(Element);
    if (to.buffer == models::Buffer::input) throw std::runtime_error("a store into the input");
    if (begin + data.size() > memory.size()) throw std::runtime_error("a store beyond the buffer");
    for (std::size_t i = 0; i < data.size(); ++i) {
      Element& place = memory[begin + i];
      place = on_arrival == models::OnArrival::reduce ? place + data[i] : data[i];
    }
  }

  const models::Program& program_;
  std::vector<RankMemory<Element>>& ranks_;
  std::uint64_t slice_bytes_;
  std::mt19937_64& random_;
  std::vector<Slice> slices_;
};

/// The input of rank r at element i, random but the same for each call; exact in a float up to
/// 4,096 ranks (values below 2^12).
inline std::int64_t input_value(std::uint32_t rank, std::uint64_t element) {
  return static_cast<std::int64_t>(((rank + 1) * 2654435761u ^ (element + 7) * 40503u) >> 3 &
                                   0xfff);
}

/// Runs `program` once and compares with the collective's definition; returns the number of wrong
/// elements over all ranks. Output and scratch start with garbage: nothing may rely on zeros.
/// `shared`: the program is one in place.
template <class Element>
std::uint64_t wrong_elements(const CollectiveRequest& request, const models::Program& program,
                             std::uint64_t slice_bytes, std::mt19937_64& random,
                             bool shared = false);

extern template std::uint64_t wrong_elements<std::int64_t>(const CollectiveRequest&,
                                                           const models::Program&, std::uint64_t,
                                                           std::mt19937_64&, bool);
extern template std::uint64_t wrong_elements<float>(const CollectiveRequest&,
                                                    const models::Program&, std::uint64_t,
                                                    std::mt19937_64&, bool);

}  // namespace antares::platforms::testing
