import type { Rng } from '../../../harness/rng.js';

/** One input and the command that is to read it. */
export interface Case {
  /** What was done to it, for messages. */
  readonly what: string;
  readonly argv: readonly string[];
  /** Where a refusal may list what it found: the folder that each line then names. */
  readonly listing?: string;
  /** Whether it serves pages, which are asked for before it is ended. */
  readonly visit?: true;
}

/** Inputs of one kind, and what makes them. */
export interface Kind {
  /**
   * What is read starts runs: it has a process of its own, is stopped as by Ctrl-C when it has been at it for
   * a while, and may end with runs that failed.
   */
  readonly startsRuns?: true;
  /** Once, before the first: what they are made of. */
  prepare(dir: string): Promise<void> | void;
  /** The input of a generator, at a folder that is empty. */
  make(dir: string, rng: Rng): Case;
}
