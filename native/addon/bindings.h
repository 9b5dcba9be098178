// SPDX-License-Identifier: MIT
// What each part of the addon contributes to its exports; module.cc calls them all.
#pragma once

#include <napi.h>

namespace ka::addon {

void InitCodec(Napi::Env env, Napi::Object exports);
void InitSystem(Napi::Env env, Napi::Object exports);
void InitProcess(Napi::Env env, Napi::Object exports);
void InitRights(Napi::Env env, Napi::Object exports);
void InitChannel(Napi::Env env, Napi::Object exports);
void InitSignal(Napi::Env env, Napi::Object exports);
void InitBfd(Napi::Env env, Napi::Object exports);
void InitClaims(Napi::Env env, Napi::Object exports);
void InitSenders(Napi::Env env, Napi::Object exports);
void InitWatch(Napi::Env env, Napi::Object exports);
void InitTap(Napi::Env env, Napi::Object exports);
void InitEngine(Napi::Env env, Napi::Object exports);
void InitGuard(Napi::Env env, Napi::Object exports);
void InitNetlink(Napi::Env env, Napi::Object exports);
void InitLink(Napi::Env env, Napi::Object exports);
void InitIpvs(Napi::Env env, Napi::Object exports);
void InitPolicy(Napi::Env env, Napi::Object exports);
void InitProbe(Napi::Env env, Napi::Object exports);

}  // namespace ka::addon
