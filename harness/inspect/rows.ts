import { type Prompt, SPLITS } from '../contracts/dataset.js';
import { type OpenedData, tokenised } from './open.js';
import { LEGEND, shownRow, tokenText } from './tokens.js';

/** One row as training gets it: token ids, end token included. */
export type TokenRecord =
  | {
      readonly type: 'pair';
      readonly split: string;
      readonly id: string;
      readonly prompt: readonly number[];
      readonly chosen: readonly number[];
      readonly rejected: readonly number[];
    }
  | {
      readonly type: 'completion';
      readonly split: string;
      readonly id: string;
      readonly prompt: readonly number[];
      readonly completion: readonly number[];
      readonly label: boolean;
    }
  | {
      readonly type: 'prompt';
      readonly split: string;
      readonly id: string;
      readonly prompt: readonly number[];
    };

/**
 * Every row of every split, one after the other: pairs, judged completions, or prompts where pairs are made
 * by sampling.
 * @param limit rows of each split at most
 */
export function* tokenRecords(opened: OpenedData, limit = Number.POSITIVE_INFINITY): Generator<TokenRecord> {
  const { open, data } = opened;
  for (const split of SPLITS) {
    const pairs = open.pairs?.(split);
    const judged = open.unpaired?.(split);
    for (const { id, prompt: text, completion: answer, label, closed } of first(judged ?? [], limit)) {
      const { prompt, completion } = data.row(text, answer, id, closed);
      yield { type: 'completion', split, id, prompt, completion, label };
    }
    if (pairs === undefined && judged !== undefined) continue;
    if (pairs === undefined) {
      for (const { id, prompt } of first(open.prompts(split), limit))
        yield { type: 'prompt', split, id, prompt: data.prompt(id, prompt).ids };
      continue;
    }
    for (const [rows, { chosen, rejected }] of tokenised(opened, first(pairs, limit))) {
      for (const [i, { id }] of rows.entries()) {
        const { prompt, completion } = chosen[i]!;
        yield { type: 'pair', split, id, prompt, chosen: completion, rejected: rejected[i]!.completion };
      }
    }
  }
}

const first = <Row extends Prompt>(rows: readonly Row[], limit: number): readonly Row[] =>
  limit < rows.length ? rows.slice(0, limit) : rows;

/** The first rows of the training split as decoded tokens, a line each. */
export function shownRows(opened: OpenedData, limit: number): string[] {
  const show = tokenText(opened.open.tokenizer);
  const lines: string[] = [];
  for (const record of tokenRecords(opened, limit)) {
    if (record.split !== 'train') break;
    const prompt = show(record.prompt);
    if (record.type === 'prompt') lines.push(`prompt ${record.id}: ${shownRow(prompt, [])}`);
    else if (record.type === 'completion')
      lines.push(`completion ${record.id}, ${record.label}: ${shownRow(prompt, show(record.completion))}`);
    else {
      lines.push(`pair ${record.id}, chosen:   ${shownRow(prompt, show(record.chosen))}`);
      lines.push(`pair ${record.id}, rejected: ${shownRow(prompt, show(record.rejected))}`);
    }
  }
  return [`first rows of train (${LEGEND}):`, ...lines];
}
