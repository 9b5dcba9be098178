// SPDX-License-Identifier: MIT
#include "addon/ipvs_args.h"

#include <linux/ip_vs.h>
#include <linux/netlink.h>
#include <netinet/in.h>

#include "addon/args.h"

namespace ka::addon {

namespace {

namespace ipvs = netlink::ipvs;

constexpr uint32_t kMostMessages = 1 << 20;
constexpr size_t kMostNameBytes = 15;
constexpr uint32_t kAllFlags = IP_VS_SVC_F_PERSISTENT | IP_VS_SVC_F_ONEPACKET | IP_VS_SVC_F_SCHED1 |
                               IP_VS_SVC_F_SCHED2 | IP_VS_SVC_F_SCHED3;

constexpr const char* kTransports[] = {"TCP", "UDP", "SCTP"};
constexpr uint16_t kTransportNumbers[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP};
constexpr const char* kMethods[] = {"NAT", "DR", "TUN"};
constexpr uint32_t kMethodNumbers[] = {IP_VS_CONN_F_MASQ, IP_VS_CONN_F_DROUTE, IP_VS_CONN_F_TUNNEL};
// By number.
constexpr const char* kTunnels[] = {"ipip", "gue", "gre"};
constexpr const char* kChecksums[] = {"nocsum", "csum", "remcsum"};
constexpr const char* kDaemonStates[] = {"master", "backup"};

uint16_t family_number(const codec::Addr& address) { return address.family == codec::kIpv6 ? AF_INET6 : AF_INET; }

uint16_t Port(Napi::Value value, const std::string& name) { return Integer<uint16_t>(value, name, 0, 65535); }

std::string ShortText(Napi::Value value, const std::string& name) {
  const auto text = Text(value, name);
  if (text.size() > kMostNameBytes) throw MakeArgumentError(value.Env(), name, "at most 15 bytes long");
  return text;
}

template <typename T>
T Whole(Napi::Object object, const char* key, const std::string& name) {
  return Integer<T>(object.Get(key), name + "." + key, 0, std::numeric_limits<T>::max());
}

ipvs::Service ReadService(Napi::Value value, const std::string& name) {
  const auto object = Object(value, name);
  ipvs::Service service;
  service.key = ReadServiceKey(object.Get("key"), name + ".key");
  service.scheduler = ShortText(object.Get("scheduler"), name + ".scheduler");
  service.flags = Integer<uint32_t>(object.Get("flags"), name + ".flags", 0, kAllFlags);
  service.timeout = Whole<uint32_t>(object, "timeout", name);
  service.netmask = Whole<uint32_t>(object, "netmask", name);
  service.engine = ShortText(object.Get("engine"), name + ".engine");
  return service;
}

ipvs::DestinationKey ReadDestinationKey(Napi::Value value, const std::string& name) {
  const auto object = Object(value, name);
  const auto address = Address(object.Get("ip"), name + ".ip");
  return {.family = family_number(address), .address = address.bytes, .port = Port(object.Get("port"), name + ".port")};
}

ipvs::Destination ReadDestination(Napi::Value value, const std::string& name) {
  const auto object = Object(value, name);
  ipvs::Destination destination;
  destination.key = ReadDestinationKey(value, name);
  destination.method = kMethodNumbers[OneOf(object.Get("method"), name + ".method", kMethods)];
  destination.weight = Integer<uint32_t>(object.Get("weight"), name + ".weight", 0, INT32_MAX);
  destination.upper = Whole<uint32_t>(object, "upperThreshold", name);
  destination.lower = Whole<uint32_t>(object, "lowerThreshold", name);
  if (destination.method != IP_VS_CONN_F_TUNNEL) return destination;
  const std::string inner = name + ".tunnel";
  const auto tunnel = Object(object.Get("tunnel"), inner);
  destination.tunnel = static_cast<uint8_t>(OneOf(tunnel.Get("type"), inner + ".type", kTunnels));
  destination.tunnel_port = Port(tunnel.Get("port"), inner + ".port");
  destination.tunnel_flags = static_cast<uint16_t>(OneOf(tunnel.Get("checksum"), inner + ".checksum", kChecksums));
  return destination;
}

ipvs::Daemon ReadDaemon(Napi::Value value, const std::string& name) {
  const auto object = Object(value, name);
  ipvs::Daemon daemon;
  // IP_VS_STATE_MASTER 1, IP_VS_STATE_BACKUP 2
  daemon.state = static_cast<uint32_t>(OneOf(object.Get("state"), name + ".state", kDaemonStates)) + 1;
  daemon.ifname = ShortText(object.Get("ifname"), name + ".ifname");
  daemon.sync_id = Integer<uint32_t>(object.Get("syncId"), name + ".syncId", 0, 255);
  daemon.max_length = Whole<uint16_t>(object, "maxLength", name);
  if (!object.Get("group").IsNull()) {
    const auto group = Address(object.Get("group"), name + ".group");
    daemon.group_family = family_number(group);
    daemon.group = group.bytes;
  }
  daemon.port = Port(object.Get("port"), name + ".port");
  daemon.ttl = Whole<uint8_t>(object, "ttl", name);
  return daemon;
}

ipvs::Timeouts ReadTimeouts(Napi::Value value, const std::string& name) {
  const auto object = Object(value, name);
  const auto seconds = [&](const char* key) -> std::optional<uint32_t> {
    if (object.Get(key).IsUndefined()) return std::nullopt;
    return Integer<uint32_t>(object.Get(key), name + "." + key, 0, INT32_MAX);
  };
  return {.tcp = seconds("tcp"), .tcp_fin = seconds("tcpfin"), .udp = seconds("udp")};
}

std::vector<uint8_t> ReadMessage(Napi::Value value, const std::string& name, uint16_t family) {
  static constexpr const char* kCommands[] = {
      "new_service", "set_service", "delete_service", "zero_service", "new_destination", "set_destination", "delete_destination",
      "new_daemon",  "delete_daemon", "set_timeouts", "flush",        "zero_all"};
  static constexpr uint8_t kNumbers[] = {IPVS_CMD_NEW_SERVICE, IPVS_CMD_SET_SERVICE, IPVS_CMD_DEL_SERVICE,
                                         IPVS_CMD_ZERO,        IPVS_CMD_NEW_DEST,    IPVS_CMD_SET_DEST,
                                         IPVS_CMD_DEL_DEST,    IPVS_CMD_NEW_DAEMON,  IPVS_CMD_DEL_DAEMON,
                                         IPVS_CMD_SET_CONFIG,  IPVS_CMD_FLUSH,       IPVS_CMD_ZERO};
  static_assert(std::size(kCommands) == std::size(kNumbers));
  const auto object = Object(value, name);
  const size_t command = OneOf(object.Get("command"), name + ".command", kCommands);
  const uint8_t number = kNumbers[command];
  const auto service = [&] { return ReadServiceKey(object.Get("service"), name + ".service"); };
  const auto part = [&](const char* key) { return name + "." + key; };
  switch (command) {
    case 0:
    case 1:
      return ipvs::encode_service(family, number, ReadService(object.Get("service"), part("service")));
    case 2:
    case 3:
      return ipvs::encode_service_key(family, number, service());
    case 4:
    case 5:
      return ipvs::encode_destination(family, number, service(),
                                      ReadDestination(object.Get("destination"), part("destination")));
    case 6:
      return ipvs::encode_destination_key(family, number, service(),
                                          ReadDestinationKey(object.Get("destination"), part("destination")));
    case 7:
    case 8:
      return ipvs::encode_daemon(family, number, ReadDaemon(object.Get("daemon"), part("daemon")));
    case 9:
      return ipvs::encode_timeouts(family, ReadTimeouts(object.Get("timeouts"), part("timeouts")));
    default:
      return ipvs::encode(family, number);
  }
}

Napi::String AddressText(Napi::Env env, uint16_t family, const ipvs::Bytes16& bytes) {
  const uint8_t codec_family = family == AF_INET6 ? codec::kIpv6 : codec::kIpv4;
  return AddressString(env, codec::make_address(codec_family, {bytes.data(), codec::address_size(codec_family)}));
}

/// The name of a number that may be one nobody has thought of yet: then the first.
template <size_t N, typename T>
const char* NameOf(const char* const (&names)[N], const T (&numbers)[N], uint32_t number) {
  for (size_t i = 0; i < N; ++i) {
    if (numbers[i] == number) return names[i];
  }
  return names[0];
}

template <size_t N>
const char* NameOf(const char* const (&names)[N], size_t index) {
  return names[index < N ? index : 0];
}

Napi::Object KeyObject(Napi::Env env, const ipvs::ServiceKey& key) {
  auto object = Napi::Object::New(env);
  if (key.mark) {
    object.Set("kind", "fwmark");
    object.Set("mark", *key.mark);
    object.Set("family", key.family == AF_INET6 ? codec::kIpv6 : codec::kIpv4);
    return object;
  }
  object.Set("kind", "address");
  object.Set("ip", AddressText(env, key.family, key.address));
  object.Set("port", key.port);
  object.Set("protocol", NameOf(kTransports, kTransportNumbers, key.protocol));
  return object;
}

Napi::Object ServiceObject(Napi::Env env, const ipvs::Service& service) {
  auto object = Napi::Object::New(env);
  object.Set("key", KeyObject(env, service.key));
  object.Set("scheduler", service.scheduler);
  object.Set("flags", service.flags);
  object.Set("timeout", service.timeout);
  object.Set("netmask", service.netmask);
  object.Set("engine", service.engine);
  return object;
}

Napi::Object DestinationObject(Napi::Env env, const ipvs::Destination& destination) {
  auto object = Napi::Object::New(env);
  object.Set("ip", AddressText(env, destination.key.family, destination.key.address));
  object.Set("port", destination.key.port);
  object.Set("method", NameOf(kMethods, kMethodNumbers, destination.method));
  object.Set("tunnel", env.Null());
  if (destination.method == IP_VS_CONN_F_TUNNEL) {
    auto tunnel = Napi::Object::New(env);
    tunnel.Set("type", NameOf(kTunnels, destination.tunnel));
    tunnel.Set("port", destination.tunnel_port);
    tunnel.Set("checksum", NameOf(kChecksums, destination.tunnel_flags));
    object.Set("tunnel", tunnel);
  }
  object.Set("weight", destination.weight);
  object.Set("upperThreshold", destination.upper);
  object.Set("lowerThreshold", destination.lower);
  return object;
}

Napi::Object StatisticsObject(Napi::Env env, const ipvs::Statistics& statistics) {
  static constexpr const char* kNames[] = {"connections",    "packetsIn",    "packetsOut",    "bytesIn",    "bytesOut",
                                           "connectionRate", "packetRateIn", "packetRateOut", "byteRateIn", "byteRateOut"};
  static_assert(std::size(kNames) == std::tuple_size_v<ipvs::Statistics>);
  auto object = Napi::Object::New(env);
  for (size_t i = 0; i < statistics.size(); ++i) object.Set(kNames[i], static_cast<double>(statistics[i]));
  return object;
}

}  // namespace

ipvs::ServiceKey ReadServiceKey(Napi::Value value, const std::string& name) {
  static constexpr const char* kKinds[] = {"address", "fwmark"};
  const auto object = Object(value, name);
  ipvs::ServiceKey key;
  if (OneOf(object.Get("kind"), name + ".kind", kKinds) == 1) {
    key.mark = Whole<uint32_t>(object, "mark", name);
    const auto family = Integer<uint8_t>(object.Get("family"), name + ".family", codec::kIpv4, codec::kIpv6);
    key.family = family == codec::kIpv6 ? AF_INET6 : AF_INET;
    return key;
  }
  const auto address = Address(object.Get("ip"), name + ".ip");
  key.family = family_number(address);
  key.address = address.bytes;
  key.port = Port(object.Get("port"), name + ".port");
  key.protocol = kTransportNumbers[OneOf(object.Get("protocol"), name + ".protocol", kTransports)];
  return key;
}

std::shared_ptr<netlink::Submission> ReadIpvsMessages(Napi::Value value, const std::string& name, uint16_t family) {
  const auto array = Array(value, name);
  if (array.Length() > kMostMessages) throw MakeArgumentError(value.Env(), name, "at most 1048576 messages");
  auto submission = std::make_shared<netlink::Submission>();
  for (uint32_t i = 0; i < array.Length(); ++i) {
    const Napi::HandleScope scope(value.Env());
    const auto bytes = ReadMessage(array.Get(i), name + "[" + std::to_string(i) + "]", family);
    submission->bytes.insert(submission->bytes.end(), bytes.begin(), bytes.end());
    submission->bytes.resize(NLMSG_ALIGN(submission->bytes.size()));
  }
  submission->errors.resize(array.Length());
  return submission;
}

Napi::Object IpvsEntryObject(Napi::Env env, const ipvs::Entry& entry) {
  auto object = Napi::Object::New(env);
  object.Set("service", ServiceObject(env, entry.service));
  object.Set("statistics", StatisticsObject(env, entry.statistics));
  auto destinations = Napi::Array::New(env, entry.destinations.size());
  for (uint32_t i = 0; i < entry.destinations.size(); ++i) {
    const Napi::HandleScope scope(env);
    const auto& known = entry.destinations[i];
    auto destination = Napi::Object::New(env);
    destination.Set("destination", DestinationObject(env, known.destination));
    destination.Set("activeConnections", known.active);
    destination.Set("inactiveConnections", known.inactive);
    destination.Set("persistentConnections", known.persistent);
    destination.Set("statistics", StatisticsObject(env, known.statistics));
    destinations.Set(i, destination);
  }
  object.Set("destinations", destinations);
  return object;
}

Napi::Object IpvsDaemonObject(Napi::Env env, const ipvs::Daemon& daemon) {
  auto object = Napi::Object::New(env);
  object.Set("state", NameOf(kDaemonStates, daemon.state - 1));
  object.Set("ifname", daemon.ifname);
  object.Set("syncId", daemon.sync_id);
  object.Set("maxLength", daemon.max_length);
  object.Set("group", daemon.group_family == 0 ? env.Null() : AddressText(env, daemon.group_family, daemon.group));
  object.Set("port", daemon.port);
  object.Set("ttl", daemon.ttl);
  return object;
}

Napi::Object IpvsTimeoutsObject(Napi::Env env, const ipvs::Timeouts& timeouts) {
  auto object = Napi::Object::New(env);
  object.Set("tcp", timeouts.tcp.value_or(0));
  object.Set("tcpfin", timeouts.tcp_fin.value_or(0));
  object.Set("udp", timeouts.udp.value_or(0));
  return object;
}

}  // namespace ka::addon
