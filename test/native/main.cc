// SPDX-License-Identifier: MIT
// Runs every TEST of the linked files and prints one line for each. With the argument "frames", reads packets
// from standard input instead, one "<family> <protocol> <hex>" a line, and feeds each of them, cut at every
// length and with every bit flipped, to the decoders: meant for builds with -fsanitize=address,undefined.
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "check.h"
#include "codec/describe.h"
#include "codec/judge.h"

namespace {

std::vector<uint8_t> from_hex(const std::string& hex) {
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<uint8_t>(std::stoul(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

/// An allocation of exactly this size, so that one byte too far is out of bounds for the sanitizer.
void look_at(std::span<const uint8_t> bytes, uint8_t family, uint8_t protocol, size_t& accepted) {
  const auto exact = std::make_unique<uint8_t[]>(bytes.size());
  std::copy(bytes.begin(), bytes.end(), exact.get());
  const std::span<const uint8_t> copy{exact.get(), bytes.size()};
  ka::codec::Expectation expectation;
  expectation.interval_us = 1'000'000;
  ka::codec::AuthMemory memory;
  const ka::codec::PacketContext context{
      .family = family, .protocol = protocol, .ttl = 255, .memory = &memory};
  const std::vector<uint8_t> key(32, 1);
  expectation.ah_key.emplace(std::span(key).first(8));
  const ka::codec::HmacPolicy policy{.mode = ka::codec::HmacMode::permissive,
                                     .anti_replay = {.by_time = false},
                                     .keys = {{1, ka::codec::Hmac<ka::codec::Sha256>(key)}}};
  for (const uint8_t version : {2, 3}) {
    for (const uint8_t auth_type : {0, 1, 2}) {
      expectation.version = version;
      expectation.auth_type = auth_type;
      expectation.hmac.reset();
      accepted += ka::codec::judge(expectation, copy, context).reason == ka::codec::Refusal::none;
    }
    expectation.hmac = policy;
    accepted += ka::codec::judge(expectation, copy, context).reason == ka::codec::Refusal::none;
  }
  ka::codec::describe_frame(copy);
}

int run_frames() {
  size_t packets = 0;
  size_t looks = 0;
  size_t accepted = 0;
  for (std::string line; std::getline(std::cin, line); ++packets) {
    std::istringstream fields(line);
    int family = 0;
    int protocol = 0;
    std::string hex;
    fields >> family >> protocol >> hex;
    auto bytes = from_hex(hex);
    const auto look = [&](std::span<const uint8_t> part) {
      look_at(part, static_cast<uint8_t>(family), static_cast<uint8_t>(protocol), accepted);
      ++looks;
    };
    for (size_t size = 0; size <= bytes.size(); ++size) look(std::span(bytes).first(size));
    for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      bytes[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
      look(bytes);
      bytes[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    }
  }
  std::printf("%zu packets, %zu variants, %zu accepted\n", packets, looks, accepted);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], "frames") == 0) return run_frames();
  int failed = 0;
  for (const auto& test : ka::test::cases()) {
    const int before = ka::test::failures();
    test.body();
    const bool fine = ka::test::failures() == before;
    failed += !fine;
    std::printf("%s %s\n", fine ? "ok" : "FAILED", test.name);
  }
  std::printf("%zu tests, %d failed\n", ka::test::cases().size(), failed);
  return failed == 0 ? 0 : 1;
}
