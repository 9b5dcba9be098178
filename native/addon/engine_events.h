// SPDX-License-Identifier: MIT
// Engine events as the objects of EngineEvent in surface.ts.
#pragma once

#include <napi.h>

#include <span>

#include "engine/event.h"

namespace ka::addon {

Napi::Array EventArray(Napi::Env env, std::span<const engine::Event> events);

}  // namespace ka::addon
