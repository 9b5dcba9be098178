// SPDX-License-Identifier: MIT
// Whole Ethernet frames as the tap sees them: ARP, IPv4, IPv6, VLAN tags, ICMP, VRRP, AH.
#include "codec/describe.h"
#include "input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ka;
  const fuzz::Exact frame({data, size});
  const auto summary = codec::describe_frame(frame.view());
  fuzz::require(codec::frame_kind_name(summary.kind) != nullptr, "a kind has a name");
  fuzz::require(summary.count <= summary.addresses.size(), "the list is as long as it says");
  codec::AddressText buffer;
  for (size_t i = 0; i < summary.count; ++i) codec::print_address(summary.addresses[i], buffer);
  return 0;
}
