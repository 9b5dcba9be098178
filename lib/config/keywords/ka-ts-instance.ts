// What `ka_ts { … }` of an instance can say; that of global_defs says it for all instances.

import { bool } from '../args.ts';
import { keywords } from '../keyword.ts';

export const kaTsInstance = keywords({
  break_before_make: {
    arg: bool,
    reload: 'live',
    doc: 'Remove the addresses at once at a planned end, as keepalived does, instead of serving until another router takes over',
  },
});
