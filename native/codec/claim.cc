// SPDX-License-Identifier: MIT
#include "codec/claim.h"

#include <algorithm>

#include "codec/bytes.h"
#include "codec/checksum.h"

namespace ka::codec {

namespace {

constexpr uint8_t kIcmpv6 = 58;
constexpr uint8_t kSolicitation = 135;
constexpr uint8_t kAdvertisement = 136;
constexpr uint8_t kSolicited = 0x40;
constexpr uint8_t kSourceLinkLayer = 1;
constexpr uint8_t kTargetLinkLayer = 2;

bool is_unspecified(const Addr& address) {
  return std::all_of(address.bytes.begin(), address.bytes.end(), [](uint8_t byte) { return byte == 0; });
}

/// Looks through all options; an empty span where the wanted one is absent. false: one of them is malformed.
bool find_option(Reader& options, uint8_t wanted, std::span<const uint8_t>& found) {
  while (options.remaining() > 0) {
    const uint8_t type = options.u8();
    const size_t length = size_t{options.u8()} * 8;
    if (length == 0) return false;
    const auto value = options.take(length - 2);
    if (!options.ok()) return false;
    if (type == wanted && value.size() >= 6) found = value.first(6);
  }
  return true;
}

}  // namespace

bool decode_arp_claim(std::span<const uint8_t> packet, Claim& out) {
  Reader arp(packet);
  const bool ethernet_ipv4 = arp.u16() == 1 && arp.u16() == 0x0800 && arp.u16() == 0x0604;
  const uint16_t operation = arp.u16();
  const auto mac = arp.take(6);
  const Addr sender = make_address(kIpv4, arp.take(4));
  arp.skip(6 + 4);
  if (!arp.ok() || !ethernet_ipv4 || (operation != 1 && operation != 2)) return false;
  if (is_unspecified(sender)) return false;
  out.address = sender;
  std::copy(mac.begin(), mac.end(), out.mac.begin());
  return true;
}

bool decode_nd_claim(std::span<const uint8_t> packet, Mac link_source, Claim& out) {
  Reader ip(packet);
  const bool version_6 = ip.u32() >> 28 == 6;
  const uint16_t length = ip.u16();
  const uint8_t next_header = ip.u8();
  const uint8_t hop_limit = ip.u8();
  const Addr source = make_address(kIpv6, ip.take(16));
  const Addr destination = make_address(kIpv6, ip.take(16));
  const auto message = ip.take(length);
  if (!ip.ok() || !version_6 || next_header != kIcmpv6 || hop_limit != 255) return false;

  Reader icmp(message);
  const uint8_t type = icmp.u8();
  const uint8_t code = icmp.u8();
  icmp.skip(2);
  const uint8_t flags = icmp.u8();
  icmp.skip(3);
  const Addr target = make_address(kIpv6, icmp.take(16));
  if (!icmp.ok() || code != 0 || is_multicast(target)) return false;
  if (type != kSolicitation && type != kAdvertisement) return false;
  if (type == kAdvertisement && (flags & kSolicited) != 0 && is_multicast(destination)) return false;
  const Addr& address = type == kAdvertisement ? target : source;
  if (is_unspecified(address) || is_multicast(address)) return false;
  std::span<const uint8_t> mac = link_source;
  if (!find_option(icmp, type == kAdvertisement ? kTargetLinkLayer : kSourceLinkLayer, mac)) return false;
  if (!Checksum().add_pseudo_header(source, destination, kIcmpv6, length).add(message).verifies()) return false;
  out.address = address;
  std::copy(mac.begin(), mac.end(), out.mac.begin());
  return true;
}

}  // namespace ka::codec
