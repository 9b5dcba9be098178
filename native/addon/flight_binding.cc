// SPDX-License-Identifier: MIT
#include "addon/flight_binding.h"

#include <algorithm>

#include "addon/args.h"
#include "addon/engine_args.h"

namespace ka::addon {

namespace {

constexpr const char* kKinds[] = {"accepted", "refused",   "sent",        "farewell",
                                  "expired",  "woke_late", "spoke_again", "lease_lost"};

double Number(int64_t value) { return static_cast<double>(value); }

}  // namespace

void Record(engine::Engine& engine, const Napi::CallbackInfo& info) {
  const uint32_t key = RouterKey(engine, info[0]);
  engine.record(key, Integer<uint32_t>(info[1], "slots", 0, engine::FlightRing::kMost));
}

Napi::Value Recorded(engine::Engine& engine, const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  const auto slots = engine.recorded(RouterKey(engine, info[0]));
  auto result = Napi::Array::New(env, slots.size());
  for (uint32_t i = 0; i < slots.size(); ++i) {
    const Napi::HandleScope scope(env);
    const engine::FlightSlot& slot = slots[i];
    auto object = Napi::Object::New(env);
    object.Set("number", Number(static_cast<int64_t>(slot.number)));
    object.Set("kind", kKinds[static_cast<size_t>(slot.kind)]);
    object.Set("at", Number(slot.at));
    object.Set("wall", Number(slot.wall_us));
    object.Set("first", Number(slot.first));
    object.Set("second", Number(slot.second));
    object.Set("source", AddressString(env, slot.source));
    object.Set("destination", AddressString(env, slot.destination));
    object.Set("hopLimit", slot.hop_limit);
    object.Set("reason", slot.reason == codec::Refusal::none ? "" : codec::refusal_name(slot.reason));
    object.Set("length", slot.length);
    object.Set("bytes", CopyBytes(env, std::span(slot.bytes).first(std::min<size_t>(slot.length, slot.kBytes))));
    result.Set(i, object);
  }
  return result;
}

Napi::Value ReadTestimony(engine::Engine& engine, const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  const uint32_t key = RouterKey(engine, info[0]);
  engine::Testimony known;
  engine.testimony(key, Microseconds(info[1], "at"), known);
  auto result = Napi::Object::New(env);
  result.Set("heardAt", Number(known.heard_at));
  result.Set("source", AddressString(env, known.source));
  result.Set("priority", known.priority);
  // The counter of the socket wraps; a difference does not.
  const uint32_t drops = engine.socket_drops(key);
  result.Set("drops", Number(drops - known.drops));
  result.Set("refused", Number(known.refused));
  result.Set("reason", known.reason == codec::Refusal::none ? "" : codec::refusal_name(known.reason));
  result.Set("refusedAt", Number(known.refused_at));
  result.Set("refusedSource", AddressString(env, known.refused_source));
  return result;
}

}  // namespace ka::addon
