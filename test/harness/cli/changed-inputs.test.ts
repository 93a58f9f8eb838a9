import {
  appendFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { goldenDir } from '../../golden/support.js';
import { temporary, tiltyard } from '../../support.js';

/** What a run reads from its user is what it was when the run was planned, or is not gone on with. */
const dir = temporary();
const at = (...names: string[]): string => join(dir, ...names);
const file = at('mine.yaml');
const out = at('out');
const rows = (n: number): string =>
  Array.from({ length: n }, (_, i) => ({ prompt: `Say ${i}`, chosen: ' good', rejected: ` bad ${i}` }))
    .map((row) => `${JSON.stringify(row)}\n`)
    .join('');

/** Code of the user's own, in two files. */
const MINE = `import { STEPS } from './helper.mjs';
const params = { type: 'object', additionalProperties: false, properties: {} };
const paper = { url: 'https://example.org', equations: [] };
export default {
  api: 2, name: 'mine', summary: 'does nothing', paper, needs: ['pairs'], gives: 'policy', params,
  async *train() { for (let i = 0; i < STEPS; i++) yield { metrics: { loss: 0 } }; },
};
`;

beforeAll(async () => {
  writeFileSync(at('pairs.jsonl'), rows(30));
  writeFileSync(at('test.jsonl'), rows(40).split('\n').slice(30).join('\n'));
  for (const name of ['model', 'tokenizer'])
    cpSync(join(goldenDir, 'tiny-gpt2'), at(name), { recursive: true });
  writeFileSync(at('mine.mjs'), MINE);
  writeFileSync(at('helper.mjs'), 'export const STEPS = 1;\n');
  writeFileSync(
    file,
    stringify({
      name: 'mine',
      seeds: 1,
      dataset: {
        name: 'jsonl',
        params: {
          file: 'pairs.jsonl',
          testFile: 'test.jsonl',
          tokenizer: './tokenizer',
          maxPromptTokens: 16,
          maxCompletionTokens: 16,
        },
      },
      policy: { checkpoint: './model' },
      collect: { pairs: 16, heldoutPairs: 2 },
      stages: {
        sft: { algorithm: 'sft', params: { epochs: 0, batchSize: 4 } },
        mine: { algorithm: './mine.mjs', start: 'sft' },
      },
      evaluation: { every: 0, prompts: 2, testPrompts: 2 },
    }),
  );
  const { code, stderr } = await tiltyard('run', file, '--out', out);
  expect(code, stderr).toBe(0);
});

/** Does something to a file, and undoes it. */
async function changing(path: string, change: () => void, then: () => Promise<void>): Promise<void> {
  const before = existsSync(path) ? readFileSync(path) : null;
  change();
  try {
    await then();
  } finally {
    if (before === null) rmSync(path);
    else writeFileSync(path, before);
  }
}

/** A byte more; of weights and templates too it is another file. */
const touched = (...names: string[]): [string, () => void] => [
  at(...names),
  () => appendFileSync(at(...names), ' '),
];
const removed = (...names: string[]): [string, () => void] => [at(...names), () => rmSync(at(...names))];
const added = (...names: string[]): [string, () => void] => [
  at(...names),
  () => writeFileSync(at(...names), '{}'),
];

const everything = (): string[] => readdirSync(out, { recursive: true }).map(String).sort();

describe('resume is refused with exit code 2, and nothing is written, where', () => {
  test.each<[string, [string, () => void], string]>([
    ['rows', touched('pairs.jsonl'), 'dataset jsonl: FILE has changed'],
    ['rows for testing', touched('test.jsonl'), 'dataset jsonl: FILE has changed'],
    ['missing rows', removed('pairs.jsonl'), 'dataset jsonl: FILE is gone'],
    ['the chat template', touched('tokenizer', 'chat_template.jinja'), 'dataset jsonl: FILE has changed'],
    ['the tokenizer', touched('tokenizer', 'tokenizer_config.json'), 'dataset jsonl: FILE has changed'],
    ['new tokens', added('tokenizer', 'added_tokens.json'), 'dataset jsonl: FILE was added'],
    ['weights', touched('model', 'model.safetensors'), 'policy.checkpoint: FILE has changed'],
    ['its configuration', touched('model', 'config.json'), 'policy.checkpoint: FILE has changed'],
    ['its stops', touched('model', 'generation_config.json'), 'policy.checkpoint: FILE has changed'],
    ['its template', removed('model', 'chat_template.jinja'), 'policy.checkpoint: FILE is gone'],
    ['a missing config', removed('model', 'config.json'), 'policy.checkpoint: FILE is gone'],
    ['the plugin', touched('mine.mjs'), 'stage mine: FILE has changed'],
    ['what it imports', touched('helper.mjs'), 'stage mine: FILE has changed'],
    ['a missing plugin', removed('mine.mjs'), 'stage mine: FILE is gone'],
    ['another shard', added('model', 'more.safetensors'), 'policy.checkpoint: FILE was added'],
  ])('%s changed', async (_, [path, change], message) => {
    const before = everything();
    await changing(path, change, async () => {
      const { code, stderr } = await tiltyard('resume', out);
      expect(code).toBe(2);
      expect(stderr).toContain(message.replace('FILE', path));
      expect(stderr).toMatch(/or start a new run with --out/);
      expect(everything()).toEqual(before);
    });
  });
});

test('a report of what was run needs none of it', async () => {
  await changing(...removed('pairs.jsonl'), async () => {
    expect((await tiltyard('report', out)).code).toBe(0);
  });
});

test('what changed can be accepted: what has not ended goes on with it, and the report says so', async () => {
  const accepting = at('accepting');
  cpSync(out, accepting, { recursive: true });
  const mine = readdirSync(join(accepting, 'runs')).find((id) => id.startsWith('mine-s0-'))!;
  rmSync(join(accepting, 'runs', mine, 'outcome.json'));
  await changing(
    at('helper.mjs'),
    () => writeFileSync(at('helper.mjs'), 'export const STEPS = 3;\n'),
    async () => {
      const { code, stdout, stderr } = await tiltyard(
        'resume',
        accepting,
        '--accept-changes',
        '--trust',
        at('mine.mjs'),
      );
      expect(code, stderr).toBe(0);
      expect(stdout).toContain(`${at('helper.mjs')} has changed, which is accepted; the report says so`);
      expect(
        readFileSync(join(accepting, 'runs', mine, 'steps.jsonl'), 'utf8')
          .trim()
          .split('\n'),
      ).toHaveLength(3);
      const { deviations } = JSON.parse(readFileSync(join(accepting, 'report.json'), 'utf8')) as {
        deviations: string[];
      };
      expect(deviations).toContain(
        `${at('helper.mjs')} has changed after the runs were planned, and was accepted.`,
      );
      // And is known from then on: nothing is to be accepted again.
      expect((await tiltyard('verify-store', accepting)).stdout).toContain('is whole');
    },
  );
});

test('equal bytes are accepted, whatever their time', async () => {
  utimesSync(at('pairs.jsonl'), 1, 1);
  utimesSync(at('model', 'model.safetensors'), 1, 1);
  writeFileSync(at('model', 'README.md'), 'no part of the model');
  const { code, stderr } = await tiltyard('resume', out);
  expect(code, stderr).toBe(0);
});

test('run into a folder of the same experiment with other rows says which changed', async () => {
  await changing(...touched('pairs.jsonl'), async () => {
    const { code, stderr } = await tiltyard('run', file, '--out', out);
    expect(code).toBe(2);
    expect(stderr).toContain(`since it was planned ${at('pairs.jsonl')} has changed; choose another folder`);
  });
  expect((await tiltyard('run', file, '--out', out)).stderr).toContain('holds this very experiment');
});

describe('a folder of an older tiltyard', () => {
  interface Spec {
    dataset: { given?: unknown };
    policy: { checkpoint?: { files?: unknown } };
  }
  const old = at('old');
  const rewrite = (change: (spec: Spec) => void): void => {
    cpSync(out, old, { recursive: true });
    const path = join(old, 'plan.json');
    const plan = JSON.parse(readFileSync(path, 'utf8')) as { runs: Spec[]; seal?: string };
    delete plan.seal; // an older one wrote none
    plan.runs.forEach(change);
    writeFileSync(path, JSON.stringify(plan));
  };
  test('says in one sentence that a checkpoint cannot be known again', async () => {
    rewrite(({ policy, dataset }) => {
      delete policy.checkpoint!.files;
      delete dataset.given;
    });
    expect(await tiltyard('resume', old)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /planned by an older tiltyard, which kept no digest of each of its files.*--out/,
      ),
    });
  });
  test('is held to the digests of rows that it has, and says that it knows no more', async () => {
    rewrite(({ policy, dataset }) => {
      delete policy.checkpoint;
      delete dataset.given;
    });
    const { code, stdout, stderr } = await tiltyard('resume', old);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('whether its tokenizer has changed since cannot be told');
    await changing(...touched('pairs.jsonl'), async () => {
      expect((await tiltyard('resume', old)).stderr).toContain(`${at('pairs.jsonl')} has changed`);
    });
  });
});
