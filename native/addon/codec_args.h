// SPDX-License-Identifier: MIT
// Reads the structures of surface.ts that both the codec's functions and the engine take. All throw
// TypeError.
#pragma once

#include <napi.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "codec/judge.h"
#include "codec/vrrp.h"

namespace ka::addon {

/// AdvertFrame: what goes into the packet.
codec::AdvertSpec ReadAdvertSpec(Napi::Value value, const std::string& name);

/// AdvertFrame.destinations: at least one, all of the source's family.
std::vector<codec::Addr> ReadDestinations(Napi::Value frame, const std::string& name);

/// AdvertFrame.hmac; nothing when it is absent.
std::optional<codec::HmacSigner> ReadSigner(Napi::Value frame, const std::string& name);

codec::Expectation ReadExpectation(Napi::Value value, const std::string& name);

struct AnnouncementSpec {
  uint32_t ifindex = 0;
  codec::Addr address;
  std::array<uint8_t, 6> mac{};
  bool router = false;
};

/// Announcement.
AnnouncementSpec ReadAnnouncement(Napi::Value value, const std::string& name);

/// 'none', 'count' or 'missing'.
const char* MismatchName(codec::AddressMismatch mismatch);

}  // namespace ka::addon
