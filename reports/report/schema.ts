import { report } from './model.js';

/** Published schema of report.json; rewards in the world's units, KL in nats per sequence, sizes in bytes. */
export const reportSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Tiltyard report',
  ...report.json,
};
