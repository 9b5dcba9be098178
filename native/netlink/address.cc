// SPDX-License-Identifier: MIT
#include "netlink/address.h"

#include <linux/if_addr.h>
#include <sys/socket.h>

#include <algorithm>

#include "netlink/message.h"

namespace ka::netlink {
namespace {

// Linux 5.18; older kernels ignore attributes they do not know, older headers lack the name.
constexpr uint16_t kIfaProto = 11;
constexpr uint32_t kForever = 0xffffffff;

size_t address_size(uint8_t family) { return family == AF_INET6 ? 16 : 4; }

Writer begin(uint16_t type, uint16_t flags, const AddressRequest& request) {
  ifaddrmsg body{};
  body.ifa_family = request.family;
  body.ifa_prefixlen = request.prefix_length;
  body.ifa_flags = static_cast<uint8_t>(request.flags);
  body.ifa_scope = request.scope;
  body.ifa_index = static_cast<uint32_t>(request.ifindex);
  Writer writer(type, static_cast<uint16_t>(flags | NLM_F_REQUEST | NLM_F_ACK), body);
  const size_t size = address_size(request.family);
  const auto& far_end = request.peer ? *request.peer : request.bytes;
  writer.attribute(IFA_LOCAL, {request.bytes.data(), size});
  writer.attribute(IFA_ADDRESS, {far_end.data(), size});
  return writer;
}

std::vector<uint8_t> encode_new(uint16_t flags, const AddressRequest& request) {
  Writer writer = begin(RTM_NEWADDR, flags, request);
  if (request.broadcast) {
    writer.attribute(IFA_BROADCAST, {request.broadcast->data(), address_size(request.family)});
  }
  if (!request.label.empty()) {
    // The kernel wants the terminating zero.
    writer.attribute(IFA_LABEL,
                     {reinterpret_cast<const uint8_t*>(request.label.c_str()), request.label.size() + 1});
  }
  if (request.flags != 0) writer.attribute_value(IFA_FLAGS, request.flags);
  if (request.preferred_lifetime != kForever || request.valid_lifetime != kForever) {
    ifa_cacheinfo lifetimes{};
    lifetimes.ifa_prefered = request.preferred_lifetime;
    lifetimes.ifa_valid = request.valid_lifetime;
    writer.attribute_value(IFA_CACHEINFO, lifetimes);
  }
  writer.attribute_value(kIfaProto, kAddressProtocol);
  return writer.finish();
}

}  // namespace

std::vector<uint8_t> encode_address_add(const AddressRequest& request) {
  return encode_new(NLM_F_CREATE | NLM_F_EXCL, request);
}

std::vector<uint8_t> encode_address_renew(const AddressRequest& request) {
  return encode_new(NLM_F_REPLACE, request);
}

std::vector<uint8_t> encode_address_delete(const AddressRequest& request) {
  return begin(RTM_DELADDR, 0, request).finish();
}

bool parse_address(std::span<const uint8_t> payload, Address& address) {
  if (payload.size() < sizeof(ifaddrmsg)) return false;
  const auto body = read_value<ifaddrmsg>(payload);
  if (body.ifa_family != AF_INET && body.ifa_family != AF_INET6) return false;
  if (body.ifa_prefixlen > address_size(body.ifa_family) * 8) return false;
  address = {};
  address.family = body.ifa_family;
  address.prefix_length = body.ifa_prefixlen;
  address.scope = body.ifa_scope;
  address.ifindex = static_cast<int32_t>(body.ifa_index);
  address.flags = body.ifa_flags;
  bool local_seen = false;
  const auto take = [&](std::span<const uint8_t> value) {
    std::copy_n(value.begin(), std::min(value.size(), address_size(body.ifa_family)), address.bytes.begin());
  };
  const size_t fixed = std::min<size_t>(NLMSG_ALIGN(sizeof body), payload.size());
  for_each_attribute(payload.subspan(fixed), [&](uint16_t type, std::span<const uint8_t> value) {
    switch (type) {
      case IFA_LOCAL:  // point to point: IFA_ADDRESS is the far end
        local_seen = true;
        take(value);
        break;
      case IFA_ADDRESS:
        if (!local_seen) take(value);
        break;
      case IFA_FLAGS:
        address.flags = read_value<uint32_t>(value);
        break;
      case IFA_LABEL:
        read_name(value, address.label);
        break;
      case kIfaProto:
        address.protocol = read_value<uint8_t>(value);
        break;
      default:
        break;
    }
  });
  return true;
}

}  // namespace ka::netlink
