import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import type { AnalysisRow, ClaimRow } from '../../../harness/contracts/analysis.js';
import { startView } from '../../../reports/view/server.js';
import { contents, start, temporary, tiltyard } from '../../support.js';

const dir = temporary();
const file = join(dir, 'tiny.yaml');
const report = (out: string): { rows: AnalysisRow[] } =>
  JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as { rows: AnalysisRow[] };
const runsOf = (out: string, stage: string): string[] =>
  readdirSync(join(out, 'runs')).filter((r) => r.startsWith(`${stage}-`));

// Two members on one world: both have base, sft and collect. The claim counts finished runs and shows a
// figure.
const suite = `
const stages = (beta) => ({
  base: { algorithm: 'sft', completions: 'corpus', params: { epochs: 1 } },
  sft: { algorithm: 'sft', start: 'base', params: { epochs: 1 } },
  dpo: { algorithm: 'dpo', start: 'sft', params: { epochs: 20, batchSize: 8 }, sweep: { beta } },
});
const member = (seeds, beta) => ({
  seeds,
  dataset: { name: 'strings', params: { letters: 3, length: 3, corpusSize: 200, prompts: 18 } },
  policy: { width: 8, layers: 1, heads: 1 },
  collect: { from: 'base', pairs: 64, heldoutPairs: 8 },
  stages: stages(beta),
  evaluation: { every: 0, prompts: 9, testPrompts: 9 },
  checkpointEvery: 20,
});
const seeds = (profile) => (profile === 'full' ? 2 : 1);
export default {
  profiles: ['quick', 'full'],
  members: (profile) => ({ low: member(seeds(profile), [0.1]), high: member(seeds(profile), [0.1, 1]) }),
  decide(runs) {
    const n = [...runs.values()].flat().filter((r) => r.outcome?.outcome === 'completed').length;
    const reported = 'always';
    const about = { claim: 'Runs <b>finish</b>.', scenario: 'tiny', statistic: 'finished runs', reported };
    const measured = { value: n === 0 ? null : n, ci: null, threshold: 'above 0', n };
    const verdict = n > 0 ? 'supported' : 'undecided';
    const axis = (field) => ({ field, type: 'quantitative' });
    const encoding = { x: axis('x'), y: axis('y') };
    const spec = { data: { values: [{ x: 1, y: n }] }, mark: 'point', encoding };
    return [
      { type: 'claim', id: 'X1', ...about, ...measured, verdict, figure: 'f1' },
      { type: 'figure', id: 'f1', title: 'Finished', reading: 'Higher is better.', spec },
    ];
  },
};
`;
/** The suite is the user's own: whoever reads a folder names it again. */
const trust = ['--trust', join(dir, 'tiny.mjs')];
beforeAll(() => {
  writeFileSync(join(dir, 'tiny.mjs'), suite);
  writeFileSync(file, 'name: tiny\ndescription: two small experiments\nsuite: ./tiny.mjs\n');
});

