import { closeSync, openSync, readSync } from 'node:fs';

/** Bytes read at a time. */
const CHUNK = 2 ** 23;
/** Bytes that a text may take across the border of two chunks. */
const OVERLAP = 64;

/** The distinct texts of a file that match, as the first group of the pattern has them; it must be global. */
export function textsIn(path: string, pattern: RegExp): string[] {
  const found = new Set<string>();
  const file = openSync(path, 'r');
  const bytes = Buffer.alloc(CHUNK);
  try {
    for (let at = 0; ; at += CHUNK - OVERLAP) {
      const read = readSync(file, bytes, 0, CHUNK, at);
      for (const match of bytes.toString('latin1', 0, read).matchAll(pattern)) found.add(match[1]!);
      if (read < CHUNK) return [...found];
    }
  } finally {
    closeSync(file);
  }
}

const [LOADED, DYNAMIC] = [1, 2];
const [NEEDED, STRINGS, SIZE_OF_STRINGS] = [1, 5, 10];

/**
 * The libraries that a shared library asks the loader for, in its order: the entries DT_NEEDED of a 64-bit
 * little-endian ELF file (System V ABI, Dynamic Linking).
 * @returns null where the file is none
 */
export function neededBy(path: string): string[] | null {
  const file = openSync(path, 'r');
  try {
    const bytesAt = (at: number, length: number): Buffer => {
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(file, bytes, 0, length, at));
    };
    const head = bytesAt(0, 64);
    if (head.length < 64 || head.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') return null;
    const size = head.readUInt16LE(54);
    const segments = bytesAt(number(head, 32), size * head.readUInt16LE(56));
    const each = Array.from({ length: Math.floor(segments.length / size) }, (_, i) => {
      const segment = segments.subarray(i * size);
      const kind = segment.readUInt32LE(0);
      return { kind, at: number(segment, 8), address: number(segment, 16), length: number(segment, 32) };
    });
    const dynamic = each.find(({ kind }) => kind === DYNAMIC);
    if (dynamic === undefined) return [];
    const table = bytesAt(dynamic.at, dynamic.length);
    const entries = Array.from({ length: Math.floor(table.length / 16) }, (_, i) => ({
      tag: number(table, i * 16),
      value: number(table, i * 16 + 8),
    }));
    const value = (tag: number): number => entries.find((entry) => entry.tag === tag)?.value ?? 0;
    const address = value(STRINGS);
    const home = each.find(
      (one) => one.kind === LOADED && address >= one.address && address < one.address + one.length,
    );
    if (home === undefined) return null;
    const names = bytesAt(address - home.address + home.at, value(SIZE_OF_STRINGS)).toString('latin1');
    return entries
      .filter(({ tag }) => tag === NEEDED)
      .map((entry) => names.slice(entry.value, names.indexOf('\0', entry.value)));
  } finally {
    closeSync(file);
  }
}

/** A 64-bit number of a header; none of those read here is beyond 2^53 in a file that is whole. */
const number = (bytes: Buffer, at: number): number => Number(bytes.readBigUInt64LE(at));
