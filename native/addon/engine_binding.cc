// SPDX-License-Identifier: MIT
// PacketEngine: a plain object whose methods share one engine. Arguments are checked here, all of them before
// anything is done. The thread-safe function keeps the event loop alive until close().
#include <napi.h>

#include <memory>

#include "addon/args.h"
#include "addon/bindings.h"
#include "addon/codec_args.h"
#include "addon/engine_args.h"
#include "addon/engine_events.h"
#include "addon/flight_binding.h"
#include "addon/netlink_binding.h"
#include "addon/standing_binding.h"
#include "engine/engine.h"

namespace ka::addon {

namespace {

class EngineHandle;
void DeliverEvents(Napi::Env env, Napi::Function on_events, EngineHandle* handle, void*);
using Delivery = Napi::TypedThreadSafeFunction<EngineHandle, void, DeliverEvents>;

/// Owner of one engine on the JavaScript thread; destroyed when the delivery is finalised and the methods
/// collected.
class EngineHandle {
 public:
  static std::shared_ptr<EngineHandle> Open(Napi::Env env, const engine::EngineOptions& options,
                                            Napi::Function on_events) {
    auto handle = std::make_shared<EngineHandle>();
    auto* keep = new std::shared_ptr<EngineHandle>(handle);
    handle->delivery_ = Delivery::New(env, on_events, "PacketEngine", 0, 1, handle.get(),
                                      [keep](Napi::Env, void*, EngineHandle*) { delete keep; });
    try {
      handle->engine_ = std::make_unique<engine::Engine>(
          options, [](void* self) { static_cast<EngineHandle*>(self)->delivery_.NonBlockingCall(); },
          handle.get());
    } catch (...) {
      handle->delivery_.Release();
      throw;
    }
    handle->env_ = env;
    // After Delivery::New, so that it runs before the delivery's own teardown: hooks run last in, first out.
    napi_add_env_cleanup_hook(env, CloseAtExit, handle.get());
    return handle;
  }

  bool open() const { return engine_ != nullptr && !engine_->closed(); }

  /// Throws Error{code: 'ERR_ENGINE_CLOSED'} after close().
  engine::Engine& engine(Napi::Env env) {
    if (!open()) {
      Napi::Error error = Napi::Error::New(env, "The packet engine is closed");
      error.Set("code", Napi::String::New(env, "ERR_ENGINE_CLOSED"));
      throw error;
    }
    return *engine_;
  }

  void Close() {
    if (!open()) return;
    napi_remove_env_cleanup_hook(env_, CloseAtExit, this);
    Stop();
  }

 private:
  static void CloseAtExit(void* data) { static_cast<EngineHandle*>(data)->Stop(); }

  void Stop() {
    if (!open()) return;
    // First the threads that call the delivery, then the delivery.
    engine_->close();
    delivery_.Release();
  }

  napi_env env_ = nullptr;
  Delivery delivery_;
  std::unique_ptr<engine::Engine> engine_;
};

void DeliverEvents(Napi::Env env, Napi::Function on_events, EngineHandle* handle, void*) {
  // A wake-up may still be queued when close() returns; nobody expects events then.
  if (env == nullptr || !handle->open()) return;
  Delivering(env, [&] {
    Napi::Array batch;
    handle->engine(env).read_events(
        [&](std::span<const engine::Event> events) { batch = EventArray(env, events); });
    // The buffer is back with the engine already: JavaScript may take its time, throw, or close the engine.
    if (!batch.IsEmpty()) on_events.Call({batch});
  });
}

Napi::Value OpenEndpoint(engine::Engine& engine, const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), engine.open_endpoint(ReadEndpointSpec(info[0])));
}

void CloseEndpoint(engine::Engine& engine, const Napi::CallbackInfo& info) {
  engine.close_endpoint(Integer<uint32_t>(info[0], "id", 0, UINT32_MAX));
}

