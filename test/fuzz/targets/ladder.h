// SPDX-License-Identifier: MIT
// The receive ladder under the settings that the front of an input asks for. `Repair` makes checksums and signatures right where
// the input asks for it: no mutation finds a hash.
#pragma once

#include <array>
#include <vector>

#include "codec/bytes.h"
#include "codec/checksum.h"
#include "codec/judge.h"
#include "input.h"

namespace ka::fuzz {

inline constexpr std::array<uint8_t, 32> kSecret{1, 2, 3, 4, 5, 6, 7, 8};

enum class Kind : uint8_t { plain, ah, hmac };

struct Front {
  codec::Expectation expectation;
  codec::PacketContext context;
  codec::AuthMemory memory;
  bool repair_sum = false;
  bool repair_signature = false;
  bool repair_header = false;
  bool pseudo = false;
  bool farewell = false;
};

inline Front read_front(codec::Reader& in, Kind kind) {
  Front front;
  auto& ours = front.expectation;
  const uint8_t first = in.u8();
  const uint8_t second = in.u8();
  const uint8_t third = in.u8();
  const uint8_t family = (first & 1) != 0 && kind != Kind::ah ? codec::kIpv6 : codec::kIpv4;
  ours.version = (first & 2) != 0 ? 3 : 2;
  ours.auth_type = kind == Kind::ah ? codec::kAuthAh : (first & 4) != 0 ? codec::kAuthPass : codec::kAuthNone;
  std::copy_n(kSecret.begin(), ours.auth_data.size(), ours.auth_data.begin());
  ours.check_unicast_source = (first & 8) != 0;
  ours.v3_checksum_as_v2 = (first & 16) != 0;
  ours.ignore_adverts = (first & 0xe0) == 0xe0;
  ours.skip_address_check = (second & 1) != 0;
  ours.unicast_sum = static_cast<codec::UnicastSum>((second >> 1 & 3) % 3);
  ours.interval_us = ours.version == 2 ? uint64_t{third % 4u} * 1'000'000 : third * 10'000u;
  front.context.family = family;
  front.context.unicast_endpoint = (second & 8) != 0;
  front.context.protocol = kind == Kind::ah && (second & 16) == 0 ? codec::kProtocolAh : codec::kProtocolVrrp;
  front.context.source_is_recorded_active = (second & 32) != 0;
  front.repair_sum = (second & 64) != 0;
  front.repair_signature = (second & 128) != 0;
  const uint8_t fourth = in.u8();
  front.repair_header = (fourth & 1) != 0;
  front.pseudo = (fourth & 2) != 0;
  front.context.ttl = (fourth & 4) != 0 ? 255 : in.u8();
  front.context.source = address_from(in, family);
  if ((fourth & 8) != 0) front.context.destination = address_from(in, family);
  ours.count = fourth >> 4 & 3;
  for (size_t i = 0; i < ours.count; ++i) ours.addresses[i] = address_from(in, family);
  for (size_t i = 0; i < (fourth >> 6); ++i) {
    codec::Peer peer{address_from(in, family)};
    peer.min_ttl = in.u8();
    peer.max_ttl = in.u8();
    ours.peers.push_back(peer);
  }
  if (kind == Kind::ah && (third & 128) == 0) ours.ah_key.emplace(Bytes(kSecret).first(8));
  if (kind == Kind::hmac) {
    codec::HmacPolicy policy;
    const uint8_t choice = in.u8();
    policy.mode = static_cast<codec::HmacMode>(choice % 3);
    policy.anti_replay.by_time = (choice & 4) != 0;
    policy.anti_replay.window = 1 + choice / 8;
    policy.keys.push_back({1, codec::Hmac<codec::Sha256>(kSecret)});
    ours.hmac = policy;
    front.context.wall_us = int64_t{in.u32()} * 1'000'000 + in.u16();
  }
  if (front.context.unicast_endpoint) {
    std::vector<codec::Addr> peers;
    for (const auto& peer : ours.peers) peers.push_back(peer.address);
    front.memory.heard = codec::HighWaterMarks(peers);
  }
  return front;
}

/// Version, lengths and checksum of a packet that is long enough to have them.
inline void repair(const Front& front, std::span<uint8_t> packet) {
  const bool ipv4 = front.context.family == codec::kIpv4;
  const size_t ah = front.context.protocol == codec::kProtocolAh ? codec::kAhSize : 0;
  if (ipv4 && front.repair_header && packet.size() >= codec::kIpv4HeaderSize) {
    packet[0] = 0x45;
    packet[2] = static_cast<uint8_t>(packet.size() >> 8);
    packet[3] = static_cast<uint8_t>(packet.size());
  }
  codec::Located located;
  if (!codec::locate(packet, front.context.family, front.context.protocol, located)) return;
  const size_t trailer = front.expectation.hmac && front.repair_signature ? codec::kTrailerSize : 0;
  auto message = packet.subspan(located.vrrp_offset);
  if (front.repair_header && message.size() >= codec::kVrrpHeaderSize + trailer) {
    message[0] = static_cast<uint8_t>(front.expectation.version << 4 | 1);
    const size_t tail = (ipv4 && front.expectation.version == 2 ? codec::kAuthDataSize : 0) + codec::kVrrpHeaderSize + trailer;
    message[3] = message.size() < tail ? 0 : static_cast<uint8_t>((message.size() - tail) / codec::address_size(front.context.family));
  }
  if (front.repair_sum && message.size() >= codec::kVrrpHeaderSize + trailer) {
    message[6] = message[7] = 0;
    const auto covered = message.first(message.size() - trailer);
    codec::Checksum sum;
    if (front.pseudo) {
      const auto& source = ipv4 ? located.source : front.context.source;
      const auto& destination = ipv4 ? located.destination : front.context.destination;
      if (source.family == destination.family) {
        sum.add_pseudo_header(source, destination, codec::kProtocolVrrp, static_cast<uint32_t>(covered.size()));
      }
    }
    const uint16_t result = sum.add(covered).result();
    message[6] = static_cast<uint8_t>(result >> 8);
    message[7] = static_cast<uint8_t>(result);
  }
  if (!front.repair_signature) return;
  if (trailer != 0 && message.size() > trailer) {
    const auto stamp = message.last(codec::kTrailerSize).subspan(4, 8);
    codec::Stamp value = 0;
    for (const uint8_t byte : stamp) value = value << 8 | byte;
    codec::sign_trailer(front.expectation.hmac->keys[0], ipv4 ? located.source : front.context.source, value, message);
  }
  if (ah != 0 && front.expectation.ah_key && packet.size() >= located.ip_header_size + ah) {
    auto header = packet.subspan(located.ip_header_size, ah);
    header[0] = codec::kProtocolVrrp;
    std::copy_n(packet.begin() + 12, 4, header.begin() + 4);
    const auto icv = codec::ah_icv(*front.expectation.ah_key, packet.first(located.ip_header_size), header, message);
    std::copy(icv.begin(), icv.end(), header.begin() + 12);
  }
}

/// One or two packets through the ladder, one behind the other, with what was remembered between them.
inline int climb(const uint8_t* data, size_t size, Kind kind) {
  codec::Reader in(Bytes(data, size));
  Front front = read_front(in, kind);
  front.context.memory = &front.memory;
  Exact packet(rest_of(in));
  repair(front, packet.span());
  for (int again = 0; again < 2; ++again) {
    const auto verdict = codec::judge(front.expectation, packet.view(), front.context);
    require(static_cast<size_t>(verdict.reason) < codec::kRefusalCount, "a refusal has a name");
    require(codec::refusal_name(verdict.reason) != nullptr, "a refusal has a name");
    const bool fine = verdict.reason == codec::Refusal::none;
    require(!fine || packet.view().size() >= codec::kVrrpHeaderSize, "an accepted advert has a header");
    require(!fine || kind != Kind::ah || front.expectation.ah_key.has_value(), "nothing with AH is believed without a key");
    // What was heard once and proved genuine is old the second time.
    const bool counts = kind == Kind::ah || (kind == Kind::hmac && front.expectation.hmac->mode == codec::HmacMode::enforce);
    // Between two adverts a router may get other sockets: what was heard goes along.
    codec::AuthMemory moved;
    if (front.context.unicast_endpoint) moved.heard = front.memory.heard;
    moved.adopt(front.memory);
    const codec::Stamp last = moved.sent.next(codec::stamp_of(front.context.wall_us), {});
    require(codec::is_after(moved.sent.next(codec::stamp_of(front.context.wall_us), {}), last), "stamps grow");
    front.memory = moved;
    require(!fine || again == 0 || !counts || (kind == Kind::ah && front.context.source_is_recorded_active) ||
                front.context.family == codec::kIpv6 || front.context.unicast_endpoint,
            "a replayed advert is refused");
  }
  return 0;
}

}  // namespace ka::fuzz
