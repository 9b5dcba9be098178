// SPDX-License-Identifier: MIT
// Senders of adverts as the link shows them, delivered on the event loop.
#include "addon/args.h"
#include "addon/bindings.h"
#include "addon/loop_watch.h"
#include "engine/sender_listener.h"

namespace ka::addon {

namespace {

using SenderWatch = LoopWatch<engine::SenderListener>;

Napi::Value WatchSenders(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  auto callback = std::make_shared<Napi::FunctionReference>(Napi::Persistent(Function(info[0], "onSenders")));
  auto* opened = SenderWatch::Open(
      env, std::make_unique<engine::SenderListener>(), [callback](Napi::Env env, engine::SenderListener& listener) {
        auto senders = Napi::Array::New(env);
        Reading(env, [&] {
          listener.read([&](const engine::FrameListener::Frame& frame, const codec::Sender& sender) {
            auto object = Napi::Object::New(env);
            object.Set("ifindex", frame.ifindex);
            object.Set("family", frame.family);
            object.Set("vrid", sender.vrid);
            object.Set("source", AddressString(env, sender.source));
            object.Set("priority", sender.priority);
            object.Set("mac", CopyBytes(env, frame.sender));
            senders.Set(senders.Length(), object);
          });
        });
        Deliver(env, callback, senders);
      });
  auto watch = std::make_shared<SenderWatch*>(opened);
  auto object = Napi::Object::New(env);
  Export(object, "watch", [watch](const Napi::CallbackInfo& call) -> Napi::Value {
    const auto ifindex = Integer<int32_t>(call[0], "ifindex", 1, INT32_MAX);
    const uint8_t family = Integer<uint8_t>(call[1], "family", codec::kIpv4, codec::kIpv6);
    if (codec::address_size(family) == 0) throw MakeArgumentError(call.Env(), "family", "4 or 6");
    const auto list = Array(call[2], "vrids");
    std::vector<uint8_t> vrids;
    for (uint32_t i = 0; i < list.Length(); ++i)
      vrids.push_back(Integer<uint8_t>(list.Get(i), "vrids[" + std::to_string(i) + "]", 1, 255));
    if (*watch == nullptr) throw sys::SystemError(EBADF, "socket", "AF_PACKET");
    (*watch)->source().watch(ifindex, family, vrids);
    return call.Env().Undefined();
  });
  ExportClose(object, watch, callback);
  return object;
}

}  // namespace

void InitSenders(Napi::Env, Napi::Object exports) { Export(exports, "watchSenders", WatchSenders); }

}  // namespace ka::addon
