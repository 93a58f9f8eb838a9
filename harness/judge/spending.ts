import type { LlmJudge } from '../store/experiment.js';
import type { VerdictRow } from '../store/verdicts.js';

/** Calls and tokens. */
export interface Spent {
  readonly calls: number;
  readonly tokens: number;
}

/** What all rows together took, those that a later one replaces included. */
export const spentOn = (rows: Iterable<Pick<VerdictRow, 'calls' | 'tokens'>>): Spent => {
  let [calls, tokens] = [0, 0];
  for (const row of rows) {
    calls += row.calls;
    tokens += row.tokens.prompt + row.tokens.completion;
  }
  return { calls, tokens };
};

/** Characters of a token, where a server does not count them. */
export const LETTERS_PER_TOKEN = 4;

/** Holds calls to what may be spent: a call is counted before it is made. */
export class Spending {
  private calls: number;
  private tokens: number;

  constructor(
    before: Spent,
    private readonly limits: Pick<LlmJudge, 'maxCalls' | 'maxTokens'>,
  ) {
    this.calls = before.calls;
    this.tokens = before.tokens;
  }

  /** @param tokens that the call may take @returns false where it may not be made */
  reserve(tokens: number): boolean {
    const { maxCalls, maxTokens } = this.limits;
    if (maxCalls !== null && this.calls + 1 > maxCalls) return false;
    if (maxTokens !== null && this.tokens + tokens > maxTokens) return false;
    this.calls++;
    this.tokens += tokens;
    return true;
  }

  /** What a call did take, once that is known. */
  settle(reserved: number, taken: number): void {
    this.tokens += taken - reserved;
  }
}
