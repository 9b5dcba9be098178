// SPDX-License-Identifier: MIT
// What vrrp_sync_group means; messages as keepalived 2.2.7 prints them for the same text.

import assert from 'node:assert/strict';
import { diffConfigs } from '../../../lib/config/diff.ts';
import { withGroupTracking } from '../../../lib/config/group-tracking.ts';
import type { Config } from '../../../lib/config/model.ts';
import { instanceText, load, problems } from './load.ts';

const eth0 = { name: 'eth0', mtu: 1500, loopback: false, multicast: true };
const options = { interfaces: [eth0, { ...eth0, name: 'eth1' }] };
const script = 'vrrp_script S {\n script "/bin/true"\n}\n';
const first = (lines = '') => instanceText(lines);
const second = (lines = '') => instanceText(`virtual_router_id 52\n${lines}`, '10.0.0.8').replace('VI_1', 'VI_2');
const group = (body = '', members = 'VI_1 VI_2', name = 'G') => `vrrp_sync_group ${name} {\n group {\n ${members}\n }\n${body}\n}\n`;

function config(text: string): Config {
  const loaded = load(text, options);
  assert.ok(loaded.config, loaded.findings.map((f) => f.message).join());
  return loaded.config;
}

const said = (text: string) => problems(load(text, options)).map((p) => p.replace(/^[0-9]+:[0-9]+ /, ''));
const groupsOf = (text: string) => config(text).vrrp_sync_group.map((g) => [g.name, g.group.join()]);

describe('a sync group in the configuration', () => {
  it('has its members in the order they are written, one per line or many', () => {
    assert.deepEqual(groupsOf(group('', 'VI_2\n VI_1') + first() + second()), [['G', 'VI_2,VI_1']]);
    assert.deepEqual(said(group() + first() + second()), []);
  });

  it('ignores members that do not exist or have a group already, and is none without members', () => {
    const unknown = group('', 'VI_1 VI_3') + first();
    assert.deepEqual(said(unknown), [
      "sync-group-unknown: Virtual router VI_3 specified in sync group G doesn't exist - ignoring",
      "sync-group-single: Sync group G has only 1 virtual router(s) - this probably isn't what you want",
    ]);
    assert.deepEqual(groupsOf(unknown), [['G', 'VI_1']]);
    const twice = group('', 'VI_1 VI_1 VI_2') + group('', 'VI_1', 'H') + first() + second();
    assert.deepEqual(said(twice), [
      'sync-group-twice: Virtual router VI_1 cannot exist in more than one sync group; ignoring G',
      'sync-group-twice: Virtual router VI_1 cannot exist in more than one sync group; ignoring H',
      'sync-group-empty: Sync group H, no matching virtual router found in group declaration - removing',
    ]);
    assert.deepEqual(groupsOf(twice), [['G', 'VI_1,VI_2']]);
    assert.deepEqual(said(`vrrp_sync_group G {\n notify /bin/true\n}\n${first()}`), [
      'sync-group-empty: Sync group G has no virtual router(s). removing',
    ]);
  });

  it('does not lose the group to a second list', () => {
    assert.deepEqual(groupsOf(`${group(' group {\n VI_2\n }')}${first()}${second()}`), [['G', 'VI_1,VI_2']]);
  });

  it('says that owners and others do not go together', () => {
    assert.match(said(group() + first('priority 255') + second())[0] ?? '', /^sync-group-owners: .* This won't work\.$/);
    assert.deepEqual(said(group() + first('priority 255') + second('priority 255')), []);
  });

  it('takes weighted trackers from its members, unless it allows them', () => {
    const trackers = 'track_interface {\n eth1 weight 5\n}\ntrack_script {\n S weight 3\n}';
    const text = (more: string) => script + group(more) + first(trackers) + second();
    assert.deepEqual(said(text('')), [
      'sync-group-weight: (VI_1) ignoring eth1 tracked interface weight due to SYNC group',
      'sync-group-weight: (VI_1) ignoring tracked script S with weights due to SYNC group',
    ]);
    const [without] = config(text('')).vrrp_instance;
    assert.deepEqual(without?.track_interface, [{ name: 'eth1', weight: { value: 0, reverse: false } }]);
    assert.deepEqual(without?.track_script, []);
    assert.deepEqual(said(text('sync_group_tracking_weight')), []);
    assert.equal(config(text('sync_group_tracking_weight')).vrrp_instance[0]?.track_script[0]?.weight.value, 3);
    assert.equal(config(text('global_tracking')).vrrp_sync_group[0]?.sync_group_tracking_weight, true);
  });

  it('lends its trackers to every member; its own weight counts where both track the same', () => {
    const text =
      script + group('track_script {\n S weight 7\n}\nsync_group_tracking_weight') + first('track_script {\n S weight 3\n}') + second();
    const built = config(text);
    const weights = withGroupTracking(built).map((i) => i.track_script.map((t) => t.weight.value).join());
    assert.deepEqual(weights, ['7', '7']);
    assert.equal(built.vrrp_script.length, 1, 'a script that only a group tracks is used');
    assert.ok(
      load(text, options).findings.some((f) => f.message.includes('track_script S is configured on VRRP instance and sync group.')),
    );
  });

  it('leaves instances without a group as they are', () => {
    const built = config(group('', 'VI_1') + first() + second());
    assert.equal(withGroupTracking(built)[1], built.vrrp_instance[1]);
  });

  it('has smtp_alert by its own word, else by that for VRRP, else by that for all', () => {
    const alert = (global: string, own: string) =>
      config(`global_defs {\n${global}\n}\n${group(own)}${first()}${second()}`).vrrp_sync_group[0]?.smtp_alert;
    assert.equal(alert('', ''), false);
    assert.equal(alert('smtp_alert', ''), true);
    assert.equal(alert('smtp_alert\nsmtp_alert_vrrp off', ''), false);
    assert.equal(alert('smtp_alert', 'smtp_alert no'), false);
  });

  it('is compared by name at a reload; a change of members touches no instance', () => {
    const old = config(group() + first() + second());
    const next = config(group('', 'VI_1') + first() + second());
    const diff = diffConfigs(old, next);
    assert.deepEqual(
      diff.groups.map((c) => [c.kind, c.kind === 'keep' ? c.changed.join() : '']),
      [['keep', 'group']],
    );
    assert.deepEqual(
      diff.instances.map((c) => c.kind),
      ['keep', 'keep'],
    );
    assert.deepEqual(
      diffConfigs(old, config(group('', 'VI_1 VI_2', 'H') + first() + second())).groups.map((c) => c.kind),
      ['remove', 'add'],
    );
  });
});
