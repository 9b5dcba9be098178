// SPDX-License-Identifier: MIT
#include "netlink/route.h"

#include <arpa/inet.h>
#include <linux/ila.h>
#include <linux/lwtunnel.h>
#include <linux/mpls_iptunnel.h>
#include <sys/socket.h>

#include <algorithm>

#include "netlink/message.h"

namespace ka::netlink {
namespace {

// What the kernel gives an IPv6 route that names no metric. A removal has to say it: 0 would fit any.
constexpr uint32_t kDefaultMetric6 = 1024;
constexpr uint32_t kSmallTables = 256;

size_t address_size(uint8_t family) { return family == AF_INET6 ? 16 : 4; }

uint64_t big_endian(uint64_t value) {
  return (uint64_t{htonl(static_cast<uint32_t>(value))} << 32) | htonl(static_cast<uint32_t>(value >> 32));
}

uint16_t tunnel_number(Tunnel tunnel) {
  switch (tunnel) {
    case Tunnel::mpls:
      return LWTUNNEL_ENCAP_MPLS;
    case Tunnel::ip:
      return LWTUNNEL_ENCAP_IP;
    case Tunnel::ip6:
      return LWTUNNEL_ENCAP_IP6;
    case Tunnel::ila:
      return LWTUNNEL_ENCAP_ILA;
    case Tunnel::none:
      break;
  }
  return LWTUNNEL_ENCAP_NONE;
}

void write_labels(Writer& writer, const std::vector<uint32_t>& labels) {
  std::vector<uint8_t> stack;
  for (size_t i = 0; i < labels.size(); ++i) {
    const bool bottom = i + 1 == labels.size();
    const uint32_t entry = htonl((labels[i] << 12) | (bottom ? 0x100u : 0u));
    const auto* bytes = reinterpret_cast<const uint8_t*>(&entry);
    stack.insert(stack.end(), bytes, bytes + sizeof entry);
  }
  writer.attribute(MPLS_IPTUNNEL_DST, stack);
}

// LWTUNNEL_IP_* and LWTUNNEL_IP6_* have the same numbers.
void write_tunnel(Writer& writer, const Encap& encap) {
  const size_t size = encap.tunnel == Tunnel::ip6 ? 16 : 4;
  if (encap.id) writer.attribute_value(LWTUNNEL_IP_ID, big_endian(*encap.id));
  if (encap.destination) writer.attribute(LWTUNNEL_IP_DST, {encap.destination->data(), size});
  if (encap.source) writer.attribute(LWTUNNEL_IP_SRC, {encap.source->data(), size});
  if (encap.ttl) writer.attribute_value(LWTUNNEL_IP_TTL, *encap.ttl);
  if (encap.tos) writer.attribute_value(LWTUNNEL_IP_TOS, *encap.tos);
  // The kernel wants network order here; keepalived gives the machine's, so that is what the number in a file means.
  if (encap.flags) writer.attribute_value(LWTUNNEL_IP_FLAGS, *encap.flags);
}

void write_encap(Writer& writer, const Encap& encap) {
  if (encap.tunnel == Tunnel::none) return;
  writer.nest(RTA_ENCAP, [&] {
    switch (encap.tunnel) {
      case Tunnel::mpls:
        write_labels(writer, encap.labels);
        break;
      case Tunnel::ila:
        writer.attribute_value(ILA_ATTR_LOCATOR, big_endian(encap.locator));
        break;
      default:
        write_tunnel(writer, encap);
        break;
    }
  });
  writer.attribute_value(RTA_ENCAP_TYPE, tunnel_number(encap.tunnel));
}

void write_hops(Writer& writer, const RouteRequest& request, bool complete) {
  const size_t size = address_size(request.family);
  writer.nest(RTA_MULTIPATH, [&] {
    for (const auto& hop : request.hops) {
      rtnexthop head{};
      head.rtnh_flags = hop.onlink ? RTNH_F_ONLINK : 0;
      head.rtnh_hops = static_cast<uint8_t>(hop.weight - 1);
      head.rtnh_ifindex = hop.ifindex;
      writer.part(head, [&] {
        if (hop.gateway) writer.attribute(RTA_GATEWAY, {hop.gateway->data(), size});
        if (!complete) return;
        if (hop.realms) writer.attribute_value(RTA_FLOW, *hop.realms);
        write_encap(writer, hop.encap);
      });
    }
  });
}

void write_metrics(Writer& writer, const RouteRequest& request) {
  if (request.metrics.empty() && request.congestion_control.empty()) return;
  writer.nest(RTA_METRICS, [&] {
    for (const auto& [type, value] : request.metrics) writer.attribute_value(type, value);
    if (request.congestion_control.empty()) return;
    const auto& name = request.congestion_control;
    writer.attribute(RTAX_CC_ALGO, {reinterpret_cast<const uint8_t*>(name.c_str()), name.size() + 1});
  });
}

uint16_t flags_of(RouteOperation operation) {
  switch (operation) {
    case RouteOperation::prepend:
      return NLM_F_CREATE;
    case RouteOperation::add:
      return NLM_F_CREATE | NLM_F_EXCL;
    case RouteOperation::append:
      return NLM_F_CREATE | NLM_F_APPEND;
    case RouteOperation::replace:
      return NLM_F_CREATE | NLM_F_REPLACE;
    case RouteOperation::remove:
      break;
  }
  return 0;
}

void read_hop(std::span<const uint8_t> range, uint8_t family, Hop& hop) {
  for_each_attribute(range, [&](uint16_t type, std::span<const uint8_t> value) {
    if (type != RTA_GATEWAY) return;
    hop.has_gateway = true;
    std::copy_n(value.begin(), std::min(value.size(), address_size(family)), hop.gateway.begin());
  });
}

void read_hops(std::span<const uint8_t> range, uint8_t family, std::vector<Hop>& hops) {
  while (range.size() >= sizeof(rtnexthop)) {
    const auto head = read_value<rtnexthop>(range);
    if (head.rtnh_len < sizeof head || head.rtnh_len > range.size()) return;
    Hop hop;
    hop.ifindex = head.rtnh_ifindex;
    read_hop(range.subspan(sizeof head, head.rtnh_len - sizeof head), family, hop);
    hops.push_back(hop);
    const size_t step = RTNH_ALIGN(head.rtnh_len);
    if (step >= range.size()) return;
    range = range.subspan(step);
  }
}

}  // namespace

std::vector<uint8_t> encode_route(RouteOperation operation, const RouteRequest& request) {
  const bool removing = operation == RouteOperation::remove;
  const size_t size = address_size(request.family);
  rtmsg body{};
  body.rtm_family = request.family;
  body.rtm_dst_len = request.destination_length;
  body.rtm_src_len = request.source_length;
  body.rtm_tos = request.tos;
  body.rtm_table = request.table < kSmallTables ? static_cast<uint8_t>(request.table) : uint8_t{RT_TABLE_UNSPEC};
  body.rtm_protocol = request.protocol;
  body.rtm_scope = request.scope;
  body.rtm_type = request.type;
  if (request.hops.size() == 1 && request.hops[0].onlink) body.rtm_flags = RTNH_F_ONLINK;
  const auto flags = static_cast<uint16_t>(flags_of(operation) | NLM_F_REQUEST | NLM_F_ACK);
  Writer writer(removing ? RTM_DELROUTE : RTM_NEWROUTE, flags, body);
  if (request.table >= kSmallTables) writer.attribute_value(RTA_TABLE, request.table);
  if (request.destination_length > 0) writer.attribute(RTA_DST, {request.destination.data(), size});
  if (request.source_length > 0) writer.attribute(RTA_SRC, {request.source.data(), size});
  if (request.preferred_source) writer.attribute(RTA_PREFSRC, {request.preferred_source->data(), size});
  if (request.metric) {
    writer.attribute_value(RTA_PRIORITY, *request.metric);
  } else if (removing && request.family == AF_INET6) {
    writer.attribute_value(RTA_PRIORITY, kDefaultMetric6);
  }
  if (request.hops.size() == 1) {
    const auto& hop = request.hops[0];
    if (hop.gateway) writer.attribute(RTA_GATEWAY, {hop.gateway->data(), size});
    if (hop.ifindex != 0) writer.attribute_value(RTA_OIF, hop.ifindex);
    if (!removing && hop.realms) writer.attribute_value(RTA_FLOW, *hop.realms);
    if (!removing) write_encap(writer, hop.encap);
  } else if (request.hops.size() > 1) {
    write_hops(writer, request, !removing);
  }
  if (removing) return writer.finish();
  if (request.expires) writer.attribute_value(RTA_EXPIRES, *request.expires);
  if (request.preference) writer.attribute_value(RTA_PREF, *request.preference);
  if (request.ttl_propagate)
    writer.attribute_value(RTA_TTL_PROPAGATE, static_cast<uint8_t>(*request.ttl_propagate ? 1 : 0));
  write_metrics(writer, request);
  return writer.finish();
}

bool parse_route(std::span<const uint8_t> payload, Route& route) {
  if (payload.size() < sizeof(rtmsg)) return false;
  const auto body = read_value<rtmsg>(payload);
  if (body.rtm_family != AF_INET && body.rtm_family != AF_INET6) return false;
  const size_t size = address_size(body.rtm_family);
  if (body.rtm_dst_len > size * 8 || body.rtm_src_len > size * 8) return false;
  route = {};
  route.family = body.rtm_family;
  route.type = body.rtm_type;
  route.protocol = body.rtm_protocol;
  route.tos = body.rtm_tos;
  route.table = body.rtm_table;
  route.destination_length = body.rtm_dst_len;
  route.source_length = body.rtm_src_len;
  Hop only;
  bool has_way = false;
  const auto take = [&](std::span<const uint8_t> value, std::array<uint8_t, 16>& into) {
    std::copy_n(value.begin(), std::min(value.size(), size), into.begin());
  };
  const size_t fixed = std::min<size_t>(NLMSG_ALIGN(sizeof body), payload.size());
  for_each_attribute(payload.subspan(fixed), [&](uint16_t type, std::span<const uint8_t> value) {
    switch (type) {
      case RTA_TABLE:
        route.table = read_value<uint32_t>(value);
        break;
      case RTA_DST:
        take(value, route.destination);
        break;
      case RTA_SRC:
        take(value, route.source);
        break;
      case RTA_PRIORITY:
        route.metric = read_value<uint32_t>(value);
        break;
      case RTA_OIF:
        has_way = true;
        only.ifindex = read_value<int32_t>(value);
        break;
      case RTA_GATEWAY:
        has_way = true;
        only.has_gateway = true;
        take(value, only.gateway);
        break;
      case RTA_MULTIPATH:
        read_hops(value, route.family, route.hops);
        break;
      default:
        break;
    }
  });
  if (has_way && route.hops.empty()) route.hops.push_back(only);
  return true;
}

}  // namespace ka::netlink
