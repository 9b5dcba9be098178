// SPDX-License-Identifier: MIT
// What the kernel tells about links and addresses, as the objects of surface.ts; and requests from
// JavaScript.
#pragma once

#include <napi.h>

#include <memory>
#include <string>

#include "netlink/types.h"

namespace ka::addon {

Napi::Object LinkObject(Napi::Env env, const netlink::Link& link);
Napi::Object AddressObject(Napi::Env env, const netlink::Address& address);

/// An array of complete rtnetlink requests (encodeAddress), copied. Throws TypeError for a length that is not
/// its own.
std::unique_ptr<netlink::Submission> ReadSubmission(Napi::Value value, const std::string& name);

}  // namespace ka::addon
