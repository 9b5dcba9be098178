// SPDX-License-Identifier: MIT
// The Authentication Header in front of VRRP v2, through the receive ladder.
#include "ladder.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return ka::fuzz::climb(data, size, ka::fuzz::Kind::ah);
}
