// SPDX-License-Identifier: MIT
// Sockets of health checks: bound to what the configuration names before they connect, which Node's own cannot be.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "codec/address.h"
#include "sys/unique_fd.h"

namespace ka::probe {

/// Where a check goes, and by which way.
struct Target {
  codec::Addr address;
  /// 0 for echo requests.
  uint16_t port = 0;
  /// Empty: the system chooses. Of the family of `address`.
  codec::Addr bind_address;
  /// 0: the system chooses.
  uint16_t bind_port = 0;
  /// '' for none; also the zone of a link-local address.
  std::string bind_interface;
  /// Firewall mark of outgoing packets, 0 for none.
  uint32_t mark = 0;
};

enum class Kind { stream, datagram, echo };

/// A socket on its way to its target; never blocks.
class ProbeSocket {
 public:
  /// Throws SystemError for what is wrong on this side: no such interface, address or right, port taken. What the way to the
  /// target says at once stands in error().
  ProbeSocket(Kind kind, const Target& target);

  int descriptor() const { return fd_.get(); }
  /// errno of connect(2) so far; 0: it goes on or is done. Reads and clears what the socket has pending.
  int error();
  /// Hands the descriptor over; this one is done.
  int release() { return fd_.release(); }

  /// One datagram; errno, 0 when it is out.
  int send(std::span<const uint8_t> bytes);
  /// As much as fits; how many bytes went out, or a negative errno: -EAGAIN when it has to wait.
  ssize_t write(std::span<const uint8_t> bytes);
  enum class Stream { open, ended, broken };
  /// What has arrived on a stream, into `buffer`, at most its size: how many bytes, and whether more may come. `error`: why it broke.
  Stream read(std::span<uint8_t> buffer, size_t& size, int& error);
  using Visit = std::function<void(std::span<const uint8_t>)>;
  /// What has arrived, at most a burst of it; errno of what the network said instead, else 0.
  int receive(const Visit& visit);

 private:
  sys::UniqueFd fd_;
  int connect_error_ = 0;
};

}  // namespace ka::probe
