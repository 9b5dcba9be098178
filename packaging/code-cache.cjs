// SPDX-License-Identifier: MIT
// code-cache.cjs ENTRY [FILE]: writes the code cache of the bundle for this Node.

const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { cacheFile, compile, compileAhead, isChild, run } = require('../bin/bundle.cjs');

const use = process.argv[2];

/** What a configuration test of most files needs. */
const sample = `global_defs {
    router_id sample
}
vrrp_script check {
    script /bin/true
    interval 1
}
vrrp_instance VI_1 {
    state BACKUP
    interface lo
    virtual_router_id 51
    priority 100
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass sample
    }
    track_script {
        check weight 10
    }
    virtual_ipaddress {
        192.0.2.1/24 dev lo label lo:1
        192.0.2.2
    }
}
virtual_server 192.0.2.3 80 {
    delay_loop 6
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 192.0.2.4 80 {
        weight 1
        TCP_CHECK {
            connect_timeout 3
        }
    }
}
`;

async function main() {
  const script = isChild(use) ? compileAhead(use) : compile(use);
  const bundle = run(script, use);
  // These are over in milliseconds: only what they use is worth reading. A child has been compiled whole.
  if (use === 'config-test' || use === 'command') {
    const folder = mkdtempSync(join(tmpdir(), 'ka-ts-build-'));
    const file = join(folder, 'sample.conf');
    writeFileSync(file, sample);
    const words = ['-t', '-l', '-f', file, `--config-test=${join(folder, 'log')}`];
    await (use === 'config-test' ? bundle.testOnly(words) : bundle.main(words));
    rmSync(folder, { recursive: true });
  }
  writeFileSync(process.argv[3] ?? cacheFile(use), script.createCachedData());
  process.exitCode = 0;
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
