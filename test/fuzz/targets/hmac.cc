// SPDX-License-Identifier: MIT
// VRRP of either version with an auth_hmac trailer, through the receive ladder.
#include "ladder.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return ka::fuzz::climb(data, size, ka::fuzz::Kind::hmac);
}
