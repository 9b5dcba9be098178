// The process as a whole: mounts, scheduling, limits, lost children.
#include <napi.h>

#include <vector>

#include "addon/args.h"
#include "addon/bindings.h"
#include "sys/mounts.h"
#include "sys/scheduling.h"

namespace ka::addon {

namespace {

constexpr int kMostCpus = 4096;

Napi::Value IsolateMounts(const Napi::CallbackInfo& info) {
  sys::isolate_mounts();
  return info.Env().Undefined();
}

Napi::Value BindMount(const Napi::CallbackInfo& info) {
  sys::bind_mount(Text(info[0], "source"), Text(info[1], "target"));
  return info.Env().Undefined();
}

Napi::Value Unmount(const Napi::CallbackInfo& info) {
  sys::unmount(Text(info[0], "target"));
  return info.Env().Undefined();
}

Napi::Value SetNice(const Napi::CallbackInfo& info) {
  sys::set_nice(Integer(info[0], "value", -20, 19));
  return info.Env().Undefined();
}

Napi::Value SetCpuAffinity(const Napi::CallbackInfo& info) {
  const auto given = Array(info[0], "cpus");
  std::vector<int> cpus;
  for (uint32_t i = 0; i < given.Length(); ++i) {
    cpus.push_back(Integer(given.Get(i), "cpus[" + std::to_string(i) + "]", 0, kMostCpus - 1));
  }
  sys::set_cpu_affinity(cpus);
  return info.Env().Undefined();
}

Napi::Value SetRealtimePriority(const Napi::CallbackInfo& info) {
  sys::set_realtime_priority(Integer(info[0], "priority", 0, 99));
  return info.Env().Undefined();
}

sys::Limit ReadLimitName(Napi::Value value) {
  static constexpr const char* kNames[] = {"core", "rttime"};
  return OneOf(value, "resource", kNames) == 0 ? sys::Limit::kCore : sys::Limit::kRealtimeTime;
}

/// null stands for no limit.
uint64_t ReadLimit(Napi::Value value, const std::string& name) {
  if (value.IsNull()) return UINT64_MAX;
  return static_cast<uint64_t>(Integer<int64_t>(value, name, 0, (int64_t{1} << 53) - 1));
}

Napi::Value LimitValue(Napi::Env env, uint64_t value) {
  if (value == UINT64_MAX) return env.Null();
  return Napi::Number::New(env, static_cast<double>(value));
}

Napi::Value GetLimit(const Napi::CallbackInfo& info) {
  const auto now = sys::get_limit(ReadLimitName(info[0]));
  auto result = Napi::Object::New(info.Env());
  result.Set("soft", LimitValue(info.Env(), now.soft));
  result.Set("hard", LimitValue(info.Env(), now.hard));
  return result;
}

Napi::Value SetLimit(const Napi::CallbackInfo& info) {
  const auto name = ReadLimitName(info[0]);
  const auto given = Object(info[1], "limit");
  sys::set_limit(name, ReadLimit(given.Get("soft"), "limit.soft"), ReadLimit(given.Get("hard"), "limit.hard"));
  return info.Env().Undefined();
}

Napi::Value ReapChild(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), sys::reap_child(Integer(info[0], "pid", 1, INT32_MAX)));
}

}  // namespace

void InitProcess(Napi::Env, Napi::Object exports) {
  Export(exports, "isolateMounts", IsolateMounts);
  Export(exports, "bindMount", BindMount);
  Export(exports, "unmount", Unmount);
  Export(exports, "setNice", SetNice);
  Export(exports, "setCpuAffinity", SetCpuAffinity);
  Export(exports, "setRealtimePriority", SetRealtimePriority);
  Export(exports, "limit", GetLimit);
  Export(exports, "setLimit", SetLimit);
  Export(exports, "reapChild", ReapChild);
}

}  // namespace ka::addon
