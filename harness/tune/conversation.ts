import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TiltyardError } from '../errors.js';
import { changesOf } from '../run/changes.js';
import { defaultJobs } from '../run/experiment.js';
import { makeFolder } from '../run/folder.js';
import type { RunHost } from '../run/host.js';
import { type LaidOut, layOut } from '../run/lay-out.js';
import type { Ownership } from '../run/lock-file.js';
import { own } from '../run/ownership.js';
import { preflight } from '../run/preflight.js';
import { runAll } from '../run/schedule.js';
import { isUnbegun } from '../run/unbegun.js';
import { readJson } from '../store/atomic.js';
import type { GivenData } from '../store/given.js';
import { storePaths } from '../store/layout.js';
import { readExperiment } from '../store/read.js';
import type { RunSpec } from '../store/spec.js';
import { Costs } from './costs.js';
import type { Family } from './family.js';
import { Measure } from './measure.js';
import { notesOf } from './notes.js';
import type { Prepared, TuneOptions } from './prepare.js';
import { type Planned, planRound, roundFolder } from './round.js';
import { type Found, type Request, search } from './search.js';
import type { Result } from './trials.js';
import { keepRecords, type TunedFamily, type Tuning } from './tuning.js';

/** The searches of all families, a round of runs at a time. */
export class Conversation {
  private readonly measure: Measure;
  private readonly costs = new Costs();
  private ownership: Ownership | null = null;
  /** What the dataset read of the user's files; null where it read none. */
  private given: GivenData | null = null;

  constructor(
    private readonly prepared: Prepared,
    private readonly options: TuneOptions,
    private readonly host: RunHost,
  ) {
    this.measure = new Measure(prepared.by);
  }

  /** Asks and answers until every search has ended; null where a signal stopped it. */
  async hold(): Promise<Tuning | null> {
    try {
      return await this.search();
    } finally {
      this.ownership?.release();
    }
  }

  private async search(): Promise<Tuning | null> {
    const { dir, families, by, allowance, experiment } = this.prepared;
    const searches = new Map(families.map((family) => [family, search(family.space, allowance)]));
    const found = new Map<Family, Found>();
    const requests = new Map<Family, Request>();
    const proceed = (family: Family, results?: readonly Result[]): void => {
      const running = searches.get(family)!;
      const { done, value } = results === undefined ? running.next() : running.next(results);
      requests.delete(family);
      if (done === true) found.set(family, value);
      else requests.set(family, value);
    };
    for (const family of families) proceed(family);
    for (let number = 1; requests.size > 0; number++) {
      const answers = await this.round(number, requests);
      if (answers === null) return null;
      for (const [family, results] of answers) proceed(family, results);
    }
    const tuned = families.map((family): TunedFamily => {
      const own = found.get(family)!;
      return { family, ...own, cost: this.costs.of(family.stage), notes: notesOf(family, own) };
    });
    const tuning = {
      dir,
      by,
      seeds: experiment.seeds,
      allowance,
      families: tuned,
      shared: this.costs.shared,
    };
    keepRecords(tuning);
    return tuning;
  }

