// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/pcie/acs.h"

#include <set>

namespace antares::protocols {

std::vector<std::string> problems(const AcsConfig& config) {
  std::vector<std::string> found;
  if (!config.egress_blocked.empty() && !config.egress_control) {
    found.push_back("egress_blocked names " + std::to_string(config.egress_blocked.size()) +
                    (config.egress_blocked.size() == 1 ? " port" : " ports") +
                    ", but egress_control is off; set egress_control: true, or leave the list out");
  }
  std::set<std::string> seen;
  for (const std::string& port : config.egress_blocked) {
    if (!seen.insert(port).second) {
      found.push_back("egress_blocked names the port '" + port + "' twice; once is enough");
    }
  }
  return found;
}

AcsConfig isolating_acs() {
  AcsConfig config;
  config.source_validation = config.request_redirect = true;
  config.completion_redirect = config.upstream_forwarding = true;
  return config;
}

namespace {

/// Why a control blocked, for a person.
const char* reason(AcsControl control) {
  switch (control) {
    case AcsControl::source_validation:
      return "ACS: blocked by source_validation";
    case AcsControl::translation_blocking:
      return "ACS: blocked by translation_blocking";
    case AcsControl::egress_control:
      return "ACS: blocked by egress_control";
    default:  // the others redirect
      return "ACS: blocked, there is no way back down";
  }
}

}  // namespace

const char* to_string(AcsControl control) {
  switch (control) {
    case AcsControl::none:
      return "none";
    case AcsControl::source_validation:
      return "source_validation";
    case AcsControl::translation_blocking:
      return "translation_blocking";
    case AcsControl::request_redirect:
      return "request_redirect";
    case AcsControl::completion_redirect:
      return "completion_redirect";
    case AcsControl::upstream_forwarding:
      return "upstream_forwarding";
    case AcsControl::egress_control:
      return "egress_control";
    case AcsControl::direct_translated:
      return "direct_translated";
  }
  return "?";
}

AccessVerdict AcsRules::ask(const AccessQuestion& question) const {
  const AcsVerdict verdict = judge(question);
  if (verdict.action != AccessAction::block) return {verdict.action, ""};
  return {AccessAction::block, reason(verdict.by)};
}

AcsVerdict AcsRules::judge(const AccessQuestion& question) const {
  if (!question.from_below) return {};
  if (question.request) {
    if (config_.source_validation && !question.requester_in_range) {
      return {AccessAction::block, AcsControl::source_validation};
    }
    if (question.multicast) return {};
    if (config_.translation_blocking && question.address_type != AddressType::untranslated) {
      return {AccessAction::block, AcsControl::translation_blocking};
    }
  }
  switch (question.target) {
    case AccessTarget::upstream:
      return {};
    case AccessTarget::itself:
      if (config_.upstream_forwarding) {
        return {AccessAction::redirect_upstream, AcsControl::upstream_forwarding};
      }
      return {AccessAction::block, AcsControl::none};
    case AccessTarget::sibling:
      break;
  }
  if (question.request) return judge_peer_request(question);
  if (config_.completion_redirect && !question.relaxed_ordering) {
    return {AccessAction::redirect_upstream, AcsControl::completion_redirect};
  }
  return {};
}

AcsVerdict AcsRules::judge_peer_request(const AccessQuestion& question) const {
  if (config_.direct_translated && question.address_type == AddressType::translated) {
    return {AccessAction::forward, AcsControl::direct_translated};
  }
  if (config_.egress_control) {
    // The vector makes redirection selective: a sibling that it doesn't block is reached directly.
    if (!question.egress_blocked) return {};
    return {config_.request_redirect ? AccessAction::redirect_upstream : AccessAction::block,
            AcsControl::egress_control};
  }
  if (config_.request_redirect) {
    return {AccessAction::redirect_upstream, AcsControl::request_redirect};
  }
  return {};
}

}  // namespace antares::protocols
