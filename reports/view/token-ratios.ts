import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { folderTokenizer } from '../../harness/policy/tokenizers/folder.js';
import type { Tokenizer } from '../../harness/contracts/tokenizer.js';
import type { Engine } from '../../harness/engine/engine.js';
import { createEngine } from '../../harness/engine/select.js';
import { TiltyardError } from '../../harness/errors.js';
import { Meter } from '../../harness/metrics/meter.js';
import { packBatch } from '../../harness/policy/batch.js';
import { readPolicyFolder } from '../../harness/policy/checkpoint/folder.js';
import { NetworkModule } from '../../harness/policy/module.js';
import { endsOf } from '../../harness/policy/tokenizers/rows.js';
import type { StoredRun } from '../../harness/store/read.js';
import { runPaths } from '../../harness/store/layout.js';
import type { SampleRow } from '../../harness/store/records.js';

export interface TokenRatio {
  readonly token: string;
  /** log pi and log pi_ref of this token after those before it, nats, temperature 1. */
  readonly logp: number;
  readonly refLogp: number;
  readonly ratio: number;
}

interface Loaded {
  readonly id: string;
  readonly policy: NetworkModule;
  readonly reference: NetworkModule;
  /** As for plain text, and as for what a chat template wrote. */
  readonly tokenizers: readonly [Tokenizer, Tokenizer];
}

/**
 * Where each token of a sample became more or less likely than under the run's start. Models are loaded when
 * first asked for; those of the last run stay.
 */
export class TokenRatios {
  private engine: Promise<Engine> | undefined;
  private loaded: Loaded | undefined;
  /** Requests wait for each other: one engine, one set of models. */
  private turn: Promise<unknown> = Promise.resolve();

  /** @throws TiltyardError where the run, its start or the sample do not allow it */
  of(run: StoredRun, sample: SampleRow): Promise<readonly TokenRatio[]> {
    const mine = this.turn.then(() => this.compute(run, sample));
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  async dispose(): Promise<void> {
    await this.turn;
    await this.release();
  }

  private async release(): Promise<void> {
    this.loaded = undefined;
    await this.engine?.then(
      (engine) => engine.dispose(),
      () => undefined,
    );
  }

  private async compute(run: StoredRun, sample: SampleRow): Promise<readonly TokenRatio[]> {
    const { id, inputs } = run.spec;
    if (sample.logp === null) {
      throw new TiltyardError(
        'no-density',
        `${id}: its samples were chosen among several, so they have no log-probability of their own`,
      );
    }
    if (inputs.start === null) {
      throw new TiltyardError(
        'no-start',
        `${id}: it started from no other run, and its start's weights were not kept`,
      );
    }
    const { policy, reference, tokenizers } = await this.models(run, join(dirname(run.dir), inputs.start));
    for (const { prompt, completion, tokenizer } of possibleRows(sample, tokenizers)) {
      const batch = packBatch([{ prompt, completion }], {
        time: prompt.length + completion.length,
        completion: completion.length,
        padId: tokenizer.padId,
      });
      const { logps, refLogps } = await policy.against(reference, batch);
      let sum = 0;
      for (const logp of logps.data) sum += logp;
      if (Math.abs(sum - sample.logp) > SLACK * (10 + Math.abs(sample.logp))) continue;
      return completion.map((token, i) => ({
        token: endsOf(tokenizer).includes(token) ? '(end)' : tokenizer.decode([token]),
        logp: logps.data[i]!,
        refLogp: refLogps.data[i]!,
        ratio: logps.data[i]! - refLogps.data[i]!,
      }));
    }
    throw new TiltyardError(
      'not-its-tokens',
      `${id}: the text of this sample does not give back the ${sample.tokens} tokens it was drawn as: ` +
        'some have no text, such as padding, or the same text has other tokens',
    );
  }

  private async models(run: StoredRun, start: string): Promise<Loaded> {
    if (this.loaded?.id === run.spec.id) return this.loaded;
    const [own, reference] = [runPaths(run.dir).model, runPaths(start).model];
    if (![own, reference].every((dir) => existsSync(join(dir, 'config.json')))) {
      throw new TiltyardError('no-model', `${run.spec.id}: its model folder or its start's is not there`);
    }
    await this.release();
    this.engine = createEngine({ name: 'onnxruntime', device: 'cpu', threads: 1 });
    const engine = await this.engine;
    const tokenizers = [folderTokenizer(own), folderTokenizer(own, { templated: true })] as const;
    const [tokenizer] = tokenizers;
    const module = (name: string, dir: string): NetworkModule => {
      const { architecture, body } = readPolicyFolder(dir);
      return new NetworkModule(
        name,
        engine,
        architecture,
        engine.variables(body),
        null,
        { time: 1, completion: 1, padId: tokenizer.padId, eosId: tokenizer.eosId },
        new Meter(),
        false,
      );
    };
    this.loaded = {
      id: run.spec.id,
      policy: module('policy', own),
      reference: module('reference', reference),
      tokenizers,
    };
    return this.loaded;
  }
}

/** By how much two computations of a log-probability may differ, of ten nats and more. */
const SLACK = 1e-3;

/** Rows that a sample may have been: its text does not say which of the end tokens was drawn. */
export function possibleRows(sample: SampleRow, tokenizers: readonly Tokenizer[]) {
  const seen = new Set<string>();
  return tokenizers.flatMap((tokenizer) => {
    const prompt = tokenizer.encode(sample.prompt);
    const text =
      tokenizer.encodeAfter?.(sample.prompt, sample.completion, false).ids ??
      tokenizer.encode(sample.completion);
    const ends = sample.finished && text.length === sample.tokens - 1 ? endsOf(tokenizer) : [];
    const completions = text.length === sample.tokens ? [text] : ends.map((end) => [...text, end]);
    return completions.flatMap((completion) => {
      const key = [...prompt, -1, ...completion].join(' ');
      if (completion.length === 0 || seen.has(key)) return [];
      seen.add(key);
      return [{ prompt, completion, tokenizer }];
    });
  });
}
