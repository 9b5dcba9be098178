// SPDX-License-Identifier: MIT
// Sockets of health checks, and changes of the addresses of this machine.
#include <array>
#include <vector>

#include "addon/args.h"
#include "addon/bindings.h"
#include "addon/loop_watch.h"
#include "netlink/address_changes.h"
#include "probe/probe_socket.h"

namespace ka::addon {

namespace {

using ProbeWatch = LoopWatch<probe::ProbeSocket>;
using Callback = std::shared_ptr<Napi::FunctionReference>;

// An interface name has 15 bytes and its end.
constexpr size_t kMostNameBytes = 15;

probe::Target ReadTarget(Napi::Value value) {
  const auto spec = Object(value, "target");
  probe::Target target;
  target.address = Address(spec.Get("address"), "target.address");
  target.port = Integer<uint16_t>(spec.Get("port"), "target.port", 0, UINT16_MAX);
  const auto from = spec.Get("bindAddress");
  if (!from.IsString() || !from.As<Napi::String>().Utf8Value().empty()) {
    target.bind_address = Address(from, "target.bindAddress");
    if (target.bind_address.family != target.address.family) {
      throw MakeArgumentError(value.Env(), "target.bindAddress", "of the family of target.address");
    }
  }
  target.bind_port = Integer<uint16_t>(spec.Get("bindPort"), "target.bindPort", 0, UINT16_MAX);
  target.bind_interface = Text(spec.Get("bindInterface"), "target.bindInterface");
  if (target.bind_interface.size() > kMostNameBytes) {
    throw MakeArgumentError(value.Env(), "target.bindInterface", "at most 15 bytes long");
  }
  target.mark = Integer<uint32_t>(spec.Get("mark"), "target.mark", 0, UINT32_MAX);
  return target;
}

/// An open watch, or none. Whoever ends it first does so for all: the callback, close() and the end of the process.
struct Handle {
  ProbeWatch* watch = nullptr;
  Callback callback;

  void Close() {
    if (watch != nullptr) watch->Close();
    watch = nullptr;
    callback->Reset();
  }
};

template <typename... Arguments>
void Call(Napi::Env env, const Callback& callback, Arguments... arguments) {
  const std::initializer_list<napi_value> values{arguments...};
  Delivering(env, [&] { callback->Value().MakeCallback(env.Global(), values); });
}

Napi::Value ConnectProbe(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  const auto target = ReadTarget(info[0]);
  const bool keep = Boolean(info[1], "keep");
  auto handle = std::make_shared<Handle>();
  handle->callback = std::make_shared<Napi::FunctionReference>(Napi::Persistent(Function(info[2], "onConnected")));
  auto socket = std::make_unique<probe::ProbeSocket>(probe::Kind::stream, target);
  const auto ready = [handle, keep](Napi::Env env, probe::ProbeSocket& connected) {
    const int error = connected.error();
    const int fd = error == 0 && keep ? connected.release() : -1;
    const auto callback = std::make_shared<Napi::FunctionReference>(std::move(*handle->callback));
    handle->Close();
    Call(env, callback, Napi::Number::New(env, error), Napi::Number::New(env, fd));
  };
  handle->watch = ProbeWatch::Open(env, std::move(socket), ready, UV_WRITABLE);
  auto object = Napi::Object::New(env);
  Export(object, "close", [handle](const Napi::CallbackInfo& call) -> Napi::Value {
    handle->Close();
    return call.Env().Undefined();
  });
  return object;
}

/// What is read in one turn of the event loop: a flood leaves time for others.
constexpr size_t kMostRead = 128 * 1024;

/// A connection with what waits to be written.
struct Stream : Handle {
  std::vector<uint8_t> waiting;
  bool connected = false;
  bool waits_to_write = false;

  /// errno, 0 when everything is out or waits.
  int Flush() {
    while (!waiting.empty()) {
      const auto sent = watch->source().write(waiting);
      if (sent == -EAGAIN) break;
      if (sent < 0) return static_cast<int>(-sent);
      waiting.erase(waiting.begin(), waiting.begin() + sent);
    }
    if (waits_to_write == waiting.empty()) {
      waits_to_write = !waiting.empty();
      watch->Await(waits_to_write ? UV_READABLE | UV_WRITABLE : UV_READABLE);
    }
    return 0;
  }

  /// Says it for the last time.
  void Last(Napi::Env env, const char* what, int error) {
    const auto callback = std::make_shared<Napi::FunctionReference>(std::move(*this->callback));
    Close();
    Call(env, callback, Napi::String::New(env, what), Napi::Number::New(env, error), env.Null());
  }

