import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { RunHost } from '../../../harness/run/host.js';
import { readFolder } from '../../../harness/run/kinds.js';
import { resume } from '../../../harness/run/run.js';
import { requireTrusted } from '../../../harness/run/trust.js';
import { readPlan } from '../../../harness/store/read.js';
import { STORE_VERSION } from '../../../harness/store/spec.js';
import { buildReport } from '../../../reports/build.js';
import { compareFolders } from '../../../reports/compare/folders.js';
import { exportResults } from '../../../reports/export/export.js';
import { startView } from '../../../reports/view/server.js';
import { writeStored } from '../../reports/stored.js';
import { temporary } from '../../support.js';

/** A results folder is data: what it names is not run, and where it points is not read. */
const dir = temporary();
const marker = join(dir, 'was-run');
let n = 0;
beforeEach(() => rmSync(marker, { force: true }));

/** Code that leaves a mark where it is run. */
function module(body: string): string {
  const path = join(dir, `code-${n++}.mjs`);
  const mark = `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(marker)}, '');\n`;
  writeFileSync(path, `${mark}export default ${body};\n`);
  return path;
}
function folder(name: 'suite' | 'analysis', path: string): string {
  const out = join(dir, `${name}-${n++}`);
  mkdirSync(out);
  const environment = {
    cpuModel: '',
    cores: 1,
    memoryBytes: 1,
    nodeVersion: '',
    tiltyardVersion: '',
    gitCommit: null,
  };
  const stored = { storeVersion: STORE_VERSION, name, description: '', module: path, environment };
  writeFileSync(join(out, `${name}.json`), JSON.stringify({ ...stored, profile: 'quick', members: [] }));
  return out;
}
const notTrusted = (path: string): object => ({
  code: 'not-trusted',
  exitCode: 2,
  message: expect.stringContaining(`to run that code, name it: --trust ${path}`),
});

test('no command runs the module that a suite names, until it is named on the command line', async () => {
  const path = module('{ profiles: ["quick"], members: () => ({}), decide: () => [] }');
  const out = folder('suite', path);
  const calls: (() => Promise<unknown>)[] = [
    () => buildReport(out),
    () => compareFolders(out, out),
    () => exportResults(out, 'latex', { out: join(dir, 'tables.tex') }),
    () => resume(out, {}, stopped()),
    () => readFolder(out),
  ];
  for (const call of calls) await expect(call()).rejects.toMatchObject(notTrusted(path));
  const view = await startView(out, { host: '127.0.0.1', port: 0 });
  await fetch(view.url);
  await view.close();
  expect(existsSync(marker)).toBe(false);
  await readFolder(out, { trusted: [path] });
  expect(existsSync(marker)).toBe(true);
});

test('nor one that an analysis or a run that has not ended names', async () => {
  const analysis = module('{ parts: [] }');
  const out = folder('analysis', analysis);
  await expect(resume(out, {}, stopped())).rejects.toMatchObject(notTrusted(analysis));
  await buildReport(out); // its rows are there: nothing is computed

  const plugin = module('{}');
  const experiment = writeStored(join(dir, 'experiment'), { seeds: [0], outcome: () => null });
  const edited = readFileSync(join(experiment, 'plan.json'), 'utf8').replaceAll(
    '"module":"two"',
    `"module":"${plugin}"`,
  );
  writeFileSync(join(experiment, 'plan.json'), edited.replaceAll(/"module":"(one|sft)"/g, '"module":"sft"'));
  await expect(resume(experiment, {}, stopped())).rejects.toMatchObject(notTrusted(plugin));
  expect(existsSync(marker)).toBe(false);
  expect(existsSync(join(experiment, 'lock.json'))).toBe(false);
  expect(await resume(experiment, { trust: [plugin] }, stopped())).toMatchObject({ exitCode: 3 });
});

describe('a module is trusted', () => {
  const path = module('{}');
  const named = [{ kind: 'algorithm', module: path }] as const;
  const link = join(dir, 'link.mjs');
  symlinkSync(path, link);
  test.each([
    ['by its path', path, true],
    ['by a link to it', link, true],
    ['not by another one beside it', join(dir, 'code-999.mjs'), false],
    ['not by its folder', dir, false],
    ['not by a name', 'dpo', false],
  ])('%s', (_, name, is) => {
    const check = (): void => requireTrusted('/out', named, [name]);
    if (is) expect(check).not.toThrow();
    else expect(check).toThrow(/which is not built in; a results folder is data/);
  });
  test('where it is built in, by its name and not by its path', () => {
    requireTrusted('/out', [{ kind: 'dataset', module: 'jsonl', baseDir: '/' }]);
    expect(() => requireTrusted('/out', [{ kind: 'dataset', module: './jsonl', baseDir: '/' }])).toThrow(
      /not built in/,
    );
  });
});

describe('where a store points stays inside it', () => {
  test.each<[string, (text: string) => string]>([
    ['a run elsewhere', (text) => text.replaceAll('one-s0-01234567', '../../elsewhere')],
    ['a run above', (text) => text.replaceAll('one-s0-01234567', '..')],
    ['an input elsewhere', (text) => text.replaceAll(/"start":"[^"]*"/g, '"start":"/etc/passwd"')],
    [
      'runs elsewhere',
      (text) => text.replace('{', '{"store":"../../.."').replace('"storeVersion"', ',"storeVersion"'),
    ],
    ['no list of runs', (text) => text.replace(/"runs":.*/, '"runs":{}}')],
    ['runs of no shape', (text) => text.replace(/"runs":.*/, '"runs":[null,7]}')],
  ])('%s is refused', async (_, change) => {
    const out = writeStored(join(dir, `store-${n++}`), { seeds: [0] });
    const plan = join(out, 'plan.json');
    writeFileSync(plan, change(readFileSync(plan, 'utf8')));
    expect(() => readPlan(out)).toThrow(/plan\.json: .*; bring it back as it was/);
    await expect(readFolder(out)).rejects.toMatchObject({ exitCode: 2 });
  });
  test('a member elsewhere is refused', async () => {
    const out = folder('suite', 'claims');
    const suite = join(out, 'suite.json');
    writeFileSync(suite, readFileSync(suite, 'utf8').replace('"members":[]', '"members":["../elsewhere"]'));
    await expect(readFolder(out)).rejects.toThrow(/its members are no names/);
  });
});

/** Starts no run: it was interrupted before. */
function stopped(): RunHost {
  const progress = {
    planned() {},
    foreseen() {},
    started() {},
    ended() {},
    event() {},
    note() {},
    close() {},
  };
  const launcher = { launch: () => Promise.reject(new Error('nothing should start')) };
  return { launcher, progress, report: async () => ({ path: '', damages: [] }), signal: AbortSignal.abort() };
}
