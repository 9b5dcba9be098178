// SPDX-License-Identifier: MIT
// One netlink socket for requests: batches with one answer each, and dumps. Used by one thread at a time.
#pragma once

#include <linux/netlink.h>

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "netlink/types.h"
#include "sys/unique_fd.h"

namespace ka::netlink {

/// SO_RCVBUF of a socket; force: beyond the system's maximum where we may.
struct ReceiveBuffer {
  int bytes = 1 << 20;
  bool force = true;
};

/// Opens a socket of this protocol, NETLINK_ROUTE or NETLINK_GENERIC, that joins these groups. Throws sys::SystemError.
sys::UniqueFd open_socket(int protocol, uint32_t groups, const ReceiveBuffer& receive_buffer);

class Channel {
 public:
  /// rtnetlink. Throws sys::SystemError.
  explicit Channel(const ReceiveBuffer& receive_buffer = {});
  /// Takes over a socket of open_socket(). Throws sys::SystemError.
  explicit Channel(sys::UniqueFd socket);

  /// Sends all requests and waits for their answers; errors[i] is 0 or the errno of request i. Never throws.
  void execute(Submission& submission) noexcept;

  using Visit = std::function<void(const nlmsghdr&, std::span<const uint8_t> payload)>;
  /// Dumps one kind of object (RTM_GETLINK, RTM_GETADDR, RTM_GETRULE). false: it changed meanwhile, ask again. Throws.
  bool dump(uint16_t type, const Visit& visit);
  /// Routes of one family and protocol; the kernel picks them where it can, so a full table costs little.
  bool dump_routes(uint8_t family, uint8_t protocol, const Visit& visit);
  /// Sends one complete request and visits what is told until its end or its acknowledgement. A dump says NLM_F_DUMP itself.
  /// false: as dump(). Throws sys::SystemError with what the kernel answered.
  bool ask(std::vector<uint8_t> request, const Visit& visit);

  /// Netlink port of this socket: changes that it makes are told with it.
  uint32_t port() const { return port_; }

 private:
  void execute_part(std::span<uint8_t> requests, std::span<int> errors) noexcept;

  sys::UniqueFd socket_;
  uint32_t port_ = 0;
  uint32_t sequence_ = 0;
};

}  // namespace ka::netlink
