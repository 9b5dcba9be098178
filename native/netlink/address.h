// SPDX-License-Identifier: MIT
// Interface addresses: RTM_NEWADDR and RTM_DELADDR both ways (reference/vrrp-protocol.md section 11).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "netlink/types.h"

namespace ka::netlink {

/// IFA_PROTO of what we add, so that it is recognised after a crash; the number keepalived uses.
constexpr uint8_t kAddressProtocol = 18;

struct AddressRequest {
  uint8_t family = 0;
  int32_t ifindex = 0;
  std::array<uint8_t, 16> bytes{};
  uint8_t prefix_length = 0;
  std::optional<std::array<uint8_t, 16>> peer;
  std::optional<std::array<uint8_t, 16>> broadcast;
  std::string label;
  uint8_t scope = 0;
  uint32_t flags = 0;
  /// Seconds; 0xffffffff for ever. The kernel removes the address after the valid lifetime.
  uint32_t preferred_lifetime = 0xffffffff;
  uint32_t valid_lifetime = 0xffffffff;
};

/// A complete request; an address that exists already is an error (EEXIST), never silently taken over.
std::vector<uint8_t> encode_address_add(const AddressRequest& request);
/// Its lifetimes begin anew.
std::vector<uint8_t> encode_address_renew(const AddressRequest& request);
std::vector<uint8_t> encode_address_delete(const AddressRequest& request);

/// false when the payload is no IPv4 or IPv6 address message.
bool parse_address(std::span<const uint8_t> payload, Address& address);

}  // namespace ka::netlink
