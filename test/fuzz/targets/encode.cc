// SPDX-License-Identifier: MIT
// Adverts from settings as a guard record or the configuration may hold them: whatever can be encoded is found again by the
// receiver, and the changes made in place touch nothing else. Also the same changes to bytes that nobody encoded.
#include <vector>

#include "codec/judge.h"
#include "codec/vrrp.h"
#include "ladder.h"

namespace {

using namespace ka::codec;
using ka::fuzz::Exact;
using ka::fuzz::require;

void change_in_place(std::span<const uint8_t> bytes, uint8_t family, uint8_t priority) {
  const AhKey key(std::span(ka::fuzz::kSecret).first(8));
  const HmacKey signer{1, Hmac<Sha256>(ka::fuzz::kSecret)};
  Exact copy(bytes);
  set_priority(copy.span(), family, priority);
  set_ip_id(copy.span(), 0x1234);
  sign_ah(key, copy.span(), 7);
  const auto message = message_of(copy.span(), family);
  require(message.size() <= bytes.size(), "a message lies within its packet");
  const uint8_t source[16]{10};
  const Addr from = make_address(family, std::span(source).first(address_size(family)));
  if (sign_trailer(signer, from, 99, message)) require(trailer_verifies(signer, from, message), "what was signed verifies");
  if (family == kIpv6) refresh_ipv6_checksum(copy.span(), from, from);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Reader in({data, size});
  const uint8_t choice = in.u8();
  const uint8_t family = (choice & 1) != 0 ? kIpv6 : kIpv4;
  if ((choice & 2) != 0) {
    change_in_place(ka::fuzz::rest_of(in), family, choice);
    return 0;
  }
  AdvertSpec spec;
  spec.version = (choice & 4) != 0 ? 3 : in.u8();
  spec.vrid = in.u8();
  spec.priority = in.u8();
  spec.auth_type = in.u8() % 4;
  spec.trailer = (choice & 8) != 0;
  spec.interval_us = in.u32();
  spec.v3_checksum_as_v2 = (choice & 16) != 0;
  spec.old_unicast_sum = (choice & 32) != 0;
  spec.source = ka::fuzz::address_from(in, family);
  const Addr destination = ka::fuzz::address_from(in, (choice & 64) != 0 ? kIpv6 : family);
  spec.count = std::min<uint16_t>(in.u8(), kMaxAddresses);
  for (size_t i = 0; i < spec.count; ++i) spec.addresses[i] = ka::fuzz::address_from(in, (choice & 128) != 0 && i == 1 ? kIpv4 : family);
  std::vector<uint8_t> room(kMaxAdvertSize - (in.u8() == 1 ? 1000 : 0));
  const size_t length = encode_advert(spec, destination, 1, room);
  require(length <= room.size(), "an advert fits");
  if (length == 0) return 0;
  const std::span<const uint8_t> packet = std::span(room).first(length);
  const uint8_t protocol = spec.auth_type == kAuthAh && spec.version == 2 && family == kIpv4 ? kProtocolAh : kProtocolVrrp;
  Located located;
  require(locate(packet, family, protocol, located), "an encoded advert is found");
  require(located.vrid == spec.vrid && located.priority == spec.priority, "an encoded advert says what was meant");
  Exact changed(packet);
  require(set_priority(changed.span(), family, 0), "an encoded advert can become a farewell");
  change_in_place(packet, family, choice);
  return 0;
}
