import { existsSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { TiltyardError } from '../../harness/errors.js';
import { isInside, isWhollyInside } from '../../harness/store/inside.js';
import { runPaths } from '../../harness/store/layout.js';
import { readExperiment, type StoredRun } from '../../harness/store/read.js';
import type { SampleRow } from '../../harness/store/records.js';
import { LiveStore } from './live.js';
import { PAGE_POLICY, viewPage } from './page.js';
import {
  beginEvents,
  hasReport,
  sendEvent,
  sendJson,
  sendNotFound,
  sendPage,
  sendReport,
} from './respond.js';
import { isSample } from './rows.js';
import { decoded, type Site } from './site.js';
import { Tail } from './tail.js';
import type { TokenRatio, TokenRatios } from './token-ratios.js';

/** Milliseconds of each look at the files, so that thousands of runs do not hold up the page. */
const BUDGET_MS = 150;
/** Samples of a run that the page lists. */
const SHOWN = 200;

/** The live page of one experiment. */
export class ExperimentSite implements Site {
  private readonly listeners = new Set<ServerResponse>();
  private readonly live: LiveStore;
  private samples: ({ readonly id: string } & Samples) | undefined;

  constructor(
    private readonly dir: string,
    private readonly ratios: TokenRatios,
  ) {
    this.live = new LiveStore(readExperiment(dir));
    this.live.poll(BUDGET_MS);
  }

  poll(): void {
    const update = this.live.poll(BUDGET_MS);
    if (update.runs.length === 0 && Object.keys(update.curves).length === 0) return;
    for (const listener of this.listeners) sendEvent(listener, 'change', update);
  }

  hangUp(): void {
    for (const listener of this.listeners) listener.end();
  }

  async route(path: string, response: ServerResponse): Promise<void> {
    const { experiment } = this.live.stored;
    if (path === '/') return sendPage(response, viewPage(experiment.name), PAGE_POLICY);
    if (path === '/api/state') return sendJson(response, this.state());
    if (path === '/api/events') return this.subscribe(response);
    if (sendReport(response, this.dir, path)) return;
    // Ids are looked up in the plan, never put into a path.
    const [, id, index] = /^\/api\/run\/([^/]+)(?:\/sample\/(\d{1,9}))?$/.exec(path) ?? [];
    const run = id === undefined ? undefined : this.live.run(decoded(id));
    if (run === undefined) return sendNotFound(response);
    const { samples, strange } = this.samplesOf(run);
    if (index === undefined) {
      const shown = samples.slice(0, SHOWN);
      return sendJson(response, { spec: run.spec, nSamples: samples.length, samples: shown, strange });
    }
    const sample = samples[Number(index)];
    if (sample === undefined) return sendNotFound(response);
    return sendJson(response, await this.tokens(run, sample));
  }

  private state(): object {
    const { experiment, hash } = this.live.stored;
    return {
      name: experiment.name,
      description: experiment.description,
      hash,
      report: hasReport(this.dir),
      ...this.live.snapshot(),
    };
  }

  private subscribe(response: ServerResponse): void {
    beginEvents(response);
    sendEvent(response, 'state', this.state());
    this.listeners.add(response);
    response.on('close', () => this.listeners.delete(response));
  }

  /** That a sample has no token log-ratios is an answer, not a failure. */
  private async tokens(
    run: StoredRun,
    sample: SampleRow,
  ): Promise<{ tokens: readonly TokenRatio[] } | { reason: string }> {
    try {
      this.checkModels(run);
      return { tokens: await this.ratios.of(run, sample) };
    } catch (error) {
      if (error instanceof TiltyardError) return { reason: error.message };
      throw error;
    }
  }

  /** Models are read from this folder alone. */
  private checkModels({ spec, dir }: StoredRun): void {
    for (const id of [spec.id, spec.inputs.start]) {
      const model = id === null ? null : runPaths(join(dirname(dir), id)).model;
      if (model === null || !existsSync(model) || isWhollyInside(this.live.root, model)) continue;
      throw new TiltyardError('outside', `${id}: its model folder leads out of this results folder`);
    }
  }

  /** Those of the last ended run are kept, so that one sample after another is not read from the file. */
  private samplesOf({ spec, dir }: StoredRun): Samples {
    if (this.samples?.id === spec.id) return this.samples;
    const paths = runPaths(dir);
    if (!isInside(this.live.root, paths.samples)) return { samples: [], strange: 0 };
    const tail = new Tail(paths.samples, isSample);
    const samples: SampleRow[] = [];
    let strange = 0;
    for (let more = true; more; ) {
      const read = tail.read();
      samples.push(...read.rows);
      strange += read.strange;
      more = read.more;
    }
    if (existsSync(paths.outcome)) this.samples = { id: spec.id, samples, strange };
    return { samples, strange };
  }
}

/** Samples of a run, and how many lines of their file are none. */
interface Samples {
  readonly samples: readonly SampleRow[];
  readonly strange: number;
}
