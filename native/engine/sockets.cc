// SPDX-License-Identifier: MIT
// The options of the two raw sockets, as reference/vrrp-protocol.md section 3 has them.
#include <linux/filter.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "engine/advert_content.h"
#include "engine/endpoint.h"
#include "engine/packet_filter.h"
#include "sys/system_error.h"

namespace ka::engine {
namespace {

// Internetwork control, RFC 4594: 0xC0.
constexpr int kTrafficClass = 0xC0;
constexpr int kHopLimit = 255;
// Offset of the checksum in a VRRP message, RFC 9568 5.1.
constexpr int kChecksumOffset = 6;
#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL 29
#endif

template <typename Value>
void set(const sys::UniqueFd& fd, int level, int option, const Value& value, const char* name) {
  if (::setsockopt(fd.get(), level, option, &value, sizeof value) != 0) {
    throw sys::SystemError(errno, "setsockopt", name);
  }
}

sys::UniqueFd open_raw(const EndpointSpec& spec) {
  const int domain = spec.family == codec::kIpv4 ? AF_INET : AF_INET6;
  sys::UniqueFd fd(::socket(domain, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, spec.protocol));
  if (!fd) throw sys::SystemError(errno, "socket");
  return fd;
}

void bind_to_device(const sys::UniqueFd& fd, const EndpointSpec& spec) {
  if (spec.ifname.empty()) return;  // unicast without an interface
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, spec.ifname.c_str(),
                   static_cast<socklen_t>(spec.ifname.size() + 1)) != 0) {
    throw sys::SystemError(errno, "setsockopt", "SO_BINDTODEVICE " + spec.ifname);
  }
}

ip_mreqn membership4(const EndpointSpec& spec) {
  ip_mreqn membership{};
  std::memcpy(&membership.imr_multiaddr, spec.address.bytes.data(), sizeof membership.imr_multiaddr);
  membership.imr_ifindex = spec.ifindex;
  return membership;
}

ipv6_mreq membership6(const EndpointSpec& spec) {
  ipv6_mreq membership{};
  std::memcpy(&membership.ipv6mr_multiaddr, spec.address.bytes.data(), sizeof membership.ipv6mr_multiaddr);
  membership.ipv6mr_interface = static_cast<unsigned>(spec.ifindex);
  return membership;
}

void join_group(const sys::UniqueFd& fd, const EndpointSpec& spec) {
  if (spec.family == codec::kIpv4) {
    set(fd, IPPROTO_IP, IP_MULTICAST_ALL, int{0}, "IP_MULTICAST_ALL");
    set(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership4(spec), "IP_ADD_MEMBERSHIP");
  } else {
    // Linux 4.20; without it a socket only hears more, and VRIDs still sort it out.
    const int off = 0;
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_MULTICAST_ALL, &off, sizeof off);
    set(fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, membership6(spec), "IPV6_ADD_MEMBERSHIP");
  }
}

sys::UniqueFd open_receive(const EndpointSpec& spec) {
  sys::UniqueFd fd = open_raw(spec);
  drop_everything(fd);
  if (spec.receive_buffer > 0) set(fd, SOL_SOCKET, SO_RCVBUF, spec.receive_buffer, "SO_RCVBUF");
  set(fd, SOL_SOCKET, SO_TIMESTAMPNS, int{1}, "SO_TIMESTAMPNS");
  set(fd, SOL_SOCKET, SO_RXQ_OVFL, int{1}, "SO_RXQ_OVFL");
  bind_to_device(fd, spec);
  if (spec.family == codec::kIpv6) {
    set(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, int{1}, "IPV6_RECVHOPLIMIT");
    set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, int{1}, "IPV6_RECVPKTINFO");
    set(fd, IPPROTO_IPV6, IPV6_CHECKSUM, kChecksumOffset, "IPV6_CHECKSUM");
  }
  if (spec.multicast) {
    join_group(fd, spec);
  } else if (spec.family == codec::kIpv4) {
    set(fd, IPPROTO_IP, IP_FREEBIND, int{1}, "IP_FREEBIND");
  } else {
    set(fd, IPPROTO_IPV6, IPV6_FREEBIND, int{1}, "IPV6_FREEBIND");
  }
  sockaddr_storage address;
  const socklen_t length = make_socket_address(spec.address, spec.ifindex, address);
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), length) != 0) {
    throw sys::SystemError(errno, "bind");
  }
  // What came before the socket was bound may be from another interface: it must not be taken for ours.
  char one;
  while (::recv(fd.get(), &one, sizeof one, MSG_TRUNC) >= 0) {
  }
  set(fd, SOL_SOCKET, SO_DETACH_FILTER, int{0}, "SO_DETACH_FILTER");
  return fd;
}

}  // namespace

