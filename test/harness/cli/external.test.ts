import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import type { EvalRow, OutcomeRow, StepRow } from '../../../harness/store/records.js';
import { readJsonl } from '../../../harness/store/jsonl.js';
import { contents, type Ended, root, start, temporary, tiltyard } from '../../support.js';
import { smallExperiment } from './small-experiment.js';

/** A trainer outside from the command line: a Node script in the place of a Python one. */
const dir = temporary();
const mine = join(dir, 'trainer');
const plugin = join(mine, 'plugin.js');
const params = { batchSize: 4, epochs: 1, slow: 60 };

const folderOf = (out: string, stage: string): string =>
  join(out, 'runs', readdirSync(join(out, 'runs')).find((id) => id.startsWith(`${stage}-s0-`))!);
const outcomeOf = (out: string, stage: string): OutcomeRow =>
  JSON.parse(readFileSync(join(folderOf(out, stage), 'outcome.json'), 'utf8')) as OutcomeRow;
const evals = (out: string, stage: string): EvalRow[] =>
  readJsonl<EvalRow>(join(folderOf(out, stage), 'evals.jsonl'));

const whole = join(dir, 'whole');
let ended: Ended;
let file: string;
beforeAll(async () => {
  cpSync(join(root, 'test', 'fixtures', 'external-trainer'), mine, { recursive: true });
  const stages = {
    dpo: { algorithm: 'dpo', params: { batchSize: 8, epochs: 1 } },
    nudge: { algorithm: plugin, params },
    fails: { algorithm: plugin, params: { ...params, mistake: 'fails' } },
    steps: { algorithm: plugin, params, budget: { maxSteps: 3 } },
    seconds: { algorithm: plugin, params: { ...params, slow: 3000 }, budget: { maxSeconds: 3 } },
  };
  file = smallExperiment(dir, 'outside', stages, { tuning: { equal: false } });
  ended = await tiltyard('run', file, '--out', whole, '--jobs', '2');
});

describe('a run that a trainer outside works on', () => {
  test('is completed, with its ledger and the versions that it ran', () => {
    const { outcome, cause, steps, ledger, external, clock, confined } = outcomeOf(whole, 'nudge');
    expect([outcome, cause, steps], ended.stdout + ended.stderr).toEqual(['completed', null, 8]);
    expect(external).toEqual({ flops: 'formula' });
    expect(ledger.tokensTrained).toBeGreaterThan(32 * 10);
    const { parameters } = outcomeOf(whole, 'nudge');
    expect(ledger.flops.update).toBe(3 * ledger.flops.forward);
    // Prompts are read too.
    expect(ledger.flops.update).toBeGreaterThan(6 * parameters * ledger.tokensTrained);
    expect(ledger.tokensTrained).toBe(outcomeOf(whole, 'dpo').ledger.tokensTrained);
    expect(clock.trainer).toMatchObject({
      versions: { nudge: '1.2.3', node: process.version },
      peakDeviceMemoryBytes: null,
      resumedAfter: null,
    });
    expect(confined).toBeUndefined();
  });
  test('is evaluated as any other: the start by the same figures, then its model', () => {
    const [before, after, final] = evals(whole, 'nudge');
    const [own] = evals(whole, 'dpo');
    const { clock: _, ...first } = before!;
    const { clock: __, ...ownFirst } = own!;
    expect(first).toEqual(ownFirst);
    expect([after!.step, after!.split, final!.split]).toEqual([8, 'validation', 'test']);
    expect(after!.kl.raoBlackwell!.mean).not.toBe(0);
    expect(outcomeOf(whole, 'nudge').modelHash).not.toBe(outcomeOf(whole, 'nudge').startHash);
  });
  test('leaves its job beside its rows, and nothing of what was laid out', () => {
    const { clock } = JSON.parse(readFileSync(join(folderOf(whole, 'nudge'), 'external.json'), 'utf8')) as {
      clock: { job: { data: { rows: number } }; command: { env: object } };
    };
    expect([clock.job.data.rows, clock.command.env]).toEqual([32, { NUDGE: 'yes' }]);
    expect(readdirSync(join(whole, 'external'))).toEqual([]);
  });
  test('is told from a run that failed, by its own last words', () => {
    const { outcome, cause, steps } = outcomeOf(whole, 'fails');
    expect([outcome, cause!.code, cause!.phase, steps]).toEqual(['failed', 'trainer-failed', 'train', 2]);
    expect(cause!.message).toMatch(/ended with exit code 1: .*Error: the trainer ran out of luck$/);
    expect(ended.stdout).toMatch(/failed fails seed 0 · 2 steps .*ran out of luck/);
  });
  test('stops at a budget of steps, and of seconds, with a model', () => {
    expect(outcomeOf(whole, 'steps')).toMatchObject({ outcome: 'budget-spent', cause: null, steps: 3 });
    const { outcome, cause, modelHash } = outcomeOf(whole, 'seconds');
    expect([outcome, cause, modelHash === null]).toEqual(['timed-out', null, false]);
  });
  test('is named in the report, with what was not counted', () => {
    const report = readFileSync(join(whole, 'report.md'), 'utf8');
    expect(report).toMatch(/nudge: trained outside \(node v\S+, nudge 1\.2\.3\); its seconds and tokens are/);
    expect(report).toMatch(/FLOPs by formula from the tokens that it says it read \(3 runs\)/);
  });
});

