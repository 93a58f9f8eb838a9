import { sizeOf } from '../engine/tensor.js';
import { Rng } from '../rng.js';
import type { RunSpec } from '../store/spec.js';
import { TokenData } from '../worker/data.js';
import { drawEach } from '../worker/draws.js';
import { onTest, onValidation, readings } from '../worker/evaluate/streams.js';
import { openDataset } from '../worker/kept-data.js';
import { Models, type StartingWeights } from '../worker/models.js';
import { startOf } from '../worker/start.js';
import { CountingEngine } from './counting-engine.js';
import { Samples, SOME } from './samples.js';
import { type StandIns, standIns } from './stand-ins.js';
import { rehearseTraining } from './training.js';
import { NO_WORK, plus, times, type Work, WorkMeter } from './work.js';

/** What a run comes to. */
export interface Rehearsed {
  readonly work: Work;
  /** Of the graphs that it loads. */
  readonly nodes: number;
  /** Operations of the largest step of an optimiser. */
  readonly largestStep: number;
  /** Bytes of the models that it reads, and of gradients that it adds up. */
  readonly weights: number;
  /** Bytes that it leaves. */
  readonly written: number;
}

/** Bytes of a stored sample but for its text, of a token of that, of a step, and of what any run leaves. */
const SAMPLE = 260;
const TOKEN = 6;
const STEP = 400;
const RUN = 2 ** 14;

/**
 * Goes through runs on an engine that counts and computes nothing: of each the first two steps and what it
 * does at its end, and a few prompts of its evaluations; the rest is more of the same.
 */
export class Rehearsal {
  private readonly engine = new CountingEngine();

  private constructor(
    readonly data: TokenData,
    readonly rows: StandIns,
  ) {}

  /** @param runs at least one; those of other seeds are like those of the first */
  static async open(runs: readonly RunSpec[]): Promise<Rehearsal> {
    const data = new TokenData(await openDataset(runs[0]!));
    const collect = runs.find((run) => run.kind === 'collect')?.collect ?? null;
    return new Rehearsal(data, standIns(data, collect, runs[0]!.seed));
  }

  /** What a run comes to, from its start to its end. */
  async of(spec: RunSpec): Promise<Rehearsed> {
    const before = this.engine.nodes;
    const meter = new WorkMeter();
    const { work, steps } = await this.rehearse(spec, meter);
    const read = Object.values(spec.inputs).filter((id) => id !== null).length;
    const sums = spec.kind === 'train' && spec.engine.microBatchRows !== undefined ? 1 : 0;
    const model = [...this.start(spec)().body.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    return {
      work,
      nodes: this.engine.nodes - before,
      largestStep: meter.largestStep,
      weights: 4 * model * (read + sums),
      written: RUN + STEP * steps + this.samplesOf(spec) + (spec.kind === 'train' ? 4 * model : 0),
    };
  }

  private async rehearse(spec: RunSpec, meter: WorkMeter): Promise<{ work: Work; steps: number }> {
    const { data, rows } = this;
    const models = this.models(spec, meter);
    const samples = new Samples(data, meter);
    const parts = async (): Promise<readonly Work[]> => {
      switch (spec.kind) {
        case 'collect': {
          if (data.dataset.pairs !== undefined || spec.inputs.start === null) return [];
          const wanted = 2 * (spec.collect!.pairs + spec.collect!.heldoutPairs);
          return [times(await samples.sample(models.source()), wanted)];
        }
        case 'measure': {
          // A checkpoint is evaluated too, as a stage is at its end.
          const { prompts, samples: each } = onTest(spec, data);
          const evaluated = spec.policy.checkpoint !== undefined && spec.inputs.start === null;
          const atEnd = evaluated && spec.evaluation.blind !== true ? prompts.length * each : 0;
          const drawn = this.readOf(spec) + onValidation(spec, data).prompts.length + atEnd;
          const own = times(await samples.sample(models.reference()), drawn);
          const pairs = spec.inputs.pairs === null ? [] : [rows.train, rows.heldout];
          return [own, ...(await Promise.all(pairs.map((of) => samples.logps(models.reference(), of))))];
        }
        case 'score':
          return [await samples.scores(models.reward('any'), rows.train)];
        default:
          return [await this.draws(spec, models, meter)];
      }
    };
    if (spec.kind === 'train') return rehearseTraining({ spec, data, rows, models, meter });
    return { work: plus(NO_WORK, ...(await parts())), steps: 0 };
  }

  private async draws(spec: RunSpec, models: Models, meter: WorkMeter): Promise<Work> {
    const { data } = this;
    const prompts = data.dataset.prompts('train').slice(0, SOME);
    const asked = prompts.map(({ id, prompt }) => data.prompt(id, prompt));
    const n = Math.min(4, spec.draws!);
    const work = await meter.of(async () => {
      const { batch } = await drawEach(models.reference(), asked, n, Rng.fromSeed(0));
      await models.reward('any').scores(batch);
    });
    return times(work, (this.readOf(spec) * spec.draws!) / (n * Math.max(1, prompts.length)));
  }

  /** Every model is as large as the one that policies begin as. */
  private models(spec: RunSpec, meter: WorkMeter): Models {
    const start = this.start(spec);
    const heads = Rng.fromSeed(0);
    const { architecture, body } = start();
    const finished = () => ({
      architecture,
      body,
      head: architecture.initialHead('zero', heads),
      normalisation: null,
      predicts: true,
      notes: [],
    });
    const shape = this.samplingShape(architecture.vocabSize);
    const lora = spec.lora === undefined ? {} : { lora: spec.lora };
    return new Models({ engine: this.engine, shape, meter, heads, start, finished, ...lora });
  }

  /** What policies begin as, whichever stage comes before. */
  start(spec: RunSpec): () => StartingWeights {
    const runs = (): never => {
      throw new Error('a rehearsal reads no run');
    };
    const found = startOf({ ...spec, inputs: { ...spec.inputs, start: null } }, this.data, runs);
    let made: StartingWeights | undefined;
    return () => (made ??= found());
  }

  /** Uniform next tokens end a completion of the usual length where this many of them end one. */
  private samplingShape(vocabSize: number): TokenData['shape'] {
    const { shape } = this.data;
    if (shape.eosId === null) return shape;
    const ends = Math.max(1, Math.round(vocabSize / Math.max(1, this.rows.meanLength)));
    return { ...shape, endIds: Array.from({ length: ends }, (_, id) => id) };
  }

  /** Completions that one evaluation reads of every split. */
  private readOf(spec: RunSpec): number {
    return readings(spec, this.data).reduce((sum, { prompts, samples }) => sum + prompts.length * samples, 0);
  }

  /** Bytes of the samples that a run leaves. */
  private samplesOf(spec: RunSpec): number {
    const { collect, draws } = spec;
    const tokens = TOKEN * this.rows.meanLength;
    if (draws !== undefined) return draws * tokens * this.readOf(spec);
    const { train, heldout } = this.rows;
    const rows = collect === null ? this.readOf(spec) : 2 * (train.chosen.length + heldout.chosen.length);
    return (SAMPLE + tokens) * rows;
  }
}
