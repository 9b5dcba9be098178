// SPDX-License-Identifier: MIT
#include "engine/farewell.h"

#include "engine/advert_content.h"
#include "sys/monotonic.h"

namespace ka::engine {

int send_farewell(const EndpointSpec& spec, AdvertContent& content, uint32_t ah_sequence) {
  const sys::UniqueFd fd = open_send_socket(spec);
  // The clock is ahead of every stamp that was sent: each was of its own time.
  const Stamps stamps{1, ah_sequence, content.signer ? codec::stamp_of(sys::wall_us()) : 0};
  int failure = 0;
  for (AdvertCopy& copy : content.copies) {
    finish_copy(content, copy.farewell, stamps);
    const int error = send_copy(fd.get(), content, copy, copy.farewell);
    if (failure == 0) failure = error;
  }
  return failure;
}

}  // namespace ka::engine
