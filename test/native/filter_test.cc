// SPDX-License-Identifier: MIT
// The program that keeps foreign VRIDs out, run by the kernel on a pair of local sockets, and an engine under a flood.
#include "engine/foreign_filter.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <span>
#include <thread>
#include <vector>

#include "check.h"
#include "engine/engine.h"

using namespace ka;
using namespace ka::engine;

namespace {

struct Pair {
  Pair() {
    std::array<int, 2> fds{};
    CHECK(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fds.data()) == 0);
    in = sys::UniqueFd(fds[0]);
    out = sys::UniqueFd(fds[1]);
  }
  /// Whether it comes through.
  bool passes(std::span<const uint8_t> packet) const {
    // A packet that the filter drops is an error to the sender of a local socket.
    (void)!::send(in.get(), packet.data(), packet.size(), MSG_DONTWAIT);
    std::array<uint8_t, 256> room;
    return ::recv(out.get(), room.data(), room.size(), MSG_DONTWAIT) >= 0;
  }
  sys::UniqueFd in, out;
};

/// `options`: bytes of IPv4 options.
std::vector<uint8_t> packet(uint8_t family, uint8_t protocol, uint8_t vrid, size_t options = 0) {
  std::vector<uint8_t> bytes;
  if (family == codec::kIpv4) {
    bytes.assign(20 + options, 0);
    bytes[0] = static_cast<uint8_t>(0x40 | ((20 + options) / 4));
  }
  if (protocol == IPPROTO_AH) {
    const size_t begin = bytes.size();
    bytes.resize(begin + 24, 0);
    bytes[begin + 1] = 4;
  }
  bytes.insert(bytes.end(), {0x31, vrid, 100, 1, 0, 100, 0, 0});
  return bytes;
}

}  // namespace

TEST("the filter passes every VRID of the set and next to none of the others") {
  VridSet own{};
  for (const uint32_t vrid : {1U, 31U, 32U, 51U, 64U, 127U, 128U, 200U, 223U, 224U, 255U}) own[vrid / 32] |= 1U << (vrid % 32);
  for (const uint8_t family : {codec::kIpv4, codec::kIpv6}) {
    for (const uint8_t protocol : {uint8_t{112}, uint8_t{IPPROTO_AH}}) {
      const Pair pair;
      CHECK(attach_vrid_filter(pair.out, family, protocol, own));
      int strangers = 0;
      for (uint32_t vrid = 0; vrid < 256; ++vrid) {
        const bool passed = pair.passes(packet(family, protocol, static_cast<uint8_t>(vrid), vrid % 3 * 4));
        const bool ours = (own[vrid / 32] >> (vrid % 32) & 1) != 0;
        if (ours) CHECK(passed);
        if (!ours && passed) ++strangers;
      }
      // One in 256 on average.
      CHECK(strangers < 16);
    }
  }
}

TEST("the filter leaves to the ladder what is too short to have a VRID") {
  for (const uint8_t family : {codec::kIpv4, codec::kIpv6}) {
    for (const uint8_t protocol : {uint8_t{112}, uint8_t{IPPROTO_AH}}) {
      const Pair pair;
      CHECK(attach_vrid_filter(pair.out, family, protocol, {}));
      const std::vector<uint8_t> whole = packet(family, protocol, 9);
      // Up to the byte before the VRID; the first byte of an IPv4 header always is there.
      for (size_t length = 1; length + 7 <= whole.size(); ++length) CHECK(pair.passes(std::span(whole).first(length)));
    }
  }
}

TEST("a flood of foreign VRIDs meets the filter, is counted on, and a router that joins is heard") {
  Engine engine({}, [](void*) {}, nullptr);
  EndpointSpec spec;
  spec.multicast = false;
  spec.ifindex = 1;
  spec.ifname = "lo";
  CHECK(codec::parse_address("127.0.0.61", spec.address));
  const uint32_t id = engine.open_endpoint(spec);
  const auto add = [&](uint32_t key, uint8_t vrid) {
    auto expectation = std::make_unique<codec::Expectation>();
    expectation->version = 3;
    expectation->interval_us = 1'000'000;
    engine.add_router(key, id, vrid, std::move(expectation));
    engine.listen(key, true);
  };
  add(1, 51);
  const sys::UniqueFd sender(::socket(AF_INET, SOCK_RAW, 112));
  CHECK(sender.get() >= 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  CHECK(::inet_pton(AF_INET, "127.0.0.61", &to.sin_addr) == 1);
  const auto send = [&](uint8_t vrid, int count) {
    const std::array<uint8_t, 8> message{0x31, vrid, 100, 0, 0, 100, 0, 0};
    for (int i = 0; i < count; ++i) {
      (void)!::sendto(sender.get(), message.data(), message.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to);
      if (i % 50 == 49) std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  };
  const auto settled = [&](uint64_t least) {
    for (int i = 0; i < 2000 && engine.core().unknown_vrid.load() < least; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return engine.core().unknown_vrid.load();
  };
  // Again and again: a router joins some time after it was told to.
  const auto refused = [&](uint32_t key, uint8_t vrid) {
    uint64_t sum = 0;
    for (int i = 0; i < 2000 && sum == 0; ++i) {
      send(vrid, 1);
      sum = 0;
      for (const auto& one : engine.counters(key).refused) sum += one.load();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return sum;
  };
  // Exactly, while there are few.
  send(52, 500);
  CHECK(settled(500) == 500);
  send(52, 20'000);
  const uint64_t counted = settled(2'000);
  CHECK(counted > 2'000);
  // Its own still get in, if only to be refused for their sum or TTL.
  CHECK(refused(1, 51) > 0);
  add(2, 52);
  CHECK(refused(2, 52) > 0);
  engine.close();
}