/** Processes of this machine that a job started. */
const left = (out: string): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((id) => {
      try {
        return readFileSync(`/proc/${id}/environ`, 'utf8').includes(`TILTYARD_JOB=${out}/`);
      } catch {
        return false;
      }
    });

async function reached(out: string, rows: number): Promise<void> {
  for (let i = 0; i < 3000; i++) {
    const runs = existsSync(join(out, 'runs')) ? readdirSync(join(out, 'runs')) : [];
    const steps = runs
      .filter((id) => id.startsWith('nudge-s0-'))
      .map((id) => join(out, 'runs', id, 'steps.jsonl'));
    if (steps[0] !== undefined && readJsonl(steps[0]).length >= rows) return;
    await sleep(10);
  }
  throw new Error(`it never reached ${rows} steps`);
}

describe('interrupted in the middle', () => {
  const alone = (slow: number): string =>
    smallExperiment(dir, `alone-${slow}`, { nudge: { algorithm: plugin, params: { ...params, slow } } });

  test('SIGKILL of everything: nothing is left running; resume ends with the same bytes', async () => {
    const out = join(dir, 'killed');
    const running = start(['run', alone(120), '--out', out], { detached: true });
    await reached(out, 3);
    expect(left(out).length).toBeGreaterThan(0);
    process.kill(-running.child.pid!, 'SIGKILL');
    await running.ended;
    await sleep(500);
    expect(left(out)).toEqual([]);
    const resumed = await tiltyard('resume', out, '--trust', plugin);
    expect(resumed.code, resumed.stderr).toBe(0);
    const { clock, ...outcome } = outcomeOf(out, 'nudge');
    expect(clock.trainer!.resumedAfter).toBeGreaterThan(1);
    const rows = readJsonl<StepRow>(join(folderOf(out, 'nudge'), 'steps.jsonl'));
    expect(rows.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const again = join(dir, 'again');
    await tiltyard('run', alone(120), '--out', again);
    const { clock: _, ...unbroken } = outcomeOf(again, 'nudge');
    expect(outcome).toEqual(unbroken);
    expect(contents(out)).toEqual(contents(again));
  });

  test('SIGTERM: stops, says how to go on; its changed script is not gone on with', async () => {
    const out = join(dir, 'terminated');
    const running = start(['run', alone(121), '--out', out]);
    await reached(out, 2);
    running.child.kill('SIGTERM');
    const { code, stdout } = await running.ended;
    expect(code, stdout).toBe(3);
    expect(left(out)).toEqual([]);
    appendFileSync(join(mine, 'trainer.mjs'), '// changed\n');
    const resumed = await tiltyard('resume', out, '--trust', plugin);
    expect(resumed.code).toBe(2);
    expect(resumed.stderr).toMatch(/trainer\.mjs/);
    expect(resumed.stderr.trim().split('\n').length).toBe(1);
  });
});

test('what it requires is asked for before anything is written', async () => {
  const lacking = join(dir, 'lacking');
  mkdirSync(lacking);
  const text = readFileSync(plugin, 'utf8')
    .replace('file: process.execPath, args', "file: 'no-such-python', args")
    .replace("remedy: 'install Node'", "remedy: 'install Python 3 and pip install trl'");
  writeFileSync(join(lacking, 'plugin.js'), text);
  cpSync(join(mine, 'trainer.mjs'), join(lacking, 'trainer.mjs'));
  const needy = smallExperiment(lacking, 'needy', { needy: { algorithm: './plugin.js' } });
  const out = join(dir, 'never');
  const { code, stderr } = await tiltyard('run', needy, '--out', out);
  expect(code).toBe(2);
  expect(stderr).toMatch(
    /stage needy: nudge: what its trainer needs is not here .*; install Python 3 and pip/,
  );
  expect(stderr.trim().split('\n').length).toBe(1);
  expect(existsSync(out)).toBe(false);
});

test('check-plugin covers it, and says what it cannot see', async () => {
  const { code, stdout } = await tiltyard('check-plugin', plugin);
  expect(code, stdout).toBe(0);
  expect(stdout).toMatch(/ok {3}stop and resume equals uninterrupted\n/);
  expect(stdout).toMatch(/ok {3}fails in words\n/);
  expect(stdout).toMatch(/gradients, invariants, closed form and memory \(what a command computes/);
});
