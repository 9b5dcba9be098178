// SPDX-License-Identifier: MIT
// What a router has to remember from one advert to the next so that replayed ones are told apart. Lives as
// long as the virtual router does, longer than its sockets, expectations and contents; never on disk.
#pragma once

#include "codec/ah.h"
#include "codec/auth_hmac.h"

namespace ka::codec {

struct AuthMemory {
  AhSequence ah;
  StampSource sent;
  HighWaterMarks heard;

  /// Goes on where `before` was. Does not allocate.
  void adopt(const AuthMemory& before) {
    ah = before.ah;
    sent = before.sent;
    heard.adopt(before.heard);
  }
};

}  // namespace ka::codec
