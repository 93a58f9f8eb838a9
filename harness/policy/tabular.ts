import * as ops from '../engine/ops.js';
import type { HostTensor } from '../engine/tensor.js';
import type { Architecture } from './architecture.js';

export interface TableShape {
  /** X contexts; a prompt is one token with id actions + context. */
  readonly contexts: number;
  /** K actions; a completion is one token with id 0..K-1. */
  readonly actions: number;
  /** [X, K] logits of the starting policy; default uniform. */
  readonly logits?: Float32Array;
}

/**
 * A softmax table: one row of K logits per context, completions of one token. Everything about it can be
 * enumerated, so every algorithm's closed form is checked here. The scalar heads are tables too: [X, K]
 * scores, whose row means serve as values of the context.
 */
export function tabular({ contexts: X, actions: K, logits }: TableShape): Architecture {
  /** Context rows of tokens; what is no context (arms, padding) reads some row that nobody uses. */
  const contextOf = (tokens: ops.Tensor): ops.Tensor =>
    ops.minimum(ops.maximum(ops.sub(tokens, ops.int(K)), ops.int(0)), ops.int(X - 1));
  const contextAt = (ids: ops.Tensor, positions: ops.Tensor): ops.Tensor =>
    contextOf(ops.gather(ops.reshape(ids, [ids.size]), positions));
  return {
    kind: 'tabular',
    vocabSize: K,
    contextLength: 2,
    filePrefix: '',
    initialBody: () =>
      new Map<string, HostTensor>([
        ['table', { shape: [X, K], data: logits?.slice() ?? new Float32Array(X * K) }],
      ]),
    initialHead: (init, rng) => {
      const data = new Float32Array(X * K);
      if (init === 'normal') for (let i = 0; i < data.length; i++) data[i] = rng.normal() / Math.sqrt(K + 1);
      return new Map<string, HostTensor>([['score', { shape: [X, K], data }]]);
    },
    /** "Hidden state" of a position: its context's logits, [N, K]. */
    hidden: (body, layout) => ops.gather(body['table']!, contextOf(layout.read(layout.ids))),
    logits: (_, rows) => rows,
    scores(head, _, batch) {
      const B = batch.last.shape[0]!;
      const first = ops.reshape(ops.slice(batch.positions, [0, 0], [B, 1]), [B]);
      const arm = ops.reshape(ops.slice(batch.targets, [0, 0], [B, 1]), [B]);
      const rows = ops.gather(head['score']!, contextAt(batch.ids, first)); // [B, K]
      return ops.sum(ops.mul(rows, ops.oneHot(arm, K)), 1);
    },
    values(head, _, batch) {
      const [B, C] = batch.positions.shape as [number, number];
      const rows = ops.gather(head['score']!, contextAt(batch.ids, ops.reshape(batch.positions, [B * C])));
      return ops.mean(rows, 1);
    },
    config: () => ({
      architectures: ['TiltyardTable'],
      model_type: 'tiltyard_table',
      contexts: X,
      actions: K,
    }),
  };
}
