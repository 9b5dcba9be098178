// SPDX-License-Identifier: MIT
// Requests that make, change and remove interfaces: macvlan and ipvlan of virtual routers (reference:
// vrrp-protocol.md section 10). Linux: rtnetlink(7), if_link.h.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ka::netlink {

struct LinkRequest {
  /// 0: found by `name`.
  int32_t ifindex = 0;
  /// With an ifindex: the new name. Empty leaves it alone.
  std::string name;
  std::optional<bool> up;
  std::optional<std::array<uint8_t, 6>> mac;
  std::optional<uint32_t> mtu;
  std::optional<uint32_t> group;
  /// Index of the VRF or bridge it belongs to, 0 for none.
  std::optional<int32_t> master;
  std::optional<std::string> alias;
  /// No IPv6 address is made up when it comes up.
  bool no_ipv6_address = false;
  /// net.ipv4.conf settings of this interface: IPV4_DEVCONF_* number and value.
  std::vector<std::pair<uint16_t, uint32_t>> ipv4_settings;
};

enum class LinkKind : uint8_t { macvlan, ipvlan };

struct NewLink {
  LinkKind kind = LinkKind::macvlan;
  int32_t parent = 0;
  /// MACVLAN_MODE_* or IPVLAN_MODE_*.
  uint32_t mode = 0;
  /// IPVLAN_F_*; ipvlan only.
  uint16_t flags = 0;
};

/// Fails with EEXIST when the name is taken. Uses name, mac, mtu and group of the request.
std::vector<uint8_t> encode_link_create(const LinkRequest& request, const NewLink& link);
std::vector<uint8_t> encode_link_set(const LinkRequest& request);
std::vector<uint8_t> encode_link_delete(int32_t ifindex);
/// Every link of a group at once: the kernel waits for its readers once, not for each link.
std::vector<uint8_t> encode_group_delete(uint32_t group);

}  // namespace ka::netlink
