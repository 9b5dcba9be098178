// SPDX-License-Identifier: MIT
// Work on a thread of Node's pool with a promise for its result: for calls that may wait for the kernel.
#pragma once

#include <napi.h>

#include <exception>
#include <functional>
#include <memory>
#include <utility>

#include "addon/errors.h"

namespace ka::addon {

template <typename Result>
class AsyncTask : public Napi::AsyncWorker {
 public:
  using Work = std::function<Result()>;
  using Convert = std::function<Napi::Value(Napi::Env, const Result&)>;

  /// `work` runs on another thread and must not touch JavaScript; sys::SystemError rejects as MakeSystemError.
  static Napi::Value Start(Napi::Env env, Work work, Convert convert) {
    // Deletes itself when it is done.
    auto* task = new AsyncTask(env, std::move(work), std::move(convert));
    const auto promise = task->deferred_.Promise();
    task->Queue();
    return promise;
  }

 private:
  AsyncTask(Napi::Env env, Work work, Convert convert)
      : Napi::AsyncWorker(env, "ka_ts"),
        deferred_(Napi::Promise::Deferred::New(env)),
        work_(std::move(work)),
        convert_(std::move(convert)) {}

  void Execute() override {
    try {
      result_ = work_();
    } catch (const sys::SystemError& error) {
      failure_ = std::make_unique<sys::SystemError>(error);
    }
  }
  void OnOK() override {
    if (failure_) {
      deferred_.Reject(MakeSystemError(Env(), *failure_).Value());
    } else {
      deferred_.Resolve(convert_(Env(), result_));
    }
  }
  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

  Napi::Promise::Deferred deferred_;
  Work work_;
  Convert convert_;
  Result result_{};
  std::unique_ptr<sys::SystemError> failure_;
};

}  // namespace ka::addon