void SetReceiveBuffer(engine::Engine& engine, const Napi::CallbackInfo& info) {
  const auto id = Integer<uint32_t>(info[0], "id", 0, UINT32_MAX);
  engine.set_receive_buffer(id, Integer<int32_t>(info[1], "bytes", 1, INT32_MAX));
}

void Rejoin(engine::Engine& engine, const Napi::CallbackInfo& info) {
  engine.rejoin(Integer<uint32_t>(info[0], "id", 0, UINT32_MAX));
}

void AddRouter(engine::Engine& engine, const Napi::CallbackInfo& info) {
  const uint32_t key = ReadKey(info[0], "key");
  if (engine.has_router(key)) throw MakeArgumentError(info.Env(), "key", "free: a router has it");
  const auto endpoint = Integer<uint32_t>(info[1], "endpoint", 0, UINT32_MAX);
  if (engine.endpoint(endpoint) == nullptr)
    throw MakeArgumentError(info.Env(), "endpoint", "an open endpoint");
  const auto vrid = Integer<uint8_t>(info[2], "vrid", 1, 255);
  auto expectation = std::make_unique<codec::Expectation>(ReadExpectation(info[3], "expectation"));
  engine.add_router(key, endpoint, vrid, std::move(expectation));
}

void RemoveRouter(engine::Engine& engine, const Napi::CallbackInfo& info) {
  engine.remove_router(ReadKey(info[0], "key"));
}

void SetExpectation(engine::Engine& engine, const Napi::CallbackInfo& info) {
  const uint32_t key = RouterKey(engine, info[0]);
  engine.set_expectation(key, std::make_unique<codec::Expectation>(ReadExpectation(info[1], "expectation")));
}

void SetAhSequence(engine::Engine& engine, const Napi::CallbackInfo& info) {
  engine.set_ah_sequence(RouterKey(engine, info[0]), Integer<uint32_t>(info[1], "last", 0, UINT32_MAX));
}

void Listen(engine::Engine& engine, const Napi::CallbackInfo& info) {
  engine.listen(RouterKey(engine, info[0]), Boolean(info[1], "on"));
}

void Arm(engine::Engine& engine, const Napi::CallbackInfo& info) {
  engine.arm(RouterKey(engine, info[0]), Microseconds(info[1], "due"), Microseconds(info[2], "generation"));
}

void Disarm(engine::Engine& engine, const Napi::CallbackInfo& info) {
  engine.disarm(RouterKey(engine, info[0]));
}

void Advertise(engine::Engine& engine, const Napi::CallbackInfo& info) {
  const uint32_t key = RouterKey(engine, info[0]);
  const auto every = Microseconds(info[2], "every", kLeastPeriod);
  const auto first_at = Microseconds(info[3], "firstAt", engine::Advertiser::kKeepSchedule);
  engine.advertise(key, ReadAdvertContent(info[1], "frame", engine.route_of(key)), every, first_at);
}

void Quiet(engine::Engine& engine, const Napi::CallbackInfo& info) {
  const uint32_t key = RouterKey(engine, info[0]);
  engine.quiet(key, Integer<uint32_t>(info[1], "farewells", 0, kMostFarewells));
}

void Announce(engine::Engine& engine, const Napi::CallbackInfo& info) {
  const uint32_t key = RouterKey(engine, info[0]);
  auto plan = ReadAnnouncePlan(info[1], "plan");
  plan->key = key;
  engine.announce(std::move(plan));
}

void CancelAnnouncements(engine::Engine& engine, const Napi::CallbackInfo& info) {
  engine.cancel_announcements(ReadKey(info[0], "key"));
}

void SetLeaseOrder(engine::Engine& engine, const Napi::CallbackInfo& info) {
  const uint32_t key = RouterKey(engine, info[0]);
  engine.set_resignation(key, ReadResignation(info[1], "order"));
}

void RenewLease(engine::Engine& engine, const Napi::CallbackInfo& info) {
  engine.renew_lease(Microseconds(info[0], "until"));
}

void ClearRefusals(engine::Engine& engine, const Napi::CallbackInfo& info) {
  engine.clear_refusals(RouterKey(engine, info[0]));
}

