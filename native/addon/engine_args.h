// Reads the structures of surface.ts that only the engine takes. All throw TypeError.
#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>

#include "engine/announcer.h"
#include "engine/endpoint.h"
#include "engine/router.h"

namespace ka::addon {

/// More farewells than this are a mistake: keepalived sends one or two.
inline constexpr uint32_t kMostFarewells = 16;

engine::EndpointSpec ReadEndpointSpec(Napi::Value value);
/// AnnouncePlan with its frames encoded; the key is the caller's business.
std::unique_ptr<engine::AnnouncePlan> ReadAnnouncePlan(Napi::Value value);
/// LeaseOrder.
std::unique_ptr<engine::Order> ReadOrder(Napi::Value value);

}  // namespace ka::addon
