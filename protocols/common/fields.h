// SPDX-License-Identifier: Apache-2.0
// The list of a configuration struct's keys, as data. A struct names each key once:
//   template <class Visitor> static void fields(Visitor& visit) {
//     visit("credit_ns", &Link::credit_ns, "Buffer freed until usable").range(0,
//     1e6).assumption("...");
//   }
// and struct_fields<Link>() turns that into a StructFields: type-erased access to every member with
// its meaning, range and names. Reading, defaults, --set, dump, help, assumptions and the JSON
// Schema are ordinary functions over StructFields (platforms/config), compiled once, not once a
// struct. Members may be bool, integers up to 64 bits, double, std::string, enums (with .names),
// structs with fields() of their own, and std::vector or std::optional of those. Units are in the
// key's suffix.
#pragma once
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace antares::protocols {

enum class FieldKind : std::uint8_t {
  boolean,
  integer,
  number,
  text,
  choice,
  structure,
  list,
  optional
};

/// A scalar of any field. Unsigned integers travel as uint64_t, signed ones and enums as int64_t.
using FieldValue = std::variant<bool, std::int64_t, std::uint64_t, double, std::string>;

struct StructFields;

/// Access to a value of one C++ type through a pointer to it. Only the calls that fit kind() may be
/// made: get/set on scalars, size/resize/at on list and optional (an optional has size 0 or 1).
class FieldType {
 public:
  virtual ~FieldType() = default;
  virtual FieldKind kind() const = 0;
  virtual FieldValue get(const void*) const { return false; }
  virtual void set(void*, const FieldValue&) const {}
  /// Whether an integer is unsigned, and the largest magnitude its type holds.
  virtual bool is_unsigned() const { return false; }
  virtual std::uint64_t highest() const { return 0; }
  virtual const FieldType* element() const { return nullptr; }
  virtual std::size_t size(const void*) const { return 0; }
  virtual void resize(void*, std::size_t) const {}
  virtual void* at(void*, std::size_t) const { return nullptr; }
  virtual const StructFields* structure() const { return nullptr; }
};

/// One key of a struct with all that is known about it. Range, names and one_of of a list or
/// optional are those of its elements.
struct FieldInfo {
  std::string key;
  std::string doc;
  const FieldType* type = nullptr;
  std::function<void*(void*)> member;  ///< struct -> its member
  std::optional<double> low;
  std::optional<double> high;
  std::vector<std::pair<std::string, std::int64_t>> names;
  std::vector<FieldValue> one_of;
  std::string assumption;  ///< why this default is taken; empty when it is not an assumption
  std::string source;      ///< "public: ..." for a number that somebody published
  std::string when_key;    ///< the key is used only where this neighbour ...
  std::string when_name;   ///< ... has this value
  bool required = false;
  bool identifier = false;  ///< a text of letters, digits, _ and -, not starting with a digit
  bool any_scalar = false;  ///< a text that keeps whatever scalar was written (parameters)
  std::size_t min_items = 0;
  std::size_t max_items = std::numeric_limits<std::size_t>::max();

  void* at(void* object) const { return member(object); }
  const void* at(const void* object) const { return member(const_cast<void*>(object)); }
};

struct StructFields {
  std::vector<FieldInfo> fields;         ///< in the order of fields(), which is the dump's order
  std::shared_ptr<const void> defaults;  ///< a default-constructed object of the struct

  const FieldInfo* find(const std::string& key) const {
    for (const FieldInfo& field : fields)
      if (field.key == key) return &field;
    return nullptr;
  }
};

template <class T>
const StructFields& struct_fields();

namespace field_detail {

template <class T>
struct Leaf {
  using type = T;
};
template <class T>
struct Leaf<std::vector<T>> : Leaf<T> {};
template <class T>
struct Leaf<std::optional<T>> : Leaf<T> {};

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <class T>
const FieldType& type_of();

template <class T>
FieldValue to_value(const T& value) {
  if constexpr (std::is_same_v<T, bool>)
    return value;
  else if constexpr (std::is_enum_v<T> || (std::is_integral_v<T> && std::is_signed_v<T>))
    return static_cast<std::int64_t>(value);
  else if constexpr (std::is_integral_v<T>)
    return static_cast<std::uint64_t>(value);
  else if constexpr (std::is_floating_point_v<T>)
    return static_cast<double>(value);
  else
    return std::string(value);
}

template <class T>
class ScalarType : public FieldType {
 public:
  FieldKind kind() const override {
    if constexpr (std::is_same_v<T, bool>) return FieldKind::boolean;
    if constexpr (std::is_enum_v<T>) return FieldKind::choice;
    if constexpr (std::is_integral_v<T>) return FieldKind::integer;
    if constexpr (std::is_floating_point_v<T>) return FieldKind::number;
    return FieldKind::text;
  }
  FieldValue get(const void* value) const override {
    return to_value(*static_cast<const T*>(value));
  }
  void set(void* target, const FieldValue& value) const override {
    std::visit(
        [&](const auto& given) {
          using Given = std::decay_t<decltype(given)>;
          if constexpr (std::is_same_v<Given, std::string> == std::is_same_v<T, std::string>)
            *static_cast<T*>(target) = static_cast<T>(given);
        },
        value);
  }
  bool is_unsigned() const override { return std::is_unsigned_v<T>; }
  std::uint64_t highest() const override {
    if constexpr (std::is_integral_v<T>)
      return static_cast<std::uint64_t>(std::numeric_limits<T>::max());
    return 0;
  }
};

template <class T>
class StructType : public FieldType {
 public:
  FieldKind kind() const override { return FieldKind::structure; }
  const StructFields* structure() const override { return &struct_fields<T>(); }
};

template <class Container>
class SeveralType : public FieldType {
  using Element = typename Container::value_type;
  static_assert(!std::is_same_v<Container, std::vector<bool>>,
                "a list of bool has no addressable element");

 public:
  FieldKind kind() const override {
    return IsVector<Container>::value ? FieldKind::list : FieldKind::optional;
  }
  const FieldType* element() const override { return &type_of<Element>(); }
  std::size_t size(const void* value) const override {
    const auto& several = *static_cast<const Container*>(value);
    if constexpr (IsVector<Container>::value)
      return several.size();
    else
      return several.has_value() ? 1 : 0;
  }
  void resize(void* value, std::size_t count) const override {
    auto& several = *static_cast<Container*>(value);
    if constexpr (IsVector<Container>::value)
      several.resize(count);
    else if (count == 0)
      several.reset();
    else if (!several.has_value())
      several.emplace();
  }
  void* at(void* value, std::size_t index) const override {
    auto& several = *static_cast<Container*>(value);
    if constexpr (IsVector<Container>::value)
      return &several[index];
    else
      return index == 0 && several.has_value() ? &*several : nullptr;
  }
};

template <class T>
const FieldType& type_of() {
  if constexpr (IsVector<T>::value || IsOptional<T>::value) {
    static const SeveralType<T> type{};
    return type;
  } else if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T> ||
                       std::is_same_v<T, std::string>) {
    static const ScalarType<T> type{};
    return type;
  } else {
    static const StructType<T> type{};
    return type;
  }
}

}  // namespace field_detail

