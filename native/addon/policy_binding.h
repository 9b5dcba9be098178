// SPDX-License-Identifier: MIT
// Routes and policy rules between JavaScript and netlink.
#pragma once

#include <napi.h>

#include "netlink/types.h"

namespace ka::addon {

Napi::Object RouteObject(Napi::Env env, const netlink::Route& route);
Napi::Object RuleObject(Napi::Env env, const netlink::Rule& rule);

}  // namespace ka::addon
