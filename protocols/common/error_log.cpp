// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/common/error_log.h"

#include <algorithm>

namespace antares::protocols {

const char* to_string(ErrorKind kind) {
  static constexpr const char* kNames[kErrorKinds] = {
      "replay_rollover",    "surprise_down",         "poisoned",      "poison_blocked",
      "completion_timeout", "unexpected_completion", "malformed",     "unsupported_request",
      "access_violation",   "completer_abort",       "replay_gave_up"};
  return kNames[static_cast<std::size_t>(kind)];
}

const char* to_string(ErrorSeverity severity) {
  switch (severity) {
    case ErrorSeverity::correctable:
      return "correctable";
    case ErrorSeverity::nonfatal:
      return "nonfatal";
    case ErrorSeverity::fatal:
      break;
  }
  return "fatal";
}

ErrorSeverity severity_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::replay_rollover:
    case ErrorKind::unexpected_completion:
      return ErrorSeverity::correctable;
    case ErrorKind::surprise_down:
    case ErrorKind::malformed:
    case ErrorKind::replay_gave_up:
      return ErrorSeverity::fatal;
    case ErrorKind::poisoned:
    case ErrorKind::poison_blocked:
    case ErrorKind::completion_timeout:
    case ErrorKind::unsupported_request:
    case ErrorKind::access_violation:
    case ErrorKind::completer_abort:
      break;
  }
  return ErrorSeverity::nonfatal;
}

const ErrorRecord& ErrorLog::record(ErrorKind kind, Picoseconds at_ps,
                                    const std::optional<ErrorHeader>& header) {
  ErrorRecord record;
  record.kind = kind;
  record.severity = severity_of(kind);
  record.at_ps = at_ps;
  record.header = header;
  auto& first = first_[static_cast<std::size_t>(record.severity)];
  record.first = !first;
  if (!first) first = record;
  ++counts_[static_cast<std::size_t>(kind)];
  ++total_;
  if (records_.size() == kMostRecords) {
    records_.erase(std::find_if(records_.begin(), records_.end(),
                                [](const ErrorRecord& old) { return !old.first; }));
  }
  records_.push_back(record);
  return records_.back();
}

const ErrorRecord* ErrorLog::first(ErrorSeverity severity) const {
  const auto& first = first_[static_cast<std::size_t>(severity)];
  return first ? &*first : nullptr;
}

void ErrorLog::clear() { *this = ErrorLog(); }

}  // namespace antares::protocols
