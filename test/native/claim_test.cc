// SPDX-License-Identifier: MIT
// Claims of addresses in ARP and Neighbor Discovery: what counts as one, and hostile messages.
#include "codec/claim.h"

#include <linux/if_packet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <random>
#include <vector>

#include "check.h"
#include "codec/announce.h"
#include "codec/checksum.h"
#include "engine/claim_listener.h"
#include "sys/system_error.h"

using namespace ka::codec;

namespace {

constexpr std::array<uint8_t, 6> kMac{2, 0, 0, 0, 0, 1};
constexpr std::array<uint8_t, 6> kLink{2, 0, 0, 0, 0, 9};
constexpr size_t kEthernet = 14;

Addr address(const char* text) {
  Addr result;
  CHECK(parse_address(text, result));
  return result;
}

/// An announcement as a packet socket delivers it: without the link header.
std::vector<uint8_t> packet_of(const char* text) {
  std::array<uint8_t, kMaxAnnouncementSize> frame;
  const size_t size = encode_announcement(address(text), kMac, false, frame);
  return {frame.begin() + kEthernet, frame.begin() + static_cast<std::ptrdiff_t>(size)};
}

/// The checksum of a neighbour's message over whatever was changed in it.
void seal(std::vector<uint8_t>& packet) {
  const std::span<uint8_t> message = std::span(packet).subspan(40);
  message[2] = message[3] = 0;
  const Addr source = make_address(kIpv6, std::span(packet).subspan(8, 16));
  const Addr destination = make_address(kIpv6, std::span(packet).subspan(24, 16));
  const uint16_t sum =
      Checksum().add_pseudo_header(source, destination, 58, static_cast<uint32_t>(message.size())).add(message).result();
  message[2] = static_cast<uint8_t>(sum >> 8);
  message[3] = static_cast<uint8_t>(sum);
}

bool claims_nd(const std::vector<uint8_t>& packet, Claim& claim) { return decode_nd_claim(packet, kLink, claim); }

/// After one change of an advertisement, with a valid checksum.
bool claims_after(size_t at, uint8_t value) {
  auto packet = packet_of("fd00::100");
  packet[at] = value;
  seal(packet);
  Claim claim;
  return claims_nd(packet, claim);
}

}  // namespace

TEST("an ARP request and a reply claim their sender address, a probe claims nothing") {
  auto packet = packet_of("192.0.2.100");
  for (const uint8_t operation : {1, 2}) {
    packet[7] = operation;
    Claim claim;
    CHECK(decode_arp_claim(packet, claim));
    CHECK(claim.address == address("192.0.2.100"));
    CHECK(claim.mac == kMac);
  }
  Claim untouched;
  packet[7] = 3;
  CHECK(!decode_arp_claim(packet, untouched));
  packet[7] = 1;
  std::fill(packet.begin() + 14, packet.begin() + 18, uint8_t{0});
  CHECK(!decode_arp_claim(packet, untouched));
  CHECK(untouched.address.empty());
  for (const size_t at : {0u, 1u, 2u, 3u, 4u, 5u, 6u}) {
    auto other = packet_of("192.0.2.100");
    other[at] ^= 0x10;
    CHECK(!decode_arp_claim(other, untouched));
  }
}

TEST("an advertisement claims its target, at the MAC of its option or that of the frame") {
  auto packet = packet_of("fd00::100");
  Claim claim;
  CHECK(claims_nd(packet, claim));
  CHECK(claim.address == address("fd00::100"));
  CHECK(claim.mac == kMac);
  packet.resize(40 + 24);
  packet[5] = 24;
  seal(packet);
  CHECK(claims_nd(packet, claim));
  CHECK(claim.mac == kLink);
}

TEST("a solicitation claims its source, that of duplicate address detection claims nothing") {
  auto packet = packet_of("fd00::100");
  packet[40] = 135;
  packet[64] = 1;
  packet[63] = 0x99;  // asks for another address
  seal(packet);
  Claim claim;
  CHECK(claims_nd(packet, claim));
  CHECK(claim.address == address("fd00::100"));
  CHECK(claim.mac == kMac);
  std::fill(packet.begin() + 8, packet.begin() + 24, uint8_t{0});
  seal(packet);
  CHECK(!claims_nd(packet, claim));
}

