// SPDX-License-Identifier: MIT
// IP addresses as values in network order, and their text. Text is canonical as in lib/base/address.ts:
// dotted quad or RFC 5952, so that both sides print the same address alike.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace ka::codec {

inline constexpr uint8_t kIpv4 = 4;
inline constexpr uint8_t kIpv6 = 6;

/// Bytes of one address of this family; 0 for none.
constexpr size_t address_size(uint8_t family) { return family == kIpv4 ? 4 : family == kIpv6 ? 16 : 0; }

struct Addr {
  /// 4 or 6; 0 is no address.
  uint8_t family = 0;
  /// Network order; bytes beyond size() are zero.
  std::array<uint8_t, 16> bytes{};

  constexpr size_t size() const { return address_size(family); }
  std::span<const uint8_t> view() const { return {bytes.data(), size()}; }
  bool empty() const { return family == 0; }

  /// IPv4 before IPv6, then numerically in network order, as VRRP breaks ties (RFC 9568 6.4.3).
  friend auto operator<=>(const Addr&, const Addr&) = default;
};

/// 4 or 16 bytes make an address of `family`; anything else gives none.
Addr make_address(uint8_t family, std::span<const uint8_t> bytes);

/// 224.0.0.0/4 or ff00::/8.
bool is_multicast(const Addr& address);

/// Numeric text without prefix or zone → address. false, and `out` untouched, for anything else.
bool parse_address(std::string_view text, Addr& out);

/// Room for the longest text, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", and its end.
inline constexpr size_t kAddressTextSize = 40;
using AddressText = std::array<char, kAddressTextSize>;

/// Canonical text in `buffer`, zero-terminated; "" for no address. The view lives as long as the buffer.
std::string_view print_address(const Addr& address, AddressText& buffer);

}  // namespace ka::codec
