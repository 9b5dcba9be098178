// SPDX-License-Identifier: MIT
// A view of the file system of our own: what is mounted here afterwards, others do not see. All throw SystemError.
#pragma once

#include <string>

namespace ka::sys {

/// Gives the calling thread, and the programs it starts, a mount namespace of their own. Later mounts of the
/// machine still arrive here, ours do not leave.
void isolate_mounts();

/// `source` appears at `target` too.
void bind_mount(const std::string& source, const std::string& target);

/// Takes away what was mounted last at `target`.
void unmount(const std::string& target);

}  // namespace ka::sys
