import { execFileSync } from 'node:child_process';

/** A card as nvidia-smi tells of it. */
export interface Card {
  /** Its place in the order of the bus, which is nvidia-smi's; CUDA's own may be another. */
  readonly index: number;
  /** What names it whatever the order. */
  readonly uuid: string;
  /** The model, as `NVIDIA H200`. */
  readonly name: string;
  readonly memoryBytes: number;
  readonly driver: string;
}

const MIB = 2 ** 20;
const ASKED = 'index,uuid,name,memory.total,driver_version';

/**
 * The cards that CUDA programs may use here: those of CUDA_VISIBLE_DEVICES (by index in nvidia-smi's order,
 * UUID, or the beginning of one) in its order, or all. Empty where nvidia-smi is not there, does not answer
 * or has none.
 */
export function visibleCards(): readonly Card[] {
  const all = installedCards();
  const chosen = process.env['CUDA_VISIBLE_DEVICES'];
  if (chosen === undefined) return all;
  const visible: Card[] = [];
  for (const id of chosen.split(',').map((each) => each.trim())) {
    const isIndex = /^\d+$/.test(id);
    const card = all.find(({ index, uuid }) =>
      isIndex ? index === Number(id) : id !== '' && uuid.startsWith(id),
    );
    if (card === undefined) break; // as CUDA does: what follows an unknown one is not visible either
    visible.push(card);
  }
  return visible;
}

function installedCards(): Card[] {
  const query = [`--query-gpu=${ASKED}`, '--format=csv,noheader,nounits'];
  let out: string;
  try {
    out = execFileSync('nvidia-smi', query, {
      timeout: 5000,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).toString();
  } catch {
    return [];
  }
  return out.split('\n').flatMap((line): Card[] => {
    const [index, uuid, name, memory, driver] = line.split(', ');
    if (driver === undefined) return [];
    return [
      {
        index: Number(index),
        uuid: uuid!,
        name: name!,
        memoryBytes: Number(memory) * MIB,
        driver: driver.trim(),
      },
    ];
  });
}

/** Whether nvidia-smi still knows a card: one that its driver has lost it does not. */
export function isThere({ uuid }: Card): boolean {
  const query = [`--id=${uuid}`, '--query-gpu=uuid', '--format=csv,noheader'];
  try {
    const out = execFileSync('nvidia-smi', query, { timeout: 5000, stdio: ['ignore', 'pipe', 'ignore'] });
    return out.toString().includes(uuid);
  } catch {
    return false;
  }
}

/** The first card of CUDA programs, as `NVIDIA H200, 143771 MiB, driver 580.159.04`; null without one. */
export function describeCard(): string | null {
  const [card, ...others] = visibleCards();
  if (card === undefined) return null;
  const { name, memoryBytes, driver } = card;
  const more = others.length === 0 ? '' : `, and ${others.length} more`;
  return `${name}, ${memoryBytes / MIB} MiB, driver ${driver}${more}`;
}
