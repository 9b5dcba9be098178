// SPDX-License-Identifier: MIT
// One end of a connection between two processes of the daemon: bytes in order, never waiting.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "sys/unique_fd.h"

namespace ka::sys {

/// Two connected ends of this type (SOCK_STREAM, SOCK_DGRAM), closed on exec. Throws SystemError.
std::pair<UniqueFd, UniqueFd> socket_pair(int type);

class StreamSocket {
 public:
  /// Takes the descriptor over. Throws SystemError (EBADF).
  explicit StreamSocket(int fd);

  int descriptor() const { return fd_.get(); }

  /// What has come, as much of it as there is room for; empty: nothing has. nullopt: the other end is closed, or broken.
  std::optional<std::string_view> read(std::span<char> room);

  /// Sent, or kept until write() is called; nothing when the other end is closed.
  void send(std::string_view bytes);
  /// Sends on.
  void write();
  /// Bytes that the kernel has not taken yet.
  size_t waiting() const { return unsent_.size() - sent_; }

 private:
  /// How many of them nobody has to keep: the kernel has them, or they will never be read.
  size_t pass(std::string_view bytes);

  UniqueFd fd_;
  std::string unsent_;
  size_t sent_ = 0;
};

}  // namespace ka::sys