  /** Runs what the searches ask for; null where a signal stopped it. */
  private async round(
    number: number,
    requests: ReadonlyMap<Family, Request>,
  ): Promise<ReadonlyMap<Family, readonly Result[]> | null> {
    const { dir: root, experiment, file } = this.prepared;
    const { plugins, jobs } = this.options;
    const { host, measure } = this;
    const asked = [...requests].map(([family, request]) => ({ family, request }));
    if (number > 1) await requireUnchanged(join(root, roundFolder(1)), 'since tuning began');
    const { laidOut: asPlanned, planned } = await planRound(number, asked, experiment, file, plugins);
    if (number === 1) await this.check(planned, asPlanned.plan.runs);
    const laidOut = withGiven(asPlanned, this.given);
    if (number === 1) {
      await checkFolder(root, laidOut);
      this.ownership = await own(makeFolder(root), (note) => host.progress.note(note));
      host.progress.note(`tuning in ${root}`);
    }
    layOut(root, laidOut);
    const dir = join(root, laidOut.folder);
    const { runs } = readExperiment(dir);
    const sizes = asked.map(
      ({ family, request }) => `${family.stage} ${request.places.length} at ${request.share}`,
    );
    host.progress.note(`round ${number}: candidates at a share of their schedule: ${sizes.join(', ')}`);
    const owner = { ...host, ...(this.ownership === null ? {} : { ownership: this.ownership }) };
    await runAll(runs, { jobs: jobs ?? defaultJobs(runs) }, owner);
    if (host.signal.aborted) {
      host.progress.note('interrupted; the same command goes on');
      return null;
    }
    const ended = readExperiment(dir).runs;
    this.costs.add(ended);
    measure.learnStarts(ended);
    const byId = new Map(ended.map((run) => [run.spec.id, run]));
    return new Map(
      planned.map(({ family, runs: own }) => [
        family,
        own.map(({ specs }) => measure.result(specs.map(({ id }) => byId.get(id)!))),
      ]),
    );
  }

  /** Refuses what could not be measured, before anything is written. */
  private async check(planned: readonly Planned[], runs: readonly RunSpec[]): Promise<void> {
    const { source } = this.prepared.file;
    const { measure } = this;
    const known = new Set<string>();
    for (const { family, runs: own } of planned) {
      const unscored = own.flatMap(({ specs }) => specs).find((spec) => measure.scorer(spec) === null);
      if (unscored !== undefined) {
        const remedy = 'name a stage that gives a reward in tuning.chooser or evaluation.proxy';
        throw new TiltyardError(
          'no-scorer',
          `${source}: stage ${family.stage}: no reward chooses; ${remedy}`,
        );
      }
      if (family.samples) continue;
      for (const { specs } of own) for (const spec of specs) known.add(measure.startKey(spec));
    }
    for (const { family, runs: own } of planned) {
      if (own.every(({ specs }) => specs.every((spec) => known.has(measure.startKey(spec))))) continue;
      const what = `${family.stage} does not train, and nothing that trains from its start is scored alike`;
      const remedy = 'so what it gains is not known; tune it beside a stage that does';
      throw new TiltyardError('no-start', `${source}: ${what}, ${remedy}`);
    }
    this.given = (await preflight(runs, source))?.opened.given ?? null;
  }
}

/** Refuses a folder that holds something else than the beginning of this very tuning. */
async function checkFolder(root: string, { folder, plan }: LaidOut): Promise<void> {
  const refuse = (what: string): TiltyardError =>
    new TiltyardError('out-folder', `--folder ${root}: ${what}; choose another folder`);
  if (!existsSync(root)) return;
  if (!statSync(root).isDirectory()) throw refuse('is a file');
  if (readdirSync(root).length === 0 || isUnbegun(root)) return;
  const first = storePaths(join(root, folder)).plan;
  if (!existsSync(first)) throw refuse('is not empty, and holds no tuning');
  if (readJson<{ hash?: string }>(first).hash !== plan.hash) throw refuse('holds another tuning');
  await requireUnchanged(join(root, folder), 'since this tuning began');
}

/** @throws TiltyardError where rows, tokenizer, checkpoint or code are not what they were in a round */
async function requireUnchanged(dir: string, since: string): Promise<void> {
  const [change] = (await changesOf(readExperiment(dir), dir)).changes;
  if (change === undefined) return;
  const { setting, file, what } = change;
  const remedy = 'bring it back as it was, or tune anew with another --folder';
  throw new TiltyardError('input-changed', `${setting}: ${file} ${what} ${since}; ${remedy}`);
}

/** With what the runs have to find when they read the user's files. */
function withGiven(laidOut: LaidOut, given: GivenData | null): LaidOut {
  if (given === null) return laidOut;
  const runs = laidOut.plan.runs.map((run) => ({ ...run, dataset: { ...run.dataset, given } }));
  return { ...laidOut, plan: { ...laidOut.plan, runs } };
}
