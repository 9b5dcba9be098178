// SPDX-License-Identifier: MIT
// The receive ladder: every check of reference/vrrp-protocol.md 4.2 in its order, so that a packet that
// breaks two rules is refused for the first one, as keepalived does. No system call, no heap.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "codec/auth_memory.h"
#include "codec/vrrp.h"

namespace ka::codec {

/// Reasons in the order of RefusalReason in surface.ts, which is the order of the checks.
enum class Refusal : uint8_t {
  none,
  truncated,
  too_short,
  unknown_vrid,
  ah_header_mismatch,
  length,
  ttl,
  version,
  auth_ext_missing,
  auth_ext_not_peer,
  auth_ext_malformed,
  auth_ext_stale,
  auth_ext_unknown_key,
  auth_ext_invalid_hmac,
  auth_ext_replay,
  auth_type_invalid,
  auth_type_mismatch,
  auth_failure,
  ah_next_header,
  ah_icv,
  ah_spi,
  ah_sequence,
  interval,
  type,
  ip_length,
  checksum,
  cast_kind,
  owner_ignores,
  unicast_source,
  unicast_ttl,
};
inline constexpr size_t kRefusalCount = static_cast<size_t>(Refusal::unicast_ttl) + 1;

/// The name in surface.ts; "accepted" for Refusal::none.
const char* refusal_name(Refusal reason);

/// keepalived counts an advert as received before the last checks (row 16): also one that these refuse.
constexpr bool counts_as_received(Refusal reason) {
  return reason == Refusal::none || reason == Refusal::unicast_source || reason == Refusal::unicast_ttl;
}

struct Peer {
  Addr address;
  uint8_t min_ttl = 0;
  uint8_t max_ttl = 255;
};

/// Which sum a v3 unicast advert over IPv4 may have: the RFC's, the old one (kOldSumDestination), or either.
enum class UnicastSum : uint8_t { either, old, standard };

/// Expectation of surface.ts.
struct Expectation {
  uint8_t version = 2;
  uint8_t auth_type = kAuthNone;
  AuthData auth_data{};
  std::optional<AhKey> ah_key;       ///< from auth_data; without one nothing with AH is believed
  std::optional<HmacPolicy> hmac;    ///< auth_hmac, if it is configured
  uint64_t interval_us = 0;
  bool check_unicast_source = false;
  bool v3_checksum_as_v2 = false;
  UnicastSum unicast_sum = UnicastSum::either;
  bool ignore_adverts = false;
  bool skip_address_check = false;
  uint16_t count = 0;
  std::array<Addr, kMaxAddresses> addresses;
  std::vector<Peer> peers;
};

/// What the socket knows beside the packet. IPv4 takes source, destination and TTL from the packet's own
/// header.
struct PacketContext {
  uint8_t family = kIpv4;
  bool unicast_endpoint = false;
  uint8_t protocol = kProtocolVrrp;
  Addr source{};       ///< IPv6: from recvmsg
  Addr destination{};  ///< IPv6: from IPV6_PKTINFO; none leaves the checksum to the kernel
  int ttl = -1;        ///< IPv6: from IPV6_HOPLIMIT; −1 unknown, which no TTL check accepts
  bool source_is_recorded_active = false;  ///< in BACKUP, and the source is the recorded active router
  int64_t wall_us = 0;                     ///< Unix time of reception in µs, for auth_hmac
  /// What was heard before; updated by what proves genuine and new, accepted in the end or not. nullptr:
  /// nothing is known, and nothing kept.
  AuthMemory* memory = nullptr;
};

enum class AddressMismatch : uint8_t { none, count, missing };

struct Verdict {
  Refusal reason = Refusal::none;
  /// What came and what was expected, in the unit of the check: bytes, TTL, version, type, seconds, auth type
  /// …; unicast_ttl: the bound that was broken. Both 0 where there is nothing to compare.
  int64_t received = 0;
  int64_t expected = 0;
  // Filled as far as the packet was readable, for refused ones too.
  uint8_t priority = 0;
  uint8_t vrid = 0;
  uint8_t ttl = 0;
  uint32_t interval_us = 0;  ///< v2: 1..255 s, v3: 0..40.95 s
  AddressMismatch address_mismatch = AddressMismatch::none;
  /// count: how many came; missing: index of our first address that is not listed.
  int32_t mismatch_detail = 0;
  bool old_unicast_sum = false;     ///< accepted for its old sum, with UnicastSum::either
  bool interval_mismatch = false;  ///< v3, row 12: accepted, worth a line
  /// auth_hmac by time: seconds that the sender's clock is ahead of ours, where that is more than half the
  /// window; else 0.
  int32_t clock_skew = 0;
  uint32_t ah_sequence = 0;
  Addr source;
};

/// Runs the ladder. Everything after the dispatcher's own checks (truncated, unknown_vrid) is here.
Verdict judge(const Expectation& expectation, std::span<const uint8_t> packet, const PacketContext& context);

}  // namespace ka::codec
