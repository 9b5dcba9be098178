// SPDX-License-Identifier: MIT
// BfdEngine for JavaScript: events on the event loop, calls under the engine's lock.
#include <array>

#include "addon/args.h"
#include "addon/bindings.h"
#include "addon/loop_watch.h"
#include "engine/bfd_engine.h"

namespace ka::addon {

namespace {

using BfdWatch = LoopWatch<engine::BfdEngine>;

codec::BfdPacket ReadPacket(Napi::Value value) {
  const auto given = Object(value, "packet");
  const auto number = [&](const char* name, uint32_t most) {
    return Integer<uint32_t>(given.Get(name), std::string("packet.") + name, 0, most);
  };
  codec::BfdPacket packet;
  packet.diagnostic = static_cast<uint8_t>(number("diagnostic", 31));
  packet.state = static_cast<uint8_t>(number("state", 3));
  packet.poll = Boolean(given.Get("poll"), "packet.poll");
  packet.final = Boolean(given.Get("final"), "packet.final");
  packet.multiplier = static_cast<uint8_t>(number("multiplier", 255));
  packet.my_discriminator = number("myDiscriminator", UINT32_MAX);
  packet.your_discriminator = number("yourDiscriminator", UINT32_MAX);
  packet.desired_min_tx = number("desiredMinTx", UINT32_MAX);
  packet.required_min_rx = number("requiredMinRx", UINT32_MAX);
  return packet;
}

Napi::Object PacketObject(Napi::Env env, const codec::BfdPacket& packet) {
  auto object = Napi::Object::New(env);
  object.Set("diagnostic", packet.diagnostic);
  object.Set("state", packet.state);
  object.Set("poll", packet.poll);
  object.Set("final", packet.final);
  object.Set("demand", packet.demand);
  object.Set("multiplier", packet.multiplier);
  object.Set("myDiscriminator", packet.my_discriminator);
  object.Set("yourDiscriminator", packet.your_discriminator);
  object.Set("desiredMinTx", packet.desired_min_tx);
  object.Set("requiredMinRx", packet.required_min_rx);
  return object;
}

constexpr std::array<const char*, engine::kBfdRefusals> kRefusals = {"malformed", "unknown", "ttl", "authenticated"};

Napi::Object EventObject(Napi::Env env, const engine::BfdEvent& event) {
  static constexpr const char* kKinds[] = {"packet", "expired", "send_failed", "refused"};
  using Kind = engine::BfdEvent::Kind;
  auto object = Napi::Object::New(env);
  object.Set("kind", kKinds[static_cast<size_t>(event.kind)]);
  object.Set("at", static_cast<double>(event.at));
  if (event.kind != Kind::refused) object.Set("key", event.key);
  if (event.kind == Kind::packet) object.Set("packet", PacketObject(env, event.packet));
  if (event.kind == Kind::expired) object.Set("late", static_cast<double>(event.late));
  if (event.kind == Kind::send_failed) object.Set("errno", event.error);
  if (event.kind == Kind::refused) {
    object.Set("reason", kRefusals[static_cast<size_t>(event.refusal)]);
    object.Set("source", AddressString(env, event.source));
  }
  return object;
}

engine::BfdSpec ReadSpec(Napi::Value value) {
  const auto given = Object(value, "spec");
  engine::BfdSpec spec;
  spec.neighbour = Address(given.Get("neighbour"), "spec.neighbour");
  if (!given.Get("source").IsNull()) spec.source = Address(given.Get("source"), "spec.source");
  if (!spec.source.empty() && spec.source.family != spec.neighbour.family) {
    throw MakeArgumentError(value.Env(), "spec.source", "of the family of the neighbour");
  }
  spec.ttl = Integer<uint8_t>(given.Get("ttl"), "spec.ttl", 1, 255);
  spec.max_hops = Integer<uint8_t>(given.Get("maxHops"), "spec.maxHops", 0, 255);
  spec.multihop = Boolean(given.Get("multihop"), "spec.multihop");
  return spec;
}

uint32_t Key(Napi::Value value) { return Integer<uint32_t>(value, "key", 0, UINT32_MAX); }

/// Adds a method; after close() it does nothing.
template <typename Method>
void Add(Napi::Object object, const std::shared_ptr<BfdWatch*>& watch, const char* name, Method method) {
  Export(object, name, [watch, method](const Napi::CallbackInfo& info) -> Napi::Value {
    if (*watch != nullptr) method((*watch)->source(), info);
    return info.Env().Undefined();
  });
}

Napi::Value CreateBfdEngine(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  const int priority = Integer<int>(info[0], "realtimePriority", 0, 99);
  auto callback =
      std::make_shared<Napi::FunctionReference>(Napi::Persistent(Function(info[1], "onEvents")));
  const Napi::Value loss_fd = info[2];
  auto source = std::make_unique<engine::BfdEngine>(
      priority, loss_fd.IsUndefined() ? -1 : Integer<int>(loss_fd, "lossFd", -1, INT32_MAX));
  const std::string realtime_error = source->realtime_error();
  auto* opened = BfdWatch::Open(env, std::move(source), [callback](Napi::Env env, engine::BfdEngine& engine) {
    auto events = Napi::Array::New(env);
    engine.read([&](const engine::BfdEvent& event) { events.Set(events.Length(), EventObject(env, event)); });
    Deliver(env, callback, events);
  });
  auto watch = std::make_shared<BfdWatch*>(opened);
  auto object = Napi::Object::New(env);
  object.Set("realtimeError", realtime_error);
  Add(object, watch, "add", [](engine::BfdEngine& engine, const Napi::CallbackInfo& call) {
    const uint32_t key = Key(call[0]);
    engine.add(key, ReadSpec(call[1]));
  });
  Add(object, watch, "remove",
      [](engine::BfdEngine& engine, const Napi::CallbackInfo& call) { engine.remove(Key(call[0])); });
  Add(object, watch, "identify", [](engine::BfdEngine& engine, const Napi::CallbackInfo& call) {
    engine.identify(Key(call[0]), Integer<uint32_t>(call[1], "discriminator", 0, UINT32_MAX));
  });
  Add(object, watch, "transmit", [](engine::BfdEngine& engine, const Napi::CallbackInfo& call) {
    const auto packet = ReadPacket(call[1]);
    engine.transmit(Key(call[0]), packet, Microseconds(call[2], "every"), Boolean(call[3], "now"));
  });
  Add(object, watch, "send", [](engine::BfdEngine& engine, const Napi::CallbackInfo& call) {
    engine.send(Key(call[0]), ReadPacket(call[1]));
  });
  Add(object, watch, "watch", [](engine::BfdEngine& engine, const Napi::CallbackInfo& call) {
    engine.watch(Key(call[0]), Microseconds(call[1], "detection"), Boolean(call[2], "steady"));
  });
  Add(object, watch, "alarm", [](engine::BfdEngine& engine, const Napi::CallbackInfo& call) {
    engine.alarm(Key(call[0]), Text(call[1], "name"));
  });
  Export(object, "refused", [watch](const Napi::CallbackInfo& call) -> Napi::Value {
    auto counts = Napi::Object::New(call.Env());
    std::array<uint64_t, engine::kBfdRefusals> refused{};
    if (*watch != nullptr) refused = (*watch)->source().refused();
    for (size_t i = 0; i < refused.size(); ++i) counts.Set(kRefusals[i], static_cast<double>(refused[i]));
    return counts;
  });
  ExportClose(object, watch, callback);
  return object;
}

}  // namespace

void InitBfd(Napi::Env, Napi::Object exports) { Export(exports, "createBfdEngine", CreateBfdEngine); }

}  // namespace ka::addon
