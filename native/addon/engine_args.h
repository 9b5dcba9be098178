// SPDX-License-Identifier: MIT
// Reads the structures of surface.ts that only the engine takes. All throw TypeError.
#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>
#include <string>

#include "engine/announcer.h"
#include "engine/endpoint.h"
#include "engine/engine.h"
#include "engine/router.h"

namespace ka::addon {

/// More farewells than this are a mistake: keepalived sends one or two.
inline constexpr uint32_t kMostFarewells = 16;
inline constexpr uint32_t kMostKey = 65'535;
/// A shorter period is a mistake: VRRPv3 cannot express less than 10 ms.
inline constexpr int64_t kLeastPeriod = 1000;

uint32_t ReadKey(Napi::Value value, const std::string& name);
/// The key of a router that exists.
uint32_t RouterKey(const engine::Engine& engine, Napi::Value value, const std::string& name = "key");

engine::EndpointSpec ReadEndpointSpec(Napi::Value value);
/// AnnouncePlan with its frames encoded; the key is the caller's business.
std::unique_ptr<engine::AnnouncePlan> ReadAnnouncePlan(Napi::Value value, const std::string& name);
/// LeaseOrder.
std::unique_ptr<engine::Resignation> ReadResignation(Napi::Value value, const std::string& name);

/// AdvertFrame, encoded for the way its router sends. Throws SystemError: ENODEV without a way, EOPNOTSUPP when
/// the codec cannot express it.
std::unique_ptr<engine::AdvertContent> ReadAdvertContent(Napi::Value value, const std::string& name,
                                                         const engine::EndpointSpec* route);

}  // namespace ka::addon
