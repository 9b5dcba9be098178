// SPDX-License-Identifier: MIT
// A cluster of routers through years of faults. Between two episodes of faults nothing happens but adverts: that time is
// skipped, after the cluster was seen to be settled, by moving every clock on. Everything comes from one seed.

import { ip } from '../../lib/base/address.ts';
import { micros, milliseconds, seconds } from '../../lib/base/time.ts';
import { downInterval, skewTime } from '../../lib/base/vrrp-arithmetic.ts';
import { randomFrom } from '../../lib/config/definitions.ts';
import type { Settings } from '../../lib/vrrp/core/types.ts';
import { testSettings } from '../support/fake-machine.ts';
import { type Advert, Node } from './node.ts';
import { createQueue } from './queue.ts';

export interface Figures {
  episodes: number;
  faults: number;
  /** Deeds of the queue. */
  deeds: number;
  /** Longest time from the end of the faults to an Active in every part, and to the last change, in Active_Down_Intervals. */
  worstActive: number;
  worstPeace: number;
}

export interface Broken {
  readonly seed: number;
  readonly years: number;
  readonly what: string;
  /** What happened in the episode, a line each. */
  readonly story: readonly string[];
}

const year = 365.25 * 86_400e6;
/** Between two episodes, on average. */
const usualGap = year / 50;
/** More than this many Active_Down_Intervals after the faults have ended nobody may be without an Active. */
const mostWithout = 3;

/** Of a packet. */
const longestDelay = 2e6;

type Random = () => number;
const below = (random: Random, n: number): number => Math.floor(random() * n);
const pick = <T>(random: Random, list: readonly T[]): T => list[below(random, list.length)] as T;

function anySettings(random: Random): Settings[] {
  const version = pick(random, [2, 3] as const);
  const size = random();
  const count = size < 0.005 ? 100 + below(random, 101) : size < 0.05 ? 6 + below(random, 15) : 2 + below(random, 4);
  const shared = pick(random, [milliseconds(100), milliseconds(300), seconds(1), seconds(2)]);
  const mixed = version === 3 && random() < 0.2;
  const equal = random() < 0.25;
  const base = 1 + below(random, 254);
  const handover = random() < 0.5;
  return Array.from({ length: count }, (_, n) => {
    const priority = equal ? base : random() < 0.06 ? 255 : 1 + below(random, 254);
    return testSettings({
      name: `node ${n}`,
      version,
      priority,
      wantsActive: priority === 255,
      preempt: random() < 0.7,
      preemptDelay: random() < 0.2 ? seconds(1 + below(random, 20)) : micros(0),
      advertisementInterval: mixed ? pick(random, [milliseconds(100), milliseconds(300), seconds(1)]) : shared,
      silentOnLower: random() < 0.15,
      // See test/unit/vrrp/core/convergence.test.ts: not with different intervals.
      advertBeforeYield: !mixed && random() < 0.15,
      yieldsWhenLate: random() < 0.2,
      handover,
    });
  });
}

const kinds = ['crash', 'stop', 'start', 'restart', 'respawn', 'pause', 'split', 'deaf', 'lose', 'delay', 'duplicate', 'reflect'] as const;
const others = ['fail', 'recover', 'track', 'reload', 'rob'] as const;

export interface RunOptions {
  readonly tell?: (line: string) => void;
  /** For tests of the judgement: routers that never yield, or that keep addresses when their check fails. */
  readonly defect?: 'never yields' | 'keeps addresses';
}

