// Whether the addresses of this machine have changed: one descriptor that becomes readable when they may have.
#pragma once

#include "sys/unique_fd.h"

namespace ka::netlink {

class AddressChanges {
 public:
  /// Throws sys::SystemError.
  AddressChanges();

  int descriptor() const { return fd_.get(); }
  /// Forgets what has been told so far; messages that were lost count as told. Never throws.
  void drain() noexcept;

 private:
  sys::UniqueFd fd_;
};

}  // namespace ka::netlink
