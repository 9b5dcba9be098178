// SPDX-License-Identifier: MIT
// Messages of IPVS: what is written is what is read, and no reply, however broken, is read beyond its end. Built with sanitizers.
#include "netlink/ipvs.h"

#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <linux/netlink.h>
#include <netinet/in.h>

#include <functional>
#include <memory>

#include "check.h"
#include "netlink/channel.h"
#include "netlink/ipvs_client.h"
#include "netlink/message.h"
#include "sys/system_error.h"

using namespace ka;
using namespace ka::netlink;

namespace {

constexpr uint16_t kFamily = 0x21;

/// A request without its nlmsghdr: a reply has the same attributes.
std::vector<uint8_t> payload_of(const std::vector<uint8_t>& message) {
  return {message.begin() + sizeof(nlmsghdr), message.end()};
}

ipvs::Service some_service() {
  ipvs::Service service;
  service.key = {
      .family = AF_INET6, .mark = std::nullopt, .protocol = IPPROTO_SCTP, .address = {0x20, 1, 0xd, 0xb8, 1}, .port = 8443};
  service.scheduler = "wlc";
  service.flags = 0x1d;
  service.timeout = 360;
  service.netmask = 64;
  service.engine = "sip";
  return service;
}

ipvs::Destination some_destination() {
  ipvs::Destination destination;
  destination.key = {.family = AF_INET, .address = {10, 0, 1, 1}, .port = 80};
  destination.method = IP_VS_CONN_F_TUNNEL;
  destination.weight = INT32_MAX;
  destination.upper = UINT32_MAX;
  destination.lower = 7;
  destination.tunnel = IP_VS_CONN_F_TUNNEL_TYPE_GUE;
  destination.tunnel_port = 6080;
  destination.tunnel_flags = IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM;
  return destination;
}

/// Statistics of both widths, the wide ones 1000 times the narrow ones, with rubbish among them.
void write_statistics(Writer& writer, uint16_t narrow, uint16_t wide) {
  for (const bool is_wide : {false, true}) {
    writer.nest(is_wide ? wide : narrow, [&] {
      for (uint16_t type = IPVS_STATS_ATTR_CONNS; type <= IPVS_STATS_ATTR_OUTBPS + 5; ++type) {
        if (is_wide) {
          writer.attribute_value(type, uint64_t{type} * 1000);
        } else {
          writer.attribute_value(type, uint32_t{type});
        }
      }
    });
  }
}

std::vector<uint8_t> service_reply(bool with_wide = true) {
  Writer writer(kFamily, 0, genlmsghdr{.cmd = IPVS_CMD_NEW_SERVICE, .version = 1, .reserved = 0});
  writer.nest(IPVS_CMD_ATTR_SERVICE, [&] {
    writer.attribute_value(IPVS_SVC_ATTR_AF, uint16_t{AF_INET});
    writer.attribute_value(IPVS_SVC_ATTR_FWMARK, uint32_t{9});
    writer.attribute_value(IPVS_SVC_ATTR_FLAGS, ip_vs_flags{.flags = IP_VS_SVC_F_HASHED | 4, .mask = ~0u});
    write_statistics(writer, IPVS_SVC_ATTR_STATS, with_wide ? uint16_t{IPVS_SVC_ATTR_STATS64} : uint16_t{60});
  });
  return payload_of(writer.finish());
}

/// The parser sees every beginning of the reply and every reply with one bit flipped, each in an allocation of its exact size.
void torture(const std::vector<uint8_t>& reply, const std::function<void(std::span<const uint8_t>)>& parse) {
  const auto look = [&](std::span<const uint8_t> bytes) {
    const auto exact = std::make_unique<uint8_t[]>(bytes.size());
    std::copy(bytes.begin(), bytes.end(), exact.get());
    parse({exact.get(), bytes.size()});
  };
  for (size_t size = 0; size <= reply.size(); ++size) look(std::span(reply).first(size));
  auto bytes = reply;
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    look(bytes);
    bytes[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
  }
}

}  // namespace

