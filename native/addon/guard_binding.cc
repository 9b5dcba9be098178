// SPDX-License-Identifier: MIT
// What the parent process needs of an engine that has died: shared memory to read, and a last packet to send.
#include <napi.h>

#include "addon/args.h"
#include "addon/bindings.h"
#include "addon/codec_args.h"
#include "addon/engine_args.h"
#include "engine/farewell.h"
#include "engine/guard.h"
#include "sys/shared_memory.h"
#include "sys/system_error.h"

namespace ka::addon {

namespace {

Napi::Value CreateGuardTable(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), sys::create_shared_memory("ka-guard", engine::GuardTable::kBytes).release());
}

Napi::Value SendFarewell(const Napi::CallbackInfo& info) {
  const auto route = ReadEndpointSpec(info[0]);
  auto spec = ReadAdvertSpec(info[1], "frame");
  const auto destinations = ReadDestinations(info[1], "frame");
  const auto sequence = Integer<uint32_t>(info[2], "ahSequence", 0, UINT32_MAX);
  auto content = engine::make_advert_content(spec, destinations, {route.ifindex, route.multicast},
                                             ReadSigner(info[1], "frame"));
  if (content == nullptr) throw sys::SystemError(EOPNOTSUPP, "sendmsg", "this advertisement cannot be encoded");
  const int error = engine::send_farewell(route, *content, sequence);
  if (error != 0) throw sys::SystemError(error, "sendmsg");
  return info.Env().Undefined();
}

}  // namespace

void InitGuard(Napi::Env, Napi::Object exports) {
  Export(exports, "createGuardTable", CreateGuardTable);
  Export(exports, "sendFarewell", SendFarewell);
}

}  // namespace ka::addon
