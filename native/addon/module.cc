// SPDX-License-Identifier: MIT
// The addon: one shared object between JavaScript and the packet engine. This folder is the only one that
// knows Node-API; everything below it is plain C++ (native/codec, native/engine, native/netlink, native/sys,
// native/tap).
#include "addon/bindings.h"

namespace {

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  ka::addon::InitSystem(env, exports);
  ka::addon::InitProcess(env, exports);
  ka::addon::InitRights(env, exports);
  ka::addon::InitChannel(env, exports);
  ka::addon::InitSignal(env, exports);
  ka::addon::InitWatch(env, exports);
  ka::addon::InitBfd(env, exports);
  ka::addon::InitClaims(env, exports);
  ka::addon::InitSenders(env, exports);
  ka::addon::InitCodec(env, exports);
  ka::addon::InitTap(env, exports);
  ka::addon::InitNetlink(env, exports);
  ka::addon::InitLink(env, exports);
  ka::addon::InitIpvs(env, exports);
  ka::addon::InitPolicy(env, exports);
  ka::addon::InitProbe(env, exports);
  ka::addon::InitEngine(env, exports);
  ka::addon::InitGuard(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(ka_ts, Init)
