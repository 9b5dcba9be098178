// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Micros, milliseconds, seconds } from '../../../../lib/base/time.ts';
import type { Config, InterfaceDelay, LinkbeatInterface } from '../../../../lib/config/model.ts';
import type { Link } from '../../../../lib/native/surface.ts';
import { createLinkWatch, type PollMethod } from '../../../../lib/vrrp/shell/link-watch.ts';
import { config, instance } from '../../../support/configs.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';
import { createMemoryLog } from '../../../support/memory-log.ts';

const UP = 0x11043;
const DOWN = 0x1003;

function setup(more: Partial<Config>, flags = UP) {
  const clock = createFakeClock();
  const log = createMemoryLog();
  const links = new Map<string, number>([['eth0', flags]]);
  const answers = new Map<string, boolean>();
  const asked: string[] = [];
  const changes: string[] = [];
  const has = (name: string) => ((links.get(name) ?? 0) & 0x41) === 0x41;
  const watch = createLinkWatch({
    native: {
      linkStatus: (name, method) => {
        asked.push(`${method} ${name}`);
        return answers.get(`${method} ${name}`) ?? null;
      },
    },
    clock,
    log,
    view: { byName: (name) => (links.has(name) ? ({ flags: links.get(name) } as Link) : undefined), hasCarrier: has },
    onChange: (name) => void changes.push(`${name} ${watch.isUp(name, has(name)) ? 'up' : 'down'}`),
  });
  const apply = (c: Partial<Config>) => watch.apply({ ...config(instance()), ...c });
  apply(more);
  const set = (value: number | null, name = 'eth0') => {
    if (value === null) links.delete(name);
    else links.set(name, value);
    watch.told(name);
  };
  return { clock, log, links, answers, asked, changes, watch, apply, set, up: (name = 'eth0') => watch.isUp(name, has(name)) };
}

const delay = (down: Micros, up: Micros): Partial<Config> => ({
  interface_up_down_delays: [{ name: 'eth0', down, up }] satisfies InterfaceDelay[],
});
const beat = (type: LinkbeatInterface['type'] = null): Partial<Config> => ({ linkbeat_interfaces: [{ name: 'eth0', type }] });
const methodsUp = (t: ReturnType<typeof setup>, method: PollMethod, value: boolean) => t.answers.set(`${method} eth0`, value);