describe('a suite', () => {
  const out = join(dir, 'whole');
  let said = '';
  beforeAll(async () => {
    const { code, stdout, stderr } = await tiltyard('run', file, '--jobs', '1', '--out', out);
    expect(code, stderr).toBe(0);
    said = stdout;
  });

  test('runs what members have in common once, and says which member it is at', () => {
    expect(readdirSync(join(out, 'runs'))).toHaveLength(6); // base, collect, sft, its measures, two DPO
    expect(said).toMatch(/low \(1 of 2\)[\s\S]*high \(2 of 2\)\n6 runs, 5 already finished/);
  });
  test('gives each member an ordinary folder with a report of its own', async () => {
    for (const member of ['low', 'high']) {
      expect(readdirSync(join(out, member)).sort()).toEqual([
        'experiment.json',
        'plan.json',
        'report.csv',
        'report.files.json',
        'report.html',
        'report.json',
        'report.md',
      ]);
      expect((await tiltyard('report', join(out, member))).code).toBe(0);
    }
  });
  test('decides from the stored runs; its report links the figure, and can be computed anew', async () => {
    expect((report(out).rows[0] as ClaimRow).value).toBe(11); // six runs, five of them both members'
    const html = readFileSync(join(out, 'report.html'), 'utf8');
    expect(html).toContain('Runs &lt;b&gt;finish&lt;/b&gt;.');
    expect(html).toMatch(/Reported: always\.[\s\S]*href="#f1"[\s\S]*id="f1"/);
    expect(readFileSync(join(out, 'report.md'), 'utf8')).toContain('| always |');
    expect(readFileSync(join(out, 'report.csv'), 'utf8')).toContain(',always,f1');
    const before = readFileSync(join(out, 'report.json'), 'utf8');
    rmSync(join(out, 'rows.jsonl'));
    rmSync(join(out, 'report.json'));
    expect((await tiltyard('report', out, ...trust)).code).toBe(0);
    expect(readFileSync(join(out, 'report.json'), 'utf8')).toBe(before);
    expect(readFileSync(join(out, 'rows.jsonl'), 'utf8').split('\n').filter(Boolean)).toHaveLength(2);
  });
  test('compare takes two suites: claims, then members; never a suite and an experiment', async () => {
    const { code, stdout } = await tiltyard('compare', out, out, '--fail-on-regression', ...trust);
    expect(code).toBe(0);
    expect(stdout).toContain('1 of the 1 claims that both decide have the same verdict.');
    expect(stdout).toMatch(/X1 +supported, 11\.0, n 11 +supported, 11\.0, n 11/);
    const [low, high] = stdout.split('== high ==');
    expect(low).toMatch(/== low ==[\s\S]*dpo\[beta=0\.1\] is the same to the byte/);
    expect(high).toMatch(/dpo\[beta=1\] is the same to the byte/);
    const rows = (await tiltyard('compare', out, out, '--json', ...trust)).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; member?: string });
    expect(rows.map((r) => r.member ?? r.type)).toEqual(['claims', 'low', 'high']);
    expect(await tiltyard('compare', out, join(out, 'low'), ...trust)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('holds a suite'),
    });
  });
  test("export: its claims as LaTeX; runs are the members'", async () => {
    const path = join(dir, 'claims.tex');
    expect(
      (await tiltyard('export', out, '--format', 'latex', '--out', path, '--standalone', ...trust)).code,
    ).toBe(0);
    const text = readFileSync(path, 'utf8');
    const claim = 'Runs \\textless{}b\\textgreater{}finish\\textless{}/b\\textgreater{}.';
    expect(text).toContain(`X1 & ${claim} & supported & 11.0 & above 0 & 11 \\\\`);
    expect(text).toContain('\\end{document}');
    expect(await tiltyard('export', out, '--format', 'csv', ...trust)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /is a suite; give the folder of one of its members for csv: .*low, .*high/,
      ),
    });
  });
  test('view lists its members, each with a live page below its name', async () => {
    const view = await startView(out, { host: '127.0.0.1', port: 0 });
    try {
      const page = await (await fetch(view.url)).text();
      expect(page).toMatch(/profile quick, 11 of 11 runs in 2 members, <a href="report">/);
      expect(page).toContain('<a href="low/">low</a></td><td>5 of 5</td>');
      expect(page).not.toContain('http-equiv'); // all done: nothing to wait for
      expect((await fetch(`${view.url}report`)).status).toBe(200);
      const member = await fetch(`${view.url}low`);
      expect([member.status, member.url]).toEqual([200, `${view.url}low/`]);
      expect(await (await fetch(`${view.url}high/api/state`)).json()).toMatchObject({ runs: { length: 6 } });
      for (const path of ['none/', '..%2Fruns/', 'low/api/run/..%2F..'])
        expect((await fetch(`${view.url}${path}`)).status, path).toBe(404);
    } finally {
      await view.close();
    }
  });
  test('SIGKILL of everything in its midst, then resume: the same bytes', async () => {
    const killed = join(dir, 'killed');
    const { child, ended } = start(['run', file, '--jobs', '1', '--out', killed], { detached: true });
    for (
      let i = 0;
      !existsSync(join(killed, 'runs')) ||
      !runsOf(killed, 'dpo_beta=0.1_').some((r) => existsSync(join(killed, 'runs', r, 'steps.jsonl')));
      i++
    ) {
      if (i > 3000) throw new Error('the first member never came to its last stage');
      await sleep(10);
    }
    process.kill(-child.pid!, 'SIGKILL');
    await ended;
    await sleep(200);
    expect(Object.keys(contents(killed)).length).toBeLessThan(Object.keys(contents(out)).length);
    const resumed = await tiltyard('resume', killed, ...trust);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(contents(killed)).toEqual(contents(out));
    expect(readFileSync(join(killed, 'report.md'), 'utf8')).toBe(
      readFileSync(join(out, 'report.md'), 'utf8'),
    );
  });
  test('SIGTERM: exit 3, a report of what there is, and how to go on', async () => {
    const stopped = join(dir, 'stopped');
    const { child, ended } = start(['run', file, '--jobs', '1', '--out', stopped]);
    while (
      !existsSync(join(stopped, 'runs')) ||
      !runsOf(stopped, 'base').some((r) => existsSync(join(stopped, 'runs', r, 'outcome.json')))
    )
      await sleep(10);
    child.kill('SIGTERM');
    const { code, stdout } = await ended;
    expect([code, stdout]).toEqual([3, expect.stringContaining(`dist/harness/cli.js resume ${stopped}`)]);
    expect((report(stopped).rows[0] as ClaimRow).n).toBeLessThan(11);
  });
});

