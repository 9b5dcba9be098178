// SPDX-License-Identifier: MIT
// encodeLink: one rtnetlink message that makes, changes or removes an interface.
#include <linux/ip.h>
#include <linux/if_link.h>
#include <net/if.h>

#include "addon/args.h"
#include "addon/bindings.h"
#include "netlink/link_request.h"

namespace ka::addon {

namespace {

// With its end; longer ones would be cut on reading.
constexpr size_t kMostAliasBytes = 127;
constexpr uint32_t kMostMtu = 1 << 20;

bool IsGiven(const Napi::Object& object, const char* key) {
  const auto value = object.Get(key);
  return !value.IsUndefined() && !value.IsNull();
}

/// net.ipv4.conf settings that can be set through netlink, by their names in /proc/sys.
struct Setting {
  const char* name;
  uint16_t number;
};
constexpr Setting kIpv4Settings[] = {
    {"arp_ignore", IPV4_DEVCONF_ARP_IGNORE},
    {"arp_announce", IPV4_DEVCONF_ARP_ANNOUNCE},
    {"arp_filter", IPV4_DEVCONF_ARPFILTER},
    {"accept_local", IPV4_DEVCONF_ACCEPT_LOCAL},
    {"rp_filter", IPV4_DEVCONF_RP_FILTER},
    {"promote_secondaries", IPV4_DEVCONF_PROMOTE_SECONDARIES},
};

std::vector<std::pair<uint16_t, uint32_t>> ReadIpv4Settings(Napi::Value value, const std::string& name) {
  std::vector<std::pair<uint16_t, uint32_t>> settings;
  const auto given = Object(value, name);
  for (const Setting& setting : kIpv4Settings) {
    if (!IsGiven(given, setting.name)) continue;
    const std::string path = name + "." + setting.name;
    settings.emplace_back(setting.number, Integer<uint32_t>(given.Get(setting.name), path, 0, 255));
  }
  return settings;
}

netlink::LinkRequest ReadLinkRequest(const Napi::Object& spec) {
  netlink::LinkRequest request;
  if (IsGiven(spec, "ifindex"))
    request.ifindex = Integer<int32_t>(spec.Get("ifindex"), "spec.ifindex", 1, INT32_MAX);
  if (IsGiven(spec, "name")) request.name = Text(spec.Get("name"), "spec.name");
  if (request.name.size() >= IFNAMSIZ)
    throw MakeArgumentError(spec.Env(), "spec.name", "at most 15 bytes long");
  if (IsGiven(spec, "up")) request.up = Boolean(spec.Get("up"), "spec.up");
  if (IsGiven(spec, "mac")) {
    const auto mac = FixedBytes<6>(spec.Get("mac"), "spec.mac");
    request.mac.emplace();
    std::copy(mac.begin(), mac.end(), request.mac->begin());
  }
  if (IsGiven(spec, "mtu")) request.mtu = Integer<uint32_t>(spec.Get("mtu"), "spec.mtu", 1, kMostMtu);
  if (IsGiven(spec, "group"))
    request.group = Integer<uint32_t>(spec.Get("group"), "spec.group", 0, UINT32_MAX);
  if (IsGiven(spec, "master"))
    request.master = Integer<int32_t>(spec.Get("master"), "spec.master", 0, INT32_MAX);
  if (IsGiven(spec, "alias")) request.alias = Text(spec.Get("alias"), "spec.alias");
  if (request.alias && request.alias->size() > kMostAliasBytes)
    throw MakeArgumentError(spec.Env(), "spec.alias", "at most 127 bytes long");
  if (IsGiven(spec, "noIpv6Address"))
    request.no_ipv6_address = Boolean(spec.Get("noIpv6Address"), "spec.noIpv6Address");
  if (IsGiven(spec, "ipv4Settings"))
    request.ipv4_settings = ReadIpv4Settings(spec.Get("ipv4Settings"), "spec.ipv4Settings");
  return request;
}

netlink::NewLink ReadNewLink(const Napi::Object& spec) {
  static constexpr const char* kKinds[] = {"macvlan", "ipvlan"};
  netlink::NewLink link;
  link.kind =
      OneOf(spec.Get("kind"), "spec.kind", kKinds) == 0 ? netlink::LinkKind::macvlan : netlink::LinkKind::ipvlan;
  link.parent = Integer<int32_t>(spec.Get("parent"), "spec.parent", 1, INT32_MAX);
  link.mode = Integer<uint32_t>(spec.Get("mode"), "spec.mode", 0, UINT16_MAX);
  link.flags = Integer<uint16_t>(spec.Get("modeFlags"), "spec.modeFlags", 0, UINT16_MAX);
  return link;
}

Napi::Value EncodeLink(const Napi::CallbackInfo& info) {
  static constexpr const char* kOperations[] = {"create", "set", "delete"};
  const auto spec = Object(info[1], "spec");
  switch (OneOf(info[0], "operation", kOperations)) {
    case 0: {
      const auto request = ReadLinkRequest(spec);
      if (request.name.empty()) throw MakeArgumentError(info.Env(), "spec.name", "a name");
      return CopyBytes(info.Env(), netlink::encode_link_create(request, ReadNewLink(spec)));
    }
    case 1:
      return CopyBytes(info.Env(), netlink::encode_link_set(ReadLinkRequest(spec)));
    default:
      // Group 0 holds every link that nobody put elsewhere.
      if (IsGiven(spec, "group")) {
        return CopyBytes(info.Env(), netlink::encode_group_delete(Integer<uint32_t>(
                                         spec.Get("group"), "spec.group", 1, UINT32_MAX)));
      }
      return CopyBytes(info.Env(), netlink::encode_link_delete(
                                       Integer<int32_t>(spec.Get("ifindex"), "spec.ifindex", 1, INT32_MAX)));
  }
}

}  // namespace

void InitLink(Napi::Env, Napi::Object exports) { Export(exports, "encodeLink", EncodeLink); }

}  // namespace ka::addon
