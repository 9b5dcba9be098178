// SPDX-License-Identifier: MIT
// Each folder <topic>/<nn-name> is one rule: settings.json (what it is about, which rules, what differs from keepalived's
// defaults), steps.jsonl (what happens, all times in µs) and expect.jsonl (every step with its effects, every advert
// sent, silence included). Deadlines fire by themselves between the steps. KA_UPDATE=1 rewrites expect.jsonl; the review
// reads the diff.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Ip } from '../../lib/base/address.ts';
import { type Micros, micros } from '../../lib/base/time.ts';
import type { VrrpEvent } from '../../lib/vrrp/core/events.ts';
import { createFakeMachine, routerAddress, type SettingsOverrides, testSettings } from '../support/fake-machine.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

const root = fileURLToPath(new URL('.', import.meta.url));
const UPDATE = process.env.KA_UPDATE === '1';

interface Case {
  /** A sentence: the title of the test. */
  readonly about: string;
  /** Ids of docs/conformance, and sections of the reference. */
  readonly rules: readonly string[];
  readonly source?: Ip;
  readonly settings: SettingsOverrides;
}

/** An event, or time that passes; fields that do not matter may be left out. */
type Line =
  | { readonly kind: 'wait'; readonly at: Micros }
  | { readonly kind: 'reload'; readonly at: Micros; readonly change: SettingsOverrides; readonly addressesAdded?: boolean }
  | (Partial<VrrpEvent> & { readonly kind: VrrpEvent['kind']; readonly at: Micros });

function lines<T>(file: string): T[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as T);
}

function run(folder: string, test: Case): string[] {
  const seen: string[] = [];
  const clock = createVirtualClock();
  const tell = (what: object): void => void seen.push(JSON.stringify({ at: clock.now(), ...what }));
  const source = test.source ?? routerAddress.ours;
  let settings = testSettings(test.settings);
  const machine = createFakeMachine({
    clock,
    settings,
    source,
    send: (advert) => tell({ sends: advert.priority }),
    onStep: (event, instance, effects) => tell({ on: event.kind, state: instance.state, effects }),
  });
  for (const line of lines<Line>(join(folder, 'steps.jsonl'))) {
    clock.runUntil(line.at);
    switch (line.kind) {
      case 'wait':
        tell({ on: 'wait', state: machine.instance.state, effects: [] });
        break;
      case 'reload': {
        settings = testSettings({ ...settings, ...line.change });
        machine.reload(settings, line.addressesAdded ?? false);
        break;
      }
      case 'startup':
        machine.feed({ source, faults: [], trackingDelta: 0, waiting: false, notBefore: micros(0), ...line });
        break;
      case 'tracking':
        machine.feed({ source, faults: [], trackingDelta: 0, waiting: false, ...line });
        break;
      case 'advert':
        machine.hear({ source: routerAddress.high, priority: 200, interval: settings.advertisementInterval, ...line });
        break;
      default:
        machine.feed(line as VrrpEvent);
    }
  }
  return seen;
}

for (const topic of readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
  describe(`conformance: ${topic.name}`, () => {
    for (const name of readdirSync(join(root, topic.name)).sort()) {
      const folder = join(root, topic.name, name);
      const test = JSON.parse(readFileSync(join(folder, 'settings.json'), 'utf8')) as Case;
      const ids = test.rules.map((rule) => `[${rule}]`).join(' ');
      it(`${ids} ${test.about} (${topic.name}/${name})`, () => {
        const got = run(folder, test);
        const file = join(folder, 'expect.jsonl');
        if (UPDATE) writeFileSync(file, `${got.join('\n')}\n`);
        assert.ok(existsSync(file), `${file} is missing: review what KA_UPDATE=1 writes there`);
        assert.deepEqual(
          got.map((line) => JSON.parse(line)),
          lines(file),
        );
      });
    }
  });
}
