// SPDX-License-Identifier: MIT
// Messages of the generic netlink family IPVS, both ways (reference/lvs-and-checkers.md section 2). Encoders give complete
// requests for the family's number; parsers take a reply behind its nlmsghdr and trust none of its lengths.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ka::netlink::ipvs {

/// In network order; IPv4 in the first four bytes.
using Bytes16 = std::array<uint8_t, 16>;

/// What the kernel tells services apart by.
struct ServiceKey {
  /// AF_INET or AF_INET6.
  uint16_t family = AF_INET;
  /// A mark stands for protocol, address and port.
  std::optional<uint32_t> mark;
  /// IPPROTO_*
  uint16_t protocol = 0;
  Bytes16 address{};
  uint16_t port = 0;
};

struct Service {
  ServiceKey key;
  /// At most 15 bytes, as the engine.
  std::string scheduler;
  /// IP_VS_SVC_F_*, without HASHED.
  uint32_t flags = 0;
  /// Seconds.
  uint32_t timeout = 0;
  /// IPv4: the mask, in host order. IPv6: prefix length.
  uint32_t netmask = 0;
  /// Persistence engine; '' for none.
  std::string engine;
};

struct DestinationKey {
  uint16_t family = AF_INET;
  Bytes16 address{};
  uint16_t port = 0;
};

struct Destination {
  DestinationKey key;
  /// IP_VS_CONN_F_*: 0 NAT, 2 tunnel, 3 direct routing.
  uint32_t method = 0;
  uint32_t weight = 0;
  uint32_t upper = 0;
  uint32_t lower = 0;
  /// IP_VS_CONN_F_TUNNEL_TYPE_*, UDP port of gue, IP_VS_TUNNEL_ENCAP_FLAG_*.
  uint8_t tunnel = 0;
  uint16_t tunnel_port = 0;
  uint16_t tunnel_flags = 0;
};

/// What is 0 or empty is left to the kernel.
struct Daemon {
  /// IP_VS_STATE_*
  uint32_t state = 0;
  std::string ifname;
  uint32_t sync_id = 0;
  uint16_t max_length = 0;
  /// AF_INET, AF_INET6; 0 for none.
  uint16_t group_family = 0;
  Bytes16 group{};
  uint16_t port = 0;
  uint8_t ttl = 0;
};

/// Seconds.
struct Timeouts {
  std::optional<uint32_t> tcp;
  std::optional<uint32_t> tcp_fin;
  std::optional<uint32_t> udp;
};

/// Five counters, then the five rates: connections, packets in and out, bytes in and out.
using Statistics = std::array<uint64_t, 10>;

struct DestinationEntry {
  Destination destination;
  uint32_t active = 0;
  uint32_t inactive = 0;
  uint32_t persistent = 0;
  Statistics statistics{};
};

struct Entry {
  Service service;
  Statistics statistics{};
  std::vector<DestinationEntry> destinations;
};

/// `command` of all: IPVS_CMD_*. Without arguments: flush, zero all, dumps.
std::vector<uint8_t> encode(uint16_t family, uint8_t command, uint16_t flags = 0);
std::vector<uint8_t> encode_service(uint16_t family, uint8_t command, const Service& service);
std::vector<uint8_t> encode_service_key(uint16_t family, uint8_t command, const ServiceKey& key, uint16_t flags = 0);
std::vector<uint8_t> encode_destination(uint16_t family, uint8_t command, const ServiceKey& service,
                                        const Destination& destination);
std::vector<uint8_t> encode_destination_key(uint16_t family, uint8_t command, const ServiceKey& service,
                                            const DestinationKey& key);
std::vector<uint8_t> encode_daemon(uint16_t family, uint8_t command, const Daemon& daemon);
std::vector<uint8_t> encode_timeouts(uint16_t family, const Timeouts& timeouts);

/// false: it is none, or says too little to be told apart from others.
bool parse_service(std::span<const uint8_t> payload, Entry& entry);
bool parse_destination(std::span<const uint8_t> payload, uint16_t service_family, DestinationEntry& entry);
bool parse_daemon(std::span<const uint8_t> payload, Daemon& daemon);
Timeouts parse_timeouts(std::span<const uint8_t> payload);

}  // namespace ka::netlink::ipvs
