// SPDX-License-Identifier: MIT
// Reads raw sockets many packets at a time into fixed buffers, with the kernel's receive time on our clock,
// and for IPv6 the hop limit and destination that the packet itself no longer shows.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <span>

#include "codec/address.h"
#include "engine/endpoint.h"
#include "sys/monotonic.h"

namespace ka::engine {

struct Packet {
  std::span<const uint8_t> bytes;
  bool truncated = false;
  /// CLOCK_MONOTONIC, not after now and not before the socket was last seen empty.
  sys::Micros at = 0;
  codec::Addr source;
  /// IPv6 only.
  codec::Addr destination;
  /// IPv6 only; −1 when the kernel did not tell.
  int hop_limit = -1;
  /// sk_drops of the socket when it was queued.
  uint32_t drops = 0;
};

class Receiver {
 public:
  static constexpr uint32_t kBatch = 32;

  Receiver();
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  /// Reads up to kBatch packets; fewer means the socket is empty, which is noted in the endpoint.
  uint32_t read(Endpoint& endpoint);
  /// Valid until the next read.
  Packet packet(uint32_t index) const;

 private:
  // The largest valid packet has 60 + 24 + 8 + 255 × 16 + 8 + 28 bytes; a longer one is refused anyway.
  static constexpr size_t kBuffer = 4352;
  static constexpr size_t kControl = 128;

  std::array<std::array<uint8_t, kBuffer>, kBatch> buffers_;
  std::array<mmsghdr, kBatch> messages_{};
  std::array<iovec, kBatch> vectors_{};
  std::array<sockaddr_storage, kBatch> sources_{};
  struct alignas(cmsghdr) Control {
    std::array<uint8_t, kControl> bytes;
  };
  std::array<Control, kBatch> controls_;
  /// From CLOCK_REALTIME to CLOCK_MONOTONIC in ns, sampled at each read: REALTIME may be set at any time.
  int64_t offset_ = 0;
  sys::Micros read_at_ = 0;
  /// When the read before found the socket empty.
  sys::Micros floor_ = 0;
};

}  // namespace ka::engine
