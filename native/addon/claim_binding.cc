// SPDX-License-Identifier: MIT
// Claims of our addresses by others, delivered on the event loop.
#include "addon/args.h"
#include "addon/bindings.h"
#include "addon/loop_watch.h"
#include "engine/claim_listener.h"

namespace ka::addon {

namespace {

using ClaimWatch = LoopWatch<engine::ClaimListener>;

Napi::Value WatchClaims(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  auto callback =
      std::make_shared<Napi::FunctionReference>(Napi::Persistent(Function(info[0], "onClaims")));
  auto* opened = ClaimWatch::Open(
      env, std::make_unique<engine::ClaimListener>(), [callback](Napi::Env env, engine::ClaimListener& listener) {
        auto claims = Napi::Array::New(env);
        Reading(env, [&] {
          listener.read([&](int32_t ifindex, const codec::Claim& claim) {
            auto object = Napi::Object::New(env);
            object.Set("ifindex", ifindex);
            object.Set("address", AddressString(env, claim.address));
            object.Set("mac", CopyBytes(env, claim.mac));
            claims.Set(claims.Length(), object);
          });
        });
        Deliver(env, callback, claims);
      });
  auto watch = std::make_shared<ClaimWatch*>(opened);
  auto object = Napi::Object::New(env);
  Export(object, "watch", [watch](const Napi::CallbackInfo& call) -> Napi::Value {
    const auto ifindex = Integer<int32_t>(call[0], "ifindex", 1, INT32_MAX);
    const uint8_t family = Integer<uint8_t>(call[1], "family", codec::kIpv4, codec::kIpv6);
    if (codec::address_size(family) == 0) throw MakeArgumentError(call.Env(), "family", "4 or 6");
    const auto list = Array(call[2], "addresses");
    std::vector<codec::Addr> addresses;
    for (uint32_t i = 0; i < list.Length(); ++i) {
      const std::string name = "addresses[" + std::to_string(i) + "]";
      addresses.push_back(Address(list.Get(i), name));
      if (addresses.back().family != family) throw MakeArgumentError(call.Env(), name, "of the family given");
    }
    if (*watch == nullptr) throw sys::SystemError(EBADF, "socket", "AF_PACKET");
    (*watch)->source().watch(ifindex, family, addresses);
    return call.Env().Undefined();
  });
  ExportClose(object, watch, callback);
  return object;
}

}  // namespace

void InitClaims(Napi::Env, Napi::Object exports) { Export(exports, "watchClaims", WatchClaims); }

}  // namespace ka::addon
