// SPDX-License-Identifier: MIT
// Policy rules: RTM_NEWRULE and RTM_DELRULE both ways (reference/vrrp-protocol.md section 11).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "netlink/types.h"

namespace ka::netlink {

/// A span of user ids or ports, both ends included.
template <typename Number>
using Range = std::pair<Number, Number>;

struct RuleRequest {
  uint8_t family = 0;
  /// FR_ACT_*
  uint8_t action = 1;
  bool invert = false;
  uint8_t tos = 0;
  /// 0 where the action is no lookup.
  uint32_t table = 0;
  uint32_t preference = 0;
  std::array<uint8_t, 16> destination{};
  uint8_t destination_length = 0;
  std::array<uint8_t, 16> source{};
  uint8_t source_length = 0;
  /// '' for any.
  std::string input;
  std::string output;
  std::optional<uint8_t> protocol;
  std::optional<uint32_t> mark;
  std::optional<uint32_t> mask;
  std::optional<uint32_t> realms;
  std::optional<uint32_t> suppress_prefix_length;
  std::optional<uint32_t> suppress_group;
  std::optional<uint32_t> target;
  std::optional<uint64_t> tunnel;
  bool l3mdev = false;
  std::optional<uint8_t> transport;
  std::optional<Range<uint32_t>> users;
  std::optional<Range<uint16_t>> source_ports;
  std::optional<Range<uint16_t>> destination_ports;
};

/// A complete request; a rule that exists already is an error (EEXIST).
std::vector<uint8_t> encode_rule_add(const RuleRequest& request);
std::vector<uint8_t> encode_rule_delete(const RuleRequest& request);

/// false when the payload is no IPv4 or IPv6 rule.
bool parse_rule(std::span<const uint8_t> payload, Rule& rule);

}  // namespace ka::netlink
