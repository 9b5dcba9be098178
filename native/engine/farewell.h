// SPDX-License-Identifier: MIT
// Priority 0 in the name of an engine that has died (docs/decisions/0012-guardian.md): one socket, one packet, no thread.
#pragma once

#include <cstdint>

#include "engine/advert_content.h"
#include "engine/endpoint.h"

namespace ka::engine {

/// Sends the farewell of every copy, with the AH sequence given. 0, or the first errno of a copy. Throws sys::SystemError when
/// there is no socket to be had.
int send_farewell(const EndpointSpec& spec, AdvertContent& content, uint32_t ah_sequence);

}  // namespace ka::engine
