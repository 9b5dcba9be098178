// SPDX-License-Identifier: MIT
#include "netlink/link.h"

#include <linux/if_link.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "netlink/message.h"

namespace ka::netlink {
namespace {

/// macvlan and ipvlan have their mode under the same number, in 4 and 2 bytes.
static_assert(int{IFLA_MACVLAN_MODE} == int{IFLA_IPVLAN_MODE});
void read_mode(std::span<const uint8_t> data, Link& link) {
  for_each_attribute(data, [&](uint16_t type, std::span<const uint8_t> value) {
    if (type == IFLA_MACVLAN_MODE) link.mode = read_value<uint32_t>(value);
    if (type == IFLA_IPVLAN_FLAGS) link.mode_flags = read_value<uint16_t>(value);
  });
}

}  // namespace

bool parse_link(std::span<const uint8_t> payload, Link& link) {
  if (payload.size() < sizeof(ifinfomsg)) return false;
  const auto body = read_value<ifinfomsg>(payload);
  // A port that leaves a bridge is told as RTM_DELLINK of family AF_BRIDGE: the link itself is still there.
  if (body.ifi_family != AF_UNSPEC) return false;
  link = {};
  link.ifindex = body.ifi_index;
  link.flags = body.ifi_flags;
  link.type = body.ifi_type;
  const size_t fixed = std::min<size_t>(NLMSG_ALIGN(sizeof body), payload.size());
  for_each_attribute(payload.subspan(fixed), [&](uint16_t type, std::span<const uint8_t> value) {
    switch (type) {
      case IFLA_IFNAME:
        read_name(value, link.name);
        break;
      case IFLA_MTU:
        link.mtu = read_value<uint32_t>(value);
        break;
      case IFLA_ADDRESS:
        link.mac_length = static_cast<uint8_t>(std::min(value.size(), link.mac.size()));
        std::copy_n(value.begin(), link.mac_length, link.mac.begin());
        break;
      case IFLA_LINK:
        link.parent = read_value<int32_t>(value);
        break;
      case IFLA_LINKINFO:
        for_each_attribute(value, [&](uint16_t inner, std::span<const uint8_t> text) {
          if (inner == IFLA_INFO_KIND) read_name(text, link.kind);
          if (inner == IFLA_INFO_DATA) read_mode(text, link);
          if (inner != IFLA_INFO_DATA || std::strcmp(link.kind.data(), "vrf") != 0) return;
          for_each_attribute(text, [&](uint16_t field, std::span<const uint8_t> table) {
            if (field == IFLA_VRF_TABLE) link.vrf_table = read_value<uint32_t>(table);
          });
        });
        break;
      case IFLA_MASTER:
        link.master = read_value<int32_t>(value);
        break;
      case IFLA_GROUP:
        link.group = read_value<uint32_t>(value);
        break;
      case IFLA_IFALIAS:
        read_name(value, link.alias);
        break;
      default:
        break;
    }
  });
  return true;
}

}  // namespace ka::netlink
