/**
 * Which claims are corrected together: a family of tests for each topic, declared before the runs. A claim is
 * in one of them.
 */
export const TOPICS = {
  'collapse and penalty': ['F4', 'F6', 'F7', 'F8'],
  frontier: ['F10', 'F14', 'F14-match'],
  'data and loss': ['F15', 'F15-loss', 'F22', 'F22-offline'],
  'exploration and coverage': ['F16', 'F16-common', 'F17', 'F18', 'F23', 'F24'],
  'over-optimisation': [
    'F11',
    'F11-proxy',
    'F11-data',
    'F12',
    'F12-dpo',
    'F12-ipo',
    'F12-proxy',
    'F13-gap',
    'F13-gold',
    'F21',
  ],
  cost: ['F19'],
  scale: ['F20-scale', 'F20-clamp'],
} as const satisfies Record<string, readonly string[]>;
