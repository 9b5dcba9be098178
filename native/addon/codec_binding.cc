// SPDX-License-Identifier: MIT
// Functions of the codec for tests, replay, the lab and tools. The engine calls the codec itself.
#include <napi.h>

#include <cstdio>

#include "addon/args.h"
#include "addon/bindings.h"
#include "addon/codec_args.h"
#include "codec/announce.h"
#include "codec/describe.h"
#include "codec/judge.h"
#include "codec/vrrp.h"
#include "sys/monotonic.h"

namespace ka::addon {

namespace {

constexpr const char* kKinds[] = {"multicast", "unicast"};

struct Stamps {
  uint32_t ah_sequence = 1;
  codec::Stamp hmac = 0;
};

/// Stamps of surface.ts, or nothing.
Stamps ReadStamps(Napi::Value value) {
  Stamps stamps;
  if (value.IsUndefined()) return stamps;
  const auto given = Object(value, "stamps");
  const auto number = [&](const char* name, uint32_t most) {
    const auto field = given.Get(name);
    return field.IsUndefined() ? 0 : Integer<uint32_t>(field, std::string("stamps.") + name, 0, most);
  };
  stamps.ah_sequence = number("ahSequence", UINT32_MAX);
  stamps.hmac = codec::Stamp{number("seconds", UINT32_MAX)} << 32 |
                codec::Stamp{number("fraction", UINT16_MAX)} << 16 | number("counter", UINT16_MAX);
  return stamps;
}

Napi::Value Now(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(sys::monotonic_us()));
}

Napi::Value EncodeAdvert(const Napi::CallbackInfo& info) {
  auto spec = ReadAdvertSpec(info[0], "frame");
  const auto destination = Address(info[1], "destination");
  const auto ip_id = Integer<uint16_t>(info[2], "ipId", 0, 65535);
  if (destination.family != spec.source.family) {
    throw MakeArgumentError(info.Env(), "destination", "of the family of the source");
  }
  const auto signer = ReadSigner(info[0], "frame");
  spec.trailer = signer.has_value();
  const Stamps stamps = ReadStamps(info[3]);
  std::array<uint8_t, codec::kMaxAdvertSize> room;
  const size_t size = codec::encode_advert(spec, destination, ip_id, room);
  if (size == 0) throw MakeArgumentError(info.Env(), "frame.authType", "0 or 1: AH is for IPv4");
  const auto packet = std::span(room).first(size);
  if (signer) {
    codec::sign_trailer(signer->key, spec.source, stamps.hmac, codec::message_of(packet, spec.source.family));
    // The engine leaves this to the kernel.
    if (spec.source.family == codec::kIpv6) codec::refresh_ipv6_checksum(packet, spec.source, destination);
  }
  if (spec.version == 2 && spec.auth_type == codec::kAuthAh) {
    codec::sign_ah(codec::AhKey(spec.auth_data), packet, stamps.ah_sequence);
  }
  return CopyBytes(info.Env(), packet);
}

Napi::Value JudgeAdvert(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  const auto expectation = ReadExpectation(info[0], "expectation");
  const auto packet = Bytes(info[1], "packet");
  const auto given = Object(info[2], "context");
  const auto vrid = Integer<uint8_t>(given.Get("vrid"), "context.vrid", 1, 255);
  codec::AuthMemory memory;
  const auto heard = given.Get("ahSequence");
  if (!heard.IsUndefined()) {
    memory.ah = codec::AhSequence(Integer<uint32_t>(heard, "context.ahSequence", 0, UINT32_MAX));
  }
  const auto wall = given.Get("wallTime");
  const codec::PacketContext context{
      .family = Integer<uint8_t>(given.Get("family"), "context.family", 4, 6),
      .unicast_endpoint = OneOf(given.Get("kind"), "context.kind", kKinds) == 1,
      .protocol = Integer<uint8_t>(given.Get("protocol"), "context.protocol", 0, 255),
      .source = Address(given.Get("source"), "context.source"),
      .destination = Address(given.Get("destination"), "context.destination"),
      .ttl = Integer<int>(given.Get("ttl"), "context.ttl", -1, 255),
      .wall_us = wall.IsUndefined() ? sys::wall_us() : Microseconds(wall, "context.wallTime"),
      .memory = &memory,
  };
  if (context.family == 5) throw MakeArgumentError(env, "context.family", "4 or 6");
  if (context.protocol != codec::kProtocolVrrp && context.protocol != codec::kProtocolAh) {
    throw MakeArgumentError(env, "context.protocol", "112 or 51");
  }
  if (context.source.family != context.family || context.destination.family != context.family) {
    throw MakeArgumentError(env, "context", "of one family");
  }

  codec::Verdict verdict;
  codec::Located located;
  // The dispatcher's part: a packet for another router never gets to the ladder of this one.
  const bool readable = codec::locate(packet, context.family, context.protocol, located);
  if (readable && located.vrid != vrid) {
    verdict.reason = codec::Refusal::unknown_vrid;
    verdict.received = located.vrid;
    verdict.expected = vrid;
    verdict.source = located.source.empty() ? context.source : located.source;
    verdict.priority = located.priority;
  } else {
    verdict = codec::judge(expectation, packet, context);
  }

  auto result = Napi::Object::New(env);
  result.Set("verdict", codec::refusal_name(verdict.reason));
  result.Set("received", static_cast<double>(verdict.received));
  result.Set("expected", static_cast<double>(verdict.expected));
  result.Set("priority", static_cast<double>(verdict.priority));
  result.Set("interval", static_cast<double>(verdict.interval_us));
  result.Set("intervalMismatch", verdict.interval_mismatch);
  result.Set("addressMismatch", MismatchName(verdict.address_mismatch));
  result.Set("mismatchDetail", verdict.mismatch_detail);
  result.Set("clockSkew", verdict.clock_skew);
  if (verdict.old_unicast_sum) result.Set("oldUnicastSum", true);
  result.Set("source", AddressString(env, verdict.source));
  return result;
}

Napi::Value EncodeAnnouncement(const Napi::CallbackInfo& info) {
  const auto spec = ReadAnnouncement(info[0], "announcement");
  std::array<uint8_t, codec::kMaxAnnouncementSize> frame;
  const size_t size = codec::encode_announcement(spec.address, spec.mac, spec.router, frame);
  return CopyBytes(info.Env(), std::span(frame).first(size));
}

std::string MacText(std::span<const uint8_t, 6> mac) {
  char text[18];
  std::snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
                mac[5]);
  return text;
}