double Figure(const std::atomic<uint64_t>& counter) {
  return static_cast<double>(counter.load(std::memory_order_relaxed));
}

Napi::Value ReadCounters(engine::Engine& engine, const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  const auto& counters = engine.counters(RouterKey(engine, info[0]));
  auto refused = Napi::Object::New(env);
  for (size_t i = 1; i < codec::kRefusalCount; ++i) {
    refused.Set(codec::refusal_name(static_cast<codec::Refusal>(i)), Figure(counters.refused[i]));
  }
  auto result = Napi::Object::New(env);
  result.Set("advertReceived", Figure(counters.advert_received));
  result.Set("advertSent", Figure(counters.advert_sent));
  result.Set("priorityZeroReceived", Figure(counters.priority_zero_received));
  result.Set("priorityZeroSent", Figure(counters.priority_zero_sent));
  result.Set("refused", refused);
  return result;
}

void ClearCounters(engine::Engine& engine, const Napi::CallbackInfo& info) {
  auto& counters = engine.counters(RouterKey(engine, info[0]));
  for (auto* counter : {&counters.advert_received, &counters.advert_sent, &counters.priority_zero_received,
                        &counters.priority_zero_sent}) {
    counter->store(0, std::memory_order_relaxed);
  }
  for (auto& counter : counters.refused) counter.store(0, std::memory_order_relaxed);
}

Napi::Value ReadStats(engine::Engine& engine, const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  const engine::Core& core = engine.core();
  const auto& lateness = core.advertiser().lateness();
  auto buckets = Napi::Array::New(env, lateness.size());
  for (uint32_t i = 0; i < lateness.size(); ++i) buckets.Set(i, Figure(lateness[i]));
  auto result = Napi::Object::New(env);
  result.Set("realtimeError", engine.realtime_error());
  result.Set("lockError", engine.lock_error());
  result.Set("lateness", buckets);
  result.Set("eventsDropped", static_cast<double>(engine.events_dropped()));
  result.Set("unknownVrid", Figure(core.unknown_vrid));
  result.Set("tooShort", Figure(core.too_short));
  result.Set("announcementsSent", static_cast<double>(core.announcer().sent()));
  result.Set("heartbeat", static_cast<double>(core.heartbeat.load(std::memory_order_relaxed)));
  return result;
}

void SubmitNetlink(engine::Engine& engine, const Napi::CallbackInfo& info) {
  const auto ticket = Integer<uint32_t>(info[0], "ticket", 1, UINT32_MAX);
  auto submission = ReadSubmission(info[1], "messages");
  submission->ticket = ticket;
  engine.submit(std::move(submission));
}

void RenewAddresses(engine::Engine& engine, const Napi::CallbackInfo& info) {
  const auto given = Array(info[0], "parts");
  if (given.Length() == 0) return engine.renew_addresses(nullptr);
  auto renewal = std::make_unique<netlink::Renewal>();
  for (uint32_t i = 0; i < given.Length(); ++i) {
    const std::string name = "parts[" + std::to_string(i) + "]";
    const auto entry = Object(given.Get(i), name);
    netlink::Renewal::Part part;
    part.wanted = engine.renewed(ReadKey(entry.Get("key"), name + ".key"));
    part.requests = ReadSubmission(entry.Get("messages"), name + ".messages");
    renewal->parts.push_back(std::move(part));
  }
  renewal->every = Microseconds(info[1], "every", kLeastPeriod);
  engine.renew_addresses(std::move(renewal));
}

void SetRenewed(engine::Engine& engine, const Napi::CallbackInfo& info) {
  engine.renewed(ReadKey(info[0], "key"))->store(Boolean(info[1], "on"));
}

/// Adds a method that answers something, or nothing.
template <typename Method>
void Add(Napi::Object object, const std::shared_ptr<EngineHandle>& handle, const char* name, Method method) {
  Export(object, name, [handle, method](const Napi::CallbackInfo& info) -> Napi::Value {
    engine::Engine& engine = handle->engine(info.Env());
    if constexpr (std::is_void_v<decltype(method(engine, info))>) {
      method(engine, info);
      return info.Env().Undefined();
    } else {
      return method(engine, info);
    }
  });
}

