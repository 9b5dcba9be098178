// SPDX-License-Identifier: MIT
// ARP and Neighbor Discovery as the listener for rivals reads them; the checksum of Neighbor Discovery is made right on demand.
#include "codec/checksum.h"
#include "codec/claim.h"
#include "input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ka;
  codec::Reader in({data, size});
  const uint8_t choice = in.u8();
  fuzz::Exact packet(fuzz::rest_of(in));
  constexpr std::array<uint8_t, 6> mac{2, 0, 0, 0, 0, 1};
  auto bytes = packet.span();
  if ((choice & 2) != 0 && bytes.size() >= 44) {
    const size_t length = std::min<size_t>(bytes.size() - 40, 0xffff);
    bytes[4] = static_cast<uint8_t>(length >> 8);
    bytes[5] = static_cast<uint8_t>(length);
    const auto message = bytes.subspan(40, length);
    message[2] = message[3] = 0;
    const uint16_t sum = codec::Checksum()
                             .add_pseudo_header(codec::make_address(6, bytes.subspan(8, 16)),
                                                codec::make_address(6, bytes.subspan(24, 16)), 58, static_cast<uint32_t>(length))
                             .add(message)
                             .result();
    message[2] = static_cast<uint8_t>(sum >> 8);
    message[3] = static_cast<uint8_t>(sum);
  }
  codec::Claim claim;
  const bool claims = (choice & 1) != 0 ? codec::decode_nd_claim(packet.view(), mac, claim) : codec::decode_arp_claim(packet.view(), claim);
  fuzz::require(claims != claim.address.empty(), "a claim has an address, and nothing else has");
  fuzz::require(!claims || !codec::is_multicast(claim.address) || (choice & 1) == 0, "nobody is a group");
  return 0;
}
