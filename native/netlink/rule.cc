// SPDX-License-Identifier: MIT
#include "netlink/rule.h"

#include <arpa/inet.h>
#include <linux/fib_rules.h>
#include <sys/socket.h>

#include <algorithm>

#include "netlink/message.h"

namespace ka::netlink {
namespace {

constexpr uint32_t kSmallTables = 256;

size_t address_size(uint8_t family) { return family == AF_INET6 ? 16 : 4; }

uint64_t big_endian(uint64_t value) {
  return (uint64_t{htonl(static_cast<uint32_t>(value))} << 32) | htonl(static_cast<uint32_t>(value >> 32));
}

void write_text(Writer& writer, uint16_t type, const std::string& text) {
  if (text.empty()) return;
  writer.attribute(type, {reinterpret_cast<const uint8_t*>(text.c_str()), text.size() + 1});
}

template <typename Value>
void write_optional(Writer& writer, uint16_t type, const std::optional<Value>& value) {
  if (value) writer.attribute_value(type, *value);
}

void write_ports(Writer& writer, uint16_t type, const std::optional<Range<uint16_t>>& ports) {
  if (ports) writer.attribute_value(type, fib_rule_port_range{ports->first, ports->second});
}

std::vector<uint8_t> encode(uint16_t type, uint16_t flags, const RuleRequest& request) {
  const size_t size = address_size(request.family);
  fib_rule_hdr body{};
  body.family = request.family;
  body.dst_len = request.destination_length;
  body.src_len = request.source_length;
  body.tos = request.tos;
  body.table = request.table < kSmallTables ? static_cast<uint8_t>(request.table) : uint8_t{RT_TABLE_UNSPEC};
  body.action = request.action;
  body.flags = request.invert ? FIB_RULE_INVERT : 0;
  Writer writer(type, static_cast<uint16_t>(flags | NLM_F_REQUEST | NLM_F_ACK), body);
  writer.attribute_value(FRA_PRIORITY, request.preference);
  if (request.destination_length > 0) writer.attribute(FRA_DST, {request.destination.data(), size});
  if (request.source_length > 0) writer.attribute(FRA_SRC, {request.source.data(), size});
  if (request.table >= kSmallTables) writer.attribute_value(FRA_TABLE, request.table);
  write_text(writer, FRA_IIFNAME, request.input);
  write_text(writer, FRA_OIFNAME, request.output);
  write_optional(writer, FRA_FWMARK, request.mark);
  write_optional(writer, FRA_FWMASK, request.mask);
  write_optional(writer, FRA_FLOW, request.realms);
  write_optional(writer, FRA_SUPPRESS_PREFIXLEN, request.suppress_prefix_length);
  write_optional(writer, FRA_SUPPRESS_IFGROUP, request.suppress_group);
  write_optional(writer, FRA_GOTO, request.target);
  if (request.tunnel) writer.attribute_value(FRA_TUN_ID, big_endian(*request.tunnel));
  if (request.l3mdev) writer.attribute_value(FRA_L3MDEV, uint8_t{1});
  write_optional(writer, FRA_PROTOCOL, request.protocol);
  write_optional(writer, FRA_IP_PROTO, request.transport);
  if (request.users)
    writer.attribute_value(FRA_UID_RANGE, fib_rule_uid_range{request.users->first, request.users->second});
  write_ports(writer, FRA_SPORT_RANGE, request.source_ports);
  write_ports(writer, FRA_DPORT_RANGE, request.destination_ports);
  return writer.finish();
}

}  // namespace

std::vector<uint8_t> encode_rule_add(const RuleRequest& request) {
  return encode(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, request);
}

std::vector<uint8_t> encode_rule_delete(const RuleRequest& request) {
  return encode(RTM_DELRULE, 0, request);
}

bool parse_rule(std::span<const uint8_t> payload, Rule& rule) {
  if (payload.size() < sizeof(fib_rule_hdr)) return false;
  const auto body = read_value<fib_rule_hdr>(payload);
  if (body.family != AF_INET && body.family != AF_INET6) return false;
  const size_t size = address_size(body.family);
  if (body.dst_len > size * 8 || body.src_len > size * 8) return false;
  rule = {};
  rule.family = body.family;
  rule.action = body.action;
  rule.tos = body.tos;
  rule.table = body.table;
  rule.destination_length = body.dst_len;
  rule.source_length = body.src_len;
  const auto take = [&](std::span<const uint8_t> value, std::array<uint8_t, 16>& into) {
    std::copy_n(value.begin(), std::min(value.size(), size), into.begin());
  };
  const size_t fixed = std::min<size_t>(NLMSG_ALIGN(sizeof body), payload.size());
  for_each_attribute(payload.subspan(fixed), [&](uint16_t type, std::span<const uint8_t> value) {
    switch (type) {
      case FRA_PRIORITY:
        rule.preference = read_value<uint32_t>(value);
        break;
      case FRA_DST:
        take(value, rule.destination);
        break;
      case FRA_SRC:
        take(value, rule.source);
        break;
      case FRA_TABLE:
        rule.table = read_value<uint32_t>(value);
        break;
      case FRA_FWMARK:
        rule.mark = read_value<uint32_t>(value);
        break;
      case FRA_IIFNAME:
        read_name(value, rule.input);
        break;
      case FRA_OIFNAME:
        read_name(value, rule.output);
        break;
      case FRA_PROTOCOL:
        rule.protocol = read_value<uint8_t>(value);
        break;
      default:
        break;
    }
  });
  return true;
}

}  // namespace ka::netlink
