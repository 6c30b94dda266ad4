// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/collective_data.h"

#include <Eigen/Core>
#include <cstring>
#include <stdexcept>

#include "antares/platforms/workload/chunking.h"

namespace antares::platforms {
namespace {

/// Calls visit with a value of the C++ type that stands for `type`.
template <class Visit>
auto with_type(DataType type, Visit&& visit) {
  switch (type) {
    case DataType::float32:
      return visit(float{});
    case DataType::float16:
      return visit(Eigen::half{});
    case DataType::bfloat16:
      return visit(Eigen::bfloat16{});
    case DataType::int32:
      return visit(std::int32_t{});
    case DataType::int64:
      return visit(std::int64_t{});
    case DataType::float64:
      return visit(double{});
    case DataType::uint8:
      return visit(std::uint8_t{});
  }
  throw std::invalid_argument("unknown element type");
}

/// The contribution of a rank to an element: small, so that every order of summing is exact.
/// Products double at one rank in thirty-two only, to stay in range.
int contribution(ReductionOperator op, std::uint32_t rank, std::uint64_t element) {
  if (op == ReductionOperator::prod) return (rank + element) % 32 == 0 ? 2 : 1;
  return static_cast<int>((rank * 5 + element) % 3) - (op == ReductionOperator::sum ? 0 : 1);
}

template <class T>
T combine(ReductionOperator op, T a, T b) {
  switch (op) {
    case ReductionOperator::sum:
      return static_cast<T>(a + b);
    case ReductionOperator::prod:
      return static_cast<T>(a * b);
    case ReductionOperator::max:
      return a < b ? b : a;
    case ReductionOperator::min:
      return b < a ? b : a;
  }
  throw std::invalid_argument("unknown reduction operator");
}

template <class T>
T at(const unsigned char* data, std::uint64_t element) {
  T value;
  std::memcpy(&value, data + element * sizeof(T), sizeof(T));
  return value;
}

template <class T>
T value_of(ReductionOperator op, std::uint32_t rank, std::uint64_t element) {
  return static_cast<T>(static_cast<float>(contribution(op, rank, element)));
}

template <class T>
std::uint64_t count_wrong(const CollectiveRequest& request, ReductionOperator op,
                          std::uint32_t rank, const unsigned char* output) {
  const std::uint32_t n = request.ranks;
  const Chunking chunks(request.bytes, sizeof(T), n);
  const auto first = [&](std::uint64_t k) { return chunks.offset_bytes(k) / sizeof(T); };
  const auto length = [&](std::uint64_t k) { return chunks.bytes(k) / sizeof(T); };
  const std::uint64_t count = request.bytes / sizeof(T);
  const auto reduced = [&](std::uint64_t element) {
    T total = value_of<T>(op, 0, element);
    for (std::uint32_t r = 1; r < n; ++r) total = combine(op, total, value_of<T>(op, r, element));
    return total;
  };
  std::uint64_t wrong = 0;
  const auto expect = [&](std::uint64_t element, T value) {
    if (!(at<T>(output, element) == value)) ++wrong;
  };
  const std::string& name = request.collective;
  if (name == "all_reduce" || (name == "reduce" && rank == request.root)) {
    for (std::uint64_t i = 0; i < count; ++i) expect(i, reduced(i));
  } else if (name == "reduce_scatter") {
    for (std::uint64_t i = 0; i < length(rank); ++i) expect(i, reduced(first(rank) + i));
  } else if (name == "broadcast") {
    for (std::uint64_t i = 0; i < count; ++i) expect(i, value_of<T>(op, request.root, i));
  } else if (name == "scatter") {
    for (std::uint64_t i = 0; i < length(rank); ++i)
      expect(i, value_of<T>(op, request.root, first(rank) + i));
  } else if (name == "all_gather" || (name == "gather" && rank == request.root)) {
    for (std::uint32_t k = 0; k < n; ++k) {
      for (std::uint64_t i = 0; i < length(k); ++i) expect(first(k) + i, value_of<T>(op, k, i));
    }
  } else if (name == "all_to_all") {
    for (std::uint32_t k = 0; k < n; ++k) {
      for (std::uint64_t i = 0; i < length(rank); ++i)
        expect(k * length(rank) + i, value_of<T>(op, k, first(rank) + i));
    }
  } else if (name == "send_recv") {
    const bool pair = request.algorithm == "pair";
    if (pair && rank != request.peer) return 0;
    const std::uint32_t sender = pair ? request.root : (rank + n - 1) % n;
    for (std::uint64_t i = 0; i < count; ++i) expect(i, value_of<T>(op, sender, i));
  } else if (name != "reduce" && name != "gather" && name != "barrier") {
    throw std::invalid_argument("no definition to check '" + name + "' against");
  }
  return wrong;
}

}  // namespace

std::uint32_t element_bytes(DataType type) {
  return with_type(type, [](auto value) { return static_cast<std::uint32_t>(sizeof value); });
}

const char* to_string(DataType type) {
  switch (type) {
    case DataType::float32:
      return "float";
    case DataType::float16:
      return "half";
    case DataType::bfloat16:
      return "bfloat16";
    case DataType::int32:
      return "int32";
    case DataType::int64:
      return "int64";
    case DataType::float64:
      return "double";
    case DataType::uint8:
      return "uint8";
  }
  return "?";
}

const char* to_string(ReductionOperator op) {
  switch (op) {
    case ReductionOperator::sum:
      return "sum";
    case ReductionOperator::prod:
      return "prod";
    case ReductionOperator::max:
      return "max";
    case ReductionOperator::min:
      return "min";
  }
  return "?";
}

void fill_contribution(DataType type, ReductionOperator op, std::uint32_t rank, unsigned char* data,
                       std::uint64_t bytes) {
  with_type(type, [&](auto zero) {
    using T = decltype(zero);
    for (std::uint64_t i = 0; i < bytes / sizeof(T); ++i) {
      const T value = value_of<T>(op, rank, i);
      std::memcpy(data + i * sizeof(T), &value, sizeof(T));
    }
  });
}

void reduce_elements(DataType type, ReductionOperator op, unsigned char* to,
                     const unsigned char* from, std::uint64_t bytes) {
  with_type(type, [&](auto zero) {
    using T = decltype(zero);
    for (std::uint64_t i = 0; i < bytes / sizeof(T); ++i) {
      const T value = combine(op, at<T>(to, i), at<T>(from, i));
      std::memcpy(to + i * sizeof(T), &value, sizeof(T));
    }
  });
}

std::uint64_t wrong_elements(const CollectiveRequest& request, DataType type, ReductionOperator op,
                             std::uint32_t rank, const unsigned char* output) {
  return with_type(
      type, [&](auto zero) { return count_wrong<decltype(zero)>(request, op, rank, output); });
}

}  // namespace antares::platforms
