import type { FileMetaData, RowGroup } from 'hyparquet';
import { TiltyardError } from '../../../harness/errors.js';

/** Unpacked bytes of the rows that are in memory at a time, as texts twice as many, and how many rows. */
const SLICE = 2 ** 23;
const SLICE_ROWS = 2 ** 17;
/** Bytes of a row group that can only be read whole: as it lies, or unpacked where rows hold lists. */
const WHOLE = 3 * 2 ** 26;
/**
 * Values of a row group that can only be read whole: of one column of single values, whose pages may hold any
 * number of rows, and of all columns where rows hold lists. What repeats is written once, so that bytes say
 * nothing of it.
 */
const MOST_ROWS = 2 ** 20;
const MOST_VALUES = 2 ** 23;

/**
 * Ranges of a row group's rows to be read one after the other. Columns of single values are unpacked page by
 * page, so that a file that is one huge row group takes no more memory than another; lists are not.
 * @param columns names of those that are read
 * @param rowStart of the group in the file
 * @returns from and to (not included), in the rows of the file
 * @throws TiltyardError for a group that is too large to be read at once where it has to be
 */
export function slicesOf(
  path: string,
  { schema }: FileMetaData,
  group: RowGroup,
  columns: readonly string[],
  rowStart: number,
): (readonly [from: number, to: number])[] {
  const read = group.columns.flatMap(({ meta_data: column }) =>
    column !== undefined && columns.includes(column.path_in_schema[0]!) ? [column] : [],
  );
  const total = (of: (column: (typeof read)[number]) => bigint): number =>
    read.reduce((sum, column) => sum + Number(of(column)), 0);
  const packed = total((column) => column.total_compressed_size);
  const unpacked = total((column) => column.total_uncompressed_size);
  const values = total((column) => column.num_values);
  const repeated = schema.filter((element) => element.repetition_type === 'REPEATED').map(({ name }) => name);
  const flat = read.every(
    ({ path_in_schema: [name, ...inner] }) => inner.length === 0 && !repeated.includes(name!),
  );
  const rows = Number(group.num_rows);
  const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)}`;
  const tooMany: readonly (readonly [isSo: boolean, what: string, most: number])[] = [
    [packed > WHOLE, `${mebibytes(packed)} MiB`, WHOLE >> 20],
    [!flat && unpacked > WHOLE, `${mebibytes(unpacked)} MiB unpacked`, WHOLE >> 20],
    [rows > MOST_ROWS, `${rows} rows`, MOST_ROWS],
    [!flat && values > MOST_VALUES, `${values} values in lists`, MOST_VALUES],
  ];
  const found = tooMany.find(([isSo]) => isSo);
  if (found !== undefined) {
    const what = `row group of ${found[1]}, of which ${found[2]} are read at most`;
    const remedy = 'write it anew in row groups of 10,000 rows (pyarrow: row_group_size=10000)';
    throw new TiltyardError('group-too-large', `${path}:${rowStart + 1}: ${what}; ${remedy}`);
  }
  const count = flat ? Math.max(1, Math.ceil(unpacked / SLICE), Math.ceil(rows / SLICE_ROWS)) : 1;
  const size = Math.max(1, Math.ceil(rows / count));
  return Array.from({ length: Math.ceil(rows / size) }, (_, i) => [
    rowStart + i * size,
    rowStart + Math.min(rows, (i + 1) * size),
  ]);
}
