// SPDX-License-Identifier: MIT
#include "engine/receiver.h"

#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ka::engine {
namespace {

// A raw socket reports pending errors (ENETDOWN …) through recvmmsg once each; more than this many in a row
// is a loop.
constexpr int kErrorsInARow = 8;

codec::Addr address_of(const sockaddr_storage& address) {
  codec::Addr out;
  if (address.ss_family == AF_INET) {
    out.family = codec::kIpv4;
    std::memcpy(out.bytes.data(), &reinterpret_cast<const sockaddr_in&>(address).sin_addr, 4);
  } else if (address.ss_family == AF_INET6) {
    out.family = codec::kIpv6;
    std::memcpy(out.bytes.data(), &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, 16);
  }
  return out;
}

template <typename Value>
Value control_value(const cmsghdr* message) {
  Value value;
  std::memcpy(&value, CMSG_DATA(message), sizeof value);
  return value;
}

}  // namespace

Receiver::Receiver() {
  for (uint32_t i = 0; i < kBatch; ++i) {
    vectors_[i] = {buffers_[i].data(), buffers_[i].size()};
    messages_[i].msg_hdr.msg_iov = &vectors_[i];
    messages_[i].msg_hdr.msg_iovlen = 1;
    messages_[i].msg_hdr.msg_name = &sources_[i];
    messages_[i].msg_hdr.msg_control = controls_[i].bytes.data();
  }
}

uint32_t Receiver::read(Endpoint& endpoint) {
  for (auto& message : messages_) {
    message.msg_hdr.msg_namelen = sizeof(sockaddr_storage);
    message.msg_hdr.msg_controllen = kControl;
    message.msg_hdr.msg_flags = 0;
  }
  const sys::Micros asked_at = sys::monotonic_us();
  int count = -1;
  for (int errors = 0; count < 0 && errors < kErrorsInARow; ++errors) {
    count = ::recvmmsg(endpoint.receive.get(), messages_.data(), kBatch, MSG_DONTWAIT, nullptr);
    if (count < 0 && (errno == EAGAIN || errno == EBADF)) break;
  }
  read_at_ = sys::monotonic_us();
  offset_ = sys::realtime_to_monotonic_ns();
  floor_ = endpoint.empty_at;
  const auto packets = static_cast<uint32_t>(std::max(count, 0));
  if (packets < kBatch) {
    endpoint.ready = false;
    endpoint.empty_at = asked_at;
  }
  return packets;
}

Packet Receiver::packet(uint32_t index) const {
  const msghdr& header = messages_[index].msg_hdr;
  Packet packet;
  packet.bytes = {buffers_[index].data(), messages_[index].msg_len};
  packet.truncated = (header.msg_flags & MSG_TRUNC) != 0;
  packet.source = address_of(sources_[index]);
  packet.at = read_at_;
  // CMSG_NXTHDR wants a mutable header but changes nothing.
  auto* mutable_header = const_cast<msghdr*>(&header);
  for (cmsghdr* item = CMSG_FIRSTHDR(mutable_header); item != nullptr;
       item = CMSG_NXTHDR(mutable_header, item)) {
    if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_TIMESTAMPNS) {
      const auto stamp = control_value<timespec>(item);
      packet.at = (int64_t{stamp.tv_sec} * 1'000'000'000 + stamp.tv_nsec + offset_) / 1000;
    } else if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SO_RXQ_OVFL) {
      packet.drops = control_value<uint32_t>(item);
    } else if (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_HOPLIMIT) {
      packet.hop_limit = control_value<int>(item);
    } else if (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_PKTINFO) {
      const auto info = control_value<in6_pktinfo>(item);
      packet.destination.family = codec::kIpv6;
      std::memcpy(packet.destination.bytes.data(), &info.ipi6_addr, 16);
    }
  }
  // A step of CLOCK_REALTIME between reception and reading would move the packet in time.
  packet.at = std::clamp(packet.at, floor_, read_at_);
  return packet;
}

}  // namespace ka::engine
