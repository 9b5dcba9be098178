#include "codec/judge.h"

#include <algorithm>

#include "codec/bytes.h"
#include "codec/checksum.h"

namespace ka::codec {

namespace {

constexpr const char* kRefusalNames[kRefusalCount] = {
    "accepted",           "truncated",    "too_short", "unknown_vrid", "ah_header_mismatch", "length",
    "ttl",                "version",      "auth_type_invalid",         "auth_type_mismatch", "auth_failure",
    "interval",           "type",         "ip_length", "checksum",     "cast_kind",          "owner_ignores",
    "unicast_source",     "unicast_ttl",
};

/// The packet taken apart once; every check below reads from here.
struct Advert {
  std::span<const uint8_t> packet;
  std::span<const uint8_t> message;  ///< from the VRRP header to the end that the address count promises
  std::span<const uint8_t> ah;       ///< the 24 bytes of the AH, if the socket is one for AH
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

/// Same size, or padded by Ethernet to its minimum: then whole frames of 60 (64 with VLAN tags, …) bytes arrive, which
/// leaves 2 modulo 4 behind the 4-aligned packet (rows 2 and 11).
bool size_fits(size_t received, size_t expected) {
  constexpr size_t kMinimumPayload = 46;
  return received == expected || (received > expected && expected < kMinimumPayload && (received - expected) % 4 == 2);
}

/// Takes as long for the first wrong byte as for the last.
bool same_in_constant_time(std::span<const uint8_t> a, std::span<const uint8_t> b) {
  if (a.size() != b.size()) return false;
  uint8_t difference = 0;
  for (size_t i = 0; i < a.size(); ++i) difference |= static_cast<uint8_t>(a[i] ^ b[i]);
  return difference == 0;
}

Advert take_apart(std::span<const uint8_t> packet, const PacketContext& context, const Located& located) {
  Advert advert;
  advert.packet = packet;
  advert.family = context.family;
  const bool ipv4 = context.family == kIpv4;
  advert.source = ipv4 ? located.source : context.source;
  advert.destination = ipv4 ? located.destination : context.destination;
  advert.ttl = ipv4 ? located.ttl : context.ttl;
  if (ipv4) {
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
  return advert;
}

/// One rung: the reason and the two numbers of its log line.
struct Finding {
  Refusal reason = Refusal::none;
  int32_t received = 0;
  int32_t expected = 0;
};
constexpr Finding kFine{};

Finding refuse_unless(bool fine, Refusal reason, int64_t received = 0, int64_t expected = 0) {
  if (fine) return kFine;
  return {reason, static_cast<int32_t>(received), static_cast<int32_t>(expected)};
}

Finding check_cast(const Advert& advert, const PacketContext& context) {
  // The destination of an IPv6 packet may be unknown; the socket is bound to its group or address anyway.
  if (advert.destination.empty()) return kFine;
  const bool unicast = !is_multicast(advert.destination);
  return refuse_unless(unicast == context.unicast_endpoint, Refusal::cast_kind, unicast, context.unicast_endpoint);
}

/// Row 8. AH: its key, sequence and ICV are not in the expectation yet; until they are, nothing with AH is believed.
Finding check_authentication(const Expectation& expectation, const Advert& advert) {
  switch (expectation.auth_type) {
    case kAuthPass: {
      // v2 over IPv6 carries no authentication data (reference 1.3): there is nothing to compare.
      if (advert.family != kIpv4) return kFine;
      const auto data = advert.message.last(kAuthDataSize);
      return refuse_unless(same_in_constant_time(data, expectation.auth_data), Refusal::auth_failure);
    }
    case kAuthAh: {
      const bool carries_vrrp = advert.ah.size() == kAhSize && advert.ah[0] == kProtocolVrrp;
      return {Refusal::auth_failure, carries_vrrp ? 0 : (advert.ah.empty() ? 0 : advert.ah[0]),
              carries_vrrp ? 0 : kProtocolVrrp};
    }
    default:
      return kFine;
  }
}

bool checksum_verifies(const Advert& advert, const Addr& destination, bool pseudo_header) {
  Checksum sum;
  if (pseudo_header) {
    sum.add_pseudo_header(advert.source, destination, kProtocolVrrp, static_cast<uint32_t>(advert.message.size()));
  }
  return sum.add(advert.message).verifies();
}

/// Row 13. IPv6: the kernel has refused wrong ones already (IPV6_CHECKSUM); replay and tools have no kernel.
Finding check_checksum(const Expectation& expectation, const Advert& advert) {
  if (advert.family == kIpv6 && advert.destination.empty()) return kFine;
  const bool pseudo_header = advert.family == kIpv6 || advert.version == 3;
  if (checksum_verifies(advert, advert.destination, pseudo_header)) return kFine;
  if (advert.family == kIpv4 && advert.version == 3 && expectation.v3_checksum_as_v2) {
    // Either form may come while a cluster is being moved from one to the other.
    return refuse_unless(checksum_verifies(advert, advert.destination, false), Refusal::checksum);
  }
  return {Refusal::checksum, 0, 0};
}

/// Rows 3 to 14, in order; row 5 (auth_hmac) will stand between version and auth_type_invalid.
Finding check_packet(const Expectation& expectation, const Advert& advert, const PacketContext& context) {
  const bool v2 = advert.version == 2;
  Finding finding;
  const auto failed = [&finding](Finding next) {
    finding = next;
    return next.reason != Refusal::none;
  };
  if (!context.unicast_endpoint && failed(refuse_unless(advert.ttl == 255, Refusal::ttl, advert.ttl, 255))) {
    return finding;
  }
  if (failed(refuse_unless(advert.version == expectation.version, Refusal::version, advert.version,
                           expectation.version))) {
    return finding;
  }
  if (v2) {
    if (failed(refuse_unless(advert.auth_type <= kAuthAh, Refusal::auth_type_invalid, advert.auth_type,
                             expectation.auth_type)) ||
        failed(refuse_unless(advert.auth_type == expectation.auth_type, Refusal::auth_type_mismatch,
                             advert.auth_type, expectation.auth_type)) ||
        failed(check_authentication(expectation, advert))) {
      return finding;
    }
    const auto ours = static_cast<int64_t>(expectation.interval_us / 1'000'000);
    if (failed(refuse_unless(advert.interval == ours, Refusal::interval, advert.interval, ours))) return finding;
  }
  if (failed(refuse_unless(advert.type == kTypeAdvertisement, Refusal::type, advert.type, kTypeAdvertisement))) {
    return finding;
  }
  if (advert.family == kIpv4 &&
      failed(refuse_unless(size_fits(advert.packet.size(), advert.ip_total), Refusal::ip_length,
                           static_cast<int64_t>(advert.packet.size()), advert.ip_total))) {
    return finding;
  }
  if (failed(check_checksum(expectation, advert)) || failed(check_cast(advert, context))) return finding;
  failed(refuse_unless(!expectation.ignore_adverts, Refusal::owner_ignores));
  return finding;
}

/// Rows 17 and 18: accepted in any case.
void compare_addresses(const Expectation& expectation, const Advert& advert, bool skip_list, Verdict& verdict) {
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

/// Row 19.
Finding check_peer(const Expectation& expectation, const Advert& advert) {
  const auto peer = std::find_if(expectation.peers.begin(), expectation.peers.end(),
                                 [&](const Peer& candidate) { return candidate.address == advert.source; });
  if (peer == expectation.peers.end()) return {Refusal::unicast_source, 0, 0};
  if (advert.ttl < peer->min_ttl) return {Refusal::unicast_ttl, advert.ttl, peer->min_ttl};
  return refuse_unless(advert.ttl <= peer->max_ttl, Refusal::unicast_ttl, advert.ttl, peer->max_ttl);
}

void conclude(Verdict& verdict, const Finding& finding) {
  verdict.reason = finding.reason;
  verdict.received = finding.received;
  verdict.expected = finding.expected;
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
  const Advert advert = take_apart(packet, context, located);
  verdict.source = advert.source;
  verdict.vrid = located.vrid;
  verdict.priority = located.priority;
  verdict.ttl = static_cast<uint8_t>(std::max(advert.ttl, 0));
  verdict.interval_us = advert.interval * (advert.version == 2 ? 1'000'000u : 10'000u);

  const auto failed = [&](const Finding& finding) {
    conclude(verdict, finding);
    return finding.reason != Refusal::none;
  };
  // The dispatcher's step 6 (reference 4.1): IPv6 looks at the kind of the packet before anything else.
  if (advert.family == kIpv6 && failed(check_cast(advert, context))) return verdict;
  const bool wants_ah = expectation.auth_type == kAuthAh;
  const bool has_ah = context.protocol == kProtocolAh;
  if (advert.family == kIpv4 && failed(refuse_unless(has_ah == wants_ah, Refusal::ah_header_mismatch, has_ah, wants_ah)))
    return verdict;
  if (failed(refuse_unless(size_fits(packet.size(), advert.expected_size), Refusal::length,
                           static_cast<int64_t>(packet.size()), static_cast<int64_t>(advert.expected_size))))
    return verdict;
  if (failed(check_packet(expectation, advert, context))) return verdict;

  verdict.interval_mismatch = advert.version == 3 && advert.interval != expectation.interval_us / 10'000;
  compare_addresses(expectation, advert, expectation.skip_address_check && context.source_is_recorded_active, verdict);
  if (context.unicast_endpoint && expectation.check_unicast_source) failed(check_peer(expectation, advert));
  return verdict;
}

}  // namespace ka::codec
