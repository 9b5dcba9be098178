// SPDX-License-Identifier: MIT
// One receive and send socket pair and the routers on it, found by VRID (reference/vrrp-protocol.md section
// 3).
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "codec/address.h"
#include "engine/foreign_filter.h"
#include "engine/router.h"
#include "sys/mailbox.h"
#include "sys/monotonic.h"
#include "sys/unique_fd.h"

namespace ka::engine {

struct EndpointSpec {
  uint8_t family = 4;
  uint8_t protocol = 112;
  int32_t ifindex = 0;
  std::string ifname;
  bool multicast = true;
  /// multicast: the group; unicast: our source address.
  codec::Addr address;
  /// SO_RCVBUF in bytes, 0 for the system's default.
  int receive_buffer = 0;
};

/// Opened and closed by the JavaScript thread: joining and leaving a group waits for the kernel's global
/// lock.
struct Endpoint : sys::Handover {
  EndpointSpec spec;
  uint32_t id = 0;
  sys::UniqueFd receive;
  sys::UniqueFd send;
  std::array<Router*, 256> by_vrid{};
  Endpoint* previous = nullptr;
  Endpoint* following = nullptr;
  /// epoll is edge-triggered: true until a read found the socket empty.
  bool ready = false;
  /// When a read last found it empty: nothing read later can have been received before.
  sys::Micros empty_at = 0;

  ForeignFilter foreign;

  void attach(Router& router);
  void detach(Router& router);
  /// The router a packet is for; of several with one VRID the one that has the source as a peer.
  Router* find(uint8_t vrid, const codec::Addr& source) const;
  /// A packet that is for none of them was received at `at`. How many it counts for.
  uint32_t unknown(uint8_t vrid, sys::Micros at);
};

/// Opens both sockets. Throws sys::SystemError (EPERM, ENODEV, EADDRNOTAVAIL …) with the call that failed.
void open_sockets(Endpoint& endpoint);

/// Joins the group once more: the kernel forgets memberships with the addresses of an interface (an MTU below the least of the
/// family), and the socket does not notice. Throws sys::SystemError.
void rejoin(const Endpoint& endpoint);

/// The sending one alone.
sys::UniqueFd open_send_socket(const EndpointSpec& spec);

}  // namespace ka::engine
