// SPDX-License-Identifier: MIT
// Addresses as text: what is read prints canonically, and that reads as the same address.
#include "codec/address.h"

#include <string_view>

#include "codec/announce.h"
#include "input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ka::codec;
  const ka::fuzz::Exact bytes({data, size});
  Addr address;
  AddressText buffer;
  const std::string_view given(reinterpret_cast<const char*>(bytes.view().data()), size);
  if (!parse_address(given, address)) {
    ka::fuzz::require(address.empty(), "refused text leaves nothing behind");
    // Then it is an address in bytes, if it has the size of one.
    address = make_address(size == 4 ? kIpv4 : kIpv6, bytes.view());
    if (address.empty()) return 0;
  }
  Addr again;
  const auto text = print_address(address, buffer);
  ka::fuzz::require(parse_address(text, again) && again == address, "printed text is the same address");
  constexpr std::array<uint8_t, 6> mac{2, 0, 0, 0, 0, 1};
  std::array<uint8_t, kMaxAnnouncementSize> frame;
  ka::fuzz::require(encode_announcement(address, mac, true, frame) != 0, "every address can be announced");
  return 0;
}
