import { join } from 'node:path';

/** The files of a report. */
export interface ReportPaths {
  readonly html: string;
  readonly md: string;
  readonly json: string;
  readonly csv: string;
}

export const reportPaths = (dir: string): ReportPaths => ({
  html: join(dir, 'report.html'),
  md: join(dir, 'report.md'),
  json: join(dir, 'report.json'),
  csv: join(dir, 'report.csv'),
});
