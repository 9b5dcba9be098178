// SPDX-License-Identifier: MIT
// An eventfd that wakes one thread out of epoll.
#pragma once

#include <sys/eventfd.h>

#include <cerrno>
#include <cstdint>

#include "sys/system_error.h"
#include "sys/unique_fd.h"

namespace ka::sys {

class Wakeup {
 public:
  Wakeup() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (!fd_) throw SystemError(errno, "eventfd");
  }
  int fd() const { return fd_.get(); }
  void signal() const {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t n = ::write(fd_.get(), &one, sizeof one);
  }
  void consume() const {
    uint64_t count = 0;
    [[maybe_unused]] const ssize_t n = ::read(fd_.get(), &count, sizeof count);
  }

 private:
  UniqueFd fd_;
};

}  // namespace ka::sys
