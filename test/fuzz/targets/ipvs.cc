// SPDX-License-Identifier: MIT
// Replies of the kernel's IPVS family. What was read is written as a request and read again as the same.
#include "netlink/ipvs.h"

#include <linux/ip_vs.h>
#include <linux/netlink.h>

#include "input.h"

namespace {

using namespace ka::netlink::ipvs;
using ka::fuzz::Exact;
using ka::fuzz::require;

std::span<const uint8_t> behind_header(const std::vector<uint8_t>& request) {
  return std::span(request).subspan(sizeof(nlmsghdr));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const Exact exact({data + 1, size - 1});
  const auto payload = exact.view();
  Entry entry;
  Entry again;
  DestinationEntry destination;
  DestinationEntry destination_again;
  Daemon daemon;
  switch (data[0] % 4) {
    case 0:
      if (!parse_service(payload, entry)) break;
      require(entry.service.scheduler.size() < IP_VS_SCHEDNAME_MAXLEN && entry.service.engine.size() < IP_VS_PENAME_MAXLEN, "names fit");
      require(parse_service(behind_header(encode_service(20, IPVS_CMD_NEW_SERVICE, entry.service)), again), "a service reads as one");
      require(again.service.key.family == entry.service.key.family && again.service.key.mark == entry.service.key.mark &&
                  again.service.scheduler == entry.service.scheduler && again.service.netmask == entry.service.netmask,
              "a service reads as what was written");
      break;
    case 1:
      if (!parse_destination(payload, data[0] & 4 ? AF_INET6 : AF_INET, destination)) break;
      require(parse_destination(behind_header(encode_destination(20, IPVS_CMD_NEW_DEST, {}, destination.destination)), AF_INET,
                                destination_again),
              "a destination reads as one");
      require(destination_again.destination.key.address == destination.destination.key.address &&
                  destination_again.destination.weight == destination.destination.weight,
              "a destination reads as what was written");
      break;
    case 2:
      if (!parse_daemon(payload, daemon)) break;
      require(daemon.ifname.size() < IP_VS_IFNAME_MAXLEN, "a name fits");
      encode_daemon(20, IPVS_CMD_NEW_DAEMON, daemon);
      break;
    default:
      encode_timeouts(20, parse_timeouts(payload));
  }
  return 0;
}
