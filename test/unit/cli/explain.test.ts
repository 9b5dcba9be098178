// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { explainCommand } from '../../../lib/cli/explain.ts';
import { keywordEntries } from '../../../lib/config/reference/entries.ts';
import { grammar } from '../../../lib/grammar.ts';

async function explain(...argv: string[]) {
  let out = '';
  let errors = '';
  const output = {
    write: (text: string) => {
      out += text;
    },
    error: (text: string) => {
      errors += text;
    },
    width: 200,
    colour: false,
  };
  const status = await explainCommand(argv, output);
  return { status, out, errors };
}

describe('ka-ts explain', () => {
  it('says what a keyword means, takes and does', async () => {
    const { status, out, errors } = await explain('vrrp_instance.priority');
    assert.deepEqual([status, errors], [0, '']);
    for (const text of [
      /^priority N\n {2}Base priority/,
      /stands in +vrrp_instance\n/,
      /argument +1\.\.255\n/,
      /bad value +100 is used/,
      /on reload +a change takes effect while running\n/,
      /vrrp_instance \S+ \{\n +priority [0-9]+\n +\}\n$/,
    ])
      assert.match(out, text);
  });

  it('finds a keyword by the end of its path, with dots or slashes', async () => {
    const { out } = await explain('vrrp_instance/track_script');
    for (const query of ['vrrp_instance.track_script', '/vrrp_instance/track_script']) assert.equal((await explain(query)).out, out);
    assert.match((await explain('HTTP_GET/url')).out, /stands in +virtual_server\/real_server\/HTTP_GET\n/);
    assert.match((await explain('/track_file')).out, /^track_file NAME/);
  });

  it('says a keyword of several blocks once for each meaning', async () => {
    const { out } = await explain('track_script');
    assert.equal(out.match(/^track_script /gm)?.length, 2);
    assert.match((await explain('connect_ip')).out, /stands in .*TCP_CHECK,\s.*HTTP_GET/s);
  });

  it('lists the keywords of a block', async () => {
    const { out } = await explain('vrrp_script');
    for (const word of ['script', 'interval', 'timeout', 'rise', 'fall', 'weight']) assert.match(out, new RegExp(`^ {4}${word} `, 'm'));
  });

  it('names the new word for a deprecated one and the other spellings of a keyword', async () => {
    assert.match((await explain('global_tracking')).out, /deprecated +write sync_group_tracking_weight\n/);
    assert.match((await explain('vrrp_instance.accept')).out, /also +no_accept\n/);
    assert.match((await explain('no_accept')).out, /sets +accept\n/);
  });

  it('never shows a password as an example of anything but itself', async () => {
    assert.match((await explain('auth_pass')).out, /secret +never shown/);
  });

  it('knows the words of the language itself', async () => {
    for (const word of ['include', '@ID', '@^ID', '$NAME=', '$NAME', '~SEQ', '~LST', '_ENV', `$${'{_ENV}'}`]) {
      const { status, out } = await explain(word);
      assert.equal(status, 0, word);
      assert.match(out, /stands in +any line/);
    }
  });

  it('guesses what an unknown word was meant to be, and ends with 1', async () => {
    assert.deepEqual(await explain('prioritty'), {
      status: 1,
      out: '',
      errors: "there is no keyword 'prioritty'; did you mean 'priority'?\n",
    });
    assert.equal((await explain('vrrp_instance.qqqqqqqq')).errors, "there is no keyword 'vrrp_instance.qqqqqqqq'\n");
    for (const word of ['', '/', '.', '__proto__', 'constructor']) assert.equal((await explain(word)).status, 1, word);
  });

  it('lists the blocks when asked for nothing', async () => {
    const { status, out } = await explain();
    assert.equal(status, 0);
    assert.match(out, /^Blocks\n.*^ {4}vrrp_instance +\S.*^ {6}authentication +\S.*^On any line\n/ms);
  });

  it('prints entries as JSON', async () => {
    const { status, out } = await explain('--json', 'vrrp_instance.priority');
    assert.equal(status, 0);
    const [entry, ...more] = JSON.parse(out);
    assert.equal(more.length, 0);
    const { path, argument, reload, insteadOfBad, blocks } = entry;
    assert.deepEqual(
      { path, argument, reload, insteadOfBad, blocks },
      {
        path: 'vrrp_instance/priority',
        argument: '1..255',
        reload: 'live',
        insteadOfBad: '100',
        blocks: ['vrrp_instance'],
      },
    );
    assert.deepEqual(JSON.parse((await explain('--json')).out), JSON.parse(JSON.stringify(keywordEntries(grammar))));
  });

  it('fits 80 columns for every keyword, but for words that are longer', async () => {
    const paths = keywordEntries(grammar).map((e) => e.path);
    const { out } = await explain(
      ...paths.map((p) => (p.includes('/') || /[@$~]/.test(p) ? p : `/${p}`)).filter((p) => !p.startsWith('/incl')),
    );
    const long = out.split('\n').filter((line) => line.length > 80 && line.trim().split(' ').length > 4);
    assert.deepEqual(long, []);
  });

  it('refuses a wrong command line with 2', async () => {
    const { status, out, errors } = await explain('--bogus');
    assert.deepEqual([status, out], [2, '']);
    assert.match(errors, /Try 'ka-ts explain --help'/);
  });
});
