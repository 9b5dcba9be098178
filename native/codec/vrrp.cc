// SPDX-License-Identifier: MIT
#include "codec/vrrp.h"

#include <algorithm>

#include "codec/bytes.h"
#include "codec/checksum.h"

namespace ka::codec {

namespace {

constexpr uint8_t kTosInternetControl = 0xc0;
constexpr size_t kPriorityOffset = 2;
constexpr size_t kChecksumOffset = 6;
constexpr size_t kIpIdOffset = 4;

/// The 16 bits after the address count; 0 when the interval does not fit its field.
uint16_t interval_word(const AdvertSpec& spec) {
  const uint64_t units = spec.interval_us / (spec.version == 2 ? 1'000'000 : 10'000);
  if (units > (spec.version == 2 ? 0xff : 0xfff)) return 0;
  return static_cast<uint16_t>(spec.version == 2 && units != 0 ? spec.auth_type << 8 | units : units);
}

void write_ip_header(const AdvertSpec& spec, const Addr& destination, uint16_t ip_id, uint16_t total,
                     Writer& out) {
  const bool ah = spec.version == 2 && spec.auth_type == kAuthAh;
  out.u8(0x45);
  out.u8(kTosInternetControl);
  out.u16(total);
  out.u16(ip_id);
  out.u16(0);
  out.u8(spec.ttl);
  out.u8(ah ? kProtocolAh : kProtocolVrrp);
  out.u16(0);
  out.bytes(spec.source.view());
  out.bytes(destination.view());
  if (ah) write_ah(spec.source.view(), out);
}

}  // namespace

size_t encode_advert(const AdvertSpec& spec, const Addr& destination, uint16_t ip_id,
                     std::span<uint8_t> out) {
  const uint8_t family = spec.source.family;
  const uint16_t interval = interval_word(spec);
  if (family == 0 || destination.family != family || interval == 0) return 0;
  const bool ah = spec.version == 2 && spec.auth_type == kAuthAh;
  if (ah && family != kIpv4) return 0;
  const auto addresses = std::span(spec.addresses).first(std::min<size_t>(spec.count, kMaxAddresses));
  const bool has_auth_data = spec.version == 2 && family == kIpv4;
  const size_t start = (family == kIpv4 ? kIpv4HeaderSize : 0) + (ah ? kAhSize : 0);
  const size_t trailer = spec.trailer ? kTrailerSize : 0;
  const size_t length =
      kVrrpHeaderSize + addresses.size() * address_size(family) + (has_auth_data ? kAuthDataSize : 0);

  Writer packet(out);
  if (family == kIpv4) {
    write_ip_header(spec, destination, ip_id, static_cast<uint16_t>(start + length + trailer), packet);
  }
  packet.u8(static_cast<uint8_t>(spec.version << 4 | kTypeAdvertisement));
  packet.u8(spec.vrid);
  packet.u8(spec.priority);
  packet.u8(static_cast<uint8_t>(addresses.size()));
  packet.u16(interval);
  packet.u16(0);
  for (const Addr& address : addresses) {
    if (address.family != family) return 0;
    packet.bytes(address.view());
  }
  if (has_auth_data) packet.bytes(spec.auth_type == kAuthPass ? spec.auth_data : AuthData{});
  packet.fill(0, trailer);
  if (!packet.ok()) return 0;

  if (family == kIpv6) {
    refresh_ipv6_checksum(out.first(packet.size()), spec.source, destination);
    return packet.size();
  }
  // Reference 1.4: v2 over IPv4 sums the message alone, v3 adds the pseudo-header unless told not to; a
  // trailer is covered by neither.
  Checksum sum;
  if (spec.version == 3 && !spec.v3_checksum_as_v2) {
    sum.add_pseudo_header(spec.source, spec.old_unicast_sum ? kOldSumDestination : destination, kProtocolVrrp,
                          static_cast<uint32_t>(length));
  }
  packet.patch_u16(start + kChecksumOffset, sum.add(out.subspan(start, length)).result());
  return packet.size();
}

std::span<uint8_t> message_of(std::span<uint8_t> packet, uint8_t family) {
  size_t start = 0;
  if (family == kIpv4) {
    if (packet.size() < kIpv4HeaderSize || packet[0] != 0x45) return {};
    if (packet[9] != kProtocolVrrp && packet[9] != kProtocolAh) return {};
    start = kIpv4HeaderSize + (packet[9] == kProtocolAh ? kAhSize : 0);
  }
  if (packet.size() < start + kVrrpHeaderSize) return {};
  return packet.subspan(start);
}

void refresh_ipv6_checksum(std::span<uint8_t> packet, const Addr& source, const Addr& destination) {
  if (packet.size() < kVrrpHeaderSize) return;
  packet[kChecksumOffset] = packet[kChecksumOffset + 1] = 0;
  Checksum sum;
  sum.add_pseudo_header(source, destination, kProtocolVrrp, static_cast<uint32_t>(packet.size()));
  const uint16_t checksum = sum.add(packet).result();
  packet[kChecksumOffset] = static_cast<uint8_t>(checksum >> 8);
  packet[kChecksumOffset + 1] = static_cast<uint8_t>(checksum);
}

bool set_priority(std::span<uint8_t> packet, uint8_t family, uint8_t priority) {
  const auto message = message_of(packet, family);
  if (message.empty()) return false;
  const auto word = [&](size_t at) { return static_cast<uint16_t>(message[at] << 8 | message[at + 1]); };
  const uint16_t before = word(kPriorityOffset);
  message[kPriorityOffset] = priority;
  const uint16_t checksum = update_checksum(word(kChecksumOffset), before, word(kPriorityOffset));
  message[kChecksumOffset] = static_cast<uint8_t>(checksum >> 8);
  message[kChecksumOffset + 1] = static_cast<uint8_t>(checksum);
  return true;
}

bool set_ip_id(std::span<uint8_t> packet, uint16_t ip_id) {
  if (packet.size() < kIpv4HeaderSize || packet[0] != 0x45) return false;
  packet[kIpIdOffset] = static_cast<uint8_t>(ip_id >> 8);
  packet[kIpIdOffset + 1] = static_cast<uint8_t>(ip_id);
  return true;
}

bool locate(std::span<const uint8_t> packet, uint8_t family, uint8_t protocol, Located& out) {
  Reader reader(packet);
  Located found;
  if (family == kIpv4) {
    const uint8_t version_and_length = reader.u8();
    reader.skip(7);
    found.ttl = reader.u8();
    reader.skip(3);
    found.source = make_address(kIpv4, reader.take(4));
    found.destination = make_address(kIpv4, reader.take(4));
    found.ip_header_size = static_cast<uint8_t>((version_and_length & 0x0f) * 4);
    if (version_and_length >> 4 != 4 || found.ip_header_size < kIpv4HeaderSize) return false;
    reader.skip(found.ip_header_size - kIpv4HeaderSize);
  }
  if (protocol == kProtocolAh) reader.skip(kAhSize);
  found.vrrp_offset = reader.position();
  const auto header = reader.take(kVrrpHeaderSize);
  if (!reader.ok()) return false;
  found.vrid = header[1];
  found.priority = header[2];
  out = found;
  return true;
}

}  // namespace ka::codec
