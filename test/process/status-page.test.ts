// SPDX-License-Identifier: MIT
// The status page: as a browser shows it (Chromium over a source of the test's own), what its server refuses, and the real
// process beside a real daemon.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { ip } from '../../lib/base/address.ts';
import type { StatusDocument } from '../../lib/control/document.ts';
import { ownCommand } from '../../lib/lab/daemon.ts';
import { childrenOf } from '../../lib/lab/host.ts';
import { readAssets } from '../../lib/web/shell/assets.ts';
import { createPageServer, limits } from '../../lib/web/shell/server.ts';
import { createSource } from '../../lib/web/shell/source.ts';
import { instanceStatus, statusDocument } from '../support/status-document.ts';
import { until } from '../support/until.ts';

interface Stage {
  readonly port: number;
  document: StatusDocument;
  /** Whether the daemon answers. */
  answers: boolean;
  close(): void;
}

async function openStage(): Promise<Stage> {
  const stage = { document: statusDocument(), answers: true };
  const source = createSource(() => (stage.answers ? Promise.resolve(stage.document) : Promise.reject(new Error('stopped'))));
  const place = { address: ip('127.0.0.1'), port: 0, names: ['127.0.0.1'] };
  const metrics = () => Promise.resolve({ type: 'text/plain', text: 'ka_up 1\n' });
  const server = createPageServer({ place, ownName: 'lb1', assets: readAssets(), source, metrics });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return Object.assign(stage, { port: (server.address() as AddressInfo).port, close });
}

function withState(state: 'MASTER' | 'BACKUP' | 'FAULT', count = 2): StatusDocument {
  const d = statusDocument();
  const instances = Array.from({ length: count }, (_, n) => instanceStatus(`VI_${n}`, n + 1, n === 0 ? { state } : {}));
  const event = { id: 3, at: d.at, kind: 'transition', instance: 'VI_0', from: 'MASTER', to: state, priority: 100, cause: 'link' } as const;
  return { ...d, vrrp: d.vrrp && { ...d.vrrp, instances }, events: [...d.events, event] };
}

/** Status and body, or what came instead of them. */
function get(
  port: number,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<{ status: number; type: string; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, method, headers, setHost: headers.Host === undefined }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, type: answer.headers['content-type'] ?? '', body }));
    });
    asked.on('error', reject);
    asked.end();
  });
}

