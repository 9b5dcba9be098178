// SPDX-License-Identifier: MIT
#include "addon/netlink_binding.h"

#include <linux/netlink.h>
#include <sys/socket.h>

#include "addon/args.h"
#include "addon/bindings.h"
#include "netlink/address.h"
#include "netlink/channel.h"
#include "netlink/message.h"
#include "netlink/snapshot.h"

namespace ka::addon {

namespace {

constexpr uint32_t kMostMessages = 65'536;
constexpr size_t kMostMessageBytes = 65'536;
// An alias of IFNAMSIZ with its end: what the kernel takes as an address label.
constexpr size_t kMostLabelBytes = 15;

std::optional<std::array<uint8_t, 16>> ReadOptionalAddress(Napi::Value value, const std::string& name,
                                                           uint8_t family) {
  if (value.IsString() && value.As<Napi::String>().Utf8Value().empty()) return std::nullopt;
  const codec::Addr address = Address(value, name);
  if (address.family != family) throw MakeArgumentError(value.Env(), name, "of the family of the address");
  return address.bytes;
}

netlink::AddressRequest ReadAddressRequest(Napi::Value value, const std::string& name) {
  const auto spec = Object(value, name);
  const auto address = Address(spec.Get("address"), name + ".address");
  const auto family = Integer<uint8_t>(spec.Get("family"), name + ".family", 4, 6);
  if (address.family != family)
    throw MakeArgumentError(value.Env(), name + ".address", "of the family given");
  netlink::AddressRequest request;
  request.family = family == codec::kIpv4 ? AF_INET : AF_INET6;
  request.bytes = address.bytes;
  request.ifindex = Integer<int32_t>(spec.Get("ifindex"), name + ".ifindex", 1, INT32_MAX);
  request.prefix_length = Integer<uint8_t>(spec.Get("prefixLength"), name + ".prefixLength", 0,
                                           static_cast<uint8_t>(address.size() * 8));
  request.peer = ReadOptionalAddress(spec.Get("peer"), name + ".peer", family);
  request.broadcast = ReadOptionalAddress(spec.Get("broadcast"), name + ".broadcast", family);
  request.label = Text(spec.Get("label"), name + ".label");
  if (request.label.size() > kMostLabelBytes) {
    throw MakeArgumentError(value.Env(), name + ".label", "at most 15 bytes long");
  }
  request.scope = Integer<uint8_t>(spec.Get("scope"), name + ".scope", 0, 255);
  request.flags = Integer<uint32_t>(spec.Get("flags"), name + ".flags", 0, UINT32_MAX);
  request.preferred_lifetime =
      Integer<uint32_t>(spec.Get("preferredLifetime"), name + ".preferredLifetime", 0, UINT32_MAX);
  const Napi::Value valid = spec.Get("validLifetime");
  if (!valid.IsUndefined()) {
    request.valid_lifetime = Integer<uint32_t>(valid, name + ".validLifetime", 1, UINT32_MAX);
  }
  return request;
}

Napi::Value EncodeAddress(const Napi::CallbackInfo& info) {
  static constexpr const char* kOperations[] = {"add", "delete", "renew"};
  static constexpr decltype(&netlink::encode_address_add) kEncoders[] = {
      netlink::encode_address_add, netlink::encode_address_delete, netlink::encode_address_renew};
  const auto encode = kEncoders[OneOf(info[0], "operation", kOperations)];
  return CopyBytes(info.Env(), encode(ReadAddressRequest(info[1], "spec")));
}

Napi::Value NetworkSnapshot(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  const auto snapshot = netlink::take_snapshot();
  auto links = Napi::Array::New(env, snapshot.links.size());
  for (uint32_t i = 0; i < snapshot.links.size(); ++i) links.Set(i, LinkObject(env, snapshot.links[i]));
  auto addresses = Napi::Array::New(env, snapshot.addresses.size());
  for (uint32_t i = 0; i < snapshot.addresses.size(); ++i) {
    addresses.Set(i, AddressObject(env, snapshot.addresses[i]));
  }
  auto result = Napi::Object::New(env);
  result.Set("links", links);
  result.Set("addresses", addresses);
  return result;
}

}  // namespace

Napi::Object LinkObject(Napi::Env env, const netlink::Link& link) {
  auto object = Napi::Object::New(env);
  object.Set("ifindex", link.ifindex);
  object.Set("name", link.name.data());
  object.Set("flags", link.flags);
  object.Set("mtu", link.mtu);
  object.Set("type", link.type);
  object.Set("mac", CopyBytes(env, {link.mac.data(), link.mac_length}));
  object.Set("parentIndex", link.parent);
  object.Set("linkKind", link.kind.data());
  object.Set("mode", link.mode);
  object.Set("modeFlags", link.mode_flags);
  object.Set("masterIndex", link.master);
  object.Set("group", link.group);
  object.Set("alias", link.alias.data());
  object.Set("vrfTable", link.vrf_table);
  return object;
}

Napi::Object AddressObject(Napi::Env env, const netlink::Address& address) {
  const uint8_t family = address.family == AF_INET ? codec::kIpv4 : codec::kIpv6;
  auto object = Napi::Object::New(env);
  object.Set("family", family);
  object.Set("ifindex", address.ifindex);
  object.Set("address", AddressString(env, codec::make_address(
                                               family, {address.bytes.data(), codec::address_size(family)})));
  object.Set("prefixLength", address.prefix_length);
  object.Set("scope", address.scope);
  object.Set("flags", address.flags);
  object.Set("label", address.label.data());
  object.Set("protocol", address.protocol);
  return object;
}

std::unique_ptr<netlink::Submission> ReadSubmission(Napi::Value value, const std::string& name) {
  const auto array = Array(value, name);
  if (array.Length() > kMostMessages) throw MakeArgumentError(value.Env(), name, "at most 65536 messages");
  auto submission = std::make_unique<netlink::Submission>();
  for (uint32_t i = 0; i < array.Length(); ++i) {
    const std::string item = name + "[" + std::to_string(i) + "]";
    const auto bytes = Bytes(array.Get(i), item);
    if (bytes.size() < sizeof(nlmsghdr) || bytes.size() > kMostMessageBytes ||
        netlink::read_value<nlmsghdr>(bytes).nlmsg_len != bytes.size()) {
      throw MakeArgumentError(value.Env(), item, "one complete rtnetlink message");
    }
    submission->bytes.insert(submission->bytes.end(), bytes.begin(), bytes.end());
    submission->bytes.resize(NLMSG_ALIGN(submission->bytes.size()));
  }
  submission->errors.resize(array.Length());
  return submission;
}

namespace {

/// Executes on this thread; the engine's netlink thread is not asked.
Napi::Value ExecuteNetlink(const Napi::CallbackInfo& info) {
  auto submission = ReadSubmission(info[0], "messages");
  netlink::Channel().execute(*submission);
  auto errors = Napi::Array::New(info.Env(), submission->errors.size());
  for (uint32_t i = 0; i < submission->errors.size(); ++i) errors.Set(i, submission->errors[i]);
  return errors;
}

}  // namespace

void InitNetlink(Napi::Env, Napi::Object exports) {
  Export(exports, "encodeAddress", EncodeAddress);
  Export(exports, "networkSnapshot", NetworkSnapshot);
  Export(exports, "executeNetlink", ExecuteNetlink);
}

}  // namespace ka::addon
