// SPDX-License-Identifier: MIT
// What the trackers watch in the kernel: directories, processes, the link of an interface.
#include "addon/args.h"
#include "addon/bindings.h"
#include "addon/loop_watch.h"
#include "netlink/process_events.h"
#include "sys/directory_changes.h"
#include "sys/link_status.h"

namespace ka::addon {

namespace {

using DirectoryWatch = LoopWatch<sys::DirectoryChanges>;
using ProcessWatch = LoopWatch<netlink::ProcessEvents>;

Napi::Value WatchDirectories(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  auto callback =
      std::make_shared<Napi::FunctionReference>(Napi::Persistent(Function(info[0], "onChanges")));
  auto* opened = DirectoryWatch::Open(
      env, std::make_unique<sys::DirectoryChanges>(), [callback](Napi::Env env, sys::DirectoryChanges& inotify) {
        auto events = Napi::Array::New(env);
        Reading(env, [&] {
          inotify.read([&](int watch, sys::DirectoryChanges::Change change, std::string_view name) {
            static constexpr const char* kChanges[] = {"file", "gone", "lost"};
            auto event = Napi::Object::New(env);
            event.Set("watch", watch);
            event.Set("change", kChanges[static_cast<size_t>(change)]);
            event.Set("name", Napi::String::New(env, name.data(), name.size()));
            events.Set(events.Length(), event);
          });
        });
        Deliver(env, callback, events);
      });
  auto watch = std::make_shared<DirectoryWatch*>(opened);
  auto object = Napi::Object::New(env);
  Export(object, "add", [watch](const Napi::CallbackInfo& call) -> Napi::Value {
    const auto directory = Text(call[0], "directory");
    if (*watch == nullptr) throw sys::SystemError(EBADF, "inotify_add_watch", directory);
    return Napi::Number::New(call.Env(), (*watch)->source().add(directory));
  });
  Export(object, "remove", [watch](const Napi::CallbackInfo& call) -> Napi::Value {
    const int number = Integer(call[0], "watch", 0, INT32_MAX);
    if (*watch != nullptr) (*watch)->source().remove(number);
    return call.Env().Undefined();
  });
  ExportClose(object, watch, callback);
  return object;
}

Napi::Object EventObject(Napi::Env env, const netlink::ProcessEvent& event) {
  static constexpr const char* kKinds[] = {"acknowledged", "forked", "changed", "exited", "lost"};
  auto object = Napi::Object::New(env);
  object.Set("kind", kKinds[static_cast<size_t>(event.kind)]);
  object.Set("pid", event.pid);
  object.Set("parent", event.parent);
  object.Set("errno", event.error);
  return object;
}

Napi::Value WatchProcesses(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  const auto options = Object(info[0], "options");
  const int buffer = Integer(options.Get("receiveBuffer"), "options.receiveBuffer", 0, INT32_MAX);
  const bool force = Boolean(options.Get("force"), "options.force");
  auto callback =
      std::make_shared<Napi::FunctionReference>(Napi::Persistent(Function(info[1], "onEvents")));
  auto* opened = ProcessWatch::Open(
      env, std::make_unique<netlink::ProcessEvents>(buffer, force),
      [callback](Napi::Env env, netlink::ProcessEvents& source) {
        auto events = Napi::Array::New(env);
        Reading(env, [&] {
          source.read([&](const netlink::ProcessEvent& event) {
            // The child of a followed process is counted at once, so its own events concern us from here on.
            if (event.kind == netlink::ProcessEvent::Kind::forked) source.follow(event.pid);
            if (event.kind == netlink::ProcessEvent::Kind::exited) source.unfollow(event.pid);
            events.Set(events.Length(), EventObject(env, event));
          });
        });
        Deliver(env, callback, events);
      });
  auto watch = std::make_shared<ProcessWatch*>(opened);
  auto object = Napi::Object::New(env);
  Export(object, "follow", [watch](const Napi::CallbackInfo& call) -> Napi::Value {
    const int pid = Integer(call[0], "pid", 1, INT32_MAX);
    const bool on = Boolean(call[1], "on");
    if (*watch == nullptr) return call.Env().Undefined();
    if (on) {
      (*watch)->source().follow(pid);
    } else {
      (*watch)->source().unfollow(pid);
    }
    return call.Env().Undefined();
  });
  Export(object, "setNames", [watch](const Napi::CallbackInfo& call) -> Napi::Value {
    const auto list = Array(call[0], "names");
    std::unordered_set<std::string> names;
    for (uint32_t i = 0; i < list.Length(); ++i) names.insert(Text(list.Get(i), "names[" + std::to_string(i) + "]"));
    const bool all = Boolean(call[1], "all");
    if (*watch != nullptr) (*watch)->source().set_names(std::move(names), all);
    return call.Env().Undefined();
  });
  Export(object, "setReceiveBuffer", [watch](const Napi::CallbackInfo& call) -> Napi::Value {
    const int bytes = Integer(call[0], "bytes", 1, INT32_MAX);
    const bool force = Boolean(call[1], "force");
    if (*watch != nullptr) (*watch)->source().set_receive_buffer(bytes, force);
    return call.Env().Undefined();
  });
  ExportClose(object, watch, callback);
  return object;
}

Napi::Value LinkStatus(const Napi::CallbackInfo& info) {
  static constexpr const char* kMethods[] = {"mii", "ethtool", "ioctl"};
  const auto name = Text(info[0], "name");
  const auto method = static_cast<sys::LinkMethod>(OneOf(info[1], "method", kMethods));
  const auto status = sys::link_status(name, method);
  if (!status) return info.Env().Null();
  return Napi::Boolean::New(info.Env(), *status);
}

}  // namespace

void InitWatch(Napi::Env, Napi::Object exports) {
  Export(exports, "watchDirectories", WatchDirectories);
  Export(exports, "watchProcesses", WatchProcesses);
  Export(exports, "linkStatus", LinkStatus);
}

}  // namespace ka::addon
