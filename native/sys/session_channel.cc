// SPDX-License-Identifier: MIT
#include "sys/session_channel.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

namespace ka::sys {

namespace {

/// More of them, one after the other, are nobody's of ours.
constexpr int kMostOddities = 16;

}  // namespace

SessionName session_name(std::string_view text) {
  SessionName name{};
  std::copy_n(text.begin(), std::min(text.size(), name.size() - 1), name.begin());
  return name;
}

bool is_session_channel(int fd) {
  struct stat status {};
  return fd >= 0 && ::fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

void tell_loss(int fd, const SessionLoss& loss) {
  if (fd >= 0) static_cast<void>(::send(fd, &loss, sizeof loss, MSG_DONTWAIT | MSG_NOSIGNAL));
}

bool hear_loss(int fd, SessionLoss& loss) {
  for (int tries = 0; tries < kMostOddities; ++tries) {
    const ssize_t length = ::recv(fd, &loss, sizeof loss, MSG_DONTWAIT | MSG_TRUNC);
    if (length < 0 && errno != EINTR) return false;
    if (length == static_cast<ssize_t>(sizeof loss)) return true;
  }
  return false;
}

}  // namespace ka::sys
