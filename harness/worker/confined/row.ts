import { TiltyardError } from '../../errors.js';
import type { EvalRow } from '../../store/records.js';
import type { ListedPrompt } from '../evaluate/listed.js';
import type { Observed, ObservedDraw } from '../evaluate/observe.js';

/** A line of a confined run's evaluations: what was observed, for another process to score. */
export interface ObservedRow extends Pick<EvalRow, 'step' | 'split' | 'flops' | 'clock'> {
  /** Whether it is of the start, whose samples are known. */
  readonly isStart: boolean;
  /** SHA-256 of the weights that it is of, hex. */
  readonly weights: string;
  readonly observed: Stored;
}

/** Numbers are stored as the bytes of doubles: JSON knows no infinity, and none may move by a digit. */
interface Stored {
  readonly draws: readonly {
    readonly completions: readonly (readonly number[])[];
    readonly finished: readonly boolean[];
    readonly logp: string | null;
    readonly refLogp: string;
    readonly klRaoBlackwell: string | null;
    readonly kl?: { readonly name: string; readonly perSample: string };
  }[];
  readonly listed:
    | readonly { readonly prompt: string; readonly logps: string; readonly refLogps: string }[]
    | null;
}

export const stored = ({ draws, listed }: Observed): Stored => ({
  draws: draws.map(({ logp, refLogp, klRaoBlackwell, kl, ...drawn }) => ({
    ...drawn,
    logp: bytesOrNull(logp),
    refLogp: bytesOf(refLogp),
    klRaoBlackwell: bytesOrNull(klRaoBlackwell),
    ...(kl === undefined ? {} : { kl: { name: kl.name, perSample: bytesOf(kl.perSample) } }),
  })),
  listed:
    listed?.map(({ prompt, logps, refLogps }) => ({
      prompt,
      logps: bytesOf(logps),
      refLogps: bytesOf(refLogps),
    })) ?? null,
});

/** What an observed row must fit: it was written by a process in which anybody's code ran. */
export interface Fit {
  /** Texts of the prompts, in their order. */
  readonly prompts: readonly string[];
  readonly samples: number;
  readonly vocabSize: number;
  /** Most tokens of a completion. */
  readonly most: number;
  /** Completions of each prompt, where they can be listed. */
  readonly listed: ((prompt: string) => number) | null;
}

/** @throws TiltyardError for what no observation is */
export function observedIn(row: ObservedRow, fit: Fit): Observed {
  const { prompts, samples } = fit;
  const draws = row.observed?.draws;
  if (!Array.isArray(draws) || draws.length !== (row.isStart ? 0 : samples)) throw wrong('has other draws');
  const listed = row.observed.listed;
  return {
    draws: draws.map((draw: Stored['draws'][number]) => drawIn(draw, fit)),
    listed:
      listed == null || fit.listed === null
        ? null
        : listed.map(({ prompt, logps, refLogps }): ListedPrompt => {
            if (!prompts.includes(prompt)) throw wrong('lists another prompt');
            const n = fit.listed!(prompt);
            return { prompt, logps: numbersIn(logps, n), refLogps: numbersIn(refLogps, n) };
          }),
  };
}

function drawIn(draw: Stored['draws'][number], { prompts, vocabSize, most }: Fit): ObservedDraw {
  const { completions, finished, logp, refLogp, klRaoBlackwell, kl } = draw;
  const n = prompts.length;
  const isToken = (id: unknown): boolean =>
    Number.isInteger(id) && (id as number) >= 0 && (id as number) < vocabSize;
  const isWhole =
    Array.isArray(completions) &&
    completions.length === n &&
    completions.every((ids) => Array.isArray(ids) && ids.length <= most && ids.every(isToken)) &&
    Array.isArray(finished) &&
    finished.length === n &&
    finished.every((is) => typeof is === 'boolean');
  if (!isWhole) throw wrong('has completions that no policy gives');
  const numbers = (text: string | null): readonly (number | null)[] =>
    text === null ? prompts.map(() => null) : numbersIn(text, n);
  return {
    completions,
    finished,
    logp: numbers(logp),
    refLogp: numbersIn(refLogp, n),
    klRaoBlackwell: numbers(klRaoBlackwell),
    ...(kl === undefined ? {} : { kl: { name: String(kl.name), perSample: numbersIn(kl.perSample, n) } }),
  };
}

const bytesOf = (values: readonly number[]): string =>
  Buffer.from(Float64Array.from(values).buffer).toString('base64');

const bytesOrNull = (values: readonly (number | null)[]): string | null =>
  values.some((value) => value === null) ? null : bytesOf(values as readonly number[]);

function numbersIn(text: unknown, count: number): number[] {
  const bytes = Buffer.from(String(text), 'base64');
  if (typeof text !== 'string' || bytes.length !== count * 8)
    throw wrong(`has not ${count} numbers of each kind`);
  return Array.from(new Float64Array(Uint8Array.from(bytes).buffer));
}

/** Its own process wrote it: it is the plugin's doing. */
const wrong = (what: string): TiltyardError =>
  new TiltyardError(
    'bad-observation',
    `an evaluation of this run ${what}; its plugin changed what is written`,
    {
      exitCode: 1,
    },
  );