/// What is absent leaves the engine's own.
void ReadBuffer(Napi::Object options, const char* name, netlink::ReceiveBuffer& buffer) {
  if (!options.Has(name)) return;
  const std::string full = std::string("options.") + name;
  const auto given = Object(options.Get(name), full);
  buffer.bytes = Integer<int>(given.Get("bytes"), full + ".bytes", 1, INT32_MAX);
  buffer.force = Boolean(given.Get("force"), full + ".force");
}

Napi::Value CreateEngine(const Napi::CallbackInfo& info) {
  const auto given = Object(info[0], "options");
  engine::EngineOptions options;
  options.realtime_priority = Integer<int>(given.Get("realtimePriority"), "options.realtimePriority", 0, 99);
  options.lock_memory = Boolean(given.Get("lockMemory"), "options.lockMemory");
  options.lease_fd = Integer<int>(given.Get("leaseFd"), "options.leaseFd", -1, INT32_MAX);
  ReadBuffer(given, "commandBuffer", options.buffers.command);
  ReadBuffer(given, "monitorBuffer", options.buffers.monitor);
  const Napi::Value guard_fd = given.Get("guardFd");
  if (!guard_fd.IsUndefined()) options.guard_fd = Integer<int>(guard_fd, "options.guardFd", -1, INT32_MAX);
  const Napi::Value session_fd = given.Get("sessionFd");
  if (!session_fd.IsUndefined()) options.session_fd = Integer<int>(session_fd, "options.sessionFd", -1, INT32_MAX);
  const auto handle = EngineHandle::Open(info.Env(), options, Function(info[1], "onEvents"));

  auto object = Napi::Object::New(info.Env());
  Add(object, handle, "openEndpoint", OpenEndpoint);
  Add(object, handle, "closeEndpoint", CloseEndpoint);
  Add(object, handle, "setReceiveBuffer", SetReceiveBuffer);
  Add(object, handle, "rejoin", Rejoin);
  Add(object, handle, "addRouter", AddRouter);
  Add(object, handle, "removeRouter", RemoveRouter);
  Add(object, handle, "setExpectation", SetExpectation);
  Add(object, handle, "setAhSequence", SetAhSequence);
  Add(object, handle, "listen", Listen);
  Add(object, handle, "arm", Arm);
  Add(object, handle, "disarm", Disarm);
  Add(object, handle, "advertise", Advertise);
  Add(object, handle, "quiet", Quiet);
  Add(object, handle, "announce", Announce);
  Add(object, handle, "cancelAnnouncements", CancelAnnouncements);
  Add(object, handle, "setLeaseOrder", SetLeaseOrder);
  Add(object, handle, "giveOrders", GiveOrders);
  Add(object, handle, "confirmOrders", ConfirmOrders);
  Add(object, handle, "withholdOrders", WithholdOrders);
  Add(object, handle, "renewLease", RenewLease);
  Add(object, handle, "clearRefusals", ClearRefusals);
  Add(object, handle, "counters", ReadCounters);
  Add(object, handle, "clearCounters", ClearCounters);
  Add(object, handle, "stats", ReadStats);
  Add(object, handle, "record", Record);
  Add(object, handle, "recorded", Recorded);
  Add(object, handle, "testimony", ReadTestimony);
  Add(object, handle, "submitNetlink", SubmitNetlink);
  Add(object, handle, "renewAddresses", RenewAddresses);
  Add(object, handle, "setRenewed", SetRenewed);
  Export(object, "close", [handle](const Napi::CallbackInfo& call) {
    handle->Close();
    return call.Env().Undefined();
  });
  return object;
}

}  // namespace

void InitEngine(Napi::Env, Napi::Object exports) { Export(exports, "createEngine", CreateEngine); }

}  // namespace ka::addon
