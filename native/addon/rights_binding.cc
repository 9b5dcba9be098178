// SPDX-License-Identifier: MIT
// What the process and those it starts may do.
#include <napi.h>

#include "addon/args.h"
#include "addon/bindings.h"
#include "sys/rights.h"

namespace ka::addon {

namespace {

Napi::Value WithLesserRights(const Napi::CallbackInfo& info) {
  const auto list = Array(info[0], "capabilities");
  const auto start = Function(info[1], "start");
  sys::Capabilities kept = 0;
  for (uint32_t i = 0; i < list.Length(); ++i) kept |= sys::Capabilities{1} << Integer(list.Get(i), "capabilities[]", 0, 63);
  const sys::LesserRights lesser(kept);
  start.Call({});
  return Napi::Boolean::New(info.Env(), lesser.in_force());
}

Napi::Value AsUsualRoot(const Napi::CallbackInfo& info) {
  const auto start = Function(info[0], "start");
  const sys::RootAsUsual root;
  start.Call({});
  return info.Env().Undefined();
}

Napi::Value Confine(const Napi::CallbackInfo& info) { return Napi::Boolean::New(info.Env(), sys::confine()); }

}  // namespace

void InitRights(Napi::Env, Napi::Object exports) {
  Export(exports, "withLesserRights", WithLesserRights);
  Export(exports, "asUsualRoot", AsUsualRoot);
  Export(exports, "confine", Confine);
}

}  // namespace ka::addon
