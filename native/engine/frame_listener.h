// SPDX-License-Identifier: MIT
// Frames of one kind as packet sockets hear them, one socket for each interface and family, behind a filter in the kernel. It
// lives beside the engine's thread, so that a flood of frames cannot hold up an advert: whoever polls descriptor() calls
// read(), and after a full batch the descriptor stays quiet for a while.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <utility>

#include "codec/arp.h"
#include "sys/unique_fd.h"

namespace ka::engine {

class FrameListener {
 public:
  struct Frame {
    int32_t ifindex = 0;
    /// 4 or 6, as given to listen().
    uint8_t family = 0;
    /// Whom it comes from on the link.
    codec::Mac sender;
    /// Without its link header.
    std::span<const uint8_t> packet;
  };
  using Visit = std::function<void(const Frame& frame)>;

  /// Frames looked at in one go.
  static constexpr int kBatch = 64;
  /// Longer programs do not fit the memory that the kernel grants for a filter.
  static constexpr size_t kMostFiltered = 500;
  /// What a filter gives for a frame that it lets through.
  static constexpr uint32_t kWhole = 0xffff;

  /// Throws sys::SystemError (EMFILE).
  FrameListener();

  /// Readable while frames wait.
  int descriptor() const { return outer_.get(); }
  /// Listens with this filter, whose offsets count from the network header, in place of the one before for the interface and
  /// family. ethertype: ETH_P_*. Throws sys::SystemError (EPERM, ENODEV …); what was heard before goes on then.
  void listen(int32_t ifindex, uint8_t family, uint16_t ethertype, std::span<const sock_filter> filter);
  void close(int32_t ifindex, uint8_t family) { by_interface_.erase({ifindex, family}); }
  /// Hands out at most kBatch Ethernet frames. Those that this host sends are never among them.
  void read(const Visit& visit);

 private:
  struct Socket {
    sys::UniqueFd fd;
    int32_t ifindex = 0;
    uint8_t family = 0;
  };

  int read_socket(Socket& socket, int limit, const Visit& visit);
  void rest();

  sys::UniqueFd outer_;
  sys::UniqueFd sockets_;
  sys::UniqueFd pause_;
  bool resting_ = false;
  std::map<std::pair<int32_t, uint8_t>, Socket> by_interface_;
};

/// Pieces of filter programs.
constexpr sock_filter filter_statement(uint16_t code, uint32_t value) { return {code, 0, 0, value}; }
constexpr sock_filter filter_equal(uint32_t value, uint8_t yes, uint8_t no) {
  return {BPF_JMP | BPF_JEQ | BPF_K, yes, no, value};
}

}  // namespace ka::engine
