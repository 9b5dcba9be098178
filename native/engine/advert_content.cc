// SPDX-License-Identifier: MIT
#include "engine/advert_content.h"

#include <algorithm>
#include <cstring>

namespace ka::engine {
namespace {

/// A hop limit that no packet survives stands for the kernel's own.
constexpr uint8_t kKernelsHopLimit = 0;

template <typename Value>
void add_control(AdvertContent& content, int type, const Value& value) {
  cmsghdr header{};
  header.cmsg_level = IPPROTO_IPV6;
  header.cmsg_type = type;
  header.cmsg_len = CMSG_LEN(sizeof value);
  uint8_t* at = content.control.data() + content.control_length;
  std::memcpy(at, &header, sizeof header);
  std::memcpy(at + CMSG_LEN(0), &value, sizeof value);
  content.control_length += CMSG_SPACE(sizeof value);
}

bool encode_copy(codec::AdvertSpec& spec, const codec::Addr& destination, std::vector<uint8_t>& out) {
  std::array<uint8_t, codec::kMaxAdvertSize> room;
  // Identification and signatures are put in when the advert is sent.
  const size_t length = codec::encode_advert(spec, destination, 0, room);
  out.assign(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(length));
  return length > 0;
}

}  // namespace

socklen_t make_socket_address(const codec::Addr& address, int32_t ifindex, sockaddr_storage& out) {
  out = {};
  if (address.family == codec::kIpv4) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    std::memcpy(&in.sin_addr, address.bytes.data(), sizeof in.sin_addr);
    std::memcpy(&out, &in, sizeof in);
    return sizeof in;
  }
  sockaddr_in6 in6{};
  in6.sin6_family = AF_INET6;
  std::memcpy(&in6.sin6_addr, address.bytes.data(), sizeof in6.sin6_addr);
  if (IN6_IS_ADDR_LINKLOCAL(&in6.sin6_addr) || IN6_IS_ADDR_MULTICAST(&in6.sin6_addr)) {
    in6.sin6_scope_id = static_cast<uint32_t>(ifindex);
  }
  std::memcpy(&out, &in6, sizeof in6);
  return sizeof in6;
}

void finish_copy(const AdvertContent& content, std::span<uint8_t> packet, const Stamps& stamps) {
  if (content.family == codec::kIpv4) codec::set_ip_id(packet, stamps.ip_id);
  if (content.signer) {
    codec::sign_trailer(content.signer->key, content.source, stamps.hmac,
                        codec::message_of(packet, content.family));
  }
  if (content.ah_key) codec::sign_ah(*content.ah_key, packet, stamps.ah_sequence);
}

msghdr header_of(AdvertContent& content, AdvertCopy& copy, iovec& vector) {
  msghdr message{};
  message.msg_name = &copy.address;
  message.msg_namelen = copy.address_length;
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  if (content.control_length > 0) {
    message.msg_control = content.control.data();
    message.msg_controllen = content.control_length;
  }
  return message;
}

int send_copy(int fd, AdvertContent& content, AdvertCopy& copy, std::span<uint8_t> packet) {
  iovec vector{packet.data(), packet.size()};
  const msghdr message = header_of(content, copy, vector);
  return ::sendmsg(fd, &message, content.send_flags) < 0 ? errno : 0;
}

std::unique_ptr<AdvertContent> make_advert_content(codec::AdvertSpec& spec,
                                                   std::span<const codec::Addr> destinations,
                                                   const AdvertRoute& route,
                                                   std::optional<codec::HmacSigner> signer) {
  auto content = std::make_unique<AdvertContent>();
  content->priority = spec.priority;
  content->source = spec.source;
  if (spec.version == 2 && spec.auth_type == codec::kAuthAh) content->ah_key.emplace(spec.auth_data);
  content->signer = std::move(signer);
  spec.trailer = content->signer.has_value();
  content->family = spec.source.family;
  // Reference section 3: multicast never consults the routing table.
  content->send_flags = MSG_DONTWAIT | MSG_NOSIGNAL | (route.multicast ? MSG_DONTROUTE : 0);
  for (const codec::Addr& destination : destinations) {
    AdvertCopy copy;
    copy.destination = destination;
    copy.address_length = make_socket_address(destination, route.ifindex, copy.address);
    if (!encode_copy(spec, destination, copy.packet)) return nullptr;
    copy.farewell = copy.packet;
    if (!codec::set_priority(copy.farewell, content->family, 0)) return nullptr;
    content->copies.push_back(std::move(copy));
  }
  if (content->family == codec::kIpv6) {
    in6_pktinfo source{};
    std::memcpy(&source.ipi6_addr, spec.source.bytes.data(), sizeof source.ipi6_addr);
    source.ipi6_ifindex = static_cast<unsigned>(route.ifindex);
    add_control(*content, IPV6_PKTINFO, source);
    // Reference 1.2: unicast without unicast_ttl leaves the hop limit to the kernel.
    if (!route.multicast && spec.ttl != kKernelsHopLimit) add_control(*content, IPV6_HOPLIMIT, int{spec.ttl});
  }
  return content;
}

}  // namespace ka::engine
