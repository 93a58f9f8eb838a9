import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { golden, goldenDir, type ModelGolden } from '../../golden/support.js';
import { cli, temporary, tiltyard } from '../../support.js';

const dir = temporary();
interface Row {
  readonly ids: number[];
  readonly logps: number[];
  readonly sum: number;
}
const records = (stdout: string): Row[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
function rows(name: string, ...lines: object[]): string {
  writeFileSync(join(dir, name), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return join(dir, name);
}

describe.each(['tiny-gpt2', 'tiny-llama', 'tiny-qwen2'])('tiltyard logps on %s', (name) => {
  const model = join(goldenDir, name);
  const want = golden<ModelGolden>(`${name}/expected.json`);
  test("log-probabilities are transformers', of rows of several lengths in one file", async () => {
    const cuts = want.ids.flatMap((ids) => [ids, ids.slice(0, 2), ids.slice(0, 5)]);
    const path = rows(`${name}.jsonl`, ...cuts.map((ids) => ({ ids })));
    const { code, stdout, stderr } = await tiltyard('logps', model, path, '--json');
    expect([code, stderr]).toEqual([0, '']);
    const found = records(stdout);
    expect(found.map(({ ids }) => ids)).toEqual(cuts);
    found.forEach(({ logps, sum }, i) => {
      const expected = want.tokenLogps[Math.floor(i / 3)]!.slice(0, cuts[i]!.length - 1);
      expect(logps).toHaveLength(expected.length);
      // What float32 supports on a small model: another order of sums.
      for (const [k, value] of expected.entries()) expect(Math.abs(logps[k]! - value)).toBeLessThan(2e-4);
      expect(sum).toBeCloseTo(
        logps.reduce((a, b) => a + b, 0),
        10,
      );
    });
  });
});

describe('rows of text', () => {
  const model = join(goldenDir, 'tiny-gpt2');
  const byStdin = (input: string) =>
    spawnSync(process.execPath, [cli, 'logps', model, '-'], { input, encoding: 'utf8' });
  test('have the log-probabilities of the completion alone, and come on standard input too', () => {
    const [text] = records(byStdin('{"prompt": "The film", "completion": " was good"}\n').stdout);
    const [ids] = records(byStdin(`${JSON.stringify({ ids: text!.ids })}\n\n`).stdout);
    const completion = text!.logps.length;
    expect(completion).toBeGreaterThan(0);
    expect(completion).toBeLessThan(text!.ids.length - 1);
    ids!.logps.slice(-completion).forEach((logp, i) => expect(text!.logps[i]).toBeCloseTo(logp, 5));
  });
  test.each([
    ['no JSON', 'x', /standard input:2: not valid JSON/],
    [
      'another layout',
      '{"text": "a"}',
      /standard input:2: should be \{"ids": \[1, 2, 3\]\} or .*got \{"text":"a"\}/,
    ],
    [
      'deep nesting',
      `{"text": ${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
      /standard input:2: should be .*got an object nested very deeply/,
    ],
    ['both', '{"ids": [1, 2], "prompt": "a", "completion": "b"}', /standard input:2: should be/],
    ['one token', '{"ids": [1]}', /standard input:2: 1 tokens before the first and 0 after; at least one/],
    [
      'an empty prompt',
      '{"prompt": "", "completion": "a"}',
      /standard input:2: the prompt is empty; both need at least one token/,
    ],
    ['an id beyond the vocabulary', '{"ids": [1, 999999]}', /standard input:2: id 999999; .* from 0 to \d+/],
    ['an id that is none', '{"ids": [1, "2"]}', /standard input:2: id "2"; ids are whole numbers/],
    [
      'a row that is too long',
      JSON.stringify({ ids: Array(5000).fill(1) }),
      /input:2: 5000 tokens, the model reads/,
    ],
  ])('refuses %s, naming the line', (_, line, message) => {
    const { status, stderr } = byStdin(`\n${line}\n`);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });
  test('refuses a file or a model that is not there', async () => {
    const ended = [
      await tiltyard('logps', model, join(dir, 'none')),
      await tiltyard('logps', dir, rows('a', {})),
    ];
    expect(ended.map(({ code }) => code)).toEqual([2, 2]);
    expect(ended[0]!.stderr).toContain('no such file; give a JSONL file, or - for standard input');
    expect(ended[1]!.stderr).toContain('no config.json');
  });
});
