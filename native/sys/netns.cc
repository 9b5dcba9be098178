// SPDX-License-Identifier: MIT
#include "sys/netns.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>

#include <exception>
#include <thread>

#include "sys/system_error.h"

namespace ka::sys {

void enter_network_namespace(const std::string& name) {
  // A name is a file in one directory: "../../proc/1/ns/net" is not one.
  if (name.empty() || name == "." || name == ".." || name.find('/') != name.npos) {
    throw SystemError(EINVAL, "setns", name);
  }
  const std::string path = "/run/netns/" + name;
  const UniqueFd fd(checked(::open(path.c_str(), O_RDONLY | O_CLOEXEC), "open", path));
  checked(::setns(fd.get(), CLONE_NEWNET), "setns", name);
}

uint64_t network_namespace_id(const std::string& path) {
  const std::string target = path.empty() ? "/proc/thread-self/ns/net" : path;
  struct stat status{};
  checked(::stat(target.c_str(), &status), "stat", target);
  return status.st_ino;
}

namespace {

/// Runs both on a thread that ends, since the namespace of the calling one must not change.
UniqueFd open_elsewhere(const std::function<void()>& enter, const std::function<UniqueFd()>& open) {
  UniqueFd result;
  std::exception_ptr failure;
  std::thread helper([&] {
    try {
      enter();
      result = open();
    } catch (...) {
      failure = std::current_exception();
    }
  });
  helper.join();
  if (failure) std::rethrow_exception(failure);
  return result;
}

}  // namespace

UniqueFd open_in_network_namespace(const std::string& name, const std::function<UniqueFd()>& open) {
  if (name.empty()) return open();
  return open_elsewhere([&] { enter_network_namespace(name); }, open);
}

UniqueFd open_beside_process_one(const std::function<UniqueFd()>& open) {
  return open_elsewhere(
      [] {
        const UniqueFd space(checked(::open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC), "open"));
        checked(::setns(space.get(), CLONE_NEWNET), "setns");
      },
      open);
}

}  // namespace ka::sys
