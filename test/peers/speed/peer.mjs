// Processes of other libraries, and what they are given: a folder with a specification and weights.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { encodeSafetensors } from '../../../dist/harness/policy/checkpoint/safetensors.js';

export const python = process.env.PYTHON ?? 'python3';
export const imports = (...modules) =>
  spawnSync(python, ['-c', modules.map((name) => `import ${name}`).join('\n')]).status === 0;

/** A folder with these JSON files and perhaps weights, while `use` lasts. */
export async function withFolder(files, weights, use) {
  const folder = mkdtempSync(join(tmpdir(), 'tiltyard-peer-'));
  try {
    for (const [name, value] of Object.entries(files)) {
      writeFileSync(join(folder, `${name}.json`), JSON.stringify(value));
    }
    if (weights !== null) writeFileSync(join(folder, 'model.safetensors'), encodeSafetensors(weights));
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Starts a script beside this file. It answers a line with a line of JSON; the first says its versions. */
export async function openPeer(script, ...args) {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(python, [path, ...args.map(String)], { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text) => (said = (said + text).slice(-2000)));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${script} ended: ${said}`);
    return JSON.parse(value);
  };
  const versions = await answer();
  return {
    versions,
    async ask(command, argument = '') {
      child.stdin.write(`${command} ${typeof argument === 'string' ? argument : JSON.stringify(argument)}\n`);
      return answer();
    },
    stop: () => child.stdin.end(),
  };
}

const cpuSeconds = () => Object.values(process.cpuUsage()).reduce((a, b) => a + b) / 1e6;

/** Does it in this process. @returns what it gave, and `ms` and `cpu` seconds that it took */
export async function timed(work) {
  const [start, cpu] = [performance.now(), cpuSeconds()];
  const result = await work();
  return { result, ms: performance.now() - start, cpu: cpuSeconds() - cpu };
}
