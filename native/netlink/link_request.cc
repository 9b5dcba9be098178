// SPDX-License-Identifier: MIT
#include "netlink/link_request.h"

#include <linux/if_link.h>
#include <net/if.h>
#include <sys/socket.h>

#include <string_view>

#include "netlink/message.h"

namespace ka::netlink {
namespace {

std::span<const uint8_t> text_bytes(std::string_view text, bool terminated) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size() + (terminated ? 1 : 0)};
}

Writer begin(uint16_t type, uint16_t flags, const LinkRequest& request) {
  ifinfomsg body{};
  body.ifi_family = AF_UNSPEC;
  body.ifi_index = request.ifindex;
  if (request.up) {
    body.ifi_flags = *request.up ? IFF_UP : 0;
    body.ifi_change = IFF_UP;
  }
  Writer writer(type, static_cast<uint16_t>(flags | NLM_F_REQUEST | NLM_F_ACK), body);
  if (!request.name.empty()) writer.attribute(IFLA_IFNAME, text_bytes(request.name, true));
  if (request.mac) writer.attribute(IFLA_ADDRESS, *request.mac);
  if (request.mtu) writer.attribute_value(IFLA_MTU, *request.mtu);
  if (request.group) writer.attribute_value(IFLA_GROUP, *request.group);
  return writer;
}

/// Settings per address family: { AF_INET { INET_CONF { number = value } } AF_INET6 { ADDR_GEN_MODE } }.
void add_family_settings(Writer& writer, const LinkRequest& request) {
  if (request.ipv4_settings.empty() && !request.no_ipv6_address) return;
  Nest families;
  if (!request.ipv4_settings.empty()) {
    Nest settings;
    for (const auto& [number, value] : request.ipv4_settings) settings.value(number, value);
    Nest ipv4;
    ipv4.nest(IFLA_INET_CONF, settings);
    families.nest(AF_INET, ipv4);
  }
  if (request.no_ipv6_address) {
    Nest ipv6;
    ipv6.value(IFLA_INET6_ADDR_GEN_MODE, uint8_t{IN6_ADDR_GEN_MODE_NONE});
    families.nest(AF_INET6, ipv6);
  }
  writer.attribute(IFLA_AF_SPEC, families.bytes());
}

}  // namespace

std::vector<uint8_t> encode_link_create(const LinkRequest& request, const NewLink& link) {
  Writer writer = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, request);
  writer.attribute_value(IFLA_LINK, link.parent);
  Nest data;
  if (link.kind == LinkKind::macvlan) {
    data.value(IFLA_MACVLAN_MODE, link.mode);
  } else {
    data.value(IFLA_IPVLAN_MODE, static_cast<uint16_t>(link.mode));
    data.value(IFLA_IPVLAN_FLAGS, link.flags);
  }
  Nest info;
  info.attribute(IFLA_INFO_KIND, text_bytes(link.kind == LinkKind::macvlan ? "macvlan" : "ipvlan", false));
  info.nest(IFLA_INFO_DATA, data);
  writer.attribute(IFLA_LINKINFO, info.bytes());
  return writer.finish();
}

std::vector<uint8_t> encode_link_set(const LinkRequest& request) {
  Writer writer = begin(RTM_SETLINK, 0, request);
  if (request.master) writer.attribute_value(IFLA_MASTER, *request.master);
  // An empty alias removes the one that is set.
  if (request.alias) writer.attribute(IFLA_IFALIAS, text_bytes(*request.alias, true));
  add_family_settings(writer, request);
  return writer.finish();
}

std::vector<uint8_t> encode_group_delete(uint32_t group) {
  LinkRequest request;
  request.group = group;
  return begin(RTM_DELLINK, 0, request).finish();
}

std::vector<uint8_t> encode_link_delete(int32_t ifindex) {
  LinkRequest request;
  request.ifindex = ifindex;
  return begin(RTM_DELLINK, 0, request).finish();
}

}  // namespace ka::netlink
