// SPDX-License-Identifier: MIT
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is the syntax under test.
import assert from 'node:assert/strict';
import { loadSnapshot, mergedText } from '../../../lib/config/load.ts';
import { fakeScripts, instanceText, load, usable } from './load.ts';

describe('a snapshot', () => {
  it('is plain JSON from which the same configuration and findings come', () => {
    const text = `include *.inc\n$P=\${_RANDOM 1 250}\nglobal_defs {\n router_id \${_ENV HOME}\n}\nvrrp_script c {\n script "check"\n user nobody\n}\n${instanceText('priority ${P}\nnotify /bin/n\ntrack_script {\n c\n}')}bogus\n`;
    const loaded = load(
      text,
      {
        env: { HOME: '/root', SECRET: 'never' },
        interfaces: [{ name: 'eth0', mtu: 1500, loopback: false, multicast: true }],
        scripts: fakeScripts({ check: usable('/usr/bin/check', { found: '/usr/bin/check' }), '/bin/n': { kind: 'not_executable' } }),
      },
      { '/etc/keepalived/a.inc': '$Q=1', '/etc/keepalived/b.inc': { fault: 'executable' } },
    );
    const json = JSON.stringify(loaded.snapshot);
    const again = loadSnapshot(JSON.parse(json));
    assert.ok(loaded.config);
    assert.deepEqual(again.config, loaded.config);
    assert.deepEqual(again.findings, loaded.findings);
    assert.deepEqual(again.snapshot, loaded.snapshot);
    assert.ok(!json.includes('never'), 'only variables that are used are in it');
  });

  it('keeps bytes that are no UTF-8', () => {
    const loaded = load(Buffer.from('global_defs {\n router_id a\xffb\n}\n', 'latin1').toString('latin1'));
    assert.equal(loadSnapshot(loaded.snapshot).config?.global_defs.router_id, loaded.config?.global_defs.router_id);
  });

  it('gives one text without includes, definitions, conditions and comments that means the same', () => {
    const text = `# all of it\ninclude more.inc\n$P=77\n@node1 global_defs {\n router_id "a b" ! here\n}\n@other nonsense\n${instanceText('priority ${P}')}`;
    const loaded = load(text, {}, { '/etc/keepalived/more.inc': 'vrrp_instance VI_2 { interface eth1\n virtual_router_id 2 }' });
    const merged = mergedText(loaded.snapshot);
    assert.doesNotMatch(merged, /include|@|\$|all of it|nonsense/);
    assert.match(merged, /^# .*keepalived\.conf\n# more\.inc\n/);
    assert.match(merged, /^ {2}priority 77$/m);
    const again = load(merged);
    assert.ok(loaded.config);
    const placeless = (config: unknown) => JSON.stringify(config, (key, value) => (key === 'position' ? undefined : value));
    assert.equal(placeless(again.config), placeless(loaded.config));
    assert.equal(mergedText(again.snapshot).split('\n').slice(1).join('\n'), merged.split('\n').slice(2).join('\n'));
  });
});
