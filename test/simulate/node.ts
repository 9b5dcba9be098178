// SPDX-License-Identifier: MIT
// One machine of a simulated cluster: the state machine of lib/vrrp/core with the half of the engine it needs, on a clock of
// its own. The clock started at another moment than the others' and is a little too fast or too slow. A pause stops engine and
// JavaScript alike; what was received meanwhile is read first, with the times it came at, as the engine does.

import type { Ip } from '../../lib/base/address.ts';
import { exhaustive } from '../../lib/base/result.ts';
import { type Micros, micros } from '../../lib/base/time.ts';
import { downInterval, skewTime } from '../../lib/base/vrrp-arithmetic.ts';
import type { VrrpEffect } from '../../lib/vrrp/core/effects.ts';
import type { VrrpEvent } from '../../lib/vrrp/core/events.ts';
import { initial, step } from '../../lib/vrrp/core/instance.ts';
import type { FaultReason, Instance, Settings } from '../../lib/vrrp/core/types.ts';
import type { Queue } from './queue.ts';

export interface Advert {
  readonly source: Ip;
  readonly priority: number;
  readonly interval: Micros;
}

export interface NodeOptions {
  readonly queue: Queue;
  readonly settings: Settings;
  readonly source: Ip;
  /** Own clock: this much ahead of the queue's, and seconds that are this much longer. */
  readonly clock: { readonly ahead: number; readonly drift: number };
  readonly send: (advert: Advert) => void;
  readonly changed: () => void;
}

/** Packets that a socket holds for a paused reader. */
const mostQueued = 200;
const scriptFailed: readonly FaultReason[] = [{ kind: 'script', name: 'check' }];

export class Node {
  instance: Instance;
  settings: Settings;
  up = false;
  owns = false;
  failed = false;
  delta = 0;
  paused = false;
  /** Time that was skipped because nothing happened in it; the node's clock has gone on. */
  skipped = 0;

  private readonly options: NodeOptions;
  private listening = false;
  private priority = 0;
  private every = 0;
  private deadline = 0;
  private deadlineGeneration = 0;
  private overdueGeneration: number | null = null;
  private adverts = 0;
  private advertDue = 0;
  private advertOverdue = false;
  private sentAt = 0;
  private wokeLate = false;
  private waiting: { readonly advert: Advert; readonly at: Micros }[] = [];

  constructor(options: NodeOptions) {
    this.options = options;
    this.settings = options.settings;
    this.instance = initial(options.settings);
  }

  /** Its own clock. */
  now(): Micros {
    const { queue, clock } = this.options;
    return micros((queue.now + this.skipped) * (1 + clock.drift) + clock.ahead);
  }

  start(resume = false): void {
    if (this.up) return;
    this.up = true;
    this.instance = initial(this.settings);
    const faults = this.failed ? scriptFailed : [];
    this.feed({
      kind: 'startup',
      at: this.now(),
      source: this.options.source,
      faults,
      trackingDelta: this.delta,
      waiting: false,
      notBefore: micros(0),
      resume,
    });
  }

  /** In order: a router that hands over serves on for a while. */
  stop(): void {
    if (!this.up || this.paused) return;
    this.feed({ kind: 'shutdown', at: this.now() });
    if (this.up && this.instance.leaving === null) this.forget();
  }

  /** No farewell; addresses go with the machine. */
  crash(): void {
    if (this.up) this.forget();
  }

  pause(): void {
    this.paused = this.up;
  }

  goOn(): void {
    if (!this.paused) return;
    this.paused = false;
    const heard = this.waiting;
    this.waiting = [];
    for (const { advert, at } of heard) this.take(advert, at);
    if (this.overdueGeneration !== null) {
      const generation = this.overdueGeneration;
      this.overdueGeneration = null;
      this.feed({ kind: 'expired', at: this.now(), generation });
    }
    if (this.advertOverdue) {
      this.advertOverdue = false;
      this.due();
    }
    // What its trackers found meanwhile.
    this.track(this.failed, this.delta);
  }

  hear(advert: Advert): void {
    if (!this.up || !this.listening) return;
    if (!this.paused) this.take(advert, this.now());
    else if (this.waiting.length < mostQueued) this.waiting.push({ advert, at: this.now() });
  }

  track(failed: boolean, delta: number): void {
    this.failed = failed;
    this.delta = delta;
    if (!this.up || this.paused) return;
    this.feed({
      kind: 'tracking',
      at: this.now(),
      trackingDelta: delta,
      faults: failed ? scriptFailed : [],
      waiting: false,
      source: this.options.source,
    });
  }

  reload(settings: Settings): void {
    const before = this.settings;
    this.settings = settings;
    if (this.up && !this.paused) this.feed({ kind: 'settings', at: this.now(), before, addressesAdded: false });
  }

