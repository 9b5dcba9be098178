// SPDX-License-Identifier: MIT
// RTM_NEWLINK and RTM_DELLINK → Link.
#pragma once

#include <cstdint>
#include <span>

#include "netlink/types.h"

namespace ka::netlink {

/// false when the payload is no plain link message: too short, or of another family (a bridge telling of its
/// port).
bool parse_link(std::span<const uint8_t> payload, Link& link);

}  // namespace ka::netlink
