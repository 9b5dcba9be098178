// SPDX-License-Identifier: MIT
#include "codec/ah.h"

#include <algorithm>

namespace ka::codec {
namespace {

constexpr uint8_t kVrrp = 112;
constexpr uint8_t kAh = 51;
/// In 32-bit words, minus 2 (RFC 4302 2.2).
constexpr uint8_t kLength = 4;
constexpr size_t kIpv4Header = 20;
constexpr size_t kMaxIpv4Header = 60;
constexpr size_t kSpiOffset = 4;
constexpr size_t kSequenceOffset = 8;
constexpr size_t kIcvOffset = 12;

}  // namespace

AhHeader read_ah(std::span<const uint8_t> bytes) {
  Reader reader(bytes);
  AhHeader header;
  header.next_header = reader.u8();
  reader.skip(3);
  header.spi = reader.u32();
  header.sequence = reader.u32();
  header.icv = reader.take(kIcvSize);
  return header;
}

void write_ah(std::span<const uint8_t> source, Writer& out) {
  out.u8(kVrrp);
  out.u8(kLength);
  out.u16(0);
  out.bytes(source);
  out.u32(0);
  out.fill(0, kIcvSize);
}

Icv ah_icv(const AhKey& key, std::span<const uint8_t> ip_header, std::span<const uint8_t> ah,
           std::span<const uint8_t> message) {
  std::array<uint8_t, kMaxIpv4Header> header{};
  const size_t size = std::min(ip_header.size(), header.size());
  std::copy_n(ip_header.begin(), size, header.begin());
  header[1] = 0;
  header[6] = header[7] = 0;
  header[10] = header[11] = 0;
  // Class D, 224 to 239, is multicast.
  if (header[16] >> 4 != 0xe) header[8] = 0;
  static constexpr Icv kNone{};
  const auto digest = key.of({std::span(header).first(size), ah.first(kIcvOffset), kNone, message});
  Icv icv;
  std::copy_n(digest.begin(), icv.size(), icv.begin());
  return icv;
}

bool sign_ah(const AhKey& key, std::span<uint8_t> packet, uint32_t sequence) {
  if (packet.size() < kIpv4Header + kAhSize || packet[0] != 0x45 || packet[9] != kAh) return false;
  const auto header = packet.first(kIpv4Header);
  const auto ah = packet.subspan(kIpv4Header, kAhSize);
  // From the address that goes out, so that the two can never differ.
  std::copy_n(header.begin() + 12, 4, ah.begin() + kSpiOffset);
  Writer number(ah.subspan(kSequenceOffset));
  number.u32(sequence);
  const Icv icv = ah_icv(key, header, ah, packet.subspan(kIpv4Header + kAhSize));
  std::copy(icv.begin(), icv.end(), ah.begin() + kIcvOffset);
  return true;
}

}  // namespace ka::codec
