// SPDX-License-Identifier: MIT
// The codec without Node: bounds, in-place changes, and random input under the sanitizers.
#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "check.h"
#include "codec/announce.h"
#include "codec/bytes.h"
#include "codec/checksum.h"
#include "codec/describe.h"
#include "codec/judge.h"

using namespace ka::codec;

namespace {

using Random = std::mt19937;

Addr address(const char* text) {
  Addr result;
  CHECK(parse_address(text, result));
  return result;
}

std::string text(const Addr& value) {
  AddressText buffer;
  return std::string(print_address(value, buffer));
}

Addr random_address(Random& random, uint8_t family) {
  std::array<uint8_t, 16> bytes;
  for (auto& byte : bytes) byte = static_cast<uint8_t>(random());
  // Half the bytes zero, so that printing meets runs of every length.
  for (auto& byte : bytes) byte = random() % 2 ? byte : 0;
  return make_address(family, std::span(bytes).first(address_size(family)));
}

AdvertSpec random_spec(Random& random) {
  AdvertSpec spec;
  const uint8_t family = random() % 2 ? kIpv4 : kIpv6;
  spec.version = random() % 2 ? 2 : 3;
  spec.vrid = static_cast<uint8_t>(random() % 255 + 1);
  spec.priority = static_cast<uint8_t>(random());
  spec.auth_type = spec.version == 2 && random() % 2 ? kAuthPass : kAuthNone;
  if (spec.auth_type == kAuthPass) {
    for (auto& byte : spec.auth_data) byte = static_cast<uint8_t>(random());
  }
  spec.interval_us = spec.version == 2 ? (random() % 255 + 1) * 1'000'000 : (random() % 4095 + 1) * 10'000;
  spec.v3_checksum_as_v2 = random() % 2;
  spec.source = random_address(random, family);
  spec.count = static_cast<uint16_t>(random() % (random() % 8 ? 5 : 256));
  for (size_t i = 0; i < spec.count; ++i) spec.addresses[i] = random_address(random, family);
  return spec;
}

const Addr& group(uint8_t family) {
  static const Addr four = address("224.0.0.18");
  static const Addr six = address("ff02::12");
  return family == kIpv4 ? four : six;
}

Expectation expectation_for(const AdvertSpec& spec) {
  Expectation expectation;
  expectation.version = spec.version;
  expectation.auth_type = spec.auth_type;
  expectation.auth_data = spec.auth_data;
  expectation.interval_us = spec.interval_us;
  expectation.v3_checksum_as_v2 = spec.v3_checksum_as_v2;
  expectation.count = spec.count;
  expectation.addresses = spec.addresses;
  return expectation;
}

PacketContext context_for(const AdvertSpec& spec) {
  return {.family = spec.source.family,
          .source = spec.source,
          .destination = group(spec.source.family),
          .ttl = 255};
}

}  // namespace

TEST("a reader never leaves its bytes and stays failed") {
  const std::array<uint8_t, 3> bytes{1, 2, 3};
  Reader reader(bytes);
  CHECK(reader.u16() == 0x0102);
  CHECK(reader.u16() == 0);
  CHECK(!reader.ok());
  CHECK(reader.u8() == 0);
  CHECK(reader.remaining() == 0);
  Reader huge(bytes);
  huge.skip(SIZE_MAX);
  CHECK(!huge.ok());
}

TEST("a writer never leaves its bytes and stays failed") {
  std::array<uint8_t, 4> bytes{9, 9, 9, 9};
  Writer writer{std::span<uint8_t>(bytes).first(3)};
  writer.u16(0x0102);
  writer.u16(0x0304);
  CHECK(!writer.ok());
  writer.u8(5);
  CHECK((bytes == std::array<uint8_t, 4>{1, 2, 9, 9}));
  Writer patched(bytes);
  patched.u16(1);
  patched.patch_u16(1, 0xffff);
  CHECK(!patched.ok());
}

