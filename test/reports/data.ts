import { warnings } from '../../harness/inspect/warnings.js';
import type { DataRow } from '../../harness/store/data.js';
import type { DataReport } from '../../reports/report/data.js';

/** A data.json with something in every field. @param text wherever text comes from data */
export function dataRow(text: string): DataRow {
  const lengths = { min: 2, mean: 5, median: 5, p95: 8, max: 8, bins: [{ from: 2, to: 8, rows: 90 }] };
  const given = {
    pairs: 90,
    duplicates: 1,
    equalSides: 2,
    conflicting: 3,
    chosen: lengths,
    rejected: lengths,
    chosenLonger: 0.5,
    rejectedLonger: 0.25,
    lengthDifference: 0.4,
    withoutEnd: 4,
    severalEnds: 0,
    margins: { rows: 10, negative: 1 },
    answers: [{ text, chosen: 9, rejected: 1 }],
  };
  return {
    dataset: 'jsonl',
    seed: 0,
    sources: [
      {
        file: text,
        sha256: '0123456789abcdef'.repeat(4),
        rows: 120,
        kept: 100,
        dropped: [{ reason: `the prompt is empty ${text}`, rows: 20, first: `${text}:3` }],
        truncated: { prompts: 5, completions: 6 },
      },
    ],
    template: { name: text, from: text },
    specialTokens: [{ role: 'end', ids: [1, 7], from: text }],
    notes: [text],
    bounds: { prompt: 256, completion: 128 },
    splits: [
      { split: 'train', prompts: 88, promptTokens: lengths, unknownTokens: 2, given },
      { split: 'validation', prompts: 0, promptTokens: null, unknownTokens: 0, given: null },
      { split: 'test', prompts: 10, promptTokens: lengths, unknownTokens: 0, given: { ...given, pairs: 10 } },
    ],
    shared: [{ splits: ['train', 'test'], prompts: 1, first: text }],
    asked: { pairs: { asked: 200, there: 90 }, heldoutPairs: { asked: 10, there: 10 } },
  };
}

/** What a report makes of it, with three seeds. */
export function dataReport(text: string): DataReport {
  const row = dataRow(text);
  return {
    ...row,
    asked: {
      pairs: { asked: 200, there: 90, given: [90, 91, 89] },
      heldoutPairs: { asked: 10, there: 10, given: [10, 10, 10] },
    },
    warnings: warnings(row),
    beginning: null,
  };
}
