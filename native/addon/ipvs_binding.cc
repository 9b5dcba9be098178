// SPDX-License-Identifier: MIT
// openIpvs: the kernel's load balancer behind promises.
#include "addon/args.h"
#include "addon/async_task.h"
#include "addon/bindings.h"
#include "addon/ipvs_args.h"
#include "netlink/ipvs_client.h"

namespace ka::addon {

namespace {

namespace ipvs = netlink::ipvs;
using ClientPointer = std::shared_ptr<ipvs::Client>;

/// Exports a method that gets the client, or rejects after close().
template <typename Method>
void ExportMethod(Napi::Object object, const std::shared_ptr<ClientPointer>& slot, const char* name, Method method) {
  Export(object, name, [slot, method](const Napi::CallbackInfo& call) -> Napi::Value {
    if (*slot) return method(call, *slot);
    auto error = Napi::Error::New(call.Env(), "the conversation with IPVS is closed");
    error.Set("code", Napi::String::New(call.Env(), "ERR_IPVS_CLOSED"));
    auto deferred = Napi::Promise::Deferred::New(call.Env());
    deferred.Reject(error.Value());
    return deferred.Promise();
  });
}

Napi::Value Apply(const Napi::CallbackInfo& call, const ClientPointer& client) {
  auto submission = ReadIpvsMessages(call[0], "messages", client->family());
  return AsyncTask<std::vector<int>>::Start(
      call.Env(),
      [client, submission] {
        client->execute(*submission);
        return std::move(submission->errors);
      },
      [](Napi::Env env, const std::vector<int>& errors) {
        auto array = Napi::Array::New(env, errors.size());
        for (uint32_t i = 0; i < errors.size(); ++i) array.Set(i, errors[i]);
        return array;
      });
}

template <typename Item, typename Convert>
Napi::Array ArrayOf(Napi::Env env, const std::vector<Item>& items, Convert convert) {
  auto array = Napi::Array::New(env, items.size());
  for (uint32_t i = 0; i < items.size(); ++i) {
    const Napi::HandleScope scope(env);
    array.Set(i, convert(env, items[i]));
  }
  return array;
}

Napi::Value Read(const Napi::CallbackInfo& call, const ClientPointer& client) {
  return AsyncTask<std::vector<ipvs::Entry>>::Start(
      call.Env(), [client] { return client->read(); },
      [](Napi::Env env, const std::vector<ipvs::Entry>& table) { return ArrayOf(env, table, IpvsEntryObject); });
}

Napi::Value ReadOne(const Napi::CallbackInfo& call, const ClientPointer& client) {
  const auto key = ReadServiceKey(call[0], "key");
  return AsyncTask<std::optional<ipvs::Entry>>::Start(
      call.Env(), [client, key] { return client->read_service(key); },
      [](Napi::Env env, const std::optional<ipvs::Entry>& entry) -> Napi::Value {
        if (!entry) return env.Null();
        return IpvsEntryObject(env, *entry);
      });
}

Napi::Value Timeouts(const Napi::CallbackInfo& call, const ClientPointer& client) {
  return AsyncTask<ipvs::Timeouts>::Start(call.Env(), [client] { return client->timeouts(); }, IpvsTimeoutsObject);
}

Napi::Value Daemons(const Napi::CallbackInfo& call, const ClientPointer& client) {
  return AsyncTask<std::vector<ipvs::Daemon>>::Start(
      call.Env(), [client] { return client->daemons(); },
      [](Napi::Env env, const std::vector<ipvs::Daemon>& daemons) { return ArrayOf(env, daemons, IpvsDaemonObject); });
}

Napi::Value OpenIpvs(const Napi::CallbackInfo& info) {
  const auto given = Object(info[0], "options");
  ipvs::ClientOptions options;
  const int bytes = Integer<int>(given.Get("receiveBuffer"), "options.receiveBuffer", 0, INT32_MAX);
  const bool force = Boolean(given.Get("forceReceiveBuffer"), "options.forceReceiveBuffer");
  if (bytes > 0) options.receive_buffer = {.bytes = bytes, .force = force};
  if (!given.Get("namespace").IsNull()) options.network_namespace = Text(given.Get("namespace"), "options.namespace");
  const auto slot = std::make_shared<ClientPointer>(std::make_shared<ipvs::Client>(options));
  auto object = Napi::Object::New(info.Env());
  ExportMethod(object, slot, "apply", Apply);
  ExportMethod(object, slot, "read", Read);
  ExportMethod(object, slot, "readService", ReadOne);
  ExportMethod(object, slot, "timeouts", Timeouts);
  ExportMethod(object, slot, "daemons", Daemons);
  Export(object, "close", [slot](const Napi::CallbackInfo& call) -> Napi::Value {
    // What is under way holds it a little longer.
    slot->reset();
    return call.Env().Undefined();
  });
  return object;
}

}  // namespace

void InitIpvs(Napi::Env, Napi::Object exports) { Export(exports, "openIpvs", OpenIpvs); }

}  // namespace ka::addon
