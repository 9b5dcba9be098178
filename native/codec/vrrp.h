// SPDX-License-Identifier: MIT
// VRRPv2 (RFC 3768) and VRRPv3 (RFC 5798, RFC 9568) advertisements: encoding, and the questions a receiver
// asks first. No system call, no heap, no exceptions: the engine thread calls all of this for every packet.
//
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +-------+-------+---------------+---------------+---------------+
//   |version| type 1|     VRID      |   Priority    | Address count |
//   +-------+-------+---------------+---------------+---------------+
//   | v2: auth type, interval in seconds |          Checksum         |
//   | v3: 0000, interval in centiseconds |                           |
//   +-----------------------------------+---------------------------+
//   | addresses, 4 or 16 bytes each, in configuration order ...     |
//   | v2 over IPv4 only: 8 bytes of authentication data, always     |
//   +---------------------------------------------------------------+
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "codec/address.h"
#include "codec/ah.h"
#include "codec/auth_hmac.h"

namespace ka::codec {

inline constexpr uint8_t kProtocolVrrp = 112;
inline constexpr uint8_t kProtocolAh = 51;
inline constexpr uint8_t kTypeAdvertisement = 1;
inline constexpr uint8_t kAuthNone = 0;
inline constexpr uint8_t kAuthPass = 1;
inline constexpr uint8_t kAuthAh = 2;

inline constexpr size_t kVrrpHeaderSize = 8;
inline constexpr size_t kAuthDataSize = 8;
inline constexpr size_t kIpv4HeaderSize = 20;
inline constexpr size_t kMaxAddresses = 255;
/// No packet of encode_advert is larger.
inline constexpr size_t kMaxAdvertSize =
    kIpv4HeaderSize + kAhSize + kVrrpHeaderSize + kMaxAddresses * 16 + kAuthDataSize + kTrailerSize;

/// 224.0.0.18: what old keepalived takes for the destination of a v3 unicast advert in its checksum, whatever
/// the real one is (reference 1.4).
inline constexpr Addr kOldSumDestination{kIpv4, {224, 0, 0, 18}};

using AuthData = std::array<uint8_t, kAuthDataSize>;

/// Content of an advertisement: AdvertFrame of surface.ts without its destinations.
struct AdvertSpec {
  uint8_t version = 2;  ///< 2 or 3
  uint8_t vrid = 0;
  uint8_t priority = 0;
  uint8_t auth_type = kAuthNone;  ///< v2 only; kAuthAh is for IPv4
  AuthData auth_data{};           ///< zero padded; sent for kAuthPass only
  bool trailer = false;           ///< with room for an auth_hmac trailer
  /// Goes out in whole seconds (v2, 1..255) or centiseconds (v3, 1..4095), rounded down.
  uint64_t interval_us = 0;
  bool v3_checksum_as_v2 = false;             ///< v3 over IPv4 without pseudo-header
  bool old_unicast_sum = false;               ///< v3 over IPv4 with 224.0.0.18 as the pseudo-header's destination
  uint8_t ttl = 255;                          ///< IPv4 header only; IPv6 hop limit is the sender's business
  Addr source;                                ///< its family is the packet's
  uint16_t count = 0;                         ///< of addresses, 0..255
  std::array<Addr, kMaxAddresses> addresses;  ///< all of the source's family
};

/// Writes the advertisement for one destination. IPv4: whole packet, reference 1.1 (checksum of the IP header
/// 0, which the kernel fills in). IPv6: VRRP message only, checksum included. An AH or a trailer has its
/// place and nothing in it: sign_ah and sign_trailer fill it in for each advert. Returns the bytes written; 0
/// when they do not fit, or when the interval, a family or AH over it cannot be expressed.
size_t encode_advert(const AdvertSpec& spec, const Addr& destination, uint16_t ip_id, std::span<uint8_t> out);

/// Changes the priority of an encoded advertisement in place and updates its checksum (RFC 1624). family as
/// encoded. false, and nothing changed, for bytes that encode_advert cannot have made.
bool set_priority(std::span<uint8_t> packet, uint8_t family, uint8_t priority);

/// The VRRP message in an encoded advertisement, trailer included. Empty for bytes that encode_advert cannot
/// have made.
std::span<uint8_t> message_of(std::span<uint8_t> packet, uint8_t family);

/// Computes the checksum of an encoded IPv6 advertisement anew, which covers the trailer (RFC 8200 8.1).
/// Where a kernel sends, it does the same.
void refresh_ipv6_checksum(std::span<uint8_t> packet, const Addr& source, const Addr& destination);

/// Puts a new identification into an encoded IPv4 advertisement.
bool set_ip_id(std::span<uint8_t> packet, uint16_t ip_id);

/// Where things are in a received packet, and whose it is.
struct Located {
  uint8_t vrid = 0;
  uint8_t priority = 0;
  uint8_t ip_header_size = 0;  ///< 0 for IPv6: such a socket delivers no header
  size_t vrrp_offset = 0;      ///< of the VRRP header
  int ttl = -1;                ///< IPv4 only
  Addr source;                 ///< IPv4 only; IPv6 tells it beside the packet
  Addr destination;            ///< IPv4 only
};

/// First look at a packet as the raw socket delivers it (IPv4 with its header, options included; IPv6
/// without): enough to find the router it is for. false: too short for IP header + [AH] + VRRP header.
bool locate(std::span<const uint8_t> packet, uint8_t family, uint8_t protocol, Located& out);

}  // namespace ka::codec
