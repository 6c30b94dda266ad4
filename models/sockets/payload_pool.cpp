// SPDX-License-Identifier: Apache-2.0
#include "antares/models/sockets/payload_pool.h"

namespace antares::models {
namespace {
/// Owns one copied payload and its data.
class OwnedCopy : public tlm::tlm_mm_interface {
 public:
  explicit OwnedCopy(const tlm::tlm_generic_payload& original)
      : payload_(this),
        data_(
            original.get_data_ptr(),
            original.get_data_ptr() + (original.get_data_ptr() ? original.get_data_length() : 0)) {
    payload_.set_command(original.get_command());
    payload_.set_address(original.get_address());
    payload_.set_data_ptr(data_.empty() ? nullptr : data_.data());
    payload_.set_data_length(original.get_data_length());
    payload_.set_streaming_width(original.get_streaming_width());
    if (const unsigned char* enables = original.get_byte_enable_ptr()) {
      enables_.assign(enables, enables + original.get_byte_enable_length());
      payload_.set_byte_enable_ptr(enables_.data());
      payload_.set_byte_enable_length(original.get_byte_enable_length());
    }
    if (const auto* hint = original.get_extension<PacketHint>()) {
      hint_ = *hint;
      payload_.set_extension(&hint_);
    }
    payload_.acquire();
  }
  tlm::tlm_generic_payload& payload() { return payload_; }

 private:
  void free(tlm::tlm_generic_payload*) override {
    payload_.clear_extension(&hint_);
    delete this;
  }
  ~OwnedCopy() override = default;

  tlm::tlm_generic_payload payload_;
  std::vector<unsigned char> data_;
  std::vector<unsigned char> enables_;
  PacketHint hint_;
};
}  // namespace

tlm::tlm_generic_payload& PayloadPool::get() {
  if (free_.empty()) {
    all_.push_back(std::make_unique<tlm::tlm_generic_payload>(this));
    all_.back()->set_extension(new PacketHint);  // freed with the payload
    free_.push_back(all_.back().get());
  }
  tlm::tlm_generic_payload& payload = *free_.back();
  free_.pop_back();
  payload.acquire();
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  payload.set_dmi_allowed(false);
  payload.set_byte_enable_ptr(nullptr);
  payload.set_byte_enable_length(0);
  payload.set_command(tlm::TLM_IGNORE_COMMAND);
  payload.set_address(0);
  payload.set_data_ptr(nullptr);
  payload.set_data_length(0);
  payload.set_streaming_width(0);
  return payload;
}

tlm::tlm_generic_payload& copy_of(const tlm::tlm_generic_payload& payload) {
  return (new OwnedCopy(payload))->payload();
}

}  // namespace antares::models
