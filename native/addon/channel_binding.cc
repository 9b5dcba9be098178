// SPDX-License-Identifier: MIT
// Connections between the processes of the daemon.
#include <sys/socket.h>

#include <array>
#include <memory>
#include <optional>
#include <string_view>

#include "addon/args.h"
#include "addon/bindings.h"
#include "addon/loop_watch.h"
#include "sys/line_assembler.h"
#include "sys/stream_socket.h"

namespace ka::addon {

namespace {

using ChannelWatch = LoopWatch<sys::StreamSocket>;

/// A longer one is no message of anybody's: a configuration of 10,000 servers has 20 MB.
constexpr size_t kLongestLine = size_t{1} << 28;
/// On the stack, so that hearing takes no memory; V8 needs most of that.
constexpr size_t kPiece = 16384;
/// In one turn of the event loop: others have work too.
constexpr int kPieces = 64;

struct Channel {
  /// nullptr: closed, and nobody is to be told any more. Each callback may do that.
  ChannelWatch* watch = nullptr;
  Napi::FunctionReference on_line;
  Napi::FunctionReference on_taken;
  sys::LineAssembler lines{kLongestLine};
};

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

void TellLine(Napi::Env env, Channel& channel, std::optional<std::string_view> line) {
  Delivering(env, [&] {
    // A batch may have a million of them.
    const Napi::HandleScope scope(env);
    const Napi::Value told = line ? Napi::String::New(env, line->data(), line->size()) : env.Undefined();
    channel.on_line.Value().MakeCallback(env.Global(), {told});
  });
}

/// false: the other end is closed.
bool Hear(Napi::Env env, Channel& channel, sys::StreamSocket& socket) {
  std::array<char, kPiece> room;
  for (int i = 0; i < kPieces && channel.watch != nullptr; ++i) {
    const auto piece = socket.read(room);
    if (!piece) return false;
    channel.lines.feed(*piece, [&](std::optional<std::string_view> line) {
      TellLine(env, channel, line);
      return channel.watch != nullptr;
    });
    if (piece->size() < room.size()) return true;
  }
  return true;
}

void Ready(Napi::Env env, Channel& channel, sys::StreamSocket& socket) {
  if (socket.waiting() > 0) {
    socket.write();
    if (socket.waiting() == 0) {
      channel.watch->Await(UV_READABLE);
      Delivering(env, [&] { channel.on_taken.Value().MakeCallback(env.Global(), {}); });
    }
  }
  if (Hear(env, channel, socket) || channel.watch == nullptr) return;
  // The descriptor would stay readable for ever.
  channel.watch->Await(0);
  Delivering(env, [&] { channel.on_line.Value().MakeCallback(env.Global(), {env.Null()}); });
}

Napi::Value OpenChannel(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  const int fd = Integer(info[0], "fd", 0, INT32_MAX);
  auto channel = std::make_shared<Channel>();
  channel->on_line = Napi::Persistent(Function(info[1], "onLine"));
  channel->on_taken = Napi::Persistent(Function(info[2], "onTaken"));
  channel->watch = ChannelWatch::Open(env, std::make_unique<sys::StreamSocket>(fd),
                                      [channel](Napi::Env env, sys::StreamSocket& socket) { Ready(env, *channel, socket); });
  auto object = Napi::Object::New(env);
  Export(object, "send", [channel](const Napi::CallbackInfo& call) -> Napi::Value {
    const auto text = Text(call[0], "text");
    if (channel->watch != nullptr) {
      auto& socket = channel->watch->source();
      socket.send(text);
      if (socket.waiting() > 0) channel->watch->Await(EventsOf(socket));
    }
    return call.Env().Undefined();
  });
  Export(object, "waiting", [channel](const Napi::CallbackInfo& call) -> Napi::Value {
    const size_t bytes = channel->watch == nullptr ? 0 : channel->watch->source().waiting();
    return Napi::Number::New(call.Env(), static_cast<double>(bytes));
  });
  Export(object, "close", [channel](const Napi::CallbackInfo& call) -> Napi::Value {
    if (channel->watch != nullptr) channel->watch->Close();
    channel->watch = nullptr;
    // They hold who holds this object.
    channel->on_line.Reset();
    channel->on_taken.Reset();
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
