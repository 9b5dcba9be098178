// SPDX-License-Identifier: MIT
#include "netlink/ipvs.h"

#include <arpa/inet.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <netinet/in.h>

#include <algorithm>

#include "netlink/message.h"

namespace ka::netlink::ipvs {
namespace {

using Bytes = std::span<const uint8_t>;

Writer request(uint16_t family, uint8_t command, uint16_t flags = 0) {
  const genlmsghdr header{.cmd = command, .version = IPVS_GENL_VERSION, .reserved = 0};
  return {family, flags, header};
}

void write_text(Writer& writer, uint16_t type, const std::string& text) {
  // With its terminating zero.
  writer.attribute(type, {reinterpret_cast<const uint8_t*>(text.c_str()), text.size() + 1});
}

void write_key(Writer& writer, const ServiceKey& key) {
  writer.attribute_value(IPVS_SVC_ATTR_AF, key.family);
  if (key.mark) {
    writer.attribute_value(IPVS_SVC_ATTR_FWMARK, *key.mark);
    return;
  }
  writer.attribute_value(IPVS_SVC_ATTR_PROTOCOL, key.protocol);
  writer.attribute(IPVS_SVC_ATTR_ADDR, key.address);
  writer.attribute_value(IPVS_SVC_ATTR_PORT, htons(key.port));
}

void write_key(Writer& writer, const DestinationKey& key) {
  writer.attribute_value(IPVS_DEST_ATTR_ADDR_FAMILY, key.family);
  writer.attribute(IPVS_DEST_ATTR_ADDR, key.address);
  writer.attribute_value(IPVS_DEST_ATTR_PORT, htons(key.port));
}

/// A whole number of any size in the machine's order; 0 for a size that no counter has.
uint64_t number(Bytes value) {
  switch (value.size()) {
    case sizeof(uint64_t):
      return read_value<uint64_t>(value);
    case sizeof(uint32_t):
      return read_value<uint32_t>(value);
    default:
      return 0;
  }
}

std::string text_of(Bytes value, size_t most) {
  const auto end = std::find(value.begin(), value.end(), 0);
  const auto length = std::min(static_cast<size_t>(end - value.begin()), most);
  return {reinterpret_cast<const char*>(value.data()), length};
}

Bytes16 address_of(Bytes value, uint16_t family) {
  Bytes16 address{};
  const size_t size = std::min(value.size(), family == AF_INET6 ? size_t{16} : size_t{4});
  std::copy_n(value.begin(), size, address.begin());
  return address;
}

/// The value of one attribute, empty when it is not there; the last of several.
Bytes find(Bytes range, uint16_t wanted) {
  Bytes found;
  for_each_attribute(range, [&](uint16_t type, Bytes value) {
    if (type == wanted) found = value;
  });
  return found;
}

/// What stands behind the generic header of a reply.
Bytes attributes(Bytes payload) {
  return payload.size() < sizeof(genlmsghdr) ? Bytes{} : payload.subspan(sizeof(genlmsghdr));
}

void read_statistics(Bytes range, Statistics& statistics) {
  for_each_attribute(range, [&](uint16_t type, Bytes value) {
    if (type >= IPVS_STATS_ATTR_CONNS && type <= IPVS_STATS_ATTR_OUTBPS) {
      statistics[type - IPVS_STATS_ATTR_CONNS] = number(value);
    }
  });
}

/// The wide counters where the kernel has them, it sends both.
void read_statistics(Bytes range, uint16_t wide, uint16_t narrow, Statistics& statistics) {
  const Bytes best = find(range, wide);
  read_statistics(best.empty() ? find(range, narrow) : best, statistics);
}

bool is_family(uint16_t family) { return family == AF_INET || family == AF_INET6; }

}  // namespace

std::vector<uint8_t> encode(uint16_t family, uint8_t command, uint16_t flags) {
  return request(family, command, flags).finish();
}

std::vector<uint8_t> encode_service(uint16_t family, uint8_t command, const Service& service) {
  Writer writer = request(family, command);
  writer.nest(IPVS_CMD_ATTR_SERVICE, [&] {
    write_key(writer, service.key);
    write_text(writer, IPVS_SVC_ATTR_SCHED_NAME, service.scheduler);
    writer.attribute_value(IPVS_SVC_ATTR_FLAGS, ip_vs_flags{.flags = service.flags, .mask = ~0u});
    writer.attribute_value(IPVS_SVC_ATTR_TIMEOUT, service.timeout);
    const bool ipv6 = service.key.family == AF_INET6;
    writer.attribute_value(IPVS_SVC_ATTR_NETMASK, ipv6 ? service.netmask : htonl(service.netmask));
    if (!service.engine.empty()) write_text(writer, IPVS_SVC_ATTR_PE_NAME, service.engine);
  });
  return writer.finish();
}

std::vector<uint8_t> encode_service_key(uint16_t family, uint8_t command, const ServiceKey& key, uint16_t flags) {
  Writer writer = request(family, command, flags);
  writer.nest(IPVS_CMD_ATTR_SERVICE, [&] { write_key(writer, key); });
  return writer.finish();
}

std::vector<uint8_t> encode_destination(uint16_t family, uint8_t command, const ServiceKey& service,
                                        const Destination& destination) {
  Writer writer = request(family, command);
  writer.nest(IPVS_CMD_ATTR_SERVICE, [&] { write_key(writer, service); });
  writer.nest(IPVS_CMD_ATTR_DEST, [&] {
    write_key(writer, destination.key);
    writer.attribute_value(IPVS_DEST_ATTR_FWD_METHOD, destination.method);
    writer.attribute_value(IPVS_DEST_ATTR_WEIGHT, destination.weight);
    writer.attribute_value(IPVS_DEST_ATTR_U_THRESH, destination.upper);
    writer.attribute_value(IPVS_DEST_ATTR_L_THRESH, destination.lower);
    // Kernels before 5.3 know ipip alone and refuse what they do not know.
    if (destination.method == IP_VS_CONN_F_TUNNEL && destination.tunnel != IP_VS_CONN_F_TUNNEL_TYPE_IPIP) {
      writer.attribute_value(IPVS_DEST_ATTR_TUN_TYPE, destination.tunnel);
      writer.attribute_value(IPVS_DEST_ATTR_TUN_PORT, htons(destination.tunnel_port));
      writer.attribute_value(IPVS_DEST_ATTR_TUN_FLAGS, destination.tunnel_flags);
    }
  });
  return writer.finish();
}

std::vector<uint8_t> encode_destination_key(uint16_t family, uint8_t command, const ServiceKey& service,
                                            const DestinationKey& key) {
  Writer writer = request(family, command);
  writer.nest(IPVS_CMD_ATTR_SERVICE, [&] { write_key(writer, service); });
  writer.nest(IPVS_CMD_ATTR_DEST, [&] { write_key(writer, key); });
  return writer.finish();
}

std::vector<uint8_t> encode_daemon(uint16_t family, uint8_t command, const Daemon& daemon) {
  Writer writer = request(family, command);
  writer.nest(IPVS_CMD_ATTR_DAEMON, [&] {
    writer.attribute_value(IPVS_DAEMON_ATTR_STATE, daemon.state);
    write_text(writer, IPVS_DAEMON_ATTR_MCAST_IFN, daemon.ifname);
    writer.attribute_value(IPVS_DAEMON_ATTR_SYNC_ID, daemon.sync_id);
    if (daemon.max_length > 0) writer.attribute_value(IPVS_DAEMON_ATTR_SYNC_MAXLEN, daemon.max_length);
    if (daemon.group_family == AF_INET6) {
      writer.attribute(IPVS_DAEMON_ATTR_MCAST_GROUP6, daemon.group);
    } else if (daemon.group_family == AF_INET) {
      writer.attribute(IPVS_DAEMON_ATTR_MCAST_GROUP, Bytes(daemon.group).first(4));
    }
    // In the machine's order, unlike the ports of services.
    if (daemon.port > 0) writer.attribute_value(IPVS_DAEMON_ATTR_MCAST_PORT, daemon.port);
    if (daemon.ttl > 0) writer.attribute_value(IPVS_DAEMON_ATTR_MCAST_TTL, daemon.ttl);
  });
  return writer.finish();
}

std::vector<uint8_t> encode_timeouts(uint16_t family, const Timeouts& timeouts) {
  Writer writer = request(family, IPVS_CMD_SET_CONFIG);
  if (timeouts.tcp) writer.attribute_value(IPVS_CMD_ATTR_TIMEOUT_TCP, *timeouts.tcp);
  if (timeouts.tcp_fin) writer.attribute_value(IPVS_CMD_ATTR_TIMEOUT_TCP_FIN, *timeouts.tcp_fin);
  if (timeouts.udp) writer.attribute_value(IPVS_CMD_ATTR_TIMEOUT_UDP, *timeouts.udp);
  return writer.finish();
}

bool parse_service(Bytes payload, Entry& entry) {
  const Bytes range = find(attributes(payload), IPVS_CMD_ATTR_SERVICE);
  entry = {};
  Service& service = entry.service;
  service.key.family = read_value<uint16_t>(find(range, IPVS_SVC_ATTR_AF));
  if (!is_family(service.key.family)) return false;
  bool has_address = false;
  for_each_attribute(range, [&](uint16_t type, Bytes value) {
    switch (type) {
      case IPVS_SVC_ATTR_FWMARK:
        service.key.mark = read_value<uint32_t>(value);
        break;
      case IPVS_SVC_ATTR_PROTOCOL:
        service.key.protocol = read_value<uint16_t>(value);
        break;
      case IPVS_SVC_ATTR_ADDR:
        service.key.address = address_of(value, service.key.family);
        has_address = true;
        break;
      case IPVS_SVC_ATTR_PORT:
        service.key.port = ntohs(read_value<uint16_t>(value));
        break;
      case IPVS_SVC_ATTR_SCHED_NAME:
        service.scheduler = text_of(value, IP_VS_SCHEDNAME_MAXLEN - 1);
        break;
      case IPVS_SVC_ATTR_FLAGS:
        service.flags = read_value<ip_vs_flags>(value).flags & ~uint32_t{IP_VS_SVC_F_HASHED};
        break;
      case IPVS_SVC_ATTR_TIMEOUT:
        service.timeout = read_value<uint32_t>(value);
        break;
      case IPVS_SVC_ATTR_NETMASK:
        service.netmask = read_value<uint32_t>(value);
        if (service.key.family == AF_INET) service.netmask = ntohl(service.netmask);
        break;
      case IPVS_SVC_ATTR_PE_NAME:
        service.engine = text_of(value, IP_VS_PENAME_MAXLEN - 1);
        break;
      default:
        break;
    }
  });
  read_statistics(range, IPVS_SVC_ATTR_STATS64, IPVS_SVC_ATTR_STATS, entry.statistics);
  return service.key.mark || has_address;
}

bool parse_destination(Bytes payload, uint16_t service_family, DestinationEntry& entry) {
  const Bytes range = find(attributes(payload), IPVS_CMD_ATTR_DEST);
  entry = {};
  Destination& destination = entry.destination;
  // Kernels before 3.18 do not say it: it is that of the service.
  const Bytes family = find(range, IPVS_DEST_ATTR_ADDR_FAMILY);
  destination.key.family = family.empty() ? service_family : read_value<uint16_t>(family);
  if (!is_family(destination.key.family)) return false;
  bool has_address = false;
  for_each_attribute(range, [&](uint16_t type, Bytes value) {
    switch (type) {
      case IPVS_DEST_ATTR_ADDR:
        destination.key.address = address_of(value, destination.key.family);
        has_address = true;
        break;
      case IPVS_DEST_ATTR_PORT:
        destination.key.port = ntohs(read_value<uint16_t>(value));
        break;
      case IPVS_DEST_ATTR_FWD_METHOD:
        destination.method = read_value<uint32_t>(value) & IP_VS_CONN_F_FWD_MASK;
        break;
      case IPVS_DEST_ATTR_WEIGHT:
        destination.weight = read_value<uint32_t>(value);
        break;
      case IPVS_DEST_ATTR_U_THRESH:
        destination.upper = read_value<uint32_t>(value);
        break;
      case IPVS_DEST_ATTR_L_THRESH:
        destination.lower = read_value<uint32_t>(value);
        break;
      case IPVS_DEST_ATTR_TUN_TYPE:
        destination.tunnel = read_value<uint8_t>(value);
        break;
      case IPVS_DEST_ATTR_TUN_PORT:
        destination.tunnel_port = ntohs(read_value<uint16_t>(value));
        break;
      case IPVS_DEST_ATTR_TUN_FLAGS:
        destination.tunnel_flags = read_value<uint16_t>(value);
        break;
      case IPVS_DEST_ATTR_ACTIVE_CONNS:
        entry.active = read_value<uint32_t>(value);
        break;
      case IPVS_DEST_ATTR_INACT_CONNS:
        entry.inactive = read_value<uint32_t>(value);
        break;
      case IPVS_DEST_ATTR_PERSIST_CONNS:
        entry.persistent = read_value<uint32_t>(value);
        break;
      default:
        break;
    }
  });
  read_statistics(range, IPVS_DEST_ATTR_STATS64, IPVS_DEST_ATTR_STATS, entry.statistics);
  return has_address;
}

bool parse_daemon(Bytes payload, Daemon& daemon) {
  const Bytes range = find(attributes(payload), IPVS_CMD_ATTR_DAEMON);
  daemon = {};
  for_each_attribute(range, [&](uint16_t type, Bytes value) {
    switch (type) {
      case IPVS_DAEMON_ATTR_STATE:
        daemon.state = read_value<uint32_t>(value);
        break;
      case IPVS_DAEMON_ATTR_MCAST_IFN:
        daemon.ifname = text_of(value, IP_VS_IFNAME_MAXLEN - 1);
        break;
      case IPVS_DAEMON_ATTR_SYNC_ID:
        daemon.sync_id = read_value<uint32_t>(value);
        break;
      case IPVS_DAEMON_ATTR_SYNC_MAXLEN:
        daemon.max_length = read_value<uint16_t>(value);
        break;
      case IPVS_DAEMON_ATTR_MCAST_GROUP:
      case IPVS_DAEMON_ATTR_MCAST_GROUP6:
        daemon.group_family = type == IPVS_DAEMON_ATTR_MCAST_GROUP ? AF_INET : AF_INET6;
        daemon.group = address_of(value, daemon.group_family);
        break;
      case IPVS_DAEMON_ATTR_MCAST_PORT:
        daemon.port = read_value<uint16_t>(value);
        break;
      case IPVS_DAEMON_ATTR_MCAST_TTL:
        daemon.ttl = read_value<uint8_t>(value);
        break;
      default:
        break;
    }
  });
  return daemon.state == IP_VS_STATE_MASTER || daemon.state == IP_VS_STATE_BACKUP;
}

Timeouts parse_timeouts(Bytes payload) {
  const Bytes range = attributes(payload);
  return {.tcp = read_value<uint32_t>(find(range, IPVS_CMD_ATTR_TIMEOUT_TCP)),
          .tcp_fin = read_value<uint32_t>(find(range, IPVS_CMD_ATTR_TIMEOUT_TCP_FIN)),
          .udp = read_value<uint32_t>(find(range, IPVS_CMD_ATTR_TIMEOUT_UDP))};
}

}  // namespace ka::netlink::ipvs