describe('delays of interface changes', () => {
  it('leave other links alone', () => {
    const t = setup({});
    t.set(DOWN);
    assert.deepEqual([t.up(), t.log.lines, t.changes], [false, [], []]);
  });

  it('a change counts when it has lasted, with keepalived’s lines', () => {
    const t = setup(delay(seconds(2), seconds(1)));
    t.set(DOWN);
    t.clock.advance(milliseconds(1999));
    assert.deepEqual([t.up(), t.watch.delays('eth0').running], [true, true]);
    t.clock.advance(milliseconds(1));
    assert.deepEqual([t.up(), t.changes], [false, ['eth0 down']]);
    t.set(UP);
    t.clock.advance(seconds(1));
    assert.deepEqual(t.log.lines, [
      'eth0: Adding flags change from 0x11043 to 0x1003 delay by 2000000',
      'Netlink reports eth0 down',
      'eth0: Adding flags change from 0x1003 to 0x11043 delay by 1000000',
      'Netlink reports eth0 up',
    ]);
  });

  it('a change back within the delay cancels, and the next one waits from its own time', () => {
    const t = setup(delay(seconds(2), seconds(1)));
    t.set(DOWN);
    t.clock.advance(seconds(1));
    t.set(UP);
    assert.equal(t.log.lines.at(-1), 'Delay timer for eth0 cancelled');
    t.set(DOWN);
    t.clock.advance(milliseconds(1900));
    assert.equal(t.up(), true);
    t.clock.advance(milliseconds(100));
    assert.deepEqual(t.changes, ['eth0 down']);
  });

  it('further messages of the same state do not start the delay anew', () => {
    const t = setup(delay(seconds(2), seconds(1)));
    t.set(DOWN);
    t.clock.advance(seconds(1));
    t.set(DOWN);
    t.clock.advance(seconds(1));
    assert.equal(t.up(), false);
  });

  it('nothing is delayed before the link was seen up, nor when it is deleted or made again', () => {
    const t = setup(delay(seconds(2), seconds(9)), DOWN);
    t.set(UP);
    assert.equal(t.up(), true);
    t.set(null);
    assert.equal(t.up(), false);
    t.set(UP);
    assert.equal(t.up(), true);
    assert.deepEqual([t.clock.pending(), t.log.lines], [0, []]);
  });

  it('a reload keeps what waits; one that drops the delay lets the present count', () => {
    const t = setup(delay(seconds(2), seconds(1)));
    t.set(DOWN);
    t.clock.advance(seconds(1));
    t.apply(delay(seconds(2), seconds(1)));
    t.clock.advance(seconds(1));
    assert.deepEqual(t.changes, ['eth0 down']);
    t.set(UP);
    t.apply({});
    assert.deepEqual([t.up(), t.clock.pending()], [true, 0]);
  });

  it('however it flaps, it ends in the present state', () => {
    const step = fc.record({ flags: fc.constantFrom(UP, DOWN, null), wait: fc.integer({ min: 0, max: 1500 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const t = setup(delay(seconds(1), milliseconds(500)));
        for (const { flags, wait } of steps) {
          t.set(flags);
          t.clock.advance(milliseconds(wait));
        }
        t.clock.advance(seconds(2));
        assert.equal(t.up(), t.links.get('eth0') === UP);
        assert.equal(t.clock.pending(), 0);
      }),
    );
  });

  it('is silent after its stop', () => {
    const t = setup(delay(seconds(2), seconds(1)));
    t.set(DOWN);
    t.watch.stop();
    t.clock.advance(seconds(5));
    assert.deepEqual([t.changes, t.clock.pending()], [[], 0]);
  });
});

describe('polled links', () => {
  it('are what the driver says, once a second', () => {
    const t = setup({});
    methodsUp(t, 'ethtool', true);
    t.apply(beat());
    assert.deepEqual([t.up(), t.watch.method('eth0')], [true, 'ethtool']);
    methodsUp(t, 'ethtool', false);
    t.clock.advance(milliseconds(999));
    assert.equal(t.up(), true);
    t.clock.advance(milliseconds(1));
    assert.deepEqual(
      [t.changes, t.log.lines],
      [['eth0 down'], ['Using MII-BMSR/ETHTOOL NIC polling thread(s)...', 'Linkbeat reports eth0 down']],
    );
  });

  it('say when the wanted way is not to be had', () => {
    const t = setup({});
    methodsUp(t, 'ethtool', true);
    t.apply(beat('MII'));
    assert.equal(t.log.lines[0], '(eth0): Configured linkbeat type MII not supported, using ETHTOOL');
  });

  it('are down while the interface is down or gone, whatever the driver says, and found again', () => {
    const t = setup({});
    methodsUp(t, 'ethtool', true);
    t.apply(beat());
    t.set(0x1002);
    assert.equal(t.up(), false);
    t.set(null);
    assert.equal(t.up(), false);
    t.set(UP);
    assert.equal(t.up(), true);
  });

  it('are those of all instances with linkbeat_use_polling, or of the one that asks for it', () => {
    const t = setup({});
    methodsUp(t, 'ioctl', true);
    t.watch.apply(config(instance({ linkbeat_use_polling: true })));
    assert.equal(t.watch.method('eth0'), 'ioctl');
    const all = config(instance());
    t.watch.apply({ ...all, global_defs: { ...all.global_defs, linkbeat_use_polling: true } });
    assert.equal(t.watch.method('eth0'), 'ioctl');
    t.apply({});
    assert.deepEqual([t.watch.method('eth0'), t.clock.pending()], [null, 0]);
  });
});
