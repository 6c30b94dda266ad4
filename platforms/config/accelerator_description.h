// SPDX-License-Identifier: Apache-2.0
// An accelerator as a description has it: the endpoint's parameters, and the preset that those come
// from which are not written out. Units: in the keys.
#pragma once
#include <optional>
#include <string>

#include "antares/models/accelerator/accelerator_config.h"

namespace antares::platforms {

struct AcceleratorDescription : models::AcceleratorConfig {
  /// Not there once a description is loaded: the preset's values stand in its place (presets.h).
  std::optional<std::string> preset;

  template <class Visitor>
  static void fields(Visitor& visit) {
    visit("preset", &AcceleratorDescription::preset,
          "Values of a known part for all keys that are not written beside it: a name of `antares "
          "list presets`, or a .yaml file of that form, relative to the description");
    Members<Visitor> members{visit};
    AcceleratorConfig::fields(members);
  }

 private:
  /// Lists members of the base as members of this struct.
  template <class Visitor>
  struct Members {
    Visitor& visit;
    template <class Member>
    auto operator()(const char* key, Member AcceleratorConfig::*member, const char* doc) {
      return visit(key, static_cast<Member AcceleratorDescription::*>(member), doc);
    }
  };
};

}  // namespace antares::platforms
