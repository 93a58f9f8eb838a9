import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExternalJob, ExternalLedger } from '../contracts/external.js';
import type { AlgorithmPlugin } from '../contracts/plugin.js';
import { OnnxEngine } from '../engine/onnx/engine.js';
import { Meter } from '../metrics/meter.js';
import { Models } from '../worker/models.js';
import type { TokenRow } from '../policy/batch.js';
import { wordTokenizer } from '../policy/tokenizers/words.js';
import { transformer } from '../policy/transformer.js';
import { Rng } from '../rng.js';
import { attend } from '../worker/external/attend.js';
import { toldOf } from '../worker/external/command.js';
import { readLedger } from '../worker/external/ledger.js';
import { readOutput } from '../worker/external/output.js';
import { dataRows, kindOf } from '../worker/external/rows.js';
import { writeJob } from '../worker/external/write-job.js';
import { unpaired } from '../worker/unpaired.js';
import type { Metrics, Params } from './run.js';

/** Words of a language in which the first one is preferred to the last. */
const WORDS = ['good', 'fine', 'so', 'so-so', 'poor', 'bad'];
const PAIRS = 256;
const PROMPTS = 64;
const LIMITS = { maxPromptTokens: 2, maxCompletionTokens: 4, endsWithEos: true } as const;

/** What a job came back as. */
interface CameBack {
  readonly steps: readonly Metrics[];
  /** The number of the first of them. */
  readonly first: number;
  readonly ledger: ExternalLedger;
  readonly weights: ReadonlyMap<string, Float32Array>;
}

interface How {
  readonly maxSteps?: number;
  readonly maxSeconds?: number;
  /** Seconds beyond that before it is ended; absent: as in a run. */
  readonly grace?: number;
  readonly resume?: boolean;
  /** Changes what was laid out. */
  readonly prepare?: (job: ExternalJob) => void;
  /** Told of the first step. @returns whether to interrupt it there */
  readonly interrupt?: boolean;
}

/** Jobs for a trainer outside, of a small transformer in a folder that goes with the bench. */
export class OutsideBench {
  private readonly dir = mkdtempSync(join(tmpdir(), 'tiltyard-outside-'));
  private readonly engine = new OnnxEngine({ device: 'cpu', threads: 1, reason: 'test' });

  constructor(
    private readonly plugin: AlgorithmPlugin,
    private readonly params: Params,
  ) {}

  /** @throws TiltyardError for whatever a run would fail of */
  async run(how: How = {}): Promise<CameBack> {
    const { name, gives } = this.plugin;
    const { job, ended, steps, first } = await this.attended(how);
    if (ended === 'interrupted') throw new Error('interrupted, though nobody did');
    const ledger = readLedger(name, job.ledger);
    const start = { dir: job.start, architecture: this.start().architecture };
    const { body, head } = readOutput(name, job.output, start, gives);
    const arrays = [...body, ...(gives === 'reward' ? (head ?? []) : [])];
    return {
      steps,
      first,
      ledger,
      weights: new Map(arrays.map(([array, { data }]) => [array, floats(data)])),
    };
  }

  /** Interrupts a run at its first step. @returns its job; null where it had come to its end by then */
  async interrupted(): Promise<ExternalJob | null> {
    const { job, ended } = await this.attended({ interrupt: true });
    return ended === 'interrupted' ? job : null;
  }

