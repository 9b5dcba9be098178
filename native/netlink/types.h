// SPDX-License-Identifier: MIT
// Links, addresses, routes and rules as the kernel tells them, in fixed-size values, and the objects that travel between the
// netlink thread, the engine thread and JavaScript. A Submission goes JS → engine → netlink → engine → JS and
// is freed there; a Change is allocated by the netlink thread and freed by JavaScript.
#pragma once

#include <net/if.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "sys/mailbox.h"
#include "sys/monotonic.h"

namespace ka::netlink {

struct Link {
  int32_t ifindex = 0;
  uint32_t flags = 0;
  uint32_t mtu = 0;
  uint16_t type = 0;
  uint8_t mac_length = 0;
  std::array<uint8_t, 32> mac{};
  /// IFLA_LINK; 0 for none.
  int32_t parent = 0;
  std::array<char, IFNAMSIZ> name{};
  std::array<char, IFNAMSIZ> kind{};
  /// MACVLAN_MODE_* or IPVLAN_MODE_*, and IPVLAN_F_*; of other kinds whatever they have there.
  uint32_t mode = 0;
  uint16_t mode_flags = 0;
  /// IFLA_MASTER: bridge, bond or VRF; 0 for none.
  int32_t master = 0;
  uint32_t group = 0;
  /// The administrator's note; longer ones are cut.
  std::array<char, 128> alias{};
  /// Routing table of a VRF device; 0 for anything else.
  uint32_t vrf_table = 0;
};

struct Address {
  /// AF_INET or AF_INET6.
  uint8_t family = 0;
  uint8_t prefix_length = 0;
  uint8_t scope = 0;
  /// IFA_PROTO; 0 where the kernel has none.
  uint8_t protocol = 0;
  int32_t ifindex = 0;
  uint32_t flags = 0;
  std::array<uint8_t, 16> bytes{};
  std::array<char, IFNAMSIZ> label{};
};

/// One way of a route.
struct Hop {
  int32_t ifindex = 0;
  bool has_gateway = false;
  std::array<uint8_t, 16> gateway{};
};

/// What tells one route from another; metrics and the like are not read.
struct Route {
  uint8_t family = 0;
  uint8_t type = 0;
  uint8_t protocol = 0;
  uint8_t tos = 0;
  uint32_t table = 0;
  uint32_t metric = 0;
  uint8_t destination_length = 0;
  uint8_t source_length = 0;
  std::array<uint8_t, 16> destination{};
  std::array<uint8_t, 16> source{};
  std::vector<Hop> hops;
};

/// What tells one policy rule from another.
struct Rule {
  uint8_t family = 0;
  /// FR_ACT_*
  uint8_t action = 0;
  /// 0 where the kernel has none.
  uint8_t protocol = 0;
  uint8_t tos = 0;
  uint32_t table = 0;
  uint32_t preference = 0;
  uint32_t mark = 0;
  uint8_t destination_length = 0;
  uint8_t source_length = 0;
  std::array<uint8_t, 16> destination{};
  std::array<uint8_t, 16> source{};
  std::array<char, IFNAMSIZ> input{};
  std::array<char, IFNAMSIZ> output{};
};

enum class ChangeKind : uint8_t {
  link_new,
  link_deleted,
  address_new,
  address_deleted,
  route_deleted,
  route_replaced,
  rule_deleted,
  overrun
};

/// One message of the change feed. `alive` bounds how many a stalled reader can leave behind.
struct Change : sys::Handover {
  Change() { alive.fetch_add(1, std::memory_order_relaxed); }
  ~Change() override { alive.fetch_sub(1, std::memory_order_relaxed); }

  ChangeKind kind = ChangeKind::overrun;
  sys::Micros at = 0;
  Link link;
  Address address;
  Route route;
  Rule rule;

  inline static std::atomic<int> alive{0};
};

/// Complete rtnetlink requests, one behind the other, and room for one errno each; filled in by the netlink
/// thread.
struct Submission : sys::Handover {
  /// Aligned requests: the length field of each leads to the next.
  std::vector<uint8_t> bytes;
  std::vector<int> errors;
  uint32_t ticket = 0;
  /// Not asked for by JavaScript just now: part of an order the engine executed.
  bool from_order = false;
  sys::Micros done_at = 0;
  /// The engine's list of what is under way; `next` is the mailbox's.
  Submission* following = nullptr;
};

}  // namespace ka::netlink
