// Between the BFD process and the engine of VRRP: word that a session has ended, one datagram each, past both event loops.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "sys/monotonic.h"
#include "sys/unique_fd.h"

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

/// The end that is written and the one that is read; closed on exec. Throws SystemError.
std::pair<UniqueFd, UniqueFd> create_session_channel();

bool is_session_channel(int fd);

/// Never waits: whoever does not read learns of it from its parent all the same.
void tell_loss(int fd, const SessionLoss& loss);

/// false: none waits. What is no SessionLoss is skipped.
bool hear_loss(int fd, SessionLoss& loss);

}  // namespace ka::sys