  dispose(): void {
    this.engine.dispose();
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Commands of this machine that a job started; none where the system lists none. */
  processes({ file }: ExternalJob): string[] {
    let ids: string[] = [];
    try {
      ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    } catch {
      return [];
    }
    return ids.flatMap((id) => {
      try {
        if (!readFileSync(`/proc/${id}/environ`, 'utf8').includes(`TILTYARD_JOB=${file}\0`)) return [];
        return [readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0').join(' ').trim()];
      } catch {
        return []; // it has ended, or is another user's
      }
    });
  }

  private async attended({ resume = false, prepare, interrupt = false, ...limits }: How): Promise<{
    readonly job: ExternalJob;
    readonly ended: 'ended' | 'interrupted';
    readonly steps: readonly Metrics[];
    readonly first: number;
  }> {
    const { plugin } = this;
    const runDir = join(this.dir, 'runs', 'job');
    const { maxSteps = null, maxSeconds = null, grace } = limits;
    const job = await this.job(runDir, { maxSteps, maxSeconds }, resume);
    prepare?.(job);
    const steps: Metrics[] = [];
    let first = 0;
    const ended = await attend({
      plugin: plugin.name,
      told: toldOf(plugin, job),
      job,
      dir: join(this.dir, 'external', 'job'),
      isHeard: false,
      ...(grace === undefined ? {} : { grace }),
      interrupted: () => interrupt && steps.length > 0,
      onStep({ step, metrics }) {
        first ||= step;
        steps.push(metrics);
      },
    });
    return { job, ended, steps, first };
  }

  private models(rng: Rng): Models {
    const tokenizer = wordTokenizer(WORDS);
    const { vocabSize, eosId, padId } = tokenizer;
    const shape = { contextLength: 6, width: 16, layers: 1, heads: 2 };
    const architecture = transformer({ vocabSize, eosId, padId, ...shape });
    const body = architecture.initialBody(rng.split('body'));
    const head = architecture.initialHead('normal', rng.split('head'));
    return new Models({
      engine: this.engine,
      shape: { time: 6, completion: 4, padId, eosId, endIds: [eosId] },
      meter: new Meter(),
      heads: rng,
      start: () => ({ architecture, body }),
      finished: () => ({
        architecture,
        body,
        head,
        normalisation: { mean: 0.5, std: 2 },
        predicts: true,
        notes: [],
      }),
    });
  }

  private start(): ReturnType<Models['reference']> {
    const models = this.models(Rng.fromSeed('outside'));
    return this.plugin.gives === 'reward' ? models.scalarModule('rewardModel', 'normal') : models.reference();
  }

  private job(runDir: string, budget: ExternalJob['budget'], resume: boolean): Promise<ExternalJob> {
    const { plugin, params } = this;
    const rng = Rng.fromSeed('outside');
    const kind = kindOf(plugin.needs);
    const supply = supplyOf(rng.split('data'));
    const tokenizer = wordTokenizer(WORDS);
    const parts = {
      gives: plugin.gives,
      kind,
      rows: dataRows(kind, supply, {}, tokenizer),
      ...LIMITS,
      params,
      share: 1,
      budget,
      rng,
      tokenizer,
      start: this.start(),
      reward: plugin.needs.includes('reward') ? this.models(rng).reward('any') : null,
      from: null,
      run: { run: 'job', checkpointEvery: 1, device: 'cpu', threads: 1 },
    };
    return writeJob(runDir, parts, resume);
  }
}

/** Prompts of one or two words; chosen completions have more of the first word, rejected ones of the last. */
function supplyOf(rng: Rng): Parameters<typeof dataRows>[1] {
  const tokenizer = wordTokenizer(WORDS);
  const [good, bad] = [tokenizer.encode(WORDS[0]!)[0]!, tokenizer.encode(WORDS.at(-1)!)[0]!];
  const word = (): number => good + rng.int(WORDS.length);
  const prompts = Array.from({ length: PROMPTS }, (_, i) => ({
    id: String(i),
    ids: Array.from({ length: 1 + rng.int(2) }, word),
  }));
  const row = (i: number, favourite: number): TokenRow => ({
    prompt: prompts[i % PROMPTS]!.ids,
    completion: [
      ...Array.from({ length: 1 + rng.int(3) }, () => (rng.bernoulli(0.7) ? favourite : word())),
      tokenizer.eosId,
    ],
  });
  const sides = {
    chosen: Array.from({ length: PAIRS }, (_, i) => row(i, good)),
    rejected: Array.from({ length: PAIRS }, (_, i) => row(i, bad)),
  };
  const pairs = { ...sides, margins: new Float32Array(PAIRS) };
  return { pairs, unpaired: unpaired(sides), completions: sides.chosen, prompts };
}

const floats = (data: Float32Array | Int32Array): Float32Array => Float32Array.from(data);
