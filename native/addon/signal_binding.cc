// SPDX-License-Identifier: MIT
// Signals that Node does not know by name, above all the real-time ones, as callbacks of the event loop. A listener does
// not keep the process alive.
#include <napi.h>
#include <uv.h>

#include <csignal>
#include <memory>

#include "addon/args.h"
#include "addon/bindings.h"
#include "sys/signal_wakeup.h"

namespace ka::addon {

namespace {

/// Deletes itself when libuv has let go of its handle.
class SignalListener {
 public:
  static SignalListener* Open(Napi::Env env, int signal, Napi::Function callback) {
    uv_loop_t* loop = nullptr;
    if (napi_get_uv_event_loop(env, &loop) != napi_ok) throw Napi::Error::New(env, "no event loop");
    const int fd = sys::begin_signal_wakeups(signal);
    auto listener = std::unique_ptr<SignalListener>(new SignalListener(env, signal, callback));
    if (const int error = uv_poll_init(loop, &listener->poll_, fd); error != 0) {
      sys::end_signal_wakeups(signal);
      throw Napi::Error::New(env, uv_strerror(error));
    }
    listener->poll_.data = listener.get();
    uv_poll_start(&listener->poll_, UV_READABLE, OnReadable);
    uv_unref(reinterpret_cast<uv_handle_t*>(&listener->poll_));
    napi_add_env_cleanup_hook(env, CloseAtExit, listener.get());
    return listener.release();
  }

  /// Once: the owner forgets it afterwards.
  void Close() {
    napi_remove_env_cleanup_hook(env_, CloseAtExit, this);
    Stop();
  }

 private:
  SignalListener(Napi::Env env, int signal, Napi::Function callback)
      : env_(env), signal_(signal), callback_(Napi::Persistent(callback)) {}

  static void CloseAtExit(void* data) { static_cast<SignalListener*>(data)->Stop(); }

  void Stop() {
    sys::end_signal_wakeups(signal_);
    uv_poll_stop(&poll_);
    callback_.Reset();
    uv_close(reinterpret_cast<uv_handle_t*>(&poll_),
             [](uv_handle_t* handle) { delete static_cast<SignalListener*>(handle->data); });
  }

  static void OnReadable(uv_poll_t* poll, int, int) {
    auto* listener = static_cast<SignalListener*>(poll->data);
    if (!sys::take_signal_wakeup(listener->signal_)) return;
    const Napi::Env env(listener->env_);
    const Napi::HandleScope scope(env);
    // The callback may close the listener: nothing of it is touched afterwards.
    Delivering(env, [&] {
      listener->callback_.Value().MakeCallback(env.Global(), std::initializer_list<napi_value>{});
    });
  }

  napi_env env_;
  int signal_;
  Napi::FunctionReference callback_;
  uv_poll_t poll_{};
};

Napi::Value ListenToSignal(const Napi::CallbackInfo& info) {
  const int signal = Integer(info[0], "signal", 1, SIGRTMAX);
  auto* opened = SignalListener::Open(info.Env(), signal, Function(info[1], "callback"));
  auto listener = std::make_shared<SignalListener*>(opened);
  auto object = Napi::Object::New(info.Env());
  Export(object, "close", [listener](const Napi::CallbackInfo& call) -> Napi::Value {
    if (*listener != nullptr) (*listener)->Close();
    *listener = nullptr;
    return call.Env().Undefined();
  });
  return object;
}

}  // namespace

void InitSignal(Napi::Env, Napi::Object exports) { Export(exports, "listenToSignal", ListenToSignal); }

}  // namespace ka::addon