  void Ready(Napi::Env env) {
    auto& socket = watch->source();
    if (!connected) {
      if (const int error = socket.error(); error != 0) return Last(env, "refused", error);
      connected = true;
      watch->Await(UV_READABLE);
      Call(env, callback, Napi::String::New(env, "open"), Napi::Number::New(env, 0), env.Null());
      return;
    }
    if (const int error = Flush(); error != 0) return Last(env, "broken", error);
    static thread_local std::array<uint8_t, kMostRead> buffer;
    size_t size = 0;
    int error = 0;
    const auto state = socket.read(buffer, size, error);
    if (size > 0) {
      Call(env, callback, Napi::String::New(env, "data"), Napi::Number::New(env, 0), CopyBytes(env, {buffer.data(), size}));
      if (watch == nullptr) return;
    }
    if (state == probe::ProbeSocket::Stream::ended) Last(env, "end", 0);
    else if (state == probe::ProbeSocket::Stream::broken) Last(env, "broken", error);
  }
};

Napi::Value StreamProbe(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  const auto target = ReadTarget(info[0]);
  auto stream = std::make_shared<Stream>();
  stream->callback = std::make_shared<Napi::FunctionReference>(Napi::Persistent(Function(info[1], "onEvent")));
  auto socket = std::make_unique<probe::ProbeSocket>(probe::Kind::stream, target);
  stream->watch = ProbeWatch::Open(
      env, std::move(socket),
      [stream](Napi::Env env, probe::ProbeSocket&) {
        // What is told may end the watch, and the watch holds this.
        const auto held = stream;
        held->Ready(env);
      },
      UV_WRITABLE);
  auto object = Napi::Object::New(env);
  Export(object, "write", [stream](const Napi::CallbackInfo& call) -> Napi::Value {
    const auto bytes = Bytes(call[0], "bytes");
    if (stream->watch != nullptr && stream->connected) {
      stream->waiting.insert(stream->waiting.end(), bytes.begin(), bytes.end());
      // What breaks now is told as what was read: the descriptor says it again.
      (void)stream->Flush();
    }
    return call.Env().Undefined();
  });
  Export(object, "close", [stream](const Napi::CallbackInfo& call) -> Napi::Value {
    stream->Close();
    return call.Env().Undefined();
  });
  return object;
}

Napi::Value DatagramProbe(const Napi::CallbackInfo& info) {
  static constexpr const char* kKinds[] = {"udp", "echo"};
  const auto env = info.Env();
  const auto kind = OneOf(info[0], "kind", kKinds) == 0 ? probe::Kind::datagram : probe::Kind::echo;
  const auto target = ReadTarget(info[1]);
  auto handle = std::make_shared<Handle>();
  handle->callback = std::make_shared<Napi::FunctionReference>(Napi::Persistent(Function(info[2], "onDatagram")));
  auto socket = std::make_unique<probe::ProbeSocket>(kind, target);
  if (const int error = socket->error(); error != 0) throw sys::SystemError(error, "connect");
  const auto ready = [handle](Napi::Env env, probe::ProbeSocket& source) {
    // Kept by itself: what is told may end the watch.
    std::vector<std::vector<uint8_t>> arrived;
    const int error = source.receive([&](std::span<const uint8_t> bytes) { arrived.emplace_back(bytes.begin(), bytes.end()); });
    for (const auto& bytes : arrived) {
      if (handle->watch == nullptr) return;
      Call(env, handle->callback, Napi::Number::New(env, 0), CopyBytes(env, bytes));
    }
    if (handle->watch == nullptr || error == 0) return;
    const auto callback = std::make_shared<Napi::FunctionReference>(std::move(*handle->callback));
    handle->Close();
    Call(env, callback, Napi::Number::New(env, error), env.Null());
  };
  handle->watch = ProbeWatch::Open(env, std::move(socket), ready);
  auto object = Napi::Object::New(env);
  Export(object, "send", [handle](const Napi::CallbackInfo& call) -> Napi::Value {
    const auto bytes = Bytes(call[0], "bytes");
    const int error = handle->watch == nullptr ? EBADF : handle->watch->source().send(bytes);
    return Napi::Number::New(call.Env(), error);
  });
  Export(object, "close", [handle](const Napi::CallbackInfo& call) -> Napi::Value {
    handle->Close();
    return call.Env().Undefined();
  });
  return object;
}

Napi::Value WatchAddresses(const Napi::CallbackInfo& info) {
  using Watch = LoopWatch<netlink::AddressChanges>;
  const auto env = info.Env();
  auto callback = std::make_shared<Napi::FunctionReference>(Napi::Persistent(Function(info[0], "onChange")));
  const netlink::ReceiveBuffer buffer{.bytes = static_cast<int>(Integer(info[1], "receiveBuffer", 0, INT32_MAX)),
                                      .force = Boolean(info[2], "force")};
  auto* opened = Watch::Open(env, std::make_unique<netlink::AddressChanges>(buffer),
                             [callback](Napi::Env env, netlink::AddressChanges& changes) {
                               changes.drain();
                               Call(env, callback);
                             });
  auto watch = std::make_shared<Watch*>(opened);
  auto object = Napi::Object::New(env);
  Export(object, "close", [watch, callback](const Napi::CallbackInfo& call) -> Napi::Value {
    if (*watch != nullptr) (*watch)->Close();
    *watch = nullptr;
    callback->Reset();
    return call.Env().Undefined();
  });
  return object;
}

}  // namespace

void InitProbe(Napi::Env, Napi::Object exports) {
  Export(exports, "connectProbe", ConnectProbe);
  Export(exports, "streamProbe", StreamProbe);
  Export(exports, "datagramProbe", DatagramProbe);
  Export(exports, "watchAddresses", WatchAddresses);
}

}  // namespace ka::addon
