import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startFit, startInWords } from '../../../harness/inspect/start-fit.js';
import { TokenData } from '../../../harness/worker/data.js';
import type { OpenDataset } from '../../../harness/contracts/dataset.js';
import type { OpenedData } from '../../../harness/inspect/open.js';
import { folderTokenizer } from '../../../harness/policy/tokenizers/folder.js';
import type { RunSpec } from '../../../harness/store/spec.js';
import { root } from '../../support.js';
import { reference } from '../engine/support.js';

const folder = join(root, 'test', 'golden', 'tiny-gpt2');
const open: OpenDataset = {
  tokenizer: folderTokenizer(folder),
  maxPromptTokens: 64,
  maxCompletionTokens: 32,
  endsWithEos: true,
  prompts: () => [],
  pairs: () => [
    { id: '0', prompt: 'What is this?', chosen: ' A house', rejected: ' No' },
    { id: '1', prompt: 'And that?', chosen: ' A tree', rejected: ' No' },
  ],
};
const opened = { open, data: new TokenData(open) } as unknown as OpenedData;
const run = (policy: object): RunSpec => ({ policy: { kind: 'transformer', ...policy } }) as RunSpec;
const spec = run({ checkpoint: { path: folder, hash: '' } });

describe('what a start knows of the data', () => {
  test('weights that nothing trained are about as surprised as equal chances', async () => {
    const fit = await startFit(reference(), spec.policy, opened);
    expect(fit!.untrained).toBe(512);
    expect(fit!.perplexity).toBeGreaterThan(300);
    expect(fit!.perplexity).toBeLessThan(3000);
    expect(startInWords(fit, spec, opened)).toMatch(/^warning: .*: nothing can be learned from this start;/);
  });
  test('is said without a warning where it is something', () => {
    const said = startInWords({ perplexity: 24.31, untrained: 50257 }, spec, opened);
    expect(said).toBe("policy.checkpoint: the start's perplexity on the data's answers is 24.3");
  });
  test("without a checkpoint: untrained on data of one's own, nothing to say of a world", async () => {
    const fresh = run({ width: 16, heads: 2 });
    expect(await startFit(reference(), fresh.policy, opened)).toBeNull();
    expect(startInWords(null, fresh, opened)).toMatch(/^note: policies begin untrained/);
    const { pairs: _, ...world } = open;
    expect(startInWords(null, fresh, { ...opened, open: world })).toBeNull();
  });
});
