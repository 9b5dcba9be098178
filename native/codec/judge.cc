// SPDX-License-Identifier: MIT
#include "codec/judge.h"

#include <algorithm>
#include <cstdlib>

#include "codec/bytes.h"
#include "codec/checksum.h"

namespace ka::codec {

namespace {

constexpr const char* kRefusalNames[kRefusalCount] = {
    "accepted",
    "truncated",
    "too_short",
    "unknown_vrid",
    "ah_header_mismatch",
    "length",
    "ttl",
    "version",
    "auth_ext_missing",
    "auth_ext_not_peer",
    "auth_ext_malformed",
    "auth_ext_stale",
    "auth_ext_unknown_key",
    "auth_ext_invalid_hmac",
    "auth_ext_replay",
    "auth_type_invalid",
    "auth_type_mismatch",
    "auth_failure",
    "ah_next_header",
    "ah_icv",
    "ah_spi",
    "ah_sequence",
    "interval",
    "type",
    "ip_length",
    "checksum",
    "cast_kind",
    "owner_ignores",
    "unicast_source",
    "unicast_ttl",
};

/// The packet taken apart once; every check below reads from here.
struct Advert {
  std::span<const uint8_t> packet;
  std::span<const uint8_t> message;  ///< from the VRRP header to the end that the address count promises
  std::span<const uint8_t> ip_header;  ///< with its options; empty for IPv6
  std::span<const uint8_t> ah;         ///< the 24 bytes of the AH, if the socket is one for AH
  /// The message and the auth_hmac trailer behind it; empty when there is none, or nobody looks for one.
  std::span<const uint8_t> signed_message;
  size_t expected_size = 0;          ///< of the whole packet
  uint8_t family = kIpv4;
  uint8_t version = 0;
  uint8_t type = 0;
  uint8_t count = 0;
  uint8_t auth_type = 0;
  uint16_t interval = 0;  ///< seconds (v2) or centiseconds (v3)
  uint16_t ip_total = 0;
  int ttl = -1;
  Addr source;
  Addr destination;
};

/// Same size, or padded by Ethernet to its minimum: then whole frames of 60 (64 with VLAN tags, …) bytes
/// arrive, which leaves 2 modulo 4 behind the 4-aligned packet (rows 2 and 11).
bool size_fits(size_t received, size_t expected) {
  constexpr size_t kMinimumPayload = 46;
  return received == expected ||
         (received > expected && expected < kMinimumPayload && (received - expected) % 4 == 2);
}

Advert take_apart(std::span<const uint8_t> packet, const PacketContext& context, const Located& located,
                  bool look_for_trailer) {
  Advert advert;
  advert.packet = packet;
  advert.family = context.family;
  const bool ipv4 = context.family == kIpv4;
  advert.source = ipv4 ? located.source : context.source;
  advert.destination = ipv4 ? located.destination : context.destination;
  advert.ttl = ipv4 ? located.ttl : context.ttl;
  if (ipv4) {
    advert.ip_header = packet.first(located.ip_header_size);
    Reader ip(packet);
    ip.skip(2);
    advert.ip_total = ip.u16();
  }
  if (context.protocol == kProtocolAh) advert.ah = packet.subspan(located.ip_header_size, kAhSize);

  Reader header(packet.subspan(located.vrrp_offset));
  const uint8_t version_and_type = header.u8();
  advert.version = version_and_type >> 4;
  advert.type = version_and_type & 0x0f;
  header.skip(2);
  advert.count = header.u8();
  const uint16_t word = header.u16();
  const bool v2 = advert.version == 2;
  advert.auth_type = v2 ? static_cast<uint8_t>(word >> 8) : 0;
  // RFC 9568 5.2.6: the four reserved bits of v3 are ignored.
  advert.interval = v2 ? word & 0xff : word & 0xfff;

  const size_t size =
      kVrrpHeaderSize + advert.count * address_size(context.family) + (v2 && ipv4 ? kAuthDataSize : 0);
  advert.expected_size = located.vrrp_offset + size;
  if (packet.size() >= advert.expected_size) advert.message = packet.subspan(located.vrrp_offset, size);
  // Reference 2.3: it is found by the length alone.
  if (look_for_trailer && packet.size() == advert.expected_size + kTrailerSize) {
    advert.expected_size += kTrailerSize;
    advert.signed_message = packet.subspan(located.vrrp_offset);
  }
  return advert;
}

/// What one rung has to say: the reason, and the two numbers of its log line.
struct Finding {
  Refusal reason = Refusal::none;
  int64_t received = 0;
  int64_t expected = 0;
};
constexpr Finding kFine{};

Finding refuse_unless(bool fine, Refusal reason, int64_t received = 0, int64_t expected = 0) {
  if (fine) return kFine;
  return {reason, received, expected};
}

/// All that a rung may look at.
struct Scene {
  const Expectation& ours;
  const Advert& advert;
  const PacketContext& context;
};

Finding check_cast(const Scene& s) {
  // The destination of an IPv6 packet may be unknown; the socket is bound to its group or address anyway.
  if (s.advert.destination.empty()) return kFine;
  const bool unicast = !is_multicast(s.advert.destination);
  return refuse_unless(unicast == s.context.unicast_endpoint, Refusal::cast_kind, unicast,
                       s.context.unicast_endpoint);
}

/// The dispatcher's step 6 (reference 4.1): IPv6 looks at the kind of the packet before anything else.
Finding check_cast_of_ipv6(const Scene& s) { return s.advert.family == kIpv6 ? check_cast(s) : kFine; }

Finding check_ah_header(const Scene& s) {
  const bool wants_ah = s.ours.auth_type == kAuthAh;
  const bool has_ah = !s.advert.ah.empty();
  return refuse_unless(has_ah == wants_ah || s.advert.family != kIpv4, Refusal::ah_header_mismatch, has_ah,
                       wants_ah);
}

Finding check_length(const Scene& s) {
  const size_t received = s.advert.packet.size();
  return refuse_unless(size_fits(received, s.advert.expected_size), Refusal::length,
                       static_cast<int64_t>(received), static_cast<int64_t>(s.advert.expected_size));
}

/// RFC 9568 5.1.1.3: a packet that was routed is none of ours. Unicast may be; row 19 has its limits.
Finding check_ttl(const Scene& s) {
  return refuse_unless(s.context.unicast_endpoint || s.advert.ttl == 255, Refusal::ttl, s.advert.ttl, 255);
}

Finding check_version(const Scene& s) {
  return refuse_unless(s.advert.version == s.ours.version, Refusal::version, s.advert.version,
                       s.ours.version);
}

bool is_peer(const Scene& s) {
  return std::any_of(s.ours.peers.begin(), s.ours.peers.end(),
                     [&](const Peer& peer) { return peer.address == s.advert.source; });
}

/// Row 5, itself in the order of reference 2.3: cheap checks first, the replay last so that only what was
/// signed can move a mark.
Finding check_auth_hmac(const Scene& s) {
  if (!s.ours.hmac) return kFine;
  const HmacPolicy& policy = *s.ours.hmac;
  if (s.advert.signed_message.empty()) {
    return refuse_unless(policy.mode != HmacMode::enforce, Refusal::auth_ext_missing);
  }
  if (s.context.unicast_endpoint && !is_peer(s)) return {Refusal::auth_ext_not_peer};
  const Trailer trailer = read_trailer(s.advert.signed_message.last(kTrailerSize));
  if (trailer.type != kTrailerType) return {Refusal::auth_ext_malformed, trailer.type, kTrailerType};
  if (trailer.reserved != 0) return {Refusal::auth_ext_malformed, trailer.reserved, 0};
  const Stamp now = stamp_of(s.context.wall_us);
  if (policy.anti_replay.by_time && !within(trailer.stamp, now, policy.anti_replay.window)) {
    return {Refusal::auth_ext_stale, seconds_between(trailer.stamp, now), policy.anti_replay.window};
  }
  const HmacKey* key = policy.key(trailer.key_id);
  if (key == nullptr) return {Refusal::auth_ext_unknown_key, trailer.key_id, 0};
  if (!trailer_verifies(*key, s.advert.source, s.advert.signed_message)) {
    return {Refusal::auth_ext_invalid_hmac, trailer.key_id, 0};
  }
  if (s.context.memory == nullptr) return kFine;
  HighWaterMarks& marks = s.context.memory->heard;
  if (!marks.is_new(s.advert.source, trailer.stamp, now, policy.anti_replay)) {
    return {Refusal::auth_ext_replay};
  }
  marks.accept(s.advert.source, trailer.stamp);
  return kFine;
}

/// Behind the ladder: how far an accepted sender's clock is off, where that is worth a line.
int32_t notable_skew(const Scene& s) {
  if (!s.ours.hmac || !s.ours.hmac->anti_replay.by_time || s.advert.signed_message.empty()) return 0;
  const Trailer trailer = read_trailer(s.advert.signed_message.last(kTrailerSize));
  const int32_t ahead = seconds_between(trailer.stamp, stamp_of(s.context.wall_us));
  return 2 * std::abs(ahead) > static_cast<int64_t>(s.ours.hmac->anti_replay.window) ? ahead : 0;
}

Finding check_auth_type_valid(const Scene& s) {
  return refuse_unless(s.advert.auth_type <= kAuthAh, Refusal::auth_type_invalid, s.advert.auth_type,
                       s.ours.auth_type);
}

Finding check_auth_type(const Scene& s) {
  return refuse_unless(s.advert.version != 2 || s.advert.auth_type == s.ours.auth_type,
                       Refusal::auth_type_mismatch, s.advert.auth_type, s.ours.auth_type);
}

Finding check_password(const Scene& s) {
  // v2 over IPv6 carries no authentication data (reference 1.3): there is nothing to compare.
  if (s.advert.version != 2 || s.advert.auth_type != kAuthPass || s.advert.family != kIpv4) return kFine;
  return refuse_unless(same_in_constant_time(s.advert.message.last(kAuthDataSize), s.ours.auth_data),
                       Refusal::auth_failure);
}

/// Reference 2.2, in its order. A number that was genuine and new counts as heard.
Finding check_ah(const Scene& s) {
  if (s.ours.auth_type != kAuthAh) return kFine;
  if (s.advert.ah.empty() || !s.ours.ah_key) return {Refusal::ah_icv};
  const AhHeader ah = read_ah(s.advert.ah);
  if (ah.next_header != kProtocolVrrp) return {Refusal::ah_next_header, ah.next_header, kProtocolVrrp};
  const Icv icv = ah_icv(*s.ours.ah_key, s.advert.ip_header, s.advert.ah, s.advert.message);
  if (!same_in_constant_time(icv, ah.icv)) return {Refusal::ah_icv};
  const uint32_t source = Reader(s.advert.source.view()).u32();
  if (ah.spi != source) return {Refusal::ah_spi, ah.spi, source};
  if (s.context.memory == nullptr) return kFine;
  AhSequence& sequence = s.context.memory->ah;
  if (!sequence.is_new(ah.sequence)) return {Refusal::ah_sequence, ah.sequence, sequence.last()};
  sequence.accept(ah.sequence);
  return kFine;
}

Finding check_interval(const Scene& s) {
  const auto seconds = static_cast<int64_t>(s.ours.interval_us / 1'000'000);
  return refuse_unless(s.advert.version != 2 || s.advert.interval == seconds, Refusal::interval,
                       s.advert.interval, seconds);
}

Finding check_type(const Scene& s) {
  return refuse_unless(s.advert.type == kTypeAdvertisement, Refusal::type, s.advert.type, kTypeAdvertisement);
}

Finding check_ip_length(const Scene& s) {
  const size_t received = s.advert.packet.size();
  return refuse_unless(s.advert.family != kIpv4 || size_fits(received, s.advert.ip_total), Refusal::ip_length,
                       static_cast<int64_t>(received), s.advert.ip_total);
}

bool checksum_verifies(const Advert& advert, const Addr* pseudo_destination) {
  // IPv6 sums all that follows its headers; over IPv4 VRRP has a sum of its own, without the trailer.
  const bool whole = advert.family == kIpv6 && !advert.signed_message.empty();
  const auto covered = whole ? advert.signed_message : advert.message;
  Checksum sum;
  if (pseudo_destination != nullptr) {
    sum.add_pseudo_header(advert.source, *pseudo_destination, kProtocolVrrp,
                          static_cast<uint32_t>(covered.size()));
  }
  return sum.add(covered).verifies();
}

bool verifies_as_old(const Scene& s, UnicastSum unicast) {
  return unicast != UnicastSum::standard && checksum_verifies(s.advert, &kOldSumDestination);
}

/// Behind the ladder: an advert that was accepted for its old sum alone.
bool has_old_sum(const Scene& s) {
  return s.context.unicast_endpoint && s.ours.unicast_sum == UnicastSum::either &&
         s.advert.family == kIpv4 && s.advert.version == 3 &&
         !checksum_verifies(s.advert, &s.advert.destination) && verifies_as_old(s, UnicastSum::either);
}

Finding check_checksum(const Scene& s) {
  const bool ipv6 = s.advert.family == kIpv6;
  // IPv6: the kernel has refused wrong ones already (IPV6_CHECKSUM); replay and tools have no kernel.
  if (ipv6 && s.advert.destination.empty()) return kFine;
  const bool ipv4_v3 = !ipv6 && s.advert.version == 3;
  const UnicastSum unicast =
      ipv4_v3 && s.context.unicast_endpoint ? s.ours.unicast_sum : UnicastSum::standard;
  const Addr* destination = ipv6 || ipv4_v3 ? &s.advert.destination : nullptr;
  bool fine = unicast != UnicastSum::old && checksum_verifies(s.advert, destination);
  if (!fine) fine = verifies_as_old(s, unicast);
  // Either form may come while a cluster is being moved from one to the other.
  if (!fine && !ipv6 && s.ours.v3_checksum_as_v2) fine = checksum_verifies(s.advert, nullptr);
  return refuse_unless(fine, Refusal::checksum);
}

Finding check_owner(const Scene& s) { return refuse_unless(!s.ours.ignore_adverts, Refusal::owner_ignores); }

/// The ladder: rows 1 to 15 in their order; row 12 refuses nothing. Behind check_length the message is known
/// to be whole.
constexpr Finding (*kLadder[])(const Scene&) = {
    check_cast_of_ipv6, check_ah_header, check_length,   check_ttl,
    check_version,      check_auth_hmac, check_auth_type_valid, check_auth_type,
    check_password,     check_ah,        check_interval, check_type,
    check_ip_length,    check_checksum,  check_cast,     check_owner,
};

/// Rows 17 and 18: accepted in any case.
void compare_addresses(const Expectation& expectation, const Advert& advert, bool skip_list,
                       Verdict& verdict) {
  if (advert.count != expectation.count) {
    verdict.address_mismatch = AddressMismatch::count;
    verdict.mismatch_detail = advert.count;
    return;
  }
  if (skip_list) return;
  const size_t size = address_size(advert.family);
  const auto list = advert.message.subspan(kVrrpHeaderSize, advert.count * size);
  const auto listed_at = [&](size_t place, const Addr& address) {
    const auto theirs = list.subspan(place * size, size);
    return std::equal(theirs.begin(), theirs.end(), address.bytes.begin());
  };
  for (size_t ours = 0; ours < expectation.count; ++ours) {
    const Addr& address = expectation.addresses[ours];
    // Both lists are in configuration order as a rule, so its own place is looked at first.
    bool found = address.family == advert.family && listed_at(ours, address);
    for (size_t place = 0; !found && address.family == advert.family && place < advert.count; ++place) {
      found = listed_at(place, address);
    }
    if (found) continue;
    verdict.address_mismatch = AddressMismatch::missing;
    verdict.mismatch_detail = static_cast<int32_t>(ours);
    return;
  }
}

/// Row 19, behind the comparison of addresses because the packet has been counted as received by then.
Finding check_peer(const Scene& s) {
  if (!s.context.unicast_endpoint || !s.ours.check_unicast_source) return kFine;
  const auto peer = std::find_if(s.ours.peers.begin(), s.ours.peers.end(),
                                 [&](const Peer& candidate) { return candidate.address == s.advert.source; });
  if (peer == s.ours.peers.end()) return {Refusal::unicast_source, 0, 0};
  if (s.advert.ttl < peer->min_ttl) return {Refusal::unicast_ttl, s.advert.ttl, peer->min_ttl};
  return refuse_unless(s.advert.ttl <= peer->max_ttl, Refusal::unicast_ttl, s.advert.ttl, peer->max_ttl);
}

/// Puts a finding into the verdict; true when it is a refusal.
bool refused(Verdict& verdict, const Finding& finding) {
  verdict.reason = finding.reason;
  verdict.received = finding.received;
  verdict.expected = finding.expected;
  return finding.reason != Refusal::none;
}

}  // namespace

const char* refusal_name(Refusal reason) {
  const auto index = static_cast<size_t>(reason);
  return index < kRefusalCount ? kRefusalNames[index] : "unknown";
}

Verdict judge(const Expectation& expectation, std::span<const uint8_t> packet, const PacketContext& context) {
  Verdict verdict;
  verdict.source = context.source;
  Located located;
  if (!locate(packet, context.family, context.protocol, located)) {
    verdict.reason = Refusal::too_short;
    verdict.received = static_cast<int32_t>(packet.size());
    return verdict;
  }
  const Advert advert = take_apart(packet, context, located, expectation.hmac.has_value());
  verdict.source = advert.source;
  verdict.vrid = located.vrid;
  verdict.priority = located.priority;
  verdict.ttl = static_cast<uint8_t>(std::max(advert.ttl, 0));
  verdict.interval_us = advert.interval * (advert.version == 2 ? 1'000'000u : 10'000u);

  const Scene scene{expectation, advert, context};
  for (const auto check : kLadder) {
    if (refused(verdict, check(scene))) return verdict;
  }
  verdict.interval_mismatch = advert.version == 3 && advert.interval != expectation.interval_us / 10'000;
  compare_addresses(expectation, advert, expectation.skip_address_check && context.source_is_recorded_active,
                    verdict);
  if (refused(verdict, check_peer(scene))) return verdict;
  verdict.clock_skew = notable_skew(scene);
  verdict.old_unicast_sum = has_old_sum(scene);
  if (!advert.ah.empty()) verdict.ah_sequence = read_ah(advert.ah).sequence;
  return verdict;
}

}  // namespace ka::codec
