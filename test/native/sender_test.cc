// SPDX-License-Identifier: MIT
// Senders of adverts in frames from a packet socket: what counts as an advert, hostile bytes, and the filter in the kernel.
#include "codec/sender.h"

#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <random>
#include <vector>

#include "check.h"
#include "engine/sender_listener.h"

using namespace ka::codec;

namespace {

std::vector<uint8_t> advert(uint8_t family, uint8_t protocol, uint8_t vrid, size_t options = 0) {
  std::vector<uint8_t> packet(family == kIpv4 ? 20 + options : 40);
  if (family == kIpv4) {
    packet[0] = static_cast<uint8_t>(0x40 | (packet.size() / 4));
    packet[8] = 255;
    packet[9] = protocol;
    packet[12] = 192, packet[14] = 2, packet[15] = 66;
  } else {
    packet[0] = 0x60;
    packet[6] = protocol;
    packet[7] = 255;
    packet[8] = 0xfe, packet[9] = 0x80, packet[23] = 0x66;
  }
  if (protocol == 51) {
    const size_t header = packet.size();
    packet.resize(header + 24);
    packet[header] = 112;
    packet[header + 1] = 4;
  }
  for (const uint8_t byte : {0x31, int{vrid}, 90, 1, 0, 100, 0, 0}) packet.push_back(static_cast<uint8_t>(byte));
  return packet;
}

}  // namespace

TEST("a sender is found behind IPv4, its options, IPv6 and AH") {
  for (const uint8_t family : {kIpv4, kIpv6}) {
    for (const int protocol : {112, 51}) {
      Sender sender;
      CHECK(decode_sender(advert(family, static_cast<uint8_t>(protocol), 7), family, sender));
      CHECK(sender.vrid == 7);
      CHECK(sender.priority == 90);
      CHECK(sender.source.view().back() == (family == kIpv4 ? 66 : 0x66));
      CHECK(!decode_sender(advert(family, static_cast<uint8_t>(protocol), 7), family == kIpv4 ? kIpv6 : kIpv4, sender));
    }
  }
  Sender sender;
  CHECK(decode_sender(advert(kIpv4, 112, 8, 8), kIpv4, sender) && sender.vrid == 8);
  CHECK(!decode_sender(advert(kIpv4, 17, 8), kIpv4, sender));
  auto fragment = advert(kIpv4, 112, 8);
  fragment[7] = 1;
  CHECK(!decode_sender(fragment, kIpv4, sender));
  auto request = advert(kIpv4, 112, 8);
  request[20] = 0x32;
  CHECK(!decode_sender(request, kIpv4, sender));
}

TEST("hostile bytes give no sender out of bounds") {
  std::mt19937 random(9);
  for (const uint8_t family : {kIpv4, kIpv6}) {
    const auto whole = advert(family, 51, 7);
    Sender sender;
    for (size_t size = 0; size < whole.size() - 5; ++size) {
      CHECK(!decode_sender(std::vector<uint8_t>(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)), family, sender));
    }
    for (int i = 0; i < 20'000; ++i) {
      auto mutated = whole;
      mutated.resize(random() % 100, static_cast<uint8_t>(random()));
      for (uint32_t n = random() % 4; n > 0 && !mutated.empty(); --n) {
        mutated[random() % mutated.size()] = static_cast<uint8_t>(random());
      }
      decode_sender(mutated, family, sender);
    }
  }
}

TEST("only adverts of the VRIDs asked for are heard") {
  constexpr int kLoopback = 1;
  ka::engine::SenderListener listener;
  const int out = ::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  const auto send = [&](uint8_t family, uint8_t protocol, uint8_t vrid) {
    std::vector<uint8_t> frame(14, 2);
    const uint16_t type = family == kIpv4 ? ETH_P_IP : ETH_P_IPV6;
    frame[12] = static_cast<uint8_t>(type >> 8);
    frame[13] = static_cast<uint8_t>(type);
    const auto packet = advert(family, protocol, vrid);
    frame.insert(frame.end(), packet.begin(), packet.end());
    sockaddr_ll where{};
    where.sll_family = AF_PACKET;
    where.sll_ifindex = kLoopback;
    CHECK(::sendto(out, frame.data(), frame.size(), 0, reinterpret_cast<sockaddr*>(&where), sizeof where) ==
          static_cast<ssize_t>(frame.size()));
  };
  const auto readable = [&](int timeout) {
    pollfd asked{listener.descriptor(), POLLIN, 0};
    return ::poll(&asked, 1, timeout) == 1;
  };
  std::vector<uint8_t> heard;
  const auto visit = [&](const ka::engine::FrameListener::Frame& frame, const Sender& sender) {
    CHECK(frame.ifindex == kLoopback);
    CHECK(frame.sender[0] == 2);
    heard.push_back(sender.vrid);
  };
  const std::vector<uint8_t> ours{51, 52};
  listener.watch(kLoopback, kIpv4, ours);
  listener.watch(kLoopback, kIpv6, ours);
  for (const uint8_t family : {kIpv4, kIpv6}) {
    for (const int protocol : {17, 51, 112}) {
      for (const uint8_t vrid : {50, 51, 52}) send(family, static_cast<uint8_t>(protocol), vrid);
    }
  }
  while (readable(200)) listener.read(visit);
  std::ranges::sort(heard);
  CHECK((heard == std::vector<uint8_t>{51, 51, 51, 51, 52, 52, 52, 52}));
  listener.watch(kLoopback, kIpv4, {});
  listener.watch(kLoopback, kIpv6, {});
  send(kIpv4, 112, 51);
  CHECK(!readable(50));
  std::vector<uint8_t> all(255);
  for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<uint8_t>(i + 1);
  listener.watch(kLoopback, kIpv6, all);
  send(kIpv6, 51, 200);
  CHECK(readable(1000));
  ::close(out);
}
