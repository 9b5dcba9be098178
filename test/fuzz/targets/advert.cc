// SPDX-License-Identifier: MIT
// VRRP v2 and v3 with and without a password, through the receive ladder.
#include "ladder.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return ka::fuzz::climb(data, size, ka::fuzz::Kind::plain);
}
