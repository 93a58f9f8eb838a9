import { escapeHtml } from '../report/escape.js';
import type { Report } from '../report/model.js';
import { DROPPED, dropped, facts, SOURCES, splitColumns } from '../report/tables/data.js';
import { htmlColumns } from './columns.js';
import { list, section } from './section.js';
import { table } from './table.js';

/** What was trained on; nothing for worlds. */
export function data({ data: read }: Report): string {
  if (read === undefined) return '';
  const left = dropped(read);
  return section(
    'data',
    'Data',
    list(facts(read).map(escapeHtml)),
    read.sources.length === 0 ? '' : table('sources-table', read.sources, htmlColumns(SOURCES)),
    left.length === 0 ? '' : table('dropped-table', left, htmlColumns(DROPPED)),
    table('splits-table', read.splits, htmlColumns(splitColumns(read))),
  );
}
