// SPDX-License-Identifier: MIT
#include "netlink/snapshot.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "netlink/address.h"
#include "netlink/channel.h"
#include "netlink/link.h"
#include "netlink/route.h"
#include "netlink/rule.h"

namespace ka::netlink {
namespace {

// On a system that changes all the time the last attempt is used as it is: the change feed corrects it.
constexpr int kAttempts = 5;

}  // namespace

Snapshot take_snapshot() {
  Channel channel;
  Snapshot snapshot;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    snapshot.links.clear();
    if (channel.dump(RTM_GETLINK, [&](const nlmsghdr& header, std::span<const uint8_t> payload) {
          Link link;
          if (header.nlmsg_type == RTM_NEWLINK && parse_link(payload, link)) snapshot.links.push_back(link);
        })) {
      break;
    }
  }
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    snapshot.addresses.clear();
    if (channel.dump(RTM_GETADDR, [&](const nlmsghdr& header, std::span<const uint8_t> payload) {
          Address address;
          if (header.nlmsg_type == RTM_NEWADDR && parse_address(payload, address)) {
            snapshot.addresses.push_back(address);
          }
        })) {
      break;
    }
  }
  return snapshot;
}

PolicySnapshot take_policy_snapshot() {
  Channel channel;
  PolicySnapshot snapshot;
  for (const uint8_t family : {AF_INET, AF_INET6}) {
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      std::erase_if(snapshot.routes, [&](const Route& route) { return route.family == family; });
      if (channel.dump_routes(
              family, kRouteProtocol, [&](const nlmsghdr& header, std::span<const uint8_t> payload) {
                Route route;
                if (header.nlmsg_type == RTM_NEWROUTE && parse_route(payload, route) &&
                    route.family == family && route.protocol == kRouteProtocol) {
                  snapshot.routes.push_back(route);
                }
              })) {
        break;
      }
    }
  }
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    snapshot.rules.clear();
    if (channel.dump(RTM_GETRULE, [&](const nlmsghdr& header, std::span<const uint8_t> payload) {
          Rule rule;
          if (header.nlmsg_type == RTM_NEWRULE && parse_rule(payload, rule) &&
              rule.protocol == kRouteProtocol) {
            snapshot.rules.push_back(rule);
          }
        })) {
      break;
    }
  }
  return snapshot;
}

}  // namespace ka::netlink
