// SPDX-License-Identifier: MIT
// BFD control packets: what is accepted is written again byte for byte.
#include "codec/bfd.h"

#include "input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ka;
  const fuzz::Exact bytes({data, size});
  codec::BfdPacket packet;
  const auto fault = codec::decode_bfd(bytes.view(), packet);
  if (fault != codec::BfdFault::none) {
    fuzz::require(packet.my_discriminator == 0, "a refused packet leaves nothing behind");
    return 0;
  }
  std::array<uint8_t, codec::kBfdSize> again;
  fuzz::require(codec::encode_bfd(packet, again), "an accepted packet can be written");
  // An authentication section follows the fixed part and is not looked at.
  again[3] = static_cast<uint8_t>(size);
  fuzz::require(std::equal(again.begin(), again.end(), bytes.view().begin()), "an accepted packet is what it says");
  return 0;
}
