// SPDX-License-Identifier: MIT
// Hashes, sequences, stamps and marks: what AH and auth_hmac (reference 2.2 and 2.3) rest on.
#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "check.h"
#include "codec/auth_memory.h"
#include "codec/judge.h"

namespace {

using namespace ka::codec;

std::span<const uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

template <typename Digest>
std::string hex_of(const Digest& digest) {
  std::string text;
  for (const uint8_t byte : digest) {
    char two[3];
    std::snprintf(two, sizeof two, "%02x", byte);
    text += two;
  }
  return text;
}

Addr ipv4(uint8_t last) { return make_address(kIpv4, std::array<uint8_t, 4>{192, 0, 2, last}); }

constexpr AntiReplay kByTime{.by_time = true, .window = 5};
constexpr AntiReplay kMonotonic{.by_time = false, .window = 5};
constexpr Stamp kSecond = Stamp{1} << 32;
constexpr Stamp kNow = 1'800'000'000 * kSecond;

TEST("HMAC gives the digests of RFC 2202 and RFC 4231, whatever the parts") {
  const Hmac<Md5> md5(bytes_of("Jefe"));
  CHECK(hex_of(md5.of({bytes_of("what do ya want for nothing?")})) == "750c783e6ab0b503eaa86e310a5db738");
  CHECK(md5.of({bytes_of("what do ya "), bytes_of(""), bytes_of("want for nothing?")}) ==
        md5.of({bytes_of("what do ya want for nothing?")}));
  const Hmac<Sha256> sha(bytes_of("Jefe"));
  CHECK(hex_of(sha.of({bytes_of("what do ya want for nothing?")})) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  const std::vector<uint8_t> long_key(131, 0xaa);
  const auto text = bytes_of("Test Using Larger Than Block-Size Key - Hash Key First");
  CHECK(hex_of(Hmac<Sha256>(long_key).of({text})) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  const std::vector<uint8_t> long_md5_key(80, 0xaa);
  CHECK(hex_of(Hmac<Md5>(long_md5_key).of({text})) == "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd");
}

TEST("the AH counter grows by one for each advert and is shared with what is heard") {
  AhSequence sequence;
  CHECK(sequence.next() == 1 && sequence.next() == 2);
  CHECK(!sequence.is_new(2) && sequence.is_new(3));
  sequence.accept(100);
  CHECK(sequence.next() == 101);
  sequence.accept(200);
  sequence.skip_one();
  CHECK(sequence.last() == 201 && sequence.next() == 202);
}

TEST("the AH counter sticks at its end until its router becomes active again") {
  AhSequence sequence(AhSequence::kLast - 1);
  CHECK(sequence.next() == AhSequence::kLast && !sequence.cycled());
  CHECK(sequence.next() == AhSequence::kLast && sequence.cycled());
  sequence.become_active();
  CHECK(!sequence.cycled() && sequence.next() == 1);
  sequence.accept(0xffffffff);
  sequence.skip_one();
  CHECK(sequence.next() == 0xffffffff && sequence.cycled());
  sequence.heard_as_backup();
  CHECK(!sequence.cycled());
  sequence.become_active();
  CHECK(sequence.last() == 0xffffffff);
}

TEST("stamps follow the clock, grow when it stands, and survive a small step back") {
  StampSource source;
  CHECK(source.next(kNow, kByTime) == kNow);
  CHECK(source.next(kNow, kByTime) == kNow + 1);
  CHECK(source.next(kNow - 5 * kSecond, kByTime) == kNow + 2);
  CHECK(source.next(kNow + kSecond, kByTime) == kNow + kSecond);
  StampSource full;
  CHECK(full.next(kNow | 0xffff, kByTime) == (kNow | 0xffff));
  CHECK(full.next(kNow, kByTime) == (kNow | 0xffff) + 1);
}

TEST("stamps start again from a clock that was stepped back by more than the window, unless growth is all") {
  StampSource source;
  source.next(kNow, kByTime);
  CHECK(source.next(kNow - 6 * kSecond, kByTime) == kNow - 6 * kSecond);
  StampSource monotonic;
  monotonic.next(kNow, kMonotonic);
  CHECK(monotonic.next(kNow - 3600 * kSecond, kMonotonic) == kNow + 1);
}

TEST("stamps and windows go on through the wrap of 32-bit seconds in 2106") {
  const Stamp last = Stamp{0xffffffff} << 32;
  CHECK(is_after(Stamp{0}, last) && !is_after(last, Stamp{0}));
  CHECK(within(last, 2 * kSecond, 3) && !within(last, 2 * kSecond, 2));
  CHECK(seconds_between(2 * kSecond, last) == 3);
  StampSource source;
  source.next(last, kByTime);
  CHECK(source.next(kSecond, kByTime) == kSecond);
  CHECK(stamp_of(1'500'000) == (kSecond | Stamp{0x8000} << 16));
}

TEST("a mark refuses what is not newer, for its own sender") {
  HighWaterMarks marks;
  CHECK(marks.is_new(ipv4(1), kNow, kNow, kByTime));
  marks.accept(ipv4(1), kNow);
  CHECK(!marks.is_new(ipv4(1), kNow, kNow, kByTime));
  CHECK(!marks.is_new(ipv4(1), kNow - 1, kNow, kByTime));
  CHECK(marks.is_new(ipv4(1), kNow + 1, kNow, kByTime));
  CHECK(marks.is_new(ipv4(2), kNow - 1, kNow, kByTime));
}

TEST("a mark outside the window is forgotten by time and kept by growth") {
  HighWaterMarks marks;
  marks.accept(ipv4(1), kNow);
  // Our clock was stepped back by an hour: the sender, whose clock followed, must not be locked out.
  const Stamp back = kNow - 3600 * kSecond;
  CHECK(marks.is_new(ipv4(1), back, back, kByTime));
  CHECK(!marks.is_new(ipv4(1), back, back, kMonotonic));
  CHECK(!marks.is_new(ipv4(1), kNow, kNow + 5 * kSecond, kByTime));
  CHECK(marks.is_new(ipv4(1), kNow, kNow + 6 * kSecond, kByTime));
}

TEST("multicast remembers four senders and lets go of the one not heard for longest") {
  HighWaterMarks marks;
  for (uint8_t i = 1; i <= 4; ++i) marks.accept(ipv4(i), kNow);
  marks.accept(ipv4(1), kNow + 1);
  marks.accept(ipv4(5), kNow);
  CHECK(marks.is_new(ipv4(2), kNow, kNow, kMonotonic));
  for (const uint8_t i : {1, 3, 4, 5}) CHECK(!marks.is_new(ipv4(i), kNow, kNow, kMonotonic));
}

TEST("unicast has one place for each peer, none for strangers, and keeps it through a change of peers") {
  const std::array before{ipv4(1), ipv4(2)};
  HighWaterMarks marks(before);
  CHECK(marks.is_new(ipv4(1), kNow, kNow, kMonotonic));
  for (const uint8_t i : {1, 2, 3}) marks.accept(ipv4(i), kNow);
  CHECK(!marks.is_new(ipv4(1), kNow, kNow, kMonotonic));
  CHECK(marks.is_new(ipv4(3), kNow, kNow, kMonotonic));
  const std::array after{ipv4(2), ipv4(3)};
  HighWaterMarks next(after);
  next.adopt(marks);
  CHECK(next.is_new(ipv4(1), kNow, kNow, kMonotonic));
  CHECK(!next.is_new(ipv4(2), kNow, kNow, kMonotonic));
  next.accept(ipv4(3), kNow);
  CHECK(!next.is_new(ipv4(2), kNow, kNow, kMonotonic));
}

/// An advert of 192.0.2.1 with priority 100, signed by auth_hmac, as a socket delivers it.
std::vector<uint8_t> signed_advert(const HmacKey& key, Stamp stamp, bool multicast = true) {
  AdvertSpec spec;
  spec.vrid = 51;
  spec.priority = 100;
  spec.interval_us = 1'000'000;
  spec.trailer = true;
  spec.source = ipv4(1);
  std::vector<uint8_t> packet(kMaxAdvertSize);
  const Addr group = make_address(kIpv4, std::array<uint8_t, 4>{224, 0, 0, 18});
  packet.resize(encode_advert(spec, multicast ? group : ipv4(2), 1, packet));
  CHECK(sign_trailer(key, spec.source, stamp, message_of(packet, kIpv4)));
  return packet;
}

TEST("a replayed or reordered trailer is refused, and a forged one moves no mark") {
  const std::vector<uint8_t> secret(32, 7);
  const HmacKey key{1, Hmac<Sha256>(secret)};
  const HmacKey wrong{1, Hmac<Sha256>(std::span(secret).first(31))};
  Expectation expectation;
  expectation.interval_us = 1'000'000;
  expectation.hmac = HmacPolicy{HmacMode::enforce, kByTime, {key}};
  AuthMemory memory;
  const auto judged = [&](const HmacKey& by, Stamp stamp, Stamp now) {
    PacketContext context;
    context.wall_us = static_cast<int64_t>(now >> 32) * 1'000'000;
    context.memory = &memory;
    return judge(expectation, signed_advert(by, stamp), context).reason;
  };
  CHECK(judged(key, kNow + 10, kNow) == Refusal::none);
  CHECK(judged(key, kNow + 10, kNow) == Refusal::auth_ext_replay);
  CHECK(judged(key, kNow + 9, kNow) == Refusal::auth_ext_replay);
  CHECK(judged(wrong, kNow + 12, kNow) == Refusal::auth_ext_invalid_hmac);
  CHECK(judged(key, kNow + 11, kNow) == Refusal::none);
  CHECK(judged(key, kNow + 11, kNow + 6 * kSecond) == Refusal::auth_ext_stale);
  CHECK(judged(key, kNow - 60 * kSecond, kNow - 60 * kSecond) == Refusal::none);
}

TEST("an AH number counts as heard once it is genuine, and a forged one does not") {
  const AuthData password{'s', 'e', 'c', 'r', 'e', 't'};
  AdvertSpec spec;
  spec.vrid = 51;
  spec.priority = 100;
  spec.auth_type = kAuthAh;
  spec.auth_data = password;
  spec.interval_us = 1'000'000;
  spec.source = ipv4(1);
  std::vector<uint8_t> packet(kMaxAdvertSize);
  packet.resize(encode_advert(spec, make_address(kIpv4, std::array<uint8_t, 4>{224, 0, 0, 18}), 1, packet));
  Expectation expectation;
  expectation.auth_type = kAuthAh;
  expectation.ah_key.emplace(password);
  expectation.interval_us = 1'000'000;
  AuthMemory memory;
  PacketContext context;
  context.protocol = kProtocolAh;
  context.memory = &memory;
  const auto judged = [&](const AhKey& key, uint32_t sequence) {
    CHECK(sign_ah(key, packet, sequence));
    return judge(expectation, packet, context).reason;
  };
  const AhKey right(password);
  const AhKey wrong(AuthData{'x'});
  CHECK(judged(wrong, 1000) == Refusal::ah_icv && memory.ah.last() == 0);
  CHECK(judged(right, 5) == Refusal::none && memory.ah.last() == 5);
  CHECK(judged(right, 5) == Refusal::ah_sequence);
  CHECK(judged(right, 4) == Refusal::ah_sequence);
  CHECK(judged(right, 6) == Refusal::none);
  CHECK(memory.ah.next() == 7);
  expectation.ah_key.reset();
  CHECK(judged(right, 8) == Refusal::ah_icv);
}

TEST("signing refuses bytes that are no packet of ours") {
  std::vector<uint8_t> bytes(100, 0);
  CHECK(!sign_ah(AhKey(AuthData{}), bytes, 1));
  CHECK(!sign_ah(AhKey(AuthData{}), std::span(bytes).first(10), 1));
  CHECK(message_of(bytes, kIpv4).empty());
  const HmacKey key{1, Hmac<Sha256>(bytes)};
  CHECK(!sign_trailer(key, ipv4(1), 1, std::span(bytes).first(35)));
  CHECK(!trailer_verifies(key, ipv4(1), std::span<const uint8_t>(bytes).first(35)));
  CHECK(std::all_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte == 0; }));
}

}  // namespace
