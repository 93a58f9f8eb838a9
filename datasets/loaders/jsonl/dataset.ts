import { pairDataset } from '../pair-dataset.js';
import { readJsonlPairs } from './read.js';

export const jsonl = pairDataset({
  name: 'jsonl',
  description: 'preference pairs from a JSONL file (Hugging Face layout, HH-RLHF included); no gold reward',
  file: 'JSONL, gzipped or not',
  read: readJsonlPairs,
});

export default jsonl;
