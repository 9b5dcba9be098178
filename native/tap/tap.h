// SPDX-License-Identifier: MIT
// A packet socket on one interface of one namespace, for the lab, tests and benches: a third observer with
// the kernel's own receive times. Objects: Tap owns the socket, a reader thread and a bounded queue; the
// caller is woken and takes batches. Not for the daemon's own packets: those go through native/engine.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "sys/unique_fd.h"

namespace ka::tap {

struct Frame {
  int64_t at_ns = 0;  ///< kernel receive time on CLOCK_MONOTONIC
  bool outgoing = false;
  std::vector<uint8_t> bytes;  ///< from the Ethernet header on, at most snaplen
};

struct Options {
  std::string netns;  ///< name of the namespace; '' for the caller's own
  std::string ifname;
  size_t snaplen = 65536;
  bool promiscuous = false;
};

class Tap {
 public:
  /// Opens and starts to read. `wake` is called on the reader thread when the queue stops being empty; it
  /// must neither block nor call back into this object. Throws SystemError (EPERM, ENODEV, ENOENT …).
  Tap(const Options& options, std::function<void()> wake);
  Tap(const Tap&) = delete;
  Tap& operator=(const Tap&) = delete;
  ~Tap() { close(); }

  /// Sends a whole Ethernet frame. This tap does not see it. Throws SystemError (EBADF after close()).
  void send(std::span<const uint8_t> frame);

  /// Everything that has come since the last call, in order.
  std::vector<Frame> take();

  /// Frames lost so far: dropped by the kernel, or by the queue because nobody took them. Stays readable
  /// after close().
  uint64_t drops();

  /// Stops the reader and closes the socket. Idempotent; what take() has not fetched is still there.
  void close();

 private:
  void read_loop();
  bool read_batch();
  void enqueue(std::vector<Frame>&& frames);

  const size_t snaplen_;
  const std::function<void()> wake_;
  // Torn down by close(), in this order: the thread, then the descriptors it uses.
  sys::UniqueFd socket_;
  sys::UniqueFd stop_;
  std::vector<uint8_t> buffers_;

  std::mutex mutex_;
  std::vector<Frame> queue_;
  size_t queued_bytes_ = 0;
  uint64_t kernel_drops_ = 0;
  uint64_t queue_drops_ = 0;

  std::thread reader_;
};

}  // namespace ka::tap
