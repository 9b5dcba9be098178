// SPDX-License-Identifier: MIT
// What the engine remembers of a router, for JavaScript (engine/flight.h).
#pragma once

#include <napi.h>

#include "engine/engine.h"

namespace ka::addon {

void Record(engine::Engine& engine, const Napi::CallbackInfo& info);
Napi::Value Recorded(engine::Engine& engine, const Napi::CallbackInfo& info);
Napi::Value ReadTestimony(engine::Engine& engine, const Napi::CallbackInfo& info);

}  // namespace ka::addon
