// SPDX-License-Identifier: MIT
// A readable (or writable) descriptor as a callback of the event loop; it does not keep the process alive.
#pragma once

#include <napi.h>
#include <uv.h>

#include <functional>
#include <memory>

#include "addon/errors.h"

namespace ka::addon {

/// Owns `Source`, which has descriptor(). Deletes itself when libuv has let go of its handle.
template <typename Source>
class LoopWatch {
 public:
  using OnReadable = std::function<void(Napi::Env, Source&)>;

  /// `events`: UV_READABLE, or UV_WRITABLE for a socket that is on its way. Errors of the descriptor count as ready.
  static LoopWatch* Open(Napi::Env env, std::unique_ptr<Source> source, OnReadable on_readable,
                         int events = UV_READABLE) {
    uv_loop_t* loop = nullptr;
    if (napi_get_uv_event_loop(env, &loop) != napi_ok) throw Napi::Error::New(env, "no event loop");
    auto watch =
        std::unique_ptr<LoopWatch>(new LoopWatch(env, std::move(source), std::move(on_readable)));
    if (const int error = uv_poll_init(loop, &watch->poll_, watch->source_->descriptor()); error != 0) {
      throw Napi::Error::New(env, uv_strerror(error));
    }
    watch->poll_.data = watch.get();
    uv_poll_start(&watch->poll_, events, Readable);
    uv_unref(reinterpret_cast<uv_handle_t*>(&watch->poll_));
    napi_add_env_cleanup_hook(env, CloseAtExit, watch.get());
    return watch.release();
  }

  Source& source() { return *source_; }

  /// Waits for these from now on, instead of those of Open().
  void Await(int events) { uv_poll_start(&poll_, events, Readable); }

  /// Once: the owner forgets it afterwards.
  void Close() {
    napi_remove_env_cleanup_hook(env_, CloseAtExit, this);
    Stop();
  }

 private:
  LoopWatch(Napi::Env env, std::unique_ptr<Source> source, OnReadable on_readable)
      : env_(env), source_(std::move(source)), on_readable_(std::move(on_readable)) {}

  static void CloseAtExit(void* data) { static_cast<LoopWatch*>(data)->Stop(); }

  void Stop() {
    uv_poll_stop(&poll_);
    uv_close(reinterpret_cast<uv_handle_t*>(&poll_),
             [](uv_handle_t* handle) { delete static_cast<LoopWatch*>(handle->data); });
  }

  static void Readable(uv_poll_t* poll, int, int) {
    auto* watch = static_cast<LoopWatch*>(poll->data);
    const Napi::Env env(watch->env_);
    const Napi::HandleScope scope(env);
    // A callback may close the watch: nothing of it is touched afterwards.
    Delivering(env, [&] { watch->on_readable_(env, *watch->source_); });
  }

  napi_env env_;
  std::unique_ptr<Source> source_;
  OnReadable on_readable_;
  uv_poll_t poll_{};
};

/// Hands `events` over; what is thrown there is an uncaught exception.
inline void Deliver(Napi::Env env, const std::shared_ptr<Napi::FunctionReference>& callback, Napi::Array events) {
  if (events.Length() == 0) return;
  Delivering(env, [&] { callback->Value().MakeCallback(env.Global(), {events}); });
}

/// A failed read as an uncaught exception: the descriptor is broken and would stay readable for ever.
template <typename Body>
void Reading(Napi::Env env, Body body) {
  Delivering(env, [&] {
    try {
      body();
    } catch (const sys::SystemError& error) {
      throw MakeSystemError(env, error);
    }
  });
}

/// close() for an object whose native half goes with it. Any number of times.
template <typename Watch>
void ExportClose(Napi::Object object, const std::shared_ptr<Watch*>& watch,
                 const std::shared_ptr<Napi::FunctionReference>& callback) {
  Export(object, "close", [watch, callback](const Napi::CallbackInfo& call) -> Napi::Value {
    if (*watch != nullptr) (*watch)->Close();
    *watch = nullptr;
    callback->Reset();
    return call.Env().Undefined();
  });
}

}  // namespace ka::addon
