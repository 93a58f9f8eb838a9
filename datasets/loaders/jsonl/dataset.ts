import { pairDataset } from '../pair-dataset.js';
import { jsonlSources } from './read.js';

export const jsonl = pairDataset({
  name: 'jsonl',
  description: 'preference pairs, or completions with labels, from JSONL (HH-RLHF included); no gold reward',
  file: 'JSON Lines or one JSON array, gzipped or not',
  sources: jsonlSources,
});

export default jsonl;
