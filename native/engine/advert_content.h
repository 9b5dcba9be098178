// SPDX-License-Identifier: MIT
// An advertisement ready to go: every copy encoded in advance, once with its priority and once with priority
// 0, so that sending is one system call a copy. Made by the JavaScript thread.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "codec/vrrp.h"
#include "sys/monotonic.h"

namespace ka::engine {

struct AdvertCopy {
  codec::Addr destination;
  sockaddr_storage address{};
  socklen_t address_length = 0;
  std::vector<uint8_t> packet;
  std::vector<uint8_t> farewell;
};

struct AdvertContent {
  uint8_t priority = 0;
  uint8_t family = 4;
  /// MSG_DONTROUTE for multicast.
  int send_flags = 0;
  std::vector<AdvertCopy> copies;
  codec::Addr source;
  /// Others have taken over when they heard nothing for so long; 0: nobody knows.
  sys::Micros patience = 0;
  /// How long to listen after such a silence.
  sys::Micros listen = 0;
  /// Auth type AH.
  std::optional<codec::AhKey> ah_key;
  /// auth_hmac.
  std::optional<codec::HmacSigner> signer;
  /// IPv6: source and interface, and the hop limit for unicast_ttl, as ancillary data.
  alignas(cmsghdr) std::array<uint8_t, 64> control{};
  size_t control_length = 0;
};

struct AdvertRoute {
  int32_t ifindex = 0;
  bool multicast = false;
};

/// Encodes all copies; with a signer they get its trailer. nullptr when the codec cannot express the content
/// (codec/vrrp.h).
std::unique_ptr<AdvertContent> make_advert_content(codec::AdvertSpec& spec,
                                                   std::span<const codec::Addr> destinations,
                                                   const AdvertRoute& route,
                                                   std::optional<codec::HmacSigner> signer = std::nullopt);

/// What all copies of one advert share.
struct Stamps {
  uint16_t ip_id = 0;
  uint32_t ah_sequence = 0;
  codec::Stamp hmac = 0;
};

/// The last touch before a copy goes out: AH's ICV covers the identification and the destination (reference
/// 2.2), the auth_hmac trailer carries the time (2.3).
void finish_copy(const AdvertContent& content, std::span<uint8_t> packet, const Stamps& stamps);

/// Refers to all of them.
msghdr header_of(AdvertContent& content, AdvertCopy& copy, iovec& vector);

/// 0 or an errno.
int send_copy(int fd, AdvertContent& content, AdvertCopy& copy, std::span<uint8_t> packet);

/// sockaddr of an address; link-local IPv6 and multicast groups are scoped to the interface. Returns its
/// length.
socklen_t make_socket_address(const codec::Addr& address, int32_t ifindex, sockaddr_storage& out);

}  // namespace ka::engine
