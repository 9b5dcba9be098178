// SPDX-License-Identifier: MIT
// Routes: RTM_NEWROUTE and RTM_DELROUTE both ways (reference/vrrp-protocol.md section 11).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "netlink/types.h"

namespace ka::netlink {

/// RTPROT_KEEPALIVED: what we add carries it, and only what carries it is watched.
constexpr uint8_t kRouteProtocol = 18;

enum class Tunnel : uint8_t { none, mpls, ip, ip6, ila };

/// A lightweight tunnel; what is absent is left to the kernel.
struct Encap {
  Tunnel tunnel = Tunnel::none;
  /// mpls: outermost first, 20 bits each.
  std::vector<uint32_t> labels;
  /// ip, ip6
  std::optional<uint64_t> id;
  std::optional<std::array<uint8_t, 16>> destination;
  std::optional<std::array<uint8_t, 16>> source;
  std::optional<uint8_t> tos;
  std::optional<uint8_t> ttl;
  std::optional<uint16_t> flags;
  /// ila
  uint64_t locator = 0;
};

struct HopRequest {
  std::optional<std::array<uint8_t, 16>> gateway;
  /// 0 for none.
  int32_t ifindex = 0;
  /// 1..256
  uint16_t weight = 1;
  bool onlink = false;
  std::optional<uint32_t> realms;
  Encap encap;
};

struct RouteRequest {
  uint8_t family = 0;
  /// RTN_*
  uint8_t type = 1;
  uint8_t protocol = kRouteProtocol;
  uint8_t scope = 0;
  uint8_t tos = 0;
  uint32_t table = 254;
  std::array<uint8_t, 16> destination{};
  uint8_t destination_length = 0;
  std::array<uint8_t, 16> source{};
  uint8_t source_length = 0;
  std::optional<std::array<uint8_t, 16>> preferred_source;
  std::optional<uint32_t> metric;
  std::optional<uint32_t> expires;
  std::optional<uint8_t> preference;
  std::optional<bool> ttl_propagate;
  /// RTAX_* and value.
  std::vector<std::pair<uint16_t, uint32_t>> metrics;
  /// '' for none.
  std::string congestion_control;
  /// One: the route's own way. More: multipath, however many.
  std::vector<HopRequest> hops;
};

enum class RouteOperation : uint8_t { prepend, add, append, replace, remove };

/// A complete request. remove: by what tells the route from others, so that it fits whatever the kernel filled in.
std::vector<uint8_t> encode_route(RouteOperation operation, const RouteRequest& request);

/// false when the payload is no IPv4 or IPv6 route.
bool parse_route(std::span<const uint8_t> payload, Route& route);

}  // namespace ka::netlink
