import { InvalidArgumentError } from 'commander';

/** A whole number of at least 1. */
export function positive(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1) {
    throw new InvalidArgumentError(`should be a whole number of at least 1, got '${text}'.`);
  }
  return n;
}

/** A pipeline seed. */
export function seedNumber(text: string): number {
  const n = Number(text);
  if (text.trim() === '' || !Number.isInteger(n) || n < 0) {
    throw new InvalidArgumentError(`should be a whole number of at least 0, got '${text}'.`);
  }
  return n;
}

/** A port, or 0 for any free one. */
export function portNumber(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 0 || n > 65_535) {
    throw new InvalidArgumentError(`should be a port from 0 to 65535, got '${text}'.`);
  }
  return n;
}

/** What `--trust` says in the help. */
export const TRUST =
  'run this module, or call this server, which the folder names and which is not built in (repeatable)';

/** What `--data` and `--model` say in the help. */
export const DATA = 'your preference data, for an experiment on a file, e.g. run real --data pairs.jsonl';
export const MODEL = 'a Hugging Face folder to begin with, with its tokenizer';

/** What `--judge` and what goes with it say in the help. */
export const JUDGE =
  'base of an OpenAI-compatible server whose model judges too, as http://localhost:8000/v1';
export const JUDGE_MODEL = 'the model of --judge, as its server names it';
export const JUDGE_KEY = 'environment variable with the key of --judge (default: it takes none)';

/** An option that may be given several times. */
export const collected = (value: string, before: readonly string[]): string[] => [...before, value];

/** A whole number of at least 0. */
export const wholeNumber = seedNumber;

/** A KL in nats, above 0. */
export function nats(text: string): number {
  const n = Number(text);
  if (!(n > 0 && Number.isFinite(n))) {
    throw new InvalidArgumentError(`should be a number above 0, got '${text}'.`);
  }
  return n;
}
