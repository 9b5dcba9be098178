// SPDX-License-Identifier: MIT
// Network namespaces by the name that ip(8) gives them. A namespace is a property of a thread: what it
// creates afterwards, sockets and threads alike, belongs to it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "sys/unique_fd.h"

namespace ka::sys {

/// Moves the calling thread into /run/netns/NAME. Throws SystemError (ENOENT, EPERM, EINVAL for a name with
/// '/').
void enter_network_namespace(const std::string& name);

/// Inode number of the namespace at `path`, of the calling thread when it is empty. Throws SystemError.
uint64_t network_namespace_id(const std::string& path);

/// Runs `open` on a helper thread inside the namespace and gives back the descriptor it made; the calling
/// thread stays where it is. '' runs it here. Hands on whatever `open` throws.
UniqueFd open_in_network_namespace(const std::string& name, const std::function<UniqueFd()>& open);

/// The same in the namespace of process 1, which is the machine's own.
UniqueFd open_beside_process_one(const std::function<UniqueFd()>& open);

}  // namespace ka::sys
