// SPDX-License-Identifier: MIT
// PacketTap: a plain object whose methods share one tap. The thread-safe function keeps the event loop alive
// until close(), as an open socket of Node would.
#include <napi.h>

#include <memory>

#include "addon/args.h"
#include "addon/bindings.h"
#include "tap/tap.h"

namespace ka::addon {

namespace {

class TapHandle;
void DeliverFrames(Napi::Env env, Napi::Function on_frames, TapHandle* handle, void*);
using Delivery = Napi::TypedThreadSafeFunction<TapHandle, void, DeliverFrames>;

/// Owner of one tap on the JavaScript thread. Destroyed when the last method is collected and the delivery
/// finalised; by then close() has run: the delivery holds the loop, and with it the object, until then.
class TapHandle {
 public:
  static std::shared_ptr<TapHandle> Open(Napi::Env env, const tap::Options& options,
                                         Napi::Function on_frames) {
    auto handle = std::make_shared<TapHandle>();
    auto* keep = new std::shared_ptr<TapHandle>(handle);
    handle->delivery_ = Delivery::New(env, on_frames, "PacketTap", 0, 1, handle.get(),
                                      [keep](Napi::Env, void*, TapHandle*) { delete keep; });
    try {
      handle->tap_ =
          std::make_unique<tap::Tap>(options, [raw = handle.get()] { raw->delivery_.NonBlockingCall(); });
    } catch (...) {
      handle->delivery_.Release();
      throw;
    }
    handle->open_ = true;
    // After Delivery::New, so that it runs before the delivery's own teardown: hooks run last in, first out.
    handle->env_ = env;
    napi_add_env_cleanup_hook(env, CloseAtExit, handle.get());
    return handle;
  }

  tap::Tap& tap() { return *tap_; }
  bool open() const { return open_; }

  void Close() {
    if (!open_) return;
    open_ = false;
    napi_remove_env_cleanup_hook(env_, CloseAtExit, this);
    Stop();
  }

 private:
  static void CloseAtExit(void* data) {
    auto* handle = static_cast<TapHandle*>(data);
    handle->open_ = false;
    handle->Stop();
  }

  void Stop() {
    // First the thread that calls the delivery, then the delivery.
    tap_->close();
    delivery_.Release();
  }

  napi_env env_ = nullptr;
  Delivery delivery_;
  std::unique_ptr<tap::Tap> tap_;
  bool open_ = false;
};

void DeliverFrames(Napi::Env env, Napi::Function on_frames, TapHandle* handle, void*) {
  // A wake-up may still be queued when close() returns; nobody expects frames then.
  if (env == nullptr || !handle->open()) return;
  Delivering(env, [&] {
    const auto frames = handle->tap().take();
    if (frames.empty()) return;
    auto batch = Napi::Array::New(env, frames.size());
    for (size_t i = 0; i < frames.size(); ++i) {
      const Napi::HandleScope scope(env);
      auto frame = Napi::Object::New(env);
      frame.Set("at", static_cast<double>(frames[i].at_ns) / 1000);
      frame.Set("outgoing", frames[i].outgoing);
      frame.Set("bytes", CopyBytes(env, frames[i].bytes));
      batch.Set(static_cast<uint32_t>(i), frame);
    }
    on_frames.Call({batch});
  });
}

Napi::Value OpenTap(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  const auto given = Object(info[0], "options");
  const tap::Options options{
      .netns = Text(given.Get("netns"), "options.netns"),
      .ifname = Text(given.Get("ifname"), "options.ifname"),
      .snaplen = Integer<uint32_t>(given.Get("snaplen"), "options.snaplen", 64, 65536),
      .promiscuous = Boolean(given.Get("promiscuous"), "options.promiscuous"),
  };
  const auto handle = TapHandle::Open(env, options, Function(info[1], "onFrames"));

  auto object = Napi::Object::New(env);
  Export(object, "send", [handle](const Napi::CallbackInfo& call) {
    handle->tap().send(Bytes(call[0], "frame"));
    return call.Env().Undefined();
  });
  Export(object, "drops", [handle](const Napi::CallbackInfo& call) {
    return Napi::Number::New(call.Env(), static_cast<double>(handle->tap().drops()));
  });
  Export(object, "close", [handle](const Napi::CallbackInfo& call) {
    handle->Close();
    return call.Env().Undefined();
  });
  return object;
}

}  // namespace

void InitTap(Napi::Env, Napi::Object exports) { Export(exports, "openTap", OpenTap); }

}  // namespace ka::addon
