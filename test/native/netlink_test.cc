// SPDX-License-Identifier: MIT
// What the kernel tells, read from hostile bytes: every message cut at each length, with each bit flipped, with lengths that lie
// and with noise, each in an allocation of exactly its size so that the sanitizers see one byte too far.
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string_view>

#include "check.h"
#include "netlink/address.h"
#include "netlink/link.h"
#include "netlink/message.h"
#include "netlink/process_events.h"
#include "netlink/route.h"
#include "netlink/rule.h"

using namespace ka::netlink;

namespace {

using Bytes = std::vector<uint8_t>;
using Address16 = std::array<uint8_t, 16>;

constexpr Address16 kPlace{0xfd, 0, 0, 0x77, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

/// What stands behind the header of a finished message.
Bytes payload(Writer& writer) {
  const Bytes whole = writer.finish();
  return {whole.begin() + sizeof(nlmsghdr), whole.end()};
}

Bytes text(std::string_view value) { return {value.begin(), value.end()}; }

template <typename Name>
bool is_terminated(const Name& name) {
  return std::find(name.begin(), name.end(), 0) != name.end();
}

bool fits(uint8_t family, uint8_t length) { return length <= (family == AF_INET ? 32 : 128); }

/// Calls all readers; whatever one of them takes for good must hold what its type promises.
size_t look_at(std::span<const uint8_t> bytes) {
  const auto exact = std::make_unique<uint8_t[]>(bytes.size());
  std::copy(bytes.begin(), bytes.end(), exact.get());
  const std::span<const uint8_t> copy{exact.get(), bytes.size()};
  size_t taken = 0;
  Link link;
  if (parse_link(copy, link)) {
    ++taken;
    CHECK(is_terminated(link.name) && is_terminated(link.kind) && is_terminated(link.alias));
    CHECK(link.mac_length <= link.mac.size());
  }
  Address address;
  if (parse_address(copy, address)) {
    ++taken;
    CHECK(fits(address.family, address.prefix_length) && is_terminated(address.label));
  }
  Route route;
  if (parse_route(copy, route)) {
    ++taken;
    CHECK(fits(route.family, route.destination_length) && fits(route.family, route.source_length));
    CHECK(route.hops.size() <= 1 + copy.size() / sizeof(rtnexthop));
  }
  Rule rule;
  if (parse_rule(copy, rule)) {
    ++taken;
    CHECK(fits(rule.family, rule.destination_length) && fits(rule.family, rule.source_length));
    CHECK(is_terminated(rule.input) && is_terminated(rule.output));
  }
  taken += parse_process_event(copy).has_value();
  for_each_message(copy, [&](const nlmsghdr&, std::span<const uint8_t> inner) {
    CHECK(inner.data() >= copy.data() && inner.data() + inner.size() <= copy.data() + copy.size());
    return true;
  });
  return taken;
}

Bytes sample_link() {
  Writer writer(RTM_NEWLINK, 0, ifinfomsg{AF_UNSPEC, 0, 1, 7, IFF_UP, 0});
  writer.attribute(IFLA_IFNAME, text({"vrrp.51\0", 8}));
  writer.attribute_value(IFLA_MTU, uint32_t{1500});
  writer.attribute(IFLA_ADDRESS, std::span(kPlace).first(6));
  writer.attribute_value(IFLA_LINK, int32_t{3});
  writer.attribute_value(IFLA_MASTER, int32_t{9});
  writer.attribute_value(IFLA_GROUP, uint32_t{5});
  writer.attribute(IFLA_IFALIAS, text("ka-ts 1 arp_ignore=0"));
  Nest data;
  data.value(IFLA_MACVLAN_MODE, uint32_t{1});
  data.value(IFLA_IPVLAN_FLAGS, uint16_t{2});
  Nest info;
  info.attribute(IFLA_INFO_KIND, text("macvlan"));
  info.nest(IFLA_INFO_DATA, data);
  writer.attribute(IFLA_LINKINFO, info.bytes());
  return payload(writer);
}

Bytes sample_vrf() {
  Writer writer(RTM_NEWLINK, 0, ifinfomsg{AF_UNSPEC, 0, 1, 8, IFF_UP, 0});
  Nest data;
  data.value(IFLA_VRF_TABLE, uint32_t{10});
  Nest info;
  info.attribute(IFLA_INFO_KIND, text("vrf"));
  info.nest(IFLA_INFO_DATA, data);
  writer.attribute(IFLA_LINKINFO, info.bytes());
  return payload(writer);
}

Bytes sample_address(uint8_t family) {
  const size_t size = family == AF_INET ? 4 : 16;
  Writer writer(RTM_NEWADDR, 0, ifaddrmsg{family, 24, 0, 0, 7});
  writer.attribute(IFA_ADDRESS, std::span(kPlace).first(size));
  writer.attribute(IFA_LOCAL, std::span(kPlace).last(size));
  writer.attribute(IFA_LABEL, text({"eth0:1\0", 7}));
  writer.attribute_value(IFA_FLAGS, uint32_t{0x80});
  writer.attribute_value(11, kAddressProtocol);
  return payload(writer);
}

Bytes sample_route() {
  RouteRequest request;
  request.family = AF_INET6;
  request.destination = kPlace;
  request.destination_length = 64;
  request.source = kPlace;
  request.source_length = 128;
  request.metric = 7;
  request.table = 1000;
  HopRequest hop;
  hop.gateway = kPlace;
  hop.ifindex = 3;
  HopRequest labelled = hop;
  labelled.encap = {.tunnel = Tunnel::mpls, .labels = {16, 17}, .id = {}, .destination = {}, .source = {}, .tos = {},
                    .ttl = {}, .flags = {}, .locator = 0};
  request.hops = {hop, labelled, hop};
  const Bytes whole = encode_route(RouteOperation::add, request);
  return {whole.begin() + sizeof(nlmsghdr), whole.end()};
}

Bytes sample_rule() {
  RuleRequest request;
  request.family = AF_INET;
  request.destination = kPlace;
  request.destination_length = 24;
  request.source = kPlace;
  request.source_length = 32;
  request.preference = 16384;
  request.table = 1000;
  request.input = "eth0";
  request.output = "eth1";
  request.protocol = 18;
  request.mark = 5;
  request.users = {1, 2};
  request.source_ports = {80, 90};
  const Bytes whole = encode_rule_add(request);
  return {whole.begin() + sizeof(nlmsghdr), whole.end()};
}

template <typename Value>
void append(Bytes& bytes, const Value& value) {
  const auto* from = reinterpret_cast<const uint8_t*>(&value);
  bytes.insert(bytes.end(), from, from + sizeof value);
}

Bytes sample_event(uint32_t what, int32_t thread) {
  Bytes bytes;
  cn_msg head{};
  head.id = {CN_IDX_PROC, CN_VAL_PROC};
  append(bytes, head);
  proc_event event{};
  std::memcpy(&event, &what, sizeof what);
  event.event_data.fork = {.parent_pid = 10, .parent_tgid = 10, .child_pid = thread, .child_tgid = 11};
  append(bytes, event);
  return bytes;
}

std::vector<Bytes> samples() {
  return {sample_link(),  sample_vrf(),  sample_address(AF_INET),       sample_address(AF_INET6),
          sample_route(), sample_rule(), sample_event(0x00000001, 11), sample_event(0x80000000, 11)};
}

/// An attribute header that may lie about its length.
void lie(Bytes& bytes, uint16_t length, uint16_t type) {
  append(bytes, length);
  append(bytes, type);
}

template <typename Body>
Bytes begin(const Body& body) {
  Bytes bytes;
  append(bytes, body);
  return bytes;
}

}  // namespace

TEST("netlink: what is whole is read as it was written") {
  Link link;
  CHECK(parse_link(sample_link(), link));
  CHECK(std::string_view(link.name.data()) == "vrrp.51" && link.mtu == 1500 && link.parent == 3 && link.master == 9);
  CHECK(link.mac_length == 6 && link.mode == 1 && link.mode_flags == 2 && link.group == 5);
  CHECK(parse_link(sample_vrf(), link) && link.vrf_table == 10);
  Address address;
  CHECK(parse_address(sample_address(AF_INET), address) && address.bytes[3] == 1 && address.protocol == 18);
  Route route;
  CHECK(parse_route(sample_route(), route) && route.hops.size() == 3 && route.table == 1000 && route.metric == 7);
  CHECK(std::all_of(route.hops.begin(), route.hops.end(), [](const Hop& hop) { return hop.gateway == kPlace; }));
  Rule rule;
  CHECK(parse_rule(sample_rule(), rule) && rule.preference == 16384 && rule.table == 1000 && rule.mark == 5);
  const auto event = parse_process_event(sample_event(1, 11));
  CHECK(event && event->kind == ProcessEvent::Kind::forked && event->pid == 11 && event->parent == 10);
  CHECK(!parse_process_event(sample_event(1, 12)));
}

TEST("netlink: every message cut at every length and with every bit flipped is read within its bounds") {
  for (Bytes bytes : samples()) {
    CHECK(look_at(bytes) > 0);
    for (size_t size = 0; size <= bytes.size(); ++size) look_at(std::span(bytes).first(size));
    for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      bytes[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
      look_at(bytes);
      bytes[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    }
  }
}

TEST("netlink: every two bytes that may be a length say every length around the truth") {
  for (const Bytes& sample : samples()) {
    for (size_t at = 0; at + 2 <= sample.size(); at += 2) {
      for (const size_t length : {size_t{0}, size_t{1}, size_t{3}, size_t{4}, size_t{5}, sample.size() - at - 1, sample.size() - at,
                                  sample.size() - at + 1, size_t{0xfffe}, size_t{0xffff}}) {
        Bytes bytes = sample;
        bytes[at] = static_cast<uint8_t>(length);
        bytes[at + 1] = static_cast<uint8_t>(length >> 8);
        look_at(bytes);
      }
    }
  }
}

TEST("netlink: names, addresses and MACs that are too long are cut, too short ones end in zeros") {
  const Bytes longest(0xfff0, 'x');
  Writer link_writer(RTM_NEWLINK, 0, ifinfomsg{});
  for (const uint16_t type : {IFLA_IFNAME, IFLA_ADDRESS, IFLA_IFALIAS, IFLA_MTU}) link_writer.attribute(type, longest);
  link_writer.attribute(IFLA_GROUP, text("x"));
  Link link;
  CHECK(parse_link(payload(link_writer), link));
  CHECK(std::string_view(link.name.data()).size() == link.name.size() - 1);
  CHECK(std::string_view(link.alias.data()).size() == link.alias.size() - 1);
  CHECK(link.mac_length == link.mac.size() && link.group == 'x');

  Writer address_writer(RTM_NEWADDR, 0, ifaddrmsg{AF_INET, 24, 0, 0, 7});
  address_writer.attribute(IFA_LOCAL, longest);
  address_writer.attribute(IFA_LABEL, longest);
  Address address;
  CHECK(parse_address(payload(address_writer), address));
  CHECK(address.bytes[3] == 'x' && address.bytes[4] == 0 && is_terminated(address.label));

  Writer rule_writer(RTM_NEWRULE, 0, fib_rule_hdr{AF_INET6, 128, 128, 0, 0, 0, 0, 1, 0});
  for (const uint16_t type : {FRA_DST, FRA_SRC, FRA_IIFNAME, FRA_OIFNAME}) rule_writer.attribute(type, longest);
  rule_writer.attribute(FRA_TABLE, {});
  Rule rule;
  CHECK(parse_rule(payload(rule_writer), rule));
  CHECK(rule.destination[15] == 'x' && rule.table == 0 && is_terminated(rule.input) && is_terminated(rule.output));
}

TEST("netlink: prefixes longer than an address, and families that are none, are refused") {
  for (const uint8_t family : {AF_INET, AF_INET6}) {
    const auto longer = static_cast<uint8_t>(family == AF_INET ? 33 : 129);
    Address address;
    CHECK(!parse_address(begin(ifaddrmsg{family, longer, 0, 0, 1}), address));
    Route route;
    CHECK(!parse_route(begin(rtmsg{family, longer, 0, 0, 0, 0, 0, 0, 0}), route));
    CHECK(!parse_route(begin(rtmsg{family, 0, longer, 0, 0, 0, 0, 0, 0}), route));
    Rule rule;
    CHECK(!parse_rule(begin(fib_rule_hdr{family, longer, 0, 0, 0, 0, 0, 0, 0}), rule));
    CHECK(!parse_rule(begin(fib_rule_hdr{family, 0, longer, 0, 0, 0, 0, 0, 0}), rule));
  }
  for (const uint8_t family : {AF_UNSPEC, AF_BRIDGE, 255}) {
    Address address;
    Route route;
    Rule rule;
    CHECK(!parse_address(begin(ifaddrmsg{family, 0, 0, 0, 1}), address));
    CHECK(!parse_route(begin(rtmsg{family, 0, 0, 0, 0, 0, 0, 0, 0}), route));
    CHECK(!parse_rule(begin(fib_rule_hdr{family, 0, 0, 0, 0, 0, 0, 0, 0}), rule));
  }
}

TEST("netlink: a next hop and a nested attribute end where what holds them ends") {
  Bytes bytes = begin(rtmsg{AF_INET, 0, 0, 0, 0, 0, 0, 0, 0});
  // One hop of 8 bytes and one that claims 12 although 8 are left of the attribute; the gateway behind it is not its own.
  lie(bytes, 4 + 16, RTA_MULTIPATH);
  append(bytes, rtnexthop{8, 0, 0, 1});
  append(bytes, rtnexthop{16, 0, 0, 2});
  lie(bytes, 8, RTA_GATEWAY);
  append(bytes, uint32_t{1});
  Route route;
  CHECK(parse_route(bytes, route));
  CHECK(route.hops.size() == 1 && route.hops[0].ifindex == 1 && !route.hops[0].has_gateway);

  bytes = begin(rtmsg{AF_INET, 0, 0, 0, 0, 0, 0, 0, 0});
  lie(bytes, 4 + 12, RTA_MULTIPATH);
  append(bytes, rtnexthop{12, 0, 0, 1});
  // Longer than its hop.
  lie(bytes, 8, RTA_GATEWAY);
  append(bytes, uint32_t{1});
  CHECK(parse_route(bytes, route));
  CHECK(route.hops.size() == 1 && !route.hops[0].has_gateway);

  bytes = begin(ifinfomsg{});
  lie(bytes, 4 + 4, IFLA_LINKINFO);
  lie(bytes, 12, IFLA_INFO_KIND);
  lie(bytes, 8, IFLA_MTU);
  append(bytes, uint32_t{1400});
  Link link;
  CHECK(parse_link(bytes, link));
  CHECK(link.kind[0] == 0 && link.mtu == 1400);
}

TEST("netlink: a hop of no length ends the list, a thousand are read") {
  Bytes bytes = begin(rtmsg{AF_INET, 0, 0, 0, 0, 0, 0, 0, 0});
  lie(bytes, 4 + 16, RTA_MULTIPATH);
  append(bytes, rtnexthop{0, 0, 0, 1});
  append(bytes, rtnexthop{8, 0, 0, 2});
  Route route;
  CHECK(parse_route(bytes, route) && route.hops.empty());

  bytes = begin(rtmsg{AF_INET, 0, 0, 0, 0, 0, 0, 0, 0});
  lie(bytes, 4 + 8 * 1000, RTA_MULTIPATH);
  for (int i = 0; i < 1000; ++i) append(bytes, rtnexthop{8, 0, 0, i});
  CHECK(parse_route(bytes, route) && route.hops.size() == 1000 && route.hops[999].ifindex == 999);
}

TEST("netlink: a message longer than its datagram is left out, what stands before it is read") {
  Bytes bytes;
  append(bytes, nlmsghdr{20, RTM_NEWLINK, 0, 1, 0});
  append(bytes, uint32_t{7});
  append(bytes, nlmsghdr{0xffffffff, RTM_NEWLINK, 0, 2, 0});
  std::vector<uint32_t> seen;
  const auto note = [&](const nlmsghdr& header, std::span<const uint8_t>) {
    seen.push_back(header.nlmsg_seq);
    return true;
  };
  for_each_message(bytes, note);
  CHECK(seen == std::vector<uint32_t>{1});
  for (const uint32_t length : {0U, 1U, 15U}) {
    Bytes stuck;
    append(stuck, nlmsghdr{length, 0, 0, 3, 0});
    for_each_message(stuck, note);
  }
  CHECK(seen.size() == 1);
}

TEST("netlink: noise, and attributes of noise, are read within their bounds") {
  std::mt19937 random(20261122);
  const auto roll = [&](uint32_t n) { return static_cast<uint32_t>(random() % n); };
  size_t taken = 0;
  for (int i = 0; i < 20'000; ++i) {
    Bytes bytes(roll(200));
    std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<uint8_t>(random()); });
    // Without a family nothing would get further than the first look.
    if (!bytes.empty()) bytes[0] = std::array<uint8_t, 3>{AF_UNSPEC, AF_INET, AF_INET6}[roll(3)];
    if (bytes.size() > 2) bytes[1] = bytes[2] = static_cast<uint8_t>(roll(40));
    size_t at = std::array<size_t, 4>{8, 12, 12, 16}[roll(4)];
    for (uint32_t n = roll(12); n > 0 && at + 4 <= bytes.size(); --n) {
      const uint32_t length = 4 + roll(24);
      bytes[at] = static_cast<uint8_t>(length);
      bytes[at + 1] = 0;
      bytes[at + 2] = static_cast<uint8_t>(roll(48));
      bytes[at + 3] = 0;
      at += (length + 3) & ~3U;
    }
    taken += look_at(bytes);
  }
  CHECK(taken > 10'000);
}