TEST("messages that RFC 4861 7.1 discards claim nothing") {
  CHECK(claims_after(44, 0x20));
  CHECK(!claims_after(7, 254));      // hop limit: from another link
  CHECK(!claims_after(0, 0x40));     // not IPv6
  CHECK(!claims_after(6, 17));       // not ICMPv6
  CHECK(!claims_after(40, 133));     // a router solicitation
  CHECK(!claims_after(41, 1));       // code
  CHECK(!claims_after(44, 0x60));    // solicited, to a group
  CHECK(!claims_after(48, 0xff));    // a group as target
  CHECK(!claims_after(65, 0));       // an option without length
  CHECK(!claims_after(65, 2));       // an option beyond the end
  auto packet = packet_of("fd00::100");
  packet[42] ^= 1;
  Claim claim;
  CHECK(!claims_nd(packet, claim));
  packet = packet_of("fd00::100");
  packet[5] = 33;  // longer than what is there
  CHECK(!claims_nd(packet, claim));
}

TEST("messages cut anywhere, with any bit flipped and of random bytes are looked at without a fault") {
  std::mt19937 random(4);
  size_t claims = 0;
  Claim claim;
  for (const char* text : {"192.0.2.100", "fd00::100"}) {
    const auto whole = packet_of(text);
    for (size_t length = 0; length < whole.size(); ++length) {
      const std::vector<uint8_t> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
      CHECK(!decode_arp_claim(cut, claim));
      CHECK(!claims_nd(cut, claim));
    }
    for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
      auto flipped = whole;
      flipped[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
      claims += decode_arp_claim(flipped, claim) ? 1 : 0;
      if (whole[0] == 0x60 && bit / 8 != 7) seal(flipped);
      claims += claims_nd(flipped, claim) ? 1 : 0;
    }
    for (int i = 0; i < 20'000; ++i) {
      auto mutated = whole;
      mutated.resize(random() % 200, static_cast<uint8_t>(random()));
      for (uint32_t n = random() % 4; n > 0 && !mutated.empty(); --n) {
        mutated[random() % mutated.size()] = static_cast<uint8_t>(random());
      }
      claims += decode_arp_claim(mutated, claim) ? 1 : 0;
      claims += claims_nd(mutated, claim) ? 1 : 0;
    }
  }
  CHECK(claims > 100);
}

TEST("a flood of claims is heard in batches with pauses, and claims of other addresses never") {
  constexpr int kLoopback = 1;
  ka::engine::ClaimListener listener;
  const std::vector<Addr> ours{address("192.0.2.100"), address("192.0.2.101")};
  listener.watch(kLoopback, kIpv4, ours);
  const int out = ::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  sockaddr_ll where{};
  where.sll_family = AF_PACKET;
  where.sll_ifindex = kLoopback;
  const auto send = [&](const char* text, int times) {
    std::array<uint8_t, kMaxAnnouncementSize> frame;
    const size_t size = encode_announcement(address(text), kMac, false, frame);
    for (int i = 0; i < times; ++i) {
      CHECK(::sendto(out, frame.data(), size, 0, reinterpret_cast<sockaddr*>(&where), sizeof where) ==
            static_cast<ssize_t>(size));
    }
  };
  const auto readable = [&](int timeout) {
    pollfd asked{listener.descriptor(), POLLIN, 0};
    return ::poll(&asked, 1, timeout) == 1;
  };
  size_t heard = 0;
  const auto visit = [&](int32_t ifindex, const Claim& claim) {
    CHECK(ifindex == kLoopback);
    CHECK(claim.address == ours[1]);
    ++heard;
  };
  send("192.0.2.102", 100);
  CHECK(!readable(50));
  send("192.0.2.101", 200);
  CHECK(readable(1000));
  listener.read(visit);
  CHECK(heard == ka::engine::ClaimListener::kBatch);
  CHECK(!readable(0));
  CHECK(readable(1000));
  listener.read(visit);
  listener.read(visit);
  CHECK(heard == 2 * ka::engine::ClaimListener::kBatch);
  // A new list takes the place of the old one; an empty one ends it.
  listener.watch(kLoopback, kIpv4, std::span(ours).first(1));
  while (readable(50)) listener.read([](int32_t, const Claim&) {});
  send("192.0.2.101", 1);
  CHECK(!readable(50));
  listener.watch(kLoopback, kIpv4, {});
  listener.watch(kLoopback, kIpv4, {});
  send("192.0.2.100", 1);
  CHECK(!readable(50));
  bool refused = false;
  try {
    listener.watch(0x7fffffff, kIpv6, std::vector<Addr>{address("fd00::1")});
  } catch (const ka::sys::SystemError& error) {
    refused = error.error() == ENODEV;
  }
  CHECK(refused);
  // More than a filter takes.
  std::vector<Addr> many(2000, address("fd00::1"));
  listener.watch(kLoopback, kIpv6, many);
  ::close(out);
}
