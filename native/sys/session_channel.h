// SPDX-License-Identifier: MIT
// Between the BFD process and the engine of VRRP: word that a session has ended, one datagram each, past both event loops. The
// ends are those of socket_pair(SOCK_DGRAM).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sys/monotonic.h"

namespace ka::sys {

/// As in bfd_instance, padded with zeros.
using SessionName = std::array<char, 32>;

struct SessionLoss {
  SessionName session{};
  /// CLOCK_MONOTONIC.
  Micros at = 0;
};

/// Cut at 31 bytes.
SessionName session_name(std::string_view text);

bool is_session_channel(int fd);

/// Never waits: whoever does not read learns of it from its parent all the same.
void tell_loss(int fd, const SessionLoss& loss);

/// false: none waits. What is no SessionLoss is skipped.
bool hear_loss(int fd, SessionLoss& loss);

}  // namespace ka::sys
