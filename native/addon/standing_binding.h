// SPDX-License-Identifier: MIT
// Standing orders of PacketEngine (surface.ts): arguments checked, all before anything is done.
#pragma once

#include <napi.h>

#include "engine/engine.h"

namespace ka::addon {

void GiveOrders(engine::Engine& engine, const Napi::CallbackInfo& info);
void ConfirmOrders(engine::Engine& engine, const Napi::CallbackInfo& info);
Napi::Value WithholdOrders(engine::Engine& engine, const Napi::CallbackInfo& info);

}  // namespace ka::addon
