// SPDX-License-Identifier: MIT
// A socket that only sends.
#pragma once

#include "sys/unique_fd.h"

namespace ka::engine {

/// Attaches a classic BPF program that rejects every packet. Throws sys::SystemError.
void drop_everything(const sys::UniqueFd& fd);

}  // namespace ka::engine
