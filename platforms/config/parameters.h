// SPDX-License-Identifier: Apache-2.0
// The `parameters:` of a description: named values that the rest refers to as ${name}, set from
// outside with --set name=value. A value that is exactly ${name} becomes the parameter's value,
// with its type; inside a longer text it is put in as text. Resolved on the tree, before any struct
// is filled: nothing behind this file knows of parameters. No unit of time.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace antares::platforms {

class Diagnostics;
struct Node;

struct ParameterDescription {
  std::string name;
  std::string default_value;
  std::optional<std::string> min;
  std::optional<std::string> max;
  std::vector<std::string> one_of;
  std::string description;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = ParameterDescription;
    visit("name", &C::name, "Referred to as ${name}").required().identifier();
    visit("default", &C::default_value, "Value unless --set says otherwise; may carry a unit")
        .required()
        .any_scalar();
    visit("min", &C::min, "Smallest legal value").any_scalar();
    visit("max", &C::max, "Largest legal value").any_scalar();
    visit("one_of", &C::one_of, "The legal values").any_scalar();
    visit("description", &C::description, "What it stands for");
  }
};

/// Names that the tree refers to as ${name}, outside `parameters:`. Asked before --set is applied:
/// a parameter whose only reference is replaced from outside is no mistake of the description.
std::set<std::string> referenced_parameters(const Node& root);

/// Takes `parameters:` out of the tree and puts their values where they are referred to. `given`
/// holds the values of --set that name a parameter (see apply_settings). Returns each parameter's
/// value as text. Reports unknown, unused, duplicate and badly named parameters and values out of
/// range.
std::map<std::string, std::string> resolve_parameters(Node& root,
                                                      const std::map<std::string, Node>& given,
                                                      const std::set<std::string>& referenced,
                                                      Diagnostics& diagnostics);

/// Names of the parameters that the tree declares, well formed or not.
std::vector<std::string> parameter_names(const Node& root);

}  // namespace antares::platforms