void drop_everything(const sys::UniqueFd& fd) {
  sock_filter reject{BPF_RET | BPF_K, 0, 0, 0};
  const sock_fprog program{1, &reject};
  set(fd, SOL_SOCKET, SO_ATTACH_FILTER, program, "SO_ATTACH_FILTER");
}

sys::UniqueFd open_send_socket(const EndpointSpec& spec) {
  sys::UniqueFd fd = open_raw(spec);
  // It would be handed every packet of the protocol: take none, keep none.
  set(fd, SOL_SOCKET, SO_RCVBUF, int{0}, "SO_RCVBUF");
  drop_everything(fd);
  bind_to_device(fd, spec);
  if (spec.family == codec::kIpv4) {
    set(fd, IPPROTO_IP, IP_HDRINCL, int{1}, "IP_HDRINCL");
    set(fd, IPPROTO_IP, IP_TOS, kTrafficClass, "IP_TOS");
    if (spec.multicast) {
      ip_mreqn interface{};
      interface.imr_ifindex = spec.ifindex;
      set(fd, IPPROTO_IP, IP_MULTICAST_IF, interface, "IP_MULTICAST_IF");
      set(fd, IPPROTO_IP, IP_MULTICAST_LOOP, int{0}, "IP_MULTICAST_LOOP");
    }
    // Nothing is sent to it, so the kernel need not copy each advert for this socket too before the filter drops it. Not
    // a must: without it there is still the filter.
    sockaddr_in nobody{};
    nobody.sin_family = AF_INET;
    nobody.sin_addr.s_addr = htonl(INADDR_UNSPEC_GROUP);
    [[maybe_unused]] const int bound = ::bind(fd.get(), reinterpret_cast<sockaddr*>(&nobody), sizeof nobody);
  } else {
    set(fd, IPPROTO_IPV6, IPV6_CHECKSUM, kChecksumOffset, "IPV6_CHECKSUM");
    set(fd, IPPROTO_IPV6, IPV6_TCLASS, kTrafficClass, "IPV6_TCLASS");
    if (spec.multicast) {
      set(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, kHopLimit, "IPV6_MULTICAST_HOPS");
      set(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, int{spec.ifindex}, "IPV6_MULTICAST_IF");
      set(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, int{0}, "IPV6_MULTICAST_LOOP");
    }
  }
  return fd;
}

void rejoin(const Endpoint& endpoint) {
  const EndpointSpec& spec = endpoint.spec;
  if (!spec.multicast) return;
  // Fails where the kernel has forgotten it, which is why we are here; the socket's own memory of it goes all the same.
  if (spec.family == codec::kIpv4) {
    const ip_mreqn membership = membership4(spec);
    ::setsockopt(endpoint.receive.get(), IPPROTO_IP, IP_DROP_MEMBERSHIP, &membership, sizeof membership);
  } else {
    const ipv6_mreq membership = membership6(spec);
    ::setsockopt(endpoint.receive.get(), IPPROTO_IPV6, IPV6_DROP_MEMBERSHIP, &membership, sizeof membership);
  }
  join_group(endpoint.receive, spec);
}

void open_sockets(Endpoint& endpoint) {
  endpoint.receive = open_receive(endpoint.spec);
  endpoint.send = open_send_socket(endpoint.spec);
}

}  // namespace ka::engine