describe('the status page', function () {
  this.timeout(60_000);

  describe('in a browser', () => {
    let browser: Browser;
    let stage: Stage;
    let page: Page;
    const complaints: string[] = [];

    before(async () => {
      browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
      stage = await openStage();
      page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(`http://127.0.0.1:${stage.port}/`);
      await page.waitForSelector('body:not(.waiting) .card');
    });
    after(async () => {
      await browser?.close();
      stage?.close();
    });

    it('shows a change of state while one looks, and announces it', async () => {
      stage.document = withState('FAULT');
      await page.waitForSelector('.card.fault >> text=VI_0');
      await page.waitForFunction("document.getElementById('announce').textContent.includes('VI_0 MASTER to FAULT: link')");
      assert.match(await page.innerText('#verdict'), /1 instance in FAULT/);
      assert.match(await page.title(), /^⚠ lb1/);
    });

    it('shows a contested and a deaf router, while its state is what it was', async () => {
      const d = withState('MASTER');
      const trouble = { kind: 'contested', why: 'two_active', address: '192.0.2.9', mac: '02:00:00:00:00:09', since: d.at - 5 } as const;
      const troubled = instanceStatus('VI_0', 1, {
        troubles: [{ ...trouble, text: '192.0.2.9 (02:00:00:00:00:09) goes on advertising' }],
      });
      stage.document = { ...d, vrrp: d.vrrp && { ...d.vrrp, instances: [troubled] } };
      await page.waitForSelector('.card.active .trouble >> text=02:00:00:00:00:09');
      assert.match(await page.innerText('#verdict'), /1 instance contested/);
    });

    it('says plainly when the daemon does not answer, and goes on when it does', async () => {
      stage.answers = false;
      await page.waitForSelector('body.old');
      assert.match(await page.innerText('#banner'), /does not answer; everything below is from/);
      stage.answers = true;
      await page.waitForSelector('body:not(.old)');
      assert.equal(await page.isVisible('#banner'), false);
    });

    it('has 255 instances on a line each, and finds one', async () => {
      stage.document = withState('BACKUP', 255);
      await page.waitForSelector('.cards.dense');
      assert.equal(await page.locator('#cards .card').count(), 255);
      await page.fill('#filter', 'VI_200');
      await page.waitForFunction("document.querySelectorAll('#cards .card').length === 1");
      await page.click('#cards summary');
      await page.waitForSelector('#cards .vip.held');
      await page.fill('#filter', '');
    });

    it('treats names as text', async () => {
      const evil = '<img src=x onerror=alert(1)>';
      const d = withState('MASTER');
      stage.document = { ...d, vrrp: d.vrrp && { ...d.vrrp, instances: [instanceStatus(evil, 1)] } };
      await page.waitForSelector('#cards h3 >> text=onerror');
      assert.equal(await page.innerText('#cards h3'), evil);
      assert.equal(await page.locator('#cards img').count(), 0);
    });

    it('is one for keyboard and screen reader: landmarks, one h1, names for all controls, a skip link', async () => {
      for (const landmark of ['header', 'main', 'aside[aria-label]', 'h1', 'html[lang]', '[aria-live=polite]'])
        assert.equal(await page.locator(landmark).count(), 1, landmark);
      const nameless = await page.evaluate(
        "[...document.querySelectorAll('button, input, a, section')].filter((e) => !(e.textContent.trim() || e.labels?.length || e.getAttribute('aria-label') || e.getAttribute('aria-labelledby'))).length",
      );
      assert.equal(nameless, 0);
      await page.keyboard.press('Tab');
      assert.equal(await page.evaluate('document.activeElement.className'), 'skip');
    });

    for (const scheme of ['light', 'dark'] as const)
      it(`is readable: contrast AA (${scheme})`, async () => {
        await page.emulateMedia({ colorScheme: scheme });
        const poor = await page.evaluate(`(() => {
          const light = (name) => {
            const probe = document.body.appendChild(document.createElement('i'));
            probe.style.color = 'var(' + name + ')';
            const shown = getComputedStyle(probe).color;
            probe.remove();
            const [r, g, b] = shown.match(/[0-9.]+/g).slice(0, 3).map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
          const pairs = ['active', 'backup', 'fault', 'unknown'].flatMap((t) => [['--' + t, '--' + t + '-bg'], ['--' + t, '--panel']]);
          pairs.push(['--ink', '--panel'], ['--ink', '--ground'], ['--quiet', '--panel'], ['--quiet', '--ground'], ['--quiet', '--sunk']);
          return pairs.filter(([a, b]) => !(ratio(a, b) >= 4.5)).map(([a, b]) => a + ' on ' + b + ': ' + ratio(a, b).toFixed(2));
        })()`);
        assert.deepEqual(poor, []);
      });

    it('fits a phone without scrolling sideways', async () => {
      await page.setViewportSize({ width: 360, height: 740 });
      assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true);
    });

    it('had nothing to complain about', () => assert.deepEqual(complaints, []));
  });

  describe('as a server', () => {
    let stage: Stage;
    before(async () => {
      stage = await openStage();
    });
    after(() => stage.close());

    it('refuses foreign names, paths, methods and bodies', async () => {
      const status = async (path: string, headers: Record<string, string> = {}, method = 'GET') =>
        (await get(stage.port, path, headers, method)).status;
      assert.equal(await status('/'), 200);
      assert.equal(await status('/', { Host: 'evil.example' }), 403);
      assert.equal(await status('/../../etc/passwd'), 404);
      assert.equal(await status('/', {}, 'POST'), 405);
      assert.equal(await status('/', { 'Content-Length': '5' }), 413);
      assert.equal(JSON.parse((await get(stage.port, '/status.json')).body).document, 1);
    });

    it('refuses what is too long, and nonsense', async () => {
      const raw = async (bytes: string): Promise<string> => {
        const socket = connect(stage.port, '127.0.0.1');
        let text = '';
        socket.on('data', (data) => {
          text += data;
        });
        socket.on('error', () => {});
        socket.write(bytes);
        await once(socket, 'close');
        return text;
      };
      assert.match(await raw(`GET / HTTP/1.1\r\nHost: ${'a'.repeat(limits.headerBytes + 10)}\r\n\r\n`), /^HTTP\/1\.1 4/);
      assert.match(await raw('\x16\x03\x01 nonsense\r\n\r\n'), /^HTTP\/1\.1 400/);
    });

    it('has room for so many readers of events and no more', async () => {
      const open: ReturnType<typeof request>[] = [];
      const statuses: number[] = [];
      for (let n = 0; n < limits.streams + 1; n++) {
        const asked = request({ host: '127.0.0.1', port: stage.port, path: '/events' }, (answer) => {
          statuses.push(answer.statusCode ?? 0);
          answer.on('error', () => {});
          answer.resume();
        });
        asked.on('error', () => {});
        asked.end();
        open.push(asked);
      }
      await until('all are answered', () => statuses.length === limits.streams + 1);
      assert.equal(statuses.filter((s) => s === 503).length, 1);
      for (const asked of open) asked.destroy();
      await until('their places are free', async () => {
        const asked = request({ host: '127.0.0.1', port: stage.port, path: '/events' });
        asked.on('error', () => {});
        asked.end();
        const [answer] = (await once(asked, 'response')) as [{ statusCode: number }];
        asked.destroy();
        return answer.statusCode === 200;
      });
    });
  });

  describe('beside a daemon', () => {
    const port = 18_000 + (process.pid % 2000);
    const directory = mkdtempSync(join(tmpdir(), `ka-test-${process.pid}-`));
    let daemon: ChildProcess;
    let log = '';

    before(async () => {
      const file = join(directory, 'ka.conf');
      const instance =
        'vrrp_instance VI_1 {\n interface eth0\n version 3\n virtual_router_id 51\n advert_int 0.1\n virtual_ipaddress {\n 192.0.2.77/24\n }\n}\n';
      writeFileSync(file, `global_defs {\n ka_ts {\n http 127.0.0.1 ${port}\n }\n}\n${instance}`);
      const [program = '', ...words] = ownCommand();
      const pid = (role: string) => join(directory, `${role}.pid`);
      // A network namespace of its own: the address is nobody else's.
      const lines = [
        'link add eth0 type veth peer name eth1',
        'address add 192.0.2.1/24 dev eth0',
        'link set lo up',
        'link set eth1 up',
        'link set eth0 up',
      ];
      const inside = `${lines.map((line) => `ip ${line} && `).join('')}exec "$@"`;
      daemon = spawn(
        'setpriv',
        ['--pdeathsig', 'KILL', 'unshare', '--net', 'sh', '-c', inside, 'sh', program, ...words, '-n', '-l', '-f', file].concat([
          '-p',
          pid('parent'),
          '-r',
          pid('vrrp'),
          '-c',
          pid('checkers'),
          '-b',
          pid('bfd'),
        ]),
        { stdio: ['ignore', 'ignore', 'pipe'] },
      );
      daemon.stderr?.setEncoding('utf8').on('data', (text: string) => {
        log += text;
      });
      await until(
        'the page is served',
        () =>
          ask('/').then(
            (body) => body.includes('<title>ka-ts'),
            () => false,
          ),
        { within: 20_000, every: 100 },
      );
    });
    after(async () => {
      daemon.kill('SIGTERM');
      if (daemon.exitCode === null && daemon.signalCode === null) await once(daemon, 'exit');
      rmSync(directory, { recursive: true, force: true });
    });

    /** From within its namespace. */
    async function ask(path: string): Promise<string> {
      const script = `fetch('http://127.0.0.1:${port}${path}').then((r) => r.text()).then((t) => process.stdout.write(t), () => process.exit(1))`;
      const child = spawn('nsenter', [`--target=${daemon.pid}`, '--net', process.execPath, '-e', script], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      let text = '';
      child.stdout.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      const [status] = (await once(child, 'close')) as [number];
      if (status !== 0) throw new Error('no answer');
      return text;
    }
    const webPid = () => childrenOf(daemon.pid ?? 0).find((pid) => environmentOf(pid).includes('KA_TS_ROLE=web'));
    /** Nothing of one that has just died. */
    const environmentOf = (pid: number): string => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8');
      } catch {
        return '';
      }
    };

    it('is a process without rights that knows nothing but the connection it was given', async () => {
      const pid = await until('it runs', webPid);
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      assert.doesNotMatch(status, /^Uid:\s+0\b/m);
      assert.match(status, /^CapEff:\s+0+$/m);
      assert.match(status, /^Groups:\s*$/m);
      const environment = environmentOf(pid).split('\0').filter(Boolean);
      assert.deepEqual(environment.map((e) => e.split('=')[0]).sort(), ['KA_TS_HTTP', 'KA_TS_ROLE', 'NODE_ENV']);
    });

    it('serves the document and the metrics', async () => {
      const document = JSON.parse(await ask('/status.json')) as StatusDocument;
      assert.equal(document.vrrp?.instances[0]?.name, 'VI_1');
      assert.match(await ask('/metrics'), /^ka_vrrp_state\{vrrp_instance="VI_1",state="(MASTER|BACKUP)".* 1$/m);
    });

    it('may be killed: the daemon goes on and starts another one', async () => {
      const first = await until('it runs', webPid);
      process.kill(first, 'SIGKILL');
      const second = await until('another one runs', () => {
        const pid = webPid();
        return pid !== first && pid;
      });
      assert.notEqual(second, first);
      assert.match(log, /Status page process was ended by SIGKILL/);
      assert.equal(daemon.exitCode, null);
      await until(
        'it serves',
        () =>
          ask('/').then(
            (body) => body.includes('ka-ts'),
            () => false,
          ),
        { every: 100 },
      );
    });

    it('goes with a reload that does not name it', async () => {
      writeFileSync(join(directory, 'ka.conf'), readFileSync(join(directory, 'ka.conf'), 'utf8').replace(/ http .*\n/, ''));
      daemon.kill('SIGHUP');
      await until('it is gone', () => webPid() === undefined);
    });
  });
});
