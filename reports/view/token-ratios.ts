import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { folderTokenizer } from '../../harness/policy/tokenizers/folder.js';
import type { Tokenizer } from '../../harness/contracts/tokenizer.js';
import type { Engine } from '../../harness/engine/engine.js';
import { createEngine } from '../../harness/engine/select.js';
import { TiltyardError } from '../../harness/errors.js';
import { Meter } from '../../harness/metrics/meter.js';
import { packBatch } from '../../harness/policy/batch.js';
import { readModelFolder } from '../../harness/policy/checkpoint/folder.js';
import { NetworkModule } from '../../harness/policy/module.js';
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
  readonly tokenizer: Tokenizer;
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
    const { policy, reference, tokenizer } = await this.models(run, join(dirname(run.dir), inputs.start));
    const prompt = tokenizer.encode(sample.prompt);
    const completion = completionTokens(id, sample, tokenizer);
    const batch = packBatch([{ prompt, completion }], {
      time: prompt.length + completion.length,
      completion: completion.length,
      padId: tokenizer.padId,
    });
    const { logps, refLogps } = await policy.against(reference, batch);
    return completion.map((token, i) => ({
      token: token === tokenizer.eosId ? '(end)' : tokenizer.decode([token]),
      logp: logps.data[i]!,
      refLogp: refLogps.data[i]!,
      ratio: logps.data[i]! - refLogps.data[i]!,
    }));
  }

  private async models(run: StoredRun, start: string): Promise<Loaded> {
    if (this.loaded?.id === run.spec.id) return this.loaded;
    const [own, reference] = [runPaths(run.dir).model, runPaths(start).model];
    if (![own, reference].every((dir) => existsSync(join(dir, 'config.json')))) {
      throw new TiltyardError('no-model', `${run.spec.id}: its model folder or its start's is not there`);
    }
    await this.release();
    this.engine = createEngine('onnxruntime', 'cpu', 1);
    const engine = await this.engine;
    const tokenizer = folderTokenizer(own);
    const module = (name: string, dir: string): NetworkModule => {
      const { architecture, body } = readModelFolder(dir);
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
      tokenizer,
    };
    return this.loaded;
  }
}

/** The tokens that a sample was drawn as. @throws TiltyardError where its text does not give them back */
function completionTokens(id: string, { completion, tokens }: SampleRow, tokenizer: Tokenizer): number[] {
  const ids = tokenizer.encode(completion);
  if (ids.length === tokens - 1) ids.push(tokenizer.eosId);
  if (ids.length === tokens) return ids;
  throw new TiltyardError(
    'not-its-tokens',
    `${id}: the text of this sample gives ${ids.length} tokens, it was drawn with ${tokens}: ` +
      'some have no text, such as padding',
  );
}
