// SPDX-License-Identifier: MIT
// Hears who else claims our virtual addresses by ARP or Neighbor Discovery: on each interface and family that holds some,
// with a filter that lets through claims of those addresses only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "codec/claim.h"
#include "engine/frame_listener.h"

namespace ka::engine {

class ClaimListener {
 public:
  using Visit = std::function<void(int32_t ifindex, const codec::Claim& claim)>;

  /// Frames looked at in one go.
  static constexpr int kBatch = FrameListener::kBatch;

  /// Readable while claims wait.
  int descriptor() const { return frames_.descriptor(); }
  /// Listens for claims of these addresses, all of one family (4 or 6), in place of those given before for the interface
  /// and family; none closes the socket. Throws sys::SystemError (EPERM, ENODEV …); what was heard before goes
  /// on then.
  void watch(int32_t ifindex, uint8_t family, std::span<const codec::Addr> addresses);
  /// Hands out at most kBatch claims. Frames that this host sends are never among them.
  void read(const Visit& visit);

 private:
  FrameListener frames_;
  std::map<std::pair<int32_t, uint8_t>, std::vector<codec::Addr>> addresses_;
};

}  // namespace ka::engine
