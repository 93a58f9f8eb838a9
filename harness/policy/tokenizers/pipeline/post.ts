import { TiltyardError } from '../../../errors.js';
import { isObject, shown } from '../json-file.js';
import { children, type Component, unsupported } from './component.js';

/** Ids that stand before and after every text that no chat template has written. */
export interface Frame {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** A post-processor of tokenizer.json. @throws TiltyardError for one that is not known */
export function frameOf(part: Component | null): Frame {
  if (part === null) return { before: [], after: [] };
  const { at, json } = part;
  switch (json['type']) {
    case 'ByteLevel': // moves offsets, adds no token
      return { before: [], after: [] };
    case 'Sequence':
      return children(part, 'processors').reduce<Frame>(
        (inner, next) => {
          const outer = frameOf(next);
          return { before: [...outer.before, ...inner.before], after: [...inner.after, ...outer.after] };
        },
        { before: [], after: [] },
      );
    case 'BertProcessing':
    case 'RobertaProcessing':
      return { before: [pairId(json['cls'], `${at}.cls`)], after: [pairId(json['sep'], `${at}.sep`)] };
    case 'TemplateProcessing':
      return templateFrame(part);
    default:
      throw unsupported(
        at,
        `post_processor type ${JSON.stringify(json['type'])}`,
        'ByteLevel, TemplateProcessing, BertProcessing, RobertaProcessing, Sequence',
      );
  }
}

function pairId(pair: unknown, at: string): number {
  if (Array.isArray(pair) && typeof pair[1] === 'number') return pair[1];
  throw new TiltyardError('bad-tokenizer', `${at} should be a token and its id, got ${shown(pair)}`);
}

function templateFrame({ at, json }: Component): Frame {
  const [before, after]: [number[], number[]] = [[], []];
  let side = before;
  const single = json['single'];
  if (!Array.isArray(single))
    throw new TiltyardError('bad-tokenizer', `${at}.single should be a list, got ${shown(single)}`);
  for (const item of single as unknown[]) {
    if (isObject(item) && isObject(item['Sequence'])) {
      side = after;
      continue;
    }
    const special = isObject(item) ? item['SpecialToken'] : undefined;
    const name = isObject(special) ? String(special['id']) : '';
    const known = isObject(json['special_tokens']) ? json['special_tokens'][name] : undefined;
    const ids = isObject(known) ? known['ids'] : undefined;
    if (!Array.isArray(ids) || ids.some((id) => !Number.isInteger(id)))
      throw new TiltyardError('bad-tokenizer', `${at}.special_tokens has no ids for ${shown(name)}`);
    side.push(...(ids as number[]));
  }
  return { before, after };
}
