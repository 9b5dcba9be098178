// SPDX-License-Identifier: MIT
#include "codec/describe.h"

#include <algorithm>

#include "codec/bytes.h"
#include "codec/checksum.h"

namespace ka::codec {

namespace {

constexpr uint16_t kEtherIpv4 = 0x0800;
constexpr uint16_t kEtherArp = 0x0806;
constexpr uint16_t kEtherVlan = 0x8100;
constexpr uint16_t kEtherIpv6 = 0x86dd;
constexpr uint8_t kProtocolIcmp = 1;
constexpr uint8_t kProtocolIcmpv6 = 58;

void announce(FrameSummary& summary, const Addr& address) {
  summary.count = 1;
  summary.addresses[0] = address;
}

void describe_arp(std::span<const uint8_t> bytes, FrameSummary& summary) {
  Reader arp(bytes);
  const bool ethernet_ipv4 = arp.u16() == 1 && arp.u16() == kEtherIpv4 && arp.u16() == 0x0604;
  const uint16_t operation = arp.u16();
  arp.skip(6);
  const Addr sender = make_address(kIpv4, arp.take(4));
  arp.skip(6);
  const Addr target = make_address(kIpv4, arp.take(4));
  if (!arp.ok() || !ethernet_ipv4 || (operation != 1 && operation != 2)) return;
  summary.source = sender;
  summary.destination = target;
  summary.checksum_ok = true;
  // A kernel that still has the address answers the announcement of its next owner, to that one alone: an answer like any other.
  const bool answers_one = operation == 2 && (summary.destination_mac[0] & 1) == 0;
  if (sender == target && !answers_one) {
    summary.kind = FrameKind::garp;
    announce(summary, sender);
  } else {
    summary.kind = operation == 1 ? FrameKind::arp_request : FrameKind::arp_reply;
  }
}

/// payload: from the VRRP header to the end of the IP packet. Stays `other` when the list and the trailer
/// that the header promises are not there, as in CARP, which has the same protocol number.
void describe_vrrp(std::span<const uint8_t> payload, uint8_t family, FrameSummary& summary) {
  constexpr size_t kHmacTrailerSize = 28;
  Reader reader(payload);
  const uint8_t version_and_type = reader.u8();
  const uint8_t version = version_and_type >> 4;
  const uint8_t vrid = reader.u8();
  const uint8_t priority = reader.u8();
  const uint8_t count = reader.u8();
  const uint16_t word = reader.u16();
  reader.skip(2);
  const size_t list = reader.position();
  reader.skip(count * address_size(family));
  if (version == 2 && family == kIpv4) reader.skip(kAuthDataSize);
  const size_t rest = reader.remaining();
  if (!reader.ok() || (rest != 0 && rest != kHmacTrailerSize)) return;
  if ((version != 2 && version != 3) || (version_and_type & 0x0f) != kTypeAdvertisement) return;

  summary.kind = FrameKind::advert;
  summary.version = version;
  summary.vrid = vrid;
  summary.priority = priority;
  summary.auth_type = version == 2 ? static_cast<uint8_t>(word >> 8) : 0;
  summary.interval_us = version == 2 ? (word & 0xff) * 1'000'000u : (word & 0xfff) * 10'000u;
  summary.count = count;
  Reader addresses(payload.subspan(list));
  for (size_t i = 0; i < count; ++i) {
    summary.addresses[i] = make_address(family, addresses.take(address_size(family)));
  }
  // Reference 1.4: the kernel's IPv6 sum covers an auth_hmac trailer, ours over IPv4 does not.
  const auto covered = family == kIpv6 ? payload : payload.first(payload.size() - rest);
  const bool plain = family == kIpv4 && Checksum().add(covered).verifies();
  const bool pseudo = (family == kIpv6 || version == 3) &&
                      Checksum()
                          .add_pseudo_header(summary.source, summary.destination, kProtocolVrrp,
                                             static_cast<uint32_t>(covered.size()))
                          .add(covered)
                          .verifies();
  summary.checksum_ok = plain || pseudo;
}

void describe_icmp(std::span<const uint8_t> payload, uint8_t family, FrameSummary& summary) {
  constexpr uint8_t kNeighborAdvertisement = 136;
  Reader reader(payload);
  const uint8_t type = reader.u8();
  const uint8_t code = reader.u8();
  reader.skip(2);
  const uint16_t id = reader.u16();
  const uint16_t sequence = reader.u16();
  if (!reader.ok() || code != 0) return;
  Checksum sum;
  if (family == kIpv6) {
    sum.add_pseudo_header(summary.source, summary.destination, kProtocolIcmpv6,
                          static_cast<uint32_t>(payload.size()));
  }
  summary.checksum_ok = sum.add(payload).verifies();
  if (type == (family == kIpv4 ? 8 : 128) || type == (family == kIpv4 ? 0 : 129)) {
    summary.kind = type == 8 || type == 128 ? FrameKind::echo_request : FrameKind::echo_reply;
    summary.echo_id = id;
    summary.echo_sequence = sequence;
  } else if (family == kIpv6 && type == kNeighborAdvertisement) {
    const Addr target = make_address(kIpv6, reader.take(16));
    if (!reader.ok()) return;
    summary.kind = FrameKind::na;
    announce(summary, target);
  }
}

void describe_payload(std::span<const uint8_t> payload, uint8_t family, uint8_t protocol,
                      FrameSummary& summary) {
  if (protocol == kProtocolAh && family == kIpv4 && payload.size() > kAhSize && payload[0] == kProtocolVrrp) {
    payload = payload.subspan(kAhSize);
    protocol = kProtocolVrrp;
  }
  if (protocol == kProtocolVrrp) describe_vrrp(payload, family, summary);
  if (protocol == (family == kIpv4 ? kProtocolIcmp : kProtocolIcmpv6))
    describe_icmp(payload, family, summary);
}

void describe_ipv4(std::span<const uint8_t> bytes, FrameSummary& summary) {
  Reader ip(bytes);
  const uint8_t version_and_length = ip.u8();
  ip.skip(1);
  const size_t total = ip.u16();
  const uint16_t id = ip.u16();
  const uint16_t fragment = ip.u16();
  const uint8_t ttl = ip.u8();
  const uint8_t protocol = ip.u8();
  ip.skip(2);
  const Addr source = make_address(kIpv4, ip.take(4));
  const Addr destination = make_address(kIpv4, ip.take(4));
  const size_t header = (version_and_length & 0x0f) * 4u;
  if (!ip.ok() || version_and_length >> 4 != 4 || header < kIpv4HeaderSize || total < header ||
      total > bytes.size()) {
    return;
  }
  summary.source = source;
  summary.destination = destination;
  summary.ttl = ttl;
  summary.ip_id = id;
  // A fragment's bytes are not a message: neither its start without its end nor the reverse.
  if ((fragment & 0x3fff) != 0) return;
  describe_payload(bytes.subspan(header, total - header), kIpv4, protocol, summary);
}

void describe_ipv6(std::span<const uint8_t> bytes, FrameSummary& summary) {
  Reader ip(bytes);
  const uint32_t first = ip.u32();
  const size_t length = ip.u16();
  const uint8_t next_header = ip.u8();
  const uint8_t hop_limit = ip.u8();
  const Addr source = make_address(kIpv6, ip.take(16));
  const Addr destination = make_address(kIpv6, ip.take(16));
  if (!ip.ok() || first >> 28 != 6 || length > ip.remaining()) return;
  summary.source = source;
  summary.destination = destination;
  summary.ttl = hop_limit;
  describe_payload(ip.take(length), kIpv6, next_header, summary);
}

}  // namespace

const char* frame_kind_name(FrameKind kind) {
  switch (kind) {
    case FrameKind::advert:
      return "advert";
    case FrameKind::garp:
      return "garp";
    case FrameKind::arp_request:
      return "arp_request";
    case FrameKind::arp_reply:
      return "arp_reply";
    case FrameKind::na:
      return "na";
    case FrameKind::echo_request:
      return "echo_request";
    case FrameKind::echo_reply:
      return "echo_reply";
    case FrameKind::other:
      return "other";
  }
  return "other";
}

FrameSummary describe_frame(std::span<const uint8_t> frame) {
  FrameSummary summary;
  Reader ethernet(frame);
  const auto destination = ethernet.take(6);
  const auto source = ethernet.take(6);
  uint16_t type = ethernet.u16();
  if (!ethernet.ok()) return summary;
  std::copy(destination.begin(), destination.end(), summary.destination_mac.begin());
  std::copy(source.begin(), source.end(), summary.source_mac.begin());
  if (type == kEtherVlan) {
    ethernet.skip(2);
    type = ethernet.u16();
  }
  const auto payload = frame.subspan(ethernet.position());
  if (type == kEtherArp) describe_arp(payload, summary);
  if (type == kEtherIpv4) describe_ipv4(payload, summary);
  if (type == kEtherIpv6) describe_ipv6(payload, summary);
  return summary;
}

}  // namespace ka::codec
