// SPDX-License-Identifier: MIT
#include "netlink/address_changes.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "sys/system_error.h"

namespace ka::netlink {

AddressChanges::AddressChanges(const ReceiveBuffer& receive_buffer)
    : fd_(sys::checked(::socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE), "socket")) {
  if (const auto& [bytes, force] = receive_buffer; bytes > 0) {
    if (!force || ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0) {
      (void)::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    }
  }
  sockaddr_nl local{};
  local.nl_family = AF_NETLINK;
  local.nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
  sys::checked(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&local), sizeof local), "bind");
}

void AddressChanges::drain() noexcept {
  std::array<char, 8192> buffer;
  // ENOBUFS: messages were dropped, the next read gives those that are left.
  while (::recv(fd_.get(), buffer.data(), buffer.size(), MSG_TRUNC) >= 0 || errno == ENOBUFS || errno == EINTR) {
  }
}

}  // namespace ka::netlink