TEST("addresses print as RFC 5952 wants and parse back") {
  const std::array<std::array<const char*, 2>, 9> pairs{{
      {"0.0.0.0", "0.0.0.0"},
      {"255.254.1.10", "255.254.1.10"},
      {"::", "::"},
      {"0:0:0:0:0:0:0:1", "::1"},
      {"2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
      {"fe80::", "fe80::"},
      {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
      {"::1.2.3.4", "::102:304"},
  }};
  for (const auto& [in, out] : pairs) CHECK(text(address(in)) == out);
  Random random(5952);
  for (int i = 0; i < 20'000; ++i) {
    const Addr value = random_address(random, random() % 2 ? kIpv4 : kIpv6);
    Addr back;
    CHECK(parse_address(text(value), back) && back == value);
  }
}

TEST("text that is no address is refused") {
  for (const char* bad : {"",
                          "1",
                          "1.2.3",
                          "1.2.3.4.5",
                          "01.2.3.4",
                          "256.1.1.1",
                          "1.2.3.4 ",
                          " 1.2.3.4",
                          "1.2.3.-4",
                          "+1.2.3.4",
                          ":",
                          ":::",
                          "1:2:3:4:5:6:7",
                          "1:2:3:4:5:6:7:8:9",
                          "1::2::3",
                          "12345::",
                          "g::",
                          "::1%eth0",
                          "fe80::1/64",
                          "1:2:3:4:5:6:7::8:9",
                          "::1.2.3",
                          "1.2.3.4::",
                          "1:2:3:4:5:6:7:1.2.3.4",
                          ":1:2:3:4:5:6:7",
                          "1:2:3:4:5:6:7:"}) {
    Addr untouched = make_address(kIpv4, std::array<uint8_t, 4>{9, 9, 9, 9});
    CHECK(!parse_address(bad, untouched));
    CHECK(text(untouched) == "9.9.9.9");
  }
}

TEST("addresses compare in network order") {
  CHECK(address("10.0.0.2") > address("10.0.0.1"));
  CHECK(address("10.0.1.0") > address("10.0.0.255"));
  CHECK(address("128.0.0.0") > address("127.255.255.255"));
  CHECK(address("fe80::2") > address("fe80::1"));
  CHECK(address("::1") > address("255.255.255.255"));
}

TEST("an updated checksum is the recomputed one") {
  Random random(1624);
  for (int i = 0; i < 20'000; ++i) {
    std::array<uint8_t, 12> bytes;
    for (auto& byte : bytes) byte = random() % 4 ? static_cast<uint8_t>(random()) : (random() % 2 ? 0xff : 0);
    bytes[0] |= 1;  // a packet is never all zero: its version is not
    const auto before = Checksum().add(bytes).result();
    const auto old_word = static_cast<uint16_t>(bytes[2] << 8 | bytes[3]);
    bytes[2] = random() % 3 ? static_cast<uint8_t>(random()) : 0;
    const auto new_word = static_cast<uint16_t>(bytes[2] << 8 | bytes[3]);
    CHECK(update_checksum(before, old_word, new_word) == Checksum().add(bytes).result());
  }
}

TEST("what is encoded is accepted with its own fields") {
  Random random(9568);
  std::array<uint8_t, kMaxAdvertSize> out;
  for (int i = 0; i < 5'000; ++i) {
    const AdvertSpec spec = random_spec(random);
    const size_t size = encode_advert(spec, group(spec.source.family), static_cast<uint16_t>(random()), out);
    CHECK(size > 0);
    const auto verdict = judge(expectation_for(spec), std::span(out).first(size), context_for(spec));
    CHECK(verdict.reason == Refusal::none);
    CHECK(verdict.vrid == spec.vrid && verdict.priority == spec.priority && verdict.ttl == 255);
    CHECK(verdict.interval_us == spec.interval_us && !verdict.interval_mismatch);
    CHECK(verdict.address_mismatch == AddressMismatch::none && verdict.source == spec.source);
  }
}

TEST("an advertisement that does not fit writes nothing beyond its buffer") {
  Random random(7);
  for (int i = 0; i < 300; ++i) {
    const AdvertSpec spec = random_spec(random);
    std::array<uint8_t, kMaxAdvertSize> whole;
    const size_t size = encode_advert(spec, group(spec.source.family), 1, whole);
    for (const size_t room : {size_t{0}, size_t{1}, size / 2, size - 1}) {
      std::vector<uint8_t> tight(room);
      CHECK(encode_advert(spec, group(spec.source.family), 1, tight) == 0);
    }
    std::vector<uint8_t> exact(size);
    CHECK(encode_advert(spec, group(spec.source.family), 1, exact) == size);
    CHECK(std::memcmp(exact.data(), whole.data(), size) == 0);
  }
}

TEST("what cannot be said in a packet is not encoded") {
  std::array<uint8_t, kMaxAdvertSize> out;
  AdvertSpec spec;
  spec.source = address("10.0.0.1");
  spec.interval_us = 1'000'000;
  CHECK(encode_advert(spec, address("224.0.0.18"), 1, out) == 36);
  CHECK(encode_advert(spec, address("ff02::12"), 1, out) == 0);
  spec.auth_type = kAuthAh;
  spec.source = address("fd00::1");
  CHECK(encode_advert(spec, address("ff02::12"), 1, out) == 0);
  spec.source = address("10.0.0.1");
  spec.auth_type = kAuthNone;
  for (const uint64_t interval : {uint64_t{0}, uint64_t{999'999}, uint64_t{256'000'000}, UINT64_MAX}) {
    spec.interval_us = interval;
    CHECK(encode_advert(spec, address("224.0.0.18"), 1, out) == 0);
  }
  spec.version = 3;
  for (const uint64_t interval : {uint64_t{9'999}, uint64_t{40'960'000}}) {
    spec.interval_us = interval;
    CHECK(encode_advert(spec, address("224.0.0.18"), 1, out) == 0);
  }
  spec.interval_us = 10'000;
  spec.count = 1;
  spec.addresses[0] = address("::1");
  CHECK(encode_advert(spec, address("224.0.0.18"), 1, out) == 0);
}

TEST("a priority or id set in place gives the bytes of a new encoding") {
  Random random(1624);
  for (int i = 0; i < 5'000; ++i) {
    AdvertSpec spec = random_spec(random);
    std::array<uint8_t, kMaxAdvertSize> changed;
    const uint8_t family = spec.source.family;
    const auto id = static_cast<uint16_t>(random());
    const size_t size = encode_advert(spec, group(family), 1, changed);
    spec.priority = random() % 2 ? 0 : static_cast<uint8_t>(random());
    CHECK(set_priority(std::span(changed).first(size), family, spec.priority));
    CHECK(set_ip_id(std::span(changed).first(size), id) == (family == kIpv4));
    std::array<uint8_t, kMaxAdvertSize> fresh;
    CHECK(encode_advert(spec, group(family), id, fresh) == size);
    CHECK(std::memcmp(changed.data(), fresh.data(), size) == 0);
  }
  std::array<uint8_t, 27> stub{0x45};
  CHECK(!set_priority(stub, kIpv4, 0));
  CHECK(!set_ip_id(std::span(stub).first(19), 0));
}

TEST("IPv4 options are skipped to find the advertisement") {
  AdvertSpec spec;
  spec.vrid = 7;
  spec.interval_us = 1'000'000;
  spec.source = address("10.0.0.1");
  std::array<uint8_t, 64> out{};
  const size_t size = encode_advert(spec, address("224.0.0.18"), 1, out);
  std::vector<uint8_t> packet(out.begin(), out.begin() + kIpv4HeaderSize);
  packet.insert(packet.end(), 40, 0x01);
  packet.insert(packet.end(), out.begin() + kIpv4HeaderSize, out.begin() + static_cast<long>(size));
  packet[0] = 0x4f;
  packet[3] = static_cast<uint8_t>(packet.size());
  Located located;
  CHECK(locate(packet, kIpv4, kProtocolVrrp, located));
  CHECK(located.vrid == 7 && located.vrrp_offset == 60 && located.ip_header_size == 60);
  CHECK(judge(expectation_for(spec), packet, {}).reason == Refusal::none);
  packet[0] = 0x44;  // a header shorter than itself
  CHECK(!locate(packet, kIpv4, kProtocolVrrp, located));
}

TEST("the recorded active router's address list is not looked at again when that is configured") {
  AdvertSpec spec;
  spec.interval_us = 1'000'000;
  spec.source = address("10.0.0.1");
  spec.count = 2;
  spec.addresses[0] = address("10.0.0.10");
  spec.addresses[1] = address("10.0.0.11");
  std::array<uint8_t, 64> out;
  const size_t size = encode_advert(spec, address("224.0.0.18"), 1, out);
  auto expectation = expectation_for(spec);
  expectation.skip_address_check = true;
  expectation.addresses[1] = address("10.0.0.12");
  auto context = context_for(spec);
  const auto packet = std::span(out).first(size);
  const auto looked = judge(expectation, packet, context);
  CHECK(looked.address_mismatch == AddressMismatch::missing && looked.mismatch_detail == 1);
  context.source_is_recorded_active = true;
  CHECK(judge(expectation, packet, context).address_mismatch == AddressMismatch::none);
  expectation.count = 1;
  const auto counted = judge(expectation, packet, context);
  CHECK(counted.address_mismatch == AddressMismatch::count && counted.mismatch_detail == 2);
  std::swap(expectation.addresses[0], expectation.addresses[1]);
  expectation.count = 2;
  expectation.addresses[0] = spec.addresses[1];
  expectation.addresses[1] = spec.addresses[0];
  context.source_is_recorded_active = false;
  CHECK(judge(expectation, packet, context).address_mismatch == AddressMismatch::none);
}

TEST("every refusal has its own name") {
  for (size_t a = 0; a < kRefusalCount; ++a) {
    for (size_t b = 0; b < a; ++b) {
      CHECK(std::strcmp(refusal_name(static_cast<Refusal>(a)), refusal_name(static_cast<Refusal>(b))) != 0);
    }
  }
  CHECK(std::strcmp(refusal_name(Refusal::none), "accepted") == 0);
  CHECK(std::strcmp(refusal_name(Refusal::unicast_ttl), "unicast_ttl") == 0);
}

TEST("announcements need exactly their room and their family") {
  const std::array<uint8_t, 6> mac{2, 0, 0, 0, 0, 1};
  for (const auto& [value, size] :
       {std::pair{address("10.0.0.1"), kGarpSize}, {address("fd00::1"), kUnsolicitedNaSize}}) {
    std::vector<uint8_t> exact(size);
    CHECK(encode_announcement(value, mac, true, exact) == size);
    CHECK(describe_frame(exact).kind == (value.family == kIpv4 ? FrameKind::garp : FrameKind::na));
    CHECK(describe_frame(exact).checksum_ok);
    std::vector<uint8_t> tight(size - 1);
    CHECK(encode_announcement(value, mac, true, tight) == 0);
    if (value.family != kIpv4) continue;
    // The answer of a kernel that still has the address goes to the announcer alone; broadcast it would be an announcement.
    exact[21] = 2;
    CHECK(describe_frame(exact).kind == FrameKind::garp);
    std::copy(mac.begin(), mac.end(), exact.begin());
    CHECK(describe_frame(exact).kind == FrameKind::arp_reply);
    exact[21] = 1;
    CHECK(describe_frame(exact).kind == FrameKind::garp);
  }
  std::array<uint8_t, kMaxAnnouncementSize> out;
  CHECK(encode_announcement({}, mac, false, out) == 0);
}

TEST("random bytes and mutated packets are judged without a fault") {
  Random random(20261121);
  std::array<uint8_t, kMaxAdvertSize> out;
  size_t accepted = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::vector<uint8_t> packet;
    AdvertSpec spec;
    if (i % 4 == 0) {
      packet.resize(random() % 96);
      for (auto& byte : packet) byte = static_cast<uint8_t>(random());
    } else {
      spec = random_spec(random);
      const size_t size = encode_advert(spec, group(spec.source.family), 1, out);
      packet.assign(out.begin(), out.begin() + static_cast<long>(size));
      for (unsigned n = random() % 4; n > 0; --n)
        packet[random() % packet.size()] = static_cast<uint8_t>(random());
      if (random() % 8 == 0) packet.resize(random() % (packet.size() + 16));
    }
    auto context = context_for(spec);
    context.family = i % 2 ? kIpv4 : kIpv6;
    if (context.family != spec.source.family) context.source = context.destination = {};
    if (random() % 8 == 0) context.protocol = kProtocolAh;
    context.unicast_endpoint = random() % 8 == 0;
    auto expectation = expectation_for(spec);
    expectation.check_unicast_source = context.unicast_endpoint;
    accepted += judge(expectation, packet, context).reason == Refusal::none;
    describe_frame(packet);
  }
  CHECK(accepted > 1'000);
}
