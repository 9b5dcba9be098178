// SPDX-License-Identifier: MIT
// IPVS across the border: the objects of ipvs-surface.ts and what netlink/ipvs.h makes of them.
#pragma once

#include <napi.h>

#include <memory>
#include <string>

#include "netlink/ipvs.h"
#include "netlink/types.h"

namespace ka::addon {

netlink::ipvs::ServiceKey ReadServiceKey(Napi::Value value, const std::string& name);

/// An array of IpvsMessage as requests to the generic netlink family with this number. Throws TypeError.
std::shared_ptr<netlink::Submission> ReadIpvsMessages(Napi::Value value, const std::string& name, uint16_t family);

Napi::Object IpvsEntryObject(Napi::Env env, const netlink::ipvs::Entry& entry);
Napi::Object IpvsDaemonObject(Napi::Env env, const netlink::ipvs::Daemon& daemon);
Napi::Object IpvsTimeoutsObject(Napi::Env env, const netlink::ipvs::Timeouts& timeouts);

}  // namespace ka::addon