/** Runs one cluster for so many years. null: every invariant held. */
export function runCluster(seed: number, years: number, figures: Figures, { tell, defect }: RunOptions = {}): Broken | null {
  const random = randomFrom(seed);
  const queue = createQueue();
  const network = { loss: 0, delay: 1000, duplicate: 0, reflect: 0 };
  const all = anySettings(random);
  const count = all.length;
  let parts: number[] = all.map(() => 0);
  /** Who hears nobody, or is heard by nobody: broken one way. */
  const deaf = new Set<number>();
  const mute = new Set<number>();
  let skipped = 0;
  let story: string[] = [];
  let lastChange = 0;
  /** Since when every part with an able node has had an Active; null: one has none. */
  let served: number | null = null;

  const note = (line: string): void => {
    const text = `${((queue.now + skipped) / 1e6).toFixed(6)} ${line}`;
    if (story.length < 400) story.push(text);
    tell?.(text);
  };
  const deliver = (to: number, advert: Advert): void => {
    const late = network.delay * random();
    queue.at(queue.now + late, () => {
      const node = nodes[to] as Node;
      if (defect === 'never yields' && node.instance.state === 'active') return;
      node.hear(advert);
    });
  };
  const send = (from: number, advert: Advert): void => {
    if (mute.has(from)) return;
    for (let to = 0; to < count; to++) {
      if (to === from ? random() >= network.reflect : parts[to] !== parts[from] || deaf.has(to)) continue;
      if (random() < network.loss) continue;
      deliver(to, advert);
      if (random() < network.duplicate) deliver(to, advert);
    }
  };
  const nodes: Node[] = all.map(
    (settings, n) =>
      new Node({
        ...{ queue, settings, source: ip(`192.0.2.${n + 1}`) },
        clock: { ahead: Math.floor(random() * 1e12), drift: (random() - 0.5) * 400e-6 },
        send: (advert) => send(n, advert),
        changed: () => {
          lastChange = queue.now;
          look();
          note(`node ${n}: ${nodes[n]?.up ? nodes[n].instance.state : 'down'}`);
        },
      }),
  );
  const isAble = (node: Node): boolean => node.up && !node.failed && node.instance.leaving === null;
  const look = (): void => {
    const waiting = new Set<number>();
    for (const [n, node] of nodes.entries()) if (isAble(node)) waiting.add(parts[n] as number);
    for (const [n, node] of nodes.entries()) if (node.up && node.instance.state === 'active') waiting.delete(parts[n] as number);
    served = waiting.size > 0 ? null : (served ?? queue.now);
  };

  const interval = Math.max(...all.map((s) => s.advertisementInterval));
  const version = all[0]?.version ?? 2;
  const down = downInterval(3, micros(interval), skewTime(version, 1, micros(interval)));
  const patience = Math.max(...all.map((s) => s.preemptDelay));
  const settle = 8 * down + 2 * patience + 2e6;

  const perform = (): unknown => {
    const n = below(random, count);
    const node = nodes[n] as Node;
    const kind = random() < 0.65 ? pick(random, kinds) : pick(random, others);
    figures.faults++;
    note(`${kind} ${n}`);
    switch (kind) {
      case 'crash':
        return node.crash();
      case 'stop':
        return node.stop();
      case 'start':
        return node.start();
      case 'restart':
        node.stop();
        queue.at(queue.now + random() * 3e6, () => node.start());
        return;
      case 'respawn': {
        // Killed and back before the peers notice, or not.
        const was = node.instance.state === 'active' && !node.paused;
        const late = random() * 4 * node.settings.advertisementInterval;
        node.crash();
        queue.at(queue.now + late, () => node.start(was && late < 2.5 * node.settings.advertisementInterval));
        return;
      }
      case 'pause':
        node.pause();
        queue.at(queue.now + (random() < 0.5 ? random() * 1e6 : random() * 2 * down), () => node.goOn());
        return;
      case 'split':
        parts = parts.map(() => below(random, 2));
        return;
      case 'deaf':
        (random() < 0.5 ? deaf : mute).add(n);
        return;
      case 'lose':
        network.loss = pick(random, [0.05, 0.3, 0.6, 0.95]);
        return;
      case 'delay':
        network.delay = pick(random, [20e3, 300e3, longestDelay]);
        return;
      case 'duplicate':
        network.duplicate = 0.5;
        return;
      case 'reflect':
        network.reflect = pick(random, [0.5, 1]);
        return;
      case 'fail':
      case 'recover':
        return node.track(kind === 'fail', node.delta);
      case 'track':
        return node.track(node.failed, below(random, 507) - 253);
      case 'reload': {
        const priority = 1 + below(random, 254);
        return node.reload({ ...node.settings, priority, wantsActive: false, preempt: random() < 0.7 });
      }
      case 'rob':
        return node.rob();
    }
  };

  const calm = (): void => {
    Object.assign(network, { loss: 0, delay: pick(random, [100, 1000, 20_000]), duplicate: 0, reflect: random() < 0.1 ? 1 : 0 });
    deaf.clear();
    mute.clear();
    if (random() < 0.7) parts = parts.map(() => 0);
    for (const node of nodes) {
      node.goOn();
      if (!node.up && random() < 0.8) node.start();
      if (node.failed && random() < 0.8) node.track(false, node.delta);
    }
    note('calm');
  };

  /** What is wrong with the present state; null: nothing. */
  const judge = (): string | null => {
    for (const part of new Set(parts)) {
      const able = nodes.filter((node, n) => parts[n] === part && node.up && !node.failed);
      const active = able.filter((node) => node.instance.state === 'active');
      if (active.length !== (able.length > 0 ? 1 : 0)) return `part ${part}: ${active.length} Active of ${able.length} able routers`;
      for (const { instance, settings, owns } of able) {
        if (owns !== (instance.state === 'active')) return `${settings.name}: addresses without their Active, or the reverse`;
        const preempts = settings.preempt || settings.priority === 255;
        const better = instance.effectivePriority > (active[0]?.instance.effectivePriority ?? 0);
        if (preempts && better) return `${settings.name} is better, preempts, and is kept waiting`;
      }
    }
    if (defect === 'keeps addresses') for (const node of nodes) node.owns ||= node.failed;
    for (const { up, failed, owns, settings } of nodes) if (owns && (failed || !up)) return `${settings.name} holds addresses in vain`;
    return null;
  };

  const isPending = ({ instance: i }: Node): boolean =>
    i.preemptDelayUntil !== null || i.ownerConflict !== null || i.leaving !== null || i.wokeLate !== null;
  const broken = (what: string): Broken => ({ seed, years, what, story });
  for (const node of nodes) queue.at(random() * 500_000, () => node.start());
  queue.runUntil(settle);
  for (let elapsed = 0; elapsed < years * year; elapsed = queue.now + skipped) {
    story = [
      `version ${version}, ${all.map((s) => JSON.stringify(s, ['priority', 'advertisementInterval', 'preempt', 'preemptDelay', 'handover', 'silentOnLower', 'advertBeforeYield', 'yieldsWhenLate'])).join('\n')}`,
    ];
    const faults = 1 + below(random, 6);
    for (let i = 0; i < faults; i++) queue.at(queue.now + random() * 6 * interval, perform);
    // Long enough for the last of them to end: a pause or a restart.
    queue.runUntil(queue.now + 6 * interval + 2 * down + 3e6);
    calm();
    // What is still under way arrives first.
    queue.runUntil(queue.now + longestDelay);
    const from = queue.now;
    served = null;
    look();
    // As soon as nothing has changed and nothing was pending for long enough that it would have.
    do {
      queue.runUntil(queue.now + 2 * down);
    } while (queue.now < from + settle && (queue.now - lastChange < 2 * down || nodes.some(isPending)));
    figures.episodes++;
    const wrong = judge();
    if (wrong !== null) return broken(wrong);
    const without = ((served ?? queue.now) - from) / down;
    figures.worstActive = Math.max(figures.worstActive, without);
    if (without > mostWithout) return broken(`no Active for ${without.toFixed(1)} Active_Down_Intervals`);
    figures.worstPeace = Math.max(figures.worstPeace, (lastChange - from - patience) / down);
    const before = lastChange;
    queue.runUntil(queue.now + 4 * interval);
    if (lastChange !== before) return broken('a change of state after the cluster had settled');
    const gap = Math.floor(-Math.log(1 - random()) * usualGap);
    skipped += gap;
    for (const node of nodes) node.skipped = skipped;
    queue.runUntil(queue.now + 2 * interval);
    if (lastChange !== before) return broken('a change of state in quiet time');
  }
  figures.deeds += queue.done;
  return null;
}

export function noFigures(): Figures {
  return { episodes: 0, faults: 0, deeds: 0, worstActive: 0, worstPeace: 0 };
}