Napi::Value DescribeFrame(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  const codec::FrameSummary summary = codec::describe_frame(Bytes(info[0], "bytes"));
  auto result = Napi::Object::New(env);
  result.Set("kind", codec::frame_kind_name(summary.kind));
  result.Set("sourceMac", MacText(summary.source_mac));
  result.Set("destinationMac", MacText(summary.destination_mac));
  result.Set("source", AddressString(env, summary.source));
  result.Set("destination", AddressString(env, summary.destination));
  const auto number = [&](const char* name, double value) {
    result.Set(name, Napi::Number::New(env, value));
  };
  number("ttl", summary.ttl);
  number("ipId", summary.ip_id);
  number("vrid", summary.vrid);
  number("version", summary.version);
  number("priority", summary.priority);
  number("interval", summary.interval_us);
  number("authType", summary.auth_type);
  auto addresses = Napi::Array::New(env, summary.count);
  for (uint32_t i = 0; i < summary.count; ++i) addresses.Set(i, AddressString(env, summary.addresses[i]));
  result.Set("addresses", addresses);
  result.Set("checksumOk", Napi::Boolean::New(env, summary.checksum_ok));
  number("echoId", summary.echo_id);
  number("echoSequence", summary.echo_sequence);
  return result;
}

}  // namespace

void InitCodec(Napi::Env, Napi::Object exports) {
  Export(exports, "now", Now);
  Export(exports, "encodeAdvert", EncodeAdvert);
  Export(exports, "judgeAdvert", JudgeAdvert);
  Export(exports, "encodeAnnouncement", EncodeAnnouncement);
  Export(exports, "describeFrame", DescribeFrame);
}

}  // namespace ka::addon
