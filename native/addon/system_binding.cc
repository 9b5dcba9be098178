// SPDX-License-Identifier: MIT
// The system calls that Node does not offer: syslog, prctl, namespaces, locks, sd_notify.
#include <napi.h>

#include <csignal>

#include "addon/args.h"
#include "addon/bindings.h"
#include "sys/fifo.h"
#include "sys/file_lock.h"
#include "sys/netns.h"
#include "sys/notify_socket.h"
#include "sys/process.h"
#include "sys/system_log.h"

namespace ka::addon {

namespace {

Napi::Value SyslogOpen(const Napi::CallbackInfo& info) {
  sys::open_system_log(Text(info[0], "ident"), Integer(info[1], "facility", 0, 23), Boolean(info[2], "toConsole"));
  return info.Env().Undefined();
}

Napi::Value Syslog(const Napi::CallbackInfo& info) {
  // A log line is never refused for a zero byte in it: it ends there.
  if (!info[1].IsString()) throw MakeArgumentError(info.Env(), "text", "a string");
  const int priority = Integer(info[0], "priority", 0, 7);
  const auto epoch = Integer<int64_t>(info[2], "epoch", 0, int64_t{1} << 40);
  return Napi::Boolean::New(info.Env(),
                            sys::write_system_log(priority, info[1].As<Napi::String>().Utf8Value(), epoch));
}

Napi::Value SetParentDeathSignal(const Napi::CallbackInfo& info) {
  sys::set_parent_death_signal(Integer(info[0], "signal", 0, SIGRTMAX));
  return info.Env().Undefined();
}

Napi::Value SetChildSubreaper(const Napi::CallbackInfo& info) {
  sys::set_child_subreaper(Boolean(info[0], "on"));
  return info.Env().Undefined();
}

Napi::Value SetProcessName(const Napi::CallbackInfo& info) {
  sys::set_process_name(Text(info[0], "name"));
  return info.Env().Undefined();
}

Napi::Value OutliveUnusedSignals(const Napi::CallbackInfo& info) {
  sys::outlive_unused_signals();
  return info.Env().Undefined();
}

Napi::Value EnterNetworkNamespace(const Napi::CallbackInfo& info) {
  sys::enter_network_namespace(Text(info[0], "name"));
  return info.Env().Undefined();
}

Napi::Value NetworkNamespaceId(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(sys::network_namespace_id(Text(info[0], "path"))));
}

Napi::Value LockFile(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), sys::lock_file(Integer(info[0], "fd", 0, INT32_MAX)));
}

Napi::Value MakeFifo(const Napi::CallbackInfo& info) {
  sys::make_fifo(Text(info[0], "path"), static_cast<unsigned>(Integer(info[1], "mode", 0, 07777)));
  return info.Env().Undefined();
}

Napi::Value SendNotify(const Napi::CallbackInfo& info) {
  sys::send_notify(Text(info[0], "socket"), Text(info[1], "text"));
  return info.Env().Undefined();
}

}  // namespace

void InitSystem(Napi::Env, Napi::Object exports) {
  Export(exports, "syslogOpen", SyslogOpen);
  Export(exports, "syslog", Syslog);
  Export(exports, "setParentDeathSignal", SetParentDeathSignal);
  Export(exports, "setChildSubreaper", SetChildSubreaper);
  Export(exports, "setProcessName", SetProcessName);
  Export(exports, "outliveUnusedSignals", OutliveUnusedSignals);
  Export(exports, "enterNetworkNamespace", EnterNetworkNamespace);
  Export(exports, "networkNamespaceId", NetworkNamespaceId);
  Export(exports, "lockFile", LockFile);
  Export(exports, "makeFifo", MakeFifo);
  Export(exports, "sendNotify", SendNotify);
}

}  // namespace ka::addon
