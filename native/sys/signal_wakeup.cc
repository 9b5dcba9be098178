// SPDX-License-Identifier: MIT
#include "sys/signal_wakeup.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>

#include "sys/system_error.h"

namespace ka::sys {

namespace {

/// Zero-initialised, so that no constructor has to run before a handler looks: 0 stands for no descriptor.
struct Slot {
  std::atomic<int> fd_plus_one;
  std::atomic<bool> listening;
};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);
std::array<Slot, NSIG> slots;

/// Async-signal-safe: lock-free loads and write(2); the interrupted code keeps its errno.
void wake(int signal) {
  const Slot& slot = slots[static_cast<size_t>(signal)];
  if (!slot.listening.load()) return;
  const int interrupted_errno = errno;
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t n = ::write(slot.fd_plus_one.load() - 1, &one, sizeof one);
  errno = interrupted_errno;
}

}  // namespace

int begin_signal_wakeups(int signal) {
  if (signal < 1 || signal >= NSIG) throw SystemError(EINVAL, "sigaction");
  Slot& slot = slots[static_cast<size_t>(signal)];
  if (slot.listening.load()) throw SystemError(EBUSY, "sigaction", "the signal has a listener");
  if (slot.fd_plus_one.load() == 0) {
    const int fd = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (fd < 0) throw SystemError(errno, "eventfd");
    slot.fd_plus_one.store(fd + 1);
  }
  struct sigaction action {};
  action.sa_handler = wake;
  action.sa_flags = SA_RESTART;
  if (::sigaction(signal, &action, nullptr) != 0) throw SystemError(errno, "sigaction");
  slot.listening.store(true);
  return slot.fd_plus_one.load() - 1;
}

bool take_signal_wakeup(int signal) {
  uint64_t count = 0;
  const int fd = slots[static_cast<size_t>(signal)].fd_plus_one.load() - 1;
  return ::read(fd, &count, sizeof count) == sizeof count;
}

void end_signal_wakeups(int signal) {
  // The handler stays: the default would end the process.
  slots[static_cast<size_t>(signal)].listening.store(false);
}

}  // namespace ka::sys
