// SPDX-License-Identifier: MIT
// Unsolicited Neighbor Advertisement (RFC 4861 4.4 and 7.2.6, reference 9.1).
#pragma once

#include <cstdint>
#include <span>

#include "codec/address.h"
#include "codec/arp.h"

namespace ka::codec {

inline constexpr size_t kUnsolicitedNaSize = 86;

/// Ethernet frame to all nodes: override set, solicited clear, target link-layer address present. Returns 86;
/// 0 for another family or when it does not fit.
size_t encode_unsolicited_na(const Addr& address, Mac mac, bool router, std::span<uint8_t> out);

}  // namespace ka::codec
