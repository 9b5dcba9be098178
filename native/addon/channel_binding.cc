// Connections between the processes of the daemon.
#include <sys/socket.h>

#include "addon/args.h"
#include "addon/bindings.h"
#include "addon/loop_watch.h"
#include "sys/stream_socket.h"

namespace ka::addon {

namespace {

using ChannelWatch = LoopWatch<sys::StreamSocket>;

Napi::Value SocketPair(const Napi::CallbackInfo& info) {
  const auto type = Text(info[0], "type");
  if (type != "stream" && type != "datagram") throw MakeArgumentError(info.Env(), "type", "stream or datagram");
  auto [one, other] = sys::socket_pair(type == "stream" ? SOCK_STREAM : SOCK_DGRAM);
  auto ends = Napi::Array::New(info.Env());
  ends.Set(0u, Napi::Number::New(info.Env(), one.release()));
  ends.Set(1u, Napi::Number::New(info.Env(), other.release()));
  return ends;
}

int EventsOf(const sys::StreamSocket& socket) { return UV_READABLE | (socket.waiting() > 0 ? UV_WRITABLE : 0); }

Napi::Value OpenChannel(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  const int fd = Integer(info[0], "fd", 0, INT32_MAX);
  auto on_bytes = std::make_shared<Napi::FunctionReference>(Napi::Persistent(Function(info[1], "onBytes")));
  auto on_taken = std::make_shared<Napi::FunctionReference>(Napi::Persistent(Function(info[2], "onTaken")));
  auto watch = std::make_shared<ChannelWatch*>(nullptr);
  auto* opened = ChannelWatch::Open(
      env, std::make_unique<sys::StreamSocket>(fd), [watch, on_bytes, on_taken](Napi::Env env, sys::StreamSocket& socket) {
        const bool waited = socket.waiting() > 0;
        socket.write();
        std::string got;
        const bool open = socket.read([&](std::span<const uint8_t> piece) {
          got.append(reinterpret_cast<const char*>(piece.data()), piece.size());
        });
        const bool taken = waited && socket.waiting() == 0;
        // Before JavaScript runs, which may close it. At the end the descriptor would stay readable for ever.
        if (*watch != nullptr) (*watch)->Await(open ? EventsOf(socket) : 0);
        if (taken) Delivering(env, [&] { on_taken->Value().MakeCallback(env.Global(), {}); });
        // Each callback may close the channel, and then nobody is to be told any more.
        if (!got.empty() && *watch != nullptr) {
          const auto bytes = Napi::Buffer<char>::Copy(env, got.data(), got.size());
          Delivering(env, [&] { on_bytes->Value().MakeCallback(env.Global(), {bytes}); });
        }
        if (!open && *watch != nullptr) Delivering(env, [&] { on_bytes->Value().MakeCallback(env.Global(), {env.Null()}); });
      });
  *watch = opened;
  auto object = Napi::Object::New(env);
  Export(object, "send", [watch](const Napi::CallbackInfo& call) -> Napi::Value {
    const auto text = Text(call[0], "text");
    if (*watch != nullptr) {
      auto& socket = (*watch)->source();
      socket.send(text);
      if (socket.waiting() > 0) (*watch)->Await(EventsOf(socket));
    }
    return call.Env().Undefined();
  });
  Export(object, "waiting", [watch](const Napi::CallbackInfo& call) -> Napi::Value {
    const size_t bytes = *watch == nullptr ? 0 : (*watch)->source().waiting();
    return Napi::Number::New(call.Env(), static_cast<double>(bytes));
  });
  Export(object, "close", [watch, on_bytes, on_taken](const Napi::CallbackInfo& call) -> Napi::Value {
    if (*watch != nullptr) (*watch)->Close();
    *watch = nullptr;
    return call.Env().Undefined();
  });
  return object;
}

}  // namespace

void InitChannel(Napi::Env, Napi::Object exports) {
  Export(exports, "socketPair", SocketPair);
  Export(exports, "openChannel", OpenChannel);
}

}  // namespace ka::addon
