// SPDX-License-Identifier: MIT
#include "probe/probe_socket.h"

#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "sys/system_error.h"

namespace ka::probe {

namespace {

using sys::checked;

/// A datagram of UDP has at most so many bytes.
constexpr size_t kLongestDatagram = 65'536;
/// So that a flood leaves the event loop time for others.
constexpr int kBurst = 64;
/// As keepalived gives its echo sockets.
constexpr int kEchoBuffer = 128 * 1024;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketAddress socket_address(const codec::Addr& address, uint16_t port, unsigned scope) {
  SocketAddress result;
  if (address.family == codec::kIpv4) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&result.storage);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    std::memcpy(&v4->sin_addr, address.bytes.data(), sizeof v4->sin_addr);
    result.size = sizeof *v4;
  } else {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&result.storage);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    std::memcpy(&v6->sin6_addr, address.bytes.data(), sizeof v6->sin6_addr);
    v6->sin6_scope_id = scope;
    result.size = sizeof *v6;
  }
  return result;
}

bool is_link_local(const codec::Addr& address) {
  return address.family == codec::kIpv6 && address.bytes[0] == 0xfe && (address.bytes[1] & 0xc0) == 0x80;
}

int open_socket(Kind kind, uint8_t family) {
  const int domain = family == codec::kIpv4 ? AF_INET : AF_INET6;
  const int type = (kind == Kind::stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
  const int protocol = kind != Kind::echo ? 0 : family == codec::kIpv4 ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6};
  return checked(::socket(domain, type, protocol), "socket");
}

void set_option(int fd, int level, int option, int value, const char* name) {
  checked(::setsockopt(fd, level, option, &value, sizeof value), name);
}

}  // namespace

ProbeSocket::ProbeSocket(Kind kind, const Target& target) : fd_(open_socket(kind, target.address.family)) {
  const int fd = fd_.get();
  unsigned interface = 0;
  if (!target.bind_interface.empty()) {
    interface = ::if_nametoindex(target.bind_interface.c_str());
    if (interface == 0) throw sys::SystemError(errno, "if_nametoindex", target.bind_interface);
    checked(::setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, target.bind_interface.c_str(),
                         static_cast<socklen_t>(target.bind_interface.size())),
            "SO_BINDTODEVICE", target.bind_interface);
  }
  if (target.mark != 0) {
    checked(::setsockopt(fd, SOL_SOCKET, SO_MARK, &target.mark, sizeof target.mark), "SO_MARK");
  }
  const auto scope = [&](const codec::Addr& address) { return is_link_local(address) ? interface : 0; };
  const bool has_address = !target.bind_address.empty();
  if (has_address || target.bind_port != 0) {
    // A check that runs again before the last one has left TIME-WAIT takes the same port.
    if (target.bind_port != 0) set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
    codec::Addr any;
    any.family = target.address.family;
    const auto& from = has_address ? target.bind_address : any;
    const auto local = socket_address(from, target.bind_port, scope(from));
    checked(::bind(fd, local.get(), local.size), "bind");
  }
  if (kind == Kind::echo) set_option(fd, SOL_SOCKET, SO_RCVBUF, kEchoBuffer, "SO_RCVBUF");
  if (kind == Kind::datagram) {
    // Errors that a router reports count as well, not only those of the target itself.
    if (target.address.family == codec::kIpv4) set_option(fd, IPPROTO_IP, IP_RECVERR, 1, "IP_RECVERR");
    else set_option(fd, IPPROTO_IPV6, IPV6_RECVERR, 1, "IPV6_RECVERR");
  }
  const auto peer = socket_address(target.address, kind == Kind::echo ? 0 : target.port, scope(target.address));
  if (::connect(fd, peer.get(), peer.size) < 0 && errno != EINPROGRESS) connect_error_ = errno;
}

int ProbeSocket::error() {
  if (connect_error_ != 0) return connect_error_;
  int pending = 0;
  socklen_t size = sizeof pending;
  if (::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &pending, &size) < 0) return errno;
  return pending;
}

int ProbeSocket::send(std::span<const uint8_t> bytes) {
  return ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0 ? errno : 0;
}

ssize_t ProbeSocket::write(std::span<const uint8_t> bytes) {
  const auto sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  return sent < 0 ? -errno : sent;
}

ProbeSocket::Stream ProbeSocket::read(std::span<uint8_t> buffer, size_t& size, int& error) {
  size = 0;
  while (size < buffer.size()) {
    const auto got = ::recv(fd_.get(), buffer.data() + size, buffer.size() - size, 0);
    if (got > 0) {
      size += static_cast<size_t>(got);
      continue;
    }
    if (got == 0) return Stream::ended;
    if (errno == EINTR) continue;
    if (errno == EAGAIN) return Stream::open;
    error = errno;
    return Stream::broken;
  }
  return Stream::open;
}

int ProbeSocket::receive(const Visit& visit) {
  std::array<uint8_t, kLongestDatagram> buffer;
  for (int i = 0; i < kBurst; ++i) {
    const auto size = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (size < 0) return errno == EAGAIN || errno == EINTR ? 0 : errno;
    visit({buffer.data(), static_cast<size_t>(size)});
  }
  return 0;
}

}  // namespace ka::probe
