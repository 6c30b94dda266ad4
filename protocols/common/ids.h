// SPDX-License-Identifier: Apache-2.0
// Identifier types that do not convert into each other, so that a port number can never be passed
// where an endpoint number is meant.
#pragma once
#include <cstdint>
#include <functional>

namespace antares::protocols {

template <class Kind, class Rep>
class StrongId {
 public:
  using rep = Rep;
  constexpr StrongId() = default;
  constexpr explicit StrongId(Rep value) : value_(value) {}
  constexpr Rep value() const { return value_; }
  friend constexpr bool operator==(StrongId a, StrongId b) { return a.value_ == b.value_; }
  friend constexpr bool operator!=(StrongId a, StrongId b) { return a.value_ != b.value_; }
  friend constexpr bool operator<(StrongId a, StrongId b) { return a.value_ < b.value_; }

 private:
  Rep value_ = 0;
};

/// A port of one switch, counted from 0 (160 ports at x2 on 320 lanes; results use more later).
using PortId = StrongId<struct PortIdKind, std::uint16_t>;
/// A switch of the platform, counted from 0.
using SwitchId = StrongId<struct SwitchIdKind, std::uint16_t>;
/// An endpoint of the platform, counted from 0; at least 10 bits (1,024 endpoints).
using EndpointId = StrongId<struct EndpointIdKind, std::uint16_t>;
/// Of a port behind which there is no endpoint.
inline constexpr EndpointId kNoEndpoint{0xFFFF};
using VcId = StrongId<struct VcIdKind, std::uint8_t>;
using Tag = StrongId<struct TagKind, std::uint32_t>;

}  // namespace antares::protocols

namespace std {
template <class Kind, class Rep>
struct hash<antares::protocols::StrongId<Kind, Rep>> {
  size_t operator()(antares::protocols::StrongId<Kind, Rep> id) const noexcept {
    return hash<Rep>{}(id.value());
  }
};
}  // namespace std