describe('a suite before it runs', () => {
  test('check plans every member and counts shared runs once', async () => {
    expect((await tiltyard('check', file)).stdout.split('\n')).toEqual([
      'tiny: valid; a suite of 2 experiments, 6 runs at profile quick',
      '  low: 5 runs for 1 seed on dataset strings',
      '  high: 6 runs for 1 seed on dataset strings',
      '',
    ]);
    expect((await tiltyard('check', 'claims')).stdout).toMatch(
      /^claims: valid; a suite of 9 experiments, \d+ runs at profile quick\n/,
    );
  });
  test.each<[string, string[], RegExp]>([
    [
      'an unknown profile',
      ['--profile', 'quik'],
      /suite .\/tiny.mjs: unknown profile 'quik'; did you mean 'quick'\?/,
    ],
    [
      '--set',
      ['--set', 'seeds=1'],
      /is a suite of experiments; --set, --data, --model and --judge do not apply to it, --profile and/,
    ],
  ])('refused: %s', async (_, flags, message) => {
    const out = join(dir, `refused-${flags[1]}`);
    expect(await tiltyard('run', file, ...flags, '--out', out)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(message),
    });
    expect(existsSync(out)).toBe(false);
  });
  test('refused: a profile of what is none, a module that is none, an unknown one', async () => {
    expect(await tiltyard('run', 'smoke', '--profile', 'quick')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--profile quick: smoke is no suite/),
    });
    mkdirSync(join(dir, 'wrong'));
    writeFileSync(join(dir, 'wrong', 'module.mjs'), 'export default { members: {} };');
    writeFileSync(join(dir, 'wrong', 'a.yaml'), 'name: a\nsuite: ./module.mjs\n');
    writeFileSync(join(dir, 'wrong', 'b.yaml'), 'name: b\nsuite: claim\n');
    expect(await tiltyard('run', join(dir, 'wrong', 'a.yaml'))).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/its default export should be \{ profiles, members, decide \}/),
    });
    expect(await tiltyard('run', join(dir, 'wrong', 'b.yaml'))).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/unknown suite 'claim'; did you mean 'claims'\?/),
    });
  });
});
