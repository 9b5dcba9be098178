// Who tracks things: instances, each with its own lists and weights and those of its sync group.

import { withGroupTracking } from '../config/group-tracking.ts';
import type { Config, TrackedLists } from '../config/model.ts';
import type { ConsumerKind } from '../ports/tracking.ts';

export interface TrackingConsumer extends TrackedLists {
  readonly kind: ConsumerKind;
  readonly name: string;
  /** Configured priority; 255: weights have no effect. A group has none of its own: 0. */
  readonly priority: number;
}

export function consumersOf(config: Config): TrackingConsumer[] {
  return withGroupTracking(config).map((instance) => consumerOf('instance', instance));
}

/** For an instance, or a group (whose weights always count). */
export function consumerOf(
  kind: ConsumerKind,
  from: TrackedLists & { readonly name: string; readonly priority?: number },
): TrackingConsumer {
  const { name, priority = 0, track_interface, track_script, track_file, track_process, track_bfd } = from;
  return { kind, name, priority, track_interface, track_script, track_file, track_process, track_bfd };
}
