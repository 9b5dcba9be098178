// SPDX-License-Identifier: MIT
// The process as a whole: mounts, scheduling, limits, lost children.
#include <napi.h>

#include <vector>

#include "addon/args.h"
#include "addon/bindings.h"
#include "sys/host_program.h"
#include "sys/mounts.h"
#include "sys/process.h"
#include "sys/realtime_thread.h"
#include "sys/scheduling.h"
#include "sys/shared_memory.h"
#include "sys/spawn.h"

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

Napi::Value LockProgram(const Napi::CallbackInfo& info) {
  sys::lock_program();
  return info.Env().Undefined();
}

Napi::Value SetV8Flags(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), sys::set_v8_flags(Text(info[0], "flags").c_str()));
}

Napi::Value GiveBackProgramText(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(sys::give_back_program_text()));
}

Napi::Value GiveBackFreeMemory(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), sys::give_back_free_memory());
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

std::vector<std::string> Texts(Napi::Value value, const std::string& name) {
  const auto given = Array(value, name);
  std::vector<std::string> texts;
  texts.reserve(given.Length());
  for (uint32_t i = 0; i < given.Length(); ++i) texts.push_back(Text(given.Get(i), name + "[]"));
  return texts;
}

Napi::Value StartProgram(const Napi::CallbackInfo& info) {
  const auto given = Object(info[0], "program");
  sys::Program program;
  program.path = Text(given.Get("path"), "program.path");
  program.arguments = Texts(given.Get("arguments"), "program.arguments");
  program.environment = Texts(given.Get("environment"), "program.environment");
  const auto id = [&](const char* key) -> std::optional<uint32_t> {
    if (!given.Get(key).IsNumber()) return std::nullopt;
    // 2^32 - 1 means "as it is" to the system.
    return Integer<uint32_t>(given.Get(key), std::string("program.") + key, 0, UINT32_MAX - 1);
  };
  program.uid = id("uid");
  program.gid = id("gid");
  const auto core = given.Get("softCoreLimit");
  if (!core.IsUndefined()) program.soft_core_limit = ReadLimit(core, "program.softCoreLimit");
  const auto descriptors = given.Get("descriptors");
  if (!descriptors.IsUndefined()) {
    const auto list = Array(descriptors, "program.descriptors");
    auto& wanted = program.descriptors.emplace();
    for (uint32_t i = 0; i < list.Length(); ++i) {
      wanted.push_back(Integer(list.Get(i), "program.descriptors[]", -1, INT32_MAX));
    }
  }
  return Napi::Number::New(info.Env(), sys::start_program(program));
}

Napi::Value ReplaceProgram(const Napi::CallbackInfo& info) {
  const auto given = Object(info[0], "program");
  const auto keep = Array(info[1], "keep");
  std::vector<int> descriptors;
  for (uint32_t i = 0; i < keep.Length(); ++i) descriptors.push_back(Integer(keep.Get(i), "keep[]", 0, INT32_MAX));
  sys::replace_program(Text(given.Get("path"), "program.path"), Texts(given.Get("arguments"), "program.arguments"),
                       Texts(given.Get("environment"), "program.environment"), descriptors);
}

Napi::Value CreateMemoryFile(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), sys::create_shared_memory("ka-memory", 0).release());
}

Napi::Value TakeEnding(const Napi::CallbackInfo& info) {
  const auto ending = sys::take_ending(Integer(info[0], "pid", 1, INT32_MAX));
  if (!ending) return info.Env().Null();
  auto result = Napi::Object::New(info.Env());
  result.Set(ending->signalled ? "signal" : "status", Napi::Number::New(info.Env(), ending->value));
  return result;
}

Napi::Value ReapChild(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), sys::reap_child(Integer(info[0], "pid", 1, INT32_MAX)));
}

Napi::Value PeerOf(const Napi::CallbackInfo& info) {
  const auto peer = sys::peer_of(Integer(info[0], "fd", 0, INT32_MAX));
  auto result = Napi::Object::New(info.Env());
  result.Set("pid", Napi::Number::New(info.Env(), peer.pid));
  result.Set("uid", Napi::Number::New(info.Env(), peer.uid));
  auto groups = Napi::Array::New(info.Env());
  groups.Set(0u, Napi::Number::New(info.Env(), peer.gid));
  for (const gid_t group : peer.groups) groups.Set(groups.Length(), Napi::Number::New(info.Env(), group));
  result.Set("groups", groups);
  return result;
}

}  // namespace

void InitProcess(Napi::Env, Napi::Object exports) {
  sys::remember_ordinary_scheduling();
  Export(exports, "isolateMounts", IsolateMounts);
  Export(exports, "bindMount", BindMount);
  Export(exports, "unmount", Unmount);
  Export(exports, "setNice", SetNice);
  Export(exports, "lockProgram", LockProgram);
  Export(exports, "setV8Flags", SetV8Flags);
  Export(exports, "giveBackProgramText", GiveBackProgramText);
  Export(exports, "giveBackFreeMemory", GiveBackFreeMemory);
  Export(exports, "setCpuAffinity", SetCpuAffinity);
  Export(exports, "setRealtimePriority", SetRealtimePriority);
  Export(exports, "limit", GetLimit);
  Export(exports, "setLimit", SetLimit);
  Export(exports, "reapChild", ReapChild);
  Export(exports, "startProgram", StartProgram);
  Export(exports, "takeEnding", TakeEnding);
  Export(exports, "peerOf", PeerOf);
  Export(exports, "replaceProgram", ReplaceProgram);
  Export(exports, "createMemoryFile", CreateMemoryFile);
}

}  // namespace ka::addon