/// What visit() returns: says more about the key just listed. Value: the innermost type of a list.
template <class Value>
class FieldBuilder {
 public:
  explicit FieldBuilder(FieldInfo& field) : field_(field) {}

  /// Both ends are legal values, in the unit of the key.
  template <class Low, class High>
  FieldBuilder& range(Low low, High high) {
    field_.low = static_cast<double>(low);
    field_.high = static_cast<double>(high);
    return *this;
  }
  FieldBuilder& one_of(std::initializer_list<Value> values) {
    for (const Value& value : values) field_.one_of.push_back(field_detail::to_value(value));
    return *this;
  }
  FieldBuilder& names(std::initializer_list<std::pair<const char*, Value>> names) {
    for (const auto& [text, value] : names)
      field_.names.emplace_back(text, static_cast<std::int64_t>(value));
    return *this;
  }
  FieldBuilder& assumption(std::string why) { return field_.assumption = std::move(why), *this; }
  FieldBuilder& source(std::string where) { return field_.source = std::move(where), *this; }
  FieldBuilder& required() { return field_.required = true, *this; }
  /// The key belongs to one value of a neighbouring choice; elsewhere it is refused, not ignored.
  FieldBuilder& when(std::string key, std::string name) {
    field_.when_key = std::move(key);
    field_.when_name = std::move(name);
    return *this;
  }
  /// A name that others refer to, and that names objects of the simulation.
  FieldBuilder& identifier() { return field_.identifier = true, *this; }
  FieldBuilder& any_scalar() { return field_.any_scalar = true, *this; }
  /// Number of elements of a list.
  FieldBuilder& items(std::size_t low, std::size_t high) {
    field_.min_items = low;
    field_.max_items = high;
    return *this;
  }

 private:
  FieldInfo& field_;
};

/// The visitor that T::fields() is called with.
class FieldCollector {
 public:
  explicit FieldCollector(std::vector<FieldInfo>& fields) : fields_(fields) {}

  template <class Struct, class Member>
  auto operator()(const char* key, Member Struct::*member, const char* doc) {
    FieldInfo& field = fields_.emplace_back();
    field.key = key;
    field.doc = doc;
    field.type = &field_detail::type_of<Member>();
    field.member = [member](void* object) -> void* {
      return &(static_cast<Struct*>(object)->*member);
    };
    return FieldBuilder<typename field_detail::Leaf<Member>::type>(field);
  }

 private:
  std::vector<FieldInfo>& fields_;
};

/// The fields of T, collected once. Safe to call from several threads.
template <class T>
const StructFields& struct_fields() {
  static const StructFields collected = [] {
    StructFields result;
    FieldCollector collector(result.fields);
    T::fields(collector);
    result.defaults = std::make_shared<const T>();
    return result;
  }();
  return collected;
}

}  // namespace antares::protocols
