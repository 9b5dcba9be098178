// SPDX-License-Identifier: MIT
#include "addon/codec_args.h"

#include <algorithm>

#include "addon/args.h"

namespace ka::addon {

namespace {

/// 8 bytes for PASS and AH; anything up to 8 else, since it is not used.
codec::AuthData ReadAuthData(Napi::Value value, const std::string& name, uint8_t auth_type) {
  const auto bytes = Bytes(value, name);
  if (auth_type == codec::kAuthNone ? bytes.size() > codec::kAuthDataSize
                                    : bytes.size() != codec::kAuthDataSize) {
    throw MakeArgumentError(value.Env(), name, "8 bytes, zero padded");
  }
  codec::AuthData data{};
  std::copy(bytes.begin(), bytes.end(), data.begin());
  return data;
}

constexpr const char* kModes[] = {"receive-only", "permissive", "enforce"};
/// In the order of codec::UnicastSum.
constexpr const char* kUnicastSums[] = {"either", "old", "standard"};
constexpr const char* kAntiReplay[] = {"time", "monotonic"};

codec::AntiReplay ReadAntiReplay(const Napi::Object& object, const std::string& name) {
  return {.by_time = OneOf(object.Get("antiReplay"), name + ".antiReplay", kAntiReplay) == 0,
          .window = Integer<uint32_t>(object.Get("window"), name + ".window", 1, 300)};
}

/// HmacKey.
codec::HmacKey ReadHmacKey(Napi::Value value, const std::string& name) {
  const auto object = Object(value, name);
  const auto key = Bytes(object.Get("key"), name + ".key");
  if (key.size() < 32 || key.size() > 64) {
    throw MakeArgumentError(value.Env(), name + ".key", "32 to 64 bytes");
  }
  return {.id = Integer<uint8_t>(object.Get("id"), name + ".id", 1, 255),
          .mac = codec::Hmac<codec::Sha256>(key)};
}

/// HmacPolicy; nothing when it is absent.
std::optional<codec::HmacPolicy> ReadPolicy(Napi::Value value, const std::string& name) {
  if (value.IsUndefined()) return std::nullopt;
  const auto object = Object(value, name);
  codec::HmacPolicy policy;
  policy.mode = static_cast<codec::HmacMode>(OneOf(object.Get("mode"), name + ".mode", kModes));
  policy.anti_replay = ReadAntiReplay(object, name);
  const auto keys = Array(object.Get("keys"), name + ".keys");
  for (uint32_t i = 0; i < keys.Length(); ++i) {
    policy.keys.push_back(ReadHmacKey(keys.Get(i), name + ".keys[" + std::to_string(i) + "]"));
  }
  return policy;
}

/// At most 255 addresses: the packet counts them in one byte.
uint16_t ReadAddresses(Napi::Value value, const std::string& name,
                       std::array<codec::Addr, codec::kMaxAddresses>& out) {
  const auto array = Array(value, name);
  if (array.Length() > out.size()) throw MakeArgumentError(value.Env(), name, "at most 255 addresses");
  for (uint32_t i = 0; i < array.Length(); ++i) {
    out[i] = Address(array.Get(i), name + "[" + std::to_string(i) + "]");
    if (out[i].family != out[0].family) throw MakeArgumentError(value.Env(), name, "addresses of one family");
  }
  return static_cast<uint16_t>(array.Length());
}

}  // namespace

codec::AdvertSpec ReadAdvertSpec(Napi::Value value, const std::string& name) {
  const auto frame = Object(value, name);
  codec::AdvertSpec spec;
  spec.version = Integer<uint8_t>(frame.Get("version"), name + ".version", 2, 3);
  spec.vrid = Integer<uint8_t>(frame.Get("vrid"), name + ".vrid", 1, 255);
  spec.priority = Integer<uint8_t>(frame.Get("priority"), name + ".priority", 0, 255);
  spec.auth_type = Integer<uint8_t>(frame.Get("authType"), name + ".authType", 0, 2);
  spec.auth_data = ReadAuthData(frame.Get("authData"), name + ".authData", spec.auth_type);
  // What the field can carry: 1..255 s, 0.01..40.95 s (RFC 3768 5.3.7, RFC 9568 5.2.7).
  const auto unit = spec.version == 2 ? int64_t{1'000'000} : int64_t{10'000};
  const auto most = spec.version == 2 ? int64_t{255} : int64_t{4095};
  spec.interval_us = static_cast<uint64_t>(
      Integer<int64_t>(frame.Get("interval"), name + ".interval", unit, (most + 1) * unit - 1));
  spec.v3_checksum_as_v2 = Boolean(frame.Get("v3ChecksumAsV2"), name + ".v3ChecksumAsV2");
  const auto old_sum = frame.Get("oldUnicastSum");
  spec.old_unicast_sum = !old_sum.IsUndefined() && Boolean(old_sum, name + ".oldUnicastSum");
  spec.ttl = Integer<uint8_t>(frame.Get("ttl"), name + ".ttl", 0, 255);
  spec.source = Address(frame.Get("source"), name + ".source");
  spec.count = ReadAddresses(frame.Get("addresses"), name + ".addresses", spec.addresses);
  if (spec.count > 0 && spec.addresses[0].family != spec.source.family) {
    throw MakeArgumentError(value.Env(), name + ".addresses", "of the family of the source");
  }
  return spec;
}

std::optional<codec::HmacSigner> ReadSigner(Napi::Value value, const std::string& name) {
  const auto given = Object(value, name).Get("hmac");
  if (given.IsUndefined()) return std::nullopt;
  const auto label = name + ".hmac";
  const auto object = Object(given, label);
  return codec::HmacSigner{ReadHmacKey(object.Get("key"), label + ".key"), ReadAntiReplay(object, label)};
}

std::vector<codec::Addr> ReadDestinations(Napi::Value value, const std::string& name) {
  const auto frame = Object(value, name);
  const auto array = Array(frame.Get("destinations"), name + ".destinations");
  const auto source = Address(frame.Get("source"), name + ".source");
  std::vector<codec::Addr> destinations;
  for (uint32_t i = 0; i < array.Length(); ++i) {
    destinations.push_back(Address(array.Get(i), name + ".destinations[" + std::to_string(i) + "]"));
    if (destinations.back().family != source.family) {
      throw MakeArgumentError(value.Env(), name + ".destinations", "of the family of the source");
    }
  }
  if (destinations.empty())
    throw MakeArgumentError(value.Env(), name + ".destinations", "at least one address");
  return destinations;
}

codec::Expectation ReadExpectation(Napi::Value value, const std::string& name) {
  const auto object = Object(value, name);
  codec::Expectation expectation;
  expectation.version = Integer<uint8_t>(object.Get("version"), name + ".version", 2, 3);
  expectation.auth_type = Integer<uint8_t>(object.Get("authType"), name + ".authType", 0, 2);
  expectation.auth_data = ReadAuthData(object.Get("authData"), name + ".authData", expectation.auth_type);
  if (expectation.auth_type == codec::kAuthAh) expectation.ah_key.emplace(expectation.auth_data);
  expectation.hmac = ReadPolicy(object.Get("hmac"), name + ".hmac");
  expectation.interval_us = static_cast<uint64_t>(Microseconds(object.Get("interval"), name + ".interval"));
  expectation.check_unicast_source = Boolean(object.Get("checkUnicastSource"), name + ".checkUnicastSource");
  expectation.v3_checksum_as_v2 = Boolean(object.Get("v3ChecksumAsV2"), name + ".v3ChecksumAsV2");
  const auto sum = object.Get("unicastSum");
  if (!sum.IsUndefined()) {
    expectation.unicast_sum = static_cast<codec::UnicastSum>(OneOf(sum, name + ".unicastSum", kUnicastSums));
  }
  expectation.ignore_adverts = Boolean(object.Get("ignoreAdverts"), name + ".ignoreAdverts");
  expectation.skip_address_check = Boolean(object.Get("skipAddressCheck"), name + ".skipAddressCheck");
  expectation.count = ReadAddresses(object.Get("addresses"), name + ".addresses", expectation.addresses);
  const auto peers = Array(object.Get("peers"), name + ".peers");
  for (uint32_t i = 0; i < peers.Length(); ++i) {
    const auto label = name + ".peers[" + std::to_string(i) + "]";
    const auto peer = Object(peers.Get(i), label);
    expectation.peers.push_back({
        .address = Address(peer.Get("address"), label + ".address"),
        .min_ttl = Integer<uint8_t>(peer.Get("minTtl"), label + ".minTtl", 0, 255),
        .max_ttl = Integer<uint8_t>(peer.Get("maxTtl"), label + ".maxTtl", 0, 255),
    });
  }
  return expectation;
}

AnnouncementSpec ReadAnnouncement(Napi::Value value, const std::string& name) {
  const auto object = Object(value, name);
  AnnouncementSpec spec;
  spec.ifindex = Integer<uint32_t>(object.Get("ifindex"), name + ".ifindex", 0, INT32_MAX);
  spec.address = Address(object.Get("address"), name + ".address");
  const auto mac = FixedBytes<6>(object.Get("mac"), name + ".mac");
  std::copy(mac.begin(), mac.end(), spec.mac.begin());
  spec.router = Boolean(object.Get("router"), name + ".router");
  return spec;
}

const char* MismatchName(codec::AddressMismatch mismatch) {
  switch (mismatch) {
    case codec::AddressMismatch::none:
      return "none";
    case codec::AddressMismatch::count:
      return "count";
    case codec::AddressMismatch::missing:
      return "missing";
  }
  return "none";
}

}  // namespace ka::addon
