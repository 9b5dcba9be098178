// SPDX-License-Identifier: MIT
#include "codec/bfd.h"

#include "codec/bytes.h"

namespace ka::codec {

namespace {

constexpr uint8_t kPoll = 0x20;
constexpr uint8_t kFinal = 0x10;
constexpr uint8_t kIndependent = 0x08;
constexpr uint8_t kAuthentication = 0x04;
constexpr uint8_t kDemand = 0x02;
constexpr uint8_t kMultipoint = 0x01;
constexpr uint8_t kDown = 1;
constexpr uint8_t kMostDiagnostic = 8;

uint8_t bit(bool on, uint8_t value) { return on ? value : 0; }

}  // namespace

BfdFault decode_bfd(std::span<const uint8_t> bytes, BfdPacket& out) {
  Reader reader(bytes);
  const uint8_t first = reader.u8();
  const uint8_t second = reader.u8();
  BfdPacket packet;
  packet.diagnostic = first & 0x1f;
  packet.state = second >> 6;
  packet.poll = (second & kPoll) != 0;
  packet.final = (second & kFinal) != 0;
  packet.control_plane_independent = (second & kIndependent) != 0;
  packet.authenticated = (second & kAuthentication) != 0;
  packet.demand = (second & kDemand) != 0;
  packet.multiplier = reader.u8();
  const uint8_t length = reader.u8();
  packet.my_discriminator = reader.u32();
  packet.your_discriminator = reader.u32();
  packet.desired_min_tx = reader.u32();
  packet.required_min_rx = reader.u32();
  packet.required_min_echo_rx = reader.u32();
  if (!reader.ok()) return BfdFault::too_short;
  if (length != bytes.size()) return BfdFault::length;
  if (first >> 5 != 1) return BfdFault::version;
  if (packet.multiplier == 0) return BfdFault::multiplier;
  if ((second & kMultipoint) != 0) return BfdFault::multipoint;
  if (packet.my_discriminator == 0) return BfdFault::my_discriminator;
  if (packet.your_discriminator == 0 && packet.state > kDown) return BfdFault::your_discriminator;
  if (packet.poll && packet.final) return BfdFault::poll_and_final;
  if (packet.diagnostic > kMostDiagnostic) return BfdFault::diagnostic;
  out = packet;
  return BfdFault::none;
}

bool encode_bfd(const BfdPacket& packet, std::span<uint8_t> out) {
  Writer writer(out);
  writer.u8(static_cast<uint8_t>(1 << 5 | packet.diagnostic));
  writer.u8(static_cast<uint8_t>(packet.state << 6 | bit(packet.poll, kPoll) | bit(packet.final, kFinal) |
                                 bit(packet.control_plane_independent, kIndependent) |
                                 bit(packet.authenticated, kAuthentication) | bit(packet.demand, kDemand)));
  writer.u8(packet.multiplier);
  writer.u8(kBfdSize);
  writer.u32(packet.my_discriminator);
  writer.u32(packet.your_discriminator);
  writer.u32(packet.desired_min_tx);
  writer.u32(packet.required_min_rx);
  writer.u32(packet.required_min_echo_rx);
  return writer.ok();
}

}  // namespace ka::codec
