// What the parent process needs of an engine that has died: shared memory to read, and a last packet to send.
#include <napi.h>

#include "addon/args.h"
#include "addon/bindings.h"
#include "addon/codec_args.h"
#include "addon/engine_args.h"
#include "engine/farewell.h"
#include "engine/guard.h"
#include "sys/session_channel.h"
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

Napi::Value CreateSessionChannel(const Napi::CallbackInfo& info) {
  auto [written, read] = sys::create_session_channel();
  auto ends = Napi::Array::New(info.Env(), 2);
  ends.Set(0u, written.release());
  ends.Set(1u, read.release());
  return ends;
}

}  // namespace

void InitGuard(Napi::Env, Napi::Object exports) {
  Export(exports, "createGuardTable", CreateGuardTable);
  Export(exports, "sendFarewell", SendFarewell);
  Export(exports, "createSessionChannel", CreateSessionChannel);
}

}  // namespace ka::addon