TEST("a service of IPVS survives its message") {
  const auto service = some_service();
  ipvs::Entry entry;
  CHECK(ipvs::parse_service(payload_of(ipvs::encode_service(kFamily, IPVS_CMD_NEW_SERVICE, service)), entry));
  CHECK(entry.service.key.address == service.key.address && entry.service.key.port == 8443);
  CHECK(entry.service.key.family == AF_INET6 && entry.service.key.protocol == IPPROTO_SCTP && !entry.service.key.mark);
  CHECK(entry.service.scheduler == "wlc" && entry.service.engine == "sip");
  CHECK(entry.service.flags == 0x1d && entry.service.timeout == 360 && entry.service.netmask == 64);
  ipvs::Service marked;
  marked.key.mark = 0;
  marked.netmask = 0xffffff00;
  CHECK(ipvs::parse_service(payload_of(ipvs::encode_service(kFamily, IPVS_CMD_NEW_SERVICE, marked)), entry));
  CHECK(entry.service.key.mark == 0u && entry.service.netmask == 0xffffff00);
}

TEST("a destination of IPVS survives its message") {
  const auto destination = some_destination();
  ipvs::DestinationEntry entry;
  const auto message = ipvs::encode_destination(kFamily, IPVS_CMD_NEW_DEST, some_service().key, destination);
  CHECK(ipvs::parse_destination(payload_of(message), AF_INET6, entry));
  CHECK(entry.destination.key.family == AF_INET && entry.destination.key.address == destination.key.address);
  CHECK(entry.destination.key.port == 80 && entry.destination.weight == INT32_MAX);
  CHECK(entry.destination.upper == UINT32_MAX && entry.destination.lower == 7);
  CHECK(entry.destination.tunnel == 1 && entry.destination.tunnel_port == 6080 && entry.destination.tunnel_flags == 2);
}

TEST("statistics are read wide where the kernel has them so") {
  ipvs::Entry entry;
  CHECK(ipvs::parse_service(service_reply(), entry));
  CHECK(entry.service.key.mark == 9u && entry.service.flags == 4);
  for (size_t i = 0; i < entry.statistics.size(); ++i) CHECK(entry.statistics[i] == (i + 1) * 1000);
  CHECK(ipvs::parse_service(service_reply(false), entry));
  for (size_t i = 0; i < entry.statistics.size(); ++i) CHECK(entry.statistics[i] == i + 1);
}

TEST("no reply of IPVS is read beyond its end") {
  size_t understood = 0;
  const auto service = [&](std::span<const uint8_t> bytes) {
    ipvs::Entry entry;
    understood += ipvs::parse_service(bytes, entry);
  };
  torture(payload_of(ipvs::encode_service(kFamily, IPVS_CMD_NEW_SERVICE, some_service())), service);
  torture(service_reply(), service);
  torture(payload_of(ipvs::encode_destination(kFamily, IPVS_CMD_NEW_DEST, some_service().key, some_destination())),
          [&](std::span<const uint8_t> bytes) {
            ipvs::DestinationEntry entry;
            understood += ipvs::parse_destination(bytes, AF_INET, entry);
          });
  const ipvs::Daemon daemon{.state = IP_VS_STATE_MASTER,
                            .ifname = "a-fifteen-bytes",
                            .sync_id = 255,
                            .max_length = 1400,
                            .group_family = AF_INET6,
                            .group = {0xff, 2},
                            .port = 8848,
                            .ttl = 1};
  torture(payload_of(ipvs::encode_daemon(kFamily, IPVS_CMD_NEW_DAEMON, daemon)), [&](std::span<const uint8_t> bytes) {
    ipvs::Daemon read;
    understood += ipvs::parse_daemon(bytes, read);
    CHECK(read.ifname.size() <= 15);
  });
  torture(payload_of(ipvs::encode_timeouts(kFamily, {.tcp = 900, .tcp_fin = 120, .udp = 300})),
          [&](std::span<const uint8_t> bytes) { understood += ipvs::parse_timeouts(bytes).tcp == 900u; });
  CHECK(understood > 1000);
}

TEST("a kernel without IPVS says so, and one with it answers") {
  try {
    ipvs::Client client({});
    CHECK(client.family() >= NLMSG_MIN_TYPE);
  } catch (const sys::SystemError& error) {
    CHECK(error.error() == ENOENT || error.error() == EPERM);
  }
}