  /** Somebody else removed an address. */
  rob(): void {
    if (this.up && !this.paused) this.feed({ kind: 'address_lost', at: this.now() });
  }

  private take(advert: Advert, at: Micros): void {
    if (!this.listening) return;
    const own = advert.source === this.options.source;
    // The engine: somebody spoke while we listened after a pause, so the advert waits for JavaScript's word.
    if (this.wokeLate && advert.priority > 0 && !own) this.options.queue.cancel(this.adverts);
    this.feed({ kind: 'advert', at, source: advert.source, priority: advert.priority, interval: advert.interval });
  }

  private feed(event: VrrpEvent): void {
    const state = this.instance.state;
    const [next, effects] = step(this.instance, this.settings, event);
    this.instance = next;
    for (const effect of effects) this.perform(effect);
    // The process ends when its last router does.
    if (state !== 'initialize' && !next.started) this.forget();
    else if (next.state !== state) this.options.changed();
  }

  private perform(effect: VrrpEffect): void {
    const { queue } = this.options;
    switch (effect.kind) {
      case 'arm': {
        queue.cancel(this.deadline);
        const generation = effect.generation;
        this.deadlineGeneration = generation;
        this.overdueGeneration = null;
        this.deadline = queue.at(queue.now + this.real(effect.due - this.now()), () => this.expired(generation));
        return;
      }
      case 'disarm':
        queue.cancel(this.deadline);
        this.overdueGeneration = null;
        return;
      case 'listen':
        this.listening = effect.on;
        return;
      case 'advertise':
        this.priority = effect.priority;
        this.every = effect.every;
        if (effect.first === 'next') return;
        this.say(effect.priority);
        this.wokeLate = false;
        this.repeatAt(queue.now + this.real(this.every));
        return;
      case 'quiet':
        queue.cancel(this.adverts);
        this.advertOverdue = false;
        this.wokeLate = false;
        for (let n = 0; n < effect.farewells; n++) this.say(0);
        return;
      case 'own_addresses':
        this.owns = true;
        return;
      case 'release_addresses':
        this.owns = false;
        return;
      case 'announce':
      case 'announce_periodically':
      case 'announce_extra':
      case 'announce_source':
      case 'answer_arp':
      case 'cancel_announcements':
      case 'state_changed':
      case 'heard_lower_priority':
      case 'clear_refusals':
      case 'note':
        return;
      default:
        exhaustive(effect);
    }
  }

  private expired(generation: number): void {
    if (this.paused) this.overdueGeneration = generation;
    else if (generation === this.deadlineGeneration) this.feed({ kind: 'expired', at: this.now(), generation });
  }

  private repeatAt(due: number): void {
    this.options.queue.cancel(this.adverts);
    this.advertDue = due;
    this.adverts = this.options.queue.at(due, () => {
      if (this.paused) this.advertOverdue = true;
      else this.due();
    });
  }

  /** As Advertiser::due in the engine: after a pause in which others must have taken over it listens first. */
  private due(): void {
    const { queue } = this.options;
    if (this.wokeLate) {
      this.wokeLate = false;
      this.feed({ kind: 'spoke_again', at: this.now() });
      if (this.instance.state !== 'active') return;
    } else if (queue.now - this.sentAt >= this.real(this.patience())) {
      this.wokeLate = true;
      this.repeatAt(queue.now + this.real(this.listenTime()));
      this.feed({ kind: 'woke_late', at: micros(this.now() - (queue.now - this.sentAt)), late: micros(queue.now - this.advertDue) });
      return;
    }
    this.say(this.priority);
    let next = this.advertDue + this.real(this.every);
    if (next <= queue.now) next += (Math.floor((queue.now - next) / this.real(this.every)) + 1) * this.real(this.every);
    this.repeatAt(next);
  }

  /** The soonest that another router takes over, as lib/vrrp/shell/settings.ts tells the engine. */
  private patience(): number {
    const { version, advertisementInterval } = this.settings;
    return downInterval(3, advertisementInterval, skewTime(version, 254, advertisementInterval));
  }

  private listenTime(): number {
    return skewTime(this.settings.version, this.priority, this.settings.advertisementInterval);
  }

  private say(priority: number): void {
    this.sentAt = this.options.queue.now;
    this.options.send({ source: this.options.source, priority, interval: this.settings.advertisementInterval });
  }

  /** A duration of its own clock in true time. */
  private real(own: number): number {
    return own / (1 + this.options.clock.drift);
  }

  private forget(): void {
    const { queue } = this.options;
    queue.cancel(this.deadline);
    queue.cancel(this.adverts);
    this.overdueGeneration = null;
    this.advertOverdue = false;
    this.wokeLate = false;
    this.waiting = [];
    this.listening = false;
    this.owns = false;
    this.up = false;
    this.paused = false;
    this.instance = initial(this.settings);
    this.options.changed();
  }
}
