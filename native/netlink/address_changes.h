// SPDX-License-Identifier: MIT
// Whether the addresses of this machine have changed: one descriptor that becomes readable when they may have.
#pragma once

#include "netlink/channel.h"
#include "sys/unique_fd.h"

namespace ka::netlink {

class AddressChanges {
 public:
  /// receive_buffer.bytes 0: as the system has it. Throws sys::SystemError.
  explicit AddressChanges(const ReceiveBuffer& receive_buffer);

  int descriptor() const { return fd_.get(); }
  /// Forgets what has been told so far; messages that were lost count as told. Never throws.
  void drain() noexcept;

 private:
  sys::UniqueFd fd_;
};

}  // namespace ka::netlink
