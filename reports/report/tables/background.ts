import type { Column } from '../columns.js';
import type { Report } from '../model.js';

export const SHARED_STAGES: readonly Column<Report['sharedStages'][number]>[] = [
  { id: 'stage', heading: 'stage', kind: 'title', of: (s) => s.stage },
  { id: 'runs', heading: 'runs', kind: 'count', of: (s) => s.runs },
  { id: 'compute', heading: 'compute', kind: 'figure', unit: 'flops', of: (s) => s.flops },
  { id: 'time', heading: 'time', kind: 'figure', unit: 'seconds', of: (s) => s.seconds },
];

export const FAILURES: readonly Column<Report['failures'][number]>[] = [
  { id: 'run', heading: 'run', kind: 'title', of: (f) => f.run },
  { id: 'seed', heading: 'seed', kind: 'count', of: (f) => f.seed },
  { id: 'outcome', heading: 'outcome', kind: 'word', of: (f) => f.outcome },
  { id: 'cause', heading: 'cause', kind: 'text', of: (f) => f.cause },
];
