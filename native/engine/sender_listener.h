// SPDX-License-Identifier: MIT
// Hears who sends adverts of some virtual routers, before any packet filter of this host and with the MAC address: only while
// somebody has a reason to ask.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "codec/sender.h"
#include "engine/frame_listener.h"

namespace ka::engine {

class SenderListener {
 public:
  using Visit = std::function<void(const FrameListener::Frame& frame, const codec::Sender& sender)>;

  /// Readable while adverts wait.
  int descriptor() const { return frames_.descriptor(); }
  /// Listens for adverts of these VRIDs over IPv4 (4) or IPv6 (6), in place of those given before for the interface and family;
  /// none closes the socket. Throws sys::SystemError (EPERM, ENODEV …); what was heard before goes on then.
  void watch(int32_t ifindex, uint8_t family, std::span<const uint8_t> vrids);
  /// Hands out at most FrameListener::kBatch adverts. Those that this host sends are never among them.
  void read(const Visit& visit);

 private:
  FrameListener frames_;
};

}  // namespace ka::engine
