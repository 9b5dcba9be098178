// SPDX-License-Identifier: MIT
#include "addon/policy_binding.h"

#include <net/if.h>
#include <sys/socket.h>

#include <cstdlib>
#include <optional>

#include "addon/args.h"
#include "addon/bindings.h"
#include "netlink/route.h"
#include "netlink/rule.h"
#include "netlink/snapshot.h"

namespace ka::addon {

namespace {

using Bytes16 = std::array<uint8_t, 16>;

constexpr uint32_t kMostHops = 256;
constexpr uint32_t kMostMetrics = 32;
constexpr uint32_t kMostLabels = 16;
constexpr uint32_t kLastLabel = (1u << 20) - 1;
constexpr size_t kMostAlgorithmBytes = 15;

bool IsAbsent(Napi::Value value) { return value.IsNull() || value.IsUndefined(); }

template <typename T>
std::optional<T> OptionalInteger(Napi::Object object, const char* key, const std::string& name, T low, T high) {
  const auto value = object.Get(key);
  if (IsAbsent(value)) return std::nullopt;
  return Integer<T>(value, name + "." + key, low, high);
}

/// A decimal number as text: JavaScript's numbers end at 2^53.
uint64_t LongNumber(Napi::Value value, const std::string& name, int base) {
  const std::string text = Text(value, name);
  char* end = nullptr;
  errno = 0;
  const uint64_t number = std::strtoull(text.c_str(), &end, base);
  if (text.empty() || text[0] == '-' || *end != '\0' || errno != 0)
    throw MakeArgumentError(value.Env(), name, "a number of at most 64 bits as text");
  return number;
}

uint8_t ReadFamily(Napi::Object spec, const std::string& name) {
  return Integer<uint8_t>(spec.Get("family"), name + ".family", 4, 6) == codec::kIpv4 ? AF_INET : AF_INET6;
}

Bytes16 AddressOf(Napi::Value value, const std::string& name, uint8_t family) {
  const codec::Addr address = Address(value, name);
  if ((address.family == codec::kIpv4) != (family == AF_INET))
    throw MakeArgumentError(value.Env(), name, "of the family given");
  return address.bytes;
}

std::optional<Bytes16> OptionalAddress(Napi::Object object, const char* key, const std::string& name, uint8_t family) {
  const auto value = object.Get(key);
  if (IsAbsent(value)) return std::nullopt;
  return AddressOf(value, name + "." + key, family);
}

/// {address, length}; absent: any.
void ReadPrefix(Napi::Object object, const char* key, const std::string& name, uint8_t family, Bytes16& bytes,
                uint8_t& length) {
  const auto value = object.Get(key);
  if (IsAbsent(value)) return;
  const std::string where = name + "." + key;
  const auto prefix = Object(value, where);
  bytes = AddressOf(prefix.Get("address"), where + ".address", family);
  length = Integer<uint8_t>(prefix.Get("length"), where + ".length", 0, family == AF_INET ? 32 : 128);
}

std::string InterfaceName(Napi::Object object, const char* key, const std::string& name) {
  const auto text = Text(object.Get(key), name + "." + key);
  if (text.size() >= IFNAMSIZ) throw MakeArgumentError(object.Env(), name + "." + key, "at most 15 bytes long");
  return text;
}

netlink::Encap ReadEncap(Napi::Value value, const std::string& name) {
  netlink::Encap encap;
  if (IsAbsent(value)) return encap;
  const auto object = Object(value, name);
  static constexpr const char* kTunnels[] = {"none", "mpls", "ip", "ip6", "ila"};
  encap.tunnel = static_cast<netlink::Tunnel>(OneOf(object.Get("tunnel"), name + ".tunnel", kTunnels));
  if (encap.tunnel == netlink::Tunnel::mpls) {
    const auto labels = Array(object.Get("labels"), name + ".labels");
    if (labels.Length() > kMostLabels) throw MakeArgumentError(value.Env(), name + ".labels", "at most 16 labels");
    for (uint32_t i = 0; i < labels.Length(); ++i)
      encap.labels.push_back(Integer<uint32_t>(labels.Get(i), name + ".labels", 0, kLastLabel));
  }
  if (encap.tunnel == netlink::Tunnel::ila) encap.locator = LongNumber(object.Get("locator"), name + ".locator", 16);
  if (encap.tunnel != netlink::Tunnel::ip && encap.tunnel != netlink::Tunnel::ip6) return encap;
  const uint8_t family = encap.tunnel == netlink::Tunnel::ip ? AF_INET : AF_INET6;
  if (!IsAbsent(object.Get("id"))) encap.id = LongNumber(object.Get("id"), name + ".id", 10);
  encap.destination = OptionalAddress(object, "destination", name, family);
  encap.source = OptionalAddress(object, "source", name, family);
  encap.tos = OptionalInteger<uint8_t>(object, "tos", name, 0, 255);
  encap.ttl = OptionalInteger<uint8_t>(object, "ttl", name, 0, 255);
  encap.flags = OptionalInteger<uint16_t>(object, "flags", name, 0, 65535);
  return encap;
}

netlink::HopRequest ReadHop(Napi::Value value, const std::string& name, uint8_t family) {
  const auto object = Object(value, name);
  netlink::HopRequest hop;
  hop.gateway = OptionalAddress(object, "gateway", name, family);
  hop.ifindex = Integer<int32_t>(object.Get("ifindex"), name + ".ifindex", 0, INT32_MAX);
  hop.weight = Integer<uint16_t>(object.Get("weight"), name + ".weight", 1, 256);
  hop.onlink = Boolean(object.Get("onlink"), name + ".onlink");
  hop.realms = OptionalInteger<uint32_t>(object, "realms", name, 0, UINT32_MAX);
  hop.encap = ReadEncap(object.Get("encap"), name + ".encap");
  return hop;
}

netlink::RouteRequest ReadRoute(Napi::Value value, const std::string& name) {
  const auto spec = Object(value, name);
  netlink::RouteRequest route;
  route.family = ReadFamily(spec, name);
  route.type = Integer<uint8_t>(spec.Get("type"), name + ".type", 0, 255);
  route.protocol = Integer<uint8_t>(spec.Get("protocol"), name + ".protocol", 0, 255);
  route.scope = Integer<uint8_t>(spec.Get("scope"), name + ".scope", 0, 255);
  route.tos = Integer<uint8_t>(spec.Get("tos"), name + ".tos", 0, 255);
  route.table = Integer<uint32_t>(spec.Get("table"), name + ".table", 0, UINT32_MAX);
  ReadPrefix(spec, "destination", name, route.family, route.destination, route.destination_length);
  ReadPrefix(spec, "source", name, route.family, route.source, route.source_length);
  route.preferred_source = OptionalAddress(spec, "preferredSource", name, route.family);
  route.metric = OptionalInteger<uint32_t>(spec, "metric", name, 0, UINT32_MAX);
  route.expires = OptionalInteger<uint32_t>(spec, "expires", name, 0, UINT32_MAX);
  route.preference = OptionalInteger<uint8_t>(spec, "preference", name, 0, 255);
  if (!IsAbsent(spec.Get("ttlPropagate")))
    route.ttl_propagate = Boolean(spec.Get("ttlPropagate"), name + ".ttlPropagate");
  const auto metrics = Array(spec.Get("metrics"), name + ".metrics");
  if (metrics.Length() > kMostMetrics) throw MakeArgumentError(value.Env(), name + ".metrics", "at most 32 pairs");
  for (uint32_t i = 0; i < metrics.Length(); ++i) {
    const auto pair = Array(metrics.Get(i), name + ".metrics");
    route.metrics.emplace_back(Integer<uint16_t>(pair.Get(uint32_t{0}), name + ".metrics", 1, kMostMetrics),
                               Integer<uint32_t>(pair.Get(uint32_t{1}), name + ".metrics", 0, UINT32_MAX));
  }
  route.congestion_control = Text(spec.Get("congestionControl"), name + ".congestionControl");
  if (route.congestion_control.size() > kMostAlgorithmBytes)
    throw MakeArgumentError(value.Env(), name + ".congestionControl", "at most 15 bytes long");
  const auto hops = Array(spec.Get("hops"), name + ".hops");
  if (hops.Length() > kMostHops) throw MakeArgumentError(value.Env(), name + ".hops", "at most 256 hops");
  for (uint32_t i = 0; i < hops.Length(); ++i)
    route.hops.push_back(ReadHop(hops.Get(i), name + ".hops[" + std::to_string(i) + "]", route.family));
  return route;
}

template <typename T>
std::optional<netlink::Range<T>> OptionalRange(Napi::Object object, const char* key, const std::string& name, T high) {
  const auto value = object.Get(key);
  if (IsAbsent(value)) return std::nullopt;
  const auto pair = Array(value, name + "." + key);
  return netlink::Range<T>{Integer<T>(pair.Get(uint32_t{0}), name + "." + key, 0, high),
                           Integer<T>(pair.Get(uint32_t{1}), name + "." + key, 0, high)};
}

netlink::RuleRequest ReadRule(Napi::Value value, const std::string& name) {
  const auto spec = Object(value, name);
  netlink::RuleRequest rule;
  rule.family = ReadFamily(spec, name);
  rule.action = Integer<uint8_t>(spec.Get("action"), name + ".action", 0, 255);
  rule.invert = Boolean(spec.Get("invert"), name + ".invert");
  rule.tos = Integer<uint8_t>(spec.Get("tos"), name + ".tos", 0, 255);
  rule.table = Integer<uint32_t>(spec.Get("table"), name + ".table", 0, UINT32_MAX);
  rule.preference = Integer<uint32_t>(spec.Get("preference"), name + ".preference", 0, UINT32_MAX);
  ReadPrefix(spec, "destination", name, rule.family, rule.destination, rule.destination_length);
  ReadPrefix(spec, "source", name, rule.family, rule.source, rule.source_length);
  rule.input = InterfaceName(spec, "input", name);
  rule.output = InterfaceName(spec, "output", name);
  rule.protocol = OptionalInteger<uint8_t>(spec, "protocol", name, 0, 255);
  rule.mark = OptionalInteger<uint32_t>(spec, "mark", name, 0, UINT32_MAX);
  rule.mask = OptionalInteger<uint32_t>(spec, "mask", name, 0, UINT32_MAX);
  rule.realms = OptionalInteger<uint32_t>(spec, "realms", name, 0, UINT32_MAX);
  rule.suppress_prefix_length = OptionalInteger<uint32_t>(spec, "suppressPrefixLength", name, 0, INT32_MAX);
  rule.suppress_group = OptionalInteger<uint32_t>(spec, "suppressGroup", name, 0, INT32_MAX);
  rule.target = OptionalInteger<uint32_t>(spec, "target", name, 0, UINT32_MAX);
  if (!IsAbsent(spec.Get("tunnel"))) rule.tunnel = LongNumber(spec.Get("tunnel"), name + ".tunnel", 10);
  rule.l3mdev = Boolean(spec.Get("l3mdev"), name + ".l3mdev");
  rule.transport = OptionalInteger<uint8_t>(spec, "transport", name, 0, 255);
  rule.users = OptionalRange<uint32_t>(spec, "users", name, UINT32_MAX);
  rule.source_ports = OptionalRange<uint16_t>(spec, "sourcePorts", name, UINT16_MAX);
  rule.destination_ports = OptionalRange<uint16_t>(spec, "destinationPorts", name, UINT16_MAX);
  return rule;
}

Napi::Value EncodeRoute(const Napi::CallbackInfo& info) {
  static constexpr const char* kOperations[] = {"prepend", "add", "append", "replace", "delete"};
  const auto operation = static_cast<netlink::RouteOperation>(OneOf(info[0], "operation", kOperations));
  return CopyBytes(info.Env(), encode_route(operation, ReadRoute(info[1], "spec")));
}

Napi::Value EncodeRule(const Napi::CallbackInfo& info) {
  static constexpr const char* kOperations[] = {"add", "delete"};
  const bool add = OneOf(info[0], "operation", kOperations) == 0;
  const auto rule = ReadRule(info[1], "spec");
  return CopyBytes(info.Env(), add ? encode_rule_add(rule) : encode_rule_delete(rule));
}

Napi::String BytesText(Napi::Env env, uint8_t family, const Bytes16& bytes) {
  const uint8_t ours = family == AF_INET ? codec::kIpv4 : codec::kIpv6;
  return AddressString(env, codec::make_address(ours, {bytes.data(), codec::address_size(ours)}));
}

void SetPrefix(Napi::Object object, const char* key, uint8_t family, const Bytes16& bytes, uint8_t length) {
  auto prefix = Napi::Object::New(object.Env());
  prefix.Set("address", BytesText(object.Env(), family, bytes));
  prefix.Set("length", length);
  object.Set(key, prefix);
}

Napi::Value TakePolicySnapshot(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  const auto snapshot = netlink::take_policy_snapshot();
  auto routes = Napi::Array::New(env, snapshot.routes.size());
  for (uint32_t i = 0; i < snapshot.routes.size(); ++i) routes.Set(i, RouteObject(env, snapshot.routes[i]));
  auto rules = Napi::Array::New(env, snapshot.rules.size());
  for (uint32_t i = 0; i < snapshot.rules.size(); ++i) rules.Set(i, RuleObject(env, snapshot.rules[i]));
  auto result = Napi::Object::New(env);
  result.Set("routes", routes);
  result.Set("rules", rules);
  return result;
}

}  // namespace

Napi::Object RouteObject(Napi::Env env, const netlink::Route& route) {
  auto object = Napi::Object::New(env);
  object.Set("family", route.family == AF_INET ? codec::kIpv4 : codec::kIpv6);
  object.Set("type", route.type);
  object.Set("protocol", route.protocol);
  object.Set("tos", route.tos);
  object.Set("table", route.table);
  object.Set("metric", route.metric);
  SetPrefix(object, "destination", route.family, route.destination, route.destination_length);
  SetPrefix(object, "source", route.family, route.source, route.source_length);
  auto hops = Napi::Array::New(env, route.hops.size());
  for (uint32_t i = 0; i < route.hops.size(); ++i) {
    const auto& hop = route.hops[i];
    auto entry = Napi::Object::New(env);
    entry.Set("ifindex", hop.ifindex);
    entry.Set("gateway", hop.has_gateway ? Napi::Value(BytesText(env, route.family, hop.gateway)) : env.Null());
    hops.Set(i, entry);
  }
  object.Set("hops", hops);
  return object;
}

Napi::Object RuleObject(Napi::Env env, const netlink::Rule& rule) {
  auto object = Napi::Object::New(env);
  object.Set("family", rule.family == AF_INET ? codec::kIpv4 : codec::kIpv6);
  object.Set("action", rule.action);
  object.Set("protocol", rule.protocol);
  object.Set("tos", rule.tos);
  object.Set("table", rule.table);
  object.Set("preference", rule.preference);
  object.Set("mark", rule.mark);
  SetPrefix(object, "destination", rule.family, rule.destination, rule.destination_length);
  SetPrefix(object, "source", rule.family, rule.source, rule.source_length);
  object.Set("input", rule.input.data());
  object.Set("output", rule.output.data());
  return object;
}

void InitPolicy(Napi::Env, Napi::Object exports) {
  Export(exports, "encodeRoute", EncodeRoute);
  Export(exports, "encodeRule", EncodeRule);
  Export(exports, "policySnapshot", TakePolicySnapshot);
}

}  // namespace ka::addon
