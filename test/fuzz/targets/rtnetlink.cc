// SPDX-License-Identifier: MIT
// Datagrams of the kernel: links, addresses, routes and rules, as the change feed and the dumps take them.
#include <linux/rtnetlink.h>

#include <cstring>

#include "input.h"
#include "netlink/address.h"
#include "netlink/link.h"
#include "netlink/message.h"
#include "netlink/route.h"
#include "netlink/rule.h"

namespace {

void look_at(uint16_t type, std::span<const uint8_t> payload) {
  using namespace ka::netlink;
  using ka::fuzz::require;
  Link link;
  Address address;
  Route route;
  Rule rule;
  switch (type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
      if (!parse_link(payload, link)) return;
      require(std::memchr(link.name.data(), 0, link.name.size()) != nullptr, "a name ends");
      require(std::memchr(link.kind.data(), 0, link.kind.size()) != nullptr, "a kind ends");
      require(std::memchr(link.alias.data(), 0, link.alias.size()) != nullptr, "an alias ends");
      require(link.mac_length <= link.mac.size(), "a MAC fits");
      return;
    case RTM_NEWADDR:
    case RTM_DELADDR:
      if (!parse_address(payload, address)) return;
      require(address.prefix_length <= 128, "a prefix fits its family");
      require(std::memchr(address.label.data(), 0, address.label.size()) != nullptr, "a label ends");
      return;
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
      if (!parse_route(payload, route)) return;
      require(route.destination_length <= 128 && route.source_length <= 128, "a prefix fits its family");
      require(route.hops.size() <= payload.size() / sizeof(rtnexthop) + 1, "hops do not come from nowhere");
      return;
    case RTM_NEWRULE:
    case RTM_DELRULE:
      if (!parse_rule(payload, rule)) return;
      require(std::memchr(rule.input.data(), 0, rule.input.size()) != nullptr, "a name ends");
      require(std::memchr(rule.output.data(), 0, rule.output.size()) != nullptr, "a name ends");
      return;
    default:
      return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ka::fuzz::Exact datagram({data, size});
  ka::netlink::for_each_message(datagram.view(), [](const nlmsghdr& header, std::span<const uint8_t> payload) {
    const ka::fuzz::Exact exact(payload);
    look_at(header.nlmsg_type, exact.view());
    return true;
  });
  return 0;
}
