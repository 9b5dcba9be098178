// SPDX-License-Identifier: MIT
// What `ka_ts { … }` of an instance can say; that of global_defs says it for all instances.

import { bool } from '../args.ts';
import { keywords } from '../keyword.ts';
import { integer } from '../numbers.ts';

export const kaTsInstance = keywords({
  break_before_make: {
    arg: bool,
    reload: 'live',
    doc: 'Remove the addresses at once at a planned end, as keepalived does, instead of serving until another router takes over',
  },
  vip_lease: {
    arg: integer(0, 3600),
    reload: 'live',
    doc: 'Seconds after which the kernel removes the addresses if nobody renews them, as when every process has died; 0: never',
    example: '2',
  },
});
